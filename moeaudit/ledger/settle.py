"""The settlement: pairs in, an account out. It knows of every count what it rests on, and keeps what is not settled
apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from math import prod

from moeaudit.architecture.model import Architecture
from moeaudit.architecture.revise import with_experts
from moeaudit.architecture.unknown import Hints
from moeaudit.architecture.weights import Presence
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.later import dataclass
from moeaudit.ledger.by_words import by_words
from moeaudit.ledger.classify import guess
from moeaudit.ledger.compare import Comparison, ShapeDifference
from moeaudit.ledger.expected import Expected
from moeaudit.ledger.ledger import Counted, placed_weights
from moeaudit.ledger.match import Matching, match, routed_name
from moeaudit.ledger.names import Naming
from moeaudit.ledger.own_experts import OwnExperts, implied, own_experts
from moeaudit.ledger.packing.storage import Storage, StoredTensor
from moeaudit.ledger.packing.unpack import unpack
from moeaudit.ledger.packing.unpacked import Logical, Unpacked
from moeaudit.ledger.pairs import How, Pair, Wanted, canonical
from moeaudit.ledger.torn import lost_groups, torn_pairs
from moeaudit.vocabulary import ENCODERS, Basis, Component, Kind


@dataclass(frozen=True)
class Settling:
    """What an account is made of: both sides, matched, and the sums over them. `architecture`: as the weights have it.

    `own`: layers whose experts are others than the config says, and `complete`, whether all the rest is there, so that
    the weights decide; `torn`: pairs of experts held in part; `before`: the match as the config alone would have it.
    """

    architecture: Architecture
    storage: Storage
    table: TensorTable
    unpacked: Unpacked
    matching: Matching
    before: Matching
    own: OwnExperts
    complete: bool
    torn: tuple[Pair, ...] = ()

    @cached_property
    def by_shape(self) -> bool:
        """Whether shapes and types were read, not names alone."""
        return all(group.shape is not None for group in self.table.groups)

    @cached_property
    def torn_ids(self) -> frozenset[int]:
        """The pairs of `torn`, by identity: to be looked up, not compared."""
        return frozenset(map(id, self.torn))


def settle(architecture: Architecture, storage: Storage, table: TensorTable, *, incomplete: bool = False) -> Settling:
    """Hold the table against what the config implies. Where whole experts are gone and nothing else is, the
    architecture follows the weights. `incomplete`: shards are known to be missing."""
    wanted = wanted_of(architecture, storage)
    naming = Naming.between((one.weight.name for one in wanted), (group.canonical().template for group in table.groups))
    counts = set(implied(architecture).values())
    expected = Expected(wanted, naming, architecture.hidden, counts.pop() if len(counts) == 1 else None)
    unpacked = unpack(table, storage.recipe, expected)
    before = matching = match(wanted, unpacked, naming, incomplete=incomplete)
    own = own_experts(matching, architecture)
    lost = [one for one in matching.missing if not _explained(one, own)]
    torn: tuple[Pair, ...] = ()
    complete = not (incomplete or own.torn or lost)
    if complete and own.counts:
        revised = with_experts(architecture, own.counts)
        matching = match(wanted_of(revised, storage), unpacked, naming)
        torn = torn_pairs(matching, own, incomplete=False)
        architecture, matching = (architecture, before) if torn else (revised, matching)
    if not (complete and own.counts) or torn:
        torn = torn_pairs(matching, own, incomplete=not complete)
        complete = complete and not torn
    if not complete and matching.absent:
        matching = replace(matching, missing=(*matching.missing, *matching.absent), absent=())
    return Settling(architecture, storage, table, unpacked, matching, before, own, complete, torn)


def wanted_of(architecture: Architecture, storage: Storage) -> list[Wanted]:
    """Every weight that the architecture implies, in parts that are stored alike."""
    return [
        Wanted(canonical(part), place, layered, scheme)
        for weight, place, layered in placed_weights(architecture)
        for part, scheme in storage.parts(weight)
    ]


def _explained(one: Wanted, own: OwnExperts) -> bool:
    """Whether these are experts that are gone whole from their layers."""
    name = routed_name(one.weight)
    if name is None or not one.weight.index:
        return False
    numbers = set(one.weight.index[-1]) if name.numbered else None
    prefixes = own.asked.stacks(one.weight.name)
    for number in one.weight.index[0]:
        held = next((own.layers[prefix, number] for prefix in prefixes if (prefix, number) in own.layers), None)
        if held is None or numbers is None or not numbers <= set(held.gone or ()) or not held.held:
            return False
    return True


def counted(made: Settling, hints: Hints, pairs_basis: Basis) -> Iterator[Counted]:
    """Every weight as it is counted."""
    for pair in made.matching.pairs:
        if id(pair) in made.torn_ids:  # some of it is missing: the config's count stands
            yield from (_of_config(one, Basis.PREDICTED, held=True) for one in pair.wanted)
            continue
        yield from _of_pair(pair, Basis.READ if pair.read and not made.by_shape else pairs_basis)
    for covered in made.matching.covered:
        yield from (_of_config(one, Basis.ASSUMED, held=True) for one in covered.wanted)
    for lost in made.matching.missing:
        yield _of_config(lost, Basis.PREDICTED, held=False)
    if made.by_shape:
        whole = not made.matching.missing  # else they may be what is missing, called otherwise
        yield from (replace(one, asked=whole) for one in by_words(made.matching.extra, hints, pairs_basis))
    for table in made.matching.tables:
        yield Counted(table.weight, table.place, table.layered, pairs_basis)


def _of_pair(pair: Pair, basis: Basis) -> Iterator[Counted]:
    """The weights of a pair: as they are seen, in the role that the architecture gives them."""
    owner = pair.wanted[0]
    split = How.RELAID in pair.how and owner.weight.component is not Component.ROUTED_EXPERTS
    if not pair.read or split:  # names alone; or one side splits what the other joins, the sums being equal
        yield from (_of_config(one, basis, held=True, settled=True) for one in pair.wanted)
        return
    for seen in pair.seen:
        weight = replace(
            owner.weight,
            name=seen.group.template,
            index=seen.group.index,
            shape=seen.group.shape or (),
            presence=Presence.STORED,
        )
        sure = seen.confidence == "high" or weight.elements == sum(one.weight.elements for one in pair.wanted)
        yield Counted(weight, owner.place, owner.layered, basis if sure else Basis.ASSUMED, settled=sure)


def _of_config(one: Wanted, basis: Basis, *, held: bool, settled: bool = False) -> Counted:
    weight = replace(one.weight, presence=Presence.STORED)
    return Counted(weight, one.place, one.layered, basis, settled=settled, held=held)


def config_side(made: Settling) -> tuple[list[Counted], list[StoredTensor]]:
    """The config's own account, its presence settled by what is stored: weights and how they are predicted to be
    stored."""
    matching = made.before
    there = [one for pair in matching.pairs for one in pair.wanted]
    there += [one for each in matching.covered for one in each.wanted]
    implied = [*there, *matching.missing, *matching.tables, *matching.absent]
    whole = [_of_config(one, Basis.PREDICTED, held=True, settled=True) for one in implied]
    known = made.storage.recipe.known
    return whole, [tensor for one in implied for tensor in made.storage.stored(one.weight)] if known else []


def missing_groups(made: Settling) -> list[TensorGroup]:
    """Tensors that the config implies and nothing stands for, as they would be stored; and parts of a packed weight
    that its own format needs and that are not there."""
    groups = [tensor.group for one in made.matching.missing for tensor in _stored(made.storage, one)]
    for pair in made.torn:
        groups += lost_groups(pair, made.matching)
    for pair in made.matching.pairs:
        for seen in pair.seen:
            groups += _lacking(seen)
    return groups


def _stored(storage: Storage, one: Wanted) -> Iterable[StoredTensor]:
    if storage.recipe.known:
        return storage.stored(one.weight)
    plain = TensorGroup(one.weight.name, one.weight.index, storage.dtype(one.weight), one.weight.shape)
    return (StoredTensor(plain, Kind.PARAMETER),)


ACTIVATIONS = frozenset({"input", "input_scale"})
"""Scales of activations, under either of two names: no weight needs them."""


def _lacking(seen: Logical) -> Iterator[TensorGroup]:
    """What the scheme of a packed weight writes beside it, and is not beside it."""
    if seen.scheme is None or seen.group.shape is None or seen.confidence == "low":
        return
    stem = seen.weight.template.removesuffix(seen.scheme.suffixes["weight"])
    there = {one.template for one in (seen.weight, *seen.beside)}
    for suffix, slot in seen.scheme.stored(seen.group.shape):
        if stem + suffix not in there and slot.name not in ACTIVATIONS:
            yield TensorGroup(stem + suffix, seen.weight.index, slot.dtype, slot.shape)


def loose(made: Settling) -> list[Logical]:
    """Weights that nothing asks for. The encoders of a wrapper that nobody knows are none of them."""
    extra = made.matching.extra
    if made.architecture.wrapped:
        return [one for one in extra if guess(one.group.template).part not in ENCODERS]
    return list(extra)


def unexpected_groups(made: Settling) -> list[TensorGroup]:
    """Tensors that nothing asks for."""
    unasked = [one for seen in loose(made) for one in (seen.weight, *seen.beside)]
    return unasked + [group for odd in made.matching.unknown for group in odd.groups]


def other_types(made: Settling) -> tuple[dict[tuple[str, str], tuple[int, list[str]]], int]:
    """Plain weights whose type was read and is not the config's: parameters and names by (stated, stored) type; and
    all plain parameters."""
    other: dict[tuple[str, str], tuple[int, list[str]]] = {}
    whole = 0
    for pair in made.matching.pairs:
        for seen in pair.seen:
            if seen.title != "plain" or seen.weight.dtype is None or narrow(seen.weight.dtype):
                continue
            whole += seen.elements or 0
            stated = made.storage.dtype(pair.wanted[0].weight)
            if stated != seen.weight.dtype:
                count, names = other.get((stated, seen.weight.dtype), (0, []))
                names.append(seen.group.template)
                other[stated, seen.weight.dtype] = (count + (seen.elements or 0), names)
    return other, whole


def narrow(dtype: str | None) -> bool:
    """Whether this is a type of quantised weights, eight bits or less, and none to keep a model in."""
    return dtype is not None and DTYPE_BITS.get(dtype, 16) <= 8


def comparison_of(made: Settling) -> Comparison:
    """The two sides as lists: names on both, on one only, and of another size."""
    missing, unexpected = missing_groups(made), unexpected_groups(made)
    left_over = sum(group.tensors for group in unexpected)
    return Comparison(
        made.table.tensors - left_over,
        TensorTable(tuple(missing)),
        TensorTable(tuple(unexpected)),
        tuple(odd_sizes(made)),
    )


def odd_sizes(made: Settling) -> Iterator[ShapeDifference]:
    """Sizes that are other than the architecture's. Where it follows the weights' own experts, a router that still
    scores as many as the config says is none: the experts are what is odd."""
    kept = {odd.group.template for odd in odd_shapes(made.before.pairs)} if made.before is not made.matching else None
    pairs = [pair for pair in made.matching.pairs if id(pair) not in made.torn_ids]
    for odd in odd_shapes(pairs):
        if kept is None or odd.group.template in kept:
            yield odd


def odd_shapes(pairs: Iterable[Pair]) -> Iterator[ShapeDifference]:
    """Weights that both sides name, with another number of parameters each."""
    for pair in pairs:
        if not pair.read:
            continue
        if How.RELAID not in pair.how:
            if prod(pair.wanted[0].weight.shape) != prod(pair.seen[0].group.shape or ()):
                yield ShapeDifference(pair.seen[0].group, pair.wanted[0].weight.shape)
        elif sum(one.weight.elements for one in pair.wanted) != sum(one.elements or 0 for one in pair.seen):
            yield ShapeDifference(pair.seen[0].group, pair.wanted[0].weight.shape)
