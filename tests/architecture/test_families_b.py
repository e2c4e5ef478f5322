"""Rules of single families that the recorded tables do not show: released names, prediction modules, heads, fields of
releases that transformers reads differently, and what recurrent blocks keep. Expected figures are published ones or
follow by hand from a paper's formula, named where they stand."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.blocks import Attention, Block
from moeaudit.architecture.blocks.attention_experts import AttentionExperts
from moeaudit.architecture.blocks.block_indexer import BlockIndexer, PooledKeyIndexer
from moeaudit.architecture.blocks.cache import CacheKind, SequenceState, TokenCache
from moeaudit.architecture.blocks.linear_attention import GatedDeltaNet, LightningAttention
from moeaudit.architecture.blocks.mamba import Mamba, Mamba2
from moeaudit.architecture.blocks.ngram import NGramTable, is_prime, primes_from
from moeaudit.architecture.blocks.short_conv import DepthwiseConv, ShortConv
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Presence, Sharding
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Component, Part
from tests.architecture.published import names, parameters, read
from tests.architecture.recordings import Recording

QWEN3_NEXT: dict[str, Any] = {
    "model_type": "qwen3_next",
    "hidden_size": 2048,
    "intermediate_size": 5120,
    "num_hidden_layers": 48,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "head_dim": 256,
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "num_experts": 512,
    "num_experts_per_tok": 10,
    "vocab_size": 151936,
    "full_attention_interval": 4,
}
"""Qwen3-Next-80B-A3B's published configuration."""

QWEN3_5: dict[str, Any] = {
    "model_type": "qwen3_5_moe_text",
    "hidden_size": 2048,
    "num_hidden_layers": 40,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "mtp_num_hidden_layers": 1,
    "vocab_size": 248320,
}
"""A pruned Qwen3.5-35B-A3B, published as its language model alone."""

NEMOTRON: dict[str, Any] = {
    "model_type": "nemotron_h",
    "hidden_size": 4096,
    "hybrid_override_pattern": "MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*"
    "EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME",
    "num_attention_heads": 32,
    "num_key_value_heads": 2,
    "intermediate_size": 2688,
    "moe_intermediate_size": 2688,
    "moe_latent_size": 1024,
    "moe_shared_expert_intermediate_size": 5376,
    "n_routed_experts": 512,
    "num_experts_per_tok": 22,
    "num_nextn_predict_layers": 1,
    "mtp_hybrid_override_pattern": "*E",
    "vocab_size": 131072,
}
"""Nemotron 3 Super's published configuration."""

MIMO: dict[str, Any] = {
    "model_type": "mimo_v2_flash",
    "hidden_size": 4096,
    "intermediate_size": 16384,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 48,
    "num_attention_heads": 64,
    "num_key_value_heads": 4,
    "n_routed_experts": 256,
    "num_experts_per_tok": 8,
    "sliding_window_size": 128,
    "vocab_size": 152576,
}
"""MiMo-V2-Flash's published configuration."""

LLAMA4: dict[str, Any] = {
    "model_type": "llama4",
    "architectures": ["Llama4ForConditionalGeneration"],
    "text_config": {
        "hidden_size": 5120,
        "intermediate_size": 8192,
        "intermediate_size_mlp": 16384,
        "interleave_moe_layer_step": 2,
        "num_hidden_layers": 48,
        "num_attention_heads": 40,
        "num_key_value_heads": 8,
        "num_local_experts": 128,
        "num_experts_per_tok": 1,
        "vocab_size": 202048,
    },
    "vision_config": {
        "hidden_size": 1408,
        "intermediate_size": 5632,
        "num_hidden_layers": 34,
        "image_size": 336,
        "vision_output_dim": 4096,
    },
}
"""Llama 4 Maverick's published configuration."""

GPT_OSS: dict[str, Any] = {
    "model_type": "gpt_oss",
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "num_hidden_layers": 24,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "num_local_experts": 32,
    "num_experts_per_tok": 4,
    "sliding_window": 128,
    "vocab_size": 201088,
}
"""gpt-oss-20b's published configuration."""

JETMOE: dict[str, Any] = {
    "model_type": "jetmoe",
    "hidden_size": 2048,
    "intermediate_size": 5632,
    "num_hidden_layers": 24,
    "num_key_value_heads": 16,
    "vocab_size": 32000,
}

# published totals


