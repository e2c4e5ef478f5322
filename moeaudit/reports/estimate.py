"""The estimate as its report asks for it, and every format of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import moeaudit
from moeaudit.later import dataclass

if TYPE_CHECKING:
    from moeaudit.checks.settlement import Settlement
    from moeaudit.costs.estimate import Estimate
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.document.words import Words
    from moeaudit.reports.writers.templates import Templates

FORMATS = ("text", "markdown", "html", "pdf", "json")

USUAL, EXPLAINED, FULL = "usual", "explained", "full"
"""Orders of sections: one screen, one screen with the sums of one device, everything."""


@dataclass(frozen=True)
class Estimated:
    """What the sections are made from. `rests_on`: the settlement of the counts that the estimate is made from."""

    estimate: Estimate
    rests_on: Settlement | None = None


def estimate_document(result: Estimated, sections: Sequence[str], words: Words) -> Document:
    """The report of an estimate."""
    from moeaudit.reports.document.reports import document

    maker = f"moeaudit {moeaudit.__version__}"
    return document(
        "estimate",
        sections,
        result,
        words,
        title=words.text("estimate.title"),
        subject=result.estimate.model.name,
        about=(words("document.made_by", tool="moeaudit", version=moeaudit.__version__),),
        maker=maker,
    )


def views(result: Estimated, preset: str) -> dict[str, Callable[[], str | bytes]]:
    """Every format as a function that makes it. `preset`: of the text; pages always show everything."""

    @cache
    def templates() -> Templates:
        from moeaudit.reports.writers.templates import Templates

        return Templates()

    @cache
    def page() -> Document:
        return estimate_document(result, templates().sections("estimate", FULL), templates().words)

    def text() -> str:
        from moeaudit.reports.document.english import REPORTS, STRINGS
        from moeaudit.reports.document.words import Words
        from moeaudit.reports.writers.media import in_terminal

        return in_terminal(estimate_document(result, REPORTS["estimate"][preset], Words(STRINGS)))

    def json() -> str:
        from moeaudit.reports.estimate_json import render

        return render(result.estimate, result.rests_on)

    def paged(medium: str) -> str | bytes:
        from moeaudit.reports.writers.media import pages

        return pages(page, templates, result)[medium]()

    return {"text": text, "json": json, **{medium: partial(paged, medium) for medium in ("markdown", "html", "pdf")}}
