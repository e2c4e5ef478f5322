"""The account of a GGUF file: types and shapes are read, roles are llama.cpp's names, and the experts that one token
uses are a key of the file. Without any config this settles every count that a file of that kind can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import comb

from moeaudit.architecture.gguf_keys import GgufKeys
from moeaudit.architecture.gguf_names import Role, linear_attention_layers, role_of, stem_of
from moeaudit.architecture.unknown import Per
from moeaudit.architecture.weights import WHOLE, Share, Weight
from moeaudit.evidence.indices import indices
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.later import dataclass
from moeaudit.ledger.by_words import any_share
from moeaudit.ledger.ledger import Counted, Ledger, ledger_lines
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis, Component, Kind, Part

BLOCKS = "blk"

PREDICTS = "nextn."
"""What stands in the names of a prediction module's own tensors, in every architecture that has one."""

MOST_IN_CHUNKS = 10_000
"""Experts of a layer whose choices are counted one by one."""


@dataclass(frozen=True)
class Read:
    """Equal tensors of a GGUF file with what they are: `group` as stored, `layered` where its first number is a
    layer's, `chunked` where groups of experts share it."""

    group: TensorGroup
    weight: Weight
    layered: bool
    chunked: bool = False


def read_weights(table: TensorTable, keys: GgufKeys) -> tuple[Read, ...]:
    """Every tensor of a file, in its role."""
    groups = [group for group in table.groups if group.tensors]
    linear = linear_attention_layers((one.template, one.index[0]) for one in groups if _layered(one))
    predicts = any(PREDICTS in one.template for one in groups)
    twice = _stored_twice(groups)
    found = []
    for group in groups:
        for part, layers in _split(group, keys if predicts else None, linear):
            role = role_of(group.template, keys.architecture, linear_attention=layers.linear)
            role = replace(role, part=Part.MTP if layers.prediction else role.part)
            for some, share in _shares(part, role, keys):
                weight = _weight(some, role, share)
                if group.template in twice:
                    weight = replace(weight, duplicate=True, note="kept beside the whole")
                found.append(Read(some, weight, _layered(group), role.chunked))
    return tuple(found)


def gguf_ledger(read: Iterable[Read], table: TensorTable, *, tied: bool) -> Ledger:
    """The ledger of the weights. What has no known role is counted, unnamed."""
    whole = tuple(read)
    others: dict[Kind, int] = {}
    for one in whole:
        if one.weight.kind is not Kind.PARAMETER:
            others[one.weight.kind] = others.get(one.weight.kind, 0) + one.weight.elements
    counted = (
        Counted(
            one.weight,
            BLOCKS if one.layered else one.weight.name.rpartition(".")[0],
            one.layered,
            Basis.READ,
            named=one.weight.component is not Component.UNCLASSIFIED,
        )
        for one in whole
    )
    return Ledger("weights", ledger_lines(counted), others, tied, Count(table.elements or 0, Basis.READ))


def is_tied(table: TensorTable) -> bool:
    """Without an output matrix llama.cpp takes the input table in its place."""
    stored = {group.template for group in table.groups}
    return "token_embd.weight" in stored and "output.weight" not in stored


@dataclass(frozen=True)
class _Layers:
    """What kind of layers some tensors are in."""

    prediction: bool = False
    linear: bool = False


def _layered(group: TensorGroup) -> bool:
    return group.template.startswith(f"{BLOCKS}.{{}}.")


def _split(group: TensorGroup, keys: GgufKeys | None, linear: frozenset[int]) -> Iterator[tuple[TensorGroup, _Layers]]:
    """The group by the kind of its layers: prediction modules are the last of the blocks, as `keys` count them; None
    where no tensor is a prediction module's own, whatever a key says."""
    if not _layered(group):
        yield group, _Layers()
        return
    blocks, modules = (keys.blocks, keys.prediction) if keys is not None else (None, 0)
    first = blocks - modules if blocks is not None and 0 < modules < blocks else None
    kinds: dict[_Layers, list[int]] = {}
    for number in group.index[0]:
        predicts = PREDICTS in group.template or (first is not None and number >= first)
        kinds.setdefault(_Layers(predicts, number in linear), []).append(number)
    for kind, numbers in kinds.items():
        yield _of_layers(group, numbers), kind


