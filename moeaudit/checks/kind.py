"""What kind of model was inspected: whether it is sparse, and whether that is known."""

from __future__ import annotations

from enum import StrEnum

from moeaudit.ledger.inspection import Inspection
from moeaudit.vocabulary import Component


class Kind(StrEnum):
    """`unsure`: no routed experts are recognised, and there are parameters whose role nobody knows, or something
    speaks of experts all the same."""

    MOE = "moe"
    DENSE = "dense"
    UNSURE = "unsure"
    PIPELINE = "pipeline"
    NOTHING = "nothing"


def kind_of(inspection: Inspection) -> Kind:
    """The kind; of a pipeline whose parts route, that it is sparse."""
    ledger = inspection.ledger
    if ledger.uncounted and not ledger.lines:
        return Kind.NOTHING
    described = inspection.architecture is not None and inspection.architecture.is_moe
    if described or Component.ROUTED_EXPERTS in ledger.components():
        return Kind.MOE
    if inspection.pipeline is not None:
        return Kind.PIPELINE
    return Kind.UNSURE if ledger.uncounted or ledger.unsettled or unclassified(inspection) else Kind.DENSE


def unclassified(inspection: Inspection) -> int:
    """Parameters of a model that nothing describes whose names say no role."""
    return 0 if inspection.architecture is not None else inspection.ledger.components().get(Component.UNCLASSIFIED, 0)


def is_guess(inspection: Inspection) -> bool:
    """Whether roles are known by words in tensor names alone."""
    return not inspection.named and inspection.pipeline is None and bool(inspection.ledger.lines)
