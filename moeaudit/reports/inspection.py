"""An inspection as its report asks for it: what was found, what is claimed, and the parts that packets have too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Finding
from moeaudit.checks.kind import Kind, kind_of
from moeaudit.checks.settlement import Settlement, settlement
from moeaudit.later import dataclass
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.on_disk import Size, size_of
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.reports import document
from moeaudit.reports.document.runs import Name, Runs, joined, runs
from moeaudit.reports.document.words import Words

if TYPE_CHECKING:
    from moeaudit.reports.packet.model import Architecture, Claim, Denominator
    from moeaudit.reports.packet.model import Finding as Shown


@dataclass(frozen=True)
class Inspected:
    """`said`: the headline claims of card and name; `found`: what the rules found; `asked`: the model as it was asked
    for, for commands that go on from here."""

    inspection: Inspection
    found: tuple[Finding, ...] = ()
    said: tuple[Statement, ...] = ()
    asked: tuple[str, ...] = ()

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


def inspection_document(result: Inspected, sections: Sequence[str], words: Words, version: str) -> Document:
    """The report of an inspection."""
    return document(
        "inspection",
        sections,
        result,
        words,
        title=words.text("inspection.title"),
        subject=result.inspection.evidence.model.id,
        about=(read(result.inspection, words),),
        maker=f"moeaudit {version}",
    )


def read(inspection: Inspection, w: Words) -> Runs:
    """From where, at which commit, and what was read."""
    model = inspection.evidence.model
    origin = w("inspection.recorded") if model.recorded else w(f"inspection.from.{model.source.value}")
    files = [
        w("inspection.made", name=name) if witness.synthesised else runs(name)
        for name, witness in inspection.witnesses.items()
        if witness.available
    ]
    commit = w("inspection.commit", commit=Name(model.commit[:12])) if model.commit else ()
    return joined([commit, origin, w("inspection.read", files=joined(files) or w("document.none"))], " · ")
