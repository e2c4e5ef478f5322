"""Qwen4-Exp's own blocks: residual streams mixed by gates, and the indexer that scores pooled keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed, SequenceState, TokenCache
from moeaudit.architecture.weights import Weight
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class GatedResidual(Block):
    """`streams` residual streams become the input of one sub-layer, through a low-rank gate over all of them; `inject` says
    how much of its output each stream takes. Without it: the one before the head, which only mixes."""

    hidden: int
    streams: int
    rank: int
    inject: bool = True

    def weights(self) -> Iterator[Weight]:
        width = self.streams * self.hidden
        yield Weight("hc_norm.weight", (width,), Component.OTHER, note="hyper-connection")
        rows = [("input_mix_weight_down", self.rank, width), ("input_mix_weight_up", width, self.rank)]
        if self.inject:
            rows.append(("block_inject_weight", self.streams, width))
        for name, outputs, inputs in rows:
            yield Weight(f"{name}.weight", (outputs, inputs), Component.OTHER, linear=True, note="hyper-connection")

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Gate and sum of the streams, and the injection back into them: 2 per stream and feature each."""
        return (4 if self.inject else 2) * self.streams * self.hidden


@dataclass(frozen=True)
class PooledKeyIndexer(Block):
    """Queries of `heads` × `head_dim` against one key per `pool` tokens, their mean; the best tokens are attended to.

    Queries and keys come from one projection; the sum over heads is unweighted.
    """

    hidden: int
    heads: int
    head_dim: int
    pool: int
    topk: int

    def weights(self) -> Iterator[Weight]:
        yield Weight("index_qk_proj.weight", ((self.heads + 1) * self.head_dim, self.hidden), Component.INDEXER, linear=True)
        for name in ("q_layernorm", "k_layernorm"):
            yield Weight(f"{name}.weight", (self.head_dim,), Component.INDEXER)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Every head against every pooled key, and the sum over heads; one addition per feature to pool."""
        return self.heads * (2 * self.head_dim + 1) * (context // self.pool) + self.head_dim

    def caches(self) -> Iterator[CacheNeed]:
        """One key a pool; the unfinished pool keeps its tokens' keys."""
        yield TokenCache(CacheKind.INDEXER, self.head_dim, stride=self.pool)
        yield SequenceState(convolution=self.head_dim * self.pool)

    def describe(self) -> str:
        return f"indexer {self.heads} × {self.head_dim}, top {self.topk}, pools of {self.pool}"
