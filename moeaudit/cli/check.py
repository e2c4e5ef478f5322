"""`moeaudit check PATH…`: the gate on claim files and model cards."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from moeaudit.cli.output import FailOn, deliver, exit_code, wanted

FORMATS = ("text", "json", "sarif", "github", "junit", "markdown")


class PersonaName(StrEnum):
    """Who wants to hear of a rule."""

    DEFAULT = "default"
    PEDANTIC = "pedantic"
    AUDITOR = "auditor"


def check(
    paths: Annotated[
        list[Path], typer.Argument(help="Claim files (*.claims.yaml), model cards (*.md), catalogues, or folders.")
    ],
    model: Annotated[str | None, typer.Option(help="The model they speak of: Hub id, folder or evidence file.")] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; NAME=FILE writes to a file.")
    ] = None,
    persona: Annotated[PersonaName | None, typer.Option(help="Who wants to hear of a rule.")] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="The severity from which findings give exit code 1; error by default.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only lines changed since this git revision fail the gate.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never touch the network.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Findings never fail the run.")] = False,
) -> int:
    """Hold claim files and model cards against what the published files prove."""
    chosen = wanted(formats or [], FORMATS)
    from moeaudit.cli.gather import gather
    from moeaudit.cli.settings import read_settings
    from moeaudit.reports import check_views

    settings = read_settings(Path.cwd(), persona.value if persona else None, fail_on.value if fail_on else None)
    audits = gather(paths, model, offline=offline, settings=settings.rules)
    deliver(check_views.views(audits), chosen)
    gated = [finding for one in audits for finding in one.findings]
    if since is not None:
        from moeaudit.cli.changed import on_changed_lines

        gated = on_changed_lines(gated, since)
    return exit_code(gated, FailOn(settings.fail_on), exit_zero=exit_zero)
