"""How pages look, measured by poppler: margins, overlaps, words, headings, the first page, the list of contents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from moeaudit.reports.document.blocks import Code, Facts, Heading
from moeaudit.reports.document.document import Document
from moeaudit.reports.packet.report import packet_document
from moeaudit.reports.writers.pdf import PAPERS, render
from moeaudit.reports.writers.templates import Templates
from tests.cli.samples import CommandLine
from tests.documents.pages import BOTTOM, SIDE, TOP, drawn, overlaps, pages
from tests.documents.read_back import MEDIA, lines_of, packed, said
from tests.documents.specimen import specimen
from tests.packet_pictures.samples import FLEETS, sample

PDF = next(one for one in MEDIA if one.name == "pdf")
SIZES = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}
LETTERS = re.compile(r"[^\W\d_]{3,}")
LONGEST = 24
"""Letters in a row that a person would call a word; what is longer may have to be broken."""


@cache
def document(name: str) -> Document:
    """`name`: a packet's, and the language after a blank."""
    if name == "specimen":
        return specimen(12)
    packet, _, language = name.partition(" ")
    return packet_document(sample(packet), words(language), "procurement")


@cache
def words(language: str) -> Templates:
    return Templates(None, language or "en")


@cache
def pdf(name: str, paper: str) -> bytes:
    return render(document(name), words(document(name).language), paper=paper)


NAMES = ("specimen", *FLEETS, "deepseek-v3 de", "gpt-4 de")
EACH = [(name, paper) for name in NAMES for paper in PAPERS]


@pytest.mark.parametrize(("name", "paper"), EACH)
def test_nothing_leaves_its_page_or_stands_on_something_else(name: str, paper: str) -> None:
    found = pages(pdf(name, paper))
    assert all((page.width, page.height) == pytest.approx(SIZES[paper], abs=0.1) for page in found)
    for page in found:
        assert page.body
        assert all(one.left > SIDE - 0.5 and one.right < page.width - SIDE + 0.5 for one in page.words)
        assert all(one.top > 20 and one.bottom < page.height - 20 for one in page.words)
        assert list(overlaps(page)) == []


@pytest.mark.parametrize(("name", "paper"), EACH)
def test_no_word_is_broken_inside(name: str, paper: str) -> None:
    """Each word of the document stands on the pages as often at least, between spaces, marks and figures."""
    wanted = Counter(word for line in lines(document(name)) for word in LETTERS.findall(line) if len(word) <= LONGEST)
    seen = Counter(word for page in drawn(pdf(name, paper)) for line in page for word in LETTERS.findall(line))
    assert len(wanted) > 100
    assert {word: count for word, count in wanted.items() if seen[word] < count} == {}


def lines(found: Document) -> Iterator[str]:
    """What is said anywhere but in code, which is broken where its lines end."""
    for section in found.sections:
        yield said(section.title, PDF)
        for block in section.blocks:
            yield from (said(line, PDF, "\n") for line in lines_of(block, PDF) if not isinstance(line, str))


def titles(found: Document) -> set[str]:
    return {packed(said(section.title, PDF)) for section in found.sections} | {
        packed(said(block.text, PDF)) for one in found.sections for block in one.blocks if isinstance(block, Heading)
    }


@pytest.mark.parametrize("rows", range(1, 14))
def test_no_heading_is_the_last_on_its_page(rows: int) -> None:
    """With tables of so many rows pages end at all kinds of places."""
    found = specimen(rows)
    ends = [packed(page[-1]) for page in drawn(render(found))]
    assert len(ends) > 3
    assert not set(ends) & (titles(found) | {"Atable", "Facts", "Whatthispartisabout."})


@pytest.mark.parametrize(("name", "paper"), EACH)
def test_no_heading_is_the_last_on_a_page_of_a_packet(name: str, paper: str) -> None:
    """A picture may be called as the heading above it is."""
    found = [[packed(line) for line in page] for page in drawn(pdf(name, paper))]
    assert [page[-1] for page in found if page[-1] in titles(document(name)) and page.count(page[-1]) < 2] == []


