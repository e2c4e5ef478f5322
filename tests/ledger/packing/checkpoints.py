"""What the packing tests share: a small model, configs that store it in every format, and published header tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Presence, Weight
from moeaudit.evidence.indices import indices
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.packing import Expected, Storage, StoredTensor, Unpacked, unpack
from moeaudit.vocabulary import Kind

SMALL: dict[str, Any] = {
    "model_type": "qwen3_moe", "torch_dtype": "bfloat16", "vocab_size": 512, "hidden_size": 256, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64, "num_experts": 4, "num_experts_per_tok": 2,
    "moe_intermediate_size": 128, "intermediate_size": 512, "decoder_sparse_step": 1, "mlp_only_layers": [],
    "norm_topk_prob": True, "tie_word_embeddings": False, "max_position_embeddings": 4096,
}  # fmt: skip
"""A Qwen3-MoE small enough to write down."""


def compressed(form: str, bits: int, kind: str, **weights: Any) -> dict[str, Any]:
    """A compressed-tensors section with one group."""
    group = {"targets": ["Linear"], "weights": {"num_bits": bits, "type": kind, **weights}}
    return {
        "quant_method": "compressed-tensors",
        "format": form,
        "config_groups": {"group_0": group},
        "ignore": ["lm_head", r"re:.*mlp\.gate$"],
    }


FORMATS: dict[str, dict[str, Any]] = {
    "plain": {},
    "fp8 blocks": {"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"},
    "fp8 tensor": {"quant_method": "fp8", "activation_scheme": "static"},
    "fbgemm": {"quant_method": "fbgemm_fp8"},
    "gptq 4": {"quant_method": "gptq", "bits": 4, "group_size": 128},
    "gptq 3": {"quant_method": "gptq", "bits": 3, "group_size": 128},
    "gptq 8": {"quant_method": "gptq", "bits": 8, "group_size": -1},
    "auto-round": {"quant_method": "auto-round", "bits": 2, "group_size": 64, "packing_format": "auto_round:auto_gptq"},
    "awq": {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True},
    "pack-quantized": compressed("pack-quantized", 4, "int", strategy="group", group_size=32, symmetric=True),
    "pack asymmetric": compressed("pack-quantized", 4, "int", strategy="group", group_size=128, symmetric=False),
    "pack ordered": compressed("pack-quantized", 4, "int", strategy="group", group_size=128, actorder="group"),
    "pack by output": compressed("pack-quantized", 8, "int", strategy="channel"),
    "pack 3 bits": compressed("pack-quantized", 3, "int", strategy="group", group_size=64),
    "int-quantized": compressed("int-quantized", 8, "int", strategy="channel"),
    "float-quantized": compressed("float-quantized", 8, "float", strategy="channel"),
    "nvfp4-pack-quantized": compressed("nvfp4-pack-quantized", 4, "float", strategy="tensor_group", group_size=16),
    "mxfp4-pack-quantized": compressed("mxfp4-pack-quantized", 4, "float", strategy="group", group_size=32),
    "mxfp8-quantized": compressed("mxfp8-quantized", 8, "float", strategy="group", group_size=32),
    "bitsandbytes nf4": {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4",
                         "bnb_4bit_use_double_quant": True},
    "bitsandbytes fp4": {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "fp4"},
    "bitsandbytes 8": {"quant_method": "bitsandbytes", "load_in_8bit": True},
    "modelopt nvfp4": {"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": ["lm_head"]},
    "modelopt fp8": {"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ["lm_head"]},
    "modelopt int4": {"quant_method": "modelopt", "quant_algo": "W4A16_AWQ", "group_size": 128, "ignore": ["lm_head"]},
    "modelopt mxfp4": {"quant_method": "modelopt", "quant_algo": "W4A8_MXFP4_FP8", "ignore": ["lm_head"]},
    "quark mxfp4": {"quant_method": "quark", "global_quant_config": {
        "weight": {"dtype": "fp4", "qscheme": "per_group", "group_size": 32}}, "exclude": ["lm_head"]},
    "mxfp8": {"quant_method": "mxfp8", "ignored_layers": ["lm_head"]},
    "mxfp8 blocks": {"quant_method": "mxfp8", "weight_block_size": [1, 32], "scale_fmt": "ue8m0"},
    "aqlm 1x16": {"quant_method": "aqlm", "linear_weights_not_to_quantize": ["lm_head.weight", "mlp.gate"]},
    "aqlm 2x8": {"quant_method": "aqlm", "nbits_per_codebook": 8, "num_codebooks": 2, "in_group_size": 8,
                 "out_group_size": 1, "linear_weights_not_to_quantize": ["lm_head.weight", "mlp.gate"]},
    "fp8 with mxfp4 experts": {"quant_method": "fp8", "weight_block_size": [128, 128], "store_dtype": "mxfp4"},
    "mlx 4": {"group_size": 64, "bits": 4, "mode": "affine"},
    "mlx mixed": {"group_size": 64, "bits": 4, "mode": "affine", "lm_head": {"group_size": 64, "bits": 6},
                  "model.layers.1.self_attn.v_proj": {"group_size": 32, "bits": 8}, "model.layers.0.mlp.gate": False},
    "mlx mxfp4": {"group_size": 32, "bits": 4, "mode": "mxfp4"},
}  # fmt: skip
"""Sections that store the small model; `mlx` stands under its own key."""


def config_of(name: str, base: Mapping[str, Any] = SMALL) -> dict[str, Any]:
    """The small model's config in one of the formats."""
    section = FORMATS[name]
    return {
        **base,
        **({"quantization" if name.startswith("mlx") else "quantization_config": section} if section else {}),
    }


