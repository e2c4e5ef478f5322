"""Every MoE model type of transformers, and where its default configuration cannot serve as reference.

The reference configuration of a type is the default of its configuration class, changed by the values below where that
default does not build, or builds no experts. The values are those of published models of the family where one exists.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Variant(NamedTuple):
    """Values laid over a type's default configuration, and why the default does not serve."""

    reason: str
    values: dict[str, Any]


AS_IS = (
    "afmoe",
    "aria",
    "aria_text",
    "axk1",
    "axk2",
    "bailing_hybrid",
    "beam",
    "cohere2_moe",
    "deepseek_v3",
    "deepseek_v32",
    "deepseek_v4",
    "dots3_note",
    "dots3_note_text",
    "ernie4_5_moe",
    "ernie4_5_vl_moe",
    "exaone_moe",
    "flex_olmo",
    "flint",
    "gemma4",
    "glm4_moe",
    "glm4_moe_lite",
    "glm4v_moe",
    "glm4v_moe_text",
    "glm5_next",
    "glm5_next_text",
    "glm_moe_dsa",
    "gpt_oss",
    "granitemoe",
    "granitemoe_swa",
    "granitemoehybrid",
    "hy_v3",
    "hy_v4",
    "hy_v4_vl",
    "hy_v4_vl_text",
    "inkling2",
    "inkling2_loop",
    "inkling2_loop_text",
    "inkling2_text",
    "inkling_mm_model",
    "inkling_text",
    "jamba",
    "jetmoe",
    "kimi_k25",
    "kimi_linear",
    "kolibri1",
    "laguna",
    "lara_mini",
    "llama4",
    "llama4_text",
    "longcat_flash",
    "mellum",
    "mimo_v2_flash",
    "minimax",
    "minimax_m2",
    "minimax_m3_vl",
    "minimax_m3_vl_text",
    "mistral4",
    "mistral_large4",
    "mistral_large4_text",
    "mixtral",
    "muse_spark",
    "muse_spark_text",
    "nemo_speechlm",
    "nemotron_h",
    "nemotron_h_omni",
    "nllb-moe",
    "olmoe",
    "openai_privacy_filter",
    "phimoe",
    "qwen2_moe",
    "qwen3_5_moe",
    "qwen3_5_moe_text",
    "qwen3_moe",
    "qwen3_next",
    "qwen3_omni_moe_thinker",
    "qwen3_vl_moe",
    "qwen3_vl_moe_text",
    "sarvam_mla",
    "sarvam_moe",
    "solar_open",
    "step3p7",
    "switch_transformers",
    "unlimited_ocr",
    "zaya",
)
"""Types whose default configuration is the reference."""

GEMMA_MOE = {
    "num_experts": 128,
    "top_k_experts": 8,
    "moe_intermediate_size": 704,
    "hidden_size": 2816,
    "intermediate_size": 2112,
    "num_hidden_layers": 30,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 256,
    "global_head_dim": 512,
    "num_global_key_value_heads": 2,
}

QSA_INDEXER = {
    "indexer_n_heads": 16,
    "indexer_kv_heads": 1,
    "indexer_head_dim": 256,
    "indexer_budget": 2048,
    "indexer_compress_ratio": 4,
}

