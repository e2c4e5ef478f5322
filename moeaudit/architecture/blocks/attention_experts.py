"""Experts inside attention: heads whose query and output projections are experts (arXiv:2210.05144, as JetMoE uses
them), and value projections that are."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.attention import ATTENTION, Attention
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


@dataclass(frozen=True)
class ValueExperts(Attention):
    """Mixture of value experts (K2-Horizon's MoVA): a router picks `value_selected` of `value_experts` projections for
    a token's values. `router_bias`: a correction bias, kept in F32, that only selects."""

    value_experts: int = 1
    value_selected: int = 1
    router_bias: bool = True

    def weights(self) -> Iterator[Weight]:
        width, share = self.kv_heads * self.head_dim, Share.of(self.value_selected, self.value_experts)
        for weight in super().weights():
            if not weight.name.startswith("v_proj."):
                yield weight
        yield Weight("v_router.weight", (self.value_experts, self.hidden), Component.ROUTER, linear=True)
        if self.router_bias:
            yield Weight("v_router.bias", (self.value_experts,), Component.ROUTER_BIAS, dtype="F32")
        yield Weight(
            "v_experts.{}.weight",
            (width, self.hidden),
            Component.ROUTED_EXPERTS,
            index=(range(self.value_experts),),
            linear=True,
            share=share,
            sharding=Sharding.KV_HEADS,
            note="attention expert",
        )

    def describe(self) -> str:
        return f"{super().describe()}, value experts top-{self.value_selected} of {self.value_experts}"
