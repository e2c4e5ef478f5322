"""Small tensors in another type: routers, norms, biases, decay tables and scales are often kept in F32 (or BF16) beside
weights of the model's own type, and no field of the config says which.

Where every name of an index is the config's and only the bytes are not, a few classes of such tensors explain the rest
to the byte, or none does. Counts never depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from math import prod

from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.later import dataclass
from moeaudit.ledger.packing.storage import Storage
from moeaudit.ledger.pairs import Pair, Wanted
from moeaudit.limits import CLASSES
from moeaudit.vocabulary import Component, Kind

OTHER = {"BF16": "F32", "F16": "F32", "F32": "BF16", "I64": "I32"}
"""The type that a small tensor may have instead."""

SCALES, SHAPES = "scales", "stored shapes"


@dataclass(frozen=True)
class Class:
    """Tensors that a writer keeps in one type. `extra`: bytes more (or fewer) in the other type."""

    name: str
    templates: frozenset[str]
    dtype: str
    other: str
    extra: int


def explanation(rest: int, pairs: Iterable[Pair], storage: Storage) -> tuple[Class, ...] | None:
    """The fewest classes whose other type accounts for `rest` bytes exactly; None where none do."""
    found = sorted(classes(pairs, storage), key=lambda one: one.name)[:CLASSES]
    for many in range(1, len(found) + 1):
        for chosen in combinations(found, many):
            if sum(one.extra for one in chosen) == rest:
                return chosen
    return None


def may_be_types(rest: int, pairs: Iterable[Pair], storage: Storage) -> bool:
    """Whether some small tensors in their other type could make up `rest` bytes: it goes their way, is no more than all
    of them together, of whole elements, and nothing larger explains it. A head is one tensor and no small one."""
    pairs = list(pairs)
    small = [one for one in classes(pairs, storage) if one.name != Component.HEAD.value]
    extras = [one.extra for one in small if one.extra * rest > 0]
    return rest % 2 == 0 and abs(rest) <= abs(sum(extras)) and other_changes(rest, pairs, storage) is None


def other_changes(rest: int, pairs: Iterable[Pair], storage: Storage) -> tuple[str, int] | None:
    """What else would account for these bytes: rows of the vocabulary, or whole experts. In words, and the parameters
    that it would mean; None where nothing else does."""
    vocabulary = experts = 0
    for pair in pairs:
        for want in pair.wanted:
            weight = want.weight
            if weight.component in (Component.EMBEDDING, Component.HEAD) and len(weight.shape) == 2:
                vocabulary += storage.stored_bytes(weight) // weight.shape[0] * (not weight.duplicate)
            elif weight.component is Component.ROUTED_EXPERTS and not experts:
                experts = storage.stored_bytes(weight) // weight.tensors
                experts //= weight.shape[0] if len(weight.shape) == 3 else 1
    for unit, words in ((vocabulary, "rows of the vocabulary"), (experts, "matrices of experts")):
        if unit and rest % unit == 0:
            return f"{rest // unit:+,} {words}", abs(rest) // 2
    return None


def classes(pairs: Iterable[Pair], storage: Storage) -> Iterator[Class]:
    """The classes of small tensors among weights that both sides name alike."""
    sums: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for pair in pairs:
        for want in pair.wanted:
            for tensor in storage.stored(want.weight):
                dtype = tensor.group.dtype or ""
                name = _class(want, tensor.kind, dtype)
                if name is not None and dtype in OTHER:
                    bits = DTYPE_BITS[OTHER[dtype]] - DTYPE_BITS[dtype]
                    extra = tensor.group.tensors * (prod(tensor.group.shape or ()) * bits // 8)
                    before, templates = sums.get((name, dtype), (0, set()))
                    sums[name, dtype] = (before + extra, templates | {want.weight.name})
    for (name, dtype), (extra, templates) in sums.items():
        if extra:
            yield Class(name, frozenset(templates), dtype, OTHER[dtype], extra)


def _class(want: Wanted, kind: Kind, dtype: str) -> str | None:
    """What a writer keeps in one type; None for a weight that is no small one."""
    weight = want.weight
    if kind is Kind.SCALE:
        return SHAPES if dtype == "I64" else SCALES
    if want.scheme is not None or dtype == "I64":
        return None
    word = weight.name.removesuffix(".weight").removesuffix(".bias").rpartition(".")[2]
    if weight.component in (Component.ROUTER, Component.ROUTER_BIAS, Component.HEAD):
        return weight.component.value.replace("_", " ")
    if "norm" in word:
        return {Component.INDEXER: "indexer norms", Component.MIXER: "mixer norms"}.get(weight.component, "norms")
    if "conv" in word:
        return "convolutions" if len(weight.shape) > 1 else "convolutions' biases"
    if len(weight.shape) == 1:
        return "biases" if weight.name.endswith("bias") and "dt_" not in weight.name else word
    if not weight.linear and weight.component not in (Component.EMBEDDING, Component.ROUTED_EXPERTS, Component.TABLES):
        return word
    return None
