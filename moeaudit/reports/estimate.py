"""The estimate as a document, and every format of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import moeaudit
from moeaudit.later import dataclass

if TYPE_CHECKING:
    from moeaudit.checks.settlement import Settlement
    from moeaudit.costs.estimate import Estimate
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.writers.templates import Templates

FORMATS = ("text", "markdown", "html", "pdf", "json")


@dataclass(frozen=True)
class Estimated:
    """What the sections of an estimate are made from."""

    estimate: Estimate
    rests_on: Settlement | None = None


def estimate_document(found: Estimated, templates: Templates, preset: str) -> Document:
    """The sections of a preset. Nothing stands above the verdict but the model's name."""
    from moeaudit.reports.document.reports import document

    words = templates.words
    return document(
        "estimate", templates.sections("estimate", preset), found, words,
        title=words.text("estimate.title"), subject=found.estimate.model.name,
        about=(words("document.made_by", tool="moeaudit", version=moeaudit.__version__),),
        maker=f"moeaudit {moeaudit.__version__}",
    )  # fmt: skip


def views(found: Estimated, preset: str) -> Mapping[str, Callable[[], str | bytes]]:
    """Every format as a function that makes it; what it needs is loaded when it is called."""

    @cache
    def templates() -> Templates:
        from moeaudit.reports.writers.templates import Templates

        return Templates()

    @cache
    def made() -> Document:
        return estimate_document(found, templates(), preset)

    def text() -> str:
        from moeaudit.reports.terminal import written
        from moeaudit.reports.writers.terminal import write

        return written(lambda page: write(made(), page))

    def markdown() -> str:
        from moeaudit.reports.writers.markdown import render

        return render(made(), templates(), found)

    def html() -> str:
        from moeaudit.reports.writers.html import render

        return render(made(), templates(), found)

    def pdf() -> bytes:
        from moeaudit.reports.writers.pdf import render

        return render(made(), templates())

    def json() -> str:
        from moeaudit.reports.estimate_json import render

        return render(found.estimate, found.rests_on)

    return {"text": text, "markdown": markdown, "html": html, "pdf": pdf, "json": json}
