"""Mixtral and Mistral: more experts chosen than there are, layers that share keys, a frame around another type."""

from __future__ import annotations

import pytest

from moeaudit.architecture.blocks import LatentAttention
from moeaudit.errors import UsageError
from tests.architecture.published import MIXTRAL, SMALL_MISTRAL3, names, parameters, read


def test_more_selected_experts_than_there_are_is_an_error_that_shows_both() -> None:
    with pytest.raises(UsageError, match=r"num_experts_per_tok = 9.*num_local_experts = 8"):
        read(MIXTRAL, num_experts_per_tok=9)


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
