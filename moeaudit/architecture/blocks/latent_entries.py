"""DeepSeek-V4.1's cache: layers share the entries and index keys that a source layer makes, and hashed n-gram memory.

Report: "DeepSeek-V4.1-Flash: Pushing the Limits of KV Cache Compression". Names: vLLM 0.33.0, models/deepseek_v41.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed, SequenceState, TokenCache
from moeaudit.architecture.blocks.indexer import INDEXER
from moeaudit.architecture.weights import Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class SharedEntries(Block):
    """Pools `rate` tokens into one entry of `width`, which this layer and those behind it attend to; a rate of one
    pools nothing and has no gate. `rotary`: the features of an entry that are rotated."""

    hidden: int
    width: int
    rate: int
    rotary: int = 0

    def weights(self) -> Iterator[Weight]:
        for name in ("wkv", "wgate") if self.rate > 1 else ("wkv",):
            yield Weight(f"{name}.weight", (self.width, self.hidden), INDEXER, linear=True)
        yield Weight("norm.weight", (self.width,), INDEXER)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Each token's features are weighted and added once."""
        return 2 * self.width if self.rate > 1 else 0

    def caches(self) -> Iterator[CacheNeed]:
        """An entry for every `rate` tokens; the open group keeps features and gates in float32."""
        yield TokenCache(CacheKind.LATENT, self.width, stride=self.rate, rotary=self.rotary, shared=True)
        if self.rate > 1:
            yield SequenceState(recurrent=2 * self.width * self.rate, dtype="float32")

    def describe(self) -> str:
        return f"1 shared entry for {self.rate} token{'s' * (self.rate > 1)}"


@dataclass(frozen=True)
class EntryKeys(Block):
    """The index keys of shared entries, projected from the entries themselves by a matrix that stays in BF16 (vLLM's
    `DeepseekV4Indexer`). `latent`: an entry's width."""

    latent: int
    head_dim: int
    rate: int

    def weights(self) -> Iterator[Weight]:
        yield Weight("wk.weight", (self.head_dim, self.latent), INDEXER, linear=True, dtype="BF16")
        yield Weight("k_norm.weight", (self.head_dim,), INDEXER)

    def caches(self) -> Iterator[CacheNeed]:
        yield TokenCache(CacheKind.INDEXER, self.head_dim, stride=self.rate)


@dataclass(frozen=True)
class Engram(Block):
    """Hashed n-gram memory: `lookups` rows of `width` from one table of `rows`, projected to a value and one key for
    each of the `streams`."""

    hidden: int
    streams: int
    rows: int
    width: int
    lookups: int

    def weights(self) -> Iterator[Weight]:
        yield Weight("embed.weight", (self.rows, self.width), Component.TABLES)
        outputs, inputs = self.hidden * (self.streams + 1), self.lookups * self.width
        yield Weight("wkv.weight", (outputs, inputs), Component.OTHER, linear=True)
        for name in ("q_weight", "k_weight"):
            yield Weight(name, (self.streams, self.hidden), Component.OTHER)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """One score a stream, and the value into each."""
        return 4 * self.hidden * self.streams

    def describe(self) -> str:
        return f"n-gram table {self.rows} × {self.width}, {self.lookups} look-ups a token"
