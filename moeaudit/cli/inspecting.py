"""What `moeaudit inspect` does with its options, however they were read: nothing here knows the option parser."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.cli.output import FailOn, View, deliver, exit_code, wanted
from moeaudit.errors import Exit, NothingToAudit

if TYPE_CHECKING:
    from moeaudit.ledger.inspection import Inspection
    from moeaudit.reports.inspection import Inspected

PAGES = ("markdown", "html", "pdf")
MEDIA = ("text", *PAGES, "json")
USUAL, FULL = "usual", "full"


class ReadDepth(StrEnum):
    """How far to read."""

    CONFIG = "config"
    INDEX = "index"
    HEADERS = "headers"


def answer(
    model: str,
    *,
    formats: Sequence[str] = (),
    depth: ReadDepth | None = None,
    revision: str | None = None,
    offline: bool = False,
    against: str | None = None,
    fail_on: FailOn = FailOn.ERROR,
    exit_zero: bool = False,
    all: bool = False,
    json: bool = False,
    output: str = "",
) -> int:
    """Inspect a model, show it, and return the exit code: 3 where nothing of it is counted. A dense one has counts."""
    chosen = wanted(formats, MEDIA, outputs=[Path(output)] if output else (), as_json=json)
    inspection = inspected(model, depth, revision=revision, offline=offline, against=against)
    from moeaudit.audits.headline import headline_claims
    from moeaudit.checks.facts import Facts
    from moeaudit.checks.kind import Kind
    from moeaudit.checks.registry import run
    from moeaudit.reports.inspection import Inspected

    said = headline_claims(inspection)
    findings = tuple(run(Facts(inspection, said)))
    result = Inspected(inspection, findings, said, (model, *(("--revision", revision) if revision else ())))
    deliver(views(result, FULL if all else USUAL), chosen)
    if result.kind is Kind.NOTHING:
        what = "a pipeline of which nothing is counted" if inspection.pipeline is not None else "nothing is counted"
        raise NothingToAudit(
            f"{what}: {inspection.ledger.uncounted}", hint="Give a safetensors copy with all of its files."
        )
    if inspection.origin is not None and not inspection.origin.agrees and not exit_zero:
        return Exit.FINDINGS
    return exit_code(findings, fail_on, exit_zero=exit_zero)


def views(result: Inspected, preset: str) -> dict[str, View]:
    """Every format as a function that makes it. Pages always show everything."""
    from moeaudit import __version__

    def text() -> str:
        from moeaudit.reports.document.english import REPORTS, STRINGS
        from moeaudit.reports.document.words import Words
        from moeaudit.reports.inspection import inspection_document
        from moeaudit.reports.terminal import written
        from moeaudit.reports.writers.terminal import draw

        made = inspection_document(result, REPORTS["inspection"][preset], Words(STRINGS), __version__)
        return written(lambda page: draw(made, page))

    def data() -> str:
        from moeaudit.reports.inspection_json import render

        return render(result.inspection, result.found, result.said)

    def page(medium: str) -> View:
        def made() -> str | bytes:
            from moeaudit.reports.inspection import inspection_document
            from moeaudit.reports.writers.media import rendered
            from moeaudit.reports.writers.templates import Templates

            templates = Templates()
            sections = templates.sections("inspection", FULL)
            return rendered(medium, inspection_document(result, sections, templates.words, __version__), templates)

        return made

    return {"text": text, "json": data, **{name: page(name) for name in PAGES}}


def inspected(
    model: str, depth: ReadDepth | None, *, revision: str | None, offline: bool, against: str | None = None
) -> Inspection:
    """The inspection of a model, with a progress line while headers are read."""
    from moeaudit.audits.inspect import inspect as audit
    from moeaudit.cli.progress import header_progress
    from moeaudit.evidence.model import Depth

    chosen = None if depth is None else Depth(depth.value)
    with header_progress() as progress:
        return audit(model, depth=chosen, revision=revision, offline=offline, progress=progress, against=against)
