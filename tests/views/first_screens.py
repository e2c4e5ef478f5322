"""Models whose first screen is kept: each kind that a reader may meet, with what must be read off it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.architecture.published import LONGCAT
from tests.cli.samples import CONFIG, folder, table
from tests.cli_check.conftest import MIXTRAL, WRONG_CARD
from tests.formats import repos
from tests.gguf import samples as gguf

LLAMA: Mapping[str, Any] = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "max_position_embeddings": 131072, "torch_dtype": "bfloat16", "tie_word_embeddings": False,
}  # fmt: skip
"""Llama 3.1 8B's published configuration: 8,030,261,248 parameters, by its repo's page."""


def _unknown(path: Path) -> Path:
    return folder(path, {**CONFIG, "model_type": "nobody_knows", "architectures": ["Nobody"]}, table())


def _strange(path: Path) -> Path:
    """Names that no word of is known."""
    from moeaudit.evidence.tables import Tensor, TensorTable

    names = [Tensor(f"stage.{number}.blob", "BF16", (64, 64), "model.safetensors") for number in range(4)]
    return folder(path, {"model_type": "nobody_knows"}, TensorTable.collapse(names))


def _contradicted(path: Path) -> Path:
    """Mixtral 8x7B has 46,702,792,704 parameters; its card says 45B here."""
    path.mkdir()
    return folder(path / "Mixtral-8x7B-v0.1", MIXTRAL, README__md=WRONG_CARD)


def _gguf(path: Path) -> Path:
    path.mkdir()
    return gguf.one(path / "small-Q4_K_M.gguf")


def _disagreeing(path: Path) -> Path:
    """One tensor fewer in the weights than the config implies."""
    from moeaudit.evidence.tables import TensorTable

    cut = [tensor for tensor in table().expand() if tensor.name != "model.norm.weight"]
    return folder(path, CONFIG, TensorTable.collapse(cut))


RECORDED = {
    "deepseek-v3": "deepseek-ai/DeepSeek-V3",
    "deepseek-r1": "deepseek-ai/DeepSeek-R1",
    "gpt-oss-20b": "openai/gpt-oss-20b",
    "gpt-oss-120b": "openai/gpt-oss-120b",
    "mixtral": "mistralai/Mixtral-8x7B-v0.1",
    "kimi-k2": "moonshotai/Kimi-K2-Instruct",
    "kimi-k2.7-format-unsettled": "moonshotai/Kimi-K2.7-Code",
    "qwen3-vl": "Qwen/Qwen3-VL-30B-A3B-Instruct",
    "nllb": "facebook/nllb-moe-54b",
    "expert-choice": "google/expert-choice-8b-64e",
}
MADE: Mapping[str, Callable[[Path], Path]] = {
    "longcat": lambda path: folder(path, LONGCAT),
    "dense": lambda path: folder(path, LLAMA),
    "unknown-family": _unknown,
    "unknown-names": _strange,
    "card-contradicted": _contradicted,
    "format-unsettled": lambda path: folder(
        path, {**CONFIG, "quantization_config": {"quant_method": "newest"}}, table()
    ),
    "witnesses-disagree": _disagreeing,
    "gguf": _gguf,
    "pipeline": lambda path: repos.lay(path, repos.pipeline()),
    "params": lambda path: repos.lay(path, repos.consolidated(repos.large3(), repos.PARAMS)),
    "weights-alone": lambda path: repos.lay(path, repos.plain()),
}
SCREENS = (*RECORDED, *MADE)


def model(name: str, here: Path) -> str:
    """What `inspect` is asked for; a folder is made here, under the name."""
    if name in RECORDED:
        return RECORDED[name]
    made = MADE[name](here / name)
    return str(made.relative_to(here))
