"""Names as published: which row a name means that is none letter by letter, and which known type a refusal names."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.catalogue import BY_NAME
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.spelling import by_class, by_type, keeps_language_head, nearest, stem, with_encoders
from moeaudit.errors import NothingToAudit
from tests.architecture.published import V3, read
from tests.architecture.recordings import Recording

FLAT: dict[str, Any] = {"num_experts": 8}
NESTED: dict[str, Any] = {"text_config": {"num_experts": 8}}


@pytest.mark.parametrize(
    ("written", "data", "row"),
    [
        ("unlimited-ocr", FLAT, "unlimited_ocr"),
        ("Unlimited_OCR", FLAT, "unlimited_ocr"),
        ("QWEN3-MoE", FLAT, "qwen3_moe"),
        ("nllb_moe", FLAT, "nllb-moe"),
        ("minimax_m3", FLAT, "minimax_m3_vl_text"),
        ("kimi_k25_text", FLAT, "kimi_k2"),
        ("nemotron-h-omni-text", FLAT, "nemotron_h"),
        ("mistral3_text", FLAT, "mistral4"),
        ("step3p7_text", FLAT, "step3p5"),
        ("ernie4_5_vl_moe_text", FLAT, "ernie4_5_vl_moe"),
        ("minimax_m3", NESTED, None),  # a wrapper that nobody knows is no language model alone
        ("qwen3_moe_hf", FLAT, "qwen3_moe"),
        ("DeepseekV3ForCausalLM", FLAT, "deepseek_v3"),
        ("qwen3_vl_moe_for_conditional_generation", NESTED, "qwen3_vl_moe"),
        ("hy_v4_vl_text_model", FLAT, "hy_v4_vl_text"),
        ("inkling_mm_model", FLAT, "inkling_mm_model"),
        ("qwen3_moe_v2", FLAT, None),
        ("mixtral2", FLAT, None),
        ("", FLAT, None),
    ],
)
def test_a_type_in_another_spelling(written: str, data: dict[str, Any], row: str | None) -> None:
    found = by_type(written, data)
    assert (found[0].name if found else None) == row


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("DeepseekOCR2ForCausalLM", "deepseek_ocr2"),
        ("UnlimitedOCRForCausalLM", "unlimited_ocr"),
        ("KimiK2ForCausalLM", "kimi_k2"),
        ("Qwen3MoeModel", "qwen3_moe"),
        ("MiniMaxM3ForCausalLM", "minimax_m3_vl_text"),
        ("GPTOSSForCausalLM", "gpt_oss"),
        ("Dots3NoteForCausalLM", "dots3_note_text"),
        ("Dots3NoteForSomethingElse", "dots3_note"),  # the type's own name
        ("ForCausalLM", None),
        ("", None),
    ],
)
def test_a_class_in_another_spelling(name: str, row: str | None) -> None:
    found = by_class(name, FLAT)
    assert (found[0].name if found else None) == row


@pytest.mark.parametrize(("written", "row"), [("sarvam-moe", "sarvam_moe"), ("Sarvam_MLA", "sarvam_mla")])
def test_a_type_that_another_types_class_builds_is_read_as_itself(written: str, row: str) -> None:
    """transformers 5.24 builds the Sarvam types with classes of GLM-4.5 and DeepSeek-V3: in another spelling of the
    type, too, that class names no other family."""
    config = {**Recording.load(row).config, "architectures": [BY_NAME[row].built_by[0]], "model_type": written}
    read_so = Config(config)
    assert describe(read_so).family == describe(Config({**config, "model_type": row})).family == "Sarvam"
    assert [dict(notice.values)["read_as"] for notice in read_so.notices] == [row]


def test_a_class_says_more_than_its_model() -> None:
    assert stem("Qwen3VLMoeForConditionalGeneration") == "qwen3vlmoe"


def test_a_refusal_names_the_nearest_type_and_what_it_lacks() -> None:
    sizes = {name: value for name, value in V3.items() if name != "kv_lora_rank"}
    with pytest.raises(NothingToAudit, match=r"; deepseek_v3\w*, the nearest known, does not fit: .*kv_lora_rank"):
        read({**sizes, "model_type": "deepseek_v3x", "architectures": None})


def test_a_refusal_names_what_the_nearest_type_would_leave_unread() -> None:
    with pytest.raises(NothingToAudit, match=r"; deepseek_v3\w*, the nearest known, leaves engram_dim unread"):
        read({**V3, "model_type": "deepseek_v3x", "architectures": None, "engram_dim": 512})


def test_nothing_is_near_to_a_name_unlike_all() -> None:
    assert nearest(["zzzz", "Qwertz"]) is None


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({"model_type": "InternS1-Pro"}, "model_type 'InternS1-Pro'"),
        ({"architectures": ["InternS1ProForCausalLM"]}, "class 'InternS1ProForCausalLM'"),
    ],
)
def test_a_type_that_is_not_read_is_refused_for_its_reason_in_any_spelling(given: dict[str, Any], subject: str) -> None:
    with pytest.raises(NothingToAudit) as caught:
        read({**FLAT, **given})
    assert caught.value.message == (
        f"{subject} is not read from config.json alone: no public source gives its time-series encoder and the size of "
        "its rotary coefficients"
    )


def test_a_refusal_names_the_class_of_a_config_without_a_type() -> None:
    with pytest.raises(NothingToAudit, match="class 'ZzzMoqForCausalLM' is not supported"):
        read({**FLAT, "architectures": ["ZzzMoqForCausalLM"]})


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("DeepseekOCRForCausalLM", True),
        ("DeepSeekOCRForCausalLM", True),
        ("MiMoV2OmniForCausalLM", True),
        ("MiMoV2ForCausalLM", False),
        ("MiMoV2Model", False),  # the row's classes differ in it: nothing is said
        ("Qwen3VLMoeModel", True),
        ("Qwen3VLMoeTextModel", False),
        ("KimiK3LinearForCausalLM", False),
        ("DiffusionGemmaForBlockDiffusion", True),
        ("SomeForConditionalGeneration", False),
        ("SwitchTransformersForConditionalGeneration", False),
    ],
)
def test_which_classes_hold_encoders_is_their_rows_to_say(name: str, holds: bool) -> None:
    assert with_encoders(name) is holds


@pytest.mark.parametrize(
    ("name", "keeps"),
    [
        ("MixtralForCausalLM", True),
        ("MIXTRALForCausalLM", True),
        ("DiffusionGemmaForBlockDiffusion", True),
        ("DiffusionGemmaForConditionalGeneration", True),
        ("NobodysForCausalLM", True),
        ("HYV4VLTextModel", True),  # the row's own class
        ("MixtralForBlockDiffusion", False),
        ("MixtralForSequenceClassification", False),
        ("MixtralRewardModel", False),
        ("DeepseekV3BidirectionalModel", False),
        ("DeepseekV3ForCausalLMNextN", False),
        ("Eagle3DeepseekV2ForCausalLM", False),
        ("", True),
    ],
)
def test_a_language_models_head_is_kept_by_the_classes_that_say_so(name: str, keeps: bool) -> None:
    assert keeps_language_head(name) is keeps


@pytest.mark.parametrize("name", ["DeepseekV3ForSequenceClassification", "DeepseekV3Model"])
def test_a_class_with_another_head_is_named(name: str) -> None:
    """transformers' classifiers store `score.weight` and no `lm_head.weight`; bare models store neither."""
    config = Config({**V3, "architectures": [name]})
    describe(config)
    assert [notice.message for notice in config.notices if notice.path == "architectures"] == [
        (
            f"architectures ({name}) speaks of another head than a language model's; the latter is counted, and the "
            "weights alone can tell"
        )
    ]


def test_what_the_nearest_type_lacks_is_never_its_own_name() -> None:
    with pytest.raises(NothingToAudit, match="; deepseek_v3, the nearest known, reads every size in it"):
        read({**V3, "model_type": None, "architectures": ["DeepseekV3xModel"]})
