"""Multi-matrix factorised attention (Step-3, arXiv:2507.19427): queries through one narrow matrix for all heads."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.attention import ATTENTION, Attention
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass


@dataclass(frozen=True)
class FactoredAttention(Attention):
    """Queries of `query_rank` features, normalised (`inter_norm`), then widened to all heads (`wq`)."""

    query_rank: int = 0

    def weights(self) -> Iterator[Weight]:
        first, *others = super().weights()
        narrow, wide = (self.query_rank, self.hidden), (self.heads * self.head_dim, self.query_rank)
        yield Weight(first.name, narrow, ATTENTION, linear=True)
        yield Weight("inter_norm.weight", (self.query_rank,), ATTENTION)
        yield Weight("wq.weight", wide, ATTENTION, linear=True, sharding=Sharding.COLUMN)
        yield from others
