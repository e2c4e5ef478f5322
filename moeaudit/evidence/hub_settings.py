"""Which Hub, with which token: read from the places that the Hub library documents, without that library.

Source: huggingface.co/docs/huggingface_hub/package_reference/environment_variables.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from moeaudit.errors import AuditError, Place, UsageError
from moeaudit.evidence.connections import Origin, basic, origin_of
from moeaudit.evidence.files import read_whole
from moeaudit.later import dataclass
from moeaudit.limits import LONGEST_SILENCE, LONGEST_TIMEOUT, SECONDS_TOGETHER, SILENCE, TOKEN_BYTES
from moeaudit.text import visible

HUB = "https://huggingface.co"
TRUE = frozenset({"1", "ON", "YES", "TRUE"})
SECONDS = r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
"""How a number of seconds is written."""


@dataclass(frozen=True)
class Endpoint:
    """A Hub's address: as it is asked, and as it is shown and recorded, without what may be secret in it."""

    url: str
    origin: Origin
    shown: str

    @property
    def authorization(self) -> dict[str, str]:
        """Of the user and password that stand in the address."""
        return basic(self.url)


def endpoint() -> Endpoint:
    """HF_ENDPOINT, or the Hub. UsageError where it is no address."""
    url = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    try:
        parts, origin = urlsplit(url), origin_of(url)
    except ValueError:
        parts, origin = urlsplit(HUB), None
    if origin is None or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise UsageError("HF_ENDPOINT is not the address of a Hub", hint="Write it as https://host.")
    return Endpoint(url, origin, f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


def hub_home() -> Path:
    """HF_HOME: where the token is kept, and below it the cache."""
    home = os.environ.get("HF_HOME") or f"{os.environ.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    return named_path(home)


def named_path(text: str) -> Path:
    """A path of the environment. UsageError where it begins with the home of somebody who has none."""
    path = Path(os.path.expandvars(text))
    try:
        return path.expanduser()
    except RuntimeError:
        raise UsageError(
            "there is no such home", place=Place(visible(text, limit=80)), hint="Write the path out in the environment."
        ) from None


def token() -> str | None:
    """The token to send: of the environment, else of the file that `hf auth login` writes.

    UsageError where it cannot be one. Tokens that the library makes or renews are asked of it.
    """
    if (os.environ.get("HF_HUB_DISABLE_IMPLICIT_TOKEN") or "").upper() in TRUE:
        return None
    if os.environ.get("HF_OIDC_RESOURCE"):
        return _checked(_made_by_the_library())
    named = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN")
    if named:
        return _checked(named)
    file = token_file()
    try:
        kept = read_whole(file, TOKEN_BYTES).decode()
    except (AuditError, ValueError):
        return None
    return _checked(_made_by_the_library() if _renewed(file) else kept)


def token_file() -> Path:
    named = os.environ.get("HF_TOKEN_PATH")
    return named_path(named) if named else hub_home() / "token"


def seconds(variable: str) -> float:
    """A timeout of the environment."""
    try:
        wanted = float(os.environ.get(variable) or SILENCE)
    except ValueError:
        return SILENCE
    return wanted if 0 < wanted <= LONGEST_SILENCE else SILENCE


def together() -> float:
    """Seconds for all that is asked about one model: MOEAUDIT_TIMEOUT, which --timeout sets. UsageError for others."""
    named = os.environ.get("MOEAUDIT_TIMEOUT")
    if not named:
        return SECONDS_TOGETHER
    wanted = float(named) if re.fullmatch(SECONDS, named) else 0.0
    if not 0 < wanted <= LONGEST_TIMEOUT:
        raise UsageError(
            "MOEAUDIT_TIMEOUT is no number of seconds", hint=f"Give more than 0 and {LONGEST_TIMEOUT.words()}."
        )
    return wanted


def _renewed(file: Path) -> bool:
    """Whether a browser's login stands beside the token, which the library renews before it ends."""
    try:
        return b"refresh_token" in read_whole(file.parent / "stored_tokens", TOKEN_BYTES)
    except AuditError:
        return False


def _made_by_the_library() -> str | None:
    from huggingface_hub import get_token
    from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]  # of httpx or httpx2

    try:
        return get_token()
    except (HfHubHTTPError, HTTPError, OSError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"the Hub library cannot make a token: {type(error).__name__}",
            hint="Set HF_TOKEN, or unset HF_OIDC_RESOURCE.",
        ) from None


def _checked(text: str | None) -> str | None:
    token = (text or "").replace("\r", "").replace("\n", "").strip()
    if not token:
        return None
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("the token holds characters that no token has", hint="Check HF_TOKEN, or unset it.")
    return token
