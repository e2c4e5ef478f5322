"""Small configurations of the families that engines serve and transformers does not know, with the field names of their
releases. Sizes are made up, as in `outside.py`."""

from __future__ import annotations

from typing import Any

from tests.architecture.outside_sizes import BAILING, LLAMA, MLA

V41 = LLAMA | {
    "moe_intermediate_size": 96,
    "head_dim": 64,
    "q_lora_rank": 64,
    "o_groups": 2,
    "o_lora_rank": 32,
    "n_routed_experts": 8,
    "num_experts_per_tok": 2,
    "sliding_window": 128,
    "compress_ratios": [0, 2, 2, 1, 1, 1, 0, 0],
    "kv_source_layer_ids": [1, 3],
    "index_source_layer_ids": [1, 3, 5],
    "index_n_heads": 4,
    "index_head_dim": 32,
    "index_topk": 64,
    "engram_layer_ids": [1],
    "engram_num_embeddings": [1000],
    "engram_max_ngram_size": 3,
    "engram_n_heads": 2,
    "engram_head_dim": 16,
    "num_nextn_predict_layers": 2,
    "dspark_target_layer_ids": [4, 5],
    "dspark_markov_rank": 16,
}
K2_HORIZON = LLAMA | {
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 96,
    "num_shared_experts": 1,
    "mlp_only_layers": [0],
    "head_dim": 32,
}
MOONVIT = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
STEP3 = LLAMA | {
    "moe_num_experts": 8,
    "moe_top_k": 2,
    "moe_intermediate_size": 96,
    "share_expert_dim": 96,
    "share_q_dim": 64,
    "head_dim": 32,
    "moe_layers_enum": "1,2,3,5",
}
STEP5 = LLAMA | {
    "moe_num_experts": 8,
    "moe_top_k": 2,
    "moe_intermediate_size": 96,
    "share_expert_dim": 96,
    "num_attention_groups": 4,
    "head_dim": 32,
    "sliding_window": 128,
    "swa_num_attention_heads": 12,
    "use_head_wise_attn_gate": True,
    "layer_types": ["full_attention", "sliding_attention"] * 4,
    "moe_layers_enum": "1,2,3,4,5,6",
    "num_nextn_predict_layers": 1,
    "sparse_config": {"proxy_dim": 32, "sparse_indexer_num_heads": 4},
}
SERVED: dict[str, dict[str, Any]] = {
    "deepseek_v41": {
        "text_config": V41 | {"model_type": "deepseek_v41_text"},
        "vision_config": {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4, "intermediate_size": 96},
    },
    "deepseek_v41_text": V41,
    "sdar_moe": LLAMA | {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 96, "head_dim": 32},
    "Klear": LLAMA | {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 96, "mlp_only_layers": [0]},
    "llada2": BAILING,
    "llada2_moe": BAILING | {"moe_router_enable_expert_bias": True, "n_group": 2, "topk_group": 1},
    "param2moe": BAILING | {"moe_shared_expert_intermediate_size": 160, "n_group": 2, "topk_group": 1},
    "alice_ai": LLAMA
    | {
        "layer_types": ["linear_attention", "full_attention"] * 3,
        "linear_num_key_heads": 8,
        "linear_num_value_heads": 8,
        "linear_key_head_dim": 32,
        "linear_value_head_dim": 32,
        "block_attn_res_block_size": 2,
        "head_dim": 32,
        "num_experts": 8,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 96,
        "shared_expert_intermediate_size": 96,
    },
    "iquest_q1": LLAMA
    | {
        "dense_intermediate_size": 512,
        "intermediate_size": 96,
        "num_experts": 8,
        "num_experts_per_tok": 2,
        "head_dim": 32,
        "num_hybrid_layers_block": 1,
        "last_layers_types": ["full_attention"],
    },
    "nomic_bert": {
        "n_embd": 64,
        "n_layer": 4,
        "n_head": 4,
        "n_inner": 96,
        "vocab_size": 1000,
        "num_experts": 8,
        "moe_top_k": 2,
        "moe_every_n_layers": 2,
        "type_vocab_size": 1,
    },
    "ovis2_6_moe": {
        "llm_config": LLAMA
        | {
            "model_type": "qwen3_moe",
            "num_experts": 8,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 96,
            "head_dim": 32,
        },
        "vit_config": MOONVIT | {"patch_size": 16, "image_size": 64, "hidden_stride": 2},
        "visual_vocab_size": 100,
    },
    "step5": STEP5,
    "step4": STEP5 | {"norm_dtype": "float32"},
    "step3p5v": {
        "text_config": STEP5 | {"model_type": "step4"},
        "vision_config": {"width": 64, "layers": 2, "heads": 4, "mlp_ratio": 2.0, "image_size": 56, "patch_size": 14},
    },
    "step5_vl": {
        "text_config": STEP5 | {"model_type": "step5"},
        "vision_config": {"width": 64, "layers": 2, "heads": 4, "mlp_ratio": 2.0, "image_size": 56, "patch_size": 14},
    },
    "k2_horizon": K2_HORIZON,
    "k2_horizon_mova": K2_HORIZON
    | {"mova_num_experts": 6, "mova_num_experts_per_tok": 2, "attention_gate_func": "softplus", "query_key_norm": True},
    "pangu_ultra_moe": MLA
    | {"moe_layer_freq": 1, "sandwich_norm": True, "router_enable_expert_bias": True, "n_group": 1, "topk_group": 1},
    "longcat_flash_ngram": LLAMA
    | {
        "num_layers": 3,
        "ffn_hidden_size": 512,
        "q_lora_rank": 64,
        "kv_lora_rank": 32,
        "qk_nope_head_dim": 32,
        "qk_rope_head_dim": 16,
        "v_head_dim": 32,
        "n_routed_experts": 8,
        "moe_topk": 2,
        "zero_expert_num": 4,
        "expert_ffn_hidden_size": 96,
        "ngram_vocab_size_ratio": 3,
        "emb_neighbor_num": 3,
        "emb_split_num": 2,
    },
    "kimi_vl": {
        "text_config": MLA | {"model_type": "deepseek_v3", "q_lora_rank": None, "num_nextn_predict_layers": 0},
        "vision_config": MOONVIT,
    },
    "step3_text": STEP3,
    "step3_vl": {
        "text_config": STEP3 | {"model_type": "step3_text"},
        "vision_config": {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96},
    },
    "bailing_moe_linear": BAILING | {"layer_group_size": 4, "group_norm_size": 4, "use_qk_norm": True},
    "bailing_moe_v3": BAILING
    | {
        "layer_group_size": 4,
        "short_conv_kernel_size": 4,
        "no_kda_lora": True,
        "gated_attention_proj_granularity_type": "head_wise",
        "q_lora_rank": 64,
        "kv_lora_rank": 32,
        "qk_nope_head_dim": 32,
        "qk_rope_head_dim": 16,
        "v_head_dim": 32,
        "moe_shared_expert_intermediate_size": 80,
    },
    "bailing_moe_v2_5": BAILING
    | {
        "layer_group_size": 3,
        "group_norm_size": 4,
        "use_qk_norm": True,
        "q_lora_rank": 64,
        "kv_lora_rank": 32,
        "qk_nope_head_dim": 32,
        "qk_rope_head_dim": 16,
        "v_head_dim": 32,
        "num_nextn_predict_layers": 1,
        "moe_router_enable_expert_bias": True,
    },
}
