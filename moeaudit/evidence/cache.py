"""The Hub's cache on this machine, read and written without the Hub library, so that either finds the other's files.

Layout: `<cache>/models--<org>--<name>/refs/<revision>` holds a commit, `snapshots/<commit>/<file>` the files, as links
to `blobs/<digest>`. Source: huggingface.co/docs/huggingface_hub/guides/manage-cache.
What moeaudit keeps of its own stands beside them in `moeaudit/`: the library leaves it alone, and removes it with the
repo.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from hashlib import sha1, sha256
from pathlib import Path

from moeaudit.errors import AuditError, NoEvidence, Place, UsageError
from moeaudit.evidence.files import read_whole, replace_whole
from moeaudit.evidence.folder import Folder
from moeaudit.evidence.hub_settings import TRUE, hub_home, named_path
from moeaudit.evidence.listing import COMMIT
from moeaudit.evidence.model import ModelRef, Source

MAIN = "main"
OWN = "moeaudit"


def cache_folder() -> Path:
    """Where the Hub library keeps downloads: HF_HUB_CACHE, its older name, or `hub` below HF_HOME."""
    chosen = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return named_path(chosen) if chosen else hub_home() / "hub"


def is_switched_off() -> bool:
    """Whether the environment forbids to read or write what was kept (MOEAUDIT_NO_CACHE, set by --no-cache)."""
    return (os.environ.get("MOEAUDIT_NO_CACHE") or "").upper() in TRUE


def own_files() -> list[Path]:
    """What moeaudit keeps of its own."""
    return sorted(file for folder in _own_folders() for file in folder.glob("*/*") if not file.is_symlink())


def clean() -> None:
    """Remove what moeaudit keeps of its own, and nothing else. UsageError where that cannot be."""
    from shutil import rmtree

    for folder in _own_folders():
        try:
            rmtree(folder)
        except FileNotFoundError:  # another process was faster
            continue
        except OSError as error:
            raise UsageError(f"cannot be removed: {error.strerror}", place=Place(str(error.filename))) from None


def _own_folders() -> list[Path]:
    return sorted(path for path in cache_folder().glob(f"models--*/{OWN}") if not path.is_symlink())


class Storage:
    """One repo's place in the cache."""

    def __init__(self, model: str) -> None:
        self.cache = cache_folder()
        self.path = self.cache / f"models--{model.replace('/', '--')}"
        self.own = self.path / OWN

    def snapshot(self, commit: str) -> Path:
        return self.path / "snapshots" / commit

    def read(self, commit: str, file: str, limit: int) -> bytes | None:
        """A file of a commit; None where it is not here, or a link leads out of the cache."""
        path = self.snapshot(commit) / file
        with suppress(AuditError, OSError, RuntimeError):  # a link in a circle is a RuntimeError
            if path.resolve().is_relative_to(self.cache.resolve()):
                return read_whole(path, limit)
        return None

    def write(self, commit: str, file: str, data: bytes, digest: str | None) -> None:
        """Keep a file of a commit. Its blob is named by what it holds: `digest`, where that was checked."""
        blob = self.path / "blobs" / (digest or digest_of(data, lfs=False))
        link = self.snapshot(commit) / file
        try:
            for folder in (blob.parent, link.parent):
                folder.mkdir(parents=True, exist_ok=True)
            if not _holds(blob, data):
                replace_whole(blob, data, durable=False)
            try:
                _link(link, os.path.relpath(blob, link.parent))
            except OSError:  # where there are no links, the file itself stands there
                replace_whole(link, data, durable=False)
        except OSError as error:
            raise NoEvidence(
                f"the Hub's cache cannot be used: {error.strerror}",
                place=Place(str(error.filename)),
                hint="Set HF_HOME to a folder that you can write, or use --no-cache.",
            ) from None

    def commit_of(self, revision: str | None) -> str | None:
        """The commit a branch or tag stood at when it was last fetched."""
        if revision and COMMIT.fullmatch(revision):
            return revision
        try:
            commit = (self.path / "refs" / (revision or MAIN)).read_text("ascii").strip()
        except (OSError, ValueError):
            return None
        return commit if COMMIT.fullmatch(commit) else None

    def note(self, revision: str | None, commit: str) -> None:
        """Note what a revision resolved to, as the Hub library does where it resolves by name, for --offline.

        A note that cannot be written is no failure: the evidence is complete without it.
        """
        if self.commit_of(revision) == commit or (revision and COMMIT.fullmatch(revision)):
            return
        path = self.path / "refs" / (revision or MAIN)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_whole(path, commit.encode(), durable=False)


def cached_folder(model: str, revision: str | None) -> Folder | None:
    """The cached files of a model at a revision, none where only tables were kept of it; None where it was never
    read."""
    storage = Storage(model)
    commit = storage.commit_of(revision)
    if commit is None:
        return None
    ref, snapshot = ModelRef(model, Source.HUB, revision, commit), storage.snapshot(commit)
    only = None if snapshot.is_dir() else ()
    return Folder(snapshot, ref, boundary=storage.cache, partial=True, only=only)


def digest_of(data: bytes, *, lfs: bool) -> str:
    """The name of a file's contents on the Hub: sha256 where git-lfs has it, else git's blob id."""
    if lfs:
        return sha256(data).hexdigest()
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _holds(path: Path, data: bytes) -> bool:
    try:
        return read_whole(path, len(data)) == data
    except AuditError:
        return False


def _link(link: Path, target: str) -> None:
    """Make a link, or turn an existing one, without a moment in which there is none."""
    with suppress(OSError):
        if link.readlink() == Path(target):
            return
    temporary = link.with_name(f".{OWN}-{secrets.token_hex(8)}.tmp")
    try:
        temporary.symlink_to(target)
        temporary.replace(link)
    finally:
        temporary.unlink(missing_ok=True)
