"""The writer of terminals: every kind of block at every width, plain and styled, in ASCII, and with hostile text."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from moeaudit.reports.document.blocks import Block, Column, Facts, Items, Note, Pane, Paragraph, Picture, Table, Tallies
from moeaudit.reports.document.document import Document, Section
from moeaudit.reports.document.runs import Bar, Name, Number, Run, Runs, Tag, runs, strong
from moeaudit.reports.plain import Plain
from moeaudit.reports.terminal import Styled
from moeaudit.reports.writers import html, laid, markdown
from moeaudit.reports.writers.inline import Inline
from moeaudit.reports.writers.terminal import Terminal, write
from moeaudit.reports.writers.wrapping import GLUE, cells, longest, trimmed, wrapped
from tests.documents.specimen import LONG, RUNS, blocks, specimen
from tests.outputs.hostile import HOSTILE, invisible

WIDTHS = (40, 80, 120)
KINDS = get_args(Block)
RUN_KINDS = get_args(Run)


def drawn(*shown: Block, width: int = 80, encoding: str = "utf-8") -> list[str]:
    page = Plain(width, encoding)
    Terminal(page).blocks(shown)
    return page.lines


def held(lines: list[str], width: int) -> None:
    """What is so of every line."""
    assert [line for line in lines if cells(line) > width] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert not invisible("\n".join(lines))


# Exhaustive


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_block_has_its_way_in_every_writer(kind: type) -> None:
    """The specimen has one of each; none is left out by a writer, and none is refused."""
    shown = [one for one in blocks() if isinstance(one, kind)]
    assert shown, f"the specimen lacks a {kind.__name__}"
    for one in shown:
        assert drawn(one), kind
        for medium in (laid.Medium(html.inline, html.verbatim), laid.Medium(markdown.inline, markdown.verbatim)):
            assert list(laid.laid_blocks([one], medium))


@pytest.mark.parametrize("kind", RUN_KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_run_is_written(kind: type) -> None:
    shown = [one for one in RUNS if isinstance(one, kind)]
    assert shown, f"the specimen lacks a {kind.__name__}"
    for one in shown:
        text = "".join(piece for line in Inline(Plain(80, "utf-8")).lines((one,)) for piece, _ in line)
        assert bool(text) is (kind.__name__ not in ("Bar", "Break"))
        assert isinstance(html.inline((one,)), str) and isinstance(markdown.inline((one,)), str)


# What holds of all


@pytest.mark.parametrize("width", [20, *WIDTHS, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_the_specimen(width: int, encoding: str) -> None:
    page = Plain(width, encoding)
    write(specimen(), page)
    held(page.lines, width)
    page.text().encode(encoding)


@pytest.mark.parametrize("width", WIDTHS)
def test_both_pages_show_the_same(width: int) -> None:
    """Rich breaks no line anew, and its escapes are all that differ."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system="truecolor", highlight=False)
    page = Plain(width, "utf-8")
    for one in (page, Styled(console)):
        write(specimen(), one)
    assert re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()) == page.text()
    assert "\x1b[" in stream.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text(text: str, width: int) -> None:
    """Wherever foreign text may stand, alone and beside others."""
    own: Runs = runs(text, Name(text), strong(text), Tag(text, text))
    columns = (Column(own), Column(own, right=True), Column(own, brief=False))
    shown = (
        Paragraph(own), Facts(((own, own),), own), Items((own,), ordered=True), Table(columns, ((own, own, own),), own),
        Note(text, own, (own,), (Pane(own, (own,), text), Pane(own, (own,)))), Tallies(((own, ((1, own),), own),)),
        Picture(text, (), own, (Paragraph(own),)),
    )  # fmt: skip
    page = Plain(width, "utf-8")
    write(Document("inspection", text, text, (own,), (Section("a", own, shown, own),), text), page)
    held(page.lines, width)


TEXTS = st.text(st.sampled_from("ab 模é́·×—|\t\n\x1b\u202e\u200b👍█"), max_size=60)
WORDS = st.lists(st.tuples(TEXTS, st.sampled_from(["", "bold"])), max_size=6)


@settings(deadline=None)
@given(WORDS, st.integers(3, 90))
def test_wrapped_text(pieces: list[tuple[str, str]], width: int) -> None:
    """Nothing is lost, nothing is too wide, no word that fits is broken, and no line ends with a blank."""
    inline = Inline(Plain(width, "utf-8"))
    safe = [(inline.text(text), style) for text, style in pieces]
    lines = wrapped(safe, width)
    whole = "".join(text for text, _ in safe).replace(GLUE, " ")
    assert "".join(text for line in lines for text, _ in line).replace(" ", "") == whole.replace(" ", "")
    assert all(cells("".join(text for text, _ in line)) <= width for line in lines)
    assert all(line == trimmed(line) for line in lines)
    if longest(safe) <= width:
        assert [word for line in lines for word in "".join(text for text, _ in line).split(" ") if word] == [
            word for word in whole.split(" ") if word
        ]


