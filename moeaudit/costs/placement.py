"""Stored bytes placed on devices, block by block. Totals over devices equal stored bytes plus the declared
replication, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from moeaudit.architecture.blocks import Attention, Block, Experts, LatentAttention
from moeaudit.architecture.model import Architecture, Stack
from moeaudit.architecture.weights import Sharding, Weight, indices
from moeaudit.costs.layout import Layout, stages
from moeaudit.costs.storage import Storage
from moeaudit.vocabulary import Component, Part

TIED_COPY = "head: copy of the tied table"


@dataclass(frozen=True, order=True)
class Rule:
    """How a row of bytes is spread. `pieces`: key-value heads; `experts`: experts in the layer; `hidden`, `width`:
    one expert's sizes.

    `declared`: bytes an engine adds to what is stored (a copy for another stage, absorbed matrices).
    """

    component: Component
    sharding: Sharding
    pieces: int = 0
    experts: int = 0
    hidden: int = 0
    width: int = 0
    declared: str = ""


@dataclass(frozen=True)
class Row:
    """`stored` bytes under one rule."""

    rule: Rule
    stored: int

    def on_rank(self, layout: Layout, rank: int = 0) -> int:
        """Bytes on one device of the stage. Rank 0 is always among the fullest."""
        rule = self.rule
        if rule.sharding is Sharding.REPLICATED:
            return self.stored
        if rule.sharding is Sharding.EXPERTS:
            if layout.ep:
                first, last = (
                    share(rule.experts + layout.redundant, layout.ranks, place) for place in (rank, rank + 1)
                )
                return self._experts_before(last) - self._experts_before(first)
            return part(self.stored, layout.ranks, rank)
        parts = min(layout.tp, rule.pieces) if rule.sharding is Sharding.KV_HEADS and rule.pieces else layout.tp
        return part(self.stored, parts, rank % layout.tp * parts // layout.tp)

    def _experts_before(self, number: int) -> int:
        """Bytes of the first `number` experts; numbers past the last expert are redundant copies, from the first
        again."""
        rounds, rest = divmod(number, self.rule.experts)
        return rounds * self.stored + self.stored * rest // self.rule.experts

    def replication(self, layout: Layout) -> int:
        """Bytes that the stage's devices hold beyond one copy, from the rule alone."""
        rule = self.rule
        if rule.sharding is Sharding.REPLICATED:
            return self.stored * (layout.ranks - 1)
        if rule.sharding is Sharding.EXPERTS:
            return self._experts_before(rule.experts + layout.redundant) - self.stored if layout.ep else 0
        copies = layout.tp // min(layout.tp, rule.pieces) if rule.sharding is Sharding.KV_HEADS and rule.pieces else 1
        return self.stored * (copies * layout.dp * layout.pcp - 1)

    def padding(self, layout: Layout, hidden: int, width: int) -> int:
        """Bytes on rank 0 that an engine adds to experts by rounding their sizes up to multiples (the width after the
        split); 0: none."""
        rule = self.rule
        if rule.sharding is not Sharding.EXPERTS or not rule.width or not hidden or not width:
            return 0
        split = 1 if layout.ep else layout.ranks
        share_of_width = -(-rule.width // split)
        padded = up(rule.hidden, hidden) * up(share_of_width, width) * split
        return self.on_rank(layout) * (padded - rule.hidden * rule.width) // (rule.hidden * rule.width)


def up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def share(total: int, parts: int, place: int) -> int:
    """Where part `place` begins when `total` is dealt out evenly, the remainder to the first parts."""
    base, rest = divmod(total, parts)
    return place * base + min(place, rest)


def part(total: int, parts: int, place: int) -> int:
    return share(total, parts, place + 1) - share(total, parts, place)


@dataclass(frozen=True)
class Stage:
    """What one pipeline stage holds, summed by rule."""

    rows: tuple[Row, ...]

    def on_rank(self, layout: Layout, rank: int = 0) -> int:
        return sum(row.on_rank(layout, rank) for row in self.rows)

    def padding(self, layout: Layout, hidden: int, width: int) -> int:
        return sum(row.padding(layout, hidden, width) for row in self.rows)

    def components(self, layout: Layout) -> dict[str, int]:
        """Bytes on the fullest device by component, declared copies under their own words."""
        sums: Counter[str] = Counter()
        for row in self.rows:
            sums[row.rule.declared or row.rule.component.value] += row.on_rank(layout)
        return dict(sums.most_common())

    @cached_property
    def stored(self) -> int:
        return sum(row.stored for row in self.rows if not row.rule.declared)


Held = tuple[tuple[Rule, int | Fraction], ...]
"""Bytes by rule; fractions where only several layers together take whole bytes."""


@dataclass(frozen=True)
class LayersHeld:
    """What the layers of the language model store, and what absorbed copies of it would take: the same for every
    pipeline. `kinds`: layers that differ in it, in the order they first stand in; `at`: the kind of each layer."""

    kinds: tuple[Held, ...]
    at: tuple[int, ...]

    def add(self, sums: Counter[Rule], layers: slice, copies: tuple[str, ...]) -> None:
        for kind, times in sorted(Counter(self.at[layers]).items()):
            for rule, stored in self.kinds[kind]:
                if rule is not ABSORBED or "absorbed" in copies:
                    sums[rule] += stored * times  # type: ignore[assignment]  # whole once its layers are added


ABSORBED = Rule(Component.ATTENTION, Sharding.COLUMN, declared="attention: absorbed copies")
ROTARY = Rule(Component.ATTENTION, Sharding.REPLICATED, declared="attention: rotary table")


def held_by_layers(architecture: Architecture, storage: Storage) -> LayersHeld:
    found: list[Counter[Rule]] = []
    for stack in architecture.stacks():
        sums: dict[int, Counter[Rule]] = {
            number: Counter() for number in range(stack.first, stack.first + len(stack.layers))
        }
        for layer, numbers in stack.groups:
            experts = next((block for block in layer.walk() if isinstance(block, Experts)), None)
            for weight in layer.weights():
                whole = weight.under(stack.prefix, indices(numbers))
                rule = _rule(whole, experts)
                for places, each in storage.layer_bytes(whole):
                    size = each.numerator if each.denominator == 1 else each
                    for number in places:
                        sums[number][rule] += size  # type: ignore[assignment]  # whole once its layers are added
            for size in _absorbed(layer):
                for number in numbers:
                    sums[number][ABSORBED] += size
        found += sums.values()
    kinds: dict[Held, int] = {}
    at = tuple(kinds.setdefault(tuple(one.items()), len(kinds)) for one in found)
    return LayersHeld(tuple(kinds), at)


def place(
    architecture: Architecture,
    storage: Storage,
    layers: LayersHeld,
    pp: int,
    *,
    prediction: bool = False,
    copies: tuple[str, ...] = (),
) -> tuple[Stage, ...]:
    """The stages of a pipeline of `pp`, from what the layers hold (`held_by_layers`). Neighbours that hold the same are
    one object.

    Embedding and encoders stand on the first stage, final norm and head on the last; a tied table stands on both.
    `prediction`: prediction modules are loaded (on the last stage). `copies`: what the engine derives from stored
    weights and keeps: "rotary", a table of sines and cosines; "absorbed", bf16 copies of the latent's up-projections,
    transposed for decoding (`W_UK` and `W_UV` in vLLM, `w_kc` and `w_vc` in SGLang).
    """
    sums: list[Counter[Rule]] = [Counter() for _ in range(pp)]
    dealt = stages(len(layers.at), pp)
    seen = 0
    for piece in architecture.pieces:
        if piece.part is Part.MTP and not prediction:
            continue
        if isinstance(piece, Stack) and piece.part is Part.LANGUAGE:
            after = seen + len(piece.layers)
            for number, places in enumerate(dealt):
                layers.add(sums[number], slice(max(seen, places.start), min(after, places.stop)), copies)
            seen = after
        else:
            last = piece.part is Part.MTP or (piece.part is Part.LANGUAGE and seen > 0)
            for weight in piece.weights():
                sums[-1 if last else 0][_rule(weight)] += storage.stored_bytes(weight)
    if architecture.tied and pp > 1:
        for rule, stored in list(sums[0].items()):
            if rule.component is Component.EMBEDDING:
                sums[-1][Rule(rule.component, rule.sharding, declared=TIED_COPY)] += stored
    if "rotary" in copies:
        table = _rotary_table(architecture)
        for rows in sums:
            rows[ROTARY] += table
    found: list[Stage] = []
    for rows in sums:
        stage = Stage(tuple(Row(rule, int(stored)) for rule, stored in rows.items() if stored))
        found.append(found[-1] if found and found[-1] == stage else stage)
    return tuple(found)


def _rule(weight: Weight, experts: Experts | None = None) -> Rule:
    spread = weight.sharding is Sharding.EXPERTS
    number = (len(weight.index[-1]) if len(weight.index) > 1 or experts is None else weight.shape[0]) if spread else 0
    return Rule(
        weight.reported,
        weight.sharding,
        weight.pieces or 0,
        number,
        experts.hidden if spread and experts else 0,
        experts.width if spread and experts else 0,
    )


def _rotary_table(architecture: Architecture) -> int:
    """Sines and cosines for every position in bf16, one table for all layers (vLLM, rotary_embedding:
    `cos_sin_cache`)."""
    latent = [
        block.qk_rope_head_dim for block in architecture.find(LatentAttention) if isinstance(block, LatentAttention)
    ]
    heads = [block.head_dim for block in architecture.find(Attention) if isinstance(block, Attention)]
    return 2 * (architecture.context_length or 0) * next(iter((*latent, *heads)), 0)


def _absorbed(layer: Block) -> Iterator[int]:
    """Bytes of the bf16 copies one layer keeps: per head, latent × (keys without rotary part + values)."""
    for block in layer.walk():
        if isinstance(block, LatentAttention):
            yield 2 * block.heads * block.kv_lora_rank * (block.qk_nope_head_dim + block.v_head_dim)
