"""Mixture of attention heads: the query and output projections are experts (arXiv:2210.05144, as JetMoE uses it)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.attention import ATTENTION
from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed, TokenCache
from moeaudit.architecture.weights import Sharding, Share, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class AttentionExperts(Block):
    """`kv_heads` keys and values shared by all; each of the `selected` experts of a token brings as many query heads.

    Stored below `experts`: stacked projections in and out, the router's layer, one bias over the output.
    """

    hidden: int
    kv_heads: int
    head_dim: int
    experts: int
    selected: int

    @property
    def heads(self) -> int:
        """Query heads of one token."""
        return self.kv_heads * self.selected

    def weights(self) -> Iterator[Weight]:
        width, share = self.kv_heads * self.head_dim, Share.of(self.selected, self.experts)
        yield Weight("kv_proj.weight", (2 * width, self.hidden), ATTENTION, linear=True, sharding=Sharding.KV_HEADS)
        for name, shape in (("input_linear", (width, self.hidden)), ("output_linear", (self.hidden, width))):
            yield Weight(
                f"experts.{name}.weight",
                (self.experts, *shape),
                Component.ROUTED_EXPERTS,
                linear=True,
                share=share,
                sharding=Sharding.EXPERTS,
                note="attention expert",
            )
        yield Weight("experts.router.layer.weight", (self.experts, self.hidden), Component.ROUTER, linear=True)
        yield Weight("experts.bias", (self.hidden,), ATTENTION)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Scores and values, each 2 · heads · head_dim, for each visible token."""
        return 4 * self.heads * self.head_dim * context

    def caches(self) -> Iterator[CacheNeed]:
        yield TokenCache(CacheKind.HEADS, 2 * self.head_dim, self.kv_heads)

    def describe(self) -> str:
        keys = f"{self.kv_heads} key-value heads × {self.head_dim}"
        return f"attention experts top-{self.selected} of {self.experts}, {keys}"
