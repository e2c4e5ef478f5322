"""`moeaudit check` of catalogues: many records, one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.audits.settings import ProjectSettings
from moeaudit.cli.output import FailOn, deliver, exit_code, say, step_summary

if TYPE_CHECKING:
    from moeaudit.audits.trust import Trust

OTHERS = (".md", ".markdown", ".claims.yaml", ".evidence.json", "config.json")
"""Endings of what is no catalogue, so that nothing is loaded to see it."""


def are_catalogues(paths: Sequence[Path]) -> bool:
    """Whether these are catalogues, all of them: such a check takes its models from the records."""
    if not paths or any(path.name.endswith(OTHERS) for path in paths):
        return False
    from moeaudit.audits.catalogue import is_catalogue

    return all(is_catalogue(path) for path in paths)


def check_catalogues(
    paths: Sequence[Path],
    evidence: Sequence[Path],
    chosen: Mapping[str, Path | None],
    settings: ProjectSettings,
    *,
    since: str | None,
    everything: bool,
    exit_zero: bool,
    trust: Trust | None = None,
) -> int:
    """Hold every record against the evidence at hand; the exit code is by findings, as for cards."""
    from moeaudit.audits.catalogue import audit_catalogue
    from moeaudit.reports.catalogue_result import gated as gated_of
    from moeaudit.reports.catalogue_result import summary
    from moeaudit.reports.check_views import catalogue_views

    found = audit_catalogue(paths, evidence, settings.rules, trust)
    gated = gated_of(found)
    if since is not None:
        from moeaudit.cli.changed import on_changed_lines

        gated = on_changed_lines(gated, since)
    views = catalogue_views(found, everything=everything)
    deliver(views, chosen)
    if "github" in chosen:
        step_summary(views["markdown"])
    if since is not None or chosen.get("text", Path()) is not None:
        say(f"moeaudit check: {summary(found)}")
    return exit_code(gated, FailOn(settings.fail_on), exit_zero=exit_zero)
