"""The account of one model: what the evidence comes down to, what each count rests on, what is doubted, and the depth
that would settle more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from moeaudit.architecture.model import Architecture
from moeaudit.architecture.unknown import Hints
from moeaudit.architecture.weights import Presence
from moeaudit.evidence.model import Depth, Evidence, Index
from moeaudit.evidence.shard_sets import in_words
from moeaudit.evidence.tables import TensorTable
from moeaudit.later import dataclass
from moeaudit.ledger.beside import adopt, unread
from moeaudit.ledger.by_headers import Settled, by_headers, index_doubts, kinds_of
from moeaudit.ledger.by_index import by_index
from moeaudit.ledger.by_words import by_words
from moeaudit.ledger.compare import Comparison
from moeaudit.ledger.doubts import Cause, Doubt, by_cause
from moeaudit.ledger.ledger import (
    UNSETTLED,
    Counted,
    Ledger,
    config_ledger,
    ledger_lines,
    non_parameters,
)
from moeaudit.ledger.match import Matching
from moeaudit.ledger.oddities import apart, told_of
from moeaudit.ledger.packing.storage import Storage, StoredTensor
from moeaudit.ledger.packing.unpack import unpack
from moeaudit.ledger.packing.unpacked import Unpacked
from moeaudit.ledger.pairs import tensors_of
from moeaudit.ledger.settle import (
    comparison_of,
    config_side,
    counted,
    settle,
)
from moeaudit.ledger.values import Count, between
from moeaudit.text import several
from moeaudit.vocabulary import Basis, Kind


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
    if architecture is None and evidence.headers is None and evidence.index is not None and evidence.config is None:
        return Account(None, names_alone(evidence.index), None, storage)
    if architecture is None:
        weights, doubts = strange(evidence, storage, hints) if evidence.headers is not None else (None, ())
        unnamed = sum(line.elements for line in weights.lines) if weights else 0
        return Account(None, weights, None, storage, doubts=doubts, by_words=unnamed)
    if table is None:
        return from_config(architecture, storage)
    if evidence.headers is None:
        table = without_shards(table, evidence.missing_shards)
    size = evidence.headers.bytes if evidence.headers is not None else evidence.index.total_size  # type: ignore[union-attr]
    adopted = adopt(table, evidence.beside, architecture.weights, size, evidence.describing)
    made = settle(architecture, storage, adopted.table, incomplete=bool(evidence.missing_shards))
    side, stored = config_side(made)
    comparison = comparison_of(made)
    if evidence.headers is not None:
        settled = by_headers(made, comparison, evidence, adopted.elements)
    else:
        settled = by_index(made, comparison, evidence)
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
        config=seen_config(side, stored, architecture.tied),
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


def _in_doubt(settled: Settled, doubts: Iterable[Doubt]) -> bool:
    return settled.basis is not Basis.MATCHED or any(doubt.settled_by is Depth.HEADERS for doubt in doubts)


def strange_tensors(matching: Matching) -> int:
    """Stored tensors that nothing asks for and that are not counted by their words."""
    unread = sum(tensors_of(one) for one in matching.extra if one.group.shape is None)
    return unread + sum(odd.tensors for odd in matching.unknown)


def of_packing(unpacked: Unpacked) -> Iterator[Doubt]:
    """What undoing the packing left in doubt; what it left apart is told by what it stands for."""
    return (doubt for doubt in unpacked.doubts if doubt.cause is not Cause.PACKING_UNREADABLE)


def seen_config(side: Iterable[Counted], stored: Iterable[StoredTensor], tied: bool) -> Ledger:
    """The config's ledger, its presence settled by what is stored."""
    whole = tuple(side)
    others = non_parameters(one.weight for one in whole)
    tensors = tuple(stored)
    others[Kind.SCALE] = _scale_elements(tensors)
    return Ledger(
        "config", ledger_lines(whole), others, tied, Count(sum(one.elements for one in tensors), Basis.PREDICTED)
    )


def _scale_elements(tensors: Iterable[StoredTensor]) -> int:
    return sum(tensor.elements for tensor in tensors if tensor.kind is Kind.SCALE)


def from_config(architecture: Architecture, storage: Storage) -> Account:
    """The config alone: what is optional stays a range."""
    ledger = config_ledger(architecture)
    if not storage.recipe.known:
        return Account(ledger, None, architecture, storage)
    kept = [weight for weight in architecture.weights if weight.presence is Presence.STORED]
    optional = [weight for weight in architecture.weights if weight.presence is Presence.OPTIONAL]
    tensors = [tensor for weight in kept for tensor in storage.stored(weight)]
    low = sum(tensor.elements for tensor in tensors)
    maybe = sum(map(storage.stored_elements, optional))
    elements = between(low, low, low + maybe, UNSETTLED, Basis.PREDICTED)
    others = {**ledger.non_parameters, Kind.SCALE: _scale_elements(tensors)}
    return Account(
        replace(ledger, non_parameters=others, stored_elements=elements),
        None,
        architecture,
        storage,
        tensors=sum(tensor.group.tensors for tensor in tensors),
        bytes=sum(tensor.bytes for tensor in tensors),
    )


def names_alone(index: Index) -> Ledger:
    """The ledger of an index that nothing describes: it says names and bytes, no shape, so nothing is counted."""
    why = f"{index.file} names {several(index.table.tensors, 'tensor')} and no shapes"
    if index.format == "pytorch":
        why += "; pickled weights are never opened"
    return Ledger("weights", (), strange=index.table.tensors, uncounted=why)


def strange(evidence: Evidence, storage: Storage, hints: Hints) -> tuple[Ledger, tuple[Doubt, ...]]:
    """The ledger of a family that nobody knows: types and shapes are read, roles are words."""
    table: TensorTable = evidence.headers  # type: ignore[assignment]  # the caller saw them
    unpacked = unpack(table, storage.recipe)
    gone = not_here(evidence)
    doubts = by_cause((*of_packing(unpacked), *apart(unpacked.unknown), *index_doubts(evidence), *gone))
    size = sum(odd.bytes or 0 for odd in unpacked.unknown)
    uncounted = "; ".join(doubt.message for doubt in gone)
    if 1000 * size > (table.bytes or 0):
        tensors = sum(odd.tensors for odd in unpacked.unknown)
        uncounted = (
            f"{several(tensors, 'tensor')} of {size:,} bytes {'is' if tensors == 1 else 'are'} stored in a way that "
            f"is not "
            f"understood, and no known family says what {'it is' if tensors == 1 else 'they are'}"
        )
    tied = (evidence.config.data if evidence.config else {}).get("tie_word_embeddings") is True
    lines = ledger_lines(by_words(unpacked.logical, hints))
    elements = None if table.elements is None else Count(table.elements)
    ledger = Ledger(
        "weights",
        lines,
        kinds_of(unpacked),
        tied,
        elements,
        open=sum(doubt.open for doubt in doubts),
        strange=sum(odd.tensors for odd in unpacked.unknown),
        uncounted=uncounted,
    )
    return ledger, doubts


def not_here(evidence: Evidence) -> tuple[Doubt, ...]:
    """Shards that are not at hand, of weights that nothing else describes: what they hold is not known."""
    shards = evidence.missing_shards
    if not shards:
        return ()
    return (
        Doubt(
            Cause.WEIGHTS_MISSING,
            f"without {in_words(shards)}, which nothing else describes, no whole is known",
            claimed=f"{len(shards)} more {'files' if len(shards) > 1 else 'file'} by the names of the others",
            derived="not at hand",
        ),
    )
