"""DeepSeek V2 to V4 and its OCR model: prediction layers with copies, groups, hash tables, indexers."""

from __future__ import annotations

import pytest

from moeaudit.architecture.blocks import Attention, LatentAttention, Router
from moeaudit.architecture.blocks.cache import CacheKind, TokenCache
from moeaudit.architecture.blocks.indexer import KeyCompressor, SharedKeyAttention, SparseIndexer
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Component, Kind, Part
from tests.architecture.published import V3, V4, names, parameters, read


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


@pytest.mark.parametrize(("method", "groups"), [("greedy", 1), ("group_limited_greedy", 8)])
def test_v2_looks_at_groups_only_where_its_method_does(method: str, groups: int) -> None:
    model = read(V3, model_type="deepseek_v2", topk_method=method)
    (router,) = model.find(Router)
    assert isinstance(router, Router) and router.groups == groups and not router.correction_bias


def test_v3_keeps_its_correction_bias_in_float32() -> None:
    biases = [weight for weight in read(V3).weights if weight.component is Component.ROUTER_BIAS]
    assert {(weight.shape, weight.dtype) for weight in biases} == {((256,), "F32")}


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


def test_an_indexer_bounds_what_is_attended_to_but_not_what_is_cached() -> None:
    model = read(V3, model_type="deepseek_v32", index_topk=2048, index_n_heads=64, index_head_dim=128)
    (latent,) = model.find(LatentAttention)
    assert latent.mixing_flops(100_000, decode=True) == latent.mixing_flops(2048, decode=True)
    (indexer,) = model.find(SparseIndexer)
    assert [need.kind for need in (*latent.caches(), *indexer.caches()) if isinstance(need, TokenCache)] == [
        CacheKind.LATENT,
        CacheKind.INDEXER,
    ]


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
