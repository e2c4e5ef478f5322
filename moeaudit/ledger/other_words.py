"""What the documents beside a config.json, or in its stead, add to an inspection: an adapter's own weights, and whether
a params.json tells the same model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moeaudit.architecture.config import Notice
from moeaudit.architecture.readers import described_by
from moeaudit.errors import AuditError
from moeaudit.evidence.model import ADAPTER_PART, Evidence, Role
from moeaudit.evidence.repo import ADAPTER, PARAMS, PIPELINE
from moeaudit.ledger.adapter import Adapter, adapter_of
from moeaudit.ledger.adapter_fit import misfits
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Absent, Value
from moeaudit.text import exact, quoted, several, short
from moeaudit.vocabulary import Component

HELD = ("total.full", "active.full", "total.full+encoders", "active.full+encoders")
"""Counts in which two descriptions of one model may differ."""


def told_besides(inspection: Inspection) -> Inspection:
    """The inspection with what its other documents say."""
    evidence = inspection.evidence
    adapter = adapter_of(evidence)
    if adapter is not None:
        said = of_adapter(inspection, adapter)
        inspection = replace(inspection, adapter=adapter, remarks=(*inspection.remarks, *said))
        inspection = held_against_base(inspection)
        if inspection.architecture is not None:
            notes = (*inspection.architecture.notes, *(f"{one[:1].upper()}{one[1:]}." for one in said))
            inspection = replace(inspection, architecture=replace(inspection.architecture, notes=notes))
    if evidence.config is not None and evidence.document(Role.PARAMS) is not None:
        inspection = held_against_params(inspection)
    elif evidence.document(Role.PARAMS) is not None:
        inspection = replace(inspection, remarks=(*inspection.remarks, "params.json stands for a config.json"))
    return replace(inspection, notices=(*inspection.notices, *passed_over(evidence)))


def passed_over(evidence: Evidence) -> Iterator[Notice]:
    """Which of several descriptions was read, a notice for each that was not."""
    for file, what in LEFT.items():
        if file in evidence.passed_over:
            said = f"{file} lies beside {read_by(evidence)}, which is read; {what}"
            yield Notice("second-description", said, "", file=file)
    converted = [file for file in evidence.passed_over if file not in LEFT]
    if converted:
        more = f" and {len(converted) - 1:,} more lie" if len(converted) > 1 else " lies"
        said = f"{quoted(converted[0])}{more} beside {read_by(evidence)}, which is read; it is not counted"
        yield Notice("second-description", said, "", file=converted[0])


def read_by(evidence: Evidence) -> str:
    """The file that says what kind of model is read."""
    roles = (Role.GGUF, Role.ADAPTER, Role.PIPELINE)
    document = next((found for role in roles if (found := evidence.document(role)) is not None), None)
    return quoted(document.file) if document is not None else evidence.describing


LEFT = {
    PARAMS: "what it describes is not counted",
    ADAPTER: "the adapter is not counted",
    PIPELINE: "the pipeline's folders are not counted",
}
"""Documents that a repo's reader may pass over, and what is then left out."""


def held_against_base(inspection: Inspection) -> Inspection:
    """An adapter that does not fit what it adapts: a notice says where."""
    document, own = inspection.evidence.document(Role.ADAPTER), inspection.evidence.part(ADAPTER_PART)
    if document is None or own is None or own.headers is None:
        return inspection
    said = misfits(document, own.headers, inspection.architecture)
    if not said:
        return inspection
    notice = Notice("adapter-misfit", "; ".join(said), "", file=document.file)
    return replace(inspection, notices=(*inspection.notices, notice))


def of_adapter(inspection: Inspection, adapter: Adapter) -> tuple[str, ...]:
    base = f"an adapter of {adapter.base}: the counts are the base's"
    if adapter.parameters is None:
        return (f"{base}; what it adds is not counted: {adapter.unread}",)
    parts = ", ".join(f"{role.value} {exact(count)}" for role, count in adapter.components.items())
    rank = f" (rank {adapter.rank})" if adapter.rank is not None else ""
    own = f"it stores {several(adapter.parameters, 'parameter')} of its own{rank}: {parts}"
    total = inspection.denominators.get("total.full")
    if total is not None and not isinstance(total, Absent):
        own += f"; with it total.full is {exact(total.typical + adapter.added)}"
    return base, own, touched(inspection, adapter)


def touched(inspection: Inspection, adapter: Adapter) -> str:
    """Which experts it touches."""
    if adapter.components.get(Component.ROUTED_EXPERTS) is None:
        return "it touches no routed expert"
    if adapter.all_experts:
        return "it touches the routed experts of a layer all at once"
    of = inspection.summary.routed_experts if inspection.summary is not None else None
    count = len(adapter.experts)
    ending = f" of {exact(of)}" if isinstance(of, int) else ""
    return f"it touches {exact(count)} routed expert{'' if count == 1 else 's'}{ending}"


def held_against_params(inspection: Inspection) -> Inspection:
    """Two descriptions of one model: they agree, which is said, or a notice says where they do not."""
    how = described_by(inspection.evidence, Role.PARAMS)
    if how is None or inspection.architecture is None:
        return inspection
    try:
        other = how.describe(how.config)
    except AuditError as error:
        return replace(inspection, remarks=(*inspection.remarks, f"params.json is not used: {error.message}"))
    mine, theirs = (measure_all(config_ledger(one)) for one in (inspection.architecture, other))
    apart = [name for name in HELD if typical(mine.get(name)) != typical(theirs.get(name))]
    if not apart:
        total, active = (short(theirs[name].typical) for name in HELD[:2])  # type: ignore[union-attr]
        said = f"params.json tells the same model: {total} total, {active} active"
        return replace(inspection, remarks=(*inspection.remarks, said))
    told = (
        f"{name} is {shown(mine.get(name))} by config.json, {shown(theirs.get(name))} by params.json" for name in apart
    )
    notice = Notice("params-contradict", "; ".join(told), "", file="params.json")
    return replace(inspection, notices=(*inspection.notices, notice))


def typical(value: Value | None) -> int | None:
    return None if value is None or isinstance(value, Absent) else value.typical


def shown(value: Value | None) -> str:
    count = typical(value)
    return "none" if count is None else exact(count)
