"""Which view draws a check in which format: data formats are views of the result, the others of its document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from moeaudit.checks.audit import Audit, Failed
from moeaudit.limits import PAGE_FINDINGS
from moeaudit.reports.shown import Shown
from moeaudit.reports.writers.media import MEDIA, pages

if TYPE_CHECKING:
    from moeaudit.checks.differences import CatalogueAudit
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.document.words import Words
    from moeaudit.reports.writers.templates import Templates

Presets = Mapping[str, Mapping[str, Sequence[str]]]
View = Callable[[], str | bytes]
DATA = {"json": "check_json", "sarif": "sarif", "github": "github", "junit": "junit"}
"""Format → module with `render(audits, failures) -> str`. Loaded when asked for."""

FORMATS = (*MEDIA, *DATA)


def views(
    audits: Sequence[Audit], failures: Sequence[Failed] = (), *, shown: Shown | None = None
) -> Mapping[str, View]:
    """Every format of a check as a function that makes it. `shown`: how much the documents show."""

    def made(words: Words, presets: Presets, most: int | None) -> Document:
        from moeaudit.reports.check_report import on_page, on_screen
        from moeaudit.reports.check_result import CheckResult

        result = CheckResult(audits, failures, shown or Shown(), most)
        return (on_screen if most is None else on_page)(result, presets["check"], words)

    return {**documents(made), **_data(audits, failures)}


def catalogue_views(found: CatalogueAudit, *, everything: bool) -> Mapping[str, View]:
    """The same of a check of catalogues."""

    def made(words: Words, presets: Presets, most: int | None) -> Document:
        from moeaudit.reports.catalogue_report import catalogue_document
        from moeaudit.reports.catalogue_result import CatalogueResult

        return catalogue_document(CatalogueResult(found, everything, most), presets["catalogue"], words)

    def json() -> str:
        from moeaudit.reports.catalogue_json import render

        return render(found)

    return {**documents(made), **_data(found.audits), "json": json}


def _data(audits: Sequence[Audit], failures: Sequence[Failed] = ()) -> Mapping[str, View]:
    def view(module: str) -> View:
        def make() -> str:
            render: Callable[..., str] = import_module(f"moeaudit.reports.{module}").render
            return render(audits, failures)

        return make

    return {name: view(module) for name, module in DATA.items()}


def documents(made: Callable[[Words, Presets, int | None], Document]) -> Mapping[str, View]:
    """The formats that people read. `made`: the document with so many of everything at most, or, for a screen, which
    scrolls, with all of it."""

    def text() -> str:
        from moeaudit.reports.document.english import REPORTS, STRINGS
        from moeaudit.reports.document.words import Words
        from moeaudit.reports.writers.media import in_terminal

        return in_terminal(made(Words(STRINGS), REPORTS, None))

    def markdown() -> str:
        from moeaudit.reports.comment import comment

        words = templates()
        return comment(lambda most: made(words.words, words.reports, most), words)

    def page() -> Document:
        words = templates()
        return made(words.words, words.reports, int(PAGE_FINDINGS))

    return {"text": text, **pages(page, templates), "markdown": markdown}


@cache
def templates() -> Templates:
    """The shipped ones, read once."""
    from moeaudit.reports.writers.templates import Templates

    return Templates()
