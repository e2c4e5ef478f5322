"""What a file was at an earlier revision, asked of git so that nothing of the repository is run.

A repository's own settings name programs: a file system monitor, hooks, filters, drivers of differences, a shell for
transports. git is asked for stored objects alone (`rev-parse`, `ls-tree`, `cat-file`), with those settings overruled
and without what the environment says of other repositories; the comparing is done on copies outside, where no setting
of the repository holds.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.files import check_size, read_whole
from moeaudit.later import expression
from moeaudit.limits import CARD_BYTES, GIT_SECONDS
from moeaudit.text import quoted

OVERRULED = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.sshCommand=false",
    "core.gitProxy=false",
    "core.askPass=false",
    "core.pager=cat",
    "core.editor=false",
    "core.attributesFile=/dev/null",
    "core.untrackedCache=false",
    "credential.helper=",
    "diff.external=",
    "gpg.program=false",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
)
"""Settings that name a program, make git ask somebody, or take ordinary files of a folder for a repository."""

SILENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}
REVISION = expression(r"[A-Za-z0-9_][\w./@{}^~-]{0,250}")
HUNK = expression(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
ENTRY = expression(r"(?P<mode>[0-7]{6}) (?P<kind>[a-z]+) (?P<object>[0-9a-f]{40,64}) +(?P<size>\d+|-)\t")


def changed_lines(path: Path, since: str) -> set[int]:
    """Line numbers of the file as it is now that differ from the revision `since`; all of them where that does not have
    the file. UsageError where git or the revision is not there, or the repository is not the caller's."""
    if REVISION.fullmatch(since) is None:
        raise UsageError(f"--since {quoted(since, 60)} cannot be a git revision", hint="Give a branch, tag or commit.")
    now = read_whole(path, CARD_BYTES)
    refuse_other_repository(path)
    folder = path.parent.resolve()
    # git is asked where `.git` lies: in a folder below it takes files of the repository's names for a bare one.
    root = root_of(folder)
    if root is None or ask(root, "rev-parse", "--verify", "--quiet", f"{since}^{{commit}}") is None:
        raise _cannot_compare(since)
    listed = ask(root, "ls-tree", "-l", since, "--", (folder / path.name).relative_to(root).as_posix())
    entry = ENTRY.match((listed or b"").decode("utf-8", "replace"))
    if entry is None or entry["kind"] != "blob" or entry["mode"] == "120000":
        return set(range(1, now.count(b"\n") + 2))
    check_size(int(entry["size"]), CARD_BYTES, f"{since}:{path.name}")
    before = ask(root, "cat-file", "blob", entry["object"])
    if before is None:
        raise _cannot_compare(since)
    return _differing(before, now)


def refuse_other_repository(path: Path) -> None:
    """UsageError where the file lies in another repository than the folder worked in: an archive that was unpacked, a
    download, may bring its own."""
    theirs, ours = root_of(path.parent.resolve()), root_of(Path.cwd().resolve())
    if theirs is not None and theirs != ours:
        raise UsageError(
            "the file lies in a git repository of its own",
            place=Place(str(path)),
            hint=f"git is not run there; where it is yours, run this in {theirs.name or theirs}.",
        )


def root_of(folder: Path) -> Path | None:
    """The folder that holds `.git`, from here upwards."""
    return next((one for one in (folder, *folder.parents) if os.path.lexists(one / ".git")), None)


def _differing(before: bytes, now: bytes) -> set[int]:
    """Line numbers of `now` that are not of `before`. Ends of lines count as equal: git may write them either way."""
    with TemporaryDirectory(prefix="moeaudit-") as made:
        folder = Path(made)
        for name, data in (("before", before), ("now", now)):
            (folder / name).write_bytes(data.replace(b"\r\n", b"\n"))
        words = ("diff", "--no-index", "--unified=0", "--text", "--no-color", "--no-ext-diff", "--no-textconv")
        shown = ask(folder, *words, "--", "before", "now", good=(0, 1))
    if shown is None:
        raise UsageError("git cannot compare the files", hint="Leave --since out.")
    hunks = HUNK.findall(shown.decode("utf-8", "replace"))
    return {line for start, count in hunks for line in range(int(start), int(start) + int(count or 1))}


def ask(folder: Path, *words: str, good: Sequence[int] = (0,)) -> bytes | None:
    """What git prints, None where it fails. UsageError where there is no git, or it takes too long."""
    overruled = [word for setting in OVERRULED for word in ("-c", setting)]
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    if folder.name.startswith("moeaudit-"):  # the copies belong to no repository
        environment["GIT_CEILING_DIRECTORIES"] = str(folder.parent.resolve())
    try:
        result = subprocess.run(
            ["git", "--no-pager", "--literal-pathspecs", *overruled, *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**environment, **SILENT},
            timeout=GIT_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError("git is not installed", hint="Install it, or leave --since and --trust-base out.") from None
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"git does not answer {GIT_SECONDS.words()}", hint="Leave --since and --trust-base out."
        ) from None
    return result.stdout if result.returncode in good else None


def _cannot_compare(since: str) -> UsageError:
    return UsageError(
        f"git cannot compare with {quoted(since, 60)}", hint="Fetch the revision first, or leave --since out."
    )
