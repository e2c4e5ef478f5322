"""The layer's own experts: how many routed experts the weights of each layer hold, whatever the config says.

Numbered experts are counted by their numbers, stacked ones by their first axis, flat ones by the parameters of one
expert. A layer whose experts are all whole, though other in number than the config says, has been pruned (or its config
is stale); a layer with half an expert, or that lacks more than experts, is incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from itertools import accumulate
from math import prod

from moeaudit.architecture.model import Architecture, Experts, Stack
from moeaudit.evidence.tables import TensorGroup
from moeaudit.later import dataclass
from moeaudit.ledger.match import Matching, routed_name
from moeaudit.ledger.names import ExpertName, expert_name
from moeaudit.ledger.packing.unpacked import Logical
from moeaudit.ledger.pairs import How, Pair, Wanted
from moeaudit.text import several
from moeaudit.vocabulary import Component

Layer = tuple[str, int]
"""A stack's prefix, and the number of one of its layers."""


@dataclass(frozen=True)
class Asked:
    """Layers that are asked about, each with the routed experts that the config says it has."""

    said: Mapping[Layer, int]

    def at(self, template: str, numbers: Iterable[int]) -> Iterator[Layer]:
        """Those of these numbers, in the stack that the template belongs to: the first where stacks are nested."""
        prefix = next(iter(self.stacks(template)), "")
        yield from ((prefix, number) for number in numbers if (prefix, number) in self.said)

    def stacks(self, template: str) -> list[str]:
        """The prefixes that the template is below."""
        heads = accumulate(template.split(".")[:-1], "{}.{}".format)
        return sorted((head for head in heads if head in self._order), key=self._order.__getitem__)

    def of(self, one: Wanted) -> Iterator[Layer]:
        """Those that a weight of experts stands in."""
        if one.weight.index:
            yield from self.at(one.weight.name, one.weight.index[0])

    @cached_property
    def _order(self) -> dict[str, int]:
        """The place of each stack: there are few, and many layers."""
        return {prefix: place for place, prefix in enumerate(dict.fromkeys(prefix for prefix, _ in self.said))}


@dataclass(frozen=True)
class Own:
    """One layer's experts: how many the config says, how many are held, and the numbers that are gone (None: the
    experts have none)."""

    said: int
    held: int
    gone: tuple[int, ...] | None = None
    strange: tuple[int, ...] = ()  # numbers beyond those that the config's count makes


@dataclass(frozen=True)
class OwnExperts:
    """The layers whose experts are others than the config says. `torn`: layers that hold parts of experts only."""

    layers: Mapping[Layer, Own] = field(default_factory=dict)
    torn: tuple[Layer, ...] = ()

    @cached_property
    def asked(self) -> Asked:
        return Asked({layer: own.said for layer, own in self.layers.items()})

    @cached_property
    def asked_torn(self) -> Asked:
        return Asked(dict.fromkeys(self.torn, 0))

    @property
    def counts(self) -> dict[Layer, int]:
        """Layers with another number of experts, for the architecture as the weights have it."""
        return {layer: own.held for layer, own in self.layers.items() if own.held != own.said and own.held}


def own_experts(matching: Matching, architecture: Architecture) -> OwnExperts:
    """Where the weights hold other experts than the architecture implies. Layers in which every tensor of experts is
    paired with its like are not looked into."""
    asked = Asked(implied(architecture))
    odd = set(_disturbed(matching, asked))
    if not odd:
        return OwnExperts()
    held: dict[Layer, dict[str, set[int] | int]] = {}
    for pair in matching.pairs:
        if pair.wanted[0].weight.component is Component.ROUTED_EXPERTS:
            _collect(pair, matching, asked, odd, held)
    _count_beyond(matching, asked, held)
    layers: dict[Layer, Own] = {}
    torn: list[Layer] = []
    for layer in sorted(odd):
        own = _own(asked.said[layer], held.get(layer, {}))
        if own is None or not own.held:
            torn.append(layer)
        elif own.held != own.said or own.gone or own.strange:
            layers[layer] = own
    return OwnExperts(layers, tuple(torn))


def implied(architecture: Architecture) -> dict[Layer, int]:
    """Routed experts of each layer by the config; layers with several sets of experts are left out."""
    found: dict[Layer, int] = {}
    for stack in (piece for piece in architecture.pieces if isinstance(piece, Stack)):
        prefix = TensorGroup(stack.prefix, (range(1),) * stack.prefix.count("{}")).canonical().template
        for layer, numbers in stack.groups:
            if sum(isinstance(block, Experts) for block in layer.walk()) > 1:
                continue  # sets of their own for text and images share one place
            counts = {
                block.experts  # type: ignore[attr-defined]  # blocks of every lineage call it so
                for block in layer.walk()
                if isinstance(getattr(block, "experts", None), int) and block.experts  # type: ignore[attr-defined]
            }
            if len(counts) == 1:
                found.update(dict.fromkeys(((prefix, number) for number in numbers), counts.pop()))
    return found


def _disturbed(matching: Matching, asked: Asked) -> Iterator[Layer]:
    """Layers with a tensor of experts that is not simply there."""
    for one in matching.missing:
        if one.weight.component is Component.ROUTED_EXPERTS:
            yield from asked.of(one)
    for pair in matching.pairs:
        wanted = pair.wanted[0].weight
        if wanted.component is Component.ROUTED_EXPERTS and not _calm(pair):
            for one in pair.wanted:
                yield from asked.of(one)
    for extra, name in _beyond(matching):
        yield from asked.at(f"{name.place}.", extra.group.index[0])


