"""Sizes that many made-up configurations start from."""

from __future__ import annotations

LLAMA = {
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 6,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "vocab_size": 1000,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
}
DEEPSEEK = LLAMA | {
    "moe_intermediate_size": 96,
    "n_routed_experts": 8,
    "num_experts_per_tok": 2,
    "n_shared_experts": 2,
    "first_k_dense_replace": 1,
    "moe_layer_freq": 1,
}
MLA = DEEPSEEK | {
    "q_lora_rank": 64,
    "kv_lora_rank": 32,
    "qk_nope_head_dim": 32,
    "qk_rope_head_dim": 16,
    "v_head_dim": 32,
    "n_group": 2,
    "topk_group": 1,
    "num_nextn_predict_layers": 1,
}
BAILING = LLAMA | {
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "num_shared_experts": 2,
    "moe_intermediate_size": 96,
    "first_k_dense_replace": 1,
    "head_dim": 32,
    "use_bias": False,
    "use_qkv_bias": False,
}
