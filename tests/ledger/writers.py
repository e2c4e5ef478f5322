"""Storage formats as their public writers document them, forwards only: what stands in the files for a matrix.

Shapes are (outputs, inputs), experts first where they are stacked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, prod
from typing import Any

from moeaudit.architecture.weights import Weight
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.vocabulary import Component, Part

Tensors = Iterator[tuple[str, str, tuple[int, ...]]]
"""(name, type, shape) of what is stored for one matrix."""

PLAIN_WORDS = re.compile(
    r"embed|wte|lm_head|router|(^|\.)gate\.|norm|conv1d|shared_expert_gate|shared_head|eh_proj|weights_proj"
)
"""Modules that quantisers leave alone."""


@dataclass(frozen=True)
class Packing:
    """One storage format. `write`: what stands for a matrix, None for plain storage; `stacks`: the layouts of
    experts in one tensor that it takes; `everything`: embedding, head and router too; `understood`: what it stores can
    be told from config and headers; `fills_up`: sizes are rounded up, so that only a matrix the config knows by name is
    told exactly."""

    section: Mapping[str, Any]
    write: Callable[[str, tuple[int, ...]], Tensors] | None = None
    stacks: frozenset[str] = frozenset()
    experts_only: bool = False
    everything: bool = False
    understood: bool = True
    fills_up: bool = False
    key: str = "quantization_config"
    dtype: str = "BF16"
    fits: Callable[[tuple[int, ...]], bool] = field(default=lambda shape: True)

    def config(self, base: Mapping[str, Any]) -> dict[str, Any]:
        return {**base, **({self.key: dict(self.section)} if self.section else {})}

    def takes(self, weight: Weight) -> bool:
        apart = weight.part not in (Part.LANGUAGE, Part.MTP)
        if self.write is None or apart or "bias" in weight.name or len(weight.shape) < 2:
            return False
        routed = weight.component is Component.ROUTED_EXPERTS
        if not self.fits(weight.shape) or (self.experts_only and not routed):
            return False
        if routed:
            return len(weight.index) + len(weight.shape) == 4  # layer and expert of a matrix, layer of a stack
        plain = PLAIN_WORDS.search(weight.name) and not (self.everything and not re.search("norm|conv", weight.name))
        return len(weight.shape) == 2 and weight.name.endswith(".weight") and not plain


def packed(weights: Iterable[Weight], packing: Packing) -> TensorTable:
    """The headers of these weights in this storage format."""
    groups = []
    for one in weights:
        if packing.takes(one) and packing.write is not None:
            groups += [
                TensorGroup(name, one.index, dtype, shape) for name, dtype, shape in packing.write(one.name, one.shape)
            ]
        else:
            own = one.dtype if packing.dtype == "BF16" else None  # what the family keeps in a type of its own
            groups.append(TensorGroup(one.name, one.index, own or packing.dtype, one.shape))
    return TensorTable(tuple(groups))


def _beside(name: str, suffix: str) -> str:
    """`X.weight` and `scale` → `X.scale`; a bare stack `X` → `X_scale`."""
    return f"{name.removesuffix('.weight')}.{suffix}" if name.endswith(".weight") else f"{name}_{suffix}"


def _fp8_blocks(name: str, shape: tuple[int, ...]) -> Tensors:
    """DeepSeek-V3 (README_WEIGHTS.md): F8_E4M3 with `weight_scale_inv` per 128 × 128 block; transformers' stacks
    end in `_scale_inv`."""
    *lead, outputs, inputs = shape
    scale = f"{name}_scale_inv"
    yield name, "F8_E4M3", shape
    yield scale, "F32", (*lead, ceil(outputs / 128), ceil(inputs / 128))


def _channel(dtype: str, scale: str) -> Callable[[str, tuple[int, ...]], Tensors]:
    """compressed-tensors: one scale a row."""

    def write(name: str, shape: tuple[int, ...]) -> Tensors:
        yield name, dtype, shape
        yield f"{name}_scale", scale, (*shape[:-1], 1)

    return write


def _gptq(name: str, shape: tuple[int, ...]) -> Tensors:
    """GPTQModel: 8 values of 4 bits an I32, groups of 32 inputs."""
    outputs, inputs = shape
    yield _beside(name, "qweight"), "I32", (inputs // 8, outputs)
    yield _beside(name, "qzeros"), "I32", (inputs // 32, outputs // 8)
    yield _beside(name, "scales"), "F16", (inputs // 32, outputs)
    yield _beside(name, "g_idx"), "I32", (inputs,)


def _awq(name: str, shape: tuple[int, ...]) -> Tensors:
    """AutoAWQ's gemm: 8 values of 4 bits an I32 along the outputs."""
    outputs, inputs = shape
    yield _beside(name, "qweight"), "I32", (inputs, outputs // 8)
    yield _beside(name, "qzeros"), "I32", (inputs // 32, outputs // 8)
    yield _beside(name, "scales"), "F16", (inputs // 32, outputs)


def _pack_quantized(name: str, shape: tuple[int, ...]) -> Tensors:
    """compressed-tensors: 8 values of 4 bits an I32 along the inputs, groups of 32."""
    outputs, inputs = shape
    yield f"{name}_packed", "I32", (outputs, inputs // 8)
    yield f"{name}_scale", "BF16", (outputs, inputs // 32)
    yield f"{name}_shape", "I64", (2,)


def _nvfp4(name: str, shape: tuple[int, ...]) -> Tensors:
    """ModelOpt: two values a byte, an E4M3 scale for 16 of them, two more for the tensor."""
    outputs, inputs = shape
    yield name, "U8", (outputs, inputs // 2)
    yield f"{name}_scale", "F8_E4M3", (outputs, inputs // 16)
    yield f"{name}_scale_2", "F32", ()
    yield _beside(name, "input_scale"), "F32", ()


def _mxfp4_blocks(name: str, shape: tuple[int, ...]) -> Tensors:
    """gpt-oss: `_blocks` of 16 bytes for 32 values, one `_scales` byte each."""
    *lead, inputs = shape
    yield f"{name}_blocks", "U8", (*lead, inputs // 32, 16)
    yield f"{name}_scales", "U8", (*lead, inputs // 32)


def _mxfp8(name: str, shape: tuple[int, ...]) -> Tensors:
    yield name, "F8_E4M3", shape
    yield f"{name}_scale", "U8", (*shape[:-1], shape[-1] // 32)


def _mlx(bits: int, group: int) -> Callable[[str, tuple[int, ...]], Tensors]:
    """MLX affine: the inputs packed into U32, a scale and a bias for each group of them."""

    def write(name: str, shape: tuple[int, ...]) -> Tensors:
        *lead, inputs = shape
        stem = name.removesuffix(".weight")
        yield name, "U32", (*lead, inputs * bits // 32)
        yield f"{stem}.scales", "BF16", (*lead, inputs // group)
        yield f"{stem}.biases", "BF16", (*lead, inputs // group)

    return write


def _mlx_mxfp4(name: str, shape: tuple[int, ...]) -> Tensors:
    *lead, inputs = shape
    yield name, "U32", (*lead, inputs // 8)
    yield f"{name.removesuffix('.weight')}.scales", "U8", (*lead, inputs // 32)


def _bnb4(name: str, shape: tuple[int, ...]) -> Tensors:
    """bitsandbytes NF4 with double quantisation: blocks of 64, their scales in blocks of 256."""
    count = prod(shape)
    yield name, "U8", (count // 2, 1)
    yield f"{name}.absmax", "U8", (count // 64,)
    yield f"{name}.quant_map", "F32", (16,)
    yield f"{name}.nested_absmax", "F32", (ceil(count / 64 / 256),)
    yield f"{name}.nested_quant_map", "F32", (256,)
    yield f"{name}.quant_state.bitsandbytes__nf4", "U8", (92,)


def _bnb8(name: str, shape: tuple[int, ...]) -> Tensors:
    yield name, "I8", shape
    yield _beside(name, "SCB"), "F32", shape[:1]
    yield _beside(name, "weight_format"), "U8", ()


def _w8a8(name: str, shape: tuple[int, ...]) -> Tensors:
    """msmodelslim's dynamic W8A8: scale and offset a row."""
    yield name, "I8", shape
    yield f"{name}_scale", "BF16", (shape[0], 1)
    yield f"{name}_offset", "BF16", (shape[0], 1)


def _exl3(codebook: bool) -> Callable[[str, tuple[int, ...]], Tensors]:
    """exllamav3 (modules/quant/exl3.py, modules/linear.py) at 4 bits: both sides filled up to 128, tiles of 16 × 16 as
    I16, signs of inputs and outputs; the number of the codebook where it is not the first one."""

    def write(name: str, shape: tuple[int, ...]) -> Tensors:
        outputs, inputs = (ceil(size / 128) * 128 for size in shape)
        yield _beside(name, "trellis"), "I16", (inputs // 16, outputs // 16, 64)
        yield _beside(name, "suh"), "F16", (inputs,)
        yield _beside(name, "svh"), "F16", (outputs,)
        if codebook:
            yield _beside(name, "mcg"), "I32", ()

    return write


def _nobody(name: str, shape: tuple[int, ...]) -> Tensors:
    """A format of nobody's: a payload at 5 bits and a codebook."""
    yield _beside(name, "zq_payload"), "I16", (prod(shape) * 5 // 16,)
    yield _beside(name, "zq_book"), "F16", (32, 4)


def _nobody_in_place(name: str, shape: tuple[int, ...]) -> Tensors:
    """Another: bytes under the weight's own name, no scale that anyone knows."""
    yield name, "U8", (prod(shape) * 3 // 8,)
    yield _beside(name, "lattice"), "F16", (shape[-1] // 8,)


def _group(form: str, bits: int, kind: str, **weights: Any) -> dict[str, Any]:
    group = {"targets": ["Linear"], "weights": {"num_bits": bits, "type": kind, **weights}}
    return {"quant_method": "compressed-tensors", "format": form, "config_groups": {"group_0": group},
            "ignore": ["lm_head", r"re:.*mlp\.gate$"]}  # fmt: skip


def _by(inputs: int, outputs: int = 1) -> Callable[[tuple[int, ...]], bool]:
    return lambda shape: shape[-1] % inputs == 0 and shape[-2] % outputs == 0


TWO_AXES = frozenset({"numbered", "numbered w", "numbered expert_", "numbered fused"})
BARE = frozenset({"stacked", "stacked split", "stacked w"})
MODULES = frozenset({"stacked .weight", "switch_mlp", "switch_glu", "linear", "switch fc"})

PACKINGS: dict[str, Packing] = {
    "BF16": Packing({}),
    "F32": Packing({}, dtype="F32"),
    "F16": Packing({}, dtype="F16"),
    "fp8 blocks": Packing(
        {"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic", "fmt": "e4m3"},
        _fp8_blocks, stacks=BARE | MODULES,
    ),
    "fp8 rows": Packing(_group("float-quantized", 8, "float", strategy="channel"), _channel("F8_E4M3", "BF16")),
    "int8 rows": Packing(_group("int-quantized", 8, "int", strategy="channel"), _channel("I8", "BF16")),
    "gptq": Packing(
        {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False, "sym": True}, _gptq, fits=_by(32, 8)
    ),
    "awq": Packing(
        {"quant_method": "awq", "bits": 4, "group_size": 32, "zero_point": True, "version": "gemm"},
        _awq, fits=_by(32, 8),
    ),
    "pack-quantized": Packing(
        _group("pack-quantized", 4, "int", strategy="group", group_size=32, symmetric=True),
        _pack_quantized, fits=_by(32),
    ),
    "nvfp4": Packing(
        {"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16, "ignore": ["lm_head"]},
        _nvfp4, fits=_by(16),
    ),
    "mxfp4 blocks": Packing(
        {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"]},
        _mxfp4_blocks, stacks=BARE, experts_only=True, fits=_by(32),
    ),
    "mxfp8": Packing({"quant_method": "mxfp8", "weight_block_size": [1, 32]}, _mxfp8, fits=_by(32)),
    "mlx 4": Packing(
        {"group_size": 32, "bits": 4, "mode": "affine"}, _mlx(4, 32), stacks=MODULES, everything=True,
        key="quantization", fits=_by(32),
    ),
    "mlx 6": Packing(
        {"group_size": 64, "bits": 6, "mode": "affine"}, _mlx(6, 64), stacks=MODULES, everything=True,
        key="quantization", fits=_by(64),
    ),
    "mlx mxfp4": Packing(
        {"group_size": 32, "bits": 4, "mode": "mxfp4"}, _mlx_mxfp4, stacks=MODULES, everything=True,
        key="quantization", fits=_by(32),
    ),
    "bitsandbytes nf4": Packing(
        {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4",
         "bnb_4bit_use_double_quant": True}, _bnb4, fits=_by(64),
    ),
    "bitsandbytes 8": Packing({"quant_method": "bitsandbytes", "load_in_8bit": True}, _bnb8),
    "w8a8": Packing({}, _w8a8),
    "exl3": Packing({"quant_method": "exl3", "bits": 4.0, "head_bits": 6}, _exl3(True), fills_up=True),
    "exl3, first": Packing({"quant_method": "exl3", "bits": 4.0, "head_bits": 6}, _exl3(False), fills_up=True),
    "nobody's": Packing({"quant_method": "zq"}, _nobody, understood=False, stacks=BARE | MODULES, fits=_by(32)),
    "nobody's, unsaid": Packing({}, _nobody, understood=False, stacks=BARE | MODULES, fits=_by(32)),
    "nobody's in place": Packing({"quant_method": "zq"}, _nobody_in_place, understood=False, fits=_by(32)),
}  # fmt: skip


def can_store(packing: Packing, layout: str) -> bool:
    """Plain storage takes every layout, packers of linear layers those with one matrix an expert, some take stacks."""
    return packing.write is None or layout in TWO_AXES or layout in packing.stacks
