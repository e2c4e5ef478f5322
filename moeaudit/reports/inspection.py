"""The report of an inspection: its sections, and from where it was read."""

from __future__ import annotations

from collections.abc import Sequence

import moeaudit
from moeaudit.ledger.inspection import Inspection
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.reports import document
from moeaudit.reports.document.runs import Name, Runs, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.inspected import Inspected


def inspection_document(result: Inspected, sections: Sequence[str], words: Words) -> Document:
    """The report of an inspection."""
    return document(
        "inspection",
        sections,
        result,
        words,
        title=words.text("inspection.title"),
        subject=result.inspection.evidence.model.id,
        about=(read(result.inspection, words),),
        maker=f"moeaudit {moeaudit.__version__}",
    )


def read(inspection: Inspection, w: Words) -> Runs:
    """Of which family, from where, at which commit, and what was read."""
    model = inspection.evidence.model
    origin = w("inspection.recorded") if model.recorded else w(f"inspection.from.{model.source.value}")
    seen = [(name, witness) for name, witness in inspection.witnesses.items() if witness.available]
    files = [runs(name) for name, witness in seen if not witness.synthesised]
    unseen = w("inspection.unseen") if any(witness.synthesised for _, witness in seen) else ()
    commit = w("inspection.commit", commit=Name(model.commit[:12])) if model.commit else ()
    summary = inspection.summary
    family = w("inspection.family", family=summary.family) if summary is not None else ()
    named = w("inspection.read", files=joined(files)) if files else ()
    return joined([family, commit, origin, joined([named, unseen], "; ")], " · ")
