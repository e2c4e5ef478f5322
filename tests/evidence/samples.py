"""A small model, described once for all tests of this room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from moeaudit.evidence.tables import Tensor, TensorTable

ID = "org/tiny-moe"
CONFIG: dict[str, Any] = {
    "architectures": ["MixtralForCausalLM"], "model_type": "mixtral", "hidden_size": 64, "num_hidden_layers": 4,
    "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 1000,
}
CARD = "# Tiny\n\n47B parameters.\n"


def table(shards: int = 3) -> TensorTable:
    """A Mixtral of 4 layers and 8 experts, over this many shards (1: a single file)."""
    listed = [Tensor("model.embed_tokens.weight", "BF16", (1000, 64)), Tensor("lm_head.weight", "BF16", (1000, 64))]
    for layer in range(4):
        prefix = f"model.layers.{layer}"
        listed.append(Tensor(f"{prefix}.input_layernorm.weight", "BF16", (64,)))
        listed += [Tensor(f"{prefix}.block_sparse_moe.experts.{expert}.{name}.weight", "BF16", (64, 128))
                   for expert in range(8) for name in ("w1", "w2", "w3")]
    files = ["model.safetensors"] if shards == 1 else \
        [f"model-{number:05d}-of-{shards:05d}.safetensors" for number in range(1, shards + 1)]
    return TensorTable.collapse(replace(tensor, shard=files[place * shards // len(listed)])
                                for place, tensor in enumerate(listed))
