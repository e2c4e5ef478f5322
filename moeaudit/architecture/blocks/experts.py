"""Routed experts, their router, and shared experts."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block, Module, Names
from moeaudit.architecture.blocks.ffn import FeedForward
from moeaudit.architecture.weights import Sharding, Share, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class Router(Block):
    """Scores every expert for every token and keeps `selected` of them.

    `bias`: a linear bias (router). `correction_bias`: name of the load-balancing buffer added before selection
    (router_bias),
    with `correction_shape` where it is not (experts,) and `correction_dtype` where the format fixes it.
    `scoring`: softmax, sigmoid, sqrtsoftplus, sparsemixer …; `groups`/`top_groups`: group-limited selection;
    `renormalise`, `scaling`: what happens to the selected weights. `extra` counts router rows beyond the stored experts
    (zero-computation experts). `keys`: product keys, two sets of so many scores whose sums rank the experts
    (Lample et al., arXiv:1907.05242), stored instead of one row per expert. `transposed`: stored as (hidden, experts).
    """

    hidden: int
    experts: int
    selected: int
    bias: bool = False
    correction_bias: str = ""
    correction_shape: tuple[int, ...] = ()
    correction_dtype: str | None = None
    scoring: str = "softmax"
    groups: int = 1
    top_groups: int = 1
    renormalise: bool | None = None
    scaling: float | None = None
    extra: int = 0
    dtype: str | None = None
    names: Names = ()
    keys: int = 0
    transposed: bool = False

    def weights(self) -> Iterator[Weight]:
        word = dict(self.names)
        rows = 2 * self.keys or self.experts + self.extra
        shape = (self.hidden, rows) if self.transposed else (rows, self.hidden)
        yield Weight(word.get("weight", "weight"), shape, Component.ROUTER, linear=True, dtype=self.dtype)
        if self.bias:
            yield Weight(word.get("bias", "bias"), (rows,), Component.ROUTER, dtype=self.dtype)
        if self.correction_bias:
            yield Weight(
                self.correction_bias,
                self.correction_shape or (rows,),
                Component.ROUTER_BIAS,
                dtype=self.correction_dtype,
            )

    def describe(self) -> str:
        words = [f"{self.scoring} top-{self.selected}"]
        if self.groups > 1:
            words.append(f"{self.top_groups} of {self.groups} groups")
        if self.renormalise:
            words.append("renormalised")
        if self.scaling not in (None, 1, 1.0):
            words.append(f"× {self.scaling:g}")
        if self.correction_bias:
            words.append("correction bias")
        return ", ".join(words)


@dataclass(frozen=True)
class Experts(Block):
    """`experts` feed-forwards of which a token uses `selected`.

    `layout`: "each" stores every expert by its number, `{}.gate_proj.weight`; "stacked" stores one tensor for all,
    `gate_up_proj` (experts, 2 · width, hidden), or with `transposed` (experts, hidden, 2 · width);
    "stacked-split" keeps gate and up apart; "flat" too, and all its tensors are (experts · width, hidden). Stacked
    biases end in `_bias`. `suffix` is "weight" where stacked tensors carry it.
    `share`: given where the used share is not selected ÷ experts for every token. `first`: the first expert's number.
    `fused`: experts stored one by one keep gate and up in one matrix.
    """

    hidden: int
    width: int
    experts: int
    selected: int
    gated: bool = True
    bias: bool = False
    layout: str = "each"
    transposed: bool = False
    suffix: str = ""
    share: Share | None = None
    names: Names = ()
    first: int = 0
    fused: bool = False

    @property
    def used(self) -> Share:
        return self.share or Share.of(self.selected, self.experts)

    @property
    def expert_parameters(self) -> int:
        """Parameters of one expert."""
        return sum(weight.elements for weight in self.weights()) // self.experts

    def weights(self) -> Iterator[Weight]:
        return self._each() if self.layout == "each" else self._stacked()

    def _each(self) -> Iterator[Weight]:
        one = FeedForward(self.hidden, self.width, gated=self.gated, bias=self.bias, fused=self.fused, names=self.names)
        template = dict(self.names).get("expert", "{}")
        for weight in one.weights():
            yield Weight(
                f"{template}.{weight.name}",
                weight.shape,
                Component.ROUTED_EXPERTS,
                index=(range(self.first, self.first + self.experts),),
                linear=weight.linear,
                share=self.used,
                sharding=Sharding.EXPERTS,
            )

    def _stacked(self) -> Iterator[Weight]:
        word = dict(self.names)
        ups = (
            [("gate_up_proj", 2 * self.width)]
            if self.gated and self.layout == "stacked"
            else [("gate_proj", self.width), ("up_proj", self.width)]
            if self.gated
            else [("up_proj", self.width)]
        )
        for name, outputs, inputs in [
            *((name, outputs, self.hidden) for name, outputs in ups),
            ("down_proj", self.hidden, self.width),
        ]:
            shape: tuple[int, ...] = (
                (self.experts, inputs, outputs) if self.transposed else (self.experts, outputs, inputs)
            )
            if self.layout == "flat":
                shape = (self.experts * self.width, self.hidden)
            stored = word.get(name, name)
            yield self._weight(f"{stored}.{self.suffix}" if self.suffix else stored, shape, linear=True)
            if self.bias:
                yield self._weight(word.get(f"{name}_bias", f"{stored}_bias"), (self.experts, outputs), linear=False)

    def _weight(self, name: str, shape: tuple[int, ...], *, linear: bool) -> Weight:
        return Weight(name, shape, Component.ROUTED_EXPERTS, linear=linear, share=self.used, sharding=Sharding.EXPERTS)


@dataclass(frozen=True)
class SharedExperts(Block):
    """Experts that every token uses, stored as one feed-forward of the summed width. `count` is how many the config
    names."""

    hidden: int
    width: int
    count: int = 1
    gated: bool = True
    bias: bool = False
    fused: bool = False
    names: Names = ()

    def weights(self) -> Iterator[Weight]:
        return FeedForward(
            self.hidden,
            self.width,
            gated=self.gated,
            bias=self.bias,
            fused=self.fused,
            component=Component.SHARED_EXPERTS,
            names=self.names,
        ).weights()


def moe(
    router: Router,
    experts: Experts,
    shared: SharedExperts | None = None,
    *,
    router_name: str = "gate",
    experts_name: str = "experts",
    shared_name: str = "shared_experts",
    extra: tuple[tuple[str, Block], ...] = (),
) -> Module:
    """The usual arrangement: a router, the experts it chooses from, and shared ones beside them."""
    parts: list[tuple[str, Block]] = [(router_name, router), (experts_name, experts)]
    if shared is not None:
        parts.append((shared_name, shared))
    return Module((*parts, *extra))
