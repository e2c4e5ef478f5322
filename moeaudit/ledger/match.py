"""The one match: weights that the config implies against weights that are stored, packing undone on both sides.

What is equal by name is paired as it is. What is left is paired by what conversions do to a checkpoint: another prefix,
experts numbered or stacked, split or fused, called otherwise; matrices of one module joined or taken apart. An index is
the same table without shapes. Nothing here expands a template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from moeaudit.architecture.weights import Presence, Weight
from moeaudit.evidence.boxes import Box, common, minus
from moeaudit.later import dataclass
from moeaudit.ledger.names import ExpertName, Naming, Role, expert_name
from moeaudit.ledger.packing.unpacked import Logical, NonParameter, Unknown, Unpacked
from moeaudit.ledger.pairs import How, Pair, Wanted, part
from moeaudit.ledger.together import together
from moeaudit.vocabulary import Component, Kind, Part


@dataclass(frozen=True)
class Covered:
    """Weights that are stored in a way that is not understood: theirs is the config's count."""

    wanted: tuple[Wanted, ...]
    unknown: Unknown


@dataclass(frozen=True)
class Matching:
    """Both sides, each weight once. `missing`: wanted, and nothing stands for it; `extra`: seen, and nothing asks for
    it; `tables`: stored integer tables and buffers that the config implies; `others`: stored, no parameters."""

    pairs: tuple[Pair, ...] = ()
    covered: tuple[Covered, ...] = ()
    missing: tuple[Wanted, ...] = ()
    absent: tuple[Wanted, ...] = ()  # encoders of which nothing is stored: a text-only copy
    extra: tuple[Logical, ...] = ()
    tables: tuple[Wanted, ...] = ()
    others: tuple[NonParameter, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    naming: Naming | None = None


def match(wanted: Sequence[Wanted], seen: Unpacked, naming: Naming, *, incomplete: bool = False) -> Matching:
    """Pair what is implied with what is stored. `incomplete`: shards are known to be missing, so that nothing is taken
    for left out on purpose."""
    asked = [one for one in wanted if one.weight.kind is Kind.PARAMETER]
    tables, lost, logical = by_kind([one for one in wanted if one.weight.kind is not Kind.PARAMETER], seen, naming)
    pairs, left, extra = by_name(asked, logical, naming)
    for step in (experts, joined):
        more, left, extra = step(left, extra, naming)
        pairs += more
    pairs, payloads = understood(pairs)
    covered, left, unknown = uncounted(left, seen.unknown, naming)
    covered += payloads
    absent = absent_encoders(left, pairs, covered)
    rest = [one for one in (*left, *lost) if one.weight.part not in absent]
    missing = [one for one in rest if incomplete or needed(one, modules=_modules(pairs, covered))]
    missing = [one for one in missing if one.weight.presence is not Presence.OPTIONAL]
    return Matching(
        tuple(pairs),
        tuple(covered),
        tuple(missing),
        tuple(one for one in left if one.weight.part in absent),
        tuple(extra),
        tuple(tables),
        seen.non_parameters,
        tuple(unknown),
        naming,
    )


def by_name(
    wanted: Iterable[Wanted], seen: Iterable[Logical], naming: Naming
) -> tuple[list[Pair], list[Wanted], list[Logical]]:
    """Pairs of one name; what is left on either side."""
    at: dict[str, list[tuple[Wanted, list[Box]]]] = {}
    for one in wanted:
        at.setdefault(one.weight.name, []).append((one, []))
    pairs, extra = [], []
    for found in seen:
        template, box = naming.wanted_name(found.group.template), found.group.index
        how = frozenset({How.RENAMED}) if template != found.group.template else frozenset()
        taken: list[Box] = []
        for one, gone in at.get(template, ()):
            shared = common(one.weight.index, box)
            if shared is not None:
                pairs.append(Pair((one.at(shared),), (part(found, shared),), how))
                taken.append(shared)
                gone.append(shared)
                if shared == box:
                    break
        extra += [part(found, rest) for rest in minus(box, taken)]
    left = [one.at(rest) for rows in at.values() for one, gone in rows for rest in minus(one.weight.index, gone)]
    return pairs, left, extra


PAYLOADS = frozenset({"U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64"})
"""Types that a weight is packed into."""


def understood(pairs: Iterable[Pair]) -> tuple[list[Pair], list[Covered]]:
    """Pairs, and those whose stored side is no weight but a payload: integers of another number than the weight's
    parameters, which nothing explains."""
    kept: list[Pair] = []
    payloads: list[Covered] = []
    for pair in pairs:
        if any(one.title == "plain" and one.weight.dtype in PAYLOADS for one in pair.seen) and not _as_many(
            pair.wanted, pair.seen
        ):
            for one in pair.seen:
                stem = one.weight.template.rpartition(".")[0]
                payloads.append(Covered(pair.wanted, Unknown((one.weight, *one.beside), stem, one.group.template)))
        else:
            kept.append(pair)
    return kept, payloads


def experts(
    wanted: list[Wanted], seen: list[Logical], naming: Naming
) -> tuple[list[Pair], list[Wanted], list[Logical]]:
    """Experts that are called or laid out otherwise, layer by layer."""
    ours = [(one, routed_name(one.weight)) for one in wanted]
    theirs = [(one, seen_name(one, naming)) for one in seen]
    both = {name.place for _, name in ours if name} & {name.place for _, name in theirs if name}
    mine = [(one, name) for one, name in ours if name and name.place in both]
    other = [(one, name) for one, name in theirs if name and name.place in both]
    pairs, left, extra = together(
        [(one, name.place, one.weight.index[: name.depth], name.role) for one, name in mine],
        [(one, name.place, one.group.index[: name.depth], name.role) for one, name in other],
        lambda mine, theirs: True,
    )
    apart = [one for one, name in ours if name is None or name.place not in both]
    strange = [one for one, name in theirs if name is None or name.place not in both]
    return pairs, apart + left, strange + extra


def seen_name(one: Logical, naming: Naming) -> ExpertName | None:
    """What the name of a stored weight says about experts."""
    template = naming.wanted_name(one.group.template)
    return expert_name(template, known=template in naming.wanted)


def routed_name(weight: Weight) -> ExpertName | None:
    return expert_name(weight.name, known=True) if weight.component is Component.ROUTED_EXPERTS else None


def joined(wanted: list[Wanted], seen: list[Logical], naming: Naming) -> tuple[list[Pair], list[Wanted], list[Logical]]:
    """Matrices of one module that are stored joined, taken apart or under other names: the same where their parameters
    add up to the same number. An index tells no numbers: there names that are known for it do."""
    if any(one.group.shape is None for one in seen):
        from moeaudit.ledger.parts import parted

        return parted(wanted, seen, naming)
    mine = [(one, parent(one.weight.name), one.weight.index, "") for one in wanted if not _routed(one)]
    named = [(one, seen_name(one, naming)) for one in seen]
    theirs = [
        (one, parent(naming.wanted_name(one.group.template)), one.group.index, "")
        for one, name in named
        if name is None
    ]
    pairs, left, extra = together(mine, theirs, _as_many)
    return pairs, [one for one in wanted if _routed(one)] + left, [one for one, name in named if name] + extra


def parent(template: str) -> str:
    """What a matrix's module stands in: `X.q_proj.weight` and `X.k_proj.weight` in X."""
    module = template.removesuffix(".weight").removesuffix(".bias")
    return module.rpartition(".")[0]


def _as_many(wanted: Sequence[Wanted], seen: Sequence[Logical]) -> bool:
    return sum(one.weight.elements for one in wanted) == sum(one.elements or 0 for one in seen)


def _routed(one: Wanted) -> bool:
    return one.weight.component is Component.ROUTED_EXPERTS


def uncounted(
    wanted: Iterable[Wanted], unknown: Iterable[Unknown], naming: Naming
) -> tuple[list[Covered], list[Wanted], list[Unknown]]:
    """Wanted weights that something unreadable stands for; what stands for nothing is apart."""
    at: dict[str, list[Wanted]] = {}
    for one in wanted:
        at.setdefault(one.weight.name, []).append(one)
    covered: list[Covered] = []
    apart: list[Unknown] = []
    places: dict[tuple[str, Role, Box], int] = {}
    for odd in unknown:
        template = naming.wanted_name(odd.name)
        box = odd.groups[0].index
        name = expert_name(template)
        at_place = (name.place, name.role, box[: name.depth]) if name is not None else None
        there, rest = [], []
        for one in at.get(template, ()):
            shared = common(one.weight.index, box)
            if shared is None:
                rest.append(one)
                continue
            there.append(one.at(shared))
            rest += [one.at(left) for left in minus(one.weight.index, [shared])]
        if not there:
            there, rest = _same_place(at, template, box), at.get(template, [])
        at[template] = rest
        if there:
            if at_place is not None:
                places.setdefault(at_place, len(covered))
            covered.append(Covered(tuple(there), odd))
        elif at_place in places:  # the other half of a gate and an up projection
            half = covered[places[at_place]]
            whole = replace(half.unknown, groups=(*half.unknown.groups, *odd.groups))
            covered[places[at_place]] = replace(half, unknown=whole)
        else:
            apart.append(odd)
    return covered, [one for rows in at.values() for one in rows], apart


def _same_place(at: dict[str, list[Wanted]], template: str, box: Box) -> list[Wanted]:
    """The experts of the same role in the same layers, called otherwise; they are taken out of `at`."""
    name = expert_name(template)
    found: list[Wanted] = []
    for other, rows in at.items() if name is not None else ():
        assert name is not None
        if (
            not rows
            or (mine := routed_name(rows[0].weight)) is None
            or (mine.place, mine.role)
            != (
                name.place,
                name.role,
            )
        ):
            continue
        depth, kept = name.depth, []
        for one in rows:
            shared = common(one.weight.index[:depth], box[:depth])
            if shared is None:
                kept.append(one)
                continue
            whole = (*shared, *one.weight.index[depth:])
            found.append(one.at(whole))
            kept += [one.at(rest) for rest in minus(one.weight.index, [whole])]
        at[other] = kept
    return found


def by_kind(
    wanted: Iterable[Wanted], seen: Unpacked, naming: Naming
) -> tuple[list[Wanted], list[Wanted], list[Logical]]:
    """Integer tables and buffers that the config implies: those that are stored, those that are not; and the stored
    weights without them (an index does not tell a table from a weight)."""
    asked = {one.weight.name for one in wanted}
    stored: dict[str, list[Box]] = {}
    logical = []
    for group in (one.group for one in seen.non_parameters):
        stored.setdefault(naming.wanted_name(group.template), []).append(group.index)
    for one in seen.logical:
        template = naming.wanted_name(one.group.template)
        if template in asked:
            stored.setdefault(template, []).append(one.group.index)
        else:
            logical.append(one)
    there, lost = [], []
    for want in wanted:
        boxes = stored.get(want.weight.name, [])
        there += [want.at(shared) for box in boxes if (shared := common(want.weight.index, box)) is not None]
        lost += [want.at(rest) for rest in minus(want.weight.index, boxes)]
    return there, lost, logical


def absent_encoders(left: Iterable[Wanted], pairs: Sequence[Pair], covered: Sequence[Covered]) -> frozenset[Part]:
    """Encoders of which nothing is there: conversions for text alone strip them whole."""
    there = {one.weight.part for one in _held(pairs, covered)}
    if Part.LANGUAGE not in there:
        return frozenset()
    return frozenset({one.weight.part for one in left} - there - {Part.MTP, Part.LANGUAGE})


def needed(one: Wanted, *, modules: bool) -> bool:
    """Whether a release must hold this weight. Re-saves leave prediction modules out whole, or their copies of
    embedding and head. `modules`: something of them is there."""
    return one.weight.part is not Part.MTP or (modules and not one.weight.duplicate)


def _modules(pairs: Sequence[Pair], covered: Sequence[Covered]) -> bool:
    return any(one.weight.part is Part.MTP for one in _held(pairs, covered))


def _held(pairs: Sequence[Pair], covered: Sequence[Covered]) -> Iterator[Wanted]:
    for pair in pairs:
        yield from pair.wanted
    for each in covered:
        yield from each.wanted
