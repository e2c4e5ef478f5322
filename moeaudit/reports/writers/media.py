"""The writers of pages by medium, each loaded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.writers.templates import Templates

PAGES = ("markdown", "html", "pdf")


def rendered(medium: str, document: Document, templates: Templates, result: Any = None) -> str | bytes:
    """The document as a page of its own."""
    if medium == "html":
        from moeaudit.reports.writers.html import render as html

        return html(document, templates, result)
    if medium == "markdown":
        from moeaudit.reports.writers.markdown import render as markdown

        return markdown(document, templates, result)
    from moeaudit.reports.writers.pdf import render as pdf

    return pdf(document, templates)
