"""Releases of one config with prediction modules, without their copies, and without the modules: the weights decide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Weight
from moeaudit.checks.facts import Facts
from moeaudit.checks.integrity import INTEGRITY
from moeaudit.checks.registry import run
from moeaudit.evidence.model import Evidence, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.packing.storage import Storage
from moeaudit.vocabulary import Kind, Part

SMALL = {
    "model_type": "deepseek_v3", "torch_dtype": "bfloat16", "hidden_size": 128, "intermediate_size": 256,
    "moe_intermediate_size": 64,
    "num_hidden_layers": 3, "num_attention_heads": 4, "q_lora_rank": 32, "kv_lora_rank": 32, "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8, "v_head_dim": 16, "n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2,
    "n_group": 1,
    "topk_group": 1, "first_k_dense_replace": 1, "num_nextn_predict_layers": 1, "vocab_size": 512,
}  # fmt: skip

RELEASES: dict[str, Callable[[Weight], bool]] = {
    "whole": lambda weight: True,
    "without copies": lambda weight: not weight.duplicate,
    "without modules": lambda weight: weight.part is not Part.MTP,
}


def released(keep: Callable[[Weight], bool]) -> Inspection:
    storage = Storage.of(SMALL)
    kept = [weight for weight in describe(Config(SMALL)).weights if keep(weight) and weight.kind is Kind.PARAMETER]
    table = TensorTable(tuple(tensor.group for weight in kept for tensor in storage.stored(weight)))
    evidence = Evidence(ModelRef("org/model", Source.FOLDER), JsonFile("config.json", SMALL), headers=table)
    inspection = inspect_evidence(evidence)
    assert inspection.ledger.total() == sum(weight.elements for weight in kept)
    return inspection


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_agrees(release: str) -> None:
    inspection = released(RELEASES[release])
    assert inspection.agreement.verdict == "agree"
    rules = [finding.rule for finding in run(Facts(inspection), rules=INTEGRITY)]
    assert rules == (["mtp-absent"] if release == "without modules" else [])


@pytest.mark.parametrize(
    ("field", "rules"),
    [({"num_nextn_predict_layers": 1}, ["mtp-absent"]), ({"num_mtp_modules": 2}, ["mtp-absent"]), ({}, [])],
)
def test_a_declared_module_is_missed_in_families_that_know_none(field: dict[str, int], rules: list[str]) -> None:
    """As reported of a checkpoint trained with prediction modules and saved without: modelscope/ms-swift#7848."""
    config = {
        "model_type": "mixtral", "torch_dtype": "bfloat16", "hidden_size": 128, "intermediate_size": 256,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "num_local_experts": 4,
        "num_experts_per_tok": 2, "vocab_size": 512, **field,
    }  # fmt: skip
    stored = Storage.of(config).pack(describe(Config(config)).weights)
    table = TensorTable(tuple(tensor.group for tensor in stored))
    evidence = Evidence(ModelRef("org/model", Source.FOLDER), JsonFile("config.json", config), headers=table)
    assert [finding.rule for finding in run(Facts(inspect_evidence(evidence)), rules=INTEGRITY)] == rules


def test_half_a_module_is_missing_tensors() -> None:
    inspection = released(lambda weight: not weight.name.endswith("eh_proj.weight"))
    assert inspection.agreement.names_missing == 1


def test_an_unreadable_quantisation_is_no_obstacle_where_headers_are_read() -> None:
    config = SMALL | {"quantization_config": {"quant_method": "gptq", "bits": "four"}}
    storage = Storage.of(SMALL)
    table = TensorTable(
        tuple(tensor.group for weight in describe(Config(SMALL)).weights for tensor in storage.stored(weight))
    )
    inspection = inspect_evidence(
        Evidence(ModelRef("org/model", Source.FOLDER), JsonFile("config.json", config), headers=table)
    )
    assert [notice.rule for notice in inspection.notices] == ["config-unusable"]
    assert inspection.agreement.verdict == "agree"
