"""What a converted model (GGUF) has beside its counts: which file, how each component is stored, its origin."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.evidence.formats.gguf_files import names_of, sets_of
from moeaudit.ledger.gguf_storage import in_words
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.origin import Origin, Row
from moeaudit.reports.document.blocks import Block, Column, Facts, Heading, Paragraph, Table
from moeaudit.reports.document.runs import Name, Number, Runs, muted, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.inspected import INSPECTED, Inspected
from moeaudit.text import visible

NAMED, LISTED = 100, 300
"""Letters of a file's name, and of a list of names."""

NEEDS = INSPECTED


def section(result: Inspected, w: Words) -> Iterator[Block]:
    """Types and bits per weight by component; then the counts beside the origin's. Nothing of what is no GGUF."""
    made, origin = result.inspection.converted, result.inspection.origin
    if made is None:
        return
    stored = sorted(made.stored.items(), key=lambda pair: -pair[1].elements)
    for words in which(result.inspection, w, LISTED):
        yield Paragraph(words, leads=True)
    rows = tuple((runs(Name(component.value)), runs(in_words(one))) for component, one in stored)
    yield Facts((*rows, (w("converted.all"), runs(in_words(made.whole)))))
    if origin is not None:
        yield Heading(w("converted.against", model=visible(origin.model, limit=NAMED)))
        yield beside(origin, w)
        if origin.words:
            yield Paragraph(w("converted.rests_on", words=origin.words))


def which(inspection: Inspection, w: Words, letters: int = NAMED) -> Iterator[Runs]:
    """Which of the files was read, and what else there is to choose. `letters`: of a list of names."""
    made = inspection.converted
    assert made is not None
    shards = inspection.evidence.headers.shards if inspection.evidence.headers is not None else None
    files = shards.files if shards is not None else ()
    if files:
        more = w("converted.parts", count=len(files) - 1) if len(files) > 1 else ()
        name = w("converted.name", name=visible(made.name, limit=60)) if made.name else ()
        yield w("converted.file", file=visible(files[0], limit=NAMED), name=name, more=more)
    others = sets_of(set(inspection.evidence.shard_sizes) - set(files))
    if others:
        yield w("converted.others", names=visible(names_of(others), limit=letters))
    if made.imatrix:
        told = ", ".join(f"{key} {value}" for key, value in sorted(made.imatrix.items()))
        yield w("converted.imatrix", told=visible(told, limit=letters))


def against_origin(inspection: Inspection, w: Words) -> Runs:
    """In one line whether the origin has the same counts."""
    origin = inspection.origin
    if origin is None:
        named = [one.id or one.name for one in inspection.converted.origins] if inspection.converted else []
        return w("converted.not_at_hand", model=visible(named[0], limit=80)) if named else w("converted.no_origin")
    name = visible(origin.model, limit=80)
    if not origin.agrees:
        here, there = origin.per_token
        experts = w("converted.per_token", here=here, there=there) if here else ()
        return strong(w("converted.differs", model=name, found=origin.found, experts=experts)).runs
    lacking = any(row.here != row.origin for row in origin.rows)
    return w("converted.same", model=name, found=origin.found, lacking=w("converted.as_far") if lacking else "")


def beside(origin: Origin, w: Words) -> Table:
    """The file and its origin, component by component."""
    here, there = origin.totals
    rows = [(runs(Name(one.component.value)), runs(Number(one.here)), runs(Number(one.origin)), difference(one, w))
            for one in origin.rows]  # fmt: skip
    rows.append((runs(strong(w("converted.all"))), runs(strong(Number(here))), runs(strong(Number(there))), ()))
    if all(origin.router) and origin.router[0] != origin.router[1]:
        rows.append((w("converted.router"), runs(Name(origin.router[0])), runs(Name(origin.router[1])), ()))
    return Table(
        (
            Column(w("columns.component"), 1.5),
            Column(w("converted.here"), 1.5, right=True),
            Column(w("converted.origin"), 1.5, right=True),
            Column((), 2),
        ),
        tuple(rows),
        name="origin",
    )


def difference(row: Row, w: Words) -> Runs:
    if row.here == row.origin:
        return runs(muted(w("converted.equal")))
    return runs(row.reason or strong(Number(row.here - row.origin)))
