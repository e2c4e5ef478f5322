"""Tables of n-grams: primes, shards, and the layers they stand in."""

from __future__ import annotations

import pytest

from moeaudit.architecture.blocks.ngram import NGramTable, is_prime, primes_from
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import UsageError
from tests.architecture.recordings import Recording


def test_primes_are_found_and_false_ones_are_not() -> None:
    assert primes_from(20_000_000, 2) == (20_000_003, 20_000_023)
    assert primes_from(2, 6) == (2, 3, 5, 7, 11, 13)
    pseudoprimes = (561, 3_215_031_751, 3_825_123_056_546_413_051)  # to base 2 and on, strong ones to bases up to 23
    assert not any(is_prime(number) for number in pseudoprimes)


def test_an_n_gram_table_is_stored_in_equal_shards_but_the_last() -> None:
    table = NGramTable(rows=1000, width=8, heads=4, orders=3, shards=7)
    shards = [weight for weight in table.weights() if "shard" in weight.name]
    assert [(weight.tensors, weight.shape) for weight in shards] == [(6, (143, 8)), (1, (142, 8))]
    assert [name for weight in shards for name in weight.names()][-1] == "ngram_embedding.shard_6.weight"


def test_tables_of_n_grams_stand_in_layers_counted_from_one() -> None:
    """As recorded of Qwen 4: the first and the last may have a table, the one after may not."""
    small = Recording.load("qwen4_exp_text").small
    layers = small["num_hidden_layers"]

    def tables(*chosen: int) -> set[int]:
        model = describe(Config({**small, "ple_layer_ids": list(chosen)}))
        (stack,) = model.stacks()
        return {at for at, layer in enumerate(stack.layers) if any(isinstance(one, NGramTable) for one in layer.walk())}

    assert tables(1, layers) == {0, layers - 1}
    with pytest.raises(UsageError, match=f"ple_layer_ids names layer {layers + 1} of {layers}"):
        tables(layers + 1)
