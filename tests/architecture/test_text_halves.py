"""Language models saved alone: without their encoders' sections, or under their own type in a flat config.

The witness is the whole model's recorded table: what stays is its language part, tensor by tensor.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.catalogue import BY_NAME
from moeaudit.architecture.config import TEXT_SECTIONS, Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Kind
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Component, Part
from tests.architecture.recordings import FOLDER


def nested() -> list[str]:
    configs = {path.stem: json.loads(path.read_text())["config"] for path in sorted(Path(FOLDER).glob("*.json"))}
    return [name for name, config in configs.items() if section_of(config) is not None and name != ANY_LANGUAGE_MODEL]


ANY_LANGUAGE_MODEL = "internvl"
"""A frame around a language model of any type: without its section nothing says which."""


def test_a_frame_around_any_language_model_is_not_read_without_its_section() -> None:
    text = section_of(config_of(ANY_LANGUAGE_MODEL))
    assert text is not None
    for name in (ANY_LANGUAGE_MODEL, f"{ANY_LANGUAGE_MODEL}_text"):
        with pytest.raises(UsageError, match="required field text_config is missing"):
            describe(Config({**text, "model_type": name, "architectures": None}))


def section_of(config: dict[str, Any]) -> dict[str, Any] | None:
    found = next((config[name] for name in TEXT_SECTIONS if isinstance(config.get(name), dict)), None)
    return (section_of(found) or found) if found else None


def config_of(model_type: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((FOLDER / f"{model_type}.json").read_text())["config"]
    return config


def language(model: Architecture) -> int:
    """Parameters of the language part but its head, which some text types are saved without."""
    return sum(
        weight.elements
        for weight in model.weights
        if weight.part is Part.LANGUAGE and weight.component is not Component.HEAD and weight.kind is Kind.PARAMETER
    )


@pytest.mark.parametrize("model_type", nested())
def test_a_flat_config_under_the_text_type_is_the_language_model(model_type: str) -> None:
    config = config_of(model_type)
    text = section_of(config)
    assert text is not None
    alone = describe(Config({**text, "model_type": f"{model_type}_text", "architectures": None}))
    assert language(alone) == language(describe(Config(config)))
    assert {weight.part for weight in alone.weights} <= {Part.LANGUAGE, Part.MTP}


@pytest.mark.parametrize("model_type", nested())
def test_a_flat_config_that_kept_the_whole_models_type_is_the_language_model(model_type: str) -> None:
    config = config_of(model_type)
    text = section_of(config)
    assert text is not None
    flat = Config({**text, "model_type": model_type, "architectures": None})
    alone = describe(flat)
    assert language(alone) == language(describe(Config(config)))
    assert {weight.part for weight in alone.weights} <= {Part.LANGUAGE, Part.MTP}


def test_a_whole_without_its_section_says_so_and_an_empty_one_still_asks_for_it() -> None:
    text = section_of(config_of("aria"))
    assert text is not None
    flat = Config({**text, "model_type": "aria"})
    describe(flat)
    assert [notice.message for notice in flat.notices if notice.rule == "config-section-missing"] == [
        (
            "text_config is missing, and the language model's fields stand without it: aria is read as its language "
            "model alone; encoders are not counted"
        )
    ]
    with pytest.raises(UsageError, match="required field text_config is missing"):
        describe(Config({"model_type": "aria"}))
    with pytest.raises(UsageError, match="required field text_config is missing"):  # not the language model alone
        describe(Config({**text, "model_type": "aria", "vision_config": {"hidden_size": 64}}))


SECTIONS_ALONE = [
    "aria",
    "deepseek_ocr2",
    "glm4v_moe",
    "glm5_next",
    "kimi_k25",
    "llama4",
    "minimax_m3_vl",
    "mistral_large4",
    "step3p7",
    "unlimited_ocr",
]


@pytest.mark.parametrize("model_type", SECTIONS_ALONE)
def test_without_a_section_of_its_own_an_encoder_is_not_counted_and_that_is_said(model_type: str) -> None:
    whole = config_of(model_type)
    config = Config({name: value for name, value in whole.items() if name != "vision_config"})
    config.data["architectures"] = list(BY_NAME[model_type].classes)  # type: ignore[index]
    alone = describe(config)
    assert language(alone) == language(describe(Config(whole)))
    assert Part.VISION not in {weight.part for weight in alone.weights}
    assert "config-section-missing" in {notice.rule for notice in config.notices}
