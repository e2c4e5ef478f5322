"""Figures in tables: which cells are about this model, and what their labels say they count.

A table is read by its labels: two or more first cells, or headings, that are known labels make it a table of facts,
whatever its own heading says. Each value is then read as `label: value` by the same constructions as running text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from moeaudit.claims.card.beside import pattern
from moeaudit.claims.card.labels import PRECISION, label_of
from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.machines import set_up
from moeaudit.claims.card.marks import mark
from moeaudit.claims.card.prose import is_evaluation, is_on_machines, section_owner
from moeaudit.claims.card.reading import Reading
from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.subject import Subject, letters
from moeaudit.claims.card.tables.cells import cell_readings, cell_text, figures
from moeaudit.claims.card.tables.columns import (
    Around,
    borne_out_in,
    by_figures,
    names_no_models,
    owner_of_name,
    owners_of,
)  # fmt: skip
from moeaudit.claims.card.tables.headings import Label, label
from moeaudit.claims.card.text import Block, Text
from moeaudit.claims.card.whose.owner import Owned, Owner
from moeaudit.claims.verdicts import NOTHING, Values


def table_readings(block: Block, subject: Subject, card: Owned, counts: Values = NOTHING) -> Iterator[Reading]:
    """Every value in a table. `counts`: what the evidence counts, by which the model's column is told from others."""
    if not block.rows:
        return
    around = Around(subject, section_owner(block.headings, subject), card, counts, is_on_machines(block.headings))
    rows = block.rows
    columns = [_labels([row[at].value if len(row) > at else "" for row in rows]) for at in range(min(2, len(rows[0])))]
    at = max(range(len(columns)), key=lambda one: sum(known is not None for known in columns[one])) if columns else 0
    firsts = _closer(columns) if columns and at == 0 else columns[at] if columns else []
    heads = [label(cell.value) for cell in rows[0]]
    yield from _released(rows, subject, around.default)
    known = sum(one is not None for one in firsts)
    if known and _names_subject(rows[0][at + 1 :], subject):
        known = 2
    headed = sum(one is not None for one in heads)
    if block.headed and headed >= max(2, known) and firsts[0] is not None:
        known = 0  # `Params (B) | Active Params (B)` over a row that says it again in another language
    beside = at == 0 and len(rows[0]) == 2 and known and headed < 2
    around = around._replace(measured=_is_measured(rows[0]))
    if known >= 2 or beside:
        yield from _by_column([row[at:] for row in rows], firsts, around, headed=block.headed)
    elif block.headed and any(heads):
        yield from _by_row(rows, heads, around)
    else:
        yield from _as_text(rows[block.headed :], subject, around.default, tested=is_evaluation(block.headings))


def _released(rows: Sequence[tuple[Text, ...]], subject: Subject, owner: Owned) -> Iterator[Reading]:
    """A column headed by a precision whose cells are this model's own repository: that is the precision it has."""
    for column, head in enumerate(rows[0]):
        if PRECISION.fullmatch(head.value.strip()) and any(
            letters(row[column].value.rpartition("/")[2]) == letters(subject.name)
            for row in rows[1:] if column < len(row) and row[column].value
        ):  # fmt: skip
            yield Reading(head, 0, head.value, "runtime.precision", owner.owner, None, owner.reason)


def _labels(cells: Sequence[str]) -> list[Label | None]:
    """The known labels of a column; what stands there several times is a value."""
    counts = Counter(cells)
    return [label(cell) if counts[cell] == 1 else None for cell in cells]


def _closer(columns: Sequence[list[Label | None]]) -> list[Label | None]:
    """The labels of the first column; `Params | #Activated / #Total | 15B / 309B`: where the second has one, too, it
    says more."""
    pairs = zip(columns[0], columns[-1], strict=True)
    return [second if first is not None and second is not None else first for first, second in pairs]


def _is_measured(heads: Sequence[Text]) -> bool:
    """Whether headings say that the rows are runs of a test or an engine."""
    batches = tuple(words_of("batch"))
    return any(
        one.kind == "setting" or one.text.lower().startswith(batches) for cell in heads for one in mark(cell.value)
    )


def _names_subject(cells: Sequence[Text], subject: Subject) -> bool:
    return any((one := owner_of_name(cell.value, subject)) is not None and one.owner is Owner.STATED for cell in cells)


