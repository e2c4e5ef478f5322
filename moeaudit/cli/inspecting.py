"""What `moeaudit inspect` does with its options, however they were read: nothing here knows the option parser."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from moeaudit.cli.output import FailOn, deliver, exit_code, wanted
from moeaudit.errors import Exit, NothingToAudit

if TYPE_CHECKING:
    from moeaudit.ledger.inspection import Inspection


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
) -> int:
    """Inspect a model, show it, and return the exit code."""
    chosen = wanted(formats, ("text", "json"))
    inspection = inspected(model, depth, revision=revision, offline=offline, against=against)
    from moeaudit.audits.headline import headline_claims
    from moeaudit.checks.facts import Facts
    from moeaudit.checks.registry import run

    said = headline_claims(inspection)
    findings = run(Facts(inspection, said))

    def text() -> str:
        from moeaudit.reports.inspection_text import render
        from moeaudit.reports.terminal import written

        return written(lambda out: render(inspection, findings, out, said))

    def json() -> str:
        from moeaudit.reports.inspection_json import render

        return render(inspection, findings, said)

    deliver({"text": text, "json": json}, chosen)
    if inspection.ledger.uncounted and not inspection.ledger.lines:
        what = "a pipeline of which nothing is counted" if inspection.pipeline is not None else "nothing is counted"
        raise NothingToAudit(
            f"{what}: {inspection.ledger.uncounted}",
            hint="Give a safetensors copy with all of its files.",
        )
    if inspection.pipeline is not None and is_dense(inspection):
        if inspection.ledger.uncounted:
            raise NothingToAudit(
                f"a pipeline without routed experts in what is counted; not counted: {inspection.ledger.uncounted}",
                hint="Give all of its folders.",
            )
        raise NothingToAudit("a pipeline without routed experts; the counts above are exact all the same")
    if is_dense(inspection) and not inspection.ledger.uncounted:
        unknown = unclassified(inspection)
        if unknown:
            raise NothingToAudit(
                f"no routed experts are recognised, and {unknown:,} parameters have no known role: whether it is "
                "sparse is not known",
                hint="Give its config.json too, or describe it in a spec file; moeaudit schema spec shows how.",
            )
        raise NothingToAudit(
            "dense: nothing MoE to audit; the counts above are exact all the same",
            hint="For sparse models, give a repo whose config names experts.",
        )
    if inspection.origin is not None and not inspection.origin.agrees and not exit_zero:
        return Exit.FINDINGS
    return exit_code(findings, fail_on, exit_zero=exit_zero)


def is_dense(inspection: Inspection) -> bool:
    """Whether nothing is routed: neither by the architecture, where it is known, nor by the weights."""
    from moeaudit.vocabulary import Component

    if inspection.architecture is not None and inspection.architecture.is_moe:
        return False
    return Component.ROUTED_EXPERTS not in inspection.ledger.components()


def unclassified(inspection: Inspection) -> int:
    """Parameters of a model that nothing describes whose names say no role."""
    from moeaudit.vocabulary import Component

    return 0 if inspection.architecture is not None else inspection.ledger.components().get(Component.UNCLASSIFIED, 0)


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
