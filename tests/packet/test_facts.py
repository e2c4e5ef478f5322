"""Every fact of a packet is on its pages, in every medium and language, and what belongs together stands together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from html.parser import HTMLParser
from typing import Any, get_type_hints

import pytest
from markdown_it import MarkdownIt

from moeaudit.reports.packet.inputs import make
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.writers.templates import LANGUAGES, Templates
from tests.documents.read_back import MEDIA, Medium, packed, place_of
from tests.packet import pages
from tests.packet.facts import NOT_SHOWN, SHOWN, facts, leaves, links, numbers
from tests.packet.samples import mixtral
from tests.packet_pictures.samples import FLEETS, sample

CLOSED = {"source", "kind", "basis", "agreement", "state", "verdict", "id", "synthesised", "unread"}
"""Fields of closed lists, and those that change what is said of others: they stay as they are."""


def filled(found: Any, path: str = "") -> Any:
    """The same packet with something in every text that is empty, each with a word of its own."""
    changes: dict[str, Any] = {}
    hints = get_type_hints(type(found))
    for field in fields(found):
        held, at = getattr(found, field.name), f"{path}.{field.name}".lstrip(".")
        if isinstance(held, tuple):
            changes[field.name] = tuple(filled(one, at) if is_dataclass(one) else one for one in held)
        elif is_dataclass(held):
            changes[field.name] = filled(held, at)
        elif not held and hints[field.name] in (str, str | None) and field.name not in CLOSED:
            changes[field.name] = f"some {at.replace('_', ' ')}"
    return replace(found, **changes)


@cache
def packet(name: str) -> Packet:
    """A recorded model on its fleet; one with evaluations and a delivery; one whose load queues; one with something in
    every field."""
    if name == "evaluated":
        return make(mixtral(gpus="2xH200", beside=("1x4090", "2x8xH100")))
    if name == "queueing":
        return make(mixtral(gpus="2xH100", concurrency=5000))
    return filled(sample("deepseek-v3")) if name == "filled" else sample(name)


PACKETS = (*FLEETS, "evaluated", "filled", "queueing")


@cache
def text(name: str, medium: Medium, language: str = "en") -> str:
    templates = Templates(language=language)
    return packed(medium.read(pages.document(packet(name), templates=templates), templates))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("medium", MEDIA, ids=lambda one: one.name)
@pytest.mark.parametrize("name", PACKETS)
def test_every_fact_is_on_the_page(name: str, medium: Medium, language: str) -> None:
    whole = text(name, medium, language)
    found = list(facts(packet(name), Templates(language=language).words))
    assert len(found) > 400
    lost = {(one.path, one.text) for one in found if place_of(packed(medium.says(one.text)), whole, 0) is None}
    assert lost == set()


class Rows(HTMLParser):
    """What stands together on a page: a row, an item, a paragraph."""

    ENDS = frozenset({"tr", "li", "p", "dd", "h1", "h2", "h3", "h4", "pre", "caption"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows = [""]
        self.silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.silent += tag in ("svg", "style", "script")
        if tag in self.ENDS:
            self.rows.append("")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("svg", "style", "script")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.rows[-1] += data


def rows(name: str, medium: str) -> list[str]:
    if medium == "html":
        page = pages.html(packet(name))
    else:
        parser = MarkdownIt("commonmark", {"html": True}).enable("table")
        page = str(parser.render(pages.markdown(packet(name))))
    return [packed(row) for row in Rows(page).rows if row.strip()]


@pytest.mark.parametrize("medium", ["markdown", "html"])
@pytest.mark.parametrize("name", PACKETS)
def test_what_belongs_together_stands_together(name: str, medium: str) -> None:
    """A claim with its verdict and source, a duty with its answer, a layout with its devices: in one row."""
    units: dict[str, list[str]] = {}
    for one in facts(packet(name), Templates().words):
        units.setdefault(one.unit, []).append(packed(one.text))
    units.pop("")
    found = rows(name, medium)
    torn = {unit: told for unit, told in units.items() if not any(all(one in row for one in told) for row in found)}
    assert torn == {} and len(units) > 100


@pytest.mark.parametrize("name", PACKETS)
def test_links_lead_where_sources_and_rules_are(name: str) -> None:
    page, markdown = pages.html(packet(name)), pages.markdown(packet(name))
    wanted = links(packet(name))
    assert set(re.findall(r'href="(https?://[^"]+)"', page)) == wanted
    assert set(re.findall(r"\]\(<(https?://[^>]+)>\)|(?<!\()<(https?://[^>]+)>", markdown)) == {
        pair for url in wanted for pair in pairs(url, markdown)
    }


def pairs(url: str, markdown: str) -> Iterator[tuple[str, str]]:
    """A link with words, or the address itself."""
    if f"](<{url}>)" in markdown:
        yield url, ""
    if re.search(rf"(?<!\()<{re.escape(url)}>", markdown):
        yield "", url


@pytest.mark.parametrize("name", PACKETS)
def test_questions_are_numbered_throughout(name: str) -> None:
    section = pages.markdown(packet(name)).split("\n## Questions to the vendor\n")[1].split("\n## ")[0]
    assert [int(number) for number in re.findall(r"^(\d+)\. ", section, re.MULTILINE)] == numbers(packet(name))
    lists = re.findall(r'<ol class="list-questions"(?: start="(\d+)")?>', pages.html(packet(name)))
    starts = [int(start or 1) for start in lists]
    groups = [one.group for one in packet(name).questions]
    assert starts == [place + 1 for place, group in enumerate(groups) if place == 0 or groups[place - 1] != group]


def test_no_exception_is_idle() -> None:
    """What is said not to be shown is a field of a packet; what has a way of its own to be shown, too."""
    known = {re.sub(r"\[\d+\]", "", place) for name in PACKETS for place, *_ in leaves(packet(name))}
    assert {one for one in NOT_SHOWN if not any(path == one or path.startswith(f"{one}.") for path in known)} == set()
    assert SHOWN.keys() - known == set()
