"""Hashed n-gram tables: what a token looks up beside its embedding."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.weights import Weight, indices
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Kind

WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
"""Bases for which the Miller–Rabin test is exact below 3.1 · 10^23 (Sorenson and Webster, arXiv:1509.00864)."""


def is_prime(number: int) -> bool:
    """Exact below 3.1 · 10^23."""
    if number < 2 or any(number % prime == 0 for prime in WITNESSES):
        return number in WITNESSES
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(pow(base, odd, number), number, twos) for base in WITNESSES)


def _passes(power: int, number: int, twos: int) -> bool:
    """One Miller–Rabin round: the power is 1, or becomes −1 by squaring."""
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


def primes_from(least: int, count: int) -> tuple[int, ...]:
    """The first `count` primes that are at least `least`."""
    found: list[int] = []
    while len(found) < count:
        if is_prime(least):
            found.append(least)
        least += 1
    return tuple(found)


@dataclass(frozen=True)
class NGramTable(Block):
    """One table of (`rows`, `width`) that `heads` hashes of the last tokens index, stored in up to `shards` row blocks.

    `orders`: the longest n-gram. Beside it stand the hashes' multipliers, sizes and offsets, derived from the config.
    """

    rows: int
    width: int
    heads: int
    orders: int
    shards: int

    def weights(self) -> Iterator[Weight]:
        for name, length in (
            ("layer_multipliers", self.orders),
            ("ngram_heads_vocab_sizes", self.heads),
            ("ngram_heads_offsets", self.heads),
        ):
            yield Weight(
                name, (length,), Component.TABLES, kind=Kind.BUFFER, dtype="I64", note="derived from the config"
            )
        block = -(-self.rows // self.shards)
        whole, rest = divmod(self.rows, block)
        yield Weight("ngram_embedding.shard_{}.weight", (block, self.width), Component.TABLES, index=(range(whole),))
        if rest:
            yield Weight(
                "ngram_embedding.shard_{}.weight", (rest, self.width), Component.TABLES, index=(indices([whole]),)
            )

    def describe(self) -> str:
        return f"n-gram table {self.rows} × {self.width}, {self.heads} look-ups a token"
