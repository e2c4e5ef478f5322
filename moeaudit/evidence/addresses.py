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

PLACES = frozenset({"tree", "blob", "resolve", "raw", "commit", "commits", "revision", "blame"})
"""What stands between a repo and a revision in an address."""

PAGES = frozenset({"discussions", "edit", "upload", "settings", "compare"})
"""What a repo has besides its files: pages that name no revision."""

KINDS = {
    "datasets": "a data set",
    "spaces": "a space",
    "collections": "a collection",
    "papers": "a paper",
    "docs": "documentation",
    "blog": "a blog",
}

DEFAULT = "main"
"""The branch that the Hub shows, and that a model without a revision is read at."""

LONG = "refs"
"""How revisions of three parts begin (`refs/pr/1`)."""


def split_address(text: str) -> tuple[str, str | None]:
    """The id and the revision in an address of the Hub, or of the endpoint that is set. UsageError for any other; what
    may be secret in it, a user or a query, is never shown."""
    if text.casefold().startswith(FILE_SYSTEM):
        return split_path(text[len(FILE_SYSTEM) :].partition("?")[0].partition("#")[0])
    whole = of_git(text) or (text if "://" in text else f"https://{text}")
    try:
        parts = urlsplit(whole)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port not in (None, PORTS.get(parts.scheme)) else "")
    except ValueError:
        raise UsageError("this is no address", hint=WRITE) from None
    if "@" in parts.netloc:
        raise UsageError("an address with a user or a password in it is refused", hint=WRITE)
    path = path_at_the_hub(parts.scheme, host, parts.path)
    if path is None:
        shown = f"{parts.scheme}://{host}" if parts.scheme in SCHEMES else f"{parts.scheme}://"
        raise UsageError("no address of the Hub", place=Place(shown), hint=ELSEWHERE)
    words = [unquote(word) for word in path.split("/") if word]
    words = words[1:] if words[:2] == ["api", "models"] else words
    refuse_other_kinds(words, path)
    words = words[1:] if words[:1] == ["models"] else words
    at = next((place for place, word in enumerate(words[:3]) if place and word in PLACES | PAGES), None)
    name, rest = (words, []) if at is None else (words[:at], words[at + 1 :] if words[at] in PLACES else [])
    name = [*name[:-1], name[-1].removesuffix(".git")] if name else name
    if not 1 <= len(name) <= 2:
        raise UsageError("the address names no model, or more than its files", place=Place(path), hint=WRITE)
    return "/".join(name), revision_in(rest)


def split_path(path: str) -> tuple[str, str | None]:
    """What stands behind `hf://`: `org/name[@revision][/file]`, a branch's slashes written as they are or as %2F."""
    words = [unquote(word) for word in path.split("/") if word]
    refuse_other_kinds(words, f"{FILE_SYSTEM}{path}")
    words = words[1:] if words[:1] == ["models"] else words
    last = next((place for place, word in enumerate(words[:2]) if "@" in word), len(words[:2]) - 1)
    if last < 0:
        raise UsageError("the address names no model", place=Place(FILE_SYSTEM), hint=WRITE)
    name, at, revision = words[last].partition("@")
    return "/".join([*words[:last], name]), revision_in([revision, *words[last + 1 :]] if at else [])


def of_git(text: str) -> str | None:
    """The page of a repo that is given as git clones it (`git@hf.co:org/name.git`, `ssh://git@hf.co/org/name`)."""
    ssh, given = text.casefold().startswith(SSH), text.casefold().startswith(GIT)
    host, colon, path = text.removeprefix(text[: len(SSH)] if ssh else text[: len(GIT)]).partition("/" if ssh else ":")
    return f"https://{host}/{path}" if (ssh or given) and colon and "@" not in host else None


def refuse_other_kinds(words: list[str], path: str) -> None:
    """UsageError for the address of what is no model."""
    if words[:1] and words[0] in KINDS:
        raise UsageError(f"the address is that of {KINDS[words[0]]}, not of a model", place=Place(path), hint=WRITE)


FILE_SYSTEM, GIT, SSH = "hf://", "git@", "ssh://git@"
"""How the Hub's file system and git begin an address."""

WRITE = "Write the id as org/name[@revision]."
ELSEWHERE = "Write the model's id on the Hub as org/name[@revision], or give a folder with its files."


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
