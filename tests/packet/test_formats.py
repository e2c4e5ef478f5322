"""The formats: the same facts everywhere, the same bytes every time, hostile text inert, links to the web only."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from moeaudit.errors import UsageError
from moeaudit.reports.document.runs import Break
from moeaudit.reports.packet.inputs import make
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.writers import html
from moeaudit.reports.writers.escape import legible
from moeaudit.reports.writers.templates import Templates
from tests.packet import pages
from tests.packet.samples import FRESH, HOSTILE, closed, hostile, mixtral

PRESETS = ("procurement", "card-review", "regulator")
LARGEST = 1_000_000


@pytest.fixture(scope="module")
def packets() -> dict[str, Packet]:
    found = {"mixtral": mixtral(gpus="2xH200"), "closed": closed(), "fresh": closed(FRESH), "hostile": hostile()}
    return {name: make(inputs) for name, inputs in found.items()}


class Page(HTMLParser):
    """What a browser would find in a page: tags with attributes, and the text outside script and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def named(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.tags if name == tag)


@pytest.mark.parametrize("name", ["mixtral", "closed", "fresh", "hostile"])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_page_is_whole_and_alone(packets: dict[str, Packet], name: str, preset: str) -> None:
    text = pages.html(packets[name], preset)
    page = Page(text)
    assert len(text.encode()) < LARGEST
    assert len(list(page.named("script"))) == 1 and not any(attributes for attributes in page.named("script"))
    assert {tag for tag, _ in page.tags}.isdisjoint(
        {"img", "iframe", "object", "embed", "link", "base", "form", "audio", "video"}
    )
    for tag, attributes in page.tags:
        assert not any(
            key.startswith("on") or key in ("style", "src", "srcset", "data", "action") for key in attributes
        ), tag
    for link in page.named("a"):
        assert re.match(r"https?://|#", link["href"] or "")
    headings = [tag for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1" and headings.count("h1") == 1
    assert all(int(after[1]) <= int(before[1]) + 1 for before, after in itertools.pairwise(headings))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_policy_allows_the_inline_style_and_script_by_digest_alone(packets: dict[str, Packet]) -> None:
    text = pages.html(packets["mixtral"])
    policy = next(
        one["content"] for one in Page(text).named("meta") if one.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None and "unsafe" not in policy and "default-src 'none'" in policy
    for tag in ("style", "script"):
        inner = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inner is not None and html.digest(inner[1]) in policy


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:16]))
def test_hostile_text_is_legible_in_the_page(packets: dict[str, Packet], text: str) -> None:
    shown = re.sub(r"\s+", " ", Page(pages.html(packets["hostile"])).text)
    assert legible(text).strip() in shown


@pytest.mark.parametrize("name", ["mixtral", "closed", "fresh", "hostile"])
def test_markdown_holds_our_own_marks_only(packets: dict[str, Packet], name: str) -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(pages.markdown(packets[name]))
    assert "html_block" not in {token.type for token in tokens}
    children = [child for token in tokens for child in token.children or ()]
    written = Counter(child.content for child in children if child.type == "html_inline")
    breaks = sum(isinstance(run, Break) for run in pages.runs(pages.document(packets[name])))
    assert written.keys() <= {"<!-- -->", "<br>"} and written["<br>"] == breaks
    assert not any(child.type in ("image", "em_open", "s_open") for child in children)
    for child in children:
        if child.type == "link_open":
            assert str(child.attrGet("href")).startswith(("https://", "http://"))
    rows = [token.map for token in tokens if token.type == "tr_open"]
    assert all(at is not None and at[1] - at[0] == 1 for at in rows)


def test_markdown_tables_keep_their_columns(packets: dict[str, Packet]) -> None:
    parser = MarkdownIt("commonmark").enable("table")
    columns: list[int] = []
    cells = 0
    for token in parser.parse(pages.markdown(packets["hostile"])):
        if token.type == "thead_open":
            columns.append(0)
        elif token.type == "th_open":
            columns[-1] += 1
        elif token.type == "tr_open":
            cells = 0
        elif token.type == "td_open":
            cells += 1
        elif token.type == "tr_close" and cells:
            assert cells == columns[-1]
    assert columns


