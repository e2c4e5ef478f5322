"""Encoders of sound, by the classes that build them.

(transformers, models/gemma4/modeling_gemma4.py and models/parakeet/modeling_parakeet.py, read class by class; every
size is another, so that none stands for another)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import UsageError

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
