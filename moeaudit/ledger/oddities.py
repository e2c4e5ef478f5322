"""What a match shows that a reader must know, one cause at a time: what is missing, other, apart, renamed, relaid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from moeaudit.evidence.model import Depth, Evidence
from moeaudit.evidence.tables import TensorTable, total
from moeaudit.ledger.compare import Comparison
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.own_experts import Layer, in_ranges, told
from moeaudit.ledger.packing.unpacked import Unknown
from moeaudit.ledger.pairs import How, Pair, Wanted, bytes_of, tensors_of
from moeaudit.ledger.settle import Settling, loose, narrow, odd_shapes, other_types
from moeaudit.text import quoted, several, visible
from moeaudit.vocabulary import Component, Part

LONGEST = 120
"""Characters of a foreign name in a message."""

BITS_OF_A_BYTE = 8
"""Parameters that one byte can hold at most."""


def told_of(made: Settling, comparison: Comparison, evidence: Evidence) -> Iterator[Doubt]:
    """Every oddity of a match, each cause once."""
    deeper = None if evidence.headers is not None else Depth.HEADERS
    yield from _experts(made, deeper)
    yield from _missing(made, comparison, evidence, deeper)
    yield from _unexpected(made, comparison, deeper)
    yield from _shapes(comparison, made.storage.stated_in)
    yield from _not_understood(made, deeper)
    yield from _absent(made)
    yield from _renamed(made)
    yield from _relaid(made)
    yield from _repacked(made)
    if evidence.headers is not None and not evidence.synthesised:
        yield from _types(made)


def _experts(made: Settling, deeper: Depth | None) -> Iterator[Doubt]:
    if not made.own.layers or not made.complete:
        return  # of an incomplete copy, what is missing says it
    sentences = "; ".join(told(made.own, router_rows(made.before.pairs)))
    if any(one.held != one.said for one in made.own.layers.values()):
        said = sorted({one.said for one in made.own.layers.values()})
        held = sorted({one.held for one in made.own.layers.values()})
        yield Doubt(
            Cause.EXPERTS_MISSING,
            f"the weights hold other experts than {made.storage.stated_in} says: {sentences}",
            settled_by=deeper,
            claimed=f"{made.storage.stated_in}: {in_ranges(said)} routed experts a layer",
            derived=f"the weights: {in_ranges(held)}",
        )
    else:
        yield Doubt(
            Cause.EXPERTS_RENUMBERED,
            "the experts' numbers are not 0 to the config's count less one: "
            + "; ".join(
                sorted({f"up to {one.strange[-1]} for {one.said} experts" for one in made.own.layers.values()})
            ),
        )


def router_rows(pairs: Iterable[Pair]) -> dict[Layer, int]:
    """How many experts each layer's router scores."""
    rows: dict[Layer, int] = {}
    for pair in pairs:
        wanted = pair.wanted[0]
        shape = pair.seen[0].group.shape
        if wanted.weight.component is not Component.ROUTER or not shape or not wanted.layered or len(shape) != 2:
            continue
        at = 0 if len(wanted.weight.shape) != 2 or wanted.weight.shape[1] == shape[1] else 1
        rows.update(((f"{wanted.place}.{{}}", number), shape[at]) for number in wanted.weight.index[0])
    return rows


def _missing(made: Settling, comparison: Comparison, evidence: Evidence, deeper: Depth | None) -> Iterator[Doubt]:
    missing, shards, config = comparison.missing, evidence.missing_shards, made.storage.stated_in
    if not missing.tensors and not shards:
        return
    are = "shard is" if len(shards) == 1 else "shards are"
    if not missing.tensors:
        yield Doubt(
            Cause.WEIGHTS_MISSING,
            f"{len(shards)} {are} not there, {shown(shards[0])} first; without them nothing lacks that {config} "
            "describes but copies and scales",
            derived="the files are not all there",
        )
        return
    lost = (*made.matching.missing, *(one for pair in made.torn for one in pair.wanted))
    where = "; ".join(layers_of(lost))
    absent = f" ({len(shards)} {are} not there, {shown(shards[0])} first)" if shards else ""
    yield Doubt(
        Cause.WEIGHTS_MISSING,
        f"{several(missing.tensors, 'tensor')} that {config} describes {_are(missing.tensors)} not in the "
        f"weights{absent}: "
        f"{where + ': ' if where else ''}{first_names(missing)}",
        missing.tensors,
        missing.bytes,
        settled_by=deeper,
        claimed=f"{config} describes them",
        derived="no shard holds them",
    )


def layers_of(missing: Iterable[Wanted]) -> list[str]:
    """The layers that lack something, by the stack they are in."""
    stacks: dict[str, set[int]] = {}
    for one in missing:
        if one.layered and one.weight.index:
            stacks.setdefault(one.place, set()).update(one.weight.index[0])
    return [
        f"{'layers' if len(numbers) > 1 else 'layer'} {in_ranges(numbers)} of {shown(place)}"
        for place, numbers in stacks.items()
    ]


