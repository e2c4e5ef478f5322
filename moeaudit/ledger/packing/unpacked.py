"""What comes out of undoing a checkpoint's packing: weights as a model has them, what is no parameter, and what is not
understood."""

from __future__ import annotations

from moeaudit.evidence.tables import TensorGroup, total
from moeaudit.later import dataclass
from moeaudit.ledger.doubts import Doubt
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.vocabulary import Kind


@dataclass(frozen=True)
class Logical:
    """Equal weights as a model has them.

    `group` has the logical name, without a packing suffix, and the shape in parameters: None where only an index names
    the tensors; its type is None where the weights are packed (a byte that holds two values is no U8). `weight` is the
    stored tensor of the weights themselves, `beside` are the stored scales, zeros and tables that belong to them, over
    the same numbers. `scheme`: how they are stored, where shapes tell; None for plain ones.

    `confidence`: high where the stored shapes, or the architecture's own, settle the shape; medium where the config's
    word was needed; low where a default was assumed.
    """

    group: TensorGroup
    weight: TensorGroup
    beside: tuple[TensorGroup, ...] = ()
    title: str = "plain"
    scheme: Scheme | None = None
    confidence: str = "high"

    @property
    def elements(self) -> int | None:
        """Logical parameters of all tensors together."""
        return self.group.elements

    @property
    def bytes(self) -> int | None:
        """Bytes of the weights' own tensors: scales are non-parameters."""
        return self.weight.bytes

    @property
    def stored(self) -> tuple[str, ...]:
        """The types in the file, the weights' own first."""
        return tuple(dict.fromkeys(one.dtype for one in (self.weight, *self.beside) if one.dtype is not None))


@dataclass(frozen=True)
class NonParameter:
    """Equal stored tensors that are no parameters."""

    group: TensorGroup
    kind: Kind


@dataclass(frozen=True)
class Unknown:
    """Stored tensors of one module whose packing could not be undone: no parameters until proven.

    `groups` share their stem over the same numbers. `name`: the template of the weight that they probably stand for.
    """

    groups: tuple[TensorGroup, ...]
    stem: str
    name: str

    @property
    def tensors(self) -> int:
        return sum(group.tensors for group in self.groups)

    @property
    def bytes(self) -> int | None:
        return total(group.bytes for group in self.groups)


@dataclass(frozen=True)
class Unpacked:
    """A checkpoint as far as it is understood: every stored tensor is in exactly one place (`beside` of a weight is
    among the non-parameters too)."""

    logical: tuple[Logical, ...]
    non_parameters: tuple[NonParameter, ...]
    unknown: tuple[Unknown, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def parameters(self) -> int | None:
        """Logical parameters of what is understood; None where shapes are unknown."""
        return total(one.elements for one in self.logical)

    def elements_of(self, kind: Kind) -> int:
        """Stored elements of one kind of non-parameter."""
        return sum(one.group.elements or 0 for one in self.non_parameters if one.kind is kind)

    def bytes_of(self, kind: Kind) -> int:
        return sum(one.group.bytes or 0 for one in self.non_parameters if one.kind is kind)
