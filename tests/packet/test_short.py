"""A packet of which little is known is short: what is missing is a line for each group, and nothing is said twice."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import pytest
from pypdf import PdfReader

from moeaudit.reports.packet.inputs import make
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.writers.templates import Templates
from tests.packet import pages
from tests.packet.samples import FRESH, RUMOUR, closed

RUMOURED = Path(__file__).parents[2] / "fixtures" / "claims" / "gpt-4.claims.yaml"
SHORT = {"gpt-4": RUMOURED.read_text("utf-8"), "a rumour": RUMOUR, "nothing": FRESH}
FEW = 4
"""Pages, on either paper and in either language."""


@cache
def packet(name: str) -> Packet:
    return make(closed(SHORT[name]))


@pytest.mark.parametrize("preset", ["procurement", "regulator"])
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("name", SHORT)
def test_it_has_four_pages_at_most(name: str, paper: str, language: str, preset: str) -> None:
    data = pages.pdf(packet(name), preset, templates=Templates(language=language), paper=paper)
    assert len(PdfReader(io.BytesIO(data)).pages) <= FEW


@pytest.mark.parametrize("name", SHORT)
def test_how_a_wording_was_had_is_said_once_for_each_framework(name: str) -> None:
    """And beside the items that were had otherwise than most of their framework."""
    readings = Templates().strings["obligations"]["readings"]
    found = pages.markdown(packet(name)).split("\n## Obligations\n")[1].split("\n## ")[0]
    frameworks = found.split("\n### ")[1:]
    assert len(frameworks) == len(packet(name).obligations)
    for text, framework in zip(frameworks, packet(name).obligations, strict=True):
        had = [one.reading for one in framework.items if one.reading]
        usual = max(set(had), key=had.count)
        assert text.count(readings[usual]) == 1
        for reading in set(had) - {usual}:
            assert text.count(f"({readings[reading]})") == had.count(reading)


@pytest.mark.parametrize("name", SHORT)
def test_what_is_missing_is_one_line_for_each_group(name: str) -> None:
    found = pages.markdown(packet(name)).split("\n## Reporting checklist\n")[1].split("\n## ")[0]
    lines = [line for line in found.splitlines() if line.startswith("**missing** ")]
    assert len(lines) == len(packet(name).checklist)
    for line, group in zip(lines, packet(name).checklist, strict=True):
        missing = [item.id for item in group.items if item.status == "missing"]
        assert f"{len(missing)} items are neither stated nor derivable:" in line
        assert all(f"`{one}`" in line for one in missing)


@pytest.mark.parametrize("name", SHORT)
def test_obligations_are_grouped(name: str) -> None:
    """No row says that nothing is known."""
    found = pages.markdown(packet(name)).split("\n## Obligations\n")[1].split("\n## ")[0]
    assert "Nothing is known yet. |" not in found and found.count("\n") < 80
