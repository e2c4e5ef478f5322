"""Small configurations of the families that transformers does not know, with the field names of their releases.

Sizes are made up: laws and hostile values need a config that reads, not one that was published.
"""

from __future__ import annotations

from typing import Any

from tests.architecture.outside_engines import SERVED
from tests.architecture.outside_frames import FRAMED
from tests.architecture.outside_sizes import BAILING, DEEPSEEK, LLAMA, MLA

MIMO = LLAMA | {
    "attention_projection_layout": "fused_qkv",
    "head_dim": 24,
    "v_head_dim": 16,
    "swa_num_key_value_heads": 8,
    "moe_intermediate_size": 96,
    "n_routed_experts": 8,
    "num_experts_per_tok": 2,
    "hybrid_layer_pattern": [0, 1, 1, 1, 1, 0],
    "moe_layer_freq": [0, 1, 1, 1, 1, 1],
    "vision_config": {"depth": 4, "hidden_size": 64, "num_heads": 2, "num_key_value_heads": 1, "qk_channels": 16},
    "audio_config": {"input_local_layers": 2, "input_local_dim": 32, "audio_channels": 3, "speech_vocab_size": "40"},
}
HUNYUAN = LLAMA | {
    "num_experts": 8,
    "moe_topk": [2] * 6,
    "num_shared_expert": [1] * 6,
    "moe_intermediate_size": [512] * 6,
    "use_qk_norm": True,
    "attention_head_dim": 32,
    "use_mixed_mlp_moe": True,
    "moe_layer_num_skipped": 1,
}
VISION = {"width": 64, "image_size": 224, "patch_size": 14, "layers": 2}
OUTSIDE: dict[str, dict[str, Any]] = {
    **SERVED,
    **FRAMED,
    "mimo_v2": MIMO,
    "arctic": LLAMA
    | {"num_local_experts": 8, "num_experts_per_tok": 2, "moe_layer_frequency": 2, "parallel_attn_mlp_res": True},
    "bailing_moe": BAILING,
    "bailing_moe_v2": BAILING | {"num_nextn_predict_layers": 1, "n_group": 2, "topk_group": 1, "use_qk_norm": True},
    "bailingmm": {"llm_config": BAILING | {"model_type": "bailing_moe"}, "vision_config": VISION, "multi_gate": True},
    "deepseek": DEEPSEEK,
    "DeepseekOCR": {
        "language_config": DEEPSEEK | {"model_type": "deepseek_v2", "use_mla": False},
        "projector_config": {"input_dim": 64},
        "vision_config": {
            "width": {
                "clip-l-14-224": {"width": 64, "layers": 2, "heads": 4, "image_size": 224, "patch_size": 14},
                "sam_vit_b": {
                    "width": 64,
                    "layers": 2,
                    "heads": 4,
                    "image_size": 1024,
                    "patch_size": 16,
                    "global_attn_indexes": [1],
                    "downsample_channels": [32, 64],
                },
            }
        },
    },
    "deepseek_ref": LLAMA
    | {
        "moe_intermediate_size": 96,
        "head_dim": 64,
        "q_lora_rank": 64,
        "o_groups": 2,
        "o_lora_rank": 32,
        "n_routed_experts": 8,
        "num_experts_per_tok": 2,
        "num_hash_layers": 1,
        "sliding_window": 128,
        "index_n_heads": 4,
        "index_head_dim": 32,
        "index_topk": 64,
        "compress_ratios": [0, 4, 128, 4, 128, 0],
    },
    "deepseek_vl_v2": {
        "language_config": MLA | {"model_type": "deepseek_v2", "use_mla": True},
        "vision_config": VISION,
        "projector_config": {"input_dim": 64, "n_embed": 256, "projector_type": "downsample_mlp_gelu"},
    },
    "grok-1": LLAMA | {"num_experts": 8, "num_experts_per_tok": 2},
    "hunyuan": HUNYUAN,
    "hunyuan_image_3_moe": HUNYUAN
    | {"vit": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "patch_size": 16}},
    "kimi_k2": MLA,
    "kimi_k3": {
        "vision_config": {
            "vt_hidden_size": 64,
            "vt_intermediate_size": 128,
            "vt_num_hidden_layers": 2,
            "vt_num_attention_heads": 4,
        },
        "text_config": MLA
        | {
            "model_type": "kimi_k3_text",
            "num_experts": 8,
            "linear_attn_config": {
                "full_attn_layers": [3, 6],
                "kda_layers": [1, 2, 4, 5],
                "num_heads": 8,
                "head_dim": 32,
                "short_conv_kernel_size": 4,
            },
        },
    },
    "mistral3": {
        "text_config": LLAMA | {"model_type": "mistral4"} | MLA,
        "vision_config": {
            "hidden_size": 64,
            "num_attention_heads": 4,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "image_size": 64,
            "patch_size": 16,
        },
        "spatial_merge_size": 2,
    },
    "minimax_m1": LLAMA
    | {
        "num_local_experts": 8,
        "num_experts_per_tok": 2,
        "head_dim": 32,
        "attn_type_list": [0, 1, 0, 1, 0, 1],
        "shared_intermediate_size": 0,
    },
    "openmoe": LLAMA | {"num_experts": 8, "topk": 2, "moe_layer_interval": 2, "head_dim": 32},
    "step3p5": LLAMA
    | {
        "moe_num_experts": 8,
        "moe_top_k": 2,
        "moe_intermediate_size": 96,
        "share_expert_dim": 96,
        "head_dim": 32,
        "num_attention_groups": 4,
        "moe_layers_enum": "2,3,4,5",
    },
}
