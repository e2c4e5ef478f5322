"""What is said of a format is what the headers' own types say, where a config's word, or none, is not theirs."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.audits.inspect import inspect
from moeaudit.evidence.tables import Tensor
from tests.architecture.tables import derived_tensors
from tests.formats import repos
from tests.hub.repos import shard_file

CONFIG: dict[str, Any] = {
    "model_type": "mixtral", "architectures": ["MixtralForCausalLM"], "hidden_size": 256, "intermediate_size": 512,
    "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": 640,
    "num_local_experts": 4, "num_experts_per_tok": 2, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip
FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128]}
DECLARED = [
    FP8, {"quant_method": "mxfp4"}, {"quant_method": "gptq", "bits": 4, "group_size": 128},
    {"quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemm"},
    {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
]  # fmt: skip
LINEAR = ("proj", ".experts.")
PLAIN = list(derived_tensors(describe(Config(CONFIG))))


def said(folder: Path, tensors: list[Tensor], config: dict[str, Any] | None) -> str:
    files = {"model.safetensors": shard_file(tensors)} | ({"config.json": repos.text(config)} if config else {})
    return inspect(str(repos.lay(folder / "model", files)), offline=True).precision


def plain(dtype: str = "BF16") -> list[Tensor]:
    return [Tensor(name, dtype, shape) for name, shape in PLAIN]


def in_blocks() -> list[Tensor]:
    """FP8 of 128 × 128, as DeepSeek-V3's published files have it."""
    found = []
    for name, shape in PLAIN:
        packed = any(word in name for word in LINEAR)
        found.append(Tensor(name, "F8_E4M3" if packed else "BF16", shape))
        if packed:
            found.append(Tensor(f"{name}_scale_inv", "F32", tuple(size // 128 for size in shape)))
    return found


@pytest.mark.parametrize("declared", DECLARED, ids=lambda one: str(one["quant_method"]))
def test_a_format_that_no_tensor_has_is_not_said(tmp_path: Path, declared: dict[str, Any]) -> None:
    assert said(tmp_path, plain(), {**CONFIG, "quantization_config": declared}) == "BF16"


def test_a_format_that_tensors_have_is_said_in_its_words(tmp_path: Path) -> None:
    assert said(tmp_path, in_blocks(), {**CONFIG, "quantization_config": FP8}).startswith("FP8 E4M3, 128×128 blocks")


@pytest.mark.parametrize("config", [CONFIG, None], ids=["undeclared", "alone"])
def test_what_is_packed_and_not_declared_is_said_by_its_type(tmp_path: Path, config: dict[str, Any] | None) -> None:
    tensors = in_blocks()
    sizes = {"F8_E4M3": 1, "BF16": 2, "F32": 4}
    held = [(one.dtype, sizes[str(one.dtype)] * prod(one.shape or ())) for one in tensors]
    packed, whole = sum(size for dtype, size in held if dtype == "F8_E4M3"), sum(size for _, size in held)
    assert said(tmp_path, tensors, config).startswith(f"F8_E4M3 {100 * packed / whole:.1f} %, BF16 ")


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
def test_weights_alone_are_of_their_own_type(tmp_path: Path, dtype: str) -> None:
    assert said(tmp_path, plain(dtype), None) == dtype
