"""From evidence to an inspection: describe, predict what is stored, hold it against what is seen, count, name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from moeaudit.architecture.config import Config, Notice
from moeaudit.architecture.defaults import assumed
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.summary import summarise
from moeaudit.architecture.weights import Presence, Weight
from moeaudit.errors import NothingToAudit, Place, UsageError
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.model import Evidence
from moeaudit.evidence.tables import TensorGroup, order_of, product_boxes
from moeaudit.ledger.account import Account, Placed, by_template, overlap, predict, settle_dtype
from moeaudit.ledger.classify import guess
from moeaudit.ledger.compare import Comparison, compare
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.inspection import Agreement, Inspection, Witness
from moeaudit.ledger.ledger import UNSETTLED, Ledger, Line, ledger_lines, non_parameters
from moeaudit.ledger.packing.methods import SECTIONS
from moeaudit.ledger.packing.storage import Storage
from moeaudit.ledger.packing.unpack import unpack
from moeaudit.ledger.values import Count, between
from moeaudit.ledger.weights import assign, weights_ledger
from moeaudit.vocabulary import Component, Kind, Part

QUANTIZATION = "quantization_config"
ENCODERS = (Part.VISION, Part.AUDIO, Part.PROJECTOR)
SELECTED = (
    "num_experts_per_tok",
    "num_experts_per_token",
    "moe_topk",
    "moe_top_k",
    "moe_k",
    "top_k_experts",
    "num_selected_experts",
)


def inspect_evidence(evidence: Evidence) -> Inspection:
    """All that this evidence says. NothingToAudit where it names no known family and holds no shapes to count."""
    config = Config(evidence.config.data) if evidence.config else None
    architecture = described(evidence, config)
    seen = evidence.headers or (evidence.index.table if evidence.index else None)
    evidence, unusable = readable(evidence)
    storage = Storage.of(storage_fields(evidence), evidence.quantization.data if evidence.quantization else None)
    account = predict(architecture, storage, seen) if architecture else None
    comparison = compare(account.stored, seen.groups) if account and seen is not None and storage.recipe.known else None
    if architecture and account and comparison and comparison.equal and evidence.headers is None:
        storage, account = settle_dtype(architecture, storage, account, evidence)

    config_side = ledger_of(account, storage, architecture) if account and architecture else None
    weights_side, by_words, rest = None, 0, None
    found: tuple[Notice, ...] = ()
    if evidence.headers is not None:
        selected = uniform(architecture) if architecture else selected_experts(config) if config else None
        weights_side, by_words, found = headers_ledger(evidence, architecture, account, storage, selected)
    elif comparison is not None and account and architecture and evidence.index:
        weights_side, rest = index_ledger(account, storage, architecture, comparison, evidence.index.total_size)
    ledger = weights_side or config_side
    if ledger is None:
        raise unknown(evidence)
    notices = {
        (notice.rule, notice.message): notice
        for notice in (*(config.notices if config else ()), *storage.notices, *unusable, *found)
    }
    return Inspection(
        evidence=evidence,
        ledger=ledger,
        denominators=measure_all(ledger),
        agreement=agreement_of(comparison, account, evidence, rest),
        witnesses=witnesses_of(evidence, account, config_side, weights_side),
        architecture=architecture,
        summary=summarise(architecture) if architecture else None,
        precision=storage.precision(),
        config_ledger=config_side,
        weights_ledger=weights_side,
        notices=tuple(notices.values()),
        by_words=by_words,
    )


def described(evidence: Evidence, config: Config | None) -> Architecture | None:
    """The architecture of a spec file or a config; None where the family is unknown and headers can be counted
    instead."""
    if evidence.spec is not None:
        from moeaudit.architecture.spec import read_spec

        return read_spec(evidence.spec, evidence.model.id)
    if config is None:
        return None
    config.defaulted = []
    try:
        found = describe(config)
        config.notices.extend(one.notice() for one in assumed(config, describe, found))
        return found
    except NothingToAudit:
        if evidence.headers is None:
            raise
    except UsageError as error:  # the config contradicts its own family; the weights still say what they hold
        if evidence.headers is None:
            raise
        config.notice(
            "config-unusable",
            f"{error.message}; the weights alone are counted",
            error.place.path or "" if error.place else "",
        )
    return None


def readable(evidence: Evidence) -> tuple[Evidence, tuple[Notice, ...]]:
    """The evidence without a section on quantisation that cannot be read, where headers tell the storage format
    anyway; and that it
    was left out. Without headers such a section stays, and is an error."""
    if evidence.headers is None or evidence.config is None:
        return evidence, ()
    try:
        Storage.of(storage_fields(evidence), evidence.quantization.data if evidence.quantization else None)
    except UsageError as error:
        path = error.place.path if error.place else None
        rest = {name: value for name, value in evidence.config.data.items() if name not in SECTIONS}
        notice = Notice(
            "config-unusable", f"{error.message}; the storage format is read off the weights", path or QUANTIZATION
        )
        return replace(evidence, config=replace(evidence.config, data=rest), quantization=None), (notice,)
    return evidence, ()


def storage_fields(evidence: Evidence) -> Mapping[str, Any]:
    """The config's fields; a quantisation that an evidence file leaves out is one that is not known, not none."""
    if evidence.config is None:
        return {}
    if QUANTIZATION in evidence.config.omitted:
        return {**evidence.config.data, QUANTIZATION: {"quant_method": "unrecorded"}}
    return evidence.config.data


