"""One checkpoint in every format: one logical total, and stored elements that follow each format's own arithmetic."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.weights import Weight
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.packing import Storage, pack
from moeaudit.vocabulary import Component
from tests.ledger.packing.checkpoints import (
    FORMATS,
    SMALL,
    config_of,
    expecting,
    listing,
    parameters,
    stored_weights,
    table_of,
    undone,
)

ceil = lambda number, by: -(-number // by)  # noqa: E731

PER_MATRIX: dict[str, Callable[[int, int], int]] = {
    "plain": lambda n, k: n * k,
    "fp8 blocks": lambda n, k: n * k + ceil(n, 128) * ceil(k, 128),
    "fp8 tensor": lambda n, k: n * k + 2,
    "fbgemm": lambda n, k: n * k + n,
    "gptq 4": lambda n, k: n * k // 8 + ceil(k, 128) * (n // 8 + n) + k,
    "gptq 3": lambda n, k: 3 * n * k // 32 + ceil(k, 128) * (3 * n // 32 + n) + k,
    "gptq 8": lambda n, k: n * k // 4 + (n // 4 + n) + k,
    "auto-round": lambda n, k: n * k // 16 + ceil(k, 64) * (n // 16 + n) + k,
    "awq": lambda n, k: n * k // 8 + ceil(k, 128) * (n // 8 + n),
    "pack-quantized": lambda n, k: n * ceil(k, 8) + n * ceil(k, 32) + 2,
    "pack asymmetric": lambda n, k: n * ceil(k, 8) + (n + ceil(n, 8)) * ceil(k, 128) + 2,
    "pack ordered": lambda n, k: n * ceil(k, 8) + n * ceil(k, 128) + 2 + k,
    "pack by output": lambda n, k: n * ceil(k, 4) + n + 2,
    "pack 3 bits": lambda n, k: n * ceil(3 * k, 32) + n * ceil(k, 64) + 2,
    "int-quantized": lambda n, k: n * k + n,
    "float-quantized": lambda n, k: n * k + n,
    "nvfp4-pack-quantized": lambda n, k: n * k // 2 + n * k // 16 + 1,
    "mxfp4-pack-quantized": lambda n, k: n * k // 2 + n * k // 32,
    "mxfp8-quantized": lambda n, k: n * k + n * ceil(k, 32),
    "bitsandbytes 8": lambda n, k: n * k + n + 1,
    "modelopt nvfp4": lambda n, k: n * k // 2 + n * k // 16 + 2,
    "modelopt fp8": lambda n, k: n * k + 2,
    "modelopt int4": lambda n, k: n * k // 2 + n * k // 128 + k,
    "modelopt mxfp4": lambda n, k: n * k // 2 + n * k // 32,
    "quark mxfp4": lambda n, k: n * k // 2 + n * k // 32,
    "mxfp8": lambda n, k: n * k + n * k // 32,
    "mxfp8 blocks": lambda n, k: n * k + n * k // 32,
    "aqlm 1x16": lambda n, k: n * k // 8 + 8 * 2**16 + n,
    "aqlm 2x8": lambda n, k: 2 * n * k // 8 + 2 * 8 * 2**8 + n,
    "mlx 4": lambda n, k: n * k // 8 + 2 * n * k // 64,
    "mlx mxfp4": lambda n, k: n * k // 8 + n * k // 32,
}
"""Elements stored for one matrix of n outputs and k inputs, written down from each format's documentation."""

NEVER = {Component.ROUTER, Component.EMBEDDING, Component.HEAD}


@pytest.mark.parametrize("name", FORMATS)
def test_one_total(name: str) -> None:
    config = config_of(name)
    weights = stored_weights(config)
    parts = [part for weight in weights for part in Storage.of(config).logical(weight)]
    shapes = {full: part.shape for part in parts for full in part.names()}
    unpacked = undone(table_of(pack(weights, config)), config, expected=expecting(parts))
    assert unpacked.parameters == parameters(weights)
    assert {one: shape for one, (_, shape) in listing(one.group for one in unpacked.logical).items()} == shapes
    assert unpacked.doubts == () and unpacked.unknown == ()


@pytest.mark.parametrize(
    "name", [name for name in FORMATS if "gptq" in name or "pack" in name or "nvfp4" in name or "awq" in name]
)
def test_shapes_need_no_config(name: str) -> None:
    """Widths of 4 bits are read from the tensors themselves, or are what the format assumes."""
    config = config_of(name)
    weights = stored_weights(config)
    unpacked = undone(table_of(pack(weights, config)))
    right = unpacked.parameters == parameters(weights)
    assert right or any(one.cause is Cause.PACKING_ASSUMED and one.open for one in unpacked.doubts)


