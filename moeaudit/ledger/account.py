"""The account of one model: what the evidence comes down to, what each count rests on, what is doubted, and the depth
that would settle more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from moeaudit.architecture.model import Architecture
from moeaudit.architecture.unknown import Hints
from moeaudit.architecture.weights import Presence
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.model import Depth, Evidence
from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.beside import adopt, unread
from moeaudit.ledger.by_words import by_words
from moeaudit.ledger.compare import Comparison
from moeaudit.ledger.doubts import Cause, Doubt, by_cause
from moeaudit.ledger.ledger import UNSETTLED, Counted, Ledger, ledger_lines, non_parameters, placed_weights
from moeaudit.ledger.match import Matching
from moeaudit.ledger.oddities import apart, told_of
from moeaudit.ledger.packing.storage import Storage, StoredTensor
from moeaudit.ledger.packing.unpack import unpack
from moeaudit.ledger.packing.unpacked import Unpacked
from moeaudit.ledger.pairs import tensors_of
from moeaudit.ledger.settle import (
    Settling,
    comparison_of,
    config_side,
    counted,
    other_types,
    predicted_elements,
    predicted_sizes,
    settle,
)
from moeaudit.ledger.small_types import SCALES, SHAPES, Class, explanation, other_changes
from moeaudit.ledger.stored import SettledStorage, rates_of
from moeaudit.ledger.values import Count, Value, between
from moeaudit.vocabulary import Basis, Kind, Part

RESAVED = ("F32", "BF16")
"""Types that whole checkpoints are saved in again."""


@dataclass(frozen=True)
class Account:
    """Both sides of one model, settled as far as the evidence goes.

    `ledger`: what the denominators are measured on; `config`, `weights`: the two ledgers, None where there is no such
    side. `architecture`: as the weights have it. `comparison`, `difference` (bytes seen − derived): None where there is
    nothing to compare. `agrees`: None likewise. `doubts`: each cause once, notes among them. `storage`: as settled, for
    whoever plans with bytes. `needs`: the depth that would settle more, None where none would.
    """

    config: Ledger | None
    weights: Ledger | None
    architecture: Architecture | None
    storage: Storage
    comparison: Comparison | None = None
    difference: int | None = None
    agrees: bool | None = None
    doubts: tuple[Doubt, ...] = ()
    needs: Depth | None = None
    tensors: int | None = None  # that the config implies, as stored
    bytes: int | None = None
    by_words: int = 0
    experts_held: frozenset[int] = frozenset()  # routed experts of layers that hold others than the config says

    @property
    def ledger(self) -> Ledger | None:
        return self.weights or self.config


def account_of(evidence: Evidence, architecture: Architecture | None, storage: Storage, hints: Hints) -> Account:
    """The account that this evidence gives; without a ledger where it names no known family and holds no shapes."""
    table = evidence.headers or (evidence.index.table if evidence.index else None)
    if architecture is None:
        weights, doubts = strange(evidence, storage, hints) if evidence.headers is not None else (None, ())
        unnamed = sum(line.elements for line in weights.lines) if weights else 0
        return Account(None, weights, None, storage, doubts=doubts, by_words=unnamed)
    if table is None:
        return from_config(architecture, storage)
    if evidence.headers is None:
        table = without_shards(table, evidence.missing_shards)
    size = evidence.headers.bytes if evidence.headers is not None else evidence.index.total_size  # type: ignore[union-attr]
    adopted = adopt(table, evidence.beside, architecture.weights, size)
    made = settle(architecture, storage, adopted.table, incomplete=bool(evidence.missing_shards))
    side, stored = config_side(made)
    settled = by_headers(made, evidence, adopted.elements) if evidence.headers is not None else by_index(made, evidence)
    comparison = comparison_of(made)
    beside = (*adopted.doubts, *unread(evidence))
    doubts = by_cause((*of_packing(made.unpacked), *told_of(made, comparison, evidence), *settled.doubts, *beside))
    lines = ledger_lines(counted(made, hints, settled.basis))
    weights = Ledger(
        "weights",
        lines,
        settled.others,
        made.architecture.tied,
        settled.elements,
        open=sum(doubt.open for doubt in doubts),
        strange=strange_tensors(made.matching),
    )
    exact = all(tensor.exact for tensor in stored)
    whole = not (made.own.counts or evidence.missing_shards)
    agrees = comparison.equal and not settled.difference and whole
    return Account(
        config=config_ledger(side, stored, architecture.tied),
        weights=weights,
        architecture=made.architecture,
        storage=settled.storage,
        comparison=comparison,
        difference=settled.difference,
        agrees=None if agrees and (made.matching.covered or evidence.synthesised) else agrees,
        doubts=doubts,
        needs=Depth.HEADERS if evidence.headers is None and _in_doubt(settled, doubts) else None,
        tensors=sum(tensor.group.tensors for tensor in stored),
        bytes=sum(tensor.bytes for tensor in stored) if exact else None,
        by_words=sum(line.elements for line in lines if not line.named),
        experts_held=frozenset(one.held for one in made.own.layers.values()),
    )


def without_shards(table: TensorTable, missing: Collection[str]) -> TensorTable:
    """An index's table without the tensors of shards that are not there."""
    if not missing or table.shards is None:
        return table
    return TensorTable.collapse(one._replace(shard=None) for one in table.expand() if one.shard not in missing)