@pytest.mark.parametrize(("name", "paper"), EACH)
def test_no_page_ends_with_the_first_row_of_many(name: str, paper: str) -> None:
    """What begins at the foot of a page has a few rows there, or begins on the next."""
    blocks = [block for section in document(name).sections for block in section.blocks if isinstance(block, Facts)]
    many = [block.rows for block in blocks if len(block.rows) > 2]
    firsts = {packed(said(label, PDF)) + packed(said(text, PDF)) for (label, text), *_ in many}
    assert firsts or name.startswith(("gpt-4", "specimen"))
    ends = {packed(page[-2]) for page in drawn(pdf(name, paper)) if len(page) > 1}  # above the foot
    ends |= {packed(page[-1]) for page in drawn(pdf(name, paper))}
    assert not firsts & ends


@pytest.mark.parametrize(("name", "paper"), EACH)
def test_the_first_page_is_more_than_half_full_and_no_page_is_contents_alone(name: str, paper: str) -> None:
    first, *others = pages(pdf(name, paper))
    room = first.height - BOTTOM - TOP
    assert max(one.bottom for one in first.body) > TOP + 0.6 * room
    title = words(document(name).language).words.text("document.contents")
    listings = [packed("".join(page)) for page in drawn(pdf(name, paper)) if title in page]
    assert len(listings) == document(name).contents == (not name.startswith("gpt-4")), "few pages need no list"
    names = sum(len(packed(said(section.title, PDF))) + 2 for section in document(name).sections)
    assert others and all(len(text) > 2 * names for text in listings)


def test_a_section_that_is_fresh_begins_a_page() -> None:
    def starts(rows: int, fresh: bool) -> bool:
        return "Part2ofthespecimen" in [packed(page[0]) for page in drawn(render(specimen(rows, fresh=fresh)))]

    assert all(starts(rows, True) for rows in (1, 2, 3, 4))
    assert not all(starts(rows, False) for rows in (1, 2, 3, 4))


def test_contents_stand_after_the_first_section_and_give_way_where_they_would_need_a_page() -> None:
    def listed(found: Document) -> list[int]:
        return [n for n, page in enumerate(drawn(render(found))) if any(line == "Contents" for line in page)]

    assert listed(specimen(3, contents=False)) == []
    assert listed(specimen(3)) != []
    fresh = {rows: len(listed(specimen(rows, fresh=True))) for rows in range(1, 16)}
    assert set(fresh.values()) == {0, 1}, "some have room for the list on the first section's last page, some not"
    for rows in fresh:
        for page in drawn(render(specimen(rows, fresh=True))):
            assert packed(page[0]) != "Contents"


@pytest.mark.parametrize("length", range(20, 60))
def test_a_command_is_broken_between_its_words(length: int) -> None:
    """A line of code that is too wide ends where a word ends; a word that is wider than a line is broken anyway."""
    command = f"moeaudit packet {'x' * length}.claims.yaml --gpus 8xH200 --gpus 2x8xH100 --date 2026-11-30 --json"
    one = replace(specimen(sections=1).sections[0], blocks=(Code(command), Code("y" * 300)))
    text = [line for page in drawn(render(replace(specimen(), sections=(one,)))) for line in page]
    at = next(place for place, line in enumerate(text) if line.startswith("moeaudit packet"))
    assert " ".join(text[at : at + 2]).split() == command.split()
    assert sum(line.count("y") for line in text if set(line) == {"y"}) == 300


@pytest.mark.parametrize(
    ("name", "size"),
    [
        # The totals that the repos' own indexes and headers state: 93,405,585,408, 688,574,839,360 and
        # 1,029,173,256,720 bytes.
        ("mixtral-8x7b-v0.1", "93.4 GB"),
        ("deepseek-v3", "689 GB"),
        ("kimi-k2-instruct", "1.03 TB"),
        ("gpt-4", ""),
    ],
)
def test_the_first_page_says_how_many_bytes(name: str, size: str) -> None:
    """Where files were read; of a rumour nothing is said."""
    first = packed("".join(drawn(pdf(name, "a4"))[0]))
    assert ("Stored" + packed(size) in first) if size else "Stored" not in first


@pytest.mark.parametrize("line", ["openai/gpt-oss-20b 1x4090", "moonshotai/Kimi-K2-Instruct 2x8xH200"])
def test_the_first_page_of_an_estimate_is_more_than_half_full(cli: CommandLine, line: str) -> None:
    """With one layout, and with as many as are shown."""
    model, fleet = line.split()
    cli("estimate", model, "--gpus", fleet, "--offline", "-o", "a.pdf")
    first, *others = pages(Path("a.pdf").read_bytes())
    assert others and max(one.bottom for one in first.body) > TOP + 0.6 * (first.height - BOTTOM - TOP)
