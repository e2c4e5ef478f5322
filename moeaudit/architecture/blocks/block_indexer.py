"""Indexers that choose blocks of tokens rather than single ones (Qwen4-Exp, MiniMax-M3, Step-5)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed, SequenceState, TokenCache
from moeaudit.architecture.weights import Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

INDEXER = Component.INDEXER


@dataclass(frozen=True)
class PooledKeyIndexer(Block):
    """Queries of `heads` × `head_dim` against one key per `pool` tokens, their mean; the best `topk` tokens are
    attended to.

    Queries and keys come from one projection; the sum over heads is unweighted.
    """

    hidden: int
    heads: int
    head_dim: int
    pool: int
    topk: int

    def weights(self) -> Iterator[Weight]:
        yield Weight("index_qk_proj.weight", ((self.heads + 1) * self.head_dim, self.hidden), INDEXER, linear=True)
        for name in ("q_layernorm", "k_layernorm"):
            yield Weight(f"{name}.weight", (self.head_dim,), INDEXER)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Every head against every pooled key, and the sum over heads; one addition per feature to pool."""
        return self.heads * (2 * self.head_dim + 1) * (context // self.pool) + self.head_dim

    def caches(self) -> Iterator[CacheNeed]:
        """One key a pool; the unfinished pool keeps its tokens' keys."""
        yield TokenCache(CacheKind.INDEXER, self.head_dim, stride=self.pool)
        yield SequenceState(convolution=self.head_dim * self.pool)

    def describe(self) -> str:
        return f"indexer {self.heads} × {self.head_dim}, top {self.topk}, pools of {self.pool}"


@dataclass(frozen=True)
class BlockIndexer(Block):
    """Every query head scores every key; the `topk` blocks of `block` tokens with the best single score are attended
    to, chosen for each head apart. `stem` begins the tensors' names."""

    hidden: int
    heads: int
    head_dim: int
    block: int
    topk: int
    stem: str

    @property
    def tokens(self) -> int:
        """Tokens that one query attends to."""
        return self.block * self.topk

    def weights(self) -> Iterator[Weight]:
        for name, heads in (("q", self.heads), ("k", 1)):
            yield Weight(f"{self.stem}{name}_proj.weight", (heads * self.head_dim, self.hidden), INDEXER, linear=True)
            yield Weight(f"{self.stem}{name}_norm.weight", (self.head_dim,), INDEXER)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        return 2 * self.heads * self.head_dim * context

    def caches(self) -> Iterator[CacheNeed]:
        yield TokenCache(CacheKind.INDEXER, self.head_dim)

    def describe(self) -> str:
        return f"indexer {self.heads} × {self.head_dim}, top {self.topk} blocks of {self.block}"


@dataclass(frozen=True)
class RegionIndexer(Block):
    """Queries of `heads` × `head_dim` against `key_heads` keys a region of `region` tokens, pooled with learned
    weights; the best `topk` regions are attended to. The weights of the heads are kept in F32. `scales`: learned scales
    of the attention's heads that are stored, though no engine uses them."""

    hidden: int
    heads: int
    key_heads: int
    head_dim: int
    region: int
    topk: int
    scales: int

    def weights(self) -> Iterator[Weight]:
        keys = self.key_heads * self.head_dim
        for name, outputs in (("q", self.heads * self.head_dim), ("k", keys), ("z", keys), ("w", self.heads)):
            dtype = "F32" if name == "w" else None
            yield Weight(f"sparse_indexer_{name}.weight", (outputs, self.hidden), INDEXER, linear=True, dtype=dtype)
        yield Weight("sparse_indexer_q_norm.weight", (self.head_dim,), INDEXER)
        for end in ("weight", "bias"):
            yield Weight(f"sparse_indexer_k_norm.{end}", (self.head_dim,), INDEXER)
        yield Weight("ssmax_s", (self.scales,), INDEXER, dtype="F32")

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Each region's key against every head, then the weighted sum over heads; one weighting a feature to pool."""
        pooling = 2 * self.key_heads * self.head_dim
        return 2 * self.heads * (self.head_dim + 1) * (context // self.region) + pooling

    def caches(self) -> Iterator[CacheNeed]:
        """One key a region; the unfinished region keeps its tokens' keys and weights."""
        yield TokenCache(CacheKind.INDEXER, self.key_heads * self.head_dim, stride=self.region)
        yield SequenceState(convolution=2 * self.key_heads * self.head_dim * self.region)

    def describe(self) -> str:
        return f"indexer {self.heads} × {self.head_dim}, top {self.topk} regions of {self.region}"
