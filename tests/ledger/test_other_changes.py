"""What else would account for bytes that differ: rows of the vocabulary or whole matrices of experts, in BF16 of two
bytes each, worked out by hand."""

from __future__ import annotations

import pytest

from moeaudit.architecture.weights import Weight, indices
from moeaudit.ledger.packing.storage import Storage
from moeaudit.ledger.pairs import Pair, Wanted
from moeaudit.ledger.small_types import other_changes
from moeaudit.vocabulary import Component

EMBEDDING = Weight("embed.weight", (1000, 16), Component.EMBEDDING)
HEAD = Weight("head.weight", (1000, 16), Component.HEAD)
COPY = Weight("copy.weight", (1000, 16), Component.HEAD, duplicate=True)
ATTENTION = Weight("q.weight", (16, 16), Component.ATTENTION)
EACH = Weight("experts.{}.up.weight", (7, 3), Component.ROUTED_EXPERTS, index=(indices(range(8)),))
STACKED = Weight("experts.up", (8, 7, 3), Component.ROUTED_EXPERTS)


@pytest.mark.parametrize(
    ("weights", "rest", "told"),
    [
        ((EMBEDDING,), 3 * 32, ("+3 rows of the vocabulary", 48)),
        ((EMBEDDING, HEAD), -2 * 64, ("-2 rows of the vocabulary", 64)),
        ((EMBEDDING, COPY), 32, ("+1 rows of the vocabulary", 16)),
        ((EACH,), 5 * 42, ("+5 matrices of experts", 105)),
        ((STACKED,), -42, ("-1 matrices of experts", 21)),
        ((EMBEDDING, EACH), 42, ("+1 matrices of experts", 21)),
        ((EMBEDDING, EACH), 32 * 42, ("+42 rows of the vocabulary", 672)),  # both would: the vocabulary is told
        ((EACH, STACKED), 42, ("+1 matrices of experts", 21)),
        ((ATTENTION,), 512, None),
        ((ATTENTION, EACH), 43, None),
        ((), 42, None),
    ],
)
def test_what_else_would_account(weights: tuple[Weight, ...], rest: int, told: tuple[str, int] | None) -> None:
    pairs = [Pair((Wanted(one, "", layered=False),), ()) for one in weights]
    assert other_changes(rest, pairs, Storage.of({}, None)) == told
