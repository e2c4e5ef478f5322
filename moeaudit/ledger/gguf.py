"""From the evidence of GGUF files to an inspection: the weights are the witness, the file's keys say the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from moeaudit.architecture.gguf_keys import GgufKeys, Origin
from moeaudit.architecture.summary import Summary, one_or_all
from moeaudit.architecture.traces import speaks_of_experts
from moeaudit.errors import NothingToAudit, Place
from moeaudit.evidence.model import Evidence, JsonFile
from moeaudit.later import dataclass
from moeaudit.ledger.account import Account
from moeaudit.ledger.by_gguf import PREDICTS, Read, at, experts_of, gguf_ledger, is_tied, read_weights
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.doubts import Cause, Doubt, by_cause
from moeaudit.ledger.gguf_storage import GgufStorage, Stored, in_words, stored_by_component, together
from moeaudit.ledger.inspection import Agreement, Inspection, Witness
from moeaudit.ledger.ledger import Ledger
from moeaudit.ledger.lost_experts import left_behind
from moeaudit.text import quoted, several
from moeaudit.vocabulary import Component, Part

WIDTHS = (
    ("embedding_length", "token_embd.weight", -1),
    ("expert_feed_forward_length", ".ffn_up_exps.weight", -2),
)
"""Keys that give a size: the tensor that has it, and at which place of its shape (slowest first)."""


@dataclass(frozen=True)
class Converted:
    """What a GGUF file says beside its counts. `name`: general.name; `mix`: the quantisation mix, by its maker's word;
    `stored`: parameters and bytes by component; `imatrix`: what quantised it by importance, as its keys have it;
    `origins`: the models it says it was made from."""

    architecture: str
    name: str
    mix: str
    stored: Mapping[Component, Stored]
    imatrix: Mapping[str, Any]
    origins: tuple[Origin, ...]

    @property
    def whole(self) -> Stored:
        return together(self.stored)


def inspect_gguf(evidence: Evidence, document: JsonFile) -> Inspection:
    """All that a model's GGUF files say. `document`: the keys of the first."""
    table = evidence.headers
    if table is None:
        raise NothingToAudit(
            "the keys of a GGUF file count no tensors", place=Place(document.file), hint="Read it with --depth headers."
        )
    if not table.tensors:
        raise NothingToAudit(
            "the GGUF file holds keys and no tensor, as one that keeps a vocabulary alone",
            place=Place(document.file),
            hint="Give the model's own file.",
        )
    keys = GgufKeys.of(document)
    read = read_weights(table, keys)
    tied = is_tied(table)
    ledger = gguf_ledger(read, table, tied=tied)
    ledger = replace(ledger, unsettled=left_behind(ledger, *told_by(keys)))
    stored = stored_by_component(read)
    words = f"{keys.mix}: {in_words(together(stored))}" if keys.mix else in_words(together(stored))
    storage = GgufStorage(read=read, words=words)
    unnamed = sum(line.elements for line in ledger.lines if not line.named)
    account = Account(None, ledger, None, storage, doubts=by_cause(doubts(read, keys)), by_words=unnamed)
    nothing = Witness(available=False)
    return Inspection(
        evidence=evidence,
        ledger=ledger,
        denominators=measure_all(ledger),
        agreement=Agreement("single-witness"),
        witnesses={
            "config": nothing,
            "index": nothing,
            "headers": Witness(True, ledger.total(), table.tensors, table.bytes),
        },
        summary=summary_of(read, ledger, keys),
        precision=words,
        weights_ledger=ledger,
        by_words=unnamed,
        account=account,
        converted=Converted(keys.architecture, keys.text("general.name"), keys.mix, stored, keys.imatrix, keys.origins),
    )


def told_by(keys: GgufKeys) -> Iterator[str]:
    """What keys say of experts: of a file whose tensors hold none."""
    counts = {"expert_count": keys.experts, "expert_used_count": keys.selected}
    yield from (f"{keys.architecture}.{key} says {value}" for key, value in counts.items() if value)
    name = next((name for name in (keys.architecture, keys.text("general.name")) if speaks_of_experts(name)), None)
    if name is not None and keys.experts is None:
        yield f"{quoted(name)} speaks of them"