def test_cells_are_those_of_rich() -> None:
    """What is measured without it takes as much with it: every sign that may stand in a text."""
    from rich.cells import cell_len

    from moeaudit.reports.writers.wrapping import ONE_CELL

    signs = [chr(code) for low, high in ONE_CELL for code in range(low, high + 1)]
    assert len(signs) > 800 and {cell_len(sign) for sign in signs} == {1}
    assert not [sign for sign in signs if unicodedata.category(sign) in ("Mn", "Me", "Cf", "Cc")]
    for text in ("模型", "é́", "👍", "a模b"):
        assert cells(text) == cell_len(text)


# Kind by kind


def test_facts_stand_beside_their_labels() -> None:
    shown = Facts(((runs("family"), runs("DeepSeek-V3")), (runs("made of"), runs("words " * 20))))
    lines = drawn(shown, width=40)
    assert lines[0] == "  family   DeepSeek-V3"
    assert lines[1] == "  made of  words words words words words"
    assert set(lines[2:]) <= {" " * 11 + " ".join(["words"] * count) for count in range(1, 6)}


def test_a_long_label_stands_alone() -> None:
    lines = drawn(Facts(((runs("a"), runs("1")), (runs("a label of many words"), runs("2")))), width=40)
    assert lines == ["  a  1", "  a label of many words", "     2"]


COUNTS = Table(
    (Column(runs("Name")), Column(runs("Count"), right=True), Column(()), Column(runs("Meaning"), brief=False)),
    tuple(
        (runs(Name(name)), runs(Number(count)), runs(Bar(count, 1000)), runs("words that explain it, a score of them"))
        for name, count in (("first", 1000), ("second", 40))
    ),
)


def test_figures_stand_at_the_right_and_bars_in_what_is_left() -> None:
    assert drawn(COUNTS, width=40) == [
        "  Name    Count",
        "  first   1,000  ███████████████████████",
        "  second     40  ▉",
    ]
    assert drawn(COUNTS, width=40, encoding="ascii")[1:] == [
        "  first   1,000  #######################",
        "  second     40  #",
    ]


def test_a_wide_page_shows_every_column() -> None:
    lines = drawn(COUNTS, width=120)
    assert lines[0].split() == ["Name", "Count", "Meaning"] and "words that explain it" in lines[1]


def test_words_of_a_table_are_broken_beside_its_figures() -> None:
    table = Table((Column(runs("Name")), Column(runs("Why"))), ((runs(Name("one")), runs("words of " * 8)),))
    assert drawn(table, width=30) == [
        "  Name  Why",
        "  one   words of words of",
        "        words of words of",
        "        words of words of",
        "        words of words of",
    ]


def test_where_no_line_holds_a_row_it_is_a_few_lines() -> None:
    columns = tuple(Column(runs(title), right=True) for title in ("Name", "Short", "Value"))
    table = Table(columns, ((runs(Name("total.full")), runs("671.03B"), runs("671,026,419,200")),))
    assert drawn(table, width=30) == ["  total.full", "    Short: 671.03B", "    Value: 671,026,419,200"]


def test_panes_are_beside_each_other_where_there_is_room() -> None:
    panes = (Pane(runs("claimed"), (runs("it has ", strong("45B")),)), Pane(runs("derived"), (runs("46.7B"),)))
    note = Note("error", runs("wrong"), (), panes)
    assert drawn(note, width=80) == [
        "  wrong",
        "    claimed                                derived",
        "    it has 45B                             46.7B",
        "           ───",
    ]
    assert drawn(note, width=79) == [
        "  wrong", "    claimed", "    it has 45B", "           ───", "    derived", "    46.7B",
    ]  # fmt: skip


def test_tallies_take_a_line_each() -> None:
    rows = ((3, runs(Tag("error"))), (1, runs(Tag("note"))))
    shown = Tallies(((runs("Findings"), rows, ()), (runs("Claims"), (), runs("none")), (runs("Empty"), (), ())))
    assert drawn(shown) == ["  Findings: 3 error, 1 note", "  Claims: none"]


def test_a_picture_gives_way_to_what_says_the_same() -> None:
    assert drawn(Picture("layers", (), runs("Layers"), (Paragraph(runs("three layers")),))) == ["three layers"]


def test_a_word_longer_than_the_page_is_cut_where_the_line_ends() -> None:
    lines = drawn(Paragraph(runs(Name(LONG))), width=40)
    assert "".join(lines) == LONG and {len(line) for line in lines[:-1]} == {40}


def test_what_an_encoding_lacks_is_written_plainly() -> None:
    lines = drawn(Paragraph(runs("128×128 · “a” … 模")), encoding="ascii")
    assert lines == ["128x128 - \\u201ca\\u201d ... \\u6a21"]
    assert drawn(Paragraph(runs("128×128 · é")), encoding="latin-1") == ["128×128 · é"]
