"""The totals that huggingface.js pins for packed models (packages/hub/src/lib/parse-safetensors-metadata.spec.ts,
fe42e68).

It counts every tensor that is no scale, integer tables included; the differences here are exactly those tables.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.weights import Weight
from moeaudit.ledger.packing import Unpacked, pack
from moeaudit.vocabulary import Component, Kind
from tests.ledger.packing.checkpoints import compressed, stored_weights, table_of, undone

PINNED = {
    "openai--gpt-oss-20b": {"BF16": 1_804_459_584, "U8": 19_110_297_600},
    "openai--gpt-oss-120b": {"BF16": 2_167_371_072, "U8": 114_661_785_600},
    "moonshotai--Kimi-K2.5": {"F32": 23_040, "I32": 1_014_686_023_680, "BF16": 12_193_329_648},
    "deepseek-ai--DeepSeek-V4-Pro": {"BF16": 2_816_899_328, "I64": 2_327_040, "F32": 87_776_414,
                                     "F8_E4M3": 23_169_335_296, "I8": 1_572_763_336_704},
}  # fmt: skip


def by_dtype(unpacked: Unpacked) -> dict[str, int]:
    """Parameters by the type of the tensor that holds them, and integer tables by theirs."""
    counts: Counter[str] = Counter()
    for one in unpacked.logical:
        counts[one.stored[0]] += one.elements or 0
    for other in unpacked.non_parameters:
        if other.kind is Kind.INTEGER_TABLE:
            counts[str(other.group.dtype)] += other.group.elements or 0
    return dict(counts)


@pytest.mark.parametrize("folder", PINNED)
def test_pinned_totals(corpus: Path, folder: str) -> None:
    config = json.loads((corpus / "hub" / folder / "config.json").read_text())
    unpacked = undone(table_of(pack(stored_weights(config), config)), config)
    assert by_dtype(unpacked) == PINNED[folder]
    assert sum(PINNED[folder].values()) - (unpacked.parameters or 0) == PINNED[folder].get("I64", 0)


def llama(layers: int, hidden: int, width: int, keys: int, vocabulary: int) -> list[Weight]:
    """A dense Llama 3, its matrices as the papers give them."""
    matrices = {
        "self_attn.q_proj": (hidden, hidden),
        "self_attn.k_proj": (keys, hidden),
        "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, hidden),
        "mlp.gate_proj": (width, hidden),
        "mlp.up_proj": (width, hidden),
        "mlp.down_proj": (hidden, width),
    }
    every = (range(layers),)
    return [
        Weight("model.embed_tokens.weight", (vocabulary, hidden), Component.EMBEDDING),
        *(
            Weight(f"model.layers.{{}}.{name}.weight", shape, Component.ATTENTION, index=every, linear=True)
            for name, shape in matrices.items()
        ),
        *(
            Weight(f"model.layers.{{}}.{name}.weight", (hidden,), Component.NORM, index=every)
            for name in ("input_layernorm", "post_attention_layernorm")
        ),
        Weight("model.norm.weight", (hidden,), Component.NORM),
        Weight("lm_head.weight", (vocabulary, hidden), Component.HEAD, linear=True),
    ]


def restored(weights: list[Weight], section: dict[str, Any]) -> Unpacked:
    config = {"torch_dtype": "bfloat16", "quantization_config": section}
    return undone(table_of(pack(weights, config)), config)


def test_llama_8b_in_bitsandbytes() -> None:
    section = {
        "quant_method": "bitsandbytes",
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_use_double_quant": True,
    }
    unpacked = restored(llama(32, 4096, 14336, 1024, 128256), section)
    assert by_dtype(unpacked) == {"BF16": 1_050_939_392, "U8": 6_979_321_856}
    assert unpacked.parameters == 8_030_261_248


def test_llama_70b_with_ordered_groups() -> None:
    """Its 6,225,920 `weight_g_idx` numbers once counted as 49,807,360 parameters."""
    section = compressed("pack-quantized", 4, "int", strategy="group", group_size=128, actorder="group")
    unpacked = restored(llama(80, 8192, 28672, 1024, 128256), section)
    assert by_dtype(unpacked) == {"BF16": 2_102_665_216, "I32": 68_451_041_280}
    assert unpacked.parameters == 70_553_706_496
    assert (
        sum(other.group.elements or 0 for other in unpacked.non_parameters if other.group.template.endswith("g_idx"))
        == 6_225_920
    )
