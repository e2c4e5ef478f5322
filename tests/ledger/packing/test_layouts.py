"""Every format against the library that writes it: what `tools/record/layouts.py` recorded for one matrix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.weights import Weight
from moeaudit.ledger.packing import pack
from moeaudit.vocabulary import Component
from tests.ledger.packing.checkpoints import table_of, undone

RECORDED = json.loads(Path(__file__).with_name("recorded_layouts.json").read_text())
SHAPE = tuple(RECORDED["shape"])
WEIGHT = Weight("a.weight", SHAPE, Component.DENSE_FFN, linear=True)


def title(layout: dict[str, Any]) -> str:
    section = layout["section"]
    return " ".join([layout["by"], section.get("format", section["quant_method"]), *sorted(layout["tensors"])])


@pytest.mark.parametrize("layout", RECORDED["layouts"], ids=title)
def test_the_library_stores_what_is_predicted(layout: dict[str, Any]) -> None:
    config = {"dtype": RECORDED["dtype"], "quantization_config": layout["section"]}
    predicted = list(pack([WEIGHT], config))
    found = {
        tensor.group.template.removeprefix("a"): [tensor.group.dtype, list(tensor.group.shape or ())]
        for tensor in predicted
    }
    exact = {tensor.group.template.removeprefix("a"): tensor.exact for tensor in predicted}
    assert {name: what for name, what in found.items() if exact[name]} == {
        name: what for name, what in layout["tensors"].items() if exact[name]
    }
    assert found.keys() == layout["tensors"].keys()
    [restored] = undone(table_of(predicted), config, expected={"a.weight": SHAPE}.get).logical
    assert (restored.group.template, restored.group.shape) == ("a.weight", SHAPE)
