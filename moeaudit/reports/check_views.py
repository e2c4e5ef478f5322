"""Which view draws a check in which format: data formats are views of the result, the others of its document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from moeaudit.checks.audit import Audit, Failed
from moeaudit.limits import PAGE_FINDINGS
from moeaudit.reports.shown import Shown

if TYPE_CHECKING:
    from moeaudit.checks.differences import CatalogueAudit
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.writers.templates import Templates

View = Callable[[], str | bytes]
DATA = {"json": "check_json", "sarif": "sarif", "github": "github", "junit": "junit"}
"""Format → module with `render(audits, failures) -> str`. Loaded when asked for."""

FORMATS = ("text", "markdown", "html", "pdf", *DATA)


def views(
    audits: Sequence[Audit], failures: Sequence[Failed] = (), *, shown: Shown | None = None
) -> Mapping[str, View]:
    """Every format of a check as a function that makes it. `shown`: how much the documents show."""

    def made(templates: Templates, most: int | None) -> Document:
        from moeaudit.reports.check_report import on_page, on_screen
        from moeaudit.reports.check_result import CheckResult

        result = CheckResult(audits, failures, shown or Shown(), most=most)
        return on_screen(result, templates) if most is None else on_page(result, templates)

    return {**documents(made), **_data(audits, failures)}


def catalogue_views(found: CatalogueAudit, *, everything: bool) -> Mapping[str, View]:
    """The same of a check of catalogues."""

    def made(templates: Templates, most: int | None) -> Document:
        from moeaudit.reports.catalogue_report import catalogue_document
        from moeaudit.reports.catalogue_result import CatalogueResult

        return catalogue_document(CatalogueResult(found, everything, most), templates)

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


def documents(made: Callable[[Templates, int | None], Document]) -> Mapping[str, View]:
    """The formats that people read. `made`: the document with so many of everything at most, or, for a screen, which
    scrolls, with all of it."""

    def templates() -> Templates:
        from moeaudit.reports.writers.templates import Templates

        return Templates()

    def text() -> str:
        from moeaudit.reports.terminal import written
        from moeaudit.reports.writers.terminal import draw

        document = made(templates(), None)
        return written(lambda page: draw(document, page))

    def markdown() -> str:
        from moeaudit.reports.comment import comment

        words = templates()
        return comment(lambda most: made(words, most), words)

    def html() -> str:
        from moeaudit.reports.writers.html import render

        words = templates()
        return render(made(words, int(PAGE_FINDINGS)), words)

    def pdf() -> bytes:
        from moeaudit.reports.writers.pdf import render

        words = templates()
        return render(made(words, int(PAGE_FINDINGS)), words)

    return {"text": text, "markdown": markdown, "html": html, "pdf": pdf}
