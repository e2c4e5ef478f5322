"""What a page is built of: headings, paragraphs, tables, lists, pictures. Plain dictionaries.

Inline text is a list of runs `{"t": text, "s": style, "u": address}`; styles are plain, mono, strong, muted and line,
which starts a new line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from moeaudit.later import expression
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.pictures import pictures
from moeaudit.reports.writers.escape import web_address
from moeaudit.reports.writers.glyphs import settable, shown
from moeaudit.text import visible

Run = dict[str, str]
Block = dict[str, Any]
Words = str | Run | Sequence[str | Run]
"""A cell or a paragraph: one text, one run, or several."""

KEPT_TOGETHER = 600
"""Characters up to which a row of a table is not broken across pages."""

TALLEST = 1.25
"""Height of a picture over its width at full measure; a taller one is made narrower, so that it stays on its page."""

SIZE = expression(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
DESCRIBED = expression(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


def run(text: str, style: str = "plain") -> Run:
    return {"t": shown(text), "s": style, "u": ""}


def mono(text: str) -> Run:
    return run(text, "mono")


def strong(text: str) -> Run:
    return run(text, "strong")


def muted(text: str) -> Run:
    return run(text, "muted")


def linked(text: str, url: str) -> Run:
    """A link to the web, or the text alone where the address is none."""
    return {"t": shown(text), "s": "plain", "u": web_address(url)}


LINE: Run = {"t": "", "s": "line", "u": ""}


def inline(words: Words) -> list[Run]:
    if isinstance(words, str):
        return [run(words)] if words else []
    if isinstance(words, dict):
        return [words]
    return [piece for word in words for piece in inline(word)]


def heading(level: int, text: str) -> Block:
    return {"kind": "heading", "level": level, "text": shown(text)}


def paragraph(*words: Words, leads: bool = False) -> Block:
    """A paragraph; one that `leads` stays on the page of what follows it."""
    return {"kind": "paragraph", "runs": [piece for word in words for piece in inline(word)], "leads": leads}


def bullets(items: Iterable[Words]) -> Block:
    return {"kind": "bullets", "items": [inline(item) for item in items]}


def numbered(items: Iterable[Words]) -> Block:
    return {"kind": "numbered", "items": [inline(item) for item in items]}


def table(columns: Sequence[tuple[str, float]], rows: Iterable[Sequence[Words]], *, right: Iterable[int] = ()) -> Block:
    """`columns`: title and share of the width; `right`: the columns of figures. Rows that are long may break."""
    numeric = set(right)
    laid = [[inline(cell) for cell in row] for row in rows]
    return {
        "kind": "table",
        "columns": [
            {"title": shown(title), "width": width, "right": place in numeric}
            for place, (title, width) in enumerate(columns)
        ],
        "rows": [
            {"cells": cells, "whole": sum(len(piece["t"]) for cell in cells for piece in cell) <= KEPT_TOGETHER}
            for cells in laid
        ],
    }


def figures(items: Iterable[tuple[str, str, str]]) -> Block:
    """Key figures: name of the denominator, short form, exact form."""
    return {
        "kind": "figures",
        "items": [{"name": shown(name), "short": shown(brief), "exact": shown(exact)} for name, brief, exact in items],
    }


def tallies(columns: Iterable[tuple[str, Sequence[tuple[int, str]], str]]) -> Block:
    """Counts side by side: heading, counts with their words, and what to say where there are none."""
    return {
        "kind": "tallies",
        "columns": [
            {"title": shown(title), "rows": [[str(count), shown(word)] for count, word in rows], "none": shown(none)}
            for title, rows, none in columns
        ],
    }


def drawings(packet: Packet) -> dict[str, str]:
    """The pictures, with their foreign words as the fonts can set them: they are cut to their place afterwards."""
    layers = tuple(replace(run, stack=settable(visible(run.stack))) for run in packet.architecture.layers)
    claims = tuple(replace(claim, printed=settable(visible(claim.printed))) for claim in packet.claims)
    return pictures(replace(packet, architecture=replace(packet.architecture, layers=layers), claims=claims))


def picture(svg: str, caption: str) -> Block:
    """A picture with its own description as the text alternative."""
    from html import unescape

    size, described = SIZE.search(svg), DESCRIBED.search(svg)
    assert size and described
    ratio = float(size[2]) / float(size[1])
    alt = settable(unescape(described[1]))
    return {
        "kind": "picture",
        "svg": settable(svg),
        "alt": alt,
        "caption": shown(caption, breaks=False),
        "width": min(1.0, TALLEST / ratio),
    }
