"""GGUF files on disk, their heads written by `gguf.GGUFWriter` and their data a hole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from tests.gguf.conversion import Named

TYPE = GGMLQuantizationType

MIXES: Mapping[str, tuple[TYPE, TYPE, TYPE]] = {
    "BF16": (TYPE.BF16, TYPE.BF16, TYPE.BF16),
    "Q8_0": (TYPE.Q8_0, TYPE.Q8_0, TYPE.Q8_0),
    "Q4_K_M": (TYPE.Q4_K, TYPE.Q6_K, TYPE.Q4_K),
    "Q2_K": (TYPE.Q2_K, TYPE.Q3_K, TYPE.Q2_K),
    "IQ4_XS": (TYPE.IQ4_XS, TYPE.Q5_K, TYPE.IQ4_XS),
    "IQ2_XXS": (TYPE.IQ2_XXS, TYPE.Q2_K, TYPE.IQ2_XXS),
    "Q4_0": (TYPE.Q4_0, TYPE.Q4_0, TYPE.Q4_0),
    "MXFP4_MOE": (TYPE.Q8_0, TYPE.Q8_0, TYPE.MXFP4),
}
"""Type of most matrices, of attention's values and every second `ffn_down`, and of stacked experts, after
llama_tensor_get_type of llama.cpp (src/llama-quant.cpp)."""

FILE_TYPES = {**{mix: LlamaFileType[f"MOSTLY_{mix}"] for mix in MIXES}}

PLAIN = ("ffn_gate_inp", "exp_probs_b", "ssm_", "shortconv.conv", "norm", "_sinks", ".scale", ".bias")
"""Parts of names that a quantiser leaves in F32, beside whatever is no matrix."""


def type_of(name: str, shape: Sequence[int], layer: int, mix: str) -> TYPE:
    """The type that a mix gives a tensor. Rows that its blocks do not divide fall back, as in llama.cpp."""
    if len(shape) < 2 or any(word in name for word in PLAIN):
        return TYPE.F32
    most, finer, experts = MIXES[mix]
    wanted = experts if "_exps" in name else most
    if "attn_v" in name or (".ffn_down" in name and layer % 2 and wanted == most):
        wanted = finer
    if name in ("output.weight", "token_embd.weight") and mix not in ("BF16", "Q8_0"):
        wanted = TYPE.Q6_K
    for fallback in (wanted, TYPE.Q8_0, TYPE.F16):
        if shape[-1] % GGML_QUANT_SIZES[fallback][0] == 0:
            return fallback
    raise AssertionError


def stored(tensor: Named, mix: str) -> TYPE:
    number = tensor.name.split(".")[1]
    return type_of(tensor.name, tensor.shape, int(number) if number.isdigit() else 0, mix)


def size_of(tensor: Named, dtype: TYPE) -> int:
    block, size = GGML_QUANT_SIZES[dtype]
    return tensor.elements // block * size


def write(
    path: Path,
    tensors: Iterable[Named],
    architecture: str,
    keys: Mapping[str, Any],
    mix: str = "Q4_K_M",
    *,
    big_endian: bool = False,
    vocabulary: int = 50,
) -> int:
    """A whole file, its data a hole. `keys` without a dot are the architecture's own. Bytes of the data."""
    from gguf.constants import GGUFEndian

    writer = GGUFWriter(path, architecture, endianess=GGUFEndian.BIG if big_endian else GGUFEndian.LITTLE)
    if mix:
        writer.add_file_type(int(FILE_TYPES[mix]))
    for key, value in keys.items():
        add(writer, key if "." in key else f"{architecture}.{key}", value)
    writer.add_token_list([f"token {number}" for number in range(vocabulary)])
    writer.add_token_scores([0.5] * vocabulary)
    written = 0
    for tensor in tensors:
        dtype = stored(tensor, mix or "BF16")
        block, size = GGML_QUANT_SIZES[dtype]
        shape = (*tensor.shape[:-1], tensor.shape[-1] // block * size)
        writer.add_tensor_info(tensor.name, shape, np.dtype(np.uint8), size_of(tensor, dtype), raw_dtype=dtype)
        written += -(-size_of(tensor, dtype) // 32) * 32
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    head = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(-(-head // 32) * 32 + written)
    return written


def add(writer: GGUFWriter, key: str, value: Any) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    else:
        writer.add_array(key, value)
