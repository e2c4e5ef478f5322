"""`moeaudit check PATH…`: the gate on claim files and model cards."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.cli.output import FailOn, deliver, exit_code, wanted
from moeaudit.errors import UsageError

if TYPE_CHECKING:
    from moeaudit.checks.audit import Audit, Failed
    from moeaudit.checks.finding import Finding

FORMATS = ("text", "json", "sarif", "github", "junit", "markdown")


class PersonaName(StrEnum):
    """Who wants to hear of a rule."""

    DEFAULT = "default"
    PEDANTIC = "pedantic"
    AUDITOR = "auditor"


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Claim files (*.claims.yaml), model cards (*.md), catalogues, or folders. "
            "Without any, the card of --model itself, or what lies in this folder."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model they speak of: Hub id, folder or evidence file.")] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N of the model.")] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; NAME=FILE writes to a file.")
    ] = None,
    persona: Annotated[PersonaName | None, typer.Option(help="Who wants to hear of a rule.")] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="The severity from which findings give exit code 1; error by default.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="A card of which nothing was read is an error, not a warning.")
    ] = False,
    whole: Annotated[
        bool, typer.Option("--all", help="Show the claims and the checklist too; of a catalogue every record.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but findings.")] = False,
    explain_reading: Annotated[
        bool, typer.Option("--explain-reading", help="List the figures of cards that were not taken, with the reason.")
    ] = False,
    since: Annotated[str | None, typer.Option(help="Only lines changed since this git revision fail the gate.")] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Print a patch that puts wrong figures right, where one figure is proved.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="With --fix: write the files instead.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never touch the network.")] = False,
    evidence: Annotated[
        list[Path] | None, typer.Option(help="Folder with evidence of the models that a catalogue's records name.")
    ] = None,
    no_cache: NoCache = False,
    timeout: Timeout = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Findings never fail the run.")] = False,
) -> int:
    """Hold claim files and model cards against what the published files prove."""
    chosen = wanted(formats or [], FORMATS) if formats or not fix else {}
    if whole and quiet:
        raise UsageError("--all and --quiet exclude each other")
    given = paths or ([] if model is not None else [Path()])
    if fix or write:
        refuse_unfixable(given, chosen, fix=fix)
    from moeaudit.audits.check import check as checked
    from moeaudit.cli.catalogue import are_catalogues, check_catalogues
    from moeaudit.cli.settings import read_settings
    from moeaudit.reports import check_views
    from moeaudit.reports.shown import Shown

    settings = read_settings(
        Path.cwd(), persona.value if persona else None, fail_on.value if fail_on else None, strict=strict or None
    )
    if model is None and are_catalogues(given):
        return check_catalogues(
            given, evidence or [], chosen, settings, since=since, everything=whole, exit_zero=exit_zero
        )
    audits, failures = checked(given, model, revision=revision, offline=offline, settings=settings.rules)
    gated: list[Finding] = [finding for one in audits for finding in one.findings]
    if since is not None:
        from moeaudit.cli.changed import on_changed_lines

        gated = on_changed_lines(gated, since)
    if fix:
        from moeaudit.cli.fixing import fixed

        mended = set(map(id, fixed(audits, given, writing=write)))
        gated = [finding for finding in gated if id(finding) not in mended]
    shown = Shown(all=whole, quiet=quiet, readings=explain_reading)
    deliver(check_views.views(audits, failures, shown=shown), chosen)
    if "github" in chosen:
        step_summary(audits, failures)
    if not quiet:
        summarise(audits, gated, chosen, since)
    worst = max((failure.error.exit_code for failure in failures), default=0)
    return max(worst, exit_code(gated, FailOn(settings.fail_on), exit_zero=exit_zero))


def refuse_unfixable(given: Sequence[Path], chosen: Mapping[str, Path | None], *, fix: bool) -> None:
    """UsageError for a line that cannot be meant: stdout is the patch's, and only files at hand are fixed."""
    if not fix:
        raise UsageError("--write is given without --fix", hint="Give both, or --fix=write.")
    if None in chosen.values():
        raise UsageError("with --fix, stdout is the patch's", hint="Send the format to a file: --format json=out.json.")
    if not given:
        raise UsageError("--fix needs files", hint="Give the claim files, cards or folders to fix.")


def step_summary(audits: Sequence[Audit], failures: Sequence[Failed]) -> None:
    """The full picture beside the annotations, where GitHub says that a step may write its summary."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from moeaudit.reports.check_markdown import render

    with Path(path).open("a", encoding="utf-8") as file:
        file.write(render(audits, failures))


def summarise(
    audits: Sequence[Audit], gated: Iterable[Finding], chosen: Mapping[str, Path | None], since: str | None
) -> None:
    """One line on stderr: how many findings, and how many of them the gate looks at."""
    if since is None and chosen.get("text", Path()) is None:
        return  # the text view ends with the same line
    from moeaudit.checks.audit import count
    from moeaudit.text import visible

    words = ", ".join(
        f"{number} {name}" for name, number in count(finding for one in audits for finding in one.findings).items()
    )
    lines = f"; on lines changed since {visible(since, limit=60)}: {len(list(gated))}" if since is not None else ""
    typer.echo(f"moeaudit check: {words}{lines}", err=True)
