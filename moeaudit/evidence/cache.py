"""The Hub's cache on this machine, read without the Hub library.

Layout: `<cache>/models--<org>--<name>/refs/<revision>` holds a commit, `snapshots/<commit>/<file>` the files.
Source: huggingface.co/docs/huggingface_hub/guides/manage-cache.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from moeaudit.errors import UsageError
from moeaudit.evidence.files import write_whole
from moeaudit.evidence.folder import Folder
from moeaudit.evidence.model import ModelRef, Source
from moeaudit.evidence.repo import CONFIG

COMMIT = re.compile(r"[0-9a-f]{40}")
MAIN = "main"


def cache_folder() -> Path:
    """Where the Hub library keeps downloads: HF_HUB_CACHE, its older name, or `hub` below HF_HOME."""
    home = os.environ.get("HF_HOME") or f"{os.environ.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    chosen = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or f"{home}/hub"
    return Path(os.path.expandvars(chosen)).expanduser()


def cached_repo(model: str, revision: str | None) -> Folder | None:
    """The cached files of a model at a revision, or None where config.json is not among them."""
    storage = _storage(model)
    commit = revision if revision and COMMIT.fullmatch(revision) else read_reference(storage, revision or MAIN)
    if commit is None:
        return None
    snapshot = storage / "snapshots" / commit
    if not (snapshot / CONFIG).exists():
        return None
    return Folder(snapshot, ModelRef(model, Source.HUB, revision, commit), boundary=storage.parent, partial=True)


def read_reference(storage: Path, revision: str) -> str | None:
    """The commit a branch or tag stood at when it was last fetched."""
    try:
        commit = (storage / "refs" / revision).read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return commit if COMMIT.fullmatch(commit) else None


def write_reference(model: str, revision: str, commit: str) -> None:
    """Note what a revision resolved to, as the Hub library does where it resolves by name: --offline finds it there.

    A cache that cannot be written is no failure: the evidence is complete without the note.
    """
    storage = _storage(model)
    if COMMIT.fullmatch(revision) or not storage.is_dir() or read_reference(storage, revision) == commit:
        return
    path = storage / "refs" / revision
    with suppress(OSError, UsageError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, commit.encode())


def _storage(model: str) -> Path:
    return cache_folder() / f"models--{model.replace('/', '--')}"
