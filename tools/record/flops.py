"""Record what torch counts for one forward pass of small models: `python tools/record/flops.py`.

Needs torch 2.13 and transformers 5.23; the project and its tests do not. Every model is built on the meta device from
a shrunken configuration of its own class, and `torch.utils.flop_counter.FlopCounterMode` counts one sequence of each
length. Experts run as batched matrix products over the selected experts, so that only what a token uses is counted.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).resolve().parents[2] / "tests/costs/recorded_flops.json"
CONTEXTS = (64, 192)

SMALL: dict[str, Any] = {
    "hidden_size": 256,
    "num_hidden_layers": 4,
    "vocab_size": 1024,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 32,
    "intermediate_size": 384,
    "moe_intermediate_size": 96,
    "shared_expert_intermediate_size": 96,
    "sliding_window": 4096,
    "max_position_embeddings": 8192,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "kv_lora_rank": 64,
    "q_lora_rank": 96,
    "qk_nope_head_dim": 32,
    "qk_rope_head_dim": 16,
    "v_head_dim": 24,
}
"""Fields made small wherever a configuration has them; the rest keeps its class's default."""

EXPERTS = {
    "num_experts": 16,
    "num_local_experts": 16,
    "n_routed_experts": 16,
    "moe_num_experts": 16,
    "num_experts_per_tok": 4,
}

MODELS: dict[str, dict[str, Any]] = {
    "mixtral": {},
    "qwen2_moe": {},
    "qwen3_moe": {},
    "olmoe": {},
    "flex_olmo": {},
    "phimoe": {"num_experts_per_tok": 2},
    "granitemoe": {},
    "granitemoeshared": {},
    "gpt_oss": {},
    "glm4_moe": {"first_k_dense_replace": 1},
    "minimax_m2": {},
    "dots1": {
        "first_k_dense_replace": 1,
        "n_routed_experts": 16,
        "n_shared_experts": 1,
        "n_group": 1,
        "topk_group": 1,
        "num_experts_per_tok": 4,
    },
    "ernie4_5_moe": {},
    "llama4_text": {"attention_chunk_size": 4096},
    "afmoe": {},
    "deepseek_v2": {
        "first_k_dense_replace": 1,
        "n_group": 1,
        "topk_group": 1,
        "num_experts_per_tok": 4,
        "head_dim": 16,
        "num_key_value_heads": 8,
    },
    "deepseek_v3": {
        "first_k_dense_replace": 1,
        "n_group": 4,
        "topk_group": 2,
        "head_dim": 16,
        "num_key_value_heads": 8,
    },
    "solar_open": {},
    "exaone_moe": {},
    "cohere2_moe": {},
    "qwen3_next": {},
    "mimo_v2_flash": {},
    "granitemoehybrid": {},
    "glm4_moe_lite": {"first_k_dense_replace": 1, "head_dim": 16, "num_key_value_heads": 8},
    "minimax": {},
    "jamba": {},
    "kimi_linear": {},
    "aria_text": {},
    "mellum": {},
    "laguna": {},
    "flint": {},
    "hy_v3": {},
}

LINEAR = {"aten.mm", "aten.addmm", "aten.convolution"}
"""Products with stored matrices. Batched products are between positions, except inside experts."""

READS_VALUES = {"qwen3_next", "kimi_linear", "minimax", "jamba", "granitemoehybrid"}
"""Models whose mask code looks at values, which the meta device has none of: counted on the processor."""


def small_config(model_type: str, extra: Mapping[str, Any]) -> Any:
    """The class's default configuration with what `SMALL` and `EXPERTS` name made small, then `extra`."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    shape = CONFIG_MAPPING[model_type]()
    fields = {**shape.to_dict()}
    chosen = {name: value for name, value in {**SMALL, **EXPERTS}.items() if fields.get(name) is not None}
    return CONFIG_MAPPING[model_type](**{**chosen, **extra})


def count(config: Any, context: int) -> dict[str, int]:
    """FLOPs of one forward pass over `context` tokens: linear layers, experts, and everything between positions."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import AutoModelForCausalLM

    with torch.device("cpu" if config.model_type in READS_VALUES else "meta"):
        model = AutoModelForCausalLM.from_config(
            config, attn_implementation="eager", experts_implementation="batched_mm", dtype=torch.bfloat16
        )
        tokens, mask = torch.zeros((1, context), dtype=torch.long), torch.ones((1, context), dtype=torch.long)
    model.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(input_ids=tokens, attention_mask=mask, use_cache=False)
    found: Counter[str] = Counter()
    counts = counter.get_flop_counts()
    for operation, flops in counts["Global"].items():
        found["linear" if str(operation) in LINEAR else "positions"] += int(flops)
    for flops in expert_products(counts):
        found["positions"] -= flops
        found["experts"] += flops
    return dict(found)


def expert_products(counts: Mapping[str, Mapping[Any, int]]) -> Iterator[int]:
    """Batched products inside modules called `experts`: they are linear layers, not scores."""
    for name, operations in counts.items():
        if name.endswith(".experts"):
            yield from (int(flops) for operation, flops in operations.items() if str(operation) == "aten.bmm")


def main(path: Path) -> None:
    recorded: dict[str, Any] = {
        "torch": version("torch"),
        "transformers": version("transformers"),
        "contexts": list(CONTEXTS),
        "models": {},
    }
    for model_type, extra in MODELS.items():
        try:
            config = small_config(model_type, extra)
            counts = {str(context): count(config, context) for context in CONTEXTS}
        except (
            ValueError,
            TypeError,
            RuntimeError,
            KeyError,
            AttributeError,
            NotImplementedError,
            ImportError,
        ) as error:
            print(f"{model_type}: not recorded: {type(error).__name__}: {str(error)[:160]}", file=sys.stderr)
            continue
        recorded["models"][model_type] = {"config": json.loads(config.to_json_string(use_diff=False)), "flops": counts}
        print(f"{model_type}: {counts}")
    path.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(RECORDED)
