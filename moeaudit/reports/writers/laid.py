"""Blocks as plain tables and lists, for media whose look is a template's matter: HTML, Markdown, PDF.

A medium says how a line of runs is written (`inline`) and whether it draws pictures; everything else is the same. The
keys of a laid block are what templates may read; docs/templates.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, assert_never

from moeaudit.later import dataclass
from moeaudit.reports.document.blocks import (
    Block,
    Code,
    Facts,
    Fields,
    Heading,
    Items,
    Note,
    Paragraph,
    Picture,
    Table,
    Tallies,
    Tiles,
)
from moeaudit.reports.document.document import Document, Section
from moeaudit.reports.document.runs import Bar, Break, Muted, Plain, Run, Runs, Strong, Value
from moeaudit.reports.writers.values import sort_key

Laid = dict[str, Any]
Inline = Callable[[Runs], Any]


@dataclass(frozen=True)
class Medium:
    """How a medium writes a line of runs and lines of code, and how it draws: a drawing, or None where it has none;
    and whether it draws bars."""

    inline: Inline
    verbatim: Callable[[str], Any]
    draw: Callable[[Picture], Any] = lambda block: None
    bars: bool = True


def laid_document(document: Document, medium: Medium) -> Laid:
    """The whole."""
    inline = medium.inline
    return {
        "kind": document.kind,
        "title": document.title,
        "subject": document.subject,
        "about": [inline(one) for one in document.about],
        "maker": document.maker,
        "date": document.date,
        "language": document.language,
        "contents": document.contents,
        "sections": [laid_section(one, medium) for one in document.sections],
    }


def laid_section(section: Section, medium: Medium) -> Laid:
    inline = medium.inline
    return {
        "id": section.id,
        "title": inline(section.title),
        "intro": inline(section.intro) if section.intro else "",
        "fresh": section.fresh,
        "blocks": [raised(one, section) for one in laid_blocks(section.blocks, medium)],
    }


def raised(block: Laid, section: Section) -> Laid:
    """A heading one level up where its section has none of its own: no level is passed over (PDF/UA, WCAG 1.3.1)."""
    if block["kind"] == "heading" and not section.title:
        return {**block, "level": block["level"] - 1}
    return block


def laid_blocks(blocks: Iterable[Block], medium: Medium) -> Iterator[Laid]:
    """Each block; a picture that is not drawn gives way to what says the same."""
    for block in blocks:
        if not isinstance(block, Picture):
            yield laid(block, medium)
            continue
        picture = medium.draw(block)
        if picture is None:
            yield from laid_blocks(block.otherwise, medium)
        else:
            caption = medium.inline(block.caption)
            yield {"kind": "picture", "name": block.kind, "picture": picture, "caption": caption}


def laid(block: Block, medium: Medium) -> Laid:
    """One block but a picture."""
    inline = medium.inline
    match block:
        case Heading(text, level):
            return {"kind": "heading", "level": level, "text": inline(text)}
        case Paragraph(runs, tone, leads):
            return {"kind": "paragraph", "tone": tone.value, "leads": leads, "text": inline(runs)}
        case Facts(rows, title):
            pairs = [{"label": inline(label), "text": inline(text)} for label, text in rows]
            return {"kind": "facts", "title": inline(title), "rows": pairs}
        case Table():
            return _table(block, medium)
        case Tiles(tiles):
            made = [{"figure": inline(big), "name": inline(name), "exact": inline(exact)} for big, name, exact in tiles]
            return {"kind": "tiles", "tiles": made}
        case Tallies(columns):
            return {"kind": "tallies", "columns": [
                {"title": inline(title), "rows": [{"count": count, "word": inline(word)} for count, word in rows],
                 "none": inline(none)}
                for title, rows, none in columns
            ]}  # fmt: skip
        case Items(items, ordered, start, name):
            lines = [inline(item) for item in items]
            return {"kind": "list", "ordered": ordered, "start": start, "name": name, "lines": lines}
        case Note():
            return {
                "kind": "note", "tone": block.tone, "title": inline(block.title),
                "lines": [inline(line) for line in block.lines], "foot": inline(block.foot),
                "panes": [
                    {"title": inline(pane.title), "tone": pane.tone, "lines": [inline(line) for line in pane.lines]}
                    for pane in block.panes
                ],
            }  # fmt: skip
        case Code(text):
            return {"kind": "code", "text": medium.verbatim(text)}
        case Fields(labels):
            return {"kind": "fields", "labels": [inline(label) for label in labels]}
        case Picture():
            raise TypeError("a picture is drawn, or gives way to other blocks")
    assert_never(block)


def _table(table: Table, medium: Medium) -> Laid:
    """Columns of nothing but bars are for media that draw them."""
    inline = medium.inline
    kept = [place for place in range(len(table.columns)) if medium.bars or not _bars(table, place)]
    wide = sum(table.columns[place].width for place in kept)
    return {
        "kind": "table",
        "name": table.name,
        "title": inline(table.title),
        "shown": table.shown,
        "columns": [
            {"title": inline(table.columns[place].title), "right": table.columns[place].right,
             "width": table.columns[place].width, "percent": round(100 * table.columns[place].width / wide, 1)}
            for place in kept
        ],
        "rows": [[{"text": inline(row[place]), "sort": _sort(row[place])} for place in kept] for row in table.rows],
    }  # fmt: skip


def _bars(table: Table, place: int) -> bool:
    cells = [row[place] for row in table.rows]
    return any(cells) and all(isinstance(run, Bar) for cell in cells for run in cell)


def _sort(cell: Runs) -> float | None:
    """The first value of the cell."""
    return next((sort_key(run) for run in flat(cell) if isinstance(run, Value)), None)


def flat(runs: Runs) -> Iterator[Run]:
    """Runs without what is around them."""
    for run in runs:
        if isinstance(run, Strong | Muted):
            yield from flat(run.runs)
        else:
            yield run


def merged(runs: Runs) -> Iterator[Run]:
    """Runs with neighbouring words as one, so that they are made safe as one."""
    words = ""
    for run in runs:
        if isinstance(run, Plain):
            words += run.text
            continue
        if words:
            yield Plain(words)
            words = ""
        yield run
    if words:
        yield Plain(words)


def lines_of(runs: Runs) -> Iterator[Runs]:
    """Runs divided at their breaks."""
    line: Runs = ()
    for run in runs:
        if isinstance(run, Break):
            yield line
            line = ()
        else:
            line = (*line, run)
    yield line
