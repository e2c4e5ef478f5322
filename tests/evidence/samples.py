"""A small model, described once for all tests of this room."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from moeaudit.evidence.tables import Tensor, TensorTable
from tests.hub.repos import HubFile, shard_file, weight_files

ID = "org/tiny-moe"
CONFIG: dict[str, Any] = {
    "architectures": ["MixtralForCausalLM"],
    "model_type": "mixtral",
    "hidden_size": 64,
    "num_hidden_layers": 4,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 1000,
}
CARD = "# Tiny\n\n47B parameters.\n"


NONE: Mapping[str, Any] = {}


def publish(folder: Path, weights: TensorTable | None = None, files: Mapping[str, str | HubFile] = NONE) -> Path:
    """A model's folder: its config, the files given, and sparse shards of `weights` with genuine headers."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    given = {name: HubFile.of(file) if isinstance(file, str) else file for name, file in files.items()}
    for name, file in ((weight_files(weights) if weights else {}) | given).items():
        (folder / name).parent.mkdir(exist_ok=True)
        with (folder / name).open("wb") as shard:
            shard.write(file.head)
            shard.truncate(file.size)
    return folder


def module(name: str, *shape: int) -> HubFile:
    """A weight file that holds one tensor."""
    return shard_file([Tensor(name, "BF16", shape or (64,))])


def table(shards: int | Sequence[str] = 3) -> TensorTable:
    """A Mixtral of 4 layers and 8 experts, over this many shards (1: a single file), or over files of these names."""
    listed = [Tensor("model.embed_tokens.weight", "BF16", (1000, 64)), Tensor("lm_head.weight", "BF16", (1000, 64))]
    for layer in range(4):
        prefix = f"model.layers.{layer}"
        listed.append(Tensor(f"{prefix}.input_layernorm.weight", "BF16", (64,)))
        listed += [
            Tensor(f"{prefix}.block_sparse_moe.experts.{expert}.{name}.weight", "BF16", (64, 128))
            for expert in range(8)
            for name in ("w1", "w2", "w3")
        ]
    files = (
        shards
        if not isinstance(shards, int)
        else ["model.safetensors"]
        if shards == 1
        else [f"model-{number:05d}-of-{shards:05d}.safetensors" for number in range(1, shards + 1)]
    )
    return TensorTable.collapse(
        tensor._replace(shard=files[place * len(files) // len(listed)]) for place, tensor in enumerate(listed)
    )