def _unexpected(made: Settling, comparison: Comparison, deeper: Depth | None) -> Iterator[Doubt]:
    """Tensors that nothing asks for. By name alone they may hold anything; read, they are counted apart by their
    words."""
    unasked = loose(made)
    if not unasked:
        return
    tensors = sum(tensors_of(one) for one in unasked)
    names = TensorTable(tuple(one.weight for one in unasked))
    yield Doubt(
        Cause.WEIGHTS_UNEXPECTED,
        f"{several(tensors, 'tensor')} in the weights {_are(tensors)} not described by {made.storage.stated_in}: "
        f"{first_names(names)}",
        tensors,
        total(bytes_of(one) for one in unasked),
        settled_by=deeper,
        claimed=f"{made.storage.stated_in} does not describe them",
        derived="the weights hold them",
    )


def _shapes(comparison: Comparison, config: str) -> Iterator[Doubt]:
    for odd in comparison.shapes:
        yield Doubt(
            Cause.WEIGHTS_SHAPES,
            f"{odd.group.tensors:,} × {shown(odd.group.template)} has another shape than {config} gives it",
            odd.group.tensors,
            odd.group.bytes,
            claimed=f"{config}: {list(odd.expected)}",
            derived=f"headers: {list(odd.group.shape or ())}",
        )


def _not_understood(made: Settling, deeper: Depth | None) -> Iterator[Doubt]:
    covered = made.matching.covered
    if covered:
        parameters = sum(one.weight.elements for each in covered for one in each.wanted)
        tensors = sum(each.unknown.tensors for each in covered)
        first = covered[0].unknown.groups[0].template
        recipe = made.storage.recipe
        method = "" if recipe.method == "none" else f" (quant_method {quoted(recipe.method)})"
        yield Doubt(
            Cause.STORAGE_UNKNOWN,
            f"{several(tensors, 'tensor')} ({shown(first)}{' among them' if tensors > 1 else ''}) {_are(tensors)} "
            f"stored in a way that is not understood{method}: "
            f"{several(parameters, 'parameter is', 'parameters are')} counted as "
            f"{made.storage.stated_in} describes them",
            tensors,
            total(each.unknown.bytes for each in covered),
            settled_by=deeper,
        )
    yield from apart(made.matching.unknown, deeper)


def apart(unknown: Iterable[Unknown], deeper: Depth | None = None) -> Iterator[Doubt]:
    """Stored tensors that nothing is known of: not counted, and said."""
    odd = list(unknown)
    if not odd:
        return
    size = total(one.bytes for one in odd)
    tensors = sum(one.tensors for one in odd)
    yield Doubt(
        Cause.PACKING_UNREADABLE,
        f"{several(tensors, 'tensor')}{f' of {size:,} bytes' if size is not None else ''} {_are(tensors)} not "
        f"understood and not counted: "
        f"{first_names(TensorTable(tuple(group for one in odd for group in one.groups)))}",
        tensors,
        size,
        open=BITS_OF_A_BYTE * (size or 0),
        settled_by=deeper,
    )


def _absent(made: Settling) -> Iterator[Doubt]:
    parts: dict[Part, int] = {}
    for one in made.matching.absent:
        parts[one.weight.part] = parts.get(one.weight.part, 0) + one.weight.elements
    if parts:
        listed = ", ".join(f"{part.value} ({several(count, 'parameter')})" for part, count in parts.items())
        yield Doubt(
            Cause.ENCODERS_ABSENT,
            f"{made.storage.stated_in} describes encoders of which the weights hold nothing: {listed}",
            len(made.matching.absent),
            claimed=f"{made.storage.stated_in} describes them",
            derived="a copy of the language model alone",
        )


def _renamed(made: Settling) -> Iterator[Doubt]:
    """The same tensors under another prefix: said once, with one example for each prefix."""
    moved: dict[tuple[str, str], int] = {}
    for pair in made.matching.pairs:
        if How.RENAMED in pair.how:
            change = other_level(pair.wanted[0].weight.name, pair.seen[0].group.template)
            moved[change] = moved.get(change, 0) + sum(tensors_of(one) for one in pair.seen)
    if moved:
        listed = "; ".join(f"{shown(there) or 'no prefix'} for {shown(here) or 'none'}" for here, there in moved)
        yield Doubt(
            Cause.WEIGHTS_RENAMED,
            f"{several(sum(moved.values()), 'tensor is', 'tensors are')} the same under another prefix: {listed}",
            sum(moved.values()),
            claimed=f"{made.storage.stated_in}'s family: {next(iter(moved))[0] or 'no prefix'}",
            derived=f"the weights: {next(iter(moved))[1] or 'no prefix'}",
        )


