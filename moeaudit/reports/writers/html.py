"""A report as one HTML file that needs nothing else: no request leaves it, and only its own style and script run."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from hashlib import sha256
from typing import Any, assert_never

from markupsafe import Markup, escape

from moeaudit.reports.document.blocks import Picture
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.runs import Bar, Break, Link, Muted, Name, Plain, Quote, Run, Runs, Strong, Tag, Value
from moeaudit.reports.pictures import draw
from moeaudit.reports.writers.attached import Attachment, inert
from moeaudit.reports.writers.escape import legible, web_address
from moeaudit.reports.writers.laid import Medium, laid_document, merged
from moeaudit.reports.writers.templates import Templates
from moeaudit.reports.writers.values import shown
from moeaudit.text import visible

POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""Nothing is loaded from anywhere; what is inline runs by its digest alone."""

RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def render(
    document: Document, templates: Templates | None = None, result: Any = None, attached: Attachment | None = None
) -> str:
    """The whole file. `result`: what the report is about, for templates of a user's own; `attached`: its data as JSON,
    which the page carries along."""
    templates = templates or Templates()
    style, script = templates.text("html/style.css"), templates.text("html/script.js")
    return templates.render(
        "page.html.jinja", "html",
        document=laid_document(document, Medium(inline, verbatim, picture)), result=result,
        style=Markup(style), script=Markup(script),
        policy=POLICY.format(style=digest(style), script=digest(script)),
        attached=Markup(inert(attached.data)) if attached is not None else "",
    )  # fmt: skip


def digest(text: str) -> str:
    """What a policy calls the inline text by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def picture(block: Picture) -> Markup | None:
    """The drawing as SVG in the page."""
    drawn = draw(block)
    return Markup(drawn) if drawn else None


def verbatim(text: str) -> Markup:
    """Lines as they are, with nothing invisible."""
    return Markup("\n").join(escape(visible(line)) for line in text.split("\n"))


def inline(runs: Runs) -> Markup:
    """A line of runs as markup."""
    return Markup("").join(_run(run) for run in merged(runs))


def _run(run: Run) -> Markup:
    match run:
        case Plain(text):
            return _text(text)
        case Name(text):
            return Markup("<code>{}</code>").format(_text(text))
        case Quote(text):
            return Markup("<q>{}</q>").format(_text(text))
        case Bar(part, whole):
            wide = round(100 * part / whole, 2) if whole > 0 else 0
            return Markup('<svg class="bar" viewBox="0 0 100 8" aria-hidden="true"><rect width="{}" height="8"/></svg>'
                          ).format(min(wide, 100))  # fmt: skip
        case Tag(word, text):
            return Markup('<span class="tag {}">{}</span>').format(word, _text(text or word))
        case Link(text, url):
            address = web_address(url)
            link = Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>')
            return link.format(address, _text(text or url)) if address else _text(text or url)
        case Strong(runs):
            return Markup("<b>{}</b>").format(inline(runs))
        case Muted(runs):
            return Markup('<span class="small">{}</span>').format(inline(runs))
        case Break():
            return Markup("<br>")
        case _ if isinstance(run, Value):
            return Markup('<span class="v">{}</span>').format(escape(shown(run)))
    assert_never(run)


def _text(text: str) -> Markup:
    """Words, kept from turning what stands around them where they read from right to left."""
    safe = escape(legible(text))
    if not text.isascii() and any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in text):
        return Markup("<bdi>{}</bdi>").format(safe)
    return safe
