"""What an index settles: names are seen, and the bytes of the whole must account for their shapes, to the byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.model import Depth, Evidence
from moeaudit.evidence.tables import total
from moeaudit.later import dataclass
from moeaudit.ledger.by_headers import Settled
from moeaudit.ledger.compare import Comparison
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.ledger import non_parameters
from moeaudit.ledger.packing.storage import Storage, StoredTensor
from moeaudit.ledger.pairs import Pair
from moeaudit.ledger.settle import Settling
from moeaudit.ledger.small_types import SCALES, SHAPES, Class, explanation, may_be_types, other_changes
from moeaudit.ledger.stored import SettledStorage
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis, Kind, Part

RESAVED = ("F32", "BF16")
"""Types that whole checkpoints are saved in again."""


def by_index(made: Settling, comparison: Comparison, evidence: Evidence) -> Settled:
    """Names are seen; the bytes of the whole must account for their shapes."""
    assert evidence.index is not None
    storage = made.storage
    total_size = None if evidence.missing_shards else evidence.index.total_size  # of all shards together
    alike = comparison.equal and not made.matching.covered and not made.own.layers
    sizes = predicted_sizes(made, storage)
    doubts: tuple[Doubt, ...] = ()
    rest = None if total_size is None or sizes.total is None else total_size - sizes.total
    if rest and alike and (resaved := _resaved(made, total_size)) is not None:
        storage, doubt = resaved
        sizes, rest, doubts = predicted_sizes(made, storage), 0, (doubt,)
    classes: tuple[Class, ...] | None = None
    sure = True
    if rest and alike and (classes := explanation(rest, made.matching.pairs, storage)) is not None:
        other = other_changes(rest, made.matching.pairs, storage)
        rest, sure, doubts = 0, other is None, (*doubts, _small(classes, rest, other, storage.stated_in))
    if rest and alike and abs(rest) <= sum(tensor.bytes for tensor in _scales(made, storage)):
        doubts, rest = (*doubts, _no_more_than(SCALES_DIFFER, rest, abs(rest), storage.stated_in)), None
    elif rest and alike and may_be_types(rest, made.matching.pairs, storage):
        doubts, rest = (*doubts, _no_more_than(TYPES_DIFFER, rest, abs(rest) // 2, storage.stated_in)), None
    elif (rest or rest is None) and not evidence.missing_shards:
        doubts = (*doubts, *_unexplained(made, rest, total_size, sizes.near))
    sure = sure and sizes_fit(evidence)
    basis = Basis.MATCHED if rest == 0 and sure else Basis.PREDICTED
    missing = comparison.missing.bytes if storage.recipe.known else None
    elements = predicted_elements(made, storage)
    return Settled(
        basis,
        None if rest is None or missing is None else rest - missing,
        _typed(storage, classes or ()),
        Count(elements, basis) if elements is not None else None,
        _predicted_kinds(made, storage),
        doubts,
    )


def _scales(made: Settling, storage: Storage) -> Iterator[StoredTensor]:
    """The scales of all packed pairs, as the config's format stores them."""
    packed = (one.weight for pair in made.matching.pairs if not pair.plain for one in pair.wanted)
    return (tensor for weight in packed for tensor in storage.stored(weight) if tensor.kind is Kind.SCALE)


SCALES_DIFFER = "scales of another size would"
"""Grids of scales may be larger than the matrix ÷ the block (slices of a fused matrix are blocked one by one)."""

TYPES_DIFFER = "small tensors in another type would, though no whole class of them does"
"""A writer may keep one tensor in F32 and its like not."""


def _no_more_than(what: str, rest: int, open: int, config: str) -> Doubt:
    """Bytes that may be a matter of storage: an index tells no types, and contradicts nothing by them. `open`: the
    parameters that they would be otherwise."""
    return Doubt(
        Cause.WEIGHTS_BYTES,
        f"the weights' bytes differ from {config}'s by {rest:+,}, no more than {what}",
        open=open,
        settled_by=Depth.HEADERS,
        derived="every tensor by name, at the config's shapes and types",
        path="metadata.total_size",
    )


HEADER_ENTRY, HEADER_REST = 220, 4096
"""Bytes of a safetensors header at most: for a tensor beside its name (type, shape and offsets of 20 digits), and for
the rest of a shard's (metadata, filling)."""


def sizes_fit(evidence: Evidence) -> bool:
    """Whether the shards that the index lists are as large as its tensors and their headers: a file that was cut short,
    or written again without some of them, is not. True where sizes are not known."""
    index, sizes = evidence.index, evidence.shard_sizes
    shards = index.table.shards.files if index is not None and index.table.shards else ()
    if index is None or index.total_size is None or not shards or not set(shards) <= set(sizes):
        return True
    if index.format != "safetensors":
        return True
    names = sum(group.tensors * (len(group.template) + 8 * len(group.index)) for group in index.table.groups)
    room = names + HEADER_ENTRY * index.table.tensors + HEADER_REST * len(shards)
    held = sum(sizes[shard] for shard in shards)
    return index.total_size <= held <= index.total_size + room


