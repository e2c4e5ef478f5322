"""Tensors whose size differs from weight to weight: bitsandbytes writes a float as text into `quant_state`."""

from __future__ import annotations

from itertools import product

from moeaudit.evidence.model import Evidence, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.packing import pack
from moeaudit.ledger.values import Count
from tests.ledger.packing.checkpoints import config_of, parameters, stored_weights, table_of

CONFIG = config_of("bitsandbytes nf4")
STATE = ".quant_state."


def varied() -> TensorTable:
    """The small model as bitsandbytes stores it, every `quant_state` with a length of its own."""
    groups: list[TensorGroup] = []
    for group in table_of(pack(stored_weights(CONFIG), CONFIG)).groups:
        if STATE not in group.template:
            groups.append(group)
            continue
        for at in product(*group.index):
            length = 165 + sum(at) % 7
            groups.append(TensorGroup(group.template, tuple((number,) for number in at), "U8", (length,)))
    return TensorTable(tuple(groups))


def evidence(headers: TensorTable | None = None, index: Index | None = None) -> Evidence:
    return Evidence(ModelRef("org/model", Source.FOLDER), JsonFile("config.json", CONFIG), headers=headers, index=index)


def test_headers_of_any_length_agree() -> None:
    table = varied()
    seen = inspect_evidence(evidence(headers=table))
    assert seen.agreement.verdict == "agree" and seen.agreement.bytes_difference == 0
    assert seen.denominators["total.stored"] == Count(parameters(stored_weights(CONFIG)))
    assert seen.denominators["stored.elements"] == Count(table.elements or 0)


def test_a_missing_one_is_still_missing() -> None:
    table = varied()
    gone = next(group for group in table.groups if STATE in group.template)
    seen = inspect_evidence(evidence(headers=TensorTable(tuple(group for group in table.groups if group != gone))))
    assert (seen.agreement.verdict, seen.agreement.names_missing) == ("disagree", 1)
    assert seen.agreement.comparison is not None and seen.agreement.comparison.shapes == ()


def test_an_index_agrees_by_name_and_its_bytes_are_left_open() -> None:
    table = varied()
    index = Index("model.safetensors.index.json", table.names_only(), total_size=table.bytes)
    seen = inspect_evidence(evidence(index=index))
    assert seen.agreement.verdict == "agree" and seen.agreement.bytes_difference is None