def summary_of(read: tuple[Read, ...], ledger: Ledger, keys: GgufKeys) -> Summary | None:
    """The architecture's facts, as far as tensors and keys say them; None of a file without a language model."""
    layers = [set(roles) for roles in ledger.layers().values()]
    if not layers:
        return None
    sparse = [one for one in read if one.weight.component is Component.ROUTED_EXPERTS and one.layered]
    shared = any(one.weight.component is Component.SHARED_EXPERTS for one in read)
    moe = [number for one in sparse if one.weight.part is Part.LANGUAGE for number in one.weight.index[0]]
    predicted = {
        number for one in read if one.weight.part is Part.MTP and one.layered for number in one.weight.index[0]
    }
    return Summary(
        family="GGUF",
        model_type=keys.architecture,
        layers=len(layers),
        moe_layers=sum(Component.ROUTED_EXPERTS in roles for roles in layers),
        dense_layers=sum(Component.DENSE_FFN in roles and Component.ROUTED_EXPERTS not in roles for roles in layers),
        routed_experts=one_or_all(experts_of(one.group) for one in sparse if not one.chunked),
        experts_per_token=_selected(sparse, keys),
        shared_experts=one_or_all(at(keys.shared, number) or 1 for number in moe) if shared else 0,
        attention="",
        context_length=keys.context,
        tied_embeddings=ledger.tied,
        mtp_modules=len(predicted),
        routing="",
        executed_layers=len(layers),
    )


def _selected(sparse: Iterable[Read], keys: GgufKeys) -> int | tuple[int, ...]:
    """Experts that a token uses, layer by layer; none where no layer's entry is a number that its experts allow."""
    held = [(number, experts_of(one.group)) for one in sparse if not one.chunked for number in one.weight.index[0]]
    said = [count for number, experts in held if 0 < (count := at(keys.selected, number) or 0) <= experts]
    return one_or_all(said) if said or not held else ()


def doubts(read: tuple[Read, ...], keys: GgufKeys) -> Iterator[Doubt]:
    """Where the keys say something else than the tensors."""
    layered = {number for one in read if one.layered for number in one.weight.index[0]}
    blocks = keys.blocks
    if blocks is not None and layered:
        lacking = set(range(min(blocks - keys.prediction, 10_000))) - layered
        beyond = [number for number in layered if number >= blocks]
        if lacking:
            yield Doubt(
                Cause.WEIGHTS_MISSING,
                f"block_count is {blocks:,}, and {len(lacking):,} of these layers hold no tensor, first {min(lacking)}",
                claimed=f"{blocks:,} blocks",
                derived=f"{len(layered):,} blocks",
                path=f"{keys.architecture}.block_count",
            )
        if beyond:
            yield Doubt(
                Cause.WEIGHTS_UNEXPECTED,
                f"block_count is {blocks:,}, and there are tensors of layer {max(beyond):,}",
                tensors=sum(one.group.tensors for one in read if one.layered and max(one.weight.index[0]) >= blocks),
                claimed=f"{blocks:,} blocks",
                derived=f"{len(layered):,} blocks",
                path=f"{keys.architecture}.block_count",
            )
    yield from _prediction_doubts(read, keys, layered)
    yield from _width_doubts(read, keys)
    yield from _expert_doubts(read, keys)
    yield from _selection_doubts(read, keys)
    yield from _shared_doubts(read, keys)
    yield from _stack_doubts(read)


def _prediction_doubts(read: tuple[Read, ...], keys: GgufKeys, layered: set[int]) -> Iterator[Doubt]:
    """Where a key makes prediction modules of layers that have nothing of one."""
    blocks, said = keys.blocks, keys.prediction
    if blocks is None or not said or any(PREDICTS in one.group.template for one in read):
        return
    if layered & set(range(max(blocks - said, 0), min(blocks, 10_000))):
        message = f"no tensor is a prediction module's own ({PREDICTS}*); all layers are counted as the model's"
        yield _told_otherwise(keys, "nextn_predict_layers", said, message, "none", Cause.WEIGHTS_MISSING)


