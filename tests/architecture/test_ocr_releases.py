"""DeepSeek's OCR models in the form of their own repositories: `vision_config.width` lists the encoders by name.

Witnesses: the names of DeepSeek-OCR-2's published index (their digest), what transformers builds for the converted
models (recorded), and DeepSeek-OCR's recorded evidence.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from moeaudit.architecture.blocks import Attention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Part
from tests.architecture.recordings import Recording
from tests.architecture.tables import derived_tensors

TEXT: dict[str, Any] = {
    "hidden_size": 1280,
    "intermediate_size": 6848,
    "moe_intermediate_size": 896,
    "num_hidden_layers": 12,
    "num_attention_heads": 10,
    "num_key_value_heads": 10,
    "n_routed_experts": 64,
    "n_shared_experts": 2,
    "num_experts_per_tok": 6,
    "first_k_dense_replace": 1,
    "kv_lora_rank": None,
    "q_lora_rank": None,
    "topk_method": "greedy",
    "use_mla": False,
    "vocab_size": 129280,
}
SAM = {
    "downsample_channels": [512, 1024],
    "global_attn_indexes": [2, 5, 8, 11],
    "heads": 12,
    "layers": 12,
    "width": 768,
}
CLIP = {"heads": 16, "image_size": 224, "layers": 24, "patch_size": 14, "width": 1024}


def config(model_type: str, name: str, encoders: dict[str, Any], inputs: int, **text: Any) -> dict[str, Any]:
    """The fields of the three published configs that say what is stored."""
    return {
        "model_type": model_type,
        "architectures": [name],
        "language_config": {**TEXT, **text},
        "projector_config": {"input_dim": inputs, "n_embed": 1280, "projector_type": "linear"},
        "vision_config": {"image_size": 1024, "width": {"sam_vit_b": SAM, **encoders}},
    }


OCR2 = config("deepseek_vl_v2", "DeepseekOCR2ForCausalLM", {"qwen2-0-5b": {"dim": 896}}, 896)
OCR = config("deepseek_vl_v2", "DeepseekOCRForCausalLM", {"clip-l-14-224": CLIP}, 2048)
UNLIMITED = config("unlimited-ocr", "UnlimitedOCRForCausalLM", {"clip-l-14-224": CLIP}, 2048, sliding_window_size=128)


def tensors(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    return dict(derived_tensors(architecture))


def test_every_name_of_deepseek_ocr_2s_index() -> None:
    """deepseek-ai/DeepSeek-OCR-2, model.safetensors.index.json: 2,707 names."""
    read = Config(OCR2)
    architecture = describe(read)
    names = sorted(name for weight in architecture.weights for name in weight.names())
    assert len(names) == 2707
    assert sha256("\n".join(names).encode()).hexdigest() == INDEX
    assert (architecture.family, read.notices) == ("DeepSeek-OCR 2", [])


INDEX = "82f945d7251cf783a2bdbfc72c5ee8a1dbae4aa6e3cbd7340de0b9a9b4d7aade"


def test_deepseek_ocr_2_is_its_converted_config() -> None:
    """What the published config leaves to its code, under transformers' own fields: sizes of Qwen2-0.5B (vLLM 0.33,
    deepencoder2.py), SAM ending with as many channels (transformers' default). That reader is held against what
    transformers builds (test_recorded.py)."""
    converted = Recording.load("deepseek_ocr2").config
    converted["text_config"] |= {name: value for name, value in TEXT.items() if name in converted["text_config"]}
    converted["vision_config"]["encoder_config"] |= {
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
    }
    assert tensors(describe(Config(OCR2))) == tensors(describe(Config(converted)))


@pytest.mark.parametrize("model_type", ["deepseek_ocr2", "DeepseekOCR", "unlimited_ocr", "deepseek_vl_v2"])
def test_what_the_config_holds_decides_not_its_type(model_type: str) -> None:
    for given in (OCR2, UNLIMITED):
        alone = {**given, "model_type": model_type, "architectures": None}
        if model_type != "DeepseekOCR" or given is UNLIMITED:
            assert describe(Config(alone)).weights == describe(Config(given)).weights


def test_unlimited_ocr_is_deepseek_ocr_with_a_window() -> None:
    """vLLM 0.33, configs/unlimited_ocr.py: DeepSeek-OCR's layout, and a window of 128 over what is generated."""
    read = Config(UNLIMITED)
    architecture = describe(read)
    assert dict(read.notices[0].values)["read_as"] == "unlimited_ocr"
    assert tensors(architecture) == tensors(describe(Config(OCR)))
    assert {block.window for block in architecture.find(Attention) if isinstance(block, Attention)} == {128}


def test_encoders_that_no_release_lists_are_an_error() -> None:
    unknown = config("deepseek_vl_v2", "DeepseekOCRForCausalLM", {"vit-h-14": {"width": 1280}}, 2048)
    with pytest.raises(UsageError, match="clip-l-14-224 is missing"):
        describe(Config(unknown))


@pytest.mark.parametrize("given", [OCR2, OCR, UNLIMITED])
def test_a_release_whose_tower_was_stripped_is_its_language_model(given: dict[str, Any]) -> None:
    """What stays is the whole's language part; that a class with an encoder saved it is said."""
    read = Config({name: value for name, value in given.items() if name != "vision_config"})
    alone = describe(read)
    whole = {weight.name: weight.shape for weight in describe(Config(given)).weights if weight.part is Part.LANGUAGE}
    assert {weight.name.removeprefix("language."): weight.shape for weight in alone.weights} == whole
    assert "config-section-missing" in {notice.rule for notice in read.notices}
