"""What `moeaudit inspect` does with its options, however they were read: nothing here knows the option parser."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from moeaudit.cli.output import FailOn, deliver, exit_code, wanted
from moeaudit.errors import Exit, NothingToAudit

if TYPE_CHECKING:
    from pathlib import Path

    from moeaudit.ledger.inspection import Inspection

FORMATS = ("text", "markdown", "html", "pdf", "json")


class ReadDepth(StrEnum):
    """How far to read."""

    CONFIG = "config"
    INDEX = "index"
    HEADERS = "headers"


def answer(
    model: str,
    *,
    formats: Sequence[str] = (),
    depth: ReadDepth | None = None,
    revision: str | None = None,
    offline: bool = False,
    against: str | None = None,
    fail_on: FailOn = FailOn.ERROR,
    exit_zero: bool = False,
    everything: bool = False,
    as_json: bool = False,
    output: Sequence[Path] = (),
) -> int:
    """Inspect a model, show it, and return the exit code: 3 where nothing of it is counted. A dense one has counts."""
    chosen = wanted(formats, FORMATS, outputs=output, as_json=as_json)
    inspection = inspected(model, depth, revision=revision, offline=offline, against=against)
    from moeaudit.audits.headline import headline_claims, stated_elsewhere
    from moeaudit.checks.facts import Facts
    from moeaudit.checks.kind import Kind
    from moeaudit.checks.registry import run
    from moeaudit.reports.inspected import Inspected, views

    said = headline_claims(inspection)
    findings = tuple(run(Facts(inspection, said)))
    said = (*said, *stated_elsewhere(inspection))
    result = Inspected(inspection, findings, said, (model, *(("--revision", revision) if revision else ())))
    deliver(views(result, everything=everything), chosen)
    if result.kind is Kind.NOTHING:
        what = "a pipeline of which nothing is counted" if inspection.pipeline is not None else "nothing is counted"
        raise NothingToAudit(
            f"{what}: {inspection.ledger.uncounted}", hint="Give a safetensors copy with all of its files."
        )
    if inspection.origin is not None and not inspection.origin.agrees and not exit_zero:
        return Exit.FINDINGS
    return exit_code(findings, fail_on, exit_zero=exit_zero)


def inspected(
    model: str, depth: ReadDepth | None, *, revision: str | None, offline: bool, against: str | None = None
) -> Inspection:
    """The inspection of a model, with a progress line while headers are read."""
    from moeaudit.audits.inspect import inspect as audit
    from moeaudit.cli.progress import header_progress
    from moeaudit.evidence.model import Depth

    chosen = None if depth is None else Depth(depth.value)
    with header_progress() as progress:
        return audit(model, depth=chosen, revision=revision, offline=offline, progress=progress, against=against)
