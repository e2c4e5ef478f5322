"""What `moeaudit check` does with its options: hold, fix, show, and the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.cli.output import FailOn, deliver, exit_code, say, step_summary, wanted
from moeaudit.errors import UsageError
from moeaudit.later import dataclass

if TYPE_CHECKING:
    from moeaudit.audits.check import Checked
    from moeaudit.audits.settings import ProjectSettings
    from moeaudit.audits.trust import Trust
    from moeaudit.checks.audit import Audit
    from moeaudit.checks.finding import Finding
    from moeaudit.evidence.base import Base

FORMATS = ("text", "markdown", "html", "pdf", "json", "sarif", "github", "junit")


@dataclass(frozen=True)
class Asked:
    """One line of options as it was given; `persona` and `fail_on` are None where the project's settings decide."""

    paths: Sequence[Path] = ()
    model: str | None = None
    revision: str | None = None
    formats: Sequence[str] = ()
    outputs: Sequence[Path] = ()
    as_json: bool = False
    persona: str | None = None
    fail_on: str | None = None
    strict: bool = False
    whole: bool = False
    quiet: bool = False
    readings: bool = False
    since: str | None = None
    trust_base: str | None = None
    fix: bool = False
    write: bool = False
    offline: bool = False
    evidence: Sequence[Path] = ()
    exit_zero: bool = False

    @property
    def given(self) -> list[Path]:
        """What to check: the paths, without any the folder that the command stands in, or the model's own card."""
        return list(self.paths) or ([] if self.model is not None else [Path()])


def answer(asked: Asked) -> int:
    """Check what is asked, show it, and return the exit code."""
    shows = asked.formats or asked.outputs or asked.as_json or not asked.fix
    chosen = wanted(asked.formats, FORMATS, outputs=asked.outputs, as_json=asked.as_json) if shows else {}
    refuse(asked, chosen)
    if asked.trust_base is None:
        return answer_with(asked, chosen, None)
    from moeaudit.evidence.base import Base

    base = Base(asked.trust_base, Path.cwd())
    try:
        return answer_with(asked, chosen, base)
    finally:
        base.close()


def answer_with(asked: Asked, chosen: Mapping[str, Path | None], base: Base | None) -> int:
    """The same with a base that what decides is taken from, or none."""
    from moeaudit.cli.catalogue import are_catalogues, check_catalogues

    settings, trust = trusted(asked, base)
    if asked.model is None and (trust.are_catalogues(asked.given) if trust else are_catalogues(asked.given)):
        return check_catalogues(
            asked.given, asked.evidence, chosen, settings, since=asked.since, everything=asked.whole,
            exit_zero=asked.exit_zero, trust=trust,
        )  # fmt: skip
    found = held(asked, settings, trust)
    gated = looked_at(found, asked.since)
    show(asked, found, gated, chosen)
    worst = max((failure.error.exit_code for failure in found.failures), default=0)
    return max(worst, exit_code(gated, FailOn(settings.fail_on), exit_zero=asked.exit_zero))


def refuse(asked: Asked, chosen: Mapping[str, Path | None]) -> None:
    """UsageError for a line that cannot be meant: with --fix, stdout is the patch's, and only files are fixed."""
    if asked.whole and asked.quiet:
        raise UsageError("--all and --quiet exclude each other")
    if asked.write and not asked.fix:
        raise UsageError("--write is given without --fix", hint="Give both, or --fix=write.")
    if asked.fix and None in chosen.values():
        raise UsageError("with --fix, stdout is the patch's", hint="Send the format to a file: --format json=out.json.")
    if asked.fix and not asked.given:
        raise UsageError("--fix needs files", hint="Give the claim files, cards or folders to fix.")


def trusted(asked: Asked, base: Base | None) -> tuple[ProjectSettings, Trust | None]:
    """The settings that hold, and what else comes from the base."""
    from moeaudit.audits.settings import read_settings

    words = (asked.persona, asked.fail_on)
    if base is None:
        return read_settings(Path.cwd(), *words, strict=asked.strict or None), None
    from moeaudit.audits.trust import Trust
    from moeaudit.cli.trusting import base_settings

    settings, changes = base_settings(base, Path.cwd(), *words, strict=asked.strict or None)
    return settings, Trust(base, asked.given, changes)


def held(asked: Asked, settings: ProjectSettings, trust: Trust | None = None) -> Checked:
    """Everything that was given, held against its evidence; with --fix the patch is printed, or the files are written
    and what is then left of them is what was found."""
    from moeaudit.audits.check import check

    def work() -> Checked:
        return check(
            asked.given, asked.model, revision=asked.revision, offline=asked.offline, settings=settings.rules,
            trust=trust,
        )  # fmt: skip

    found = work()
    if not asked.fix:
        return found
    from moeaudit.cli.fixing import fixed

    return work() if fixed(found.audits, asked.given, writing=asked.write) else found


def looked_at(found: Checked, since: str | None) -> list[Finding]:
    """The findings that the gate looks at."""
    every = [finding for audit in found.audits for finding in audit.findings]
    if since is None:
        return every
    from moeaudit.cli.changed import on_changed_lines

    return on_changed_lines(every, since)


def show(asked: Asked, found: Checked, gated: Sequence[Finding], chosen: Mapping[str, Path | None]) -> None:
    """Every format that was asked for, GitHub's summary beside annotations, and a last line where no view has one."""
    from moeaudit.reports.check_views import views
    from moeaudit.reports.shown import Shown

    shown = Shown(all=asked.whole, quiet=asked.quiet, readings=asked.readings)
    made = views(found.audits, found.failures, shown=shown)
    deliver(made, chosen)
    if "github" in chosen:
        step_summary(made["markdown"])
    if not asked.quiet:
        summarise(found.audits, gated, chosen, asked.since)


def summarise(
    audits: Sequence[Audit], gated: Iterable[Finding], chosen: Mapping[str, Path | None], since: str | None
) -> None:
    """One line on stderr: how many findings, and how many of them the gate looks at."""
    if since is None and chosen.get("text", Path()) is None:
        return  # the text view ends with the same line
    from moeaudit.checks.audit import count, in_words
    from moeaudit.text import visible

    words = in_words(count(finding for one in audits for finding in one.findings))
    lines = f"; on lines changed since {visible(since, limit=60)}: {len(list(gated))}" if since is not None else ""
    say(f"moeaudit check: {words}{lines}")
