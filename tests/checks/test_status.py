"""The checklist: what is said of each item, and whether the files bear it out."""

from __future__ import annotations

from collections import Counter

import pytest

from moeaudit.checks.audit import audit
from moeaudit.checks.facts import Facts, statements
from moeaudit.checks.status import MEANINGS, ItemStatus, checklist_status
from moeaudit.claims.checklist import ITEMS
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import parse_claims
from tests.checks.world import inspection_of

CLAIMS = """\
schema: moeaudit/claims/v1
model: {id: deepseek-ai/DeepSeek-V3}
architecture:
  total_parameters: 671B
  active_parameters: {value: 36.7B, denominator: active.full}
  routed_experts: 256
  shared_experts: {not_applicable: for the test}
  load_balancing: bias
runtime: {context_length: 128K, latency: {not_disclosed: depends on the provider}}
"""


def statuses(text: str, evidence: str | None) -> dict[str, str]:
    inspection = inspection_of(evidence) if evidence else None
    read = parse_claims(text, "model.claims.yaml")
    return checklist_status(Facts(inspection, statements(read.claims, inspection, Distribution.DOWNLOADABLE), (read,)))


@pytest.mark.parametrize(
    ("item", "status"),
    [
        ("A01", "verified"),
        ("A03", "contradicted"),
        ("A05", "verified"),
        ("A07", "not-applicable"),
        ("A10", "stated"),
        ("A06", "derived"),
        ("A12", "derived"),
        ("R01", "stated"),
        ("R04", "not-disclosed"),
        ("G09", "missing"),
        ("E01", "missing"),
    ],
)
def test_the_status_of_an_item(item: str, status: str) -> None:
    assert statuses(CLAIMS, "deepseek-v3")[item] == status


def test_every_item_has_one_of_the_seven_statuses() -> None:
    found = statuses(CLAIMS, "deepseek-v3")
    assert list(found) == [item.id for item in ITEMS]
    assert set(found.values()) <= {status.value for status in ItemStatus} == {status.value for status in MEANINGS}


def test_without_evidence_nothing_is_verified_or_derived() -> None:
    found = Counter(statuses(CLAIMS, None).values())
    assert found["verified"] == found["derived"] == found["contradicted"] == 0


def test_what_is_not_settled_verifies_and_derives_nothing() -> None:
    """An index whose bytes do not fit: total and active may be others than the config says."""
    text = "schema: moeaudit/claims/v1\nmodel: {id: a/b}\narchitecture: {total_parameters: 87.4K, routed_experts: 4}\n"
    read = parse_claims(text, "model.claims.yaml")
    found = [
        checklist_status(Facts(seen, statements(read.claims, seen, Distribution.DOWNLOADABLE), (read,)))
        for seen in (inspection_of("tiny", {"index": {}}), inspection_of("tiny", {"index": {"total_size": 174_000}}))
    ]
    assert [(one["A01"], one["A03"], one["A05"]) for one in found] == [
        ("verified", "derived", "verified"),
        ("stated", "missing", "verified"),
    ]


def test_a_claim_that_a_rule_disproves_is_contradicted() -> None:
    """26 GB is what 13B active parameters take at 16 bits; the weights take 93 GB."""
    inspection = inspection_of("mixtral")
    text = "schema: moeaudit/claims/v1\nmodel: {id: a/b}\nruntime: {memory: 26 GB}\n"
    read = parse_claims(text, "model.claims.yaml")
    facts = Facts(inspection, statements(read.claims, inspection, Distribution.DOWNLOADABLE), (read,))
    assert checklist_status(facts)["R06"] == "stated"
    assert audit("a/b", [read.file], facts).checklist["R06"] == "contradicted"
