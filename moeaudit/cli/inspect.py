"""`moeaudit inspect MODEL`: counts, witnesses, architecture."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from moeaudit.cli.cache import NoCache
from moeaudit.cli.output import FailOn, deliver, exit_code, wanted
from moeaudit.errors import NothingToAudit

if TYPE_CHECKING:
    from moeaudit.ledger.inspection import Inspection


class ReadDepth(StrEnum):
    """How far to read."""

    CONFIG = "config"
    INDEX = "index"
    HEADERS = "headers"


def inspect(
    model: Annotated[
        str, typer.Argument(help="Hub id (org/name[@revision]), folder, config.json, evidence file or spec file.")
    ],
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="text or json; json=FILE writes to a file.")
    ] = None,
    depth: Annotated[
        ReadDepth | None, typer.Option(help="How far to read; by default as deep as it takes to settle the account.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Never touch the network: cache and recorded evidence only.")
    ] = False,
    no_cache: NoCache = False,
    fail_on: Annotated[FailOn, typer.Option(help="The severity from which findings give exit code 1.")] = FailOn.ERROR,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Findings never fail the run.")] = False,
) -> int:
    """Count a model exactly, under every named denominator, with proof."""
    chosen = wanted(formats or [], ("text", "json"))
    inspection = inspected(model, depth, revision=revision, offline=offline)
    from moeaudit.checks.facts import Facts
    from moeaudit.checks.headline import headline_claims
    from moeaudit.checks.registry import run

    said = headline_claims(inspection)
    findings = run(Facts(inspection, said))

    def text() -> str:
        from moeaudit.reports.inspection_text import render
        from moeaudit.reports.terminal import drawn

        return drawn(lambda out: render(inspection, findings, out, said))

    def json() -> str:
        from moeaudit.reports.inspection_json import render

        return render(inspection, findings, said)

    deliver({"text": text, "json": json}, chosen)
    if is_dense(inspection):
        raise NothingToAudit(
            "dense: nothing MoE to audit; the counts above are exact all the same",
            hint="For sparse models, give a repo whose config names experts.",
        )
    return exit_code(findings, fail_on, exit_zero=exit_zero)


def is_dense(inspection: Inspection) -> bool:
    """Whether nothing is routed: by the architecture, or where that is unknown by the weights."""
    from moeaudit.vocabulary import Component

    if inspection.architecture is not None:
        return not inspection.architecture.is_moe
    return Component.ROUTED_EXPERTS not in inspection.ledger.components()


def inspected(model: str, depth: ReadDepth | None, *, revision: str | None, offline: bool) -> Inspection:
    """The inspection of a model, with a progress line while headers are read."""
    from moeaudit.audits.inspect import inspect as audit
    from moeaudit.cli.progress import header_progress
    from moeaudit.evidence.model import Depth

    chosen = None if depth is None else Depth(depth.value)
    with header_progress() as progress:
        return audit(model, depth=chosen, revision=revision, offline=offline, progress=progress)