@dataclass(frozen=True)
class Settled:
    """What one witness settles: the basis of what both sides name, bytes seen − derived, and how it is all stored."""

    basis: Basis
    difference: int | None
    storage: Storage
    elements: Value | None
    others: dict[Kind, int] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


def _in_doubt(settled: Settled, doubts: Iterable[Doubt]) -> bool:
    return settled.basis is not Basis.MATCHED or any(doubt.settled_by is Depth.HEADERS for doubt in doubts)


def by_headers(made: Settling, evidence: Evidence, beside: int) -> Settled:
    """Types and shapes are read: nothing is left to guess but what is not understood. `beside`: elements that files
    beside the index hold."""
    assert evidence.headers is not None
    basis = Basis.PREDICTED if evidence.synthesised else Basis.READ
    elements = evidence.headers.elements
    comparison = comparison_of(made)
    unexpected, missing = comparison.unexpected.bytes, comparison.missing.bytes
    difference = unexpected - missing if unexpected is not None and missing is not None else None
    storage = SettledStorage.over(in_its_type(made), rates_of(made.matching))
    return Settled(
        basis,
        difference,
        storage,
        None if elements is None else Count(elements + beside, basis),
        _kinds(made.unpacked),
        index_doubts(evidence),
    )


def in_its_type(made: Settling) -> Storage:
    """The storage in the type that most plain weights were read in."""
    other, whole = other_types(made)
    for (_, dtype), (count, _) in other.items():
        if 2 * count > whole:
            return replace(made.storage, dtypes=dict.fromkeys(Part, dtype))
    return made.storage


def index_doubts(evidence: Evidence) -> tuple[Doubt, ...]:
    """Where the index says another size than the shards that it lists."""
    index, headers = evidence.index, evidence.headers
    if index is None or headers is None or index.total_size in (None, headers.bytes) or evidence.missing_shards:
        return ()
    return (
        Doubt(
            Cause.INDEX_BYTES,
            f"total_size says {index.total_size:,} bytes, the shards' headers list {headers.bytes:,}",
            claimed=f"total_size {index.total_size:,}",
            derived=f"{headers.bytes:,} bytes in {headers.tensors:,} tensors",
            path="metadata.total_size",
        ),
    )


