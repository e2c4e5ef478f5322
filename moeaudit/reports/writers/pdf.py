"""A report as PDF: the same facts and words as in the other media, set by typst into tagged, archivable pages.

Facts reach the template as JSON and are placed as text; nothing of them is ever read as markup. The pages are PDF/A and
PDF/UA-1 as typst writes them, in the fonts that typst brings along: what a machine has installed changes nothing. What
is attached is set beside the pages by this module, whatever template draws them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from html import unescape
from typing import TYPE_CHECKING, Any, assert_never

from moeaudit.errors import UsageError
from moeaudit.later import expression
from moeaudit.reports.document.blocks import Picture
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.runs import Bar, Break, Link, Muted, Name, Plain, Quote, Run, Runs, Strong, Tag, Value
from moeaudit.reports.pictures import draw
from moeaudit.reports.writers.attached import Attachment
from moeaudit.reports.writers.bounded import bounded
from moeaudit.reports.writers.escape import web_address
from moeaudit.reports.writers.glyphs import BREAK, settable, shown
from moeaudit.reports.writers.laid import Laid, Medium, laid_document, merged
from moeaudit.reports.writers.values import shown as valued
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.reports.writers.templates import Templates

PAPERS = {"a4": "a4", "letter": "us-letter"}
TEMPLATE = "page.typ"

ALONE, WITH_FILES = ("a-2a", "ua-1"), ("a-3a", "ua-1")
"""What the pages conform to. PDF/A-3 is PDF/A-2 that may carry files of any kind."""

ATTACH = """
#for file in json(bytes(sys.inputs.attached)) {
  std.pdf.attach(
    file.name, bytes(file.data), relationship: "source", mime-type: file.media-type, description: file.description,
  )
}
"""
"""Set after the template, so that no template can leave it out. Attached files are text."""

UNDATED = date(1980, 1, 1)
"""PDF/A asks for a date. A report without one carries this, so that the same input gives the same bytes."""

DAY = expression(r"(\d{4})-(\d\d)-(\d\d)")

LONGEST_TITLE, LONGEST_HEADER = 160, 48
"""Characters of the model's name on the first page and at the head of every other."""

KEPT_TOGETHER = 600
"""Characters up to which a row of a table, or a note, is not broken across pages."""

LABELLED = (1.3, 3)
"""Shares of the width that labels and what stands behind them have."""

LONGEST_WORD, MEASURED = 24, 12
"""Characters of a word that no column should break, and how many of its longest words are measured."""

LINES_TOGETHER = 12
"""Lines of code that stay on one page."""

TALLEST = 1.25
"""Height of a picture over its width at full measure; a taller one is made narrower, so that it stays on its page."""

