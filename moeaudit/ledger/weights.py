"""The weights ledger: what the headers list, packing undone, each tensor in the role that the architecture gives it.

A name that the architecture does not know gets its role from its words, at lower confidence; what has none is
`unclassified`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod

from moeaudit.architecture.weights import Presence, Share, Weight
from moeaudit.evidence.tables import TensorGroup, common, product_boxes
from moeaudit.ledger.classify import guess
from moeaudit.ledger.ledger import Ledger, ledger_lines, non_parameters
from moeaudit.ledger.values import Value
from moeaudit.vocabulary import Component, Kind

LAYER = re.compile(r"(?:^|[._])(?:layers|layer|blocks|block|h)\.\{\}")
"""Where the first number of a template counts layers."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """Weights as seen, each with a role. `by_name`: elements whose role comes from their words alone."""

    weights: tuple[Weight, ...]
    by_name: int


def assign(seen: Iterable[TensorGroup], architecture: Iterable[Weight], experts_per_token: int | None) -> Assigned:
    """Give every seen logical tensor (unpacked, with its shape) the role that its name has in the architecture."""
    known = _by_template(architecture)
    weights: list[Weight] = []
    by_name = 0
    for group in seen:
        plain = group.canonical()
        for box, owner in _owners(plain, known.get(plain.template, [])):
            if owner is None:
                weight = _by_words(replace(plain, index=box), experts_per_token)
                by_name += weight.elements
            else:
                weight = replace(
                    owner, name=plain.template, index=box, shape=plain.shape or (), presence=Presence.STORED
                )
            weights.append(weight)
    return Assigned(tuple(weights), by_name)


def weights_ledger(
    assigned: Assigned, scales: Mapping[Kind, int], stored_elements: Value | None, *, tied: bool
) -> Ledger:
    """The ledger of what is stored. `scales`: elements that packing alone explains, by kind."""
    lines = ledger_lines(
        (weight, LAYER.split(weight.name)[0].rstrip("."), bool(LAYER.search(weight.name)))
        for weight in assigned.weights
    )
    others = dict(scales)
    for kind, count in non_parameters(assigned.weights).items():
        others[kind] = others.get(kind, 0) + count
    return Ledger("weights", lines, others, tied, stored_elements)


def _by_template(weights: Iterable[Weight]) -> dict[str, list[tuple[TensorGroup, Weight]]]:
    found: dict[str, list[tuple[TensorGroup, Weight]]] = {}
    for weight in weights:
        plain = TensorGroup(weight.name, weight.index, None, weight.shape).canonical()
        found.setdefault(plain.template, []).append((plain, weight))
    return found


def _owners(
    seen: TensorGroup, known: list[tuple[TensorGroup, Weight]]
) -> Iterator[tuple[tuple[range | tuple[int, ...], ...], Weight | None]]:
    """The seen tensors split by the weight of the architecture that names them (None: no weight does)."""
    for plain, weight in known:
        if plain.index == seen.index:
            yield seen.index, weight
            return
    owned = 0
    for plain, weight in known:
        shared = common(plain.index, seen.index)
        if shared is not None:
            owned += prod(map(len, shared))
            yield shared, weight
    if owned == seen.tensors:
        return
    taken = {at for plain, _ in known for at in product(*plain.index)}
    left = [at for at in product(*seen.index) if at not in taken]
    for box in product_boxes(left) if left else ():
        yield box, None


def _by_words(group: TensorGroup, experts_per_token: int | None) -> Weight:
    said = guess(group.template, group.dtype)
    weight = Weight(
        group.template,
        group.shape or (),
        said.component,
        index=group.index,
        part=said.part,
        kind=said.kind,
        linear=len(group.shape or ()) >= 2,
        duplicate=said.duplicate,
    )
    if said.component is not Component.ROUTED_EXPERTS:
        return weight
    return replace(weight, share=_share_of_unknown(weight, experts_per_token))


def _share_of_unknown(weight: Weight, experts_per_token: int | None) -> Share:
    """k ÷ E, with E the last number's range or, for stacked experts, the first axis."""
    experts = len(weight.index[-1]) if len(weight.index) > 1 else weight.shape[0] if weight.shape else 1
    if experts_per_token is None:
        return any_share(experts, "no field of the config says how many experts a token uses")
    if not 0 < experts_per_token <= experts:
        return any_share(experts, f"the config says {experts_per_token} experts per token, and there are {experts}")
    return Share.of(experts_per_token, experts)


def any_share(experts: int, reason: str) -> Share:
    """From one expert to all."""
    return Share(Fraction(1, max(experts, 1)), Fraction(1), Fraction(1), reason)
