"""docs/templates.md against what templates are really given: every kind of block, every field, every limit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from moeaudit import limits
from moeaudit.reports.document.blocks import Tone
from moeaudit.reports.packet.inputs import make
from moeaudit.reports.writers import html
from moeaudit.reports.writers.laid import Medium, laid_document
from moeaudit.reports.writers.sandbox import GLOBALS, LEFT_OUT, MEDIA
from moeaudit.reports.writers.templates import LANGUAGES, ONCE, RENAMED, Templates
from tests.documents.specimen import specimen
from tests.packet import pages
from tests.packet.samples import FRESH, closed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "templates.md").read_text("utf-8")


def table(heading: str) -> dict[str, str]:
    """The first table below a heading: first cell → the rest of its row."""
    below = f"\n{PAGE}".split(f"\n{heading}\n")[1]
    rows = re.search(r"^\|.*?\n\n", below + "\n\n", re.MULTILINE | re.DOTALL)
    assert rows is not None
    cells = [line.strip("| ").split(" | ", 1) for line in rows[0].splitlines()[2:] if line]
    return {name.strip("`"): rest for name, rest in cells}


def named(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


@pytest.fixture(scope="module")
def laid() -> dict[str, Any]:
    return laid_document(specimen(), Medium(html.inline, html.verbatim, html.picture))


def fields(block: Any) -> set[str]:
    """The names in a block, those of what it holds included."""
    if isinstance(block, dict):
        return set(block) | {name for one in block.values() for name in fields(one)}
    return {name for one in block for name in fields(one)} if isinstance(block, list) else set()


def test_every_field_of_the_document_and_of_sections_is_told(laid: dict[str, Any]) -> None:
    assert list(table("### The document")) == list(laid)
    assert list(table("### A section")) == list(laid["sections"][0])


def test_every_kind_of_block_is_told_with_its_fields(laid: dict[str, Any]) -> None:
    kinds: dict[str, set[str]] = {}
    for section in laid["sections"]:
        for block in section["blocks"]:
            kinds.setdefault(block["kind"], set()).update(fields(block) - {"kind"})
    assert {kind: named(rest) for kind, rest in table("### Blocks").items()} == kinds


def test_every_tone_and_language_is_told() -> None:
    assert f"`tone` ({', '.join(Tone)})" in PAGE
    assert table("### The document")["language"] == ", ".join(LANGUAGES)
    assert all(f"`strings.{language}.yaml`" in PAGE for language in LANGUAGES)


def test_every_kind_of_block_has_a_macro_in_each_medium() -> None:
    for name in ("markdown/blocks.md.jinja", "html/blocks.html.jinja"):
        macros = re.findall(r"{% macro (\w+)\(block\) %}", Templates().text(name))
        assert sorted(macros) == sorted(table("### Blocks"))


def test_every_file_that_is_looked_for_is_told_and_ships() -> None:
    rows = "`, `".join(table("# Templates of your own"))
    told = set(re.findall(r"[\w/.]+\.(?:jinja|css|js|typ|yaml)", rows))
    shipped = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.*")}
    assert told == shipped
    assert all(f"`{name}`" in PAGE for name in RENAMED if "/" not in name) and len(ONCE.split()) == 13


def test_the_filters_and_functions_are_those_of_the_sandbox() -> None:
    told = PAGE.split("- Templates see the names above")[1].split("\n- ")[0]
    assert named(told) == {*GLOBALS, *LEFT_OUT, "fill", *(name for _, more in MEDIA.values() for name in more)}


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("processor time", limits.TEMPLATE_SECONDS), ("memory", limits.TEMPLATE_MEMORY),
        ("output", limits.RENDERED_BYTES), ("one file", limits.TEMPLATE_BYTES), ("templates", limits.TEMPLATE_FILES),
    ],
)  # fmt: skip
def test_limits_are_those_that_hold(name: str, limit: int) -> None:
    assert table("## What templates may not do")[name].startswith(f"{limit:,}")


def test_the_examples_do_what_is_said(tmp_path: Path) -> None:
    """Words, a preset and a page of the page's own."""
    for language, text in re.findall(r"^```(yaml|jinja)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        name = re.search(r"[\w.]+\.(?:yaml|jinja)", text)
        assert name is not None and language in name[0]
        (tmp_path / name[0]).write_text(text)
    templates, packet = Templates(tmp_path), make(closed(FRESH))
    assert templates.sections("packet", "short", named=True) == ["summary", "claims", "questions", "appendix"]
    page = pages.markdown(packet, "short", templates)
    assert page.startswith("# acme/new-model: 56 Questions to our supplier\n") and "\n56. " in page
    assert "## " not in page.replace("### ", "")
