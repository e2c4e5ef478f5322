"""A checkpoint's tensors as llama.cpp's converter writes them: names by the `gguf` package's own TensorNameMap, and the
reshaping that convert_hf_to_gguf.py does before it asks that map.

No element is made or lost by any of it: experts are stacked, fused gates taken apart, the second projection of latent
attention split in two, convolutions squeezed. What the converter leaves out (prediction modules of most architectures,
encoders) is left out by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from gguf import TensorNameMap, get_tensor_name_map
from gguf.constants import MODEL_ARCH, MODEL_ARCH_NAMES

from moeaudit.evidence.indices import Indices

ARCHITECTURES = {name: arch for arch, name in MODEL_ARCH_NAMES.items()}


@dataclass(frozen=True)
class Rows:
    """Equal tensors: the template of their names, the shape of one, and the numbers of each `{}`."""

    name: str
    shape: tuple[int, ...]
    index: tuple[Indices, ...] = ()


@dataclass(frozen=True)
class Named:
    """One tensor of a GGUF file; the shape is the model's, slowest first."""

    name: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        return prod(self.shape)


def converted(rows: Iterable[Rows], architecture: str, config: Mapping[str, Any], blocks: int) -> list[Named]:
    """Every tensor of the converted file. KeyError where the package's map knows no name for one."""
    arch: MODEL_ARCH = ARCHITECTURES[architecture]
    names = get_tensor_name_map(arch, blocks)
    found = {}
    for row in rows:
        for one in reshaped(row, config, names):
            for tensor in named(one, names):
                assert tensor.name not in found, tensor.name
                found[tensor.name] = tensor
    return list(found.values())


def named(row: Rows, names: TensorNameMap) -> Iterator[Named]:
    for number in row.index[0] if row.index else (0,):
        told = row.name.replace("{}", str(number))
        direct = DIRECT.get(re.sub(r"^.*\.layers\.\d+\.", "", told))
        ours = f"blk.{number}.{direct}" if direct else names.get_name(told, try_suffixes=(".weight", ".bias"))
        if ours is None:
            raise KeyError(told)
        yield Named(ours, row.shape)


def known(name: str, names: TensorNameMap) -> bool:
    return names.get_name(name.replace("{}", "0"), try_suffixes=(".weight", ".bias")) is not None


DIRECT = {"router.scale": "ffn_gate_inp.scale", "router.per_expert_scale": "ffn_down_exps.scale"}
"""What the converter names itself (Gemma 4)."""


def reshaped(row: Rows, config: Mapping[str, Any], names: TensorNameMap) -> Iterator[Rows]:
    """The tensors that the converter makes of one template."""
    name, shape = row.name, row.shape
    name = name.replace("model.language_model.", "model.")  # the converter of a language model drops the wrapper
    name = name.replace("e_score_correction_bias", "e_score_correction.bias")
    name = re.sub(r"\.dt_bias$", ".dt_proj.bias", name)
    name = name.replace("_proj_bias", "_proj.bias")
    if "experts.{}." in name:
        name, shape = name.replace("experts.{}.", "experts."), (len(row.index[-1]), *shape)
        row = Rows(name, shape, row.index[:-1])
    name = re.sub(r"^.*\.layers\.\{\}\.\w+\.experts\.(?=(up|down|gate)_proj)", "model.layers.{}.mlp.experts.", name)
    name = re.sub(r"block_sparse_moe\.(?=(up|down|gate)_proj)", "mlp.", name)  # dense, as transformers calls Kimi's
    for word, ours in {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}.items():
        name = re.sub(rf"feed_forward\.experts\.{word}\.", f"mlp.experts.{ours}.", name)
    if "ffn.experts.mlp." in name:  # DbrxModel.modify_tensors
        experts = config["ffn_config"]["moe_num_experts"]
        shape = (experts, shape[0] // experts, shape[1])
    if len(shape) == 3 and "conv" in name and 1 in shape:
        shape = tuple(size for size in shape if size != 1)
    if "kv_b_proj" in name:
        yield from latent(Rows(name, shape, row.index), config)
    elif "qkvz" in name:
        keys = config["linear_num_key_heads"] * config["linear_key_head_dim"]
        values = config["linear_num_value_heads"] * config["linear_value_head_dim"]
        yield Rows(name.replace("in_proj_qkvz", "in_proj_qkv"), (2 * keys + values, shape[1]), row.index)
        yield Rows(name.replace("in_proj_qkvz", "in_proj_z"), (values, shape[1]), row.index)
    elif (fused := next((word for word in FUSED if word in name), None)) and not known(name, names):
        axis = fused_axis(name, shape, config)
        half = tuple(size // 2 if place == axis else size for place, size in enumerate(shape))
        for part in FUSED[fused]:
            yield Rows(name.replace(fused, part), half, row.index)
    else:
        yield Rows(name, shape, row.index)


FUSED = {
    "block_sparse_moe.input_linear": ("mlp.experts.gate_proj", "mlp.experts.up_proj"),
    "shared_mlp.input_linear": ("mlp.shared_experts.gate_proj", "mlp.shared_experts.up_proj"),
    "experts.gate_up_proj": ("experts.gate_proj", "experts.up_proj"),
}
"""Gate and up in one matrix, which the converter takes apart."""


def fused_axis(name: str, shape: tuple[int, ...], config: Mapping[str, Any]) -> int:
    """Where gate and up lie one behind the other: the axis that is not the hidden size's."""
    hidden = config["hidden_size"]
    return next(place for place in reversed(range(len(shape))) if shape[place] != hidden) if len(shape) > 1 else 0


def latent(row: Rows, config: Mapping[str, Any]) -> Iterator[Rows]:
    """kv_b_proj by head: keys transposed, values as they are (DeepseekV2Model.modify_tensors)."""
    heads, rank, keys = config["num_attention_heads"], config["kv_lora_rank"], config["qk_nope_head_dim"]
    values = row.shape[0] // heads - keys
    assert row.shape == (heads * (keys + values), rank)
    yield Rows(row.name.replace("kv_b_proj", "k_b_proj"), (heads, rank, keys), row.index)
    yield Rows(row.name.replace("kv_b_proj", "v_b_proj"), (heads, values, rank), row.index)
