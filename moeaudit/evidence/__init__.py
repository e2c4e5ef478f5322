"""Reading what a repo publishes: the only room that touches the network and the files of others.

`open_evidence` takes whatever a user may call a model and returns an `Evidence`. The Hub library is imported only when
the Hub is asked.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.evidence.model import Depth, Evidence, Source
from moeaudit.text import quoted

if TYPE_CHECKING:
    from moeaudit.evidence.repo import Progress, Repo

HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:/[A-Za-z0-9._-]{1,96})?")
"""`org/name`, or the bare name of an early repo."""

REVISION = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9_][A-Za-z0-9._/+-]{0,250}")
"""A branch, tag, pull request (`refs/pr/1`) or commit, as git allows them."""

FILES = (".json", ".yaml", ".yml", ".md")

GO_ONLINE = "Run it once online, or give a folder or an evidence file (moeaudit lock writes one)."

TRUE = {"1", "ON", "YES", "TRUE"}


def open_evidence(model: str, *, depth: Depth | None = None, revision: str | None = None, offline: bool = False,
                  progress: Progress | None = None) -> Evidence:
    """The evidence of `model`: a Hub id (`org/name[@revision]`), a folder, a config.json, an evidence or a spec file.

    `depth`: how far to read; None reads as little as gives two witnesses. `offline`: never touch the network (as under
    HF_HUB_OFFLINE); the Hub's cache is read, then what ships with moeaudit. `progress` is told about headers read.
    Raises UsageError for a bad id or an unreadable file, NoEvidence where nothing could be had.
    """
    if not model.isprintable() or not model.strip():
        raise UsageError(f"{quoted(model)} names no model", hint="Give a Hub id, a folder or a file.")
    watch = progress or (lambda done, total: None)
    path = Path(model)
    if os.path.lexists(path):
        if revision is not None:
            raise UsageError("a folder or file has no revision", place=Place(model), hint="Leave --revision out.")
        from moeaudit.evidence.local import open_local

        return open_local(path, depth, watch)
    model, revision = split_id(model, revision)
    if offline or is_offline():
        return _open_offline(model, revision, depth, watch)
    return _open_hub(model, revision, depth, watch)


def is_offline() -> bool:
    """Whether the environment forbids the network, as the Hub library reads it."""
    return (os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or "").upper() in TRUE


def split_id(model: str, revision: str | None = None) -> tuple[str, str | None]:
    """`org/name@revision` in two. UsageError where either cannot be one, or two revisions are given."""
    if "://" in model:
        raise UsageError("an address is no Hub id", place=Place(model), hint="Write the id as org/name[@revision].")
    name, _, inline = model.partition("@")
    if "@" in model and revision not in (None, inline):
        raise UsageError(f"two revisions: {quoted(inline)} and {quoted(revision)}", place=Place(name), hint="Give one.")
    revision = inline if "@" in model else revision
    if name.endswith(FILES) or name.startswith(("/", "./", "../", "~")) or name.count("/") > 1:
        raise NoEvidence("no such file or folder", place=Place(model), hint="Check the path.")
    if HUB_ID.fullmatch(name) is None or ".." in name or "--" in name:
        raise UsageError("neither a path nor a Hub id", place=Place(model),
                         hint="Write the id as org/name or org/name@revision.")
    if revision is not None and REVISION.fullmatch(revision) is None:
        raise UsageError(f"{quoted(revision)} cannot be a revision", place=Place(name),
                         hint="Give a branch, tag or commit.")
    return name, revision


def _open_hub(model: str, revision: str | None, depth: Depth | None, progress: Progress) -> Evidence:
    """From the Hub. Where it has no such repo, recorded evidence of that id; other failures mention it."""
    from moeaudit.evidence.hub import HubRepo
    from moeaudit.evidence.hub_errors import RepoNotFound
    from moeaudit.evidence.recorded import down_to, recorded_evidence

    try:
        return _gather(HubRepo(model, revision), depth, progress)
    except NoEvidence as error:
        recorded = recorded_evidence(model, revision)
        if recorded is None:
            raise
        if isinstance(error, RepoNotFound):
            return down_to(recorded, depth)
        error.hint = f"{error.hint} Or use --offline: evidence of this model ships with moeaudit.".lstrip()
        raise


def _open_offline(model: str, revision: str | None, depth: Depth | None, progress: Progress) -> Evidence:
    """From the Hub's cache where it gives two witnesses, else from what is recorded, else from the cache after all."""
    from moeaudit.evidence.cache import cached_repo
    from moeaudit.evidence.recorded import down_to, recorded_evidence

    cached = cached_repo(model, revision)
    evidence, failure = None, None
    if cached is not None:
        try:
            evidence = _gather(cached, depth, progress)
        except NoEvidence as error:
            failure = error
    if evidence is not None and (evidence.index or evidence.headers or depth is Depth.CONFIG):
        return evidence
    recorded = recorded_evidence(model, revision)
    if recorded is not None:
        return down_to(recorded, depth)
    if evidence is not None:
        return evidence
    raise failure or NoEvidence("offline, and neither cached nor recorded",
                                place=Place(f"{model}@{revision}" if revision else model), hint=near_hint(model))


def near_hint(model: str) -> str:
    """What to do about a model that is not at hand; where recorded ones are called alike, that they may be meant."""
    from difflib import get_close_matches

    from moeaudit.evidence.recorded import recorded_ids

    known = {word.casefold(): recorded for recorded in recorded_ids() for word in (recorded, recorded.split("/")[-1])}
    near = dict.fromkeys(known[word] for word in get_close_matches(model.casefold(), known, n=2, cutoff=0.8))
    return f"{GO_ONLINE} Recorded is {' and '.join(near)}." if near else GO_ONLINE


def _gather(repo: Repo, depth: Depth | None, progress: Progress) -> Evidence:
    from moeaudit.evidence.repo import Reading

    return Reading(repo, progress).gather(depth)


__all__ = ["Depth", "Evidence", "Source", "open_evidence", "split_id"]
