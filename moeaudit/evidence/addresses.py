"""A pasted address of a model on the Hub, as its id and revision."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.hub_settings import HUB, endpoint

SCHEMES = ("https", "http")
PORTS = {"https": 443, "http": 80}
"""Ports that need not be said."""

SHORT = ("hf.co", "www.huggingface.co")
"""The Hub's other names."""

PLACES = frozenset({"tree", "blob", "resolve", "raw", "commit", "commits"})
"""What stands between a repo and a revision in an address."""

KINDS = {"datasets": "a data set", "spaces": "a space", "collections": "a collection", "papers": "a paper"}

DEFAULT = "main"
"""The branch that the Hub shows, and that a model without a revision is read at."""

LONG = "refs"
"""How revisions of three parts begin (`refs/pr/1`)."""


def split_address(text: str) -> tuple[str, str | None]:
    """The id and the revision in an address of the Hub, or of the endpoint that is set. UsageError for any other; what
    may be secret in it, a user or a query, is never shown."""
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port not in (None, PORTS.get(parts.scheme)) else "")
    except ValueError:
        raise UsageError("this is no address", hint=WRITE) from None
    if "@" in parts.netloc:
        raise UsageError("an address with a user or a password in it is refused", hint=WRITE)
    path = path_at_the_hub(parts.scheme, host, parts.path)
    if path is None:
        shown = f"{parts.scheme}://{host}" if parts.scheme in SCHEMES else "the address"
        raise UsageError("no address of the Hub", place=Place(shown), hint=WRITE)
    words = [unquote(word) for word in path.split("/") if word]
    if words[:1] and words[0] in KINDS:
        raise UsageError(f"the address is that of {KINDS[words[0]]}, not of a model", place=Place(path), hint=WRITE)
    words = words[1:] if words[:1] == ["models"] else words
    at = next((place for place, word in enumerate(words[:3]) if place and word in PLACES), None)
    name, rest = (words, []) if at is None else (words[:at], words[at + 1 :])
    name = [*name[:-1], name[-1].removesuffix(".git")] if name else name
    if not 1 <= len(name) <= 2:
        raise UsageError("the address names no model, or more than its files", place=Place(path), hint=WRITE)
    return "/".join(name), revision_in(rest)


WRITE = "Write the id as org/name[@revision]."


def path_at_the_hub(scheme: str, host: str, path: str) -> str | None:
    """What stands behind the Hub's name, or behind the endpoint's own path; None at any other host."""
    if scheme not in SCHEMES:
        return None
    own = urlsplit(endpoint().shown)
    port = f":{own.port}" if own.port not in (None, PORTS.get(own.scheme)) else ""
    if (scheme, host) == (own.scheme, f"{own.hostname}{port}") and f"{path}/".startswith(f"{own.path}/"):
        return path.removeprefix(own.path)
    return path if host in (urlsplit(HUB).netloc, *SHORT) else None


def revision_in(rest: list[str]) -> str | None:
    """The revision that an address goes on with, None for the branch that is meant where none is named; files behind
    it are passed over."""
    if not rest or rest[0] == DEFAULT:
        return None
    if rest[0] == LONG and len(rest) >= 3:
        return "/".join(rest[:3])
    return rest[0]