def test_llama_4_maverick_with_its_vision_tower() -> None:
    """The Hub's total: 401,583,781,376. Every second layer is dense, with a width of its own."""
    model = read(LLAMA4)
    assert parameters(model) == 401_583_781_376
    assert model.count_layers() == 48
    widths = {weight.shape for weight in model.weights if weight.component is Component.DENSE_FFN}
    assert (16384, 5120) in widths


def test_gpt_oss_20b_as_the_weights_its_blocks_stand_for() -> None:
    """OpenAI's card: 20.9B. The Hub's total with blocks unpacked: 20,914,757,184."""
    model = read(GPT_OSS)
    assert parameters(model) == 20_914_757_184
    assert {
        "model.layers.{}.mlp.experts.gate_up_proj",
        "model.layers.{}.mlp.experts.gate_up_proj_bias",
        "model.layers.{}.mlp.experts.down_proj",
        "model.layers.{}.mlp.experts.down_proj_bias",
    } <= names(model)


def test_nemotron_3_super_in_its_latent() -> None:
    """NVIDIA's report: 120.6B parameters, 12.7B active (both cut, not rounded)."""
    model = read(NEMOTRON)
    main = [weight for weight in model.weights if weight.part is Part.LANGUAGE]
    used = sum(weight.elements * weight.share.typical for weight in main)
    assert [int(count / 1e8) / 10 for count in (parameters(model, Part.LANGUAGE), used)] == [120.6, 12.7]
    latent = [weight for weight in model.weights if "latent_proj" in weight.name and weight.part is Part.LANGUAGE]
    assert {weight.component for weight in latent} == {Component.OTHER} and all(weight.note for weight in latent)


def test_mimo_as_its_report_counts_it() -> None:
    """Xiaomi's report: 309B in all, and 0.33B for each prediction module."""
    model = read(MIMO)
    assert round(parameters(model, Part.LANGUAGE) / 1e9) == 309
    modules = parameters(model, Part.MTP, presence=Presence.OPTIONAL)
    assert round(modules / 3 / 1e9, 2) == 0.33


# prediction modules


def test_qwen3_next_does_not_say_whether_its_prediction_module_is_stored() -> None:
    """The Hub's totals: 81,324,862,720 for Qwen3-Next, 79,674,391,296 for Qwen3-Coder-Next, which has none."""
    model = read(QWEN3_NEXT)
    assert parameters(model) == 79_674_391_296
    assert parameters(model, presence=None) == 81_324_862_720
    assert {weight.presence for weight in model.weights if weight.part is Part.MTP} == {Presence.OPTIONAL}
    assert model.notes


def test_nemotron_prediction_layers_begin_and_end_with_norms_of_their_own() -> None:
    stored = [name for weight in read(NEMOTRON).weights if weight.part is Part.MTP for name in weight.names()]
    assert sorted(name for name in stored if "norm." in name) == [
        "mtp.layers.0.enorm.weight",
        "mtp.layers.0.hnorm.weight",
        "mtp.layers.0.norm.weight",
        "mtp.layers.1.final_layernorm.weight",
        "mtp.layers.1.norm.weight",
    ]


def test_step_lists_run_on_over_the_prediction_modules() -> None:
    step = {
        "model_type": "step3p5",
        "hidden_size": 64,
        "intermediate_size": 96,
        "moe_intermediate_size": 32,
        "share_expert_dim": 32,
        "num_hidden_layers": 4,
        "num_attention_heads": 8,
        "num_attention_groups": 2,
        "moe_num_experts": 4,
        "moe_top_k": 2,
        "vocab_size": 128,
        "moe_layers_enum": "2,3",
        "sliding_window": 16,
        "layer_types": ["full_attention", "sliding_attention"] * 2 + ["sliding_attention"],
        "attention_other_setting": {"num_attention_heads": 12},
        "num_nextn_predict_layers": 1,
    }
    model = read(step)
    (copy,) = [weight for weight in model.weights if weight.duplicate]
    assert copy.name == "model.layers.4.transformer.shared_head.output.weight"
    queries = {weight.name: weight.shape for weight in model.weights if weight.part is Part.MTP}
    assert queries["model.layers.{}.self_attn.q_proj.weight"] == (12 * 128, 64)
    assert read(step, layer_types=[*step["layer_types"], "full_attention"]).weights == model.weights
    with pytest.raises(UsageError, match="3 entries for 4 layers and 1 prediction modules"):
        read(step, layer_types=["full_attention"] * 3)


# names of releases


