"""Small configurations of frames around other lineages' language models, and of first releases whose types dense models
share. Sizes are made up, as in `outside.py`."""

from __future__ import annotations

from typing import Any

from tests.architecture.outside_sizes import LLAMA, MLA

QWEN = LLAMA | {
    "model_type": "qwen3_moe",
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 96,
    "head_dim": 32,
}
INTERN_VIT = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "image_size": 56,
    "patch_size": 14,
}
PHIXTRAL = {
    "n_embd": 64,
    "n_layer": 2,
    "n_head": 4,
    "n_inner": None,
    "vocab_size": 1000,
    "n_positions": 512,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
}
FRAMED: dict[str, dict[str, Any]] = {
    "internvl_chat": {
        "llm_config": QWEN,
        "vision_config": INTERN_VIT | {"qkv_bias": True, "qk_normalization": True, "norm_type": "rms_norm"},
        "downsample_ratio": 0.5,
    },
    "interns1": {
        "text_config": QWEN,
        "vision_config": INTERN_VIT | {"use_qk_norm": True, "use_mean_pooling": False, "use_mask_token": True},
    },
    "dots_vlm": MLA
    | {
        "vision_config": {
            "embed_dim": 64,
            "hidden_size": 256,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "patch_size": 14,
        }
    },
    "xverse": LLAMA | {"num_experts": 8, "moe_top_k": 2, "num_shared_experts": 2, "intermediate_size": 96},
    "minicpm": LLAMA | {"num_experts": 8, "num_experts_per_tok": 2},
    "phixtral": PHIXTRAL,
    "phi-msft": PHIXTRAL | {"n_head_kv": 2},
}