def by_index(made: Settling, evidence: Evidence) -> Settled:
    """Names are seen; the bytes of the whole must account for their shapes."""
    assert evidence.index is not None
    storage = made.storage
    total_size = None if evidence.missing_shards else evidence.index.total_size  # of all shards together
    alike = comparison_of(made).equal and not made.matching.covered and not made.own.layers
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
        rest, sure, doubts = 0, other is None, (*doubts, _small(classes, rest, other))
    if rest and alike and abs(rest) <= _predicted_scales(made, storage):
        doubts, rest = (*doubts, _by_scales(rest)), None
    elif (rest or rest is None) and not evidence.missing_shards:
        doubts = (*doubts, *_unexplained(made, rest, total_size, sizes.near, alike=alike))
    sure = sure and sizes_fit(evidence)
    basis = Basis.MATCHED if rest == 0 and sure else Basis.PREDICTED
    missing = comparison_of(made).missing.bytes if storage.recipe.known else None
    elements = predicted_elements(made, storage)
    return Settled(
        basis,
        None if rest is None or missing is None else rest - missing,
        _typed(storage, classes or ()),
        Count(elements, basis) if elements is not None else None,
        _predicted_kinds(made, storage),
        doubts,
    )


def _predicted_scales(made: Settling, storage: Storage) -> int:
    """Bytes of all scales as the config's format stores them."""
    packed = (pair for pair in made.matching.pairs if any(seen.title != "plain" for seen in pair.seen))
    tensors = (tensor for pair in packed for one in pair.wanted for tensor in storage.stored(one.weight))
    return sum(tensor.bytes for tensor in tensors if tensor.kind is Kind.SCALE)