def test_a_language_model_saved_from_the_multimodal_class_keeps_its_names() -> None:
    """bryce-hoehn/Qwen3.5-18B-REAP-A3B-Coding: 37,087,995,136 bytes in 16 bits, names below `model.language_model`."""
    multimodal = read(QWEN3_5, architectures=["Qwen3_5MoeForConditionalGeneration"])
    assert parameters(multimodal) * 2 == 37_087_995_136
    assert "model.language_model.embed_tokens.weight" in names(multimodal)
    assert "model.embed_tokens.weight" in names(read(QWEN3_5, architectures=["Qwen3_5MoeForCausalLM"]))


def test_an_encoder_that_the_config_does_not_describe_is_left_out_and_noticed() -> None:
    config = Config({name: value for name, value in LLAMA4.items() if name != "vision_config"})
    model = describe(config)
    assert not [weight for weight in model.weights if weight.part is not Part.LANGUAGE]
    assert [notice.rule for notice in config.notices] == ["config-section-missing"]


@pytest.mark.parametrize(("written", "stored"), [(True, 0), (False, 1)])
def test_llama_4_ties_its_head_where_the_language_models_section_says_so(written: bool, stored: int) -> None:
    text = {**LLAMA4["text_config"], "tie_word_embeddings": written}
    assert sum(weight.component is Component.HEAD for weight in read(LLAMA4, text_config=text).weights) == stored


def test_mimo_reads_the_patterns_of_its_release() -> None:
    """Every sixth layer and the first attend fully; windowed ones see 128 tokens before the query and have sinks."""
    pattern = [int(number > 0 and (number + 1) % 6 != 0) for number in range(48)]
    stated = read(MIMO, hybrid_layer_pattern=pattern, moe_layer_freq=[0] + [1] * 47, swa_num_key_value_heads=8)
    assert stated == read(MIMO)
    attention = [block for block in stated.find(Attention) if isinstance(block, Attention)]
    assert {(block.window, block.kv_heads, block.sinks) for block in attention} == {(None, 4, False), (129, 8, True)}
    with pytest.raises(UsageError, match="hybrid_layer_pattern has 2 entries for 48 layers"):
        read(MIMO, hybrid_layer_pattern=[0, 1])


def test_minimax_reads_the_list_of_its_release_as_that_of_transformers() -> None:
    sizes = {
        "model_type": "minimax",
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "vocab_size": 128,
    }
    words = ["linear_attention", "linear_attention", "full_attention", "linear_attention"]
    assert read(sizes, attn_type_list=[0, 0, 1, 0]) == read(sizes, layer_types=words)


def test_a_pattern_that_contradicts_the_number_of_layers_is_noticed() -> None:
    config = Config({**NEMOTRON, "num_hidden_layers": 52})
    assert describe(config).count_layers() == 88
    assert [notice.rule for notice in config.notices] == ["config-layers-differ"]
    with pytest.raises(UsageError, match="layer kinds"):
        read(NEMOTRON, hybrid_override_pattern="MEX")


# what a block keeps and costs


def only_state(block: Block) -> SequenceState:
    (state,) = [need for need in block.caches() if isinstance(need, SequenceState)]
    return state


def test_delta_net_keeps_a_matrix_a_value_head_and_a_short_window() -> None:
    """Qwen3-Next: n_v · d_k · d_v and (2 · n_k · d_k + n_v · d_v) · (K − 1), whatever the context."""
    (block,) = read(QWEN3_NEXT).find(GatedDeltaNet)
    state = only_state(block)
    assert state.recurrent == 32 * 128 * 128
    assert state.convolution == (2 * 16 * 128 + 32 * 128) * 3
    assert block.mixing_flops(100_000, decode=True) == block.mixing_flops(1, decode=True) == 7 * 32 * 128 * 128
    assert block.mixing_flops(100_000, decode=False) == block.mixing_flops(64, decode=False)


def test_fused_and_separate_delta_net_projections_hold_the_same() -> None:
    fused, separate = (GatedDeltaNet(64, 2, 4, 8, 12, fused=fused) for fused in (True, False))
    assert sum(weight.elements for weight in fused.weights()) == sum(weight.elements for weight in separate.weights())


def test_lightning_attention_costs_what_torch_counts() -> None:
    """torch's FlopCounterMode over transformers 5.23, 5 heads of 12 features in a width of 40, 256 tokens in one block:
    22,609,920 operations for one layer."""
    block = LightningAttention(40, 5, 12)
    products = sum(2 * weight.elements for weight in block.weights() if weight.linear)
    assert 256 * (products + block.mixing_flops(256, decode=False)) == 22_609_920
    assert only_state(block).recurrent == 5 * 12 * 12


