"""Which family a config is read as: wrong, renamed, missing and unknown model types, and dense models."""

from __future__ import annotations

import re
from typing import Any

import pytest

from moeaudit.architecture.catalogue import BY_CLASS, BY_NAME, TYPES
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.families.dense import is_dense_config
from moeaudit.architecture.spelling import letters
from moeaudit.architecture.unread import REFUSED, Refused
from moeaudit.errors import NothingToAudit
from tests.architecture.published import MIXTRAL, V3, parameters, read


def test_the_first_mixtral_upload_calls_itself_mistral() -> None:
    config = Config({**MIXTRAL, "model_type": "mistral"})
    model = describe(config)
    assert parameters(model) == 46_702_792_704, "the Hub's total of Mixtral-8x7B"
    assert model.model_type == "mistral"
    assert [(notice.rule, dict(notice.values)["read_as"]) for notice in config.notices] == [
        ("config-model-type", "mixtral")
    ]


def test_experts_make_a_borrowed_dense_type_sparse() -> None:
    assert read({**MIXTRAL, "model_type": "mistral", "architectures": ...}).family == "Mixtral"


def test_a_renamed_model_type_is_recognised_by_its_class() -> None:
    config = Config({**V3, "model_type": "Create-Bot-V2_k2"})
    assert describe(config).family == "DeepSeek-V3"
    assert "architectures (DeepseekV3ForCausalLM) says deepseek_v3" in config.notices[0].message


QWEN3 = dict(MIXTRAL, model_type="qwen3_moe", architectures=["Qwen3MoeForCausalLM"], moe_intermediate_size=768)


@pytest.mark.parametrize(
    ("written", "data", "used"),
    [
        ("deepseek_v3", MIXTRAL, "mixtral"),  # no kv_lora_rank: only the class can be right
        ("mixtral", QWEN3, "mixtral"),  # the fields fit both: model_type is what loaders go by
        ("qwen2_moe", QWEN3, "qwen2_moe"),
    ],
)
def test_a_known_type_that_the_class_contradicts_is_a_notice(written: str, data: dict[str, Any], used: str) -> None:
    config = Config({**data, "model_type": written})
    alone = {**data, "model_type": used, "architectures": None}
    assert parameters(describe(config)) == parameters(read(alone))
    assert [(notice.rule, dict(notice.values)) for notice in config.notices] == [
        ("config-model-type", {"model_type": written, "read_as": used})
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [("kimi_k2", "DeepseekV3ForCausalLM"), ("hunyuan", "HunYuanMoEV1ForCausalLM"), ("mixtral", "MyMixtralForCausalLM")],
)
def test_a_class_of_the_same_family_is_no_notice(written: str, name: str) -> None:
    sizes = V3 if written == "kimi_k2" else MIXTRAL
    others = {"num_experts": 8, "moe_topk": 2, "num_shared_expert": 1}
    config = Config({**others, **sizes, "model_type": written, "architectures": [name]})
    describe(config)
    assert not [notice for notice in config.notices if notice.rule == "config-model-type"]


def test_an_unknown_type_with_experts_is_not_supported_and_says_what_to_do() -> None:
    with pytest.raises(NothingToAudit, match=r"not supported.*\*\.moe\.yaml"):
        read({"model_type": "mystery\x1b[31m", "num_experts": 64, "hidden_size": 64})


@pytest.mark.parametrize("data", [{}, {"cells": [], "nbformat": 4}, {"name": "site", "version": "1.0"}])
def test_what_is_no_config_is_not_called_dense(data: dict[str, Any]) -> None:
    with pytest.raises(NothingToAudit, match="no field of it describes a model"):
        describe(Config(data))


def test_a_type_that_is_no_word_is_no_crash() -> None:
    with pytest.raises(NothingToAudit):
        read({"model_type": ["mixtral"], "num_experts": 8})


def test_every_name_and_class_stands_once_and_leads_somewhere() -> None:
    names, classes = [row.name for row in TYPES], [name for row in TYPES for name in row.classes]
    assert (len(BY_NAME), len(BY_CLASS)) == (len(names), len(classes))
    assert {row.text for row in TYPES} - {"", *names} == set()


def test_names_alike_but_for_their_spelling_have_one_reader() -> None:
    readers: dict[str, set[str]] = {}
    for row in TYPES:
        readers.setdefault(letters(row.name), set()).add(row.reads)
    assert {name: found for name, found in readers.items() if len(found) > 1} == {}


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_a_refused_type_or_class_says_why_and_is_never_guessed(row: Refused) -> None:
    """Even where the config inside would be read as a known language model."""
    text = {**MIXTRAL, "model_type": "mixtral"}
    reason = re.escape(row.reason)
    with pytest.raises(NothingToAudit, match=reason):
        read({"model_type": row.name, "text_config": text})
    for name in row.classes:
        with pytest.raises(NothingToAudit, match=reason):
            read({"model_type": "renamed", "architectures": [name], "text_config": text})
    assert row.name not in BY_NAME and not {*row.classes} & {*BY_CLASS}


@pytest.mark.parametrize(
    ("data", "dense"),
    [
        ({"hidden_size": 64}, True),
        ({"num_experts": 1, "num_local_experts": 0, "moe_topk": None}, True),
        ({"text_config": {"n_routed_experts": 64}}, False),
        ({"ffn_config": {"moe_num_experts": 16}}, False),
        ({"moe_layers": [3, 7]}, False),
    ],
)
def test_dense_means_no_experts_at_any_depth(data: dict[str, Any], dense: bool) -> None:
    assert is_dense_config(data) is dense


def test_a_dense_model_is_counted_all_the_same() -> None:
    """Llama 2 7B: 6,738,415,616 parameters."""
    llama = read(
        {
            "model_type": "llama",
            "hidden_size": 4096,
            "intermediate_size": 11008,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "vocab_size": 32000,
        }
    )
    assert parameters(llama) == 6_738_415_616 and not llama.is_moe


@pytest.mark.parametrize("model_type", ["minicpm", "nomic_bert", "phi-msft", "phixtral", "xverse"])
def test_a_dense_model_of_a_type_that_sparse_ones_share_is_called_dense(model_type: str) -> None:
    with pytest.raises(NothingToAudit, match=f"model_type '{model_type}' without experts: dense, nothing MoE to audit"):
        read({"model_type": model_type, "hidden_size": 64, "num_experts": 0})


def test_a_config_without_type_and_class_is_not_called_dense() -> None:
    with pytest.raises(NothingToAudit, match="names no family and no experts: what it is is not known"):
        read({"hidden_size": 768, "num_hidden_layers": 12})


def test_a_dense_type_without_a_reader_says_dense() -> None:
    with pytest.raises(NothingToAudit, match="dense, nothing MoE to audit"):
        read({"model_type": "gpt2", "n_embd": 768})