def _resaved(made: Settling, total_size: int | None) -> tuple[Storage, Doubt] | None:
    """Another type for all plain weights, where it explains the bytes exactly."""
    stated = made.storage.dtypes.get(Part.LANGUAGE)
    for dtype in RESAVED:
        other = replace(made.storage, dtypes=dict.fromkeys(Part, dtype))
        if predicted_sizes(made, other).total == total_size:
            said = f"{other.stated_in} says {stated}, but total_size is that of {dtype} to the byte; {dtype} is used"
            return other, Doubt(
                Cause.DTYPE_CONTRADICTS,
                said,
                claimed=f"torch_dtype = {stated}",
                derived=f"total_size = {total_size}",
                path="torch_dtype",
            )
    return None


def _small(classes: Iterable[Class], rest: int, other: tuple[str, int] | None, config: str) -> Doubt:
    """Small tensors in another type; `other`: what else the bytes may be, in words and in parameters."""
    also = f"; {other[0]} would explain them too" if other else ""
    listed = "; ".join(f"{one.name} {one.other}" for one in classes)
    return Doubt(
        Cause.STORED_DTYPE,
        f"{rest:+,} bytes against the config's types are explained to the byte by small tensors in another type: "
        f"{listed}{also}",
        open=other[1] if other else 0,
        settled_by=Depth.HEADERS if other else None,
        claimed=f"{config} states one type",
        derived=listed,
    )


def _unexplained(made: Settling, rest: int | None, total_size: int | None, near: int) -> tuple[Doubt, ...]:
    """Bytes that the config's shapes do not account for, and what they may cost in parameters."""
    parameters = sum(one.weight.elements for pair in made.matching.pairs for one in pair.wanted)
    if total_size is None:
        said, open = "the index states no total_size, so nothing confirms the shapes behind its names", parameters
    elif rest is not None:
        said = f"the weights' bytes differ from {made.storage.stated_in}'s by {rest:+,}"
        open = abs(rest) * parameters // near if near else parameters
    else:
        return ()  # what is missing, unexpected or not understood says it
    return (
        Doubt(
            Cause.WEIGHTS_BYTES,
            said,
            open=open,
            settled_by=Depth.HEADERS,
            claimed=f"total_size {total_size:,}" if total_size is not None else "",
            derived="every tensor by name, at the config's shapes and types",
            path="metadata.total_size",
        ),
    )


def _typed(storage: Storage, classes: Iterable[Class]) -> Storage:
    """The storage with these classes in their other type."""
    rates = {
        template: ((None, Fraction(DTYPE_BITS[one.other], 8)),)
        for one in classes
        if one.name not in (SCALES, SHAPES)
        for template in one.templates
    }
    return SettledStorage.over(storage, rates) if rates else storage


def _predicted_kinds(made: Settling, storage: Storage) -> dict[Kind, int]:
    """What of the named tensors are no parameters, at the config's shapes."""
    kinds = non_parameters(one.weight for one in made.matching.tables)
    kinds[Kind.SCALE] = sum(tensor.elements for tensor in _scales(made, storage))
    return kinds


@dataclass(frozen=True)
class Sizes:
    """Bytes of an index's names at the config's shapes. `exact`: False where a size is not told by the config."""

    pairs: tuple[int | None, ...]
    rest: int
    exact: bool
    near: int  # about as many bytes as all of it takes

    @property
    def total(self) -> int | None:
        return total((*self.pairs, self.rest)) if self.exact else None


def predicted_sizes(made: Settling, storage: Storage) -> Sizes:
    """What the named tensors should take."""
    beside = {one.template for pair in made.matching.pairs for seen in pair.seen for one in seen.beside}
    tables = {one.weight.name for one in made.matching.tables}
    alone = [
        one.group
        for one in made.unpacked.non_parameters
        if one.group.template not in beside and one.group.template not in tables
    ]
    rest = sum(tensor.bytes for one in made.matching.tables for tensor in storage.stored(one.weight))
    whole = not (alone or made.matching.covered or made.matching.unknown or made.matching.extra)
    named = [pair for pair in made.matching.pairs if not pair.read]  # the bytes of others are not the index's
    each = tuple(_predicted(pair, storage) for pair in named)
    near = rest + sum(storage.stored_bytes(one.weight) for pair in named for one in pair.wanted)
    return Sizes(each, rest, whole, near)


def _predicted(pair: Pair, storage: Storage) -> int | None:
    """Bytes of one pair's tensors, None where the names are not those of the predicted format."""
    kinds = {1 + len(seen.beside) for seen in pair.seen}
    if pair.plain:
        return sum(one.weight.elements * DTYPE_BITS[storage.dtype(one.weight)] // 8 for one in pair.wanted)
    stored = [list(storage.stored(one.weight)) for one in pair.wanted]
    if any(one.scheme is None for one in pair.wanted) or kinds != {len(tensors) for tensors in stored}:
        return None
    if not all(tensor.exact for tensors in stored for tensor in tensors):
        return None
    return sum(tensor.bytes for tensors in stored for tensor in tensors)


def predicted_elements(made: Settling, storage: Storage) -> int | None:
    """Elements that an index's names stand for, scales included; None where some are not understood."""
    if made.matching.covered or made.matching.unknown or made.matching.extra:
        return None
    elements = sum(tensor.elements for one in made.matching.tables for tensor in storage.stored(one.weight))
    for pair in made.matching.pairs:
        weights = [one.weight for one in pair.wanted]
        elements += sum(one.elements if pair.plain else storage.stored_elements(one) for one in weights)
    return elements