def stored_weights(config: Mapping[str, Any], *, optional: bool = False) -> list[Weight]:
    """The weights that the config settles, and with `optional` the parameters that it does not."""
    return [
        weight
        for weight in describe(Config(config)).weights
        if weight.presence is Presence.STORED or (optional and weight.kind is Kind.PARAMETER)
    ]


def undone(
    table: TensorTable,
    config: Mapping[str, Any] | None = None,
    quant_config: Mapping[str, Any] | None = None,
    expected: Expected | None = None,
) -> Unpacked:
    """What `unpack` makes of a table under this config's recipe."""
    return unpack(table, Storage.of(config or {}, quant_config).recipe, expected)


def expecting(weights: Iterable[Weight]) -> Expected:
    """What an architecture of these weights says of a canonical template."""
    return {TensorGroup(one.name, one.index).canonical().template: one.shape for one in weights}.get


def parameters(weights: Iterable[Weight]) -> int:
    return sum(weight.elements for weight in weights if weight.kind is Kind.PARAMETER)


def table_of(tensors: Iterable[StoredTensor]) -> TensorTable:
    return TensorTable(tuple(tensor.group for tensor in tensors))


def listing(groups: Iterable[TensorGroup]) -> dict[str, tuple[str | None, tuple[int, ...] | None]]:
    """Type and shape of every tensor by its full name."""
    return {name: (group.dtype, group.shape) for group in groups for name in group.names()}


def read_header_table(path: Path) -> TensorTable:
    """A published header table, one row per pattern: `{0-60}` and `{3:47:4}` are ranges with their ends, joined by
    commas."""
    groups = []
    for line in path.read_text().splitlines()[1:]:
        pattern, dtype, shape = line.split("\t")
        spans = tuple(indices(sorted(_numbers(span))) for span in re.findall(r"\{([^}]*)\}", pattern))
        groups.append(TensorGroup(re.sub(r"\{[^}]*\}", "{}", pattern), spans, dtype, tuple(json.loads(shape))))
    return TensorTable(tuple(groups))


def _numbers(text: str) -> Iterable[int]:
    for piece in text.split(","):
        parts = [int(part) for part in re.split(r"[-:]", piece)]
        first, last, step = (*parts, *((parts[0], 1)[len(parts) - 1 :])) if len(parts) < 3 else parts
        yield from range(first, last + 1, step)
