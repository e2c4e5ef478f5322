"""An inspection as its views ask for it: what was found, what is claimed, and the parts that packets have too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Finding
from moeaudit.checks.kind import Kind, kind_of
from moeaudit.checks.settlement import Settlement, settlement
from moeaudit.later import dataclass
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.on_disk import Size, size_of

if TYPE_CHECKING:
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.packet.model import Architecture, Claim, Denominator
    from moeaudit.reports.packet.model import Finding as Shown
    from moeaudit.reports.writers.templates import Templates

USUAL, FULL = "usual", "full"
"""The presets: the first screen, and everything."""

INSPECTED = ("inspection", "found", "said", "asked")
"""What the sections of an inspection need."""


@dataclass(frozen=True)
class Inspected:
    """`said`: the headline claims of card and name; `found`: what the rules found; `asked`: the model as it was asked
    for, for commands that go on from here."""

    inspection: Inspection
    found: tuple[Finding, ...] = ()
    said: tuple[Statement, ...] = ()
    asked: tuple[str, ...] = ()
    whole: bool = False  # everything is shown

    @cached_property
    def kind(self) -> Kind:
        return kind_of(self.inspection)

    @cached_property
    def settlement(self) -> Settlement:
        return settlement(self.inspection)

    @cached_property
    def size(self) -> Size | None:
        return size_of(self.inspection)

    @cached_property
    def architecture(self) -> Architecture:
        from moeaudit.reports.packet.parts.architecture import architecture

        return architecture(self.inspection)

    @cached_property
    def denominators(self) -> tuple[Denominator, ...]:
        from moeaudit.reports.packet.parts.denominators import denominators

        return tuple(denominators(self.inspection))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        from moeaudit.reports.packet.parts.claims import claim

        return tuple(claim(one) for one in self.said)

    @cached_property
    def findings(self) -> tuple[Shown, ...]:
        from moeaudit.reports.packet.parts.claims import finding, weight

        return tuple(sorted((finding(one) for one in self.found), key=weight))


def views(result: Inspected, *, everything: bool) -> dict[str, Callable[[], str | bytes]]:
    """Every format as a function that makes it. Pages always show everything; the first screen reads no YAML."""
    from moeaudit.reports.writers.media import pages

    @cache
    def templates() -> Templates:
        from moeaudit.reports.writers.templates import Templates

        return Templates()

    whole = replace(result, whole=True)

    def page() -> Document:
        from moeaudit.reports.inspection import inspection_document

        return inspection_document(whole, templates().sections("inspection", FULL), templates().words)

    def text() -> str:
        from moeaudit.reports.document.english import REPORTS, STRINGS
        from moeaudit.reports.document.words import Words
        from moeaudit.reports.inspection import inspection_document
        from moeaudit.reports.writers.media import in_terminal

        preset = REPORTS["inspection"][FULL if everything else USUAL]
        return in_terminal(inspection_document(whole if everything else result, preset, Words(STRINGS)))

    def json() -> str:
        from moeaudit.reports.inspection_json import render

        return render(result.inspection, result.found, result.said)

    return {"text": text, "json": json, **pages(page, templates, whole)}