def other_level(wanted: str, seen: str) -> tuple[str, str]:
    """The prefixes in which two names differ, the shared tail cut off."""
    left, right = wanted.split("."), seen.split(".")
    while left and right and left[-1] == right[-1]:
        left.pop()
        right.pop()
    return "".join(f"{part}." for part in left), "".join(f"{part}." for part in right)


def _relaid(made: Settling) -> Iterator[Doubt]:
    naming = made.matching.naming
    changed: dict[tuple[str, str], int] = {}
    for pair in made.matching.pairs:
        if How.RELAID not in pair.how or naming is None or next(odd_shapes((pair,)), None) is not None:
            continue
        here = {one.weight.name for one in pair.wanted}
        there = {naming.wanted_name(one.group.template) for one in pair.seen}
        if here != there:
            change = (min(here), min(there))
            changed[change] = changed.get(change, 0) + sum(tensors_of(one) for one in pair.seen)
    if changed:
        listed = "; ".join(f"{shown(there)} for {shown(here)}" for here, there in list(changed)[:3])
        more = f"; and {len(changed) - 3} more" if len(changed) > 3 else ""
        yield Doubt(
            Cause.WEIGHTS_RELAID,
            f"{several(sum(changed.values()), 'tensor holds', 'tensors hold')} the same weights in another layout: "
            f"{listed}{more}",
            sum(changed.values()),
        )


def _repacked(made: Settling) -> Iterator[Doubt]:
    """Stored plain where the config says packed, and the other way round."""
    if not made.storage.recipe.known:
        return
    plain = [pair for pair in made.matching.pairs if _packing(pair) == (True, False)]
    packed = [pair for pair in made.matching.pairs if _packing(pair) == (False, True)]
    if plain:
        tensors = sum(tensors_of(one) for pair in plain for one in pair.seen)
        names = TensorTable(tuple(one.weight for pair in plain for one in pair.seen))
        yield Doubt(
            Cause.STORED_UNPACKED,
            f"{several(tensors, 'tensor is', 'tensors are')} stored unpacked although no exception of the "
            f"quantisation config (`ignore`, `modules_to_not_convert`) lists "
            f"{'it' if tensors == 1 else 'them'}: {first_names(names)}",
            tensors,
            names.bytes,
        )
    if packed:
        method, config = made.storage.recipe.method, made.storage.stated_in
        tensors = sum(tensors_of(one) for pair in packed for one in pair.seen)
        names = TensorTable(tuple(one.weight for pair in packed for one in pair.seen))
        them = "it" if tensors == 1 else "them"
        silent = f"{config} does not say so" if method == "none" else f"{quoted(method)} is not known to cover {them}"
        yield Doubt(
            Cause.STORED_PACKED,
            f"{several(tensors, 'tensor is', 'tensors are')} stored packed although {silent}: {first_names(names)}",
            tensors,
            names.bytes,
        )


def _packing(pair: Pair) -> tuple[bool, bool]:
    packed = any(one.title != "plain" or narrow(one.weight.dtype) for one in pair.seen)  # perhaps without its scales
    return any(one.scheme is not None for one in pair.wanted), packed


def _types(made: Settling) -> Iterator[Doubt]:
    """Plain weights in another type than the config says: all of them (a re-save), or a few small ones."""
    config, (other, whole) = made.storage.stated_in, other_types(made)
    for (wanted, dtype), (count, names) in other.items():
        if 2 * count > whole:
            yield Doubt(
                Cause.DTYPE_CONTRADICTS,
                f"{config} says {wanted}, the weights are stored in {dtype}; {dtype} is used",
                claimed=f"torch_dtype = {wanted}",
                derived=f"{count:,} of {whole:,} plain parameters are {dtype}",
                path="torch_dtype",
            )
        else:
            words = sorted({name.removesuffix(".weight").rpartition(".")[2] for name in names})
            listed = ", ".join(shown(word) for word in words[:6]) + (" …" if len(words) > 6 else "")
            yield Doubt(
                Cause.STORED_DTYPE,
                f"{several(count, 'parameter is', 'parameters are')} stored in {dtype} where {config} says "
                f"{wanted}: {listed}",
                claimed=f"{config}: {wanted}",
                derived=f"headers: {dtype}",
            )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def first_names(table: TensorTable, most: int = 3) -> str:
    """A few templates of a table, for a message."""
    templates = list(dict.fromkeys(group.template for group in table.groups))
    listed = "; ".join(shown(template) for template in templates[:most])
    return listed + (f"; and {several(len(templates) - most, 'more template')}" if len(templates) > most else "")


def shown(name: str) -> str:
    """A foreign name, whole where it is one that is seen in the wild."""
    return visible(name, limit=LONGEST)