def _by_scales(rest: int) -> Doubt:
    """Grids of scales may be larger than the matrix ÷ the block (slices of a fused matrix are blocked one by one)."""
    return Doubt(
        Cause.WEIGHTS_BYTES,
        f"the weights' bytes differ from config.json's by {rest:+,}, no more than scales of another size would",
        open=abs(rest),
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
            said = f"config.json says {stated}, but total_size is that of {dtype} to the byte; {dtype} is used"
            return other, Doubt(
                Cause.DTYPE_CONTRADICTS,
                said,
                claimed=f"torch_dtype = {stated}",
                derived=f"total_size = {total_size}",
                path="torch_dtype",
            )
    return None


def _small(classes: Iterable[Class], rest: int, other: tuple[str, int] | None) -> Doubt:
    """Small tensors in another type; `other`: what else the bytes may be, in words and in parameters."""
    also = f"; {other[0]} would explain them too" if other else ""
    listed = "; ".join(f"{one.name} {one.other}" for one in classes)
    return Doubt(
        Cause.STORED_DTYPE,
        f"{rest:+,} bytes against the config's types are explained to the byte by small tensors in another type: "
        f"{listed}{also}",
        open=other[1] if other else 0,
        settled_by=Depth.HEADERS if other else None,
        claimed="config.json states one type",
        derived=listed,
    )


def _unexplained(
    made: Settling, rest: int | None, total_size: int | None, near: int, *, alike: bool
) -> tuple[Doubt, ...]:
    """Bytes that the config's shapes do not account for, and what they may cost in parameters."""
    parameters = sum(one.weight.elements for pair in made.matching.pairs for one in pair.wanted)
    if total_size is None:
        said, open = "the index states no total_size, so nothing confirms the shapes behind its names", parameters
    elif rest is not None:
        said = f"the weights' bytes differ from config.json's by {rest:+,}"
        open = abs(rest) * parameters // near if near else parameters
    elif alike and abs(total_size - near) * 1000 <= near:
        return ()  # sizes that vary from release to release; the rest is right to a thousandth
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
    from fractions import Fraction

    rates = {
        template: ((None, Fraction(DTYPE_BITS[one.other], 8)),)
        for one in classes
        if one.name not in (SCALES, SHAPES)
        for template in one.templates
    }
    return SettledStorage.over(storage, rates) if rates else storage


def strange_tensors(matching: Matching) -> int:
    """Stored tensors that nothing asks for and that are not counted by their words."""
    unread = sum(tensors_of(one) for one in matching.extra if one.group.shape is None)
    return unread + sum(odd.tensors for odd in matching.unknown)


def of_packing(unpacked: Unpacked) -> Iterator[Doubt]:
    """What undoing the packing left in doubt; what it left apart is told by what it stands for."""
    return (doubt for doubt in unpacked.doubts if doubt.cause is not Cause.PACKING_UNREADABLE)


def _kinds(unpacked: Unpacked) -> dict[Kind, int]:
    kinds: dict[Kind, int] = {}
    for one in unpacked.non_parameters:
        kinds[one.kind] = kinds.get(one.kind, 0) + (one.group.elements or 0)
    return kinds


def _predicted_kinds(made: Settling, storage: Storage) -> dict[Kind, int]:
    """What of the named tensors are no parameters, at the config's shapes."""
    kinds = non_parameters(one.weight for one in made.matching.tables)
    packed = (pair for pair in made.matching.pairs if any(seen.title != "plain" for seen in pair.seen))
    tensors = (tensor for pair in packed for one in pair.wanted for tensor in storage.stored(one.weight))
    kinds[Kind.SCALE] = sum(tensor.elements for tensor in tensors if tensor.kind is Kind.SCALE)
    return kinds


def config_ledger(side: Iterable[Counted], stored: Iterable[StoredTensor], tied: bool) -> Ledger:
    """The config's ledger, its presence settled by what is stored."""
    whole = tuple(side)
    others = non_parameters(one.weight for one in whole)
    tensors = tuple(stored)
    others[Kind.SCALE] = sum(tensor.elements for tensor in tensors if tensor.kind is Kind.SCALE)
    return Ledger(
        "config", ledger_lines(whole), others, tied, Count(sum(one.elements for one in tensors), Basis.PREDICTED)
    )


def from_config(architecture: Architecture, storage: Storage) -> Account:
    """The config alone: what is optional stays a range."""
    placed = tuple(Counted(*one) for one in placed_weights(architecture))
    others = non_parameters(one.weight for one in placed)
    if not storage.recipe.known:
        return Account(Ledger("config", ledger_lines(placed), others, architecture.tied), None, architecture, storage)
    kept = [one.weight for one in placed if one.weight.presence is Presence.STORED]
    tensors = [tensor for weight in kept for tensor in storage.stored(weight)]
    low = sum(tensor.elements for tensor in tensors)
    maybe = sum(storage.stored_elements(one.weight) for one in placed if one.weight.presence is Presence.OPTIONAL)
    others[Kind.SCALE] = sum(tensor.elements for tensor in tensors if tensor.kind is Kind.SCALE)
    elements = between(low, low, low + maybe, UNSETTLED, Basis.PREDICTED)
    return Account(
        Ledger("config", ledger_lines(placed), others, architecture.tied, elements),
        None,
        architecture,
        storage,
        tensors=sum(tensor.group.tensors for tensor in tensors),
        bytes=sum(tensor.bytes for tensor in tensors),
    )


def strange(evidence: Evidence, storage: Storage, hints: Hints) -> tuple[Ledger, tuple[Doubt, ...]]:
    """The ledger of a family that nobody knows: types and shapes are read, roles are words."""
    table: TensorTable = evidence.headers  # type: ignore[assignment]  # the caller saw them
    unpacked = unpack(table, storage.recipe)
    doubts = by_cause((*of_packing(unpacked), *apart(unpacked.unknown), *index_doubts(evidence)))
    size = sum(odd.bytes or 0 for odd in unpacked.unknown)
    uncounted = ""
    if 1000 * size > (table.bytes or 0):
        tensors = sum(odd.tensors for odd in unpacked.unknown)
        uncounted = (
            f"{tensors:,} tensors of {size:,} bytes are stored in a way that is not understood, and no known family "
            "says what they are"
        )
    tied = (evidence.config.data if evidence.config else {}).get("tie_word_embeddings") is True
    lines = ledger_lines(by_words(unpacked.logical, hints))
    elements = None if table.elements is None else Count(table.elements)
    ledger = Ledger(
        "weights",
        lines,
        _kinds(unpacked),
        tied,
        elements,
        open=sum(doubt.open for doubt in doubts),
        strange=sum(odd.tensors for odd in unpacked.unknown),
        uncounted=uncounted,
    )
    return ledger, doubts
