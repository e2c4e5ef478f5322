"""What makers state of the models that ship: the table that the first screen reads, against the claim files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.claims.claim import Origin
from moeaudit.claims.file import parse_claims
from moeaudit.claims.published import FILE, published_claims, table
from moeaudit.evidence.recorded import recorded_ids

FIXTURES = Path(__file__).parents[2] / "fixtures"
CLAIMS = """\
schema: moeaudit/claims/v1
model: {{id: a/b}}
sources: [{{id: s, url: "https://example.org/card", kind: {kind}}}]
architecture:
  total_parameters: {{value: "{total}", source: s}}
  layers: {{value: 61, source: s}}
"""


def made(total: str = "46.7B", kind: str = "primary") -> object:
    read = parse_claims(CLAIMS.format(total=total, kind=kind), "a.claims.yaml")
    return table([(read.model_id, read.claims)])


@pytest.mark.parametrize("kind", ["primary", "provider"])
def test_sizes_of_the_makers_are_kept(kind: str) -> None:
    assert made(kind=kind) == {"a/b": {"source": "https://example.org/card", "sizes": {"total_parameters": "46.7B"}}}


@pytest.mark.parametrize(("total", "kind"), [("46.7B", "rumour"), ("46.7B", "secondary"), ("25%", "primary")])
def test_what_others_say_and_shares_are_not(total: str, kind: str) -> None:
    assert made(total, kind) == {}


def test_each_belongs_to_a_model_that_ships() -> None:
    ids = json.loads((FIXTURES / FILE).read_text("utf-8"))
    assert len(ids) > 20 and set(ids) <= set(recorded_ids())


def test_what_deepseek_says_of_v3() -> None:
    """The repo's README: "671B total parameters with 37B activated for each token"."""
    found = {one.path.rpartition(".")[2]: one for one in published_claims("deepseek-ai/DeepSeek-V3")}
    assert {name: one.printed for name, one in found.items()} == {
        "total_parameters": "671B",
        "active_parameters": "37B",
    }
    assert all(one.origin is Origin.CLAIM_FILE and one.location.file.endswith("README.md") for one in found.values())
    assert list(published_claims("nobody/nothing")) == []
