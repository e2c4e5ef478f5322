"""The Hub's listing of one commit: which files there are, how large, and by which digests they go.

Source: `model_info(files_metadata=True)` of huggingface_hub (`/api/models/ID/revision/REV?blobs=true`): `siblings` with
`rfilename`, `size`, `blobId` (git's sha1 of a small file) and `lfs.sha256` (of a large one).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moeaudit.later import dataclass, expression
from moeaudit.limits import LISTING_SIGNS

COMMIT = expression(r"[0-9a-f]{40}")
DIGEST = expression(r"[0-9a-f]{40}|[0-9a-f]{64}")


class TooLarge(ValueError):
    """A listing beyond a limit; the message is what its server does."""


@dataclass(frozen=True)
class Listed:
    """A file of the listing. `size` in bytes; `digest`: sha256 of a large file, git's blob id of a small one."""

    size: int | None = None
    digest: str | None = None


@dataclass(frozen=True)
class RepoListing:
    """What a Hub says of a repo at one revision. `gated`: its files want a token that was let in."""

    commit: str | None
    files: Mapping[str, Listed]
    gated: bool = False


def read_listing(body: bytes) -> RepoListing:
    """The listing in an answer. ValueError where it is none; TooLarge, in words, where it holds more than any."""
    if sum(map(body.count, (b"[", b"{", b","))) > LISTING_SIGNS:
        raise TooLarge(f"sends a listing of {LISTING_SIGNS.words()}")
    try:
        content = json.loads(body)
    except RecursionError:
        raise ValueError("nested without end") from None
    siblings = content.get("siblings") if isinstance(content, dict) else None
    if not isinstance(siblings, list):
        raise ValueError("no list of files")
    commit = content.get("sha")
    if commit is not None and not isinstance(commit, str):
        raise ValueError("a commit that is no text")
    return RepoListing(
        commit if commit and COMMIT.fullmatch(commit) else None,
        dict(map(_listed, siblings)),
        bool(content.get("gated")),
    )


def _listed(entry: Any) -> tuple[str, Listed]:
    if not isinstance(entry, dict) or not isinstance(entry.get("rfilename"), str):
        raise ValueError("a file without a name")
    size, lfs = entry.get("size"), entry.get("lfs")
    if size is not None and (type(size) is not int or size < 0):
        raise ValueError("a size that is none")
    digest = lfs.get("sha256") if isinstance(lfs, dict) else entry.get("blobId")
    return entry["rfilename"], Listed(size, digest if isinstance(digest, str) and DIGEST.fullmatch(digest) else None)
