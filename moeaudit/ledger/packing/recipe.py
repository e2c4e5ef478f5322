"""Which weight of a model is stored by which scheme: what a quantisation config comes down to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from functools import cached_property

from moeaudit.architecture.config import Notice
from moeaudit.architecture.prediction import draft_name
from moeaudit.architecture.weights import Weight
from moeaudit.evidence.boxes import Box, merged
from moeaudit.later import dataclass, expression
from moeaudit.ledger.packing.alike import alike
from moeaudit.ledger.packing.patterns import Literals, Matcher
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.text import file_name
from moeaudit.vocabulary import ENCODERS, Component, Kind, Part

NEVER = frozenset(
    {Component.ROUTER, Component.ROUTER_BIAS, Component.EMBEDDING, Component.HEAD, Component.NORM, Component.TABLES}
)
"""What no method quantises unless its config names it: routers decide, tables are looked up, heads round badly."""

KEPT = expression(r"(^|\.)(eh_proj|compressor|weights_proj|confidence_head)(\.|$)|^mtp\.fc$")
"""Projections that releases keep in the model's own type without listing them: the one that joins embedding and
hidden state in a prediction module (DeepSeek-V3's headers: 41,540,496 scales are all other matrices), and the
small ones of sparse-attention indexers (DeepSeek-V4-Flash's headers); a draft's confidence (DeepSeek-V4.1-Flash)."""

NATIVE_NAMES = expression(r"(layers|mtp)\.[0-9]")
"""How DeepSeek's own inference code names its modules, and the V4 checkpoints with it."""

EXPERT = expression(r"(^|\.)experts(\.|$)")


NOTHING = Matcher()
"""Names no module."""


@dataclass(frozen=True)
class Rule:
    """Modules that the config names, and how they are stored (None: as they are)."""

    modules: Matcher
    scheme: Scheme | None


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint stores its weights. Excluded modules first, then the rules in order, then the default.

    `method` is what the config calls it. `experts`: the routed experts' scheme where it is another. `native`: the
    scheme under DeepSeek's own tensor names (`layers.0.attn…`, no `model.` before), where that is spelled
    differently. `reaches`: components quantised although usually spared. `encoders`: vision and audio too.
    `experts_only`: nothing but routed experts. `per_expert`: stacked experts are taken apart, one linear layer each.
    `known`: False where the config does not say what is stored; `undone`: the weights' headers do. `file`: where the
    format is stated.
    """

    method: str = "none"
    default: Scheme | None = None
    experts: Scheme | None = None
    native: Scheme | None = None
    rules: tuple[Rule, ...] = ()
    excluded: Matcher = NOTHING
    reaches: frozenset[Component] = frozenset()
    encoders: bool = False
    experts_only: bool = False
    per_expert: bool = False
    known: bool = True
    undone: bool = False
    notices: tuple[Notice, ...] = field(default=(), compare=False)
    file: str = field(default="config.json", compare=False)

    @property
    def packs(self) -> bool:
        """Whether it stores any weight otherwise than as it is."""
        schemes = (self.default, self.experts, *(rule.scheme for rule in self.rules))
        return any(scheme is not None for scheme in schemes)

    @property
    def stated_in(self) -> str:
        """What messages call the file that states the format."""
        return file_name(self.file)

    def scheme_of(self, weight: Weight, module: str) -> Scheme | None:
        """How this weight, under this full module name, is stored; None as it is."""
        if weight.kind is not Kind.PARAMETER or len(weight.shape) < 2:
            return None
        if weight.dtype is not None and weight.component not in self.reaches:
            return None  # kept in a type of its own, unless the method takes even such weights (MLX: routers)
        routed = weight.component is Component.ROUTED_EXPERTS
        if len(weight.shape) > 2 and not routed:
            return None  # convolutions
        named, scheme = self.named(module)
        if not named and weight.part is Part.MTP:
            named, scheme = self.named(draft_name(module))
        if not named:
            scheme = self.choose(module, expert=routed) if self._reaches(weight, module) else None
        return scheme.named_for(weight.name) if scheme is not None and scheme.fits(weight.shape) else None

    def named(self, module: str) -> tuple[bool, Scheme | None]:
        """Whether the config names this module, and its scheme."""
        if self.excluded.matches(module):
            return True, None
        listed = self._literals.first(module)
        for place, rule in self._patterned:
            if listed is not None and place > listed:
                break
            if rule.modules.without_literals.matches(module):
                return True, rule.scheme
        return (False, None) if listed is None else (True, self.rules[listed].scheme)

    @cached_property
    def _patterned(self) -> tuple[tuple[int, Rule], ...]:
        """The rules that name modules by patterns, with their places: only these are tried one by one."""
        return tuple(
            (place, rule) for place, rule in enumerate(self.rules) if rule.modules.globs or rule.modules.regexes
        )

    @cached_property
    def _literals(self) -> Literals:
        return Literals(rule.modules.literals for rule in self.rules)

    def choose(self, module: str, *, expert: bool) -> Scheme | None:
        """The scheme of a matrix that the config does not name."""
        if expert:
            return self.experts or self._default(module)
        return None if self.experts_only else self._default(module)

    def hint(self, module: str) -> Scheme | None:
        """What the config says about a module of which only the name is known."""
        named, scheme = self.named(module)
        return scheme if named else self.choose(module, expert=EXPERT.search(module) is not None)

    def split(self, weight: Weight) -> Iterator[tuple[Weight, Scheme | None]]:
        """The weight in parts that are stored alike, each with its scheme. Of the numbers that the config does not tell
        apart, one is tried for all: the work grows with what the patterns name, not with layers or experts."""
        boxes: dict[Scheme | None, list[Box]] = {}
        for box, module in alike(weight, (self.excluded, *(rule.modules for rule in self.rules))):
            boxes.setdefault(self.scheme_of(weight, module), []).append(box)
        if len(boxes) == 1:
            yield weight, next(iter(boxes))
            return
        for scheme, parts in boxes.items():
            for box in merged(parts):
                yield replace(weight, index=box), scheme

    def _reaches(self, weight: Weight, module: str) -> bool:
        if weight.component in self.reaches and weight.part not in ENCODERS:
            return True
        if not weight.linear or weight.component in NEVER or KEPT.search(module):
            return False
        return self.encoders or weight.part not in ENCODERS

    def _default(self, module: str) -> Scheme | None:
        return self.native if self.native is not None and NATIVE_NAMES.match(module) else self.default
