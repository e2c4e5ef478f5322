"""Escaping: Markdown and HTML show exactly the text that went in, and nothing of it is parsed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from moeaudit.limits import VALUE_LETTERS
from moeaudit.reports.writers.escape import code, legible, markdown, web_address
from tests.packet.samples import HOSTILE

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
COMMENT = "<!-- -->"
MARKS = st.text(alphabet="\\`*_{}[]()#+-.!|<>~$&:;@=\"' \tab1\n", max_size=40)
ANY = st.text(max_size=60)


def inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in (token.children or ())]


def shown(text: str) -> str:
    """What a reader sees of Markdown, if it is one paragraph of plain text; fails on any mark that took effect."""
    tokens = PARSER.parse(text)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    children = inline(tokens)
    assert {child.type for child in children} <= {"text", "text_special", "html_inline"}
    assert {child.content for child in children if child.type == "html_inline"} <= {COMMENT}
    return "".join(child.content for child in children if child.type != "html_inline")


@given(st.one_of(ANY, MARKS))
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    assert shown(markdown(text)) == legible(text).strip()


@given(st.one_of(ANY, MARKS))
def test_a_table_cell_stays_one_cell(text: str) -> None:
    table = PARSER.parse(f"| a | b |\n|---|---|\n| {markdown(text)} | end |\n")
    cells = [token.content for token in table if token.type == "inline"]
    assert len(cells) == 4 and cells[3] == "end"
    children = inline(table)
    assert {child.type for child in children} <= {"text", "text_special", "html_inline"}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:16]))
def test_hostile_text_is_shown(text: str) -> None:
    assert shown(markdown(text)) == legible(text).strip()
    assert shown(f"- {markdown(text)}"[2:]) == legible(text).strip()


@given(st.text(alphabet="ab`| .", max_size=20))
def test_code_spans_hold_one_run_of_text(text: str) -> None:
    if text.strip():
        kinds = [child.type for child in inline(PARSER.parse(f"x {code(text)} y"))]
        assert kinds == ["text", "code_inline", "text"]


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert legible("w" * (VALUE_LETTERS + 5)).endswith("… (5 more characters)")


def test_invisible_characters_are_written_out() -> None:
    assert legible("a\x00b\u202ec\nd") == "a\\x00b\\u202ec d"
    assert not re.search(r"[\u0000-\u001f\u202a-\u202e\u2066-\u2069]", "".join(map(legible, HOSTILE)))


def test_only_web_addresses_are_links() -> None:
    assert web_address("https://arxiv.org/abs/2412.19437") == "https://arxiv.org/abs/2412.19437"
    for other in (
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.b",
        " https://a.b",
        "https://a.b/\u202e<x>",
        "//a.b",
        "https://",
    ):
        assert web_address(other) == "" or "<" not in web_address(other)
    assert web_address("javascript:alert(1)") == ""


@given(st.text(max_size=40))
def test_an_address_never_leaves_its_place(tail: str) -> None:
    address = web_address(f"https://example.org/{tail}")
    assert not set(address) & set("<>()\"'` \\|")