CHANGED = {
    "cohere2_vision": Variant(
        "the default's text model is dense; the defaults of Cohere 2 with experts",
        {"text_config": {"model_type": "cohere2_moe"}},
    ),
    "dbrx": Variant(
        "the default leaves the experts' sizes out; those of DBRX",
        {
            "d_model": 6144,
            "n_heads": 48,
            "n_layers": 40,
            "vocab_size": 100352,
            "max_seq_len": 32768,
            "tie_word_embeddings": False,
            "attn_config": {"kv_n_heads": 8, "clip_qkv": 8, "rope_theta": 500000.0},
            "ffn_config": {
                "ffn_hidden_size": 10752,
                "moe_num_experts": 16,
                "moe_top_k": 4,
                "moe_jitter_eps": 0,
                "moe_loss_weight": 0.05,
                "ffn_act_fn": {"name": "silu"},
            },
        },
    ),
    "deepseek_ocr2": Variant(
        "the default's text model is dense; sizes of DeepSeek-OCR 2",
        {
            "text_config": {
                "model_type": "deepseek_ocr2_text",
                "hidden_size": 1280,
                "intermediate_size": 6848,
                "moe_intermediate_size": 896,
                "num_hidden_layers": 12,
                "num_attention_heads": 10,
                "num_key_value_heads": 10,
                "n_routed_experts": 64,
                "n_shared_experts": 2,
                "num_experts_per_tok": 6,
                "vocab_size": 129280,
                "mlp_layer_types": ["dense"] + ["sparse"] * 11,
            }
        },
    ),
    "deepseek_v2": Variant("the default selects no number of experts", {"num_experts_per_tok": 6}),
    "diffusion_gemma": Variant(
        "the default has no experts; sizes of Gemma 4 26B-A4B",
        {"text_config": dict(model_type="diffusion_gemma_text", **GEMMA_MOE)},
    ),
    "doge": Variant("the default has no experts", {"is_moe": True}),
    "dots1": Variant(
        "the default has no experts; sizes of dots.llm1",
        {
            "hidden_size": 4096,
            "intermediate_size": 10944,
            "moe_intermediate_size": 1408,
            "num_hidden_layers": 62,
            "num_attention_heads": 32,
            "num_key_value_heads": 32,
            "n_routed_experts": 128,
            "n_shared_experts": 2,
            "num_experts_per_tok": 6,
            "first_k_dense_replace": 1,
            "vocab_size": 152064,
            "norm_topk_prob": True,
            "routed_scaling_factor": 2.5,
        },
    ),
    "gemma4_text": Variant(
        "the default has no experts; sizes of Gemma 4 26B-A4B",
        dict(
            enable_moe_block=True, attention_k_eq_v=True, hidden_size_per_layer_input=0, vocab_size=262144, **GEMMA_MOE
        ),
    ),
    "granitemoeshared": Variant("the default has no shared expert", {"shared_intermediate_size": 1024}),
    "hunyuan_v1_moe": Variant(
        "the default has one expert; sizes of Hunyuan-A13B",
        {
            "hidden_size": 4096,
            "intermediate_size": 3072,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "num_experts": 64,
            "moe_topk": 8,
            "num_shared_expert": 1,
            "vocab_size": 128167,
            "tie_word_embeddings": True,
        },
    ),
    "internvl": Variant(
        "the default's text model is dense; the defaults of Qwen 3 with experts",
        {"text_config": {"model_type": "qwen3_moe"}},
    ),
    "lfm2_moe": Variant(
        "the default names no layer types; those of LFM2-8B-A1B",
        {
            "hidden_size": 2048,
            "intermediate_size": 7168,
            "moe_intermediate_size": 1792,
            "num_hidden_layers": 24,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "num_experts": 32,
            "num_experts_per_tok": 4,
            "num_dense_layers": 2,
            "vocab_size": 65536,
            "layer_types": ["full_attention" if number in (2, 6, 10, 14, 18, 21) else "conv" for number in range(24)],
        },
    ),
    "qwen3_omni_moe": Variant(
        "the default talker lacks two sizes and does not build",
        {"talker_config": {"spatial_merge_size": 2, "text_config": {"shared_expert_intermediate_size": 768}}},
    ),
    "qwen4_exp": Variant(
        "the default names no indexer sizes", {"text_config": dict(model_type="qwen4_exp_text", **QSA_INDEXER)}
    ),
    "qwen4_exp_text": Variant("the default names no indexer sizes", dict(QSA_INDEXER)),
}
"""Types whose default configuration does not build, or builds no experts."""

TYPES = tuple(sorted({*AS_IS, *CHANGED}))

