"""What is stored for the weights of an account, as it was seen: bytes per parameter, for whoever plans with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from fractions import Fraction
from itertools import groupby

from moeaudit.architecture.weights import Indices, Weight
from moeaudit.evidence.tables import total
from moeaudit.later import dataclass
from moeaudit.ledger.match import Matching
from moeaudit.ledger.packing.storage import Storage
from moeaudit.ledger.pairs import bytes_of, canonical

Rates = Mapping[str, tuple[tuple[Indices | None, Fraction], ...]]
"""Bytes per parameter by the canonical name of a weight, with the numbers of its first index that they hold for (None:
there is no index)."""


@dataclass(frozen=True)
class SettledStorage(Storage):
    """A storage format with the bytes that were seen in place of those that the config predicts."""

    rates: Rates = field(default_factory=dict)

    @classmethod
    def over(cls, storage: Storage, rates: Rates) -> SettledStorage:
        return cls(storage.recipe, storage.dtypes, storage.hidden, storage.notices, rates)

    def stored_bytes(self, weight: Weight) -> int:
        """Bytes in the files for all tensors of this template, scales included."""
        return sum(self._bytes(part) for part in self.logical(weight))

    def layer_bytes(self, weight: Weight) -> Iterator[tuple[Indices, Fraction]]:
        """Bytes of one layer, with the layers that were seen alike."""
        for part in self.logical(weight):
            rates = self.rates.get(canonical(part).name, ())
            at = {number: rate for numbers, rate in rates for number in numbers or ()}
            alike: dict[Fraction | None, list[int]] = {}
            for layer in part.index[0]:
                alike.setdefault(at.get(layer), []).append(layer)
            for layers in alike.values():
                some = replace(part, index=(tuple(layers), *part.index[1:]))
                yield some.index[0], Fraction(self._bytes(some), len(layers))

    def _bytes(self, part: Weight) -> int:
        plain = canonical(part)
        rates = self.rates.get(plain.name, ())
        if not rates:
            return super().stored_bytes(part)
        if not plain.index or len({rate for _, rate in rates}) == 1:
            return int(plain.elements * rates[0][1])
        each = Fraction(plain.elements, len(plain.index[0]))
        at = {number: rate for numbers, rate in rates for number in numbers or ()}
        unseen = [number for number in plain.index[0] if number not in at]
        rest = super().stored_bytes(replace(part, index=(tuple(unseen), *plain.index[1:]))) if unseen else 0
        return int(sum(each * at[number] for number in plain.index[0] if number in at)) + rest


def rates_of(matching: Matching) -> Rates:
    """What the headers show; nothing for what only an index names."""
    found: list[tuple[str, Indices | None, Fraction]] = []
    for pair in matching.pairs:
        size = total(bytes_of(one) for one in pair.seen)
        if size is not None:
            elements = sum(one.weight.elements for one in pair.wanted)  # all that is planned takes these bytes
            found += _rates((one.weight for one in pair.wanted), size, elements)
    for covered in matching.covered:
        if covered.unknown.bytes is not None:
            elements = sum(one.weight.elements for one in covered.wanted)
            found += _rates((one.weight for one in covered.wanted), covered.unknown.bytes, elements)
    found.sort(key=lambda row: row[0])
    return {name: tuple(row[1:] for row in rows) for name, rows in groupby(found, key=lambda row: row[0])}


def _rates(weights: Iterable[Weight], size: int, elements: int) -> list[tuple[str, Indices | None, Fraction]]:
    rate = Fraction(size, elements) if elements else Fraction(0)
    return [(weight.name, weight.index[0] if weight.index else None, rate) for weight in weights]
