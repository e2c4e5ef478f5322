"""What commands share: `--format` with files, the exit threshold, progress on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from moeaudit.errors import LONGEST, Exit, UsageError
from moeaudit.later import expression
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.checks.finding import Finding

View = Callable[[], str | bytes]

FITTED = LONGEST + len("moeaudit: ")
"""Characters that a line about an error keeps to, with what makes it harmless to a runner."""


class FailOn(StrEnum):
    """From which severity on findings fail the run."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


SEVERE = {"error": 2, "warning": 1, "note": 0}


ENDINGS = {
    "markdown": (".md", ".markdown"),
    "html": (".html", ".htm"),
    "pdf": (".pdf",),
    "sarif": (".sarif", ".sarif.json", ".json"),
    "cyclonedx": (".cdx.json", ".json"),
    "spdx": (".spdx.json", ".json"),
    "json": (".json",),
    "junit": (".xml",),
    "text": (".txt",),
}
"""What the files of a format end in, its own ending first: where that of several fits, it goes before."""

STYLES = expression("\x1b\\[[0-9;]*m")
"""What a terminal takes for a style. A file holds none: it is looked at elsewhere. Nothing foreign holds any either."""

SHORT = {"md": "markdown"}
BINARY = frozenset({"pdf"})


def wanted(
    formats: Sequence[str], known: Iterable[str], default: str = "text", *, outputs: Sequence[Path] = (),
    as_json: bool = False,
) -> dict[str, Path | None]:  # fmt: skip
    """`--format`, `-o` and `--json` as format → file (None: stdout, where at most one goes).

    A file of `-o` is of the format that its ending names; where that names none, of the one that `--format` asks for
    without a file. What is asked for and goes to no file goes to stdout; without any of it, `default` does.
    """
    chosen: dict[str, Path | None] = {}
    known = tuple(known)
    asked = [*formats, *(["json"] if as_json and "json" not in formats else [])]
    for text in asked or ([] if outputs else [default]):
        name, _, path = text.partition("=")
        name = name if name in known else SHORT.get(name, name)
        if name not in known:
            from moeaudit.nearest import did_you_mean

            raise UsageError(f"--format {visible(name, limit=40)!r} is not known", hint=did_you_mean(name, known))
        if name in chosen:
            raise UsageError(f"--format {name} is given twice")
        chosen[name] = Path(path) if path else None
    for file in outputs:
        name = form_of(file, [one for one, path in chosen.items() if path is None], known)
        if chosen.get(name) is not None:
            raise UsageError(f"two files are to hold the {name} view", hint="Give each its own format.")
        chosen[name] = file
    refuse_one_file(path for path in chosen.values() if path is not None)
    on_stdout = [name for name, path in chosen.items() if path is None]
    if len(on_stdout) > 1:
        raise UsageError("two formats go to stdout", hint="Send one to a file: --format json=out.json.")
    if sys.stdout.isatty() and not BINARY.isdisjoint(on_stdout):
        raise UsageError(f"{on_stdout[0]} is nothing that a terminal shows", hint=f"Give -o FILE.{on_stdout[0]}.")
    return chosen


def form_of(file: Path, open_ones: Sequence[str], known: Sequence[str]) -> str:
    """The format of a file: of those that are asked for and have none yet, else of all. UsageError where its ending
    says nothing, and not one is asked for."""
    for among in (open_ones, [name for name in known if name != "text"]):
        fits = [
            (len(ending), -place, name)
            for name in among
            for place, ending in enumerate(ENDINGS.get(name, ()))
            if file.name.lower().endswith(ending)
        ]
        if fits and (among == open_ones or not of_another(file, known)):
            return max(fits)[2]
    if len(open_ones) == 1:
        return open_ones[0]
    if "text" in known and file.name.lower().endswith(ENDINGS["text"]):
        return "text"
    endings = ", ".join(ENDINGS[name][0] for name in ENDINGS if name in known)
    raise UsageError(
        f"the ending of -o {visible(str(file), limit=60)!r} names no format",
        hint=f"There are: {endings}; or name one with --format.",
    )


def of_another(file: Path, known: Sequence[str]) -> bool:
    """Whether the name ends as files of a format do that is not to be had here: `.cdx.json` is no other JSON."""
    own = (ending for name, endings in ENDINGS.items() if name not in known for ending in endings)
    return any(file.name.lower().endswith(ending) for ending in own if ending.count(".") > 1)


