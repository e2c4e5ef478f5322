"""Rules of single families that the recorded tables do not show: prediction modules, groups, zero experts, hash tables,
names of released checkpoints. Expected figures are published ones, named where they stand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from moeaudit.architecture.blocks import Attention, LatentAttention, Router
from moeaudit.architecture.blocks.cache import CacheKind, SequenceState, TokenCache
from moeaudit.architecture.blocks.indexer import KeyCompressor, SharedKeyAttention, SparseIndexer
from moeaudit.architecture.blocks.kimi_delta import KimiDelta
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Presence
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Component, Kind, Part
from tests.architecture.published import KIMI_LINEAR, LONGCAT, MIXTRAL, SMALL_MISTRAL3, V3, V4, names, parameters, read

# prediction modules


def test_deepseek_v3_stores_a_prediction_layer_with_copies() -> None:
    """The Hub's total of DeepSeek-R1, whose weights are not quantised in that count: 684,489,845,504."""
    model = read(V3)
    assert parameters(model) == 684_489_845_504
    assert parameters(model, Part.LANGUAGE) == 671_026_419_200
    copies = [weight for weight in model.weights if weight.duplicate]
    assert {weight.name for weight in copies} == {
        "model.layers.61.embed_tokens.weight",
        "model.layers.61.shared_head.head.weight",
    }
    assert sum(weight.elements for weight in copies) == 2 * 129280 * 7168


def test_without_prediction_modules_nothing_is_left_of_them() -> None:
    model = read(V3, num_nextn_predict_layers=0)
    assert not [weight for weight in model.weights if weight.part is Part.MTP]


def test_glm_45_leaves_open_whether_copies_are_stored() -> None:
    """The Hub's total of GLM-4.5, which stores them, is 358,337,791,296; GLM-4.6 has the same config and does not."""
    glm = read(
        {
            "model_type": "glm4_moe",
            "hidden_size": 5120,
            "intermediate_size": 12288,
            "moe_intermediate_size": 1536,
            "num_hidden_layers": 92,
            "num_attention_heads": 96,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "attention_bias": True,
            "use_qk_norm": True,
            "n_routed_experts": 160,
            "n_shared_experts": 1,
            "num_experts_per_tok": 8,
            "first_k_dense_replace": 3,
            "num_nextn_predict_layers": 1,
            "vocab_size": 151552,
        }
    )
    assert parameters(glm, presence=None) == 358_337_791_296
    assert parameters(glm, presence=Presence.OPTIONAL) == 2 * 151552 * 5120
    assert glm.notes


def test_longcat_does_not_say_whether_its_prediction_module_is_stored() -> None:
    assert {weight.presence for weight in read(LONGCAT).weights if weight.part is Part.MTP} == {Presence.OPTIONAL}
    stated = read(LONGCAT, num_nextn_predict_layers=1)
    assert {weight.presence for weight in stated.weights if weight.part is Part.MTP} == {Presence.STORED}


# routing


def test_a_config_without_prediction_modules_describes_none() -> None:
    """LongCat's table and norm of prediction go with its modules."""
    for modules in (0, 1):
        model = read(LONGCAT, num_nextn_predict_layers=modules)
        assert bool([weight for weight in model.weights if weight.part is Part.MTP]) is bool(modules)


def test_zero_experts_make_the_share_a_range() -> None:
    """LongCat-Flash's report: 18.6 to 31.3 billion parameters active (cut, not rounded), about 27 on average."""
    model = read(LONGCAT)
    main = [
        weight
        for weight in model.weights
        if weight.part is Part.LANGUAGE and weight.component is not Component.EMBEDDING
    ]
    billions = [
        float(sum(weight.elements * getattr(weight.share, bound) for weight in main)) / 1e9
        for bound in ("low", "typical", "high")
    ]
    assert [int(value * 10) / 10 for value in (billions[0], billions[2])] == [18.6, 31.3]
    assert round(billions[1]) == 27
    routed = next(weight for weight in main if weight.component is Component.ROUTED_EXPERTS)
    assert routed.share.typical == Fraction(12, 768) and routed.share.reason


def test_more_selected_experts_than_there_are_is_an_error_that_shows_both() -> None:
    with pytest.raises(UsageError, match=r"num_experts_per_tok = 9.*num_local_experts = 8"):
        read(MIXTRAL, num_experts_per_tok=9)


