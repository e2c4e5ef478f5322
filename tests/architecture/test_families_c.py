"""Lineages from Switch to Grok: published figures from fields alone, and what single families have of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.architecture.blocks import Attention, CacheNeed, SequenceState, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind
from moeaudit.architecture.blocks.compressed_conv import CompressedConvAttention, NetworkRouter
from moeaudit.architecture.blocks.inkling import CausalConvolution, RelativeLogits
from moeaudit.architecture.blocks.lstm import LSTM
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.inkling import plan_scales, rising
from moeaudit.architecture.families import describe
from moeaudit.architecture.families.grok import gated_width
from moeaudit.architecture.model import Architecture
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Component, Part

LLAMA = {
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


def read(model_type: str, fields: Mapping[str, Any], **more: Any) -> Architecture:
    return describe(Config({"model_type": model_type, **fields, **more}))


def total(architecture: Architecture, part: Part = Part.LANGUAGE) -> int:
    return sum(weight.elements for weight in architecture.weights if weight.part is part)


def active(architecture: Architecture, token: str = "typical") -> Fraction:
    weights = (weight for weight in architecture.weights if weight.part is Part.LANGUAGE)
    return sum((weight.elements * getattr(weight.share, token) for weight in weights), Fraction(0))


SWITCH_C = {
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
NLLB = {
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
DBRX = {
    "d_model": 6144,
    "n_heads": 48,
    "n_layers": 40,
    "vocab_size": 100352,
    "attn_config": {"kv_n_heads": 8},
    "ffn_config": {"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4},
}
PHI_TINY = {
    "hidden_size": 4096,
    "intermediate_size": 448,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "num_local_experts": 16,
    "num_experts_per_tok": 2,
    "vocab_size": 32064,
    "attention_bias": True,
    "lm_head_bias": True,
}
OLMOE = {
    "hidden_size": 2048,
    "intermediate_size": 1024,
    "num_hidden_layers": 16,
    "num_attention_heads": 16,
    "num_experts": 64,
    "num_experts_per_tok": 8,
    "vocab_size": 50304,
}
HUNYUAN = {
    "hidden_size": 4096,
    "intermediate_size": 3072,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "attention_head_dim": 128,
    "num_experts": 64,
    "moe_topk": [8] * 32,
    "num_shared_expert": [1] * 32,
    "use_qk_norm": True,
    "moe_intermediate_size": [3072] * 32,
    "vocab_size": 128167,
    "tie_word_embeddings": True,
}
ARCTIC = {
    "hidden_size": 7168,
    "intermediate_size": 4864,
    "num_hidden_layers": 35,
    "num_attention_heads": 56,
    "num_key_value_heads": 8,
    "num_local_experts": 128,
    "num_experts_per_tok": 2,
    "moe_layer_frequency": 1,
    "parallel_attn_mlp_res": True,
    "vocab_size": 32000,
}
GROK = {
    "hidden_size": 6144,
    "intermediate_size": 32768,
    "num_hidden_layers": 64,
    "num_attention_heads": 48,
    "num_key_value_heads": 8,
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 131072,
}


@pytest.mark.parametrize(
    ("model_type", "fields", "billions", "active_billions"),
    [
        ("switch_transformers", SWITCH_C, (1570.5, 1571.5), None),  # arXiv:2101.03961, table 9: 1571B
        ("nllb-moe", NLLB, (54.45, 54.55), None),  # arXiv:2207.04672, section 6.3: 54.5B
        ("dbrx", DBRX, (131.5, 132.5), (35.5, 36.5)),  # Databricks, "Introducing DBRX": 132B total, 36B active
        ("phimoe", PHI_TINY, (3.75, 3.85), None),  # arXiv:2506.18349, table 1: Phi-tiny-MoE 3.8B
        ("olmoe", OLMOE, (6.85, 6.95), (1.25, 1.35)),  # arXiv:2409.02060, table 1: 6.9B total, 1.3B active
        ("hunyuan", HUNYUAN, (79.5, 80.5), (12.5, 13.5)),  # Hunyuan-A13B technical report: 80B total, 13B active
        ("arctic", ARCTIC, (475, 485), (16.5, 17.5)),  # Snowflake, "Arctic": 480B total, 17B active
        (
            "grok-1",
            GROK,
            (315.5, 316.5),
            None,
        ),  # github.com/xai-org/grok-1: 314B, without the token table (see the spec file)
    ],
)
def test_published_totals(
    model_type: str,
    fields: Mapping[str, Any],
    billions: tuple[float, float],
    active_billions: tuple[float, float] | None,
) -> None:
    architecture = read(model_type, fields)
    assert billions[0] <= total(architecture) / 1e9 < billions[1]
    if active_billions:
        assert active_billions[0] <= active(architecture) / 10**9 < active_billions[1]


def test_phi_tiny_is_its_index() -> None:
    """model.safetensors.index.json of microsoft/Phi-tiny-MoE-instruct: 1957 names, total_size 7,510,440,576 in bf16."""
    architecture = read("phimoe", PHI_TINY)
    assert sum(1 for weight in architecture.weights for _ in weight.names()) == 1957
    assert 2 * total(architecture) == 7_510_440_576


@pytest.mark.parametrize("folder", ["microsoft--Phi-tiny-MoE-instruct"])
def test_names_of_published_indexes(corpus: Path, folder: str) -> None:
    config, index = (
        json.loads((corpus / "hub" / folder / name).read_text())
        for name in ("config.json", "model.safetensors.index.json")
    )
    assert {name for weight in describe(Config(config)).weights for name in weight.names()} == set(index["weight_map"])


def test_arctic_is_dense_and_sparse_side_by_side() -> None:
    """Snowflake, "Arctic": a 10B dense transformer with a residual 128 × 3.66B MoE MLP."""
    architecture = read("arctic", ARCTIC)
    routed = sum(weight.elements for weight in architecture.weights if weight.component is Component.ROUTED_EXPERTS)
    assert round(routed / 128 / 1e9, 2) == 3.66 and round((total(architecture) - routed) / 1e9) == 10


def test_grok_widens_by_two_thirds_of_eight() -> None:
    """model.py of the release: ffn_size(6144, 8) is 32768."""
    assert gated_width(6144, 8.0) == 32768
    assert total(read("grok-1", {name: value for name, value in GROK.items() if name != "intermediate_size"})) == total(
        read("grok-1", GROK)
    )


def test_switch_places_experts_in_every_second_layer_from_the_second() -> None:
    fields = {
        **SWITCH_C,
        "num_layers": 6,
        "num_decoder_layers": 4,
        "num_experts": 2,
        "num_sparse_encoder_layers": 3,
        "num_sparse_decoder_layers": 1,
    }
    names = {
        name for weight in read("switch_transformers", fields).weights for name in weight.names() if "router" in name
    }
    assert names == {
        "encoder.block.1.layer.1.mlp.router.classifier.weight",
        "encoder.block.3.layer.1.mlp.router.classifier.weight",
        "encoder.block.5.layer.1.mlp.router.classifier.weight",
        "decoder.block.1.layer.2.mlp.router.classifier.weight",
    }


def test_switch_says_where_layers_do_not_divide() -> None:
    config = Config({"model_type": "switch_transformers", **SWITCH_C, "num_layers": 12, "num_sparse_encoder_layers": 5})
    describe(config)
    assert [(notice.rule, dict(notice.values)) for notice in config.notices] == [
        ("placement-differs", {"stated": 5, "placed": 6})
    ]


def test_an_encoder_keeps_nothing_that_grows_in_cross_attention() -> None:
    cross = [block for block in read("nllb-moe", NLLB).find(Attention) if isinstance(block, Attention) and block.cross]
    assert cross and all(list(block.caches()) == [] for block in cross)


def test_zaya_may_skip_its_expert() -> None:
    """17 choices for 16 stored experts: none, one in sixteen, and 16/17 of that where all choices are alike."""
    fields = {**LLAMA, "num_experts": 16, "num_experts_per_tok": 1}
    shares = {weight.share for weight in read("zaya", fields).weights if weight.component is Component.ROUTED_EXPERTS}
    assert [(share.low, share.typical, share.high) for share in shares] == [(0, Fraction(1, 17), Fraction(1, 16))]


def test_ernie_vl_counts_one_modality_for_a_token() -> None:
    text = {**LLAMA, "moe_num_experts": 8, "moe_k": 2, "moe_intermediate_size": [12, 4], "num_hidden_layers": 2}
    del text["num_experts_per_tok"]
    architecture = read("ernie4_5_vl_moe", {"text_config": text})
    one_text, one_vision = 3 * 64 * 12, 3 * 64 * 4
    weights = [weight for weight in architecture.weights if weight.component is Component.ROUTED_EXPERTS]
    assert sum(weight.elements * weight.share.high for weight in weights) == 2 * one_text
    assert sum(weight.elements * weight.share.low for weight in weights) == 2 * one_vision


@pytest.mark.parametrize(
    ("model_type", "fields", "names"),
    [
        (
            "ernie4_5_moe",
            {"moe_num_experts": 4, "moe_k": 2},
            {"model.mtp_block.0.mlp.up_proj.weight", "model.mtp_emb_norm.0.weight", "model.mtp_linear_proj.0.weight"},
        ),
        (
            "exaone_moe",
            {"num_experts": 4, "num_experts_per_tok": 2},
            {"mtp.layers.0.mlp.up_proj.weight", "mtp.fc.weight", "mtp.pre_fc_norm_hidden.weight"},
        ),
    ],
)
def test_prediction_modules_are_dense_and_share_embedding_and_head(
    model_type: str, fields: Mapping[str, Any], names: set[str]
) -> None:
    base = {name: value for name, value in LLAMA.items() if name != "num_experts_per_tok"}
    with_one, without = (read(model_type, {**base, **fields}, num_nextn_predict_layers=count) for count in (1, 0))
    found = {name for weight in with_one.weights if weight.part is Part.MTP for name in weight.names()}
    assert names <= found and not any("embed_tokens" in name or "lm_head" in name or "expert" in name for name in found)
    assert total(without, Part.MTP) == 0 and total(with_one) == total(without)


def test_doge_chooses_by_product_keys() -> None:
    fields = {**LLAMA, "is_moe": True, "num_experts": 256, "num_experts_per_tok": 8}
    shapes = {weight.name: weight.shape for weight in read("doge", fields).weights}
    assert shapes["model.layers.{}.mlp.router_gate.weight"] == (2 * 16, 64)
    assert shapes["model.layers.{}.mlp.down_embed.weight"] == (256, 64)


def test_laguna_has_heads_by_layer() -> None:
    fields = {**LLAMA, "num_experts": 4, "num_attention_heads_per_layer": [4, 8, 8, 4]}
    gates = {
        name: weight.shape
        for weight in read("laguna", fields).weights
        if "g_proj" in weight.name
        for name in weight.names()
    }
    assert [gates[f"model.layers.{number}.self_attn.g_proj.weight"][0] for number in range(4)] == [4, 8, 8, 4]


def test_dots_vision_layers_hold_more_and_more_experts() -> None:
    mla = {
        "kv_lora_rank": 8,
        "q_lora_rank": 8,
        "qk_rope_head_dim": 4,
        "qk_nope_head_dim": 4,
        "v_head_dim": 8,
        "n_routed_experts": 4,
        "intermediate_size": 48,
    }
    vision = {
        "hidden_size": 32,
        "num_attention_heads": 4,
        "num_hidden_layers": 3,
        "pyramid_num_routed": [-1, 2, 4],
        "adapter_in_dim": 32,
    }
    architecture = read("dots3_note", {"text_config": {**LLAMA, **mla}, "vision_config": vision})
    experts = {
        name.split(".mlp.")[0] + name.split("experts")[1].split(".fc1")[0]
        for weight in architecture.weights
        if "vision_encoder.blocks" in weight.name and "experts.{}.fc1" in weight.name
        for name in weight.names()
    }
    assert experts == {
        f"vision_encoder.blocks.{layer}.{expert}" for layer, count in ((1, 2), (2, 4)) for expert in range(count)
    }


def test_inkling_folds_patches_in_even_steps() -> None:
    """A patch of 40 × 40 pixels and two frames: 5, 10, 20, 40 pixels a side, then both frames."""
    scales = plan_scales(2, 40, 24, 3)
    assert scales[0] == (1, 1, 3) and scales[-1] == (2, 40, 40 * 40 * 3 * 2 * 64)
    assert list(dict.fromkeys(size for _, size, _ in scales)) == [1, 5, 10, 20, 40]


@pytest.mark.parametrize(
    ("block", "needs"),
    [
        (
            CompressedConvAttention(
                64, 4, 2, 16, (2, 3)
            ),  # keys and values; 96 channels over 3 earlier tokens, half of two value heads
            [TokenCache(CacheKind.HEADS, 32, 2), SequenceState(convolution=96 * 3 + 16, heads=2)],
        ),
        (CausalConvolution(64, 4), [SequenceState(convolution=64 * 3, heads=64)]),
        (LSTM(32, 64), [SequenceState(recurrent=128, heads=64)]),
        (LSTM(32, 64, projection=16), [SequenceState(recurrent=80, heads=64)]),
        (RelativeLogits(64, 4, 8, 100), []),
    ],
)
def test_what_is_kept_between_tokens(block: Any, needs: list[CacheNeed]) -> None:
    assert list(block.caches()) == needs


def test_flops_beyond_the_weights() -> None:
    assert CompressedConvAttention(64, 4, 2, 16, (2, 3), window=10).mixing_flops(100, decode=True) == 4 * 4 * 16 * 10
    assert RelativeLogits(64, 4, 8, 100).mixing_flops(7, decode=True) == 2 * 4 * 8 * 100


def test_a_network_routes_by_its_last_layer() -> None:
    router = NetworkRouter(64, 16, 1, extra=1, inner=8, carried=True, correction_bias="balancing_biases")
    shapes = {weight.name: weight.shape for weight in router.weights()}
    assert shapes["router_mlp.out_proj.weight"] == (17, 8) and shapes["balancing_biases"] == (17,)


@pytest.mark.parametrize(
    ("model_type", "fields", "message"),
    [
        ("olmoe", {"num_experts": 2, "num_experts_per_tok": 8}, "8 experts per token, but only 2 experts"),
        (
            "dbrx",
            {**DBRX, "ffn_config": {"moe_num_experts": 2, "moe_top_k": 4}},
            "4 experts per token, but only 2 experts",
        ),
        ("beam", {"num_experts": 8, "layer_types": ["full_attention"]}, "layer_types has 1 entries for 4 layers"),
        (
            "laguna",
            {"num_experts": 8, "num_attention_heads_per_layer": [4]},
            "num_attention_heads_per_layer has 1 entries for 4 layers",
        ),
        (
            "ernie4_5_vl_moe",
            {"text_config": {**LLAMA, "moe_num_experts": 4, "moe_k": 2, "moe_intermediate_size": [12]}},
            "one width for text",
        ),
        ("hunyuan", {"num_experts": 4, "moe_topk": [2, 2, 2, 9]}, "9 experts per token, but only 4 experts"),
    ],
)
def test_contradictions_are_named(model_type: str, fields: Mapping[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(model_type, {**LLAMA, **fields})


@given(st.lists(st.lists(st.integers(0, 20), min_size=7, max_size=7), min_size=1, max_size=7))
def test_rising_places_are_the_best_of_all(rows: list[list[int]]) -> None:
    """As trying all of them finds it, the first of equals."""
    every = combinations(range(7), len(rows))
    best = min(every, key=lambda pick: sum(row[place] for row, place in zip(rows, pick, strict=True)))
    assert rising(rows) == list(best)


@pytest.mark.parametrize("layers", [20, 40, 60])
def test_many_scales_of_few_layers_take_no_time(layers: int) -> None:
    """Two sides of 2^39: 79 scales, of which 21, 41 or 61 may be chosen in 10^18 ways and more."""
    scales = plan_scales(2**39, 2**39, layers, 3)
    assert len(scales) == layers + 1 and scales == sorted(scales)
    assert (scales[0][:2], scales[-1][:2]) == ((1, 1), (2**39, 2**39))


# Encoders of sound, by the classes that build them. (transformers, models/gemma4/modeling_gemma4.py and
# models/parakeet/modeling_parakeet.py, read class by class; every size is another, so that none stands for another)

RECORDED = Path(__file__).parent / "recorded"


def encoder(model_type: str, section: Mapping[str, Any], within: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a type's reference configuration with this encoder, below `within`."""
    config = json.loads((RECORDED / f"{model_type}.json").read_text())["config"] | {"audio_config": dict(section)}
    found = {name: one.shape for one in describe(Config(config)).weights for name in one.names()}
    return {name.partition(within)[2]: shape for name, shape in found.items() if within in name}