def _of_layers(group: TensorGroup, numbers: Sequence[int]) -> TensorGroup:
    return replace(group, index=(indices(numbers), *group.index[1:]))


def _stored_twice(groups: Iterable[TensorGroup]) -> frozenset[str]:
    """Halves of latent attention's second projection that lie beside the whole: early converters wrote both."""
    stored = {group.template for group in groups}
    halves = (f"{BLOCKS}.{{}}.attn_k_b.weight", f"{BLOCKS}.{{}}.attn_v_b.weight")
    return frozenset(halves) if f"{BLOCKS}.{{}}.attn_kv_b.weight" in stored else frozenset()


def _shares(group: TensorGroup, role: Role, keys: GgufKeys) -> Iterator[tuple[TensorGroup, Share]]:
    """The group by the part of it that one token uses, which keys may give layer by layer."""
    if not role.expert or role.kind is not Kind.PARAMETER:
        yield group, WHOLE
        return
    experts = experts_of(group)
    if not _layered(group):
        yield group, any_share(experts, "no layer is named that a key could speak of")
        return
    flat = len(group.shape or ()) < 3 and len(group.index) < 2 and group.template.endswith(".weight")
    alike: dict[Share, list[int]] = {}
    for number in group.index[0]:
        if role.chunked:
            share = _chunks(experts, number, keys)
        elif flat:
            share = any_share(experts, "experts are stored as one matrix, and nothing says where each begins")
        else:
            share = _share(experts, at(keys.selected, number), keys)
        alike.setdefault(share, []).append(number)
    for share, numbers in alike.items():
        yield _of_layers(group, numbers), share


def experts_of(group: TensorGroup) -> int:
    """Experts of one layer: the stack's first size, or as many as are numbered."""
    numbered = len(group.index) > 1 and not stem_of(group.template).endswith("exps")
    return len(group.index[1]) if numbered else (group.shape or (1,))[0]


def _share(experts: int, selected: int | None, keys: GgufKeys) -> Share:
    key = f"{keys.architecture}.expert_used_count"
    if selected is None:
        given = "no key" if keys.selected is None else "no entry of"
        return any_share(experts, f"{given} {key} says how many experts a token uses")
    if not selected:
        return any_share(experts, f"{key} is 0, and there are {experts} experts")
    if selected > experts:
        return any_share(experts, f"{key} is {selected}, and there are {experts} experts")
    return Share.of(selected, experts)


def _chunks(chunks: int, layer: int, keys: GgufKeys) -> Share:
    """Experts in groups, each of which shares one chunk: a token uses the chunks of its experts, some of them once for
    several. Between is the mean where every choice of experts is as likely."""
    experts, selected, each = at(keys.experts, layer), at(keys.selected, layer), keys.size("experts_per_group")
    if not (experts and selected and each) or chunks * each != experts or not selected <= experts <= MOST_IN_CHUNKS:
        return any_share(chunks, "no key says how many experts share a chunk")
    untouched = Fraction(comb(experts - each, selected), comb(experts, selected))
    low, high = Fraction(-(-selected // each), chunks), Fraction(min(selected, chunks), chunks)
    return Share(low, 1 - untouched, high, f"{each} experts share a chunk, which a token uses once for all of them")


def at(value: Per | None, layer: int) -> int | None:
    """The number for one layer."""
    if isinstance(value, tuple):
        return value[layer] if 0 <= layer < len(value) else None
    return value


def _weight(group: TensorGroup, role: Role, share: Share) -> Weight:
    shape = group.shape or ()
    return Weight(
        group.template,
        shape,
        role.component,
        index=group.index,
        part=role.part,
        kind=role.kind,
        linear=role.linear and len(shape) >= 2,
        share=share,
        duplicate=role.duplicate,
        dtype=group.dtype,
    )