def unknown(evidence: Evidence) -> NothingToAudit:
    return NothingToAudit(
        "nothing here says what the model's tensors are",
        place=Place(evidence.model.id),
        hint="Give a config.json of a known family, or read the weights' headers with --depth headers.",
    )


def ledger_of(account: Account, storage: Storage, architecture: Architecture) -> Ledger:
    """The config ledger: shapes derived from config.json."""
    others = non_parameters(weight for weight, _, _ in account.placed)
    if not storage.recipe.known:
        return Ledger("config", ledger_lines(account.placed), others, architecture.tied)
    low = sum(group.elements or 0 for group in account.stored)
    maybe = sum(
        storage.stored_elements(weight) for weight, _, _ in account.placed if weight.presence is Presence.OPTIONAL
    )
    others[Kind.SCALE] = sum(
        tensor.elements
        for weight, _, _ in account.placed
        if weight.presence is Presence.STORED
        for tensor in storage.stored(weight)
        if tensor.kind is Kind.SCALE
    )
    return Ledger(
        "config", ledger_lines(account.placed), others, architecture.tied, between(low, low, low + maybe, UNSETTLED)
    )


def uniform(architecture: Architecture) -> int | None:
    """Experts per token, where all layers use as many."""
    selected = summarise(architecture).experts_per_token
    return selected if isinstance(selected, int) and selected else None


def selected_experts(config: Config) -> int | None:
    """Experts per token by the fields of an unknown family; None where no field says so, or where it is no number."""
    try:
        return config.text().maybe_int(*SELECTED)
    except UsageError as error:
        path = error.place.path if error.place else None
        config.notice("config-unusable", f"{error.message}; the weights alone are counted", path or "")
    return None


def headers_ledger(
    evidence: Evidence,
    architecture: Architecture | None,
    account: Account | None,
    storage: Storage,
    selected: int | None = None,
) -> tuple[Ledger, int, tuple[Notice, ...]]:
    """The weights ledger from headers, packing undone; the parameters whose role is known by words alone; what
    unpacking noticed.
    `selected`: experts per token, for experts that the architecture does not name."""
    assert evidence.headers is not None
    data = evidence.config.data if evidence.config else {}
    known = tuple(part for weight, _, _ in account.placed for part in storage.logical(weight)) if account else ()
    unpacked = unpack(
        evidence.headers, data, evidence.quantization.data if evidence.quantization else None, shape_of=shapes_of(known)
    )
    assigned = assign((one.group for one in unpacked.logical), known, selected)
    others: dict[Kind, int] = {}
    for one in unpacked.non_parameters:
        others[one.kind] = others.get(one.kind, 0) + (one.group.elements or 0)
    tied = architecture.tied if architecture else data.get("tie_word_embeddings") is True
    elements = evidence.headers.elements
    ledger = weights_ledger(assigned, others, None if elements is None else Count(elements), tied=tied)
    return ledger, assigned.by_name, unpacked.findings