@pytest.mark.parametrize(("method", "groups"), [("greedy", 1), ("group_limited_greedy", 8)])
def test_v2_looks_at_groups_only_where_its_method_does(method: str, groups: int) -> None:
    model = read(V3, model_type="deepseek_v2", topk_method=method)
    (router,) = model.find(Router)
    assert isinstance(router, Router) and router.groups == groups and not router.correction_bias


def test_v3_keeps_its_correction_bias_in_float32() -> None:
    biases = [weight for weight in read(V3).weights if weight.component is Component.ROUTER_BIAS]
    assert {(weight.shape, weight.dtype) for weight in biases} == {((256,), "F32")}


# DeepSeek-V4


def test_v4_flash_is_exact_with_the_tables_that_are_no_parameters() -> None:
    """The Hub counts 290,944,616,402 with the integer tables of three hash layers: 3 · 129280 · 6 numbers."""
    model = read(V4)
    tables = [weight for weight in model.weights if weight.kind is Kind.INTEGER_TABLE]
    assert sum(weight.elements for weight in tables) == 3 * 129280 * 6
    assert parameters(model) + 3 * 129280 * 6 == 290_944_616_402


def test_v4_names_are_the_releases_or_those_transformers_saves() -> None:
    released, saved = names(read(V4)), names(read(V4, compress_ratios=...))
    assert {"embed.weight", "hc_head_fn", "layers.{}.attn.kv_norm.weight", "mtp.{}.e_proj.weight"} <= released
    assert {"model.embed_tokens.weight", "model.hc_head.hc_fn", "model.layers.{}.attn.norm.weight"} <= saved


def test_v4_attends_to_a_window_and_to_entries() -> None:
    """Window 128; ratio 4 keeps the best 512 entries, ratio 128 all: at 65,536 tokens 128 + 512 and 128 + 512."""
    seen = [block.seen(65_536) for block in read(V4).find(SharedKeyAttention) if isinstance(block, SharedKeyAttention)]
    assert sorted(seen) == [128, 128 + 512, 128 + 512]
    strides = {
        need.stride for block in read(V4).find(KeyCompressor) for need in block.caches() if isinstance(need, TokenCache)
    }
    assert strides == {4, 128}


def test_v4_compress_ratios_shorter_than_the_layers_are_an_error() -> None:
    with pytest.raises(UsageError, match="compress_ratios has 2 entries for 43 layers"):
        read(V4, compress_ratios=[0, 4])


# sparse attention, delta attention


def test_an_indexer_bounds_what_is_attended_to_but_not_what_is_cached() -> None:
    model = read(V3, model_type="deepseek_v32", index_topk=2048, index_n_heads=64, index_head_dim=128)
    (latent,) = model.find(LatentAttention)
    assert latent.mixing_flops(100_000, decode=True) == latent.mixing_flops(2048, decode=True)
    (indexer,) = model.find(SparseIndexer)
    assert [need.kind for need in (*latent.caches(), *indexer.caches()) if isinstance(need, TokenCache)] == [
        CacheKind.LATENT,
        CacheKind.INDEXER,
    ]


def test_layers_that_reuse_a_choice_store_no_indexer() -> None:
    model = read(V3, model_type="glm_moe_dsa", index_topk_pattern="F" + "S" * 60, num_nextn_predict_layers=0)
    (projection,) = [weight for weight in model.weights if weight.name.endswith("indexer.wk.weight")]
    assert projection.tensors == 1


@pytest.mark.parametrize(
    ("every", "more", "own"),
    [
        (1, {}, range(61)),
        (4, {}, (0, *range(1, 61, 4))),
        (3, {"index_skip_topk_offset": 4}, (0, 1, 2, *range(3, 61, 3))),
        (0, {}, range(61)),
    ],
)
def test_every_few_layers_choose_after_the_first(every: int, more: dict[str, int], own: Iterable[int]) -> None:
    """SGLang and vLLM leave the choice out where max(layer - offset + 1, 0) % freq is not 0; the offset is 2."""
    model = read(V3, model_type="glm_moe_dsa", index_topk_freq=every, num_nextn_predict_layers=0, **more)
    projections = [weight for weight in model.weights if weight.name.endswith("indexer.wk.weight")]
    assert {layer for weight in projections for layer in weight.index[0]} == set(own)


def test_kimi_linear_numbers_its_layers_from_one() -> None:
    """The Hub's total of Kimi-Linear-48B-A3B is 49,122,681,728."""
    model = read(KIMI_LINEAR)
    assert parameters(model) == 49_122_681_728
    assert (model.count_layers(KimiDelta), model.count_layers(LatentAttention)) == (20, 7)
    (state,) = [need for block in model.find(KimiDelta) for need in block.caches() if isinstance(need, SequenceState)]
    assert (state.recurrent, state.convolution) == (32 * 128 * 128, 3 * 32 * 128 * 3)


