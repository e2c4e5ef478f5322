"""A report as GitHub-flavoured Markdown, readable as text."""

from __future__ import annotations

from typing import Any, assert_never

from markupsafe import Markup

from moeaudit.later import expression
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.runs import Bar, Break, Link, Muted, Name, Plain, Quote, Run, Runs, Strong, Tag, Value
from moeaudit.reports.writers.escape import code, markdown, web_address
from moeaudit.reports.writers.laid import Medium, laid_document, merged
from moeaudit.reports.writers.templates import Templates
from moeaudit.reports.writers.values import shown
from moeaudit.text import visible

BLANK = expression(r"\n{3,}")
TICKS = expression(r"`+")


def render(document: Document, templates: Templates | None = None, result: Any = None) -> str:
    """The report, with one blank line between blocks and one final newline."""
    templates = templates or Templates()
    laid = laid_document(document, Medium(inline, verbatim, bars=False))
    text = templates.render("page.md.jinja", "markdown", document=laid, result=result)
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return BLANK.sub("\n\n", lines).strip() + "\n"


def verbatim(text: str) -> Markup:
    """Lines between fences longer than any within."""
    fence = "`" * max(3, 1 + max((len(run) for run in TICKS.findall(text)), default=0))
    lines = "\n".join(visible(line) for line in text.split("\n"))
    return Markup(f"{fence}\n{lines}\n{fence}")


def inline(runs: Runs) -> Markup:
    """A line of runs as Markdown."""
    return Markup("").join(_run(run) for run in merged(runs))


def _run(run: Run) -> Markup:
    match run:
        case Plain(text):
            return markdown(text)
        case Name(text):
            return code(text) if text.isascii() and "`" not in text and "|" not in text else markdown(text)
        case Quote(text):
            return Markup("“") + markdown(text) + Markup("”")
        case Tag(word, text):
            return _bold(markdown(text or word))
        case Link(text, url):
            address, words = web_address(url), markdown(text or url)
            if address and address == (text or url):
                return Markup(f"<{address}>")
            return Markup(f"[{words}](<{address}>)") if address else words
        case Strong(runs):
            return _bold(inline(runs))
        case Muted(runs):
            return inline(runs)
        case Break():
            return Markup("<br>")
        case Bar():
            return Markup("")
        case _ if isinstance(run, Value):
            return markdown(shown(run))
    assert_never(run)


def _bold(text: Markup) -> Markup:
    """Strong words; spaces at their ends stay outside, where Markdown wants them."""
    words = text.strip()
    if not words:
        return text
    before, _, after = text.partition(words)
    return Markup(f"{before}**{words}**{after}")
