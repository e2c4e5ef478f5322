"""MiMo-V2.5, as its release is laid out: a public table of its headers (73,081 tensors, 310,756,322,688 parameters
less 18,717,312 scales)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from moeaudit.architecture.blocks import Attention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Presence, Weight
from moeaudit.errors import UsageError
from moeaudit.ledger.packing import Storage
from moeaudit.vocabulary import Part
from tests.architecture.published import parameters

V25: dict[str, Any] = {
    "model_type": "mimo_v2",
    "architectures": ["MiMoV2ForCausalLM"],
    "attention_projection_layout": "fused_qkv",
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
    "vision_config": {"depth": 28, "num_heads": 32, "num_key_value_heads": 8, "intermediate_size": 4608},
    "audio_config": {"input_local_layers": 6, "audio_channels": 20, "speech_vocab_size": "1280"},
    "quantization_config": {
        "quant_method": "fp8",
        "weight_block_size": [128, 128],
        "ignored_layers": ["model.decoder.self_attn.o_proj"],
    },
}
"""Its published config, less what has no effect on shapes."""


def read(**changes: Any) -> Architecture:
    return describe(Config(V25 | changes))


def named(model: Architecture, word: str) -> list[Weight]:
    return [weight for weight in model.weights if word in weight.name]


def test_every_part_is_counted() -> None:
    """In all, and three prediction modules; Xiaomi's own figure for this decoder is 309B, 15B of them active."""
    model = read()
    assert parameters(model) == 310_756_322_688
    assert parameters(model, Part.MTP) == 987_820_224
    assert round(parameters(model, Part.LANGUAGE) / 1e9) == 309
    active = sum(weight.elements * weight.share.typical for weight in model.weights if weight.part is Part.LANGUAGE)
    assert round(active / 1e9) == 15


V26: dict[str, Any] = V25 | {
    "moe_router_dtype": "bfloat16",
    "num_nextn_predict_layers": 3,
    "quantization_config": {
        "quant_method": "fp8",
        "store_dtype": "mxfp4",
        "mxfp4_block_size": 32,
        "weight_block_size": [128, 128],
        "ignored_layers": [
            *(f"model.layers.{number}.self_attn.o_proj" for number in range(48)),
            "model.decoder.self_attn.o_proj",
        ],
    },
}
"""MiMo-V2.6-Flash-RL's published config, where it differs."""


def test_v26_stores_other_types_and_nothing_else() -> None:
    """MiMo-V2.6-Flash-RL's headers: BF16 routers by `moe_router_dtype`, two-valued bytes by `store_dtype`. Its 248,192
    F32 elements are correction biases and FP8 scales; 576 of these pad the nine unequal fused projections, which are
    scaled in four slices of 27 blocks (108 rows for 106)."""
    model, sums = describe(Config(V26)), Counter[str | None]()
    for tensor in Storage.of(V26).pack(model.weights):
        sums[tensor.group.dtype] += tensor.elements
    assert parameters(model) == 310_756_322_688
    assert sums == {
        "BF16": 4_101_308_032,
        "F8_E4M3": 3_859_808_256,
        "U8": 160_859_947_008,
        "F32": 248_192 - 9 * 2 * 32,
    }


def test_v26_pro_by_its_stored_types() -> None:
    """MiMo-V2.6-Pro-RL's headers: 10,647,286,656 BF16, 13,378,781,184 F8, 531,351,207,936 U8 and 857,088 F32 elements.
    Its sizes are published, but not which layers see everything: ten do, as the sinks of the others count. Each of its
    73 fused projections is scaled in eight slices of 26.5 blocks, so that 4 rows of 48 scales are padding."""
    sizes = {"hidden_size": 6144, "num_hidden_layers": 70, "num_attention_heads": 128, "num_key_value_heads": 8}
    kept = [*(f"model.layers.{number}.self_attn.o_proj" for number in range(70)), "model.decoder.self_attn.o_proj"]
    config = V26 | {
        **sizes,
        "swa_num_key_value_heads": 8,
        "n_routed_experts": 384,
        "hybrid_layer_pattern": [int(number % 7 != 0) for number in range(70)],
        "moe_layer_freq": [0] + [1] * 69,
        "vision_config": {**V25["vision_config"], "out_hidden_size": 6144},
        "audio_config": {**V25["audio_config"], "out_hidden_size": 6144},
        "quantization_config": {**V26["quantization_config"], "ignored_layers": kept},
    }
    model, sums = describe(Config(config)), Counter[str | None]()
    for tensor in Storage.of(config).pack(model.weights):
        sums[tensor.group.dtype] += tensor.elements
    assert sums == {
        "BF16": 10_647_286_656,
        "F8_E4M3": 13_378_781_184,
        "U8": 531_351_207_936,
        "F32": 857_088 - 73 * 4 * 48,
    }
    assert round(parameters(model) / 1e10) == 102, "1.02T, says Xiaomi"


def test_queries_keys_and_values_are_one_matrix() -> None:
    """13,568 rows with 4 key-value heads, 14,848 with 8, 39 times and in the prediction modules."""
    rows = Counter({13568: 0, 14848: 0})
    for weight in named(read(), "qkv_proj"):
        rows[weight.shape[0]] += weight.tensors
    assert rows == {13568: 9, 14848: 42}
    assert not named(read(attention_projection_layout="split"), "qkv_proj")


def test_only_what_sees_a_window_has_sinks() -> None:
    """39 layers and the prediction modules; 24 of 28 blocks of the vision tower."""
    model = read()
    sinks = {(weight.part, weight.tensors) for weight in named(model, "sink")}
    assert sinks == {(Part.LANGUAGE, 39), (Part.MTP, 3), (Part.VISION, 24)}
    assert all(isinstance(block, Attention) and block.sinks == bool(block.window) for block in model.find(Attention))


def test_a_list_that_names_the_draft_layer_proves_the_modules() -> None:
    assert {weight.presence for weight in named(read(), "mtp")} == {Presence.STORED}
    assert {weight.presence for weight in named(read(quantization_config=None), "mtp")} == {Presence.OPTIONAL}


@pytest.mark.parametrize(
    ("written", "codes"),
    [("1280", [1280] * 3), (1280, [1280] * 3), ("1025-1025-129", [1025, 1025, 129])],
)
def test_codes_of_a_channel(written: Any, codes: list[int]) -> None:
    """One number, as a string too, or one for each channel, as in MiMo-Audio's config."""
    audio = {"audio_channels": 3, "speech_vocab_size": written}
    assert [weight.shape[0] for weight in named(read(audio_config=audio), "speech_embeddings")] == codes


@pytest.mark.parametrize("written", ["", "1025-1025", "many", "-1", "0-0-0", "1" * 99])
def test_other_codes_are_an_error_that_names_the_field(written: str) -> None:
    with pytest.raises(UsageError, match=r"audio_config\.speech_vocab_size"):
        read(audio_config={"audio_channels": 3, "speech_vocab_size": written})


def test_without_encoders_only_the_language_model_is_left() -> None:
    model = read(vision_config=None, audio_config=None)
    assert {weight.part for weight in model.weights} == {Part.LANGUAGE, Part.MTP}
