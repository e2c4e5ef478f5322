"""How a GGUF file stores its weights: elements and bytes by component and type, and bytes for whoever plans with
them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property

from moeaudit.architecture.weights import Weight
from moeaudit.evidence.indices import Indices
from moeaudit.later import dataclass
from moeaudit.ledger.by_gguf import Read
from moeaudit.ledger.packing.storage import Storage
from moeaudit.vocabulary import Component, Kind, Part

TYPES_TOLD = 4
"""Types that a line names, the commonest first; the others together are `others`."""

Key = tuple[Component, Part]


@dataclass(frozen=True)
class Stored:
    """Parameters and bytes of one component, with the parameters of each type."""

    elements: int
    bytes: int
    types: Mapping[str, int]

    @property
    def bits(self) -> float:
        """Bits per parameter, scales and minima included."""
        return 8 * self.bytes / self.elements if self.elements else 0.0


def stored_by_component(read: Iterable[Read]) -> dict[Component, Stored]:
    """Every reported component's parameters, in the order of the closed list."""
    found: dict[Component, tuple[list[int], dict[str, int]]] = {}  # elements and bytes; elements by type
    for one in read:
        if one.weight.kind is Kind.PARAMETER:
            sums, types = found.setdefault(one.weight.reported, ([0, 0], {}))
            sums[0] += one.weight.elements
            sums[1] += one.group.bytes or 0
            dtype = one.group.dtype or ""
            types[dtype] = types.get(dtype, 0) + one.weight.elements
    kept = ((component, *found[component]) for component in Component if component in found)
    return {component: Stored(sums[0], sums[1], types) for component, sums, types in kept}


def together(stored: Mapping[Component, Stored]) -> Stored:
    """All components as one."""
    types: dict[str, int] = {}
    for one in stored.values():
        for dtype, elements in one.types.items():
            types[dtype] = types.get(dtype, 0) + elements
    return Stored(sum(one.elements for one in stored.values()), sum(one.bytes for one in stored.values()), types)


def in_words(stored: Stored) -> str:
    """`Q4_K 85.1 %, Q6_K 14.2 %, F32 0.7 %; 4.86 bits per weight`."""
    listed = sorted(stored.types.items(), key=lambda pair: (-pair[1], pair[0]))
    whole = stored.elements or 1
    said = [f"{dtype} {100 * count / whole:.1f} %" for dtype, count in listed[:TYPES_TOLD]]
    rest = sum(count for _, count in listed[TYPES_TOLD:])
    said += [f"others {100 * rest / whole:.1f} %"] if rest else []
    return f"{', '.join(said)}; {stored.bits:.2f} bits per weight"


@dataclass(frozen=True)
class GgufStorage(Storage):
    """The bytes that were read, for the weights of an architecture: of each component and layer the mean over what the
    file holds of it, so that sums over a component or a layer are exact wherever both count alike."""

    read: tuple[Read, ...] = ()
    words: str = ""

    def precision(self) -> str:
        return self.words

    def stored_bytes(self, weight: Weight) -> int:
        if not weight.index:
            return int(weight.elements * self._mean(weight))
        each = Fraction(weight.elements, len(weight.index[0]))
        return int(sum(each * self._at(weight, number) for number in weight.index[0]))

    def layer_bytes(self, weight: Weight) -> Iterator[tuple[Indices, Fraction]]:
        each = Fraction(weight.elements, len(weight.index[0]))
        alike: dict[Fraction, list[int]] = {}
        for number in weight.index[0]:
            alike.setdefault(self._at(weight, number), []).append(number)
        for rate, numbers in alike.items():
            yield tuple(numbers), each * rate

    def _at(self, weight: Weight, number: int) -> Fraction:
        found = self._layers.get((weight.component, weight.part, number))
        return self._mean(weight) if found is None else found

    def _mean(self, weight: Weight) -> Fraction:
        """Bytes per parameter of the weight's component; of all where the file has none of it."""
        found = self._components.get((weight.component, weight.part))
        return self._all if found is None else found

    @cached_property
    def _layers(self) -> dict[tuple[Component, Part, int], Fraction]:
        sums: dict[tuple[Component, Part, int], list[int]] = {}
        for one in self._parameters():
            if one.layered:
                each = len(one.weight.index[0])
                for number in one.weight.index[0]:
                    row = sums.setdefault((one.weight.component, one.weight.part, number), [0, 0])
                    row[0] += (one.group.bytes or 0) // each
                    row[1] += one.weight.elements // each
        return {key: Fraction(size, count) for key, (size, count) in sums.items() if count}

    @cached_property
    def _components(self) -> dict[Key, Fraction]:
        sums: dict[Key, list[int]] = {}
        for one in self._parameters():
            row = sums.setdefault((one.weight.component, one.weight.part), [0, 0])
            row[0] += one.group.bytes or 0
            row[1] += one.weight.elements
        return {key: Fraction(size, count) for key, (size, count) in sums.items() if count}

    @cached_property
    def _all(self) -> Fraction:
        found = list(self._parameters())
        elements = sum(one.weight.elements for one in found)
        return Fraction(sum(one.group.bytes or 0 for one in found), elements) if elements else Fraction(2)

    def _parameters(self) -> Iterator[Read]:
        return (one for one in self.read if one.weight.kind is Kind.PARAMETER)