@pytest.mark.parametrize(
    ("block", "recurrent", "convolution"),
    [
        (Mamba(4096, 8192, state=16, kernel=4, dt_rank=256), 8192 * 16, 8192 * 3),
        (Mamba2(4096, 128, 64, state=128, groups=8, kernel=4), 8192 * 128, (8192 + 2 * 8 * 128) * 3),
        (ShortConv(2048, 3), 0, 2048 * 2),
        (DepthwiseConv(8192, 4, dilation=3), 0, 8192 * 3 * 3),
    ],
    ids=["Jamba", "Nemotron 3 Super", "LFM2", "dilated"],
)
def test_recurrent_blocks_keep_the_same_at_any_length(block: Block, recurrent: int, convolution: int) -> None:
    state = only_state(block)
    assert (state.recurrent, state.convolution) == (recurrent, convolution)
    assert block.mixing_flops(10**6, decode=True) == block.mixing_flops(1, decode=True)


def test_chunked_layers_see_their_chunk_and_full_layers_everything() -> None:
    attention = [block for block in read(LLAMA4).find(Attention) if isinstance(block, Attention)]
    assert {(block.window, block.chunked) for block in attention} == {(8192, True), (None, False)}


def test_an_indexer_of_blocks_bounds_what_is_attended_to() -> None:
    indexer = BlockIndexer(64, 4, 16, block=128, topk=16, stem="index_")
    assert indexer.tokens == 2048
    (cache,) = indexer.caches()
    assert isinstance(cache, TokenCache) and (cache.kind, cache.width, cache.stride) == (CacheKind.INDEXER, 16, 1)
    pooled = PooledKeyIndexer(64, 4, 16, pool=4, topk=64)
    assert [need.stride for need in pooled.caches() if isinstance(need, TokenCache)] == [4]


def test_attention_experts_bring_query_heads_but_share_keys() -> None:
    """JetMoE: 16 key-value heads of 128 features; two of eight experts make 32 query heads."""
    (block,) = read(JETMOE).find(AttentionExperts)
    assert isinstance(block, AttentionExperts) and block.heads == 32
    (cache,) = block.caches()
    assert isinstance(cache, TokenCache) and cache.elements == 16 * 2 * 128
    split = {weight.component for weight in block.weights() if weight.sharding is Sharding.EXPERTS}
    assert split == {Component.ROUTED_EXPERTS}


def test_encoders_cache_nothing() -> None:
    attention = EncoderAttention(1152, 16, 72, fused=True)
    assert list(attention.caches()) == []
    assert attention.mixing_flops(729, decode=False) == 4 * 1152 * 729


def test_a_patch_sees_all_of_its_pixels_once() -> None:
    patch = Convolution(3, 1152, (2, 16, 16))
    (weight,) = [weight for weight in patch.weights() if weight.linear]
    assert patch.patch == 3 * 2 * 16 * 16 and weight.elements == 1152 * patch.patch


# n-gram tables


def test_primes_are_found_and_false_ones_are_not() -> None:
    assert primes_from(20_000_000, 2) == (20_000_003, 20_000_023)
    assert primes_from(2, 6) == (2, 3, 5, 7, 11, 13)
    pseudoprimes = (561, 3_215_031_751, 3_825_123_056_546_413_051)  # to base 2 and on, strong ones to bases up to 23
    assert not any(is_prime(number) for number in pseudoprimes)


def test_an_n_gram_table_is_stored_in_equal_shards_but_the_last() -> None:
    table = NGramTable(rows=1000, width=8, heads=4, orders=3, shards=7)
    shards = [weight for weight in table.weights() if "shard" in weight.name]
    assert [(weight.tensors, weight.shape) for weight in shards] == [(6, (143, 8)), (1, (142, 8))]
    assert [name for weight in shards for name in weight.names()][-1] == "ngram_embedding.shard_6.weight"


def test_tables_of_n_grams_stand_in_layers_counted_from_one() -> None:
    """As recorded of Qwen 4: the first and the last may have a table, the one after may not."""
    small = Recording.load("qwen4_exp_text").small
    layers = small["num_hidden_layers"]

    def tables(*chosen: int) -> set[int]:
        model = describe(Config({**small, "ple_layer_ids": list(chosen)}))
        (stack,) = model.stacks()
        return {at for at, layer in enumerate(stack.layers) if any(isinstance(one, NGramTable) for one in layer.walk())}

    assert tables(1, layers) == {0, layers - 1}
    with pytest.raises(UsageError, match=f"ple_layer_ids names layer {layers + 1} of {layers}"):
        tables(layers + 1)
