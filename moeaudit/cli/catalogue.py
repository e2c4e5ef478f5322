"""`moeaudit check` of catalogues: many records, one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from moeaudit.cli.output import FailOn, deliver, exit_code
from moeaudit.cli.settings import ProjectSettings


def are_catalogues(paths: Sequence[Path]) -> bool:
    """Whether these are catalogues, all of them: such a check takes its models from the records."""
    from moeaudit.audits.catalogue import is_catalogue

    return bool(paths) and all(is_catalogue(path) for path in paths)


def check_catalogues(
    paths: Sequence[Path],
    evidence: Sequence[Path],
    chosen: Mapping[str, Path | None],
    settings: ProjectSettings,
    *,
    since: str | None,
    everything: bool,
    exit_zero: bool,
) -> int:
    """Hold every record against the evidence at hand; the exit code is by findings, as for cards."""
    from moeaudit.audits.catalogue import audit_catalogue
    from moeaudit.reports import catalogue_table

    found = audit_catalogue(paths, evidence, settings.rules)
    gated = catalogue_table.gated(found)
    if since is not None:
        from moeaudit.cli.changed import on_changed_lines

        gated = on_changed_lines(gated, since)
    deliver(catalogue_table.views(found, everything=everything), chosen)
    if since is not None or chosen.get("text", Path()) is not None:
        typer.echo(f"moeaudit check: {catalogue_table.tallies(found)}", err=True)
    return exit_code(gated, FailOn(settings.fail_on), exit_zero=exit_zero)