@given(hidden=st.integers(1, 4), width=st.integers(1, 4), experts=st.integers(1, 5), layers=st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_stored_elements(hidden: int, width: int, experts: int, layers: int) -> None:
    base = {
        **SMALL,
        "hidden_size": 128 * hidden,
        "moe_intermediate_size": 128 * width,
        "num_experts": experts,
        "num_experts_per_tok": 1,
        "num_hidden_layers": layers,
    }
    weights = stored_weights(base)
    totals = {}
    for name, per_matrix in PER_MATRIX.items():
        everything = name.startswith("mlx")
        expected = 0
        for weight in weights:
            quantised = len(weight.shape) == 2 and (everything or weight.component not in NEVER)
            one = per_matrix(weight.shape[0], weight.shape[1]) if quantised else weight.elements // weight.tensors
            expected += weight.tensors * one
        totals[name] = sum(tensor.elements for tensor in pack(weights, config_of(name, base)))
        assert totals[name] == expected, name
    assert len(set(totals.values())) >= 8


@pytest.mark.parametrize(("name", "words"), [
    ("plain", "BF16"),
    ("fp8 blocks", "FP8 E4M3, 128×128 blocks; the rest BF16"),
    ("gptq 4", "GPTQ INT4, groups of 128; the rest BF16"),
    ("nvfp4-pack-quantized", "NVFP4, groups of 16; the rest BF16"),
    ("mxfp8-quantized", "MXFP8, groups of 32; the rest BF16"),
    ("bitsandbytes nf4", "bitsandbytes NF4, blocks of 64, scales quantised again; the rest BF16"),
    ("mxfp8", "MXFP8, groups of 32; the rest BF16"),
    ("aqlm 2x8", "AQLM, 2×8 bits per 8 values; the rest BF16"),
    ("fp8 with mxfp4 experts", "FP8 E4M3, 128×128 blocks; routed experts MXFP4, groups of 32; the rest BF16"),
    ("mlx 4", "MLX 4-bit, groups of 64; the rest BF16"),
])  # fmt: skip
def test_precision(name: str, words: str) -> None:
    assert Storage.of(config_of(name)).precision() == words


def test_stored_bytes_of_one_weight() -> None:
    """A matrix of 128 × 256 in FP8: its bytes, and one F32 for each of two blocks."""
    config = config_of("fp8 blocks")
    expert = next(weight for weight in stored_weights(config) if weight.name.endswith("gate_proj.weight"))
    assert Storage.of(config).stored_bytes(expert) == 3 * 4 * (128 * 256 + 2 * 4)


@pytest.mark.parametrize("name", FORMATS)
def test_stacked_experts(name: str) -> None:
    """Whatever a format makes of a stack, `logical` names it as `unpack` does, and no parameter is lost."""
    config = config_of(name)
    stacks = [
        Weight(f"model.layers.{{}}.mlp.experts.{word}", shape, Component.ROUTED_EXPERTS, index=(range(3),), linear=True)
        for word, shape in (("gate_up_proj", (4, 2 * 128, 256)), ("down_proj", (4, 256, 128)))
    ]
    storage = Storage.of(config)
    parts = [part for weight in stacks for part in storage.logical(weight)]
    shapes = {full: part.shape for part in parts for full in part.names()}
    unpacked = undone(table_of(storage.pack(stacks)), config, expected=expecting(parts))
    assert {one: shape for one, (_, shape) in listing(one.group for one in unpacked.logical).items()} == shapes
    assert unpacked.parameters == parameters(stacks) == 3 * 4 * 3 * 128 * 256


def test_mlx_writes_its_section_twice() -> None:
    section = FORMATS["mlx 4"]
    both = Storage.of({**SMALL, "quantization": section, "quantization_config": section})
    assert (
        both.precision()
        == Storage.of({**SMALL, "quantization_config": section}).precision()
        == Storage.of(config_of("mlx 4")).precision()
    )


TRANSPOSED = Weight("m.experts.gate_up_proj", (4, 256, 2 * 128), Component.ROUTED_EXPERTS, linear=True)
"""Inputs before outputs, as Llama 4 stores its experts: no linear layer can be made of it."""


@pytest.mark.parametrize("name", FORMATS)
def test_transposed_stacks_stay_whole(name: str) -> None:
    """Stored by the format where it can name the scales of a bare tensor, else as they are."""
    config = config_of(name, {**SMALL, "hidden_size": 999})
    stored = table_of(pack([TRANSPOSED], config))
    unpacked = undone(stored, config)
    assert unpacked.parameters == TRANSPOSED.elements
    assert [one.group.template for one in unpacked.logical] == [TRANSPOSED.name]


def test_mlx_stacks_experts() -> None:
    config = config_of("mlx 4")
    names = {tensor.group.template for tensor in pack(stored_weights(config), config)}
    assert "model.layers.{}.mlp.switch_mlp.gate_proj.weight" in names
    assert not any(".experts." in name for name in names)


def test_double_quantised_bitsandbytes_is_not_exact() -> None:
    """`quant_state` holds a float whose text differs from weight to weight; nothing else varies."""
    config = config_of("bitsandbytes nf4")
    near = {
        tensor.group.template.rpartition("weight.")[2]
        for tensor in pack(stored_weights(config), config)
        if not tensor.exact
    }
    assert near == {"quant_state.bitsandbytes__nf4"}