def shapes_of(weights: Iterable[Weight]) -> Callable[[str], tuple[int, ...] | None]:
    """The shape that the architecture gives a tensor name, for formats that store weights flattened."""
    shapes: dict[str, tuple[int, ...]] = {}
    for weight in weights:
        shapes.setdefault(TensorGroup(weight.name, weight.index).canonical().template, weight.shape)
    return lambda name: shapes.get("{}".join(str(part) for part in order_of(name)[::2]))


def index_ledger(
    account: Account, storage: Storage, architecture: Architecture, comparison: Comparison, total_size: int | None
) -> tuple[Ledger, int | None]:
    """The weights ledger from names: the config's shapes for every name seen, and the rest of the bytes by
    difference."""
    missing = by_template(comparison.missing.groups)
    kept = tuple(placed for one in account.placed for placed in restricted(one, storage, missing))
    stored = [tensor for weight, _, _ in kept for tensor in storage.stored(weight)]
    lines = ledger_lines(kept)
    rest = None
    if comparison.unexpected.tensors and total_size is not None:
        left = total_size - sum(tensor.bytes for tensor in stored)
        rest = max(left * 8 // DTYPE_BITS[storage.dtypes.get(Part.LANGUAGE, "BF16")], 0)
        parts = {guess(group.template).part for group in comparison.unexpected.groups}
        encoders = parts <= set(ENCODERS)
        lines += (
            Line(
                Component.VISION if encoders else Component.UNCLASSIFIED,
                Component.OTHER if encoders else Component.UNCLASSIFIED,
                Part.VISION if encoders else Part.LANGUAGE,
                "by difference",
                None,
                rest,
                comparison.unexpected.tensors,
            ),
        )
    others = non_parameters(weight for weight, _, _ in kept)
    others[Kind.SCALE] = sum(tensor.elements for tensor in stored if tensor.kind is Kind.SCALE)
    elements = Count(sum(tensor.elements for tensor in stored) + (rest or 0))
    return Ledger(
        "weights",
        lines,
        others,
        architecture.tied,
        elements if comparison.unexpected.tensors == 0 or rest is not None else None,
    ), rest


def restricted(placed: Placed, storage: Storage, missing: dict[str, list[TensorGroup]]) -> Iterator[Placed]:
    """The part of a weight that is not missing."""
    weight, place, layered = placed
    if weight.presence is not Presence.STORED:
        return
    for part, _ in storage.parts(weight):
        group = next(storage.stored(part)).group.canonical()
        gone = [lost for lost in missing.get(group.template, ()) if overlap(lost, group)]
        if not gone:
            yield part, place, layered
            continue
        lost_at = {at for lost in gone for at in product(*lost.index)}
        left = [at for at in product(*group.index) if at not in lost_at]
        plain = TensorGroup(part.name, part.index, None, part.shape).canonical()
        for box in product_boxes(left) if left else ():
            yield replace(part, name=plain.template, index=box), place, layered


def agreement_of(
    comparison: Comparison | None, account: Account | None, evidence: Evidence, rest: int | None
) -> Agreement:
    """Names, shapes and bytes held against each other."""
    if comparison is None or account is None:
        return Agreement("single-witness")
    seen_bytes = evidence.headers.bytes if evidence.headers else evidence.index.total_size if evidence.index else None
    difference = seen_bytes - account.bytes if seen_bytes is not None and account.exact else None
    agree = comparison.equal and not difference
    agreed = "single-witness" if evidence.synthesised else "agree"
    return Agreement(agreed if agree else "disagree", comparison, difference, rest)


def witnesses_of(
    evidence: Evidence, account: Account | None, config_side: Ledger | None, weights_side: Ledger | None
) -> dict[str, Witness]:
    """Each witness with its own totals; an index knows names and bytes, never parameters."""
    index, headers = evidence.index, evidence.headers
    return {
        "config": Witness(
            config_side is not None,
            total_of(config_side),
            sum(group.tensors for group in account.stored) if account else None,
            account.bytes if account else None,
        ),
        "index": Witness(
            index is not None, None, index.table.tensors if index else None, index.total_size if index else None
        ),
        "headers": Witness(
            headers is not None,
            total_of(weights_side) if headers else None,
            headers.tensors if headers else None,
            headers.bytes if headers else None,
            evidence.synthesised,
        ),
    }


def total_of(ledger: Ledger | None) -> int | None:
    return None if ledger is None else ledger.total(lambda line: not line.optional)
