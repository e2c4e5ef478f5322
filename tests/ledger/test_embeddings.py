"""The tables together: what cards print as one figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.evidence import open_evidence
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.values import Count

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize("model", sorted(path.name for path in FIXTURES.glob("*.evidence.json")))
def test_both_tables_are_the_sum_and_a_tied_matrix_counts_once(model: str) -> None:
    inspection = inspect_evidence(open_evidence(str(FIXTURES / model), offline=True))
    both, one, other = (inspection.denominators[f"embedding.{name}"] for name in ("both", "input", "output"))
    assert isinstance(both, Count) and isinstance(one, Count)
    assert both.value == one.value + (other.value if isinstance(other, Count) else 0)
    assert isinstance(other, Count) is not inspection.ledger.tied


def test_embed_and_unembed_of_gpt_oss() -> None:
    """OpenAI's own table: 1.16B for both models (arXiv:2508.10925)."""
    for model in ("openai--gpt-oss-20b", "openai--gpt-oss-120b"):
        found = inspect_evidence(open_evidence(str(FIXTURES / f"{model}.evidence.json"), offline=True))
        value = found.denominators["embedding.both"]
        assert isinstance(value, Count) and round(value.value / 1e9, 2) == 1.16
