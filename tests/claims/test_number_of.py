"""Which values of a catalogue are numbers: below 10^30, as no price or context is larger."""

from __future__ import annotations

import pytest

from moeaudit.claims.catalogues.record import number_of
from moeaudit.evidence.yaml_text import read_yaml


@pytest.mark.parametrize(
    ("written", "number"),
    [("1.5", 1.5), ("'2'", 2.0), ("9.9e29", 9.9e29), ("1.0e30", None), ("-1.0e30", None), ("true", None)],
)
def test_a_number_or_none(written: str, number: float | None) -> None:
    node = read_yaml(f"a: {written}", "f.yaml")
    assert isinstance(node.content, dict)
    assert number_of(node.content["a"]) == number