def refuse_one_file(paths: Iterable[Path]) -> None:
    """UsageError where two views would go to one file, by whatever names."""
    from moeaudit.evidence.outputs import target

    files = [real for real in map(target, paths) if real.is_file() or not real.exists()]
    if len(set(files)) < len(files):
        raise UsageError("two formats go to one file", hint="Give each a file of its own.")


def deliver(views: Mapping[str, View], chosen: Mapping[str, Path | None]) -> None:
    """Make every view first, then write: files appear all and whole or not at all, stdout last."""
    made = {name: bounded(views[name](), name) for name in chosen}
    if files := {name: path for name, path in chosen.items() if path is not None}:
        from moeaudit.evidence.outputs import write_all

        refuse_one_file(files.values())  # by now it is known what was read
        write_all([(file, _written(made[name], name)) for name, file in files.items()])
    for name, path in chosen.items():
        if path is None:
            show(made[name], name)


def _written(content: str | bytes, name: str) -> bytes:
    """What a file holds of a view."""
    if isinstance(content, bytes):
        return content
    return (STYLES.sub("", content) if name == "text" else content).encode()


def bounded(content: str | bytes, name: str) -> bytes | str:
    """The view as it is; UsageError where it is longer than any."""
    from moeaudit.limits import OUTPUT_BYTES

    size = len(content)
    if isinstance(content, str) and 4 * size > OUTPUT_BYTES:  # a sign has four bytes at most
        size = len(content.encode())
    if size > OUTPUT_BYTES:
        raise UsageError(f"the {name} view makes {OUTPUT_BYTES.words()}", hint="Look at fewer files at once.")
    return content


def show(content: str | bytes, form: str = "text") -> None:
    """Write to stdout, in a form in which a runner of workflows takes nothing for a command. A reader that closes it
    early, as `| head` does, changes no exit code."""
    try:
        if isinstance(content, bytes):
            if form == "patch":
                _refuse_patch(content)
            sys.stdout.buffer.write(content)
        else:
            sys.stdout.write(inert(content, form))
        sys.stdout.flush()
    except BrokenPipeError:
        muted(sys.stdout)


def _refuse_patch(patch: bytes) -> None:
    """A patch holds lines of a card as they are, or it would not apply. UsageError where what shows them would take one
    for a command, or a terminal a character."""
    from moeaudit.evidence.hidden import hidden_characters

    text = patch.decode("utf-8", "replace")
    inert(text, "patch")
    if sys.stdout.isatty() and next(hidden_characters(text, 1), None) is not None:
        raise UsageError(
            "the patch holds characters that a terminal would act on", hint="Send it to a file, or give --fix=write."
        )


def step_summary(view: View) -> None:
    """The full picture beside annotations, where GitHub says that a step may write its summary."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        from moeaudit.evidence.outputs import append_text

        made = view()
        append_text(Path(path), made if isinstance(made, str) else made.decode())


def say(line: str) -> None:
    """One line on stderr. Where that takes nothing, there is nobody to tell."""
    from moeaudit.text import visible

    text = inert(plain := visible(line))
    if len(text) > FITTED >= len(plain):
        text = text[: FITTED - 1] + "…"
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        muted(sys.stderr)


def muted(stream: TextIO) -> None:
    """Send what is left in a stream's buffer nowhere, so that leaving does not fail on it."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):  # a stream that is no file
        return


def inert(text: str, form: str = "text") -> str:
    """The text so that GitHub's runner, which reads the log of a job for commands, finds none in it: it takes a line
    that begins with `::`, and `##[` anywhere. The github view writes its own commands and escapes what stands in them.
    """
    if form == "github" or os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    from moeaudit.reports.inert import defused

    safe = defused(text, form)
    if form == "patch" and safe != text:
        raise UsageError(
            "the runner would take a line of the patch for a command", hint="Write the files instead: --fix=write."
        )
    return safe


def exit_code(findings: Iterable[Finding], fail_on: FailOn, *, exit_zero: bool = False) -> Exit:
    """1 where an unsuppressed finding is at or above the threshold."""
    if exit_zero or fail_on is FailOn.NEVER:
        return Exit.OK
    worst = max((SEVERE[finding.severity.value] for finding in findings if finding.suppressed is None), default=-1)
    return Exit.FINDINGS if worst >= SEVERE[fail_on.value] else Exit.OK
