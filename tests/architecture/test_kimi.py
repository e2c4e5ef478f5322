"""Kimi Linear, K2.5 and K3: layers numbered from one, names that follow who wrote the config, published headers."""

from __future__ import annotations

import pytest

from moeaudit.architecture.blocks import LatentAttention
from moeaudit.architecture.blocks.cache import SequenceState
from moeaudit.architecture.blocks.kimi_delta import KimiDelta
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Component
from tests.architecture.published import KIMI_LINEAR, V3, names, parameters, read


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