@pytest.mark.parametrize("page", [pages.html, pages.markdown])
def test_the_same_packet_gives_the_same_bytes(packets: dict[str, Packet], page: Callable[[Packet], str]) -> None:
    assert page(packets["mixtral"]) == page(make(mixtral(gpus="2xH200")))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_begins_with_the_summary(packets: dict[str, Packet], preset: str) -> None:
    lines = [line[3:] for line in pages.markdown(packets["mixtral"], preset).splitlines() if line.startswith("## ")]
    words = Templates().strings["sections"]
    assert lines == [words[name] for name in Templates().sections("packet", preset)] and lines[0] == "Summary"


def test_without_evidence_the_questions_come_right_after_the_summary(packets: dict[str, Packet]) -> None:
    lines = [line for line in pages.markdown(packets["fresh"]).splitlines() if line.startswith("## ")]
    assert lines[:2] == ["## Summary", "## Questions to the vendor"]


def test_figures_stand_in_every_format_with_their_denominator(packets: dict[str, Packet]) -> None:
    for text in (pages.markdown(packets["mixtral"]), Page(pages.html(packets["mixtral"])).text):
        assert "46,702,792,704" in text and "12,879,925,248" in text and "total.full" in text


class TestOwnTemplates:
    """--template DIR: one's own files before the shipped ones."""

    def test_one_block_is_replaced(self, packets: dict[str, Packet], tmp_path: Path) -> None:
        (tmp_path / "markdown").mkdir()
        shipped = Templates().text("markdown/blocks.md.jinja")
        before, _, after = shipped.partition("{% macro list(block) %}")
        own = "{% macro list(block) %}\n{{ block.lines|length }} *own* words: {{ block.lines|join }}\n{% endmacro %}"
        (tmp_path / "markdown" / "blocks.md.jinja").write_text(before + own + after.partition("{% endmacro %}")[2])
        text = pages.markdown(packets["hostile"], "procurement", Templates(tmp_path))
        assert "*own* words: " in text and "<script>" not in text.replace("\\<script>", "")

    def test_a_page_of_ones_own_sees_the_document_and_the_result(
        self, packets: dict[str, Packet], tmp_path: Path
    ) -> None:
        (tmp_path / "page.md.jinja").write_text(
            "{{ document.kind }}: {{ document.sections|map(attribute='id')|join(' ') }}\n"
            "{{ result.questions|length }} *own* words: {{ result.subject.id }}, {{ t.sections.claims }}\n"
        )
        text = pages.markdown(packets["hostile"], "card-review", Templates(tmp_path))
        expected = " ".join(Templates().sections("packet", "card-review"))
        asked = len(packets["hostile"].questions)
        assert text == (
            f"packet: {expected}\n{asked} *own* words: mistralai/Mixtral-8x7B-v0.1, Claims against evidence\n"
        )

    def test_an_unknown_name_is_an_error_with_its_place(self, packets: dict[str, Packet], tmp_path: Path) -> None:
        (tmp_path / "markdown").mkdir()
        (tmp_path / "markdown" / "blocks.md.jinja").write_text("a\n{{ result.nothing }}\n")
        with pytest.raises(UsageError, match=r"blocks\.md\.jinja:2: .*nothing"):
            pages.markdown(packets["fresh"], "procurement", Templates(tmp_path))

    def test_a_broken_template_names_file_and_line(self, packets: dict[str, Packet], tmp_path: Path) -> None:
        (tmp_path / "page.md.jinja").write_text("fine\n{% for %}\n")
        with pytest.raises(UsageError) as failure:
            pages.markdown(packets["fresh"], "procurement", Templates(tmp_path))
        assert failure.value.place is not None and failure.value.place.line == 2

    def test_the_sandbox_holds(self, packets: dict[str, Packet], tmp_path: Path) -> None:
        (tmp_path / "page.md.jinja").write_text("{{ ''.__class__.__mro__ }}\n")
        with pytest.raises(UsageError):
            pages.markdown(packets["fresh"], "procurement", Templates(tmp_path))

    def test_a_folder_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no such folder"):
            Templates(tmp_path / "missing")


def test_an_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="procurement, card-review, regulator"):
        Templates().sections("packet", "nowhere")
