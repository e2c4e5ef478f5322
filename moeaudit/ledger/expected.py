"""The shapes that an architecture gives to names, for formats whose tensors leave theirs open."""

from __future__ import annotations

from collections.abc import Iterable

from moeaudit.ledger.match import routed_name
from moeaudit.ledger.names import FUSED, Naming, Role, expert_name
from moeaudit.ledger.pairs import Wanted
from moeaudit.vocabulary import Kind

Shape = tuple[int, ...]


class Expected:
    """Callable: the shape of a weight by its canonical name as it is seen; None where the architecture has none.

    Experts in another layout than the config's are given the shape of that layout, with outputs before inputs.
    """

    def __init__(
        self, wanted: Iterable[Wanted], naming: Naming, hidden: int | None, experts: int | None = None
    ) -> None:
        """`experts`: routed experts of every layer, where all have as many; a flat stack's shape does not tell."""
        self.naming, self.hidden = naming, hidden
        self.shapes: dict[str, Shape] = {}
        self.experts: dict[tuple[str, Role], tuple[int, int, int]] = {}  # experts, rows of one matrix, columns
        for one in wanted:
            weight = one.weight
            self.shapes.setdefault(weight.name, weight.shape)
            name = routed_name(weight) if weight.kind is Kind.PARAMETER else None
            if name is None or name.bias or len(weight.shape) not in (2, 3):
                continue
            if name.numbered:
                count, (rows, columns) = len(weight.index[-1]), self._oriented(weight.shape, name.role)
            elif len(weight.shape) == 3:
                count, (rows, columns) = weight.shape[0], self._oriented(weight.shape[1:], name.role)
            elif experts and weight.shape[0] % experts == 0:
                count, (rows, columns) = experts, (weight.shape[0] // experts, weight.shape[1])
                if name.role is Role.DOWN:
                    rows, columns = columns, rows  # flat ones all have the hidden width last
            else:
                continue
            rows //= 2 if name.word in FUSED else 1
            self.experts.setdefault((name.place, name.role), (count, rows, columns))

    def __call__(self, template: str) -> Shape | None:
        moved = self.naming.wanted_name(template)
        if moved in self.shapes:
            return self.shapes[moved]
        name = expert_name(moved)
        if name is None or name.bias or (name.place, name.role) not in self.experts:
            return None
        count, rows, columns = self.experts[name.place, name.role]
        down = self.experts.get((name.place, Role.DOWN))
        if name.role is Role.FIRST and down is not None:
            rows = down[2]  # the inner width, whatever the first matrices are called and whether they are joined
        rows *= 2 if name.word in FUSED else 1
        return (rows, columns) if name.numbered else (count, rows, columns)

    def _oriented(self, shape: Shape, role: Role) -> tuple[int, int]:
        """Outputs before inputs: the hidden width is the input of the first matrices and the output of the last."""
        outputs, inputs = shape
        turned = self.hidden is not None and self.hidden == (outputs if role is Role.FIRST else inputs)
        return (inputs, outputs) if turned and outputs != inputs else (outputs, inputs)