def linear(name: str, inputs: int, outputs: int, bias: bool = False) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), **({f"{name}.bias": (outputs,)} if bias else {})}


@pytest.mark.parametrize("clipped", [True, False])
def test_gemmas_audio_tower(clipped: bool) -> None:
    fields = {
        "hidden_size": 24, "num_attention_heads": 4, "subsampling_conv_channels": [8, 5], "num_hidden_layers": 2,
        "conv_kernel_size": 7, "output_proj_dims": 10, "use_clipped_linears": clipped,
    }  # fmt: skip
    wanted: dict[str, tuple[int, ...]] = {
        "subsample_conv_projection.layer0.conv.weight": (8, 1, 3, 3),
        "subsample_conv_projection.layer0.norm.weight": (8,),
        "subsample_conv_projection.layer1.conv.weight": (5, 8, 3, 3),
        "subsample_conv_projection.layer1.norm.weight": (5,),
        **linear("subsample_conv_projection.input_proj_linear", 8 // 4 * 5, 24),
        **linear("output_proj", 24, 10, bias=True),
    }
    for layer in range(2):
        at = f"layers.{layer}"
        clips = {
            **{f"feed_forward{half}.ffw_layer_1": (24, 96) for half in (1, 2)},
            **{f"feed_forward{half}.ffw_layer_2": (96, 24) for half in (1, 2)},
            **{f"self_attn.{name}": (24, 24) for name in ("q_proj", "k_proj", "v_proj", "post")},
            "lconv1d.linear_start": (24, 48), "lconv1d.linear_end": (24, 24),
        }  # fmt: skip
        for name, (inputs, outputs) in clips.items():
            wanted |= linear(f"{at}.{name}.linear", inputs, outputs)
            bounds = ("input_min", "input_max", "output_min", "output_max") if clipped else ()
            wanted |= {f"{at}.{name}.{bound}": () for bound in bounds}
        norms = (
            *(f"feed_forward{half}.{side}_layer_norm" for half in (1, 2) for side in ("pre", "post")),
            "lconv1d.pre_layer_norm", "lconv1d.conv_norm", "norm_pre_attn", "norm_post_attn", "norm_out",
        )  # fmt: skip
        wanted |= {f"{at}.{name}.weight": (24,) for name in norms}
        wanted |= linear(f"{at}.self_attn.relative_k_proj", 24, 24)
        wanted |= {f"{at}.self_attn.per_dim_scale": (6,), f"{at}.lconv1d.depthwise_conv1d.weight": (24, 1, 7)}
    assert encoder("gemma4", fields, "audio_tower.") == wanted
    assert encoder("gemma4", fields, "embed_audio.") == {"embedding_projection.weight": (2304, 10)}


def test_gemmas_audio_tower_has_two_convolutions() -> None:
    with pytest.raises(UsageError, match="two strided convolutions"):
        encoder("gemma4", {"subsampling_conv_channels": [8, 5, 3]}, "audio_tower.")


@pytest.mark.parametrize(("attention", "convolution"), [(True, False), (False, True)])
def test_nemotrons_sound_tower(attention: bool, convolution: bool) -> None:
    fields = {
        "hidden_size": 24, "num_attention_heads": 4, "intermediate_size": 40, "num_hidden_layers": 2,
        "conv_kernel_size": 7, "subsampling_conv_channels": 6, "subsampling_conv_kernel_size": 5,
        "subsampling_factor": 8, "subsampling_conv_stride": 2, "num_mel_bins": 32, "attention_bias": attention,
        "convolution_bias": convolution, "projection_hidden_size": 17,
    }  # fmt: skip

    def convolved(name: str, shape: tuple[int, ...], bias: bool) -> dict[str, tuple[int, ...]]:
        return {f"{name}.weight": shape, **({f"{name}.bias": shape[:1]} if bias else {})}

    wanted = {
        **convolved("subsampling.layers.0", (6, 1, 5, 5), True),  # 1 is a ReLU, as are 4 and 7
        **convolved("subsampling.layers.2", (6, 1, 5, 5), True),
        **convolved("subsampling.layers.3", (6, 6, 1, 1), True),
        **convolved("subsampling.layers.5", (6, 1, 5, 5), True),
        **convolved("subsampling.layers.6", (6, 6, 1, 1), True),
        **linear("subsampling.linear", 6 * 32 // 8, 24, bias=True),
    }
    for layer in range(2):
        at = f"layers.{layer}"
        for half in (1, 2):
            wanted |= linear(f"{at}.feed_forward{half}.linear1", 24, 40, attention)
            wanted |= linear(f"{at}.feed_forward{half}.linear2", 40, 24, attention)
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            wanted |= linear(f"{at}.self_attn.{name}", 24, 24, attention)
        wanted |= linear(f"{at}.self_attn.relative_k_proj", 24, 24)
        wanted |= {f"{at}.self_attn.bias_u": (4, 6), f"{at}.self_attn.bias_v": (4, 6)}
        wanted |= convolved(f"{at}.conv.pointwise_conv1", (48, 24, 1), convolution)
        wanted |= convolved(f"{at}.conv.depthwise_conv", (24, 1, 7), convolution)
        wanted |= convolved(f"{at}.conv.pointwise_conv2", (24, 24, 1), convolution)
        wanted |= {f"{at}.conv.norm.{name}": (24,) for name in ("weight", "bias", "running_mean", "running_var")}
        wanted |= {f"{at}.conv.norm.num_batches_tracked": ()}
        for name in ("norm_feed_forward1", "norm_self_att", "norm_conv", "norm_feed_forward2", "norm_out"):
            wanted |= {f"{at}.{name}.weight": (24,), f"{at}.{name}.bias": (24,)}
    assert encoder("nemotron_h_omni", fields, "sound_encoder.encoder.") == wanted


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"indexer_n_heads": 4, "indexer_head_dim": 8, "indexer_budget": 64, "indexer_kv_heads": 2}, "one key head"),
        ({"ple_layer_ids": [999]}, "ple_layer_ids names layer 999"),
        ({"ple_layer_ids": [1], "ngram_size": 3, "heads_per_ngram": 5, "ple_embed_dim": 64}, "10 n-gram look-ups do"),
        ({"ple_layer_ids": [1], "ngram_size": 3, "heads_per_ngram": 2049}, "4098 n-gram look-ups, more than 4,096"),
    ],
)
def test_what_no_qwen4_is(fields: Mapping[str, Any], words: str) -> None:
    config = json.loads((RECORDED / "qwen4_exp_text.json").read_text())["config"]
    with pytest.raises(UsageError, match=words):
        describe(Config(config | dict(fields)))