def test_a_layer_named_twice_is_an_error() -> None:
    nested = {**KIMI_LINEAR["linear_attn_config"], "kda_layers": list(range(1, 28))}
    with pytest.raises(UsageError, match="do not name every layer once"):
        read(KIMI_LINEAR, linear_attn_config=nested)


def test_kimi_k3_as_its_published_headers_list_it() -> None:
    """A public listing of the release's headers: 497,220 tensors and 1,503,647,073,024 elements as stored. Of those,
    each routed expert's matrices are packed two to a byte and carry one scale for 32 weights."""
    full = [*range(4, 93, 4), 93]
    text = {
        **KIMI_LINEAR,
        "hidden_size": 7168,
        "intermediate_size": 33792,
        "moe_intermediate_size": 3072,
        "num_hidden_layers": 93,
        "num_attention_heads": 96,
        "q_lora_rank": 1536,
        "num_experts": 896,
        "num_experts_per_token": 16,
        "num_shared_experts": 2,
        "mla_use_output_gate": True,
        "attn_res_block_size": 12,
        "routed_expert_hidden_size": 3584,
        "latent_moe_use_norm": True,
        "linear_attn_config": {
            "head_dim": 128,
            "num_heads": 96,
            "short_conv_kernel_size": 4,
            "use_full_rank_gate": True,
            "full_attn_layers": full,
            "kda_layers": [number for number in range(1, 94) if number not in full],
        },
    }
    vision = {
        "vt_hidden_size": 1024,
        "vt_intermediate_size": 4096,
        "vt_num_attention_heads": 12,
        "vt_num_hidden_layers": 27,
        "patch_size": 14,
        "qkv_hidden_size": 1536,
        "mm_hidden_size": 1024,
        "mm_projector_type": "patchmergerv2",
        "norm_type": "rmsnorm",
        "attn_bias": False,
        "linear_bias": False,
        "patch_embed_proj_bias": False,
    }
    model = read({"model_type": "kimi_k3", "text_config": text, "vision_config": vision})
    packed = [weight for weight in model.weights if weight.component is Component.ROUTED_EXPERTS]
    plain = [weight for weight in model.weights if weight.component is not Component.ROUTED_EXPERTS]
    assert sum(weight.tensors for weight in plain) + 2 * sum(weight.tensors for weight in packed) == 497_220
    stored = sum(weight.elements for weight in plain) + sum(
        weight.elements // 2 + weight.elements // 32 for weight in packed
    )
    assert stored == 1_503_647_073_024


@pytest.mark.parametrize(("vision", "layers"), [("vt_hidden_size", "layers"), ("hidden_size", "blocks")])
def test_kimi_k25_names_follow_who_wrote_the_config(vision: str, layers: str) -> None:
    prefix = "vt_" if vision.startswith("vt_") else ""
    sizes = {"hidden_size": 48, "intermediate_size": 72, "num_attention_heads": 4, "num_hidden_layers": 2}
    model = read(
        {
            "model_type": "kimi_k25",
            "text_config": {**V3, "num_nextn_predict_layers": 0},
            "vision_config": {prefix + name: size for name, size in sizes.items()},
        }
    )
    assert f"language_model.model.{layers}.{{}}.mlp.gate.weight" in names(model)


# Ling, DeepSeek-OCR, Mistral


def test_ling_lite() -> None:
    """Ling's report: 16.8 billion parameters, 2.75 billion of them active."""
    model = read(
        {
            "model_type": "bailing_moe",
            "hidden_size": 2048,
            "intermediate_size": 5632,
            "moe_intermediate_size": 1408,
            "num_hidden_layers": 28,
            "num_attention_heads": 16,
            "num_key_value_heads": 4,
            "num_experts": 64,
            "num_experts_per_tok": 6,
            "num_shared_experts": 2,
            "vocab_size": 126464,
        }
    )
    active = sum(weight.elements * weight.share.typical for weight in model.weights)
    assert round(parameters(model) / 1e9, 1) == 16.8 and round(float(active) / 1e9, 2) == 2.75


def test_ming_has_routers_for_other_modalities_and_says_what_is_not_counted() -> None:
    config = Config(
        {
            "model_type": "bailingmm",
            "vision_config": {"depth": 32},
            "llm_config": {
                "hidden_size": 64,
                "intermediate_size": 80,
                "moe_intermediate_size": 40,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "num_experts": 4,
                "num_experts_per_tok": 2,
                "vocab_size": 100,
                "multi_gate": True,
            },
        }
    )
    assert {"model.model.layers.{}.mlp.image_gate.weight", "model.model.word_embeddings.weight"} <= names(
        describe(config)
    )
    assert [notice.rule for notice in config.notices] == ["config-section-uncounted"]