TOGETHER: dict[str, tuple[dict[str, Any], ...]] = {
    "axk2": ({"n_group": 1, "topk_group": 1},),
    "diffusion_gemma": (
        {
            "text_config.per_layer_config": "<absent>",
            "text_config.global_head_dim": 384,
            "text_config.num_global_key_value_heads": 4,
        },
    ),
    "dots3_note": (
        {
            "text_config.hidden_size": 10240,
            "vision_config.adapter_out_dim": 10240,
            "audio_config.adapter_out_dim": 10240,
        },
        {"text_config.num_attention_heads": 256, "text_config.num_key_value_heads": 256},
        {"vision_config.hidden_size": 3072, "vision_config.adapter_in_dim": 3072},
        {"vision_config.spatial_merge_size": 4, "vision_config.adapter_merge_size": 4},
        {"audio_config.hidden_size": 2560, "audio_config.adapter_input_size": 2560},
    ),
    "dots3_note_text": ({"num_attention_heads": 256, "num_key_value_heads": 256},),
    "ernie4_5_vl_moe": ({"text_config.hidden_size": 5120, "text_config.num_attention_heads": 40},),
    "gemma4": (
        {
            "text_config.enable_moe_block": True,
            "text_config.num_experts": 8,
            "text_config.top_k_experts": 2,
            "text_config.moe_intermediate_size": 704,
        },
        {
            "text_config.num_hidden_layers": 12,
            "text_config.num_kv_shared_layers": 6,
            "text_config.use_double_wide_mlp": True,
            "text_config.layer_types": ["sliding_attention"] * 5
            + ["full_attention"]
            + ["sliding_attention"] * 5
            + ["full_attention"],
            "text_config.per_layer_config": {"05": {"head_dim": 512}, "11": {"head_dim": 512}},
        },
        {
            "text_config.per_layer_config": "<absent>",
            "text_config.global_head_dim": 384,
            "text_config.num_global_key_value_heads": 2,
            "text_config.attention_k_eq_v": True,
        },
    ),
    "gemma4_text": (
        {
            "num_hidden_layers": 12,
            "num_kv_shared_layers": 6,
            "layer_types": ["sliding_attention"] * 5
            + ["full_attention"]
            + ["sliding_attention"] * 5
            + ["full_attention"],
            "per_layer_config": {
                "05": {"head_dim": 512, "num_key_value_heads": 2},
                "11": {"head_dim": 512, "num_key_value_heads": 2},
            },
        },
        {"hidden_size_per_layer_input": 128, "attention_k_eq_v": False},
        {"per_layer_config": "<absent>", "global_head_dim": 384, "num_global_key_value_heads": 4},
    ),
    "glm5_next": ({"text_config.num_attention_heads": 128, "text_config.num_key_value_heads": 128},),
    "glm5_next_text": ({"num_attention_heads": 128, "num_key_value_heads": 128},),
    "granitemoehybrid": (
        {"hidden_size": 8192, "mamba_n_heads": 256},
        {"mamba_d_head": 128, "mamba_n_heads": 64},
        {"mamba_expand": 4, "mamba_n_heads": 256},
        {"layer_types": ["linear_attention", "full_attention"] * 3},
        {"layer_types": ["linear_attention", "full_attention"] * 3, "attention_bias": True, "num_key_value_heads": 8},
    ),
    "hy_v4_vl": ({"text_config.hidden_size": 12288, "vision_config.out_hidden_size": 12288},),
    "inkling2": ({"text_config.hidden_size": 9216, "vision_config.text_hidden_size": 9216},),
    "inkling2_loop": (
        {"text_config.hidden_size": 4608, "vision_config.text_hidden_size": 4608},
        {"text_config.loop_layer_index_end": 12},
        {"text_config.loop_config": {"core_start": 6, "core_end": 12, "num_passes": 2, "gate_rank": 96}},
    ),
    "inkling2_loop_text": (
        {"loop_layer_index_end": 12},
        {"num_hidden_layers": 18, "loop_layer_index_start": 12, "layer_types": ["hybrid", "hybrid_sliding"] * 9},
        {"loop_config": {"core_start": 6, "core_end": 12, "num_passes": 2, "gate_rank": 96}},
    ),
    "muse_spark": (
        {"text_config.hidden_size": 16384, "audio_config.out_hidden_size": 16384},
        {
            "audio_config.num_hidden_layers": 3,
            "audio_config.patch_sizes": [16, 6, 5],
            "audio_config.hidden_sizes": [256, 512, 1024],
            "audio_config.depths": [2, 1, 3],
        },
    ),
    "qwen4_exp": (
        {"text_config.head_dim": 512, "text_config.indexer_head_dim": 512},
        {"text_config.ple_layer_ids": [1, 3], "text_config.eos_token_id": 1},
    ),
    "qwen4_exp_text": ({"head_dim": 512, "indexer_head_dim": 512}, {"ple_layer_ids": [1, 3], "eos_token_id": 1}),
}
"""Fields that only change together, because the configuration class holds them to one another."""

UNLIKE_RELEASES: dict[str, dict[str, str]] = {
    "aria": {"max_value_projector_patch_to_query_dict": "derived from projector_patch_to_query_dict"},
    "diffusion_gemma": {
        "tie_word_embeddings": "unties the encoder's weights from the decoder's too; releases store them once",
        "text_config.attention_bias": "the list of tied tensors names no biases, so they alone would be stored twice",
    },
    "hunyuan_v1_moe": {"num_shared_expert": "not read; the release's own code widens the shared expert by it"},
    "hy_v3": {"num_shared_experts=0": "0 is taken for absent, and the dense width is used instead"},
    "nemotron_h": {"tie_word_embeddings": "not read; the releases' own code ties"},
    "nemotron_h_omni": {"text_config.tie_word_embeddings": "not read; the releases' own code ties"},
    "deepseek_v2": {"topk_method": "not read; the releases' own code has a correction bias where it says noaux_tc"},
    "deepseek_ocr2": {
        "text_config.topk_method": "not read; the releases' own code has a correction bias where it says noaux_tc"
    },
    "unlimited_ocr": {
        "text_config.topk_method": "not read; the releases' own code has a correction bias where it says noaux_tc"
    },
}
"""Fields (or one value of them) where what transformers builds is not what a release with that field stores: not
recorded."""
