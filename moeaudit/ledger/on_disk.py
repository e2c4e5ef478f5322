"""How many bytes the weights of a model take, and who says so."""

from __future__ import annotations

from moeaudit.later import dataclass
from moeaudit.ledger.inspection import Inspection


@dataclass(frozen=True)
class Size:
    """`bytes` of the stored tensors. `told_by`: headers (read), index (as it states), or config (predicted)."""

    bytes: int
    told_by: str


def size_of(inspection: Inspection) -> Size | None:
    """The size by the best witness that has one; headers that lack files, or were made from the config, are none."""
    evidence, witnesses = inspection.evidence, inspection.witnesses
    whole = not (evidence.synthesised or evidence.missing_shards)
    stated = evidence.index.total_size if evidence.index is not None else None
    for told_by, size in (
        ("headers", witnesses["headers"].bytes if whole else None),
        ("index", stated),
        ("config", witnesses["config"].bytes),
    ):
        if size:
            return Size(size, told_by)
    return None