def _calm(pair: Pair) -> bool:
    if How.RELAID in pair.how or len(pair.wanted) != 1 or len(pair.seen) != 1:
        return False
    shape = pair.seen[0].group.shape
    return shape is None or prod(shape) == prod(pair.wanted[0].weight.shape)


def _collect(
    pair: Pair,
    matching: Matching,
    asked: Asked,
    odd: set[Layer],
    held: dict[Layer, dict[str, set[int] | int]],
) -> None:
    """What the pair's stored tensors say about experts, by the name of their matrix."""
    assert matching.naming is not None
    for seen in pair.seen:
        name = expert_name(matching.naming.wanted_name(seen.group.template), known=True)
        if name is None or not seen.group.index:
            continue
        for layer in asked.at(pair.wanted[0].weight.name, seen.group.index[0]):
            if layer not in odd:
                continue
            words = held.setdefault(layer, {})
            if not name.numbered:
                words[name.matrix] = _stacked(seen.group.shape, name, pair, asked.said[layer])
                continue
            numbers = words.setdefault(name.matrix, set())
            if isinstance(numbers, set):
                numbers.update(seen.group.index[-1])


def _beyond(matching: Matching) -> Iterator[tuple[Logical, ExpertName]]:
    """Experts under the config's own names whose numbers it does not make."""
    for one in matching.extra:
        template = matching.naming.wanted_name(one.group.template) if matching.naming else ""
        name = expert_name(template, known=True) if matching.naming and template in matching.naming.wanted else None
        if name is not None and name.numbered and len(one.group.index) > 1:
            yield one, name


def _count_beyond(matching: Matching, asked: Asked, held: dict[Layer, dict[str, set[int] | int]]) -> None:
    for one, name in _beyond(matching):
        for layer in asked.at(f"{name.place}.", one.group.index[0]):
            numbers = held.setdefault(layer, {}).setdefault(name.matrix, set())
            if isinstance(numbers, set):
                numbers.update(one.group.index[-1])


def _stacked(shape: tuple[int, ...] | None, name: ExpertName, pair: Pair, said: int) -> int:
    """Experts of a stack: its first axis; of a flat one by the parameters of one. An index does not tell."""
    if shape is None:
        return said
    if len(shape) >= (2 if name.bias else 3):
        return shape[0]
    whole = sum(_elements(one, said) for one in pair.wanted)
    each = whole // said if whole % said == 0 else 0
    seen = sum(prod(one.group.shape or ()) for one in pair.seen)
    return seen // each if each and seen % each == 0 else said


def _elements(one: Wanted, said: int) -> int:
    """Elements of one layer's wanted experts under this template."""
    numbered = (name := routed_name(one.weight)) is not None and name.numbered
    return prod(one.weight.shape) * (said if numbered else 1)


def _own(said: int, words: Mapping[str, set[int] | int]) -> Own | None:
    """One layer's account; None where its tensors do not hold the same experts."""
    sets = [numbers for numbers in words.values() if isinstance(numbers, set)]
    counts = {len(numbers) if isinstance(numbers, set) else numbers for numbers in words.values()}
    if len(counts) > 1 or (sets and any(numbers != sets[0] for numbers in sets)):
        return None
    if not counts:
        return Own(said, 0, tuple(range(said)))
    held = counts.pop()
    if not sets:
        return Own(said, held)
    gone = tuple(sorted(set(range(said)) - sets[0])) if held != said else ()
    strange = tuple(sorted(number for number in sets[0] if number >= said))
    return Own(said, held, gone, strange)


MOST_RUNS, MOST_GROUPS = 12, 6
"""Runs of numbers, and groups of layers, that a message lists."""


def in_ranges(numbers: Iterable[int]) -> str:
    """`0–3, 7` for 0, 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    listed = ", ".join(f"{first}" if first == last else f"{first}–{last}" for first, last in runs[:MOST_RUNS])
    return listed + (f" and {several(len(runs) - MOST_RUNS, 'more run')}" if len(runs) > MOST_RUNS else "")


def told(own: OwnExperts, router_rows: Mapping[Layer, int]) -> list[str]:
    """The layers with other experts, those alike together, as a person would say it."""
    groups: dict[tuple[str, Own], list[int]] = {}
    for (prefix, number), one in own.layers.items():
        groups.setdefault((prefix, one), []).append(number)
    sentences = []
    for (prefix, one), numbers in list(groups.items())[:MOST_GROUPS]:
        where = f"{'layers' if len(numbers) > 1 else 'layer'} {in_ranges(numbers)}"
        if one.gone:
            gone = "expert {} is" if len(one.gone) == 1 else "experts {} are"
            what = f"{gone.format(in_ranges(one.gone))} gone ({len(one.gone)} of {one.said})"
        else:
            what = f"{several(one.held, 'expert')}{' each' if len(numbers) > 1 else ''}"
        rows = {router_rows[prefix, number] for number in numbers if (prefix, number) in router_rows}
        scored = f"; their routers score {in_ranges(rows)}" if rows - {one.held} else ""
        sentences.append(f"{where} of {prefix.removesuffix('.{}')}: {what}{scored}")
    more = sum(len(numbers) for numbers in list(groups.values())[MOST_GROUPS:])
    return [*sentences, f"and {several(more, 'more layer')}"] if more else sentences
