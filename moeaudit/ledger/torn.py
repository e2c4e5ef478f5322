"""Experts that are held in part: numbers that lack in one of their matrices, a gate without its up projection.

The config's layout says what lacks only where it is the stored one; in another layout it is told by the sums, and by
the numbers that the other matrices have.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from moeaudit.architecture.weights import indices
from moeaudit.evidence.tables import TensorGroup
from moeaudit.ledger.match import Matching, routed_name, seen_name
from moeaudit.ledger.names import FUSED, ExpertName, Naming
from moeaudit.ledger.own_experts import OwnExperts
from moeaudit.ledger.packing.unpacked import Logical
from moeaudit.ledger.pairs import How, Pair
from moeaudit.vocabulary import Component

PARTNER = {"gate_proj": "up_proj", "up_proj": "gate_proj", "w1": "w3", "w3": "w1", "gate": "up", "up": "gate",
           "wi_0": "wi_1", "wi_1": "wi_0", "linear": "linear_v", "linear_v": "linear",
           "v1": "w1"}  # fmt: skip
"""The other half of an expert's first matrices."""


def torn_pairs(matching: Matching, own: OwnExperts, *, incomplete: bool) -> tuple[Pair, ...]:
    """Pairs of experts of which a part lacks. `incomplete`: other weights lack too."""
    return tuple(pair for pair in matching.pairs if _is_torn(pair, matching, own, incomplete))


def _is_torn(pair: Pair, matching: Matching, own: OwnExperts, incomplete: bool) -> bool:
    """By names alone, or where what lacks by them makes up the sum: matrices of another size are no torn ones. In an
    incomplete copy, whatever is less than the config's in another layout."""
    if pair.wanted[0].weight.component is not Component.ROUTED_EXPERTS:
        return False
    if pair.read:
        lacking = sum(one.weight.elements for one in pair.wanted) - sum(one.elements or 0 for one in pair.seen)
        return lacking > 0 and ((incomplete and How.RELAID in pair.how) or lacking == sum(_lost(pair, matching)))
    if How.RELAID not in pair.how:
        return False
    return any(True for one in pair.wanted for _ in own.asked_torn.of(one))


def _lost(pair: Pair, matching: Matching) -> Iterator[int]:
    """Parameters of each kind of tensor that lacks."""
    shapes = {one.weight.template: one.group.shape for one in pair.seen}
    other = next(iter(shapes.values()))
    for group in lost_groups(pair, matching):
        yield group.tensors * prod(shapes.get(group.template, other) or ())


def lost_groups(pair: Pair, matching: Matching) -> Iterator[TensorGroup]:
    """The stored tensors that lack, as far as their names can be told."""
    naming = matching.naming or Naming(frozenset())
    names = [(seen, name) for seen in pair.seen if (name := seen_name(seen, naming)) is not None and not name.bias]
    for seen, name in names:
        lacking = _numbers_lacking(seen, name, pair)
        if lacking:
            box = (*seen.weight.index[:-1], indices(lacking))
            yield TensorGroup(seen.weight.template, box, seen.weight.dtype, seen.weight.shape)
    words = {name.word for _, name in names}
    wanted = {name.word for one in pair.wanted if (name := routed_name(one.weight)) is not None and not name.bias}
    if len(words) != 1 or words & FUSED or not (wanted & FUSED or len(wanted) > 1):
        return
    for seen, name in names:
        other = PARTNER.get(name.word)
        head, _, tail = seen.weight.template.rpartition(name.word)
        if other is not None:
            yield TensorGroup(f"{head}{other}{tail}", seen.weight.index, seen.weight.dtype, seen.weight.shape)


def _numbers_lacking(seen: Logical, name: ExpertName, pair: Pair) -> list[int]:
    """Experts of the config's count that this matrix does not have."""
    wanted = pair.wanted[0].weight
    own = routed_name(wanted)
    if not name.numbered or own is None:
        return []
    count = len(wanted.index[-1]) if own.numbered else wanted.shape[0] if len(wanted.shape) > 2 else 0
    return sorted(set(range(count)).difference(seen.group.index[-1]))
