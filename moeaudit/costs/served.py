"""A model as something to serve: its architecture and storage, with what every layout asks of them worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import groupby

from moeaudit.architecture.blocks import Attention, Embedding, Experts, FeedForward, Head, Router
from moeaudit.architecture.model import Architecture, Single
from moeaudit.costs.cache import CacheRules, Needs, StageCache, packed_as, stage_needs
from moeaudit.costs.engines.read import Engine
from moeaudit.costs.flops import Flops, forward, positions, products, side_of
from moeaudit.costs.layout import Divisors, Layout, stages
from moeaudit.costs.placement import LayersHeld, Stage, held_by_layers, place
from moeaudit.costs.splits import Cut, Matrix, cuts, matrices, ways_out
from moeaudit.costs.storage import Storage
from moeaudit.later import dataclass
from moeaudit.vocabulary import ENCODERS, Component


@dataclass(frozen=True)
class ExpertShape:
    """Routed experts of the model's widest layer of them."""

    experts: int
    selected: int
    hidden: int
    width: int
    groups: int = 1
    top_groups: int = 1


class Served:
    """Not a value: it remembers what it has worked out for a pipeline, which many layouts share."""

    def __init__(self, architecture: Architecture, storage: Storage, *, name: str = "") -> None:
        self.architecture = architecture
        self.storage = storage
        self.name = name or architecture.family
        self._stages: dict[tuple[int, bool, tuple[str, ...]], tuple[Stage, ...]] = {}
        self._needs: dict[tuple[int, bool], tuple[Needs, ...]] = {}
        self._flops: dict[tuple[int, bool], Flops] = {}
        self._prompts: dict[int, tuple[Mapping[Component, int], int]] = {}
        self._forms: dict[str, str] = {}

    @cached_property
    def divisors(self) -> Divisors:
        return Divisors.of(self.architecture)

    @cached_property
    def matrices(self) -> tuple[Matrix, ...]:
        """The quantised matrices that a layout may cut."""
        return matrices(self.architecture, self.storage.parts)

    def cuts(self, layout: Layout, engine: Engine) -> list[Cut]:
        """What a layout cuts inside what shares a scale, with the engine's rule for it."""
        return list(cuts(self.matrices, layout, engine.name, engine.version))

    def problems(self, layout: Layout, engine: Engine) -> Iterator[str]:
        """Why the model cannot run so under the engine, one line each; nothing where it can."""
        yield from self.divisors.problems(layout)
        for cut in self.cuts(layout, engine):
            if cut.refused:
                yield str(cut)

    def ways_out(self, layout: Layout, engine: Engine) -> list[str]:
        """How to run it where a quantised matrix is cut."""
        found = ways_out(self.matrices, layout, engine.name, engine.version, experts=self.experts is not None)
        return [] if any(True for _ in self.divisors.problems(layout)) else found

    @cached_property
    def experts(self) -> ExpertShape | None:
        """The largest routed experts, None for a dense model."""
        found = [block for block in self.architecture.find(Experts) if isinstance(block, Experts)]
        widest = max(found, key=lambda block: block.experts * block.width, default=None)
        router = next(
            (block for block in self.architecture.find(Router) if isinstance(block, Router) and block.groups > 1), None
        )
        groups = (router.groups, router.top_groups) if router else (1, 1)
        return ExpertShape(widest.experts, widest.selected, widest.hidden, widest.width, *groups) if widest else None

    @cached_property
    def dense_width(self) -> int:
        """The widest dense feed-forward, 0 where there is none."""
        found = [block.width for block in self.architecture.find(FeedForward) if isinstance(block, FeedForward)]
        return max(found, default=0)

    @cached_property
    def widest_heads(self) -> tuple[int, int] | None:
        """Number and size of the heads of attention that keeps keys and values by head, None where none does."""
        found = [block for block in self.architecture.find(Attention) if isinstance(block, Attention)]
        return max(((block.heads, block.head_dim) for block in found), default=None)

    @cached_property
    def encoders(self) -> bool:
        """Whether something beside the language model brings pictures or sound to it."""
        return any(piece.part in ENCODERS for piece in self.architecture.pieces)

    @cached_property
    def expert_layers(self) -> int:
        """Layers of experts that one token runs through, one that is looped as often as it is."""
        return self.architecture.count_layers(Experts, executed=True)

    @cached_property
    def integer_layers(self) -> int:
        """Layers whose experts are stored in groups of integers, as often as a token runs through them."""
        grouped = any(matrix.form == "group" and matrix.kind == "experts" for matrix in self.matrices)
        return self.expert_layers if grouped else 0

    @cached_property
    def layers(self) -> int:
        """Layers that are stored, and divided among pipeline stages."""
        return self.divisors.layers

    @cached_property
    def executed_layers(self) -> int:
        """Layers that one token runs through."""
        return self.architecture.count_layers(executed=True)

    def handovers(self, pp: int) -> int:
        """How often at most one stage of a pipeline hands a token on: once a pass, where a loop crosses its end."""
        stacks = self.architecture.stacks()
        passes = [times for stack in stacks for times in stack.passes or (1,) * len(stack.layers)]
        return max((passes[stage.stop - 1] for stage in stages(len(passes), pp)[:-1] if stage), default=0)

    @cached_property
    def hidden(self) -> int:
        return self.architecture.hidden or (self.experts.hidden if self.experts else 0)

    @cached_property
    def vocabulary(self) -> int:
        """Rows of the output projection (of the input table where there is no other)."""
        singles = [piece.block for piece in self.architecture.pieces if isinstance(piece, Single)]
        sizes = [block.vocabulary for block in singles if isinstance(block, Head | Embedding)]
        return max(sizes, default=self.architecture.vocabulary or 0)

    @cached_property
    def bytes_per_parameter(self) -> dict[Component, float]:
        """Stored bytes per parameter by component: it decides the precision that products run in."""
        stored: dict[Component, int] = {}
        elements: dict[Component, int] = {}
        for weight in self.architecture.weights:
            if weight.linear:
                stored[weight.component] = stored.get(weight.component, 0) + self.storage.stored_bytes(weight)
                elements[weight.component] = elements.get(weight.component, 0) + weight.elements
        return {component: stored[component] / elements[component] for component in stored}

    @cached_property
    def reads(self) -> dict[Component, float]:
        """How often a step reads a component's bytes: looped layers once a pass, for no cache on the device holds
        them."""
        stored: dict[Component, int] = {}
        read: dict[Component, int] = {}
        for weight in self.architecture.weights:
            size = self.storage.stored_bytes(weight) if weight.linear else 0
            stored[weight.component] = stored.get(weight.component, 0) + size
            read[weight.component] = read.get(weight.component, 0) + size * weight.executions
        return {component: read[component] / size for component, size in stored.items() if size}

    @cached_property
    def _held(self) -> LayersHeld:
        return held_by_layers(self.architecture, self.storage)

    def stages(self, pp: int, *, prediction: bool = False, copies: tuple[str, ...] = ()) -> tuple[Stage, ...]:
        key = (pp, prediction, copies)
        if key not in self._stages:
            self._stages[key] = place(
                self.architecture, self.storage, self._held, pp, prediction=prediction, copies=copies
            )
        return self._stages[key]

    def caches(self, layout: Layout, rules: CacheRules, *, prediction: bool = False) -> tuple[StageCache, ...]:
        """What each pipeline stage keeps between tokens; neighbours that keep the same are one object."""
        key = (layout.pp, prediction)
        if key not in self._needs:
            self._needs[key] = stage_needs(self.architecture, layout.pp, prediction=prediction)
        if rules.dtype not in self._forms:
            self._forms[rules.dtype] = packed_as(self.architecture, rules.dtype)
        rules = replace(rules, dtype=self._forms[rules.dtype])
        alike = ((StageCache(needs, layout, rules), run) for needs, run in groupby(self._needs[key]))
        return tuple(cache for cache, run in alike for _ in run)

    def passed(self, component: Component, *, decode: bool) -> float:
        """The share of a component's parameters on the side that a token passes: all of it but beside a decoder."""
        side = side_of(self.architecture, decode=decode)
        if side is None:
            return 1.0
        found = [(one.elements, one.side) for one in self.architecture.weights if one.component is component]
        whole = sum(elements for elements, _ in found)
        return sum(elements for elements, own in found if own == side) / whole if whole else 1.0

    def flops(self, context: int, *, decode: bool) -> Flops:
        """Of one token: of the output with `decode`, of the prompt without."""
        key = (context, decode)
        if key not in self._flops:
            side = side_of(self.architecture, decode=decode)
            self._flops[key] = forward(self.architecture, context, decode=decode, side=side)
        return self._flops[key]

    def prompt(self, tokens: int) -> tuple[Mapping[Component, int], int]:
        """Operations of a whole prompt, by component against matrices, and between positions."""
        if tokens not in self._prompts:
            self._prompts[tokens] = products(self.architecture, tokens), positions(self.architecture, tokens)
        return self._prompts[tokens]
