"""Prediction modules that a config declares, and those that it proves to be stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.prediction import draft_name
from moeaudit.architecture.weights import Presence
from moeaudit.ledger.packing.storage import Storage
from moeaudit.vocabulary import Part
from tests.architecture.published import MIXTRAL, V3
from tests.architecture.recordings import Recording


@pytest.mark.parametrize(
    ("fields", "declared"),
    [
        ({}, 0),
        ({"num_nextn_predict_layers": 1}, 1),
        ({"num_mtp_modules": 7, "num_nextn_predict_layers": 1}, 7),  # as MiniMax-M3's config has it
        ({"num_mtp_modules": 3, "use_mtp": False}, 0),
        ({"mtp_num_hidden_layers": 2}, 2),
        ({"num_mtp_layers": 0}, 0),
        *(({"num_mtp_layers": broken}, 0) for broken in ("1", True, -1, 2**70, [1], None, 1.5)),
    ],
)
def test_a_declared_module_is_known_in_every_family(fields: dict[str, Any], declared: int) -> None:
    """Mixtral's family knows no prediction modules."""
    model = describe(Config({**MIXTRAL, **fields}))
    assert model.declared_mtp == declared
    assert not any(weight.part is Part.MTP for weight in model.weights)


def test_the_field_is_read_where_the_language_models_section_stands() -> None:
    config = Recording.load("qwen3_vl_moe").config
    nested = {**config, "text_config": {**config["text_config"], "num_nextn_predict_layers": 2}}
    assert describe(Config(nested)).declared_mtp == 2


def presences(quantization: Any, model_type: str = "qwen3_next") -> set[Presence]:
    config = {**Recording.load(model_type).config, "quantization_config": quantization}
    return {weight.presence for weight in describe(Config(config)).weights if weight.part is Part.MTP}


STORED, OPTIONAL = {Presence.STORED}, {Presence.OPTIONAL}


@pytest.mark.parametrize(
    ("quantization", "found"),
    [
        (None, OPTIONAL),
        ({"modules_to_not_convert": ["mtp.fc"]}, STORED),
        ({"modules_to_not_convert": ["mtp.layers.0.mlp.gate"]}, STORED),
        ({"ignored_layers": ["model.decoder.self_attn.o_proj"]}, STORED),
        ({"modules_to_not_convert": ["mtp.layers.1.mlp.gate"]}, OPTIONAL),  # there is one layer, number 0
        ({"modules_to_not_convert": ["lm_head", "model.layers.0.mlp.gate"]}, OPTIONAL),
        ({"ignore": ["mtp*", "re:^mtp.*", "mtp"]}, OPTIONAL),  # said whether or not there is one
        ({"ignore": "mtp.fc"}, OPTIONAL),
        ({"ignore": [1, None, {}, ["mtp.fc"], "x" * 10_000, "9" * 300]}, OPTIONAL),
    ],
)
def test_a_quantisation_that_names_modules_proves_them(quantization: Any, found: set[Presence]) -> None:
    assert presences(quantization) == found


def test_copies_are_proved_by_their_own_names_alone() -> None:
    """GLM-4.5 stores copies of embedding and head with its module, GLM-4.6 does not."""
    config = Recording.load("glm4_moe").config | {"num_nextn_predict_layers": 1}
    last = config["num_hidden_layers"]

    def optional(*names: str) -> set[str]:
        listed = {"ignore": [f"model.layers.{last}.{name}" for name in names]}
        model = describe(Config(config | {"quantization_config": listed}))
        return {weight.name.split(".")[3] for weight in model.weights if weight.presence is Presence.OPTIONAL}

    assert optional("eh_proj") == {"embed_tokens", "shared_head"}
    assert optional("embed_tokens") == {"shared_head"}
    assert optional("embed_tokens", "shared_head.head") == set()


def test_qwen3_next_in_fp8_is_no_range(corpus: Path) -> None:
    """Its list of 407 modules names ten of the prediction module: 81,324,862,720 parameters, as its headers hold."""
    config = json.loads((corpus / "headers/Qwen--Qwen3-Next-80B-A3B-Instruct-FP8/config.json").read_text())
    weights = describe(Config(config)).weights
    assert {weight.presence for weight in weights} == STORED
    assert sum(weight.elements for weight in weights) == 81_324_862_720


def test_the_draft_layers_name_excludes_it_from_packing() -> None:
    """Engines load a prediction module alone, as `model.decoder`; MiMo-V2.5's list calls it so."""
    assert draft_name("model.mtp.layers.2.self_attn.o_proj") == "model.decoder.self_attn.o_proj"
    fp8 = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    listed = {**V3, "quantization_config": fp8 | {"ignored_layers": ["model.decoder.self_attn.o_proj"]}}
    storage = Storage.of(listed)
    types = {
        storage.dtype(part) if scheme is None else "packed"
        for weight in describe(Config(listed)).weights
        if weight.name.endswith("o_proj.weight") and weight.part is Part.MTP
        for part, scheme in storage.parts(weight)
    }
    assert types == {"BF16"}
