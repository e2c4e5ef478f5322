"""A number that config.json does not state proves nothing: no claim is called false by it, no view calls it a fact.

A repo whose config lacks `num_experts_per_tok` was held against the family's default, and its true card called false.
"""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.checks.facts import Facts, statements
from moeaudit.checks.finding import Finding, Severity
from moeaudit.checks.registry import run
from moeaudit.checks.unstated import guesses
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import parse_claims
from moeaudit.claims.verdicts import Verdict
from tests.checks.world import inspection_of

UNSTATED = [
    ("qwen3-30b", "num_experts", "routed_experts"),
    ("qwen3-30b", "num_experts_per_tok", "experts_per_token"),
    ("tiny-deepseek", "n_shared_experts", "shared_experts"),
    ("tiny-deepseek", "first_k_dense_replace", "dense_layers"),
    ("tiny-deepseek", "first_k_dense_replace", "moe_layers"),
]


QWEN = {
    "model_type": "qwen3_moe",
    "architectures": ["Qwen3MoeForCausalLM"],
    "num_local_experts": None,
    "num_experts": 4,
    "moe_intermediate_size": 32,
}
"""The tiny model as one of a family that has defaults for all of it."""


def judged(evidence: str, changes: dict[str, Any], **said: Any) -> tuple[list[Verdict], list[Finding], list[str]]:
    """Verdicts, findings and reasons of these claims on the architecture."""
    rows = "\n".join(f"  {name}: {value}" for name, value in said.items())
    file = parse_claims(
        f"schema: moeaudit/claims/v1\nmodel: {{id: example/x}}\narchitecture:\n{rows}\n", "x.claims.yaml"
    )
    seen = inspection_of(evidence, changes)
    found = statements(file.claims, seen, Distribution.DOWNLOADABLE)
    return (
        [one.judgement.verdict for one in found],
        list(run(Facts(seen, found))),
        [one.judgement.reason for one in found],
    )


@pytest.mark.parametrize("value", [0, 1, 3, 5, 77])
@pytest.mark.parametrize(("evidence", "field", "name"), UNSTATED)
def test_no_claim_is_false_by_a_default(evidence: str, field: str, name: str, value: int) -> None:
    [verdict], findings, [reason] = judged(evidence, {"config": {field: None}}, **{name: value})
    assert verdict in (Verdict.UNVERIFIABLE, Verdict.REPRODUCED)
    assert f"config.json does not state {field}; " in reason
    assert reason.endswith(" is assumed")
    assert not any(one.severity is Severity.ERROR for one in findings)


@pytest.mark.parametrize(("evidence", "field", "name"), UNSTATED)
def test_what_is_stated_still_contradicts(evidence: str, field: str, name: str) -> None:
    [verdict], findings, _ = judged(evidence, {}, **{name: 77})
    assert verdict is Verdict.CONTRADICTED
    assert any(one.severity is Severity.ERROR for one in findings)


@pytest.mark.parametrize("said", ["1K", "9T"])
def test_no_size_is_false_by_a_default(said: str) -> None:
    """The family's 128 experts may be 16 or 512."""
    verdicts, _, _ = judged(
        "qwen3-30b", {"config": {"num_experts": None}}, total_parameters=said, active_parameters=said
    )
    assert set(verdicts) == {Verdict.UNVERIFIABLE}


def test_a_sum_with_an_unknown_part_is_no_less_than_the_other() -> None:
    """Shared experts may be any number, so 7 may be routed and shared together; 3 of 4 routed ones may not."""
    changes = {"config": {"n_shared_experts": None}}
    known = inspection_of("tiny-deepseek", changes).summary
    assert known is not None
    assert isinstance(known.routed_experts, int)
    few, _, _ = judged("tiny-deepseek", changes, routed_experts=known.routed_experts - 1)
    many, _, _ = judged("tiny-deepseek", changes, routed_experts=known.routed_experts + 40)
    assert (few, many) == ([Verdict.CONTRADICTED], [Verdict.UNVERIFIABLE])


def test_the_weights_settle_what_the_config_does_not_state() -> None:
    silent = {"stored": QWEN, "config": {**QWEN, "num_experts": None}}
    assert guesses(inspection_of("tiny", silent))["routed_experts"] == (
        "config.json does not state num_experts; 128 is assumed"
    )
    assert "routed_experts" not in guesses(inspection_of("tiny", {**silent, "headers": True}))


def test_a_reason_is_never_empty() -> None:
    _, _, [reason] = judged("qwen3-30b", {"config": {"num_experts_per_tok": None}}, active_parameters="3.35B")
    assert reason.endswith("config.json does not state num_experts_per_tok; 8 is assumed")
