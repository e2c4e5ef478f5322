"""One cause is one finding: nothing is told twice, and no advice contradicts another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Severity
from moeaudit.checks.registry import run
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.inspection import Inspection
from tests.checks.world import inspection_of

GHOST = "model.layers.1.self_attn.q_proj.weight"
WORDS = {"single-witness"}


def told(inspection: Inspection) -> dict[str, Severity]:
    return {one.rule: one.severity for one in run(Facts(inspection)) if one.rule not in WORDS}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"headers": True, "config": {"tie_word_embeddings": True}}, "tie-flag"),
        ({"headers": True, "drop": "lm_head"}, "tie-flag"),
        ({"index": {}, "drop": "lm_head"}, "tie-flag"),
        ({"headers": True, "drop": "q_proj"}, "weights-missing"),
    ],
    ids=["tied with a head", "no head by the headers", "no head by the index", "no query matrices"],
)
def test_what_one_rule_tells_no_other_does(changes: dict[str, Any], rule: str) -> None:
    assert told(inspection_of("tiny", changes)) == {rule: Severity.ERROR}


def test_a_head_beside_other_strange_tensors_is_told_apart() -> None:
    changes = {"headers": True, "config": {"tie_word_embeddings": True}, "add": {"model.odd.weight": [8, 8]}}
    [odd] = [one for one in run(Facts(inspection_of("tiny", changes))) if one.rule == "weights-unexpected"]
    assert odd.message.startswith("1 tensor in the weights is not described by config.json: model.odd.weight")


def test_a_shard_that_is_not_there_says_nothing_of_the_tie() -> None:
    changes = {"headers": True, "drop": "lm_head", "missing_shards": ["model-00002-of-00002.safetensors"]}
    assert "tie-flag" not in told(inspection_of("tiny", changes))


def test_a_tensor_that_the_index_lists_and_no_shard_holds_is_missing_and_no_more() -> None:
    """Indexed with its bytes, and lacking: no ghost, no wrong total_size beside it."""
    size = 64 * 64 * 2
    changes = {"headers": True, "drop": GHOST, "index": {"add": [GHOST], "total_size": 174_720}}
    seen = inspection_of("tiny", changes)
    assert seen.evidence.headers is not None
    assert seen.evidence.headers.bytes == 174_720 - size  # 87,360 parameters in BF16 less one matrix
    assert told(seen) == {"weights-missing": Severity.ERROR}


def test_bytes_that_follow_from_lost_experts_are_told_with_them() -> None:
    seen = inspection_of("tiny", {"index": {}})
    doubts = (Doubt(Cause.EXPERTS_MISSING, "experts 2–3 are gone"), Doubt(Cause.WEIGHTS_BYTES, "bytes differ", open=7))
    [one] = run(Facts(replace(seen, account=replace(seen.account, doubts=doubts))))
    assert (one.rule, one.message) == ("experts-missing", "experts 2–3 are gone; bytes differ (7 parameters are open)")


def test_a_module_that_lies_beside_the_index_is_not_called_absent() -> None:
    """The one advice was to keep the file, the other to set the field to 0."""
    seen = inspection_of("tiny", {"headers": True, "config": {"num_nextn_predict_layers": 1}})
    assert "mtp-absent" in told(seen)
    beside = Doubt(Cause.FILES_ONLY_COPY, "'mtp.safetensors' holds the prediction module")
    assert "mtp-absent" not in told(replace(seen, account=replace(seen.account, doubts=(beside,))))


@pytest.mark.parametrize("cause", [Cause.WEIGHTS_RENAMED, Cause.WEIGHTS_UNEXPECTED])
def test_what_an_unknown_wrapper_brings_along_is_no_fault(cause: Cause) -> None:
    seen = inspection_of("tiny", {"headers": True})
    assert seen.architecture is not None
    odd = replace(seen, account=replace(seen.account, doubts=(Doubt(cause, "odd"),)))
    assert told(odd) == {cause.value: Severity.WARNING}
    assert told(replace(odd, architecture=replace(seen.architecture, wrapped="foo_vl"))) == {cause.value: Severity.NOTE}


def test_an_unusable_config_is_no_unknown_family() -> None:
    """Five experts a token of four: the family is known, and its config contradicts it."""
    seen = inspection_of("tiny", {"headers": True, "config": {"num_experts_per_tok": 5}})
    found = {one.rule: one for one in run(Facts(seen))}
    assert "config-unusable" in found
    assert found["family-unknown"].message == "config.json could not be used: roles come from tensor names alone"
    assert "spec file" not in found["family-unknown"].tip


@pytest.mark.parametrize("dtype", ["F8_E5M2", "F4"])
def test_a_type_of_quantised_weights_is_no_wrong_dtype(dtype: str) -> None:
    """E5M2 has the exponents of F16 and needs no scale (OCP OFP8, section 5.1)."""
    assert set(told(inspection_of("tiny", {"headers": True, "types": {"proj|w[123]": dtype}})).values()) <= {
        Severity.NOTE
    }
