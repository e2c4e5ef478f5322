"""The origin of a converted model: named by the user, described beside the files, or at hand where their keys name
it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from moeaudit.audits.inspect import inspect, settled
from moeaudit.checks.settlement import settlement
from moeaudit.errors import AuditError, Place, UsageError
from moeaudit.evidence.model import Depth, Evidence, ModelRef, Source
from moeaudit.evidence.reader import is_offline, open_base
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.origin import held_against


def beside_origin(inspection: Inspection, *, against: str | None = None, offline: bool = False) -> Inspection:
    """The inspection held against its origin, where one is at hand: `against` must be; what the files name is looked
    for in what ships and what is cached and, for a model of the Hub, on the Hub. Nothing else is asked for."""
    if inspection.converted is None:
        if against:
            raise UsageError(
                "--against holds a converted model (GGUF) against its origin",
                place=Place(inspection.evidence.model.id),
                hint="This is none; two releases are compared by inspecting both.",
            )
        return inspection
    if against:
        other = inspect(against, offline=offline)
        if other.converted is not None:
            raise UsageError(
                "the origin is itself a GGUF file", place=Place(against), hint="Name what it was made from."
            )
        return _held(inspection, other, "--against")
    for other, found in _at_hand(inspection, offline):
        return _held(inspection, other, found)
    return inspection


def _held(inspection: Inspection, other: Inspection, found: str) -> Inspection:
    return held_against(inspection, other, found, settlement(other).words)


def _at_hand(inspection: Inspection, offline: bool) -> Iterator[tuple[Inspection, str]]:
    """Origins that can be had, in the order of preference, each with how it is known."""
    evidence = inspection.evidence
    if evidence.config is not None:
        lone = Evidence(ModelRef(evidence.config.file, Source.FILE), evidence.config)
        found = _tried(lambda: inspect_evidence(lone))
        if found is not None and found.architecture is not None:
            yield found, "beside the files"
    assert inspection.converted is not None
    for one in inspection.converted.origins:
        if one.id is not None and one.id != evidence.model.id:
            found = _opened(one.id, online=evidence.model.source is Source.HUB and not (offline or is_offline()))
            if found is not None:
                yield found, "as its keys name it"


def unwatched(done: int, total: int) -> None:
    """Nobody waits for this origin."""


def _opened(model: str, *, online: bool) -> Inspection | None:
    """An origin from what ships or is cached, else its config alone from the Hub; None where it cannot be had."""
    found = _tried(lambda: settled(open_base(model, offline=True, progress=unwatched)))
    if found is None and online:
        found = _tried(lambda: inspect_evidence(open_base(model, offline=False, progress=unwatched).read(Depth.CONFIG)))
    return found if found is not None and found.converted is None else None


def _tried(work: Callable[[], Inspection]) -> Inspection | None:
    """What the work gives; None where it fails: nobody asked for this origin."""
    try:
        return work()
    except AuditError:
        return None