def test_deepseek_ocr() -> None:
    """Twice 3,336,106,240 is the 6,672,212,480 bytes that the release's weight index states."""
    model = read(
        {
            "model_type": "deepseek_vl_v2",
            "language_config": {
                "hidden_size": 1280,
                "intermediate_size": 6848,
                "moe_intermediate_size": 896,
                "num_hidden_layers": 12,
                "num_attention_heads": 10,
                "n_routed_experts": 64,
                "n_shared_experts": 2,
                "num_experts_per_tok": 6,
                "first_k_dense_replace": 1,
                "use_mla": False,
                "kv_lora_rank": None,
                "vocab_size": 129280,
            },
            "projector_config": {"input_dim": 2048, "n_embed": 1280, "projector_type": "linear"},
            "vision_config": {
                "width": {
                    "clip-l-14-224": {"heads": 16, "image_size": 224, "layers": 24, "patch_size": 14, "width": 1024},
                    "sam_vit_b": {
                        "downsample_channels": [512, 1024],
                        "global_attn_indexes": [2, 5, 8, 11],
                        "heads": 12,
                        "layers": 12,
                        "width": 768,
                    },
                }
            },
        }
    )
    assert parameters(model) == 3_336_106_240
    assert isinstance(model.find(Attention)[0], Attention)


def test_layers_that_share_keys_store_and_cache_none() -> None:
    text = {
        "model_type": "mistral_large4_text",
        "hidden_size": 96,
        "num_attention_heads": 4,
        "kv_lora_rank": 24,
        "qk_nope_head_dim": 12,
        "qk_rope_head_dim": 8,
        "v_head_dim": 20,
        "intermediate_size": 112,
        "moe_intermediate_size": 36,
        "n_routed_experts": 8,
        "num_experts_per_tok": 2,
        "num_hidden_layers": 4,
        "kv_source_layers": [0, 0, 2, 2],
        "vocab_size": 301,
    }
    model = read(text)
    latents = [weight for weight in model.weights if weight.name.endswith("wkv_a_with_mqa.weight")]
    assert sum(weight.tensors for weight in latents) == 2
    assert {bool(list(block.caches())) for block in model.find(LatentAttention)} == {True, False}


def test_mistral_3_frames_a_language_model_of_another_type() -> None:
    """transformers 5.23 builds 328,944 parameters from it on the meta device; its default ties the head."""
    model = read(SMALL_MISTRAL3)
    assert parameters(model) == 328_944
    assert {"language_model.model.embed_tokens.weight", "vision_tower.patch_conv.weight"} <= names(model)


# published checkpoints

EXACT = {
    "deepseek-ai--DeepSeek-V2": 235_741_434_880,
    "deepseek-ai--DeepSeek-V2-Lite": 15_706_484_224,
    "deepseek-ai--DeepSeek-R1": 684_489_845_504,
    "deepseek-ai--DeepSeek-V3.2": 685_355_329_792,
    "zai-org--GLM-4.5": 358_337_791_296,
    "zai-org--GLM-4.5-Air": 110_468_824_832,
    "moonshotai--Moonlight-16B-A3B": 15_960_111_936,
    "moonshotai--Kimi-K2-Instruct": 1_026_408_235_864,
    "moonshotai--Kimi-Linear-48B-A3B": 49_122_681_728,
    "deepseek-ai--DeepSeek-V4-Flash": 290_944_616_402,
    "deepseek-ai--DeepSeek-V4-Pro": 1_598_839_674_782,
    "mistralai--Mixtral-8x22B-v0.1": 140_620_634_112,
}
"""The Hub's totals of whole checkpoints. Those of Moonlight and Kimi K2 count rotary buffers, those of DeepSeek-V4
integer tables."""


@pytest.mark.parametrize(("folder", "total"), EXACT.items())
def test_published_totals(corpus: Path, folder: str, total: int) -> None:
    model = describe(Config(json.loads((corpus / "hub" / folder / "config.json").read_text())))
    buffers = {"moonshotai--Moonlight-16B-A3B", "moonshotai--Kimi-K2-Instruct"}
    assert (
        sum(weight.elements for weight in model.weights if weight.kind is not Kind.BUFFER or folder in buffers) == total
    )
