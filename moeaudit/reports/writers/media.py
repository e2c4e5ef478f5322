"""Every medium of a document, for every command: each writer is loaded when it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.writers.templates import Templates

MEDIA = ("text", "markdown", "html", "pdf")
"""What every report is shown in; `json` is a view of results."""


def pages(
    document: Callable[[], Document], templates: Callable[[], Templates], result: Any = None
) -> dict[str, Callable[[], str | bytes]]:
    """The writers of pages by medium. `result`: what the report is about, for templates of a user's own."""

    def markdown() -> str:
        from moeaudit.reports.writers.markdown import render

        return render(document(), templates(), result)

    def html() -> str:
        from moeaudit.reports.writers.html import render

        return render(document(), templates(), result)

    def pdf() -> bytes:
        from moeaudit.reports.writers.pdf import render

        return render(document(), templates())

    return {"markdown": markdown, "html": html, "pdf": pdf}


def in_terminal(document: Document) -> str:
    """The report as stdout shows it."""
    from moeaudit.reports.terminal import written
    from moeaudit.reports.writers.terminal import write

    return written(lambda page: write(document, page))