def _as_text(rows: Sequence[tuple[Text, ...]], subject: Subject, carried: Owned, *, tested: bool) -> Iterator[Reading]:
    """Cells in a table without known labels; what a table of tests sets is not the model's."""
    for row in rows if not tested else ():
        for cell in row:
            yield from cell_text(cell, subject, carried)


def _by_column(
    rows: Sequence[tuple[Text, ...]],
    labels: Sequence[Label | None],
    around: Around,
    *,
    headed: bool,
) -> Iterator[Reading]:
    """Labels stand in the first column; each further column is one model's, or the only one's."""
    width = max(len(row) for row in rows)
    # `Parameter | Original | Ours`: a first row without figures heads the columns, whatever its first cell says.
    names_only = not any(one.figure for cell in rows[0][1:] for one in mark(cell.value))
    head = rows[0] if headed and (labels[0] is None or names_only) else ()
    names = [head[column].value if column < len(head) else "" for column in range(1, width)]
    labelled = list(zip(rows, labels, strict=True))
    fits = [
        borne_out_in(((one, row[column]) for row, one in labelled if column < len(row)), around.counts)
        for column in range(1, width)
    ]
    owners = by_figures(owners_of(names, around, columns=True), names, fits, around.subject)
    machine = any(row[0].value.strip(" *:").lower() in words_of("column_machines") for row in rows if row)
    measured = around.measured or machine  # what a computer has is no need of the model's
    for row, known in labelled:
        if row is head:
            continue
        if known is None and width == 2:
            yield from cell_text(row[0], around.subject, around.default)
        for column, cell in enumerate(row[1:]):
            if known is not None:
                yield from cell_readings(known, cell, owners[column], names[column], measured=measured)
            else:
                yield from cell_text(cell, around.subject, owners[column], under=row[0].value)


def _by_row(
    rows: Sequence[tuple[Text, ...]],
    labels: Sequence[Label | None],
    around: Around,
) -> Iterator[Reading]:
    """Labels stand in the first row; each further row is one model's, or the only one's."""
    header, body = rows[0], rows[1:]
    heads = [cell.value.strip(" *#:：").lower() for cell in header]
    named = next((at for at, head in enumerate(heads) if head in words_of("column_models")), None)
    if named is None and labels[0] is None:
        named = 0
    names = [row[named].value if named is not None and named < len(row) else "" for row in body]
    uses = _by_uses(names, around)
    if named is not None and uses is None and names_no_models(header[named].value):
        return
    if named is None and around.asked and labels[0] is not None and _is_of_machines(labels[0]):
        yield from _machines(labels, body, around)
        return
    if named is None and len(body) > 1:
        return  # rows of several values that nothing names: lengths of a test, layers one by one
    labels = [None if heads[at] in words_of("column_rows") else one for at, one in enumerate(labels)]
    fits = [borne_out_in(zip(labels, row, strict=False), around.counts) for row in body]
    owners = uses or by_figures(owners_of(names, around), names, fits, around.subject)
    for row, owner, name in zip(body, owners, names, strict=True):
        for column, known in enumerate(labels):
            if known is not None and column < len(row):
                yield from cell_readings(known, row[column], owner, name, measured=around.measured)


def _is_of_machines(known: Label) -> bool:
    words = label_of(known.text) if known.words else None
    return words is not None and words.path == "runtime.hardware"


def _machines(labels: Sequence[Label | None], body: Sequence[tuple[Text, ...]], around: Around) -> Iterator[Reading]:
    """Rows of machines that the model runs on, with the memory of each; those that train it are left out."""
    owner = around.default
    for row in body:
        if any(pattern("{training}|{trained_on}").search(cell.value) for cell in row):
            continue
        for found in set_up(row[0].value):
            yield Reading(row[0], found.start, found.text, found.path, owner.owner, None, owner.reason)
        for known, cell in zip(labels[1:], row[1:], strict=False):
            if known is not None:
                yield from figures(known, cell, owner, "")


def _by_uses(names: Sequence[str], around: Around) -> list[Owned] | None:
    """Whose each row is where rows are uses, `Inference | 48 GB`: what training takes says nothing of the model."""
    if not any(pattern("{inference}").match(name.strip(" *")) for name in names):
        return None
    used = [pattern("{inference}").match(name.strip(" *")) is not None for name in names]
    other = Owned(Owner.OTHER, "", Reason.SETTING)
    return [around.default if one else other for one in used]
