"""The two sides as lists, for whoever shows them: names on both, on one only, of another size."""

from __future__ import annotations

from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.later import dataclass


@dataclass(frozen=True)
class ShapeDifference:
    """Tensors that both sides name with different shapes; `group` holds the seen shape."""

    group: TensorGroup
    expected: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """What is on both sides, on one only, and of different shape on both."""

    matched: int
    missing: TensorTable  # expected, not seen
    unexpected: TensorTable  # seen, not expected
    shapes: tuple[ShapeDifference, ...] = ()

    @property
    def equal(self) -> bool:
        return not (self.missing.tensors or self.unexpected.tensors or self.shapes)
