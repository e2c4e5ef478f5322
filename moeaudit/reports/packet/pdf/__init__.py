"""The packet as PDF: the same facts and words as the other formats, set by typst into tagged, archivable pages.

Facts reach the template as JSON and are placed as text; nothing of them is ever read as markup. The pages are PDF/A-2a
and PDF/UA-1 as typst writes them, in the fonts that typst brings along: what a machine has installed changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from moeaudit.errors import UsageError
from moeaudit.later import expression
from moeaudit.reports.packet.model import Packet

if TYPE_CHECKING:
    from moeaudit.reports.writers.templates import Templates

STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]
PAPERS = {"a4": "a4", "letter": "us-letter"}
TEMPLATE = "packet.typ"

UNDATED = date(1980, 1, 1)
"""PDF/A asks for a date. A packet without one carries this, so that the same input gives the same bytes."""

DAY = expression(r"(\d{4})-(\d\d)-(\d\d)")


def render_pdf(
    packet: Packet, *, paper: str = "a4", preset: str = "procurement", templates: Templates | None = None
) -> bytes:
    """The PDF. UsageError where typst is missing, the paper is not known, or a template of the user's own is broken."""
    from moeaudit.reports.packet.pdf.content import content
    from moeaudit.reports.writers.templates import Templates

    if paper not in PAPERS:
        raise UsageError(f"paper {ascii(paper)[:40]} is not known", hint=f"There are: {', '.join(PAPERS)}.")
    templates = templates or Templates()
    day = dated(packet.appendix.date)
    data = {**content(packet, templates, preset), "paper": PAPERS[paper], "date": [day.year, day.month, day.day]}
    return compiled(templates, data)


def compiled(templates: Templates, data: dict[str, Any]) -> bytes:
    """The template applied to the data; a user's own, in a process apart."""
    try:
        import typst
    except ImportError:
        raise UsageError(
            "PDF needs typst, which is not installed", hint="Install it with: pip install 'moeaudit[pdf]'."
        ) from None
    inputs, root = {"packet": json.dumps(data)}, str(templates.shipped)
    source = templates.text(TEMPLATE)
    if templates.folder is not None and templates.own(TEMPLATE) is not None:
        from moeaudit.reports.writers.apart import Typst, rendered_apart

        return rendered_apart(Typst(source, inputs, tuple(STANDARDS), root), templates.folder)
    compiler: Callable[..., bytes] = typst.compile
    return compiler(
        source.encode(),
        root=root,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=STANDARDS,
        ignore_system_fonts=True,
    )


def dated(text: str) -> date:
    """The day of an ISO date; UNDATED where there is none."""
    match = DAY.match(text)
    return date(int(match[1]), int(match[2]), int(match[3])) if match else UNDATED
