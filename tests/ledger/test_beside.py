"""Weight files that the index does not name: what they are, and what of them is counted.

Each is laid out by `conversions.py` and split by name here; counts are sums over what was put into each file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import pytest

from moeaudit.architecture.weights import Weight
from moeaudit.evidence.model import Beside
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis, Part
from tests.ledger.conversions import LAYOUTS, PREFIXES, moved, relaid
from tests.ledger.releases import FAMILIES, by_default, release, truth
from tests.ledger.writers import PACKINGS, packed

FILES = ("files-second-copy", "files-only-copy", "files-forgotten", "files-sidecar")


def table(weights: Iterable[Weight], packing: str = "BF16") -> TensorTable:
    return packed(weights, PACKINGS[packing])


def beside(name: str, held: TensorTable) -> Beside:
    return Beside((name,), held, {name: held.bytes or 0})


def told(inspection: Inspection) -> list[str]:
    """Causes that speak of files beside the index."""
    return [doubt.cause.value for doubt in inspection.account.doubts if doubt.cause.value in FILES]


def split(weights: Sequence[Weight], apart: Callable[[Weight], bool]) -> tuple[list[Weight], list[Weight]]:
    """What the index names, and what lies apart."""
    return [one for one in weights if not apart(one)], [one for one in weights if apart(one)]


@pytest.mark.parametrize("layout", ["numbered", "stacked", "stacked .weight", "turned split", "switch_mlp"])
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("model_type", ["qwen3_moe", "deepseek_v3", "llama4"])
def test_a_second_copy_is_not_counted(model_type: str, prefix: str, layout: str) -> None:
    """The same model once more: the same names, or as another library writes it."""
    family = FAMILIES[model_type]
    config = family.config
    weights = release(family, config)
    copy = moved(relaid(weights, LAYOUTS[layout], family, config), PREFIXES[prefix], family.root)
    inspection = by_default(config, table(weights), beside=(beside("consolidated.safetensors", table(copy)),))
    assert told(inspection) == ["files-second-copy"]
    assert inspection.denominators["total.stored"] == Count(sum(one.elements for one in weights))
    assert inspection.agreement.verdict == "agree"


@pytest.mark.parametrize("packing", ["BF16", "fp8 blocks", "gptq"])
@pytest.mark.parametrize("file", ["mtp.safetensors", "mtp/model.safetensors"])
def test_the_only_copy_of_the_prediction_module_is_counted(file: str, packing: str) -> None:
    """In the root or in a folder of its own, plain or packed as the model is."""
    family = FAMILIES["deepseek_v3"]
    weights = release(family, family.config)
    model, module = split(weights, lambda one: one.part is Part.MTP)
    config = PACKINGS[packing].config(family.config)
    inspection = by_default(config, table(model, packing), beside=(beside(file, table(module, packing)),))
    true = truth(weights, Fraction(3, 16))
    assert told(inspection) == ["files-only-copy"]
    for name in ("total.full", "active.full", "mtp.unique", "total.stored"):
        value = inspection.denominators[name]
        assert isinstance(value, Count) and abs(value.value - true.values[name]) < 1, name
        assert value.basis in (Basis.READ, Basis.MATCHED) and value.open == 0, name


@pytest.mark.parametrize("share", ["one layer", "half a layer", "the head", "every third tensor"])
@pytest.mark.parametrize("model_type", ["qwen3_moe", "gpt_oss", "deepseek_v3", "nemotron_h"])
def test_what_an_index_forgets_is_counted(model_type: str, share: str) -> None:
    """A shard that the index does not name, with tensors that the model needs."""
    family = FAMILIES[model_type]
    config = family.config
    weights = release(family, config)
    tensors = table(weights).expand()
    layer = re.compile(r"layers\.3\.")
    forgotten: dict[str, Callable[[int, Tensor], bool]] = {
        "one layer": lambda place, one: bool(layer.search(one.name)),
        "half a layer": lambda place, one: bool(layer.search(one.name)) and place % 2 == 0,
        "the head": lambda place, one: one.name == "lm_head.weight",
        "every third tensor": lambda place, one: place % 3 == 0,
    }
    lost = [one for place, one in enumerate(tensors) if forgotten[share](place, one)]
    kept = [one for place, one in enumerate(tensors) if not forgotten[share](place, one)]
    inspection = by_default(
        config, TensorTable.collapse(kept), beside=(beside("model-extra.safetensors", TensorTable.collapse(lost)),)
    )
    true = truth(weights, Fraction(family.stated(family.selected, config), family.stated(family.experts, config)))
    assert told(inspection) == ["files-forgotten"]
    for name in ("total.full", "active.full", "total.stored"):
        value = inspection.denominators[name]
        assert isinstance(value, Count) and abs(value.value - true.values[name]) < 1, name
        assert value.basis in (Basis.READ, Basis.MATCHED) and value.open == 0, name


SIDECARS: dict[str, list[tuple[str, tuple[int, ...]]]] = {
    "a draft of another family": [
        ("fc.weight", (2048, 6144)),
        ("midlayer.self_attn.q_proj.weight", (2048, 4096)),
        ("midlayer.self_attn.o_proj.weight", (2048, 2048)),
        ("midlayer.mlp.gate_proj.weight", (6144, 2048)),
        ("d2t", (32000,)),
    ],
    "an adapter": [
        (f"base_model.model.model.layers.{layer}.self_attn.q_proj.lora_{side}.weight", shape)
        for layer in range(6)
        for side, shape in (("A", (16, 2048)), ("B", (2048, 16)))
    ],
    "control vectors": [("direction.3", (2048,)), ("direction.4", (2048,))],
}


@pytest.mark.parametrize("kind", SIDECARS)
def test_what_the_config_does_not_describe_is_said_and_left_out(kind: str) -> None:
    family = FAMILIES["qwen3_moe"]
    weights = release(family, family.config)
    sidecar = TensorTable.collapse(Tensor(name, "BF16", shape) for name, shape in SIDECARS[kind])
    inspection = by_default(family.config, table(weights), beside=(beside("extra.safetensors", sidecar),))
    assert told(inspection) == ["files-sidecar"]
    assert inspection.denominators["total.stored"] == Count(sum(one.elements for one in weights))
    assert inspection.agreement.verdict == "agree"


def test_each_file_is_told_apart() -> None:
    """A copy, a module and a sidecar in one repo: three findings, and the module alone is counted."""
    family = FAMILIES["deepseek_v3"]
    weights = release(family, family.config)
    model, module = split(weights, lambda one: one.part is Part.MTP)
    files = (
        beside("consolidated.safetensors", table(model)),
        beside("extra.safetensors", TensorTable.collapse([Tensor("direction.3", "BF16", (7168,))])),
        beside("mtp/model.safetensors", table(module)),
    )
    inspection = by_default(family.config, table(model), beside=files)
    assert sorted(told(inspection)) == ["files-only-copy", "files-second-copy", "files-sidecar"]
    assert inspection.denominators["total.stored"] == Count(sum(one.elements for one in weights))
