"""Weights whose family is unknown, or that a known family does not ask for: roles by the words of their names, experts
by the config's own fields and the router's width before any first dimension is believed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from fractions import Fraction

from moeaudit.architecture.unknown import Hints
from moeaudit.architecture.weights import Share, Weight, indices
from moeaudit.later import dataclass
from moeaudit.ledger.classify import Guess, guess
from moeaudit.ledger.ledger import Counted
from moeaudit.ledger.names import LAYER, ExpertName, expert_name
from moeaudit.ledger.packing.unpacked import Logical
from moeaudit.vocabulary import Basis, Component

Place = tuple[str, int | None]
"""A layer's module, with the number of the layer."""


def by_words(seen: Sequence[Logical], hints: Hints, basis: Basis = Basis.READ) -> tuple[Counted, ...]:
    """Each weight in the role that its name speaks of."""
    width = _Widths.of(seen, hints)
    return tuple(counted for one in seen for counted in _as_sure(one, _counted(one, width, basis)))


RESTS_ON = {"medium": Basis.PREDICTED, "low": Basis.ASSUMED}
"""What a shape rests on that the stored tensors leave open: the config's word, or a default."""


def _as_sure(one: Logical, counted: Iterable[Counted]) -> Iterator[Counted]:
    basis = RESTS_ON.get(one.confidence)
    return (replace(each, basis=basis, settled=False) if basis is not None else each for each in counted)


def _counted(one: Logical, width: _Widths, basis: Basis) -> Iterator[Counted]:
    said = guess(one.group.template, one.group.dtype)
    weight = _weight(one, said)
    place, layered = LAYER.split(weight.name)[0].rstrip("."), bool(LAYER.search(weight.name))
    name = expert_name(weight.name, known=True) if said.component is Component.ROUTED_EXPERTS else None
    if said.component is not Component.ROUTED_EXPERTS or not width.per_expert(weight, name):
        yield Counted(weight, place, layered, basis, named=False)
        return
    if not weight.index or not layered:
        yield Counted(replace(weight, share=width.share(weight, name, None)), place, layered, basis, named=False)
        return
    alike: dict[Share, list[int]] = {}
    for number in weight.index[0]:
        alike.setdefault(width.share(weight, name, number), []).append(number)
    for share, numbers in alike.items():
        part = replace(weight, share=share, index=(indices(numbers), *weight.index[1:]))
        yield Counted(part, place, layered, basis, named=False)


def _weight(one: Logical, said: Guess) -> Weight:
    shape = one.group.shape or ()
    return Weight(
        one.group.template,
        shape,
        said.component,
        index=one.group.index,
        part=said.part,
        kind=said.kind,
        linear=len(shape) >= 2,
        duplicate=said.duplicate,
    )


@dataclass
class _Widths:
    """How many experts each layer has: numbers seen, rows of the router, the config's fields."""

    hints: Hints
    numbered: dict[Place, set[int]] = field(default_factory=dict)
    routers: dict[Place, int] = field(default_factory=dict)

    @classmethod
    def of(cls, seen: Iterable[Logical], hints: Hints) -> _Widths:
        made = cls(hints)
        for one in seen:
            said = guess(one.group.template, one.group.dtype)
            shape = one.group.shape or ()
            if said.component is Component.ROUTER and len(shape) == 2:
                hidden = hints.hidden.at(0) if hints.hidden else None
                rows = next((size for size in shape if size != hidden), shape[0])
                for number in one.group.index[0] if one.group.index else (None,):
                    made.routers[_layer(one.group.template), number] = rows
            name = expert_name(one.group.template) if said.component is Component.ROUTED_EXPERTS else None
            if name is not None and name.numbered and one.group.index:
                for number in one.group.index[0] if len(one.group.index) > 1 else (None,):
                    made.numbered.setdefault((name.place, number), set()).update(one.group.index[-1])
        return made

    def per_expert(self, weight: Weight, name: ExpertName | None) -> bool:
        """Whether each expert has its part of this tensor: one vector for all has none."""
        if name is not None and name.numbered:
            return True
        stated = self._stated(weight, name, weight.index[0][0] if weight.index else None)
        return len(weight.shape) > 1 or bool(weight.shape and weight.shape[0] in stated)

    def share(self, weight: Weight, name: ExpertName | None, layer: int | None) -> Share:
        """The part of a layer's experts that one token uses."""
        experts = self._experts(weight, name, layer)
        if experts is None:
            return any_share(max(weight.shape[0], 1), "neither the config nor a router says how many experts there are")
        hint = self.hints.selected
        selected = hint.at(layer or 0) if hint is not None else None
        if selected is None:
            who = "no field of the config" if self.hints.stated else "there is no config, and nothing else"
            return any_share(experts, f"{who} says how many experts a token uses")
        if selected > experts and experts not in (self._stated(weight, name, layer) or (experts,)):
            selected = experts
        if not 0 < selected <= experts:
            return any_share(experts, f"the config says {selected} experts per token, and there are {experts}")
        return Share.of(selected, experts)

    def _experts(self, weight: Weight, name: ExpertName | None, layer: int | None) -> int | None:
        if name is not None and name.numbered:
            return len(self.numbered.get((name.place, layer), ())) or len(weight.index[-1])
        stated = self._stated(weight, name, layer)
        if len(weight.shape) >= 3 or (name is not None and name.bias):
            first = weight.shape[0]
            return first if first in stated or not stated else next(iter(stated & set(weight.shape)), None)
        fit = [count for count in sorted(stated) if weight.shape[0] % count == 0]
        return fit[0] if fit else None

    def _stated(self, weight: Weight, name: ExpertName | None, layer: int | None) -> set[int]:
        """What config and router say about this layer; the router's own word where it is there."""
        rows = self.routers.get((_layer(name.place if name is not None else weight.name), layer))
        hint = self.hints.experts
        said = hint.at(layer or 0) if hint is not None else None
        return {count for count in (rows, said) if count}


def _layer(template: str) -> str:
    """The layer that a name is in: the text up to its first number."""
    head, brace, _ = template.partition("{}")
    return head + brace


def any_share(experts: int, reason: str) -> Share:
    """From one expert to all."""
    return Share(Fraction(1, max(experts, 1)), Fraction(1), Fraction(1), reason)
