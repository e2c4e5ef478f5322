"""Published configurations that several tests start from, cut to the fields that decide shapes; how tests read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Presence
from moeaudit.vocabulary import Kind, Part

V3: dict[str, Any] = {
    "model_type": "deepseek_v3",
    "architectures": ["DeepseekV3ForCausalLM"],
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "n_group": 8,
    "topk_group": 4,
    "first_k_dense_replace": 3,
    "num_nextn_predict_layers": 1,
    "vocab_size": 129280,
}
"""DeepSeek-V3's published configuration."""

V4: dict[str, Any] = {
    "model_type": "deepseek_v4",
    "hidden_size": 4096,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 43,
    "num_attention_heads": 64,
    "head_dim": 512,
    "q_lora_rank": 1024,
    "o_groups": 8,
    "o_lora_rank": 1024,
    "n_routed_experts": 256,
    "num_experts_per_tok": 6,
    "num_hash_layers": 3,
    "num_nextn_predict_layers": 1,
    "sliding_window": 128,
    "index_n_heads": 64,
    "index_head_dim": 128,
    "index_topk": 512,
    "vocab_size": 129280,
    "compress_ratios": [0, 0] + [4, 128] * 20 + [4, 0],
}
"""DeepSeek-V4-Flash's published configuration."""

MIXTRAL: dict[str, Any] = {
    "model_type": "mixtral",
    "architectures": ["MixtralForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 32000,
}
"""Mixtral 8x7B's published configuration."""

LONGCAT: dict[str, Any] = {
    "model_type": "longcat_flash",
    "hidden_size": 6144,
    "num_layers": 28,
    "num_attention_heads": 64,
    "ffn_hidden_size": 12288,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "n_routed_experts": 512,
    "moe_topk": 12,
    "zero_expert_num": 256,
    "expert_ffn_hidden_size": 2048,
    "vocab_size": 131072,
}
"""LongCat-Flash's published configuration."""

FULL = [4, 8, 12, 16, 20, 24, 27]
KIMI_LINEAR: dict[str, Any] = {
    "model_type": "kimi_linear",
    "hidden_size": 2304,
    "intermediate_size": 9216,
    "moe_intermediate_size": 1024,
    "num_hidden_layers": 27,
    "num_attention_heads": 32,
    "kv_lora_rank": 512,
    "q_lora_rank": None,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "num_experts": 256,
    "num_experts_per_token": 8,
    "num_shared_experts": 1,
    "first_k_dense_replace": 1,
    "vocab_size": 163840,
    "linear_attn_config": {
        "head_dim": 128,
        "num_heads": 32,
        "short_conv_kernel_size": 4,
        "full_attn_layers": FULL,
        "kda_layers": [number for number in range(1, 28) if number not in FULL],
    },
}
"""Kimi Linear 48B-A3B's published configuration."""


SMALL_MISTRAL3: dict[str, Any] = {
    "model_type": "mistral3",
    "text_config": {
        "model_type": "mistral4",
        "hidden_size": 96,
        "num_attention_heads": 4,
        "kv_lora_rank": 24,
        "q_lora_rank": 40,
        "qk_nope_head_dim": 12,
        "qk_rope_head_dim": 8,
        "v_head_dim": 20,
        "vocab_size": 301,
        "intermediate_size": 112,
        "moe_intermediate_size": 36,
        "n_routed_experts": 8,
        "num_experts_per_tok": 2,
        "num_hidden_layers": 2,
    },
    "vision_config": {
        "hidden_size": 48,
        "intermediate_size": 72,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "patch_size": 7,
    },
}
"""A small Mistral 3 around Mistral 4's language model."""

SWITCH_C: dict[str, Any] = {
    "d_model": 2080,
    "d_kv": 64,
    "d_ff": 6144,
    "num_heads": 30,
    "num_layers": 15,
    "num_decoder_layers": 15,
    "num_experts": 2048,
    "num_sparse_encoder_layers": 15,
    "num_sparse_decoder_layers": 15,
    "vocab_size": 32128,
}
"""flaxformer/t5x/configs/moe/models/switch_c.gin."""

NLLB: dict[str, Any] = {
    "d_model": 2048,
    "encoder_layers": 24,
    "decoder_layers": 24,
    "encoder_ffn_dim": 8192,
    "decoder_ffn_dim": 8192,
    "encoder_attention_heads": 16,
    "decoder_attention_heads": 16,
    "num_experts": 128,
    "encoder_sparse_step": 4,
    "decoder_sparse_step": 4,
    "vocab_size": 256206,
}

DBRX: dict[str, Any] = {
    "d_model": 6144,
    "n_heads": 48,
    "n_layers": 40,
    "vocab_size": 100352,
    "attn_config": {"kv_n_heads": 8},
    "ffn_config": {"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4},
}
SMALL: dict[str, Any] = {
    "hidden_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
    "intermediate_size": 48,
    "moe_intermediate_size": 12,
    "num_experts_per_tok": 2,
    "head_dim": 16,
}
"""Sizes small enough to count by hand, in Llama's fields."""


def read(config: dict[str, Any], **changes: Any) -> Architecture:
    return describe(Config({name: value for name, value in {**config, **changes}.items() if value is not ...}))


def described(model_type: str, fields: Mapping[str, Any], **more: Any) -> Architecture:
    return describe(Config({"model_type": model_type, **fields, **more}))


def total(architecture: Architecture, part: Part = Part.LANGUAGE) -> int:
    """All weights of a part, whether parameters, tables or buffers, and whether surely stored or not."""
    return sum(weight.elements for weight in architecture.weights if weight.part is part)


def parameters(architecture: Architecture, *parts: Part, presence: Presence | None = Presence.STORED) -> int:
    return sum(
        weight.elements
        for weight in architecture.weights
        if weight.kind is Kind.PARAMETER and (not parts or weight.part in parts) and presence in (None, weight.presence)
    )


def names(architecture: Architecture) -> set[str]:
    return {weight.name for weight in architecture.weights}
