"""The config witness's account: weights that a config implies, settled by what was seen, and how each is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from moeaudit.architecture.config import Notice
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Presence, Weight
from moeaudit.evidence.model import Evidence
from moeaudit.evidence.tables import TensorGroup, TensorTable, common, product_boxes
from moeaudit.ledger.layouts import as_seen
from moeaudit.ledger.ledger import placed_weights
from moeaudit.ledger.packing.storage import Storage
from moeaudit.vocabulary import Part

Placed = tuple[Weight, str, bool]
"""A weight, the prefix of the piece it stands in, and whether its first number counts layers."""


@dataclass(frozen=True)
class Account:
    """The config witness: the weights it implies (settled by what was seen) and the tensors they are stored as."""

    placed: tuple[Placed, ...]
    stored: tuple[TensorGroup, ...]
    exact: bool = True  # False where the size of a tensor is not told by the config, and none is seen

    @property
    def bytes(self) -> int:
        return sum(group.bytes or 0 for group in self.stored)


def predict(architecture: Architecture, storage: Storage, seen: TensorTable | None) -> Account:
    """What the config implies. Weights that only some releases store are kept where they are seen, and settled by
    that."""
    placed = tuple(placed_weights(architecture))
    if not storage.recipe.known:
        return Account(placed, ())
    places = by_template(seen.groups) if seen is not None else {}
    if seen is not None:
        modules = any(weight.part is Part.MTP and is_seen(weight, storage, places) for weight, _, _ in placed)
        placed = tuple(
            (replace(shown, presence=Presence.STORED), place, layered)
            for weight, place, layered in placed
            for shown in as_seen(weight, lambda one: is_seen(one, storage, places))
            if is_needed(weight, modules) or is_seen(shown, storage, places)
        )
    kept = [weight for weight, _, _ in placed if weight.presence is Presence.STORED]
    tensors = [tensor for weight in kept for tensor in storage.stored(weight)]
    measured = {tensor.group: sized(tensor.group, places) for tensor in tensors if not tensor.exact}
    stored = tuple(group for tensor in tensors for group in measured.get(tensor.group) or (tensor.group,))
    return Account(placed, stored, exact=all(measured.values()))


def is_needed(weight: Weight, modules: bool) -> bool:
    """Whether weights that were read must hold this one. Re-saves leave prediction modules out whole, or their copies
    of embedding
    and head; `modules`: something of them is there."""
    if weight.part is Part.MTP and (weight.duplicate or not modules):
        return False
    return weight.presence is Presence.STORED


def sized(group: TensorGroup, seen: dict[str, list[TensorGroup]]) -> tuple[TensorGroup, ...]:
    """Tensors whose size the config does not tell, as they are seen; empty where no size is."""
    plain = group.canonical()
    found = tuple(
        replace(plain, index=box, shape=other.shape)
        for other in seen.get(plain.template, ())
        if other.shape is not None and (box := common(plain.index, other.index)) is not None
    )
    if not found or sum(one.tensors for one in found) == plain.tensors:
        return found
    left = set(product(*plain.index)).difference(at for one in found for at in product(*one.index))
    return (*found, *(replace(plain, index=box) for box in product_boxes(sorted(left))))


def settle_dtype(
    architecture: Architecture, storage: Storage, account: Account, evidence: Evidence
) -> tuple[Storage, Account]:
    """Where every name agrees but the bytes do not, another type for all plain weights may explain them to the byte:
    a re-save."""
    assert evidence.index is not None and evidence.config is not None
    if evidence.index.total_size in (None, account.bytes):
        return storage, account
    stated = storage.dtypes.get(Part.LANGUAGE)
    for dtype in ("F32", "BF16"):
        quantization = evidence.quantization.data if evidence.quantization else None
        other = Storage.of(evidence.config.data, quantization, dtype)
        resaved = predict(architecture, other, evidence.index.table)
        if resaved.bytes == evidence.index.total_size:
            notice = Notice(
                "dtype-contradicts",
                f"config.json says {stated}, but total_size is that of {dtype} to the byte; {dtype} is used",
                "torch_dtype",
                (("torch_dtype", stated), ("total_size", evidence.index.total_size)),
            )
            return replace(other, notices=(*other.notices, notice)), resaved
    return storage, account


def by_template(groups: Iterable[TensorGroup]) -> dict[str, list[TensorGroup]]:
    found: dict[str, list[TensorGroup]] = {}
    for group in groups:
        plain = group.canonical()
        found.setdefault(plain.template, []).append(plain)
    return found


def is_seen(weight: Weight, storage: Storage, seen: dict[str, list[TensorGroup]]) -> bool:
    """Whether any tensor that would stand for this weight is there."""
    for tensor in storage.stored(weight):
        group = tensor.group.canonical()
        if any(overlap(group, other) for other in seen.get(group.template, ())):
            return True
    return False


def overlap(left: TensorGroup, right: TensorGroup) -> bool:
    """Whether two boxes of one template share a tensor."""
    return all(not set(a).isdisjoint(b) for a, b in zip(left.index, right.index, strict=True))