def _width_doubts(read: tuple[Read, ...], keys: GgufKeys) -> Iterator[Doubt]:
    """Where a key gives a size that the tensors have not."""
    for word, ends, axis in WIDTHS:
        said = keys.data.get(f"{keys.architecture}.{word}")
        held = {
            shape[axis]
            for one in read
            if one.group.template.endswith(ends) and len(shape := one.group.shape or ()) >= 2 and not one.chunked
        }
        if type(said) is int and said and held and said not in held:
            derived = " or ".join(f"{size:,}" for size in sorted(held))
            yield _told_otherwise(keys, word, said, f"the tensors are {derived} wide", derived)


def _told_otherwise(
    keys: GgufKeys, word: str, said: int, message: str, derived: str, cause: Cause = Cause.WEIGHTS_SHAPES
) -> Doubt:
    return Doubt(
        cause,
        f"{word} is {said:,}, {message}",
        claimed=f"{word} {said:,}",
        derived=derived,
        path=f"{keys.architecture}.{word}",
    )


def _experts_of_layers(read: tuple[Read, ...]) -> Iterator[tuple[Read, int]]:
    """The layers' routed experts, and how many a layer holds."""
    for one in read:
        if one.weight.component is Component.ROUTED_EXPERTS and one.layered and not one.chunked:
            yield one, experts_of(one.group)


def _selection_doubts(read: tuple[Read, ...], keys: GgufKeys) -> Iterator[Doubt]:
    """Where the key of experts per token gives a layer with experts none, or more than there are."""
    if keys.selected is None:
        return
    for one, held in _experts_of_layers(read):
        for number in one.weight.index[0]:
            said = at(keys.selected, number)
            if said is None or not 0 < said <= held:
                given = "has no entry" if said is None else f"is {said:,}"
                yield Doubt(
                    Cause.WEIGHTS_SHAPES,
                    f"expert_used_count {given} for layer {number:,}, which holds {several(held, 'expert')}",
                    tensors=one.group.tensors,
                    claimed=f"expert_used_count {given}",
                    derived=several(held, "expert"),
                    path=f"{keys.architecture}.expert_used_count",
                )
                return


def _shared_doubts(read: tuple[Read, ...], keys: GgufKeys) -> Iterator[Doubt]:
    """Where a key counts shared experts and no layer with routed ones holds any."""
    routed = {number for one, _ in _experts_of_layers(read) for number in one.weight.index[0]}
    held = any(one.weight.component is Component.SHARED_EXPERTS for one in read)
    said = max((at(keys.shared, number) or 0 for number in routed), default=0)
    if said and not held:
        message = "no layer with routed experts holds a shared one"
        yield _told_otherwise(keys, "expert_shared_count", said, message, "none", Cause.WEIGHTS_MISSING)


def _stack_doubts(read: tuple[Read, ...]) -> Iterator[Doubt]:
    """Where some layers with experts lack a matrix of them that the others have: the layers of a model are alike."""
    layers: dict[str, set[int]] = {}
    for one, _ in _experts_of_layers(read):
        if one.weight.part is Part.LANGUAGE and one.weight.linear:
            layers.setdefault(one.group.template, set()).update(one.weight.index[0])
    every = set().union(*layers.values())
    for template, numbers in layers.items():
        lacking = every - numbers
        if lacking and len(numbers) >= len(lacking):
            yield Doubt(
                Cause.WEIGHTS_MISSING,
                f"{template} is in {several(len(numbers), 'layer')} with experts and not in {len(lacking):,}, first "
                f"{min(lacking)}",
                claimed=several(len(every), "layer"),
                derived=several(len(numbers), "layer"),
                path=template,
            )
            return


def _expert_doubts(read: tuple[Read, ...], keys: GgufKeys) -> Iterator[Doubt]:
    for one, held in _experts_of_layers(read):
        said = {at(keys.experts, number) for number in one.weight.index[0]} - {None, held}
        if said:
            number = min(count for count in said if count is not None)
            yield Doubt(
                Cause.WEIGHTS_SHAPES,
                f"expert_count is {number:,}, the tensors hold {several(held, 'expert')} in a layer; the tensors "
                f"are counted",
                tensors=one.group.tensors,
                claimed=several(number, "expert"),
                derived=several(held, "expert"),
                path=f"{keys.architecture}.expert_count",
            )
            return
