"""Sparse attention: indexers that choose tokens, compressors that pool them, and DeepSeek-V4's attention over both."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.attention import ATTENTION, visible
from moeaudit.architecture.blocks.base import Block, Names
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed, SequenceState, TokenCache
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

INDEXER = Component.INDEXER


@dataclass(frozen=True)
class SparseIndexer(Block):
    """Lightning indexer (DeepSeek-V3.2, arXiv:2512.02556): scores every visible token with few narrow heads, the best
    `topk` are attended to.

    Queries come from `query_inputs` features (the attention's query latent, or the hidden state). `pool`: tokens scored
    together, with a learned pooling. `scaled`: a norm before the queries and a learned scale and offset for each head.
    `norm_dtype`: where releases store the keys' norm in another than the model's.
    """

    hidden: int
    heads: int
    head_dim: int
    query_inputs: int
    topk: int
    pool: int = 1
    scaled: bool = False
    norm_dtype: str | None = None

    def weights(self) -> Iterator[Weight]:
        for name, outputs, inputs in (
            ("wq_b", self.heads * self.head_dim, self.query_inputs),
            ("wk", self.head_dim, self.hidden),
            ("weights_proj", self.heads, self.hidden),
        ):
            yield Weight(f"{name}.weight", (outputs, inputs), INDEXER, linear=True)
        for end in ("weight", "bias"):
            yield Weight(f"k_norm.{end}", (self.head_dim,), INDEXER, dtype=self.norm_dtype)
        if self.scaled:
            for end in ("weight", "bias"):
                yield Weight(f"q_input_norm.{end}", (self.query_inputs,), INDEXER)
            for end in ("s", "b"):
                yield Weight(f"ssmax_scaling.{end}", (self.heads,), INDEXER)
        if self.pool > 1:
            yield Weight("index_kpool_compress_ape", (self.pool, self.head_dim), INDEXER)
            yield Weight("index_kpool_compress_gate", (self.head_dim, self.hidden), INDEXER, linear=True)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Each key (or pool of them) against every head, then the weighted sum over heads: 2 · heads · (head_dim +
        1)."""
        return 2 * self.heads * (self.head_dim + 1) * (context // self.pool)

    def caches(self) -> Iterator[CacheNeed]:
        """One key a pool; the unfinished pool keeps its tokens' keys and gates."""
        yield TokenCache(CacheKind.INDEXER, self.head_dim, stride=self.pool)
        if self.pool > 1:
            yield SequenceState(convolution=2 * self.head_dim * self.pool)

    def describe(self) -> str:
        pool = f", pools of {self.pool}" if self.pool > 1 else ""
        return f"indexer {self.heads} × {self.head_dim}, top {self.topk}{pool}"


@dataclass(frozen=True)
class KeyCompressor(Block):
    """Pools `rate` tokens into one entry of `width` with learned gates and position biases (DeepSeek-V4 report,
    section 2.3).

    `overlap`: each entry sees its block and the one before, from two sets of features. `cache`: what the entries are
    kept as; `rotary`: the features of an entry that are rotated.
    """

    hidden: int
    width: int
    rate: int
    overlap: bool
    cache: CacheKind = CacheKind.LATENT
    rotary: int = 0

    @property
    def features(self) -> int:
        return self.width * (2 if self.overlap else 1)

    def weights(self) -> Iterator[Weight]:
        for name in ("wkv", "wgate"):
            yield Weight(f"{name}.weight", (self.features, self.hidden), INDEXER, linear=True)
        yield Weight("ape", (self.rate, self.features), INDEXER, dtype="F32")
        yield Weight("norm.weight", (self.width,), INDEXER)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Each token's features are weighted and added once for every entry that sees them."""
        return 2 * self.features

    def caches(self) -> Iterator[CacheNeed]:
        """An entry for every `rate` tokens; tokens not yet pooled keep features and gates in float32."""
        shared, seen = self.cache is CacheKind.LATENT, self.rate * (2 if self.overlap else 1)
        yield TokenCache(self.cache, self.width, stride=self.rate, rotary=self.rotary, shared=shared)
        yield SequenceState(recurrent=2 * self.features * seen, window=seen, dtype="float32")

    def describe(self) -> str:
        return f"1 entry for {self.rate} tokens"


@dataclass(frozen=True)
class EntryIndexer(Block):
    """Queries of the indexer that chooses among compressed entries; its keys come from a `KeyCompressor` of its own.

    `rate`: tokens an entry stands for.
    """

    hidden: int
    heads: int
    head_dim: int
    query_inputs: int
    topk: int
    rate: int

    def weights(self) -> Iterator[Weight]:
        yield Weight("wq_b.weight", (self.heads * self.head_dim, self.query_inputs), INDEXER, linear=True)
        yield Weight("weights_proj.weight", (self.heads, self.hidden), INDEXER, linear=True)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Each entry against every head, then the weighted sum over heads."""
        return 2 * self.heads * (self.head_dim + 1) * (context // self.rate)

    def describe(self) -> str:
        return f"indexer {self.heads} × {self.head_dim}, top {self.topk} entries"


@dataclass(frozen=True)
class SharedKeyAttention(Block):
    """DeepSeek-V4's attention: one vector of `head_dim` per token is key and value of all heads; low-rank queries;
    output in `groups` block-diagonal parts of rank `o_lora_rank`; a sink per head.

    A token sees the last `window` tokens and, where `rate` is given, compressed entries of that many tokens each: all
    of them, or the best `selected`.
    """

    hidden: int
    heads: int
    head_dim: int
    q_lora_rank: int
    o_lora_rank: int
    groups: int
    window: int
    rate: int | None = None
    selected: int | None = None
    names: Names = ()
    rotary: int = 0

    def weights(self) -> Iterator[Weight]:
        word, width = dict(self.names), self.heads * self.head_dim
        for name, outputs, inputs, sharding in (
            ("wq_a", self.q_lora_rank, self.hidden, Sharding.REPLICATED),
            ("wq_b", width, self.q_lora_rank, Sharding.COLUMN),
            ("wkv", self.head_dim, self.hidden, Sharding.REPLICATED),
            ("wo_a", self.groups * self.o_lora_rank, width // self.groups, Sharding.COLUMN),
            ("wo_b", self.hidden, self.groups * self.o_lora_rank, Sharding.ROW),
        ):
            yield Weight(f"{name}.weight", (outputs, inputs), ATTENTION, linear=True, sharding=sharding)
        yield Weight("q_norm.weight", (self.q_lora_rank,), ATTENTION)
        yield Weight(f"{word.get('kv_norm', 'kv_norm')}.weight", (self.head_dim,), ATTENTION)
        yield Weight("attn_sink", (self.heads,), ATTENTION, sharding=Sharding.COLUMN, dtype="F32")

    def seen(self, context: int) -> int:
        """Tokens and entries that one token attends to."""
        entries = context // self.rate if self.rate else 0
        return visible(context, self.window) + visible(entries, self.selected)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Scores and values, each 2 · heads · head_dim, for everything seen."""
        return 4 * self.heads * self.head_dim * self.seen(context)

    def caches(self) -> Iterator[CacheNeed]:
        """The window's own vectors; entries are the compressor's."""
        yield TokenCache(CacheKind.LATENT, self.head_dim, window=self.window, rotary=self.rotary, shared=True)

    def describe(self) -> str:
        entries = (
            f" + {'top ' + str(self.selected) + ' ' if self.selected else ''}entries of {self.rate} tokens"
            if self.rate
            else ""
        )
        return f"shared-key attention {self.heads} × {self.head_dim}, window {self.window}{entries}"


@dataclass(frozen=True)
class HyperConnection(Block):
    """Manifold-constrained hyper-connection (arXiv:2512.24880): `streams` residual streams, mixed for one sub-layer
    by weights computed from all of them. `collapse`: the one before the head, which only adds the streams up. `name`
    begins the tensors' names. `independent`: streams are read and written with weights of their own but never mixed
    with each other (HY 4)."""

    hidden: int
    streams: int
    name: str
    collapse: bool = False
    dtype: str | None = None
    independent: bool = False

    @property
    def rows(self) -> int:
        """Weights computed for a token: one a stream to read, one to write, and one for each pair of streams."""
        pairs = 0 if self.independent else self.streams
        return self.streams if self.collapse else self.streams * (pairs + 2)

    def weights(self) -> Iterator[Weight]:
        rows, scales = self.rows, 1 if self.collapse else 2 if self.independent else 3
        for end, shape in (("fn", (rows, self.streams * self.hidden)), ("base", (rows,)), ("scale", (scales,))):
            yield Weight(
                f"{self.name}_{end}",
                shape,
                Component.OTHER,
                linear=end == "fn",
                dtype=self.dtype,
                note="hyper-connection",
            )

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Streams into one, one back into streams, and streams among themselves; the Sinkhorn steps on a
        streams × streams matrix are left out."""
        return 2 * self.hidden * self.rows