SIZE = expression(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
DESCRIBED = expression(r"(?s)<desc[^>]*>(.*?)</desc>")


def render(
    document: Document, templates: Templates | None = None, *, paper: str = "a4", attached: Sequence[Attachment] = ()
) -> bytes:
    """The PDF. UsageError where typst is missing, the paper is not known, or a template of the user's own is broken."""
    from moeaudit.reports.writers.templates import Templates

    if paper not in PAPERS:
        from moeaudit.nearest import did_you_mean

        raise UsageError(f"paper {ascii(paper)[:40]} is not known", hint=did_you_mean(paper, PAPERS))
    templates = templates or Templates()
    return compiled(templates, content(document, templates, paper), attached)


def content(document: Document, templates: Templates, paper: str = "a4") -> Laid:
    """What the template gets, all of it safe to set."""
    laid = laid_document(bounded(document, templates.words), Medium(inline, verbatim, picture))
    subject = visible(document.subject, limit=LONGEST_TITLE)
    day = dated(document.date)
    return {
        **laid,
        "title": shown(document.title, breaks=False),
        "subject": shown(subject),
        "running": shown(visible(subject, limit=LONGEST_HEADER), breaks=False),
        "full_title": shown(f"{document.title}: {subject}", breaks=False),
        "maker": shown(document.maker, breaks=False),
        "contents": shown(templates.words.text("document.contents"), breaks=False) if document.contents else "",
        "sections": [
            {**section, "intro": section["intro"] or [], "blocks": [fitted(block) for block in section["blocks"]]}
            for section in laid["sections"]
        ],
        "paper": PAPERS[paper],
        "date": [day.year, day.month, day.day],
    }


def fitted(block: Laid) -> Laid:
    """A block with what a page asks beside: whether it, or each of its rows, stays whole."""
    match block["kind"]:
        case "table":
            rows = [[cell["text"] for cell in row] for row in block["rows"]]
            columns = [
                {**column, "words": longest([[{**run, "s": "strong"} for run in column["title"]], *cells])}
                for column, *cells in zip(block["columns"], *rows, strict=True)
            ]
            return {**block, "columns": columns, "rows": [{"cells": cells, "whole": _short(cells)} for cells in rows]}
        case "facts":
            labels, texts = ([row[part] for row in block["rows"]] for part in ("label", "text"))
            columns = [
                {"width": width, "right": False, "words": longest(cells)}
                for width, cells in zip(LABELLED, (labels, texts), strict=True)
            ]
            facts = [{**row, "whole": _short([row["label"], row["text"]])} for row in block["rows"]]
            return {**block, "columns": columns, "rows": facts}
        case "note":
            sides = [line for pane in block["panes"] for line in (pane["title"], *pane["lines"])]
            return {**block, "whole": _short([block["title"], *block["lines"], *sides, block["foot"]])}
        case "tiles":
            return {**block, "whole": _short([text for tile in block["tiles"] for text in tile.values()])}
        case "tallies":
            return {**block, "whole": _short([row["word"] for column in block["columns"] for row in column["rows"]])}
        case "code":
            lines = block["text"].count("\n") + 1
            return {**block, "whole": len(block["text"]) <= KEPT_TOGETHER and lines <= LINES_TOGETHER}
        case "fields":
            return {**block, "whole": _short(block["labels"])}
    return block


def longest(cells: Iterable[list[Laid]]) -> list[Laid]:
    """The longest words of a column, as runs: it should be as wide as they are. What is longer still is broken."""
    words = {
        (word, run["s"]): {**run, "t": word}
        for cell in cells
        for run in cell
        for word in re.split(f"[ {BREAK}]", run["t"])
        if len(word) <= LONGEST_WORD
    }
    return sorted(words.values(), key=lambda run: -len(run["t"]))[:MEASURED]


def _short(texts: Sequence[list[Laid]]) -> bool:
    return sum(len(run["t"]) for text in texts for run in text) <= KEPT_TOGETHER


def compiled(templates: Templates, data: Laid, attached: Sequence[Attachment] = ()) -> bytes:
    """The template applied to the data; a user's own, in a process apart."""
    try:
        import typst
    except ImportError:
        raise UsageError(
            "PDF needs typst, which is not installed", hint="Install it with: pip install 'moeaudit[pdf]'."
        ) from None
    inputs = {"document": json.dumps(data), "attached": json.dumps([_file(one) for one in attached])}
    root = str(templates.shipped)
    source = templates.text(TEMPLATE) + ATTACH
    standards = WITH_FILES if attached else ALONE
    if templates.folder is not None and templates.own(TEMPLATE) is not None:
        from moeaudit.reports.writers.apart import Typst, rendered_apart

        return rendered_apart(Typst(source, inputs, standards, root), templates.folder)
    compiler: Callable[..., bytes] = typst.compile
    try:
        return compiler(
            source.encode(), root=root, format="pdf", sys_inputs=inputs, pdf_standards=list(standards),
            ignore_system_fonts=True,
        )  # fmt: skip
    except (ValueError, RuntimeError) as error:  # an older release does not know both standards at once
        if "standard" not in str(error):
            raise
        what = f"PDF needs typst 0.15 or newer: {visible(str(error), limit=80)}"
        raise UsageError(what, hint="Install it with: pip install -U 'moeaudit[pdf]'.") from None


def _file(one: Attachment) -> dict[str, str]:
    return {
        "name": one.name, "data": one.data.decode("utf-8"), "media-type": one.media_type,
        "description": shown(one.description, breaks=False),
    }  # fmt: skip


def dated(text: str) -> date:
    """The day of an ISO date; UNDATED where there is none."""
    match = DAY.match(text)
    return date(int(match[1]), int(match[2]), int(match[3])) if match else UNDATED


def picture(block: Picture) -> Laid | None:
    """The drawing, foreign words in it as the fonts can set them, with its own description as the text alternative."""
    svg = draw(block, lambda text: settable(visible(text)))
    size, described = SIZE.search(svg), DESCRIBED.search(svg)
    if not size or not described:
        return None
    ratio = float(size[2]) / float(size[1])
    return {"svg": settable(svg), "alt": settable(unescape(described[1])), "width": min(1.0, TALLEST / ratio)}


def verbatim(text: str) -> str:
    """Lines as they are, with what the fonts lack written out."""
    return "\n".join(settable(visible(line)) for line in text.split("\n"))


def inline(runs: Runs) -> list[Laid]:
    """A line of runs: text, style and address each. A style is words in a row: `strong mono`."""
    return [made for run in merged(runs) for made in _run(run, "")]


def _run(run: Run, style: str) -> Iterator[Laid]:
    def text(words: str, own: str = "", **more: Any) -> Laid:
        return {"t": shown(words), "s": f"{style} {own}".strip() or "plain", "u": "", **more}

    match run:
        case Plain(words):
            yield text(words)
        case Name(words):
            yield text(words, "mono")
        case Quote(words):
            yield text(f"“{words}”", "quote")
        case Bar(part, whole):
            yield text("", "bar", part=min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0)
        case Tag(word, words):
            yield text(words or word, "tag", w=visible(word))
        case Link(words, url):
            yield {**text(words or url), "u": web_address(url)}
        case Strong(runs):
            yield from (made for one in merged(runs) for made in _run(one, f"{style} strong"))
        case Muted(runs):
            yield from (made for one in merged(runs) for made in _run(one, f"{style} muted"))
        case Break():
            yield {"t": "", "s": "line", "u": ""}
        case _ if isinstance(run, Value):
            yield text(valued(run), "value")
        case _:
            assert_never(run)
