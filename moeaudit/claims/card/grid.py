"""Figures in tables: which cells are about this model, and what their labels say they count.

A table is read by its labels: two or more first cells, or headings, that are known labels make it a table of facts,
whatever its own heading says. Each value is then read as `label: value` by the same constructions as running text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from moeaudit.claims.card.beside import pattern
from moeaudit.claims.card.bind import bind
from moeaudit.claims.card.bystanders import names_a_kind
from moeaudit.claims.card.fields import borne_out
from moeaudit.claims.card.headings import INDEX, Label, label, scaled
from moeaudit.claims.card.labels import PRECISION, found_figure, label_of, values
from moeaudit.claims.card.layout import Block, Text
from moeaudit.claims.card.machines import set_up
from moeaudit.claims.card.marks import Mark, mark
from moeaudit.claims.card.owner import Owned, Owner, of_relation, stopped
from moeaudit.claims.card.prose import is_evaluation, is_on_machines, section_owner, sentence_readings
from moeaudit.claims.card.reading import Reading
from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.shape import like_a_name
from moeaudit.claims.card.strangers import called_otherwise, with_strangers
from moeaudit.claims.card.subject import Relation, Subject, letters, name_tokens
from moeaudit.claims.card.wholes import speaks_of_routing
from moeaudit.claims.card.words import routing
from moeaudit.claims.verdicts import NOTHING, Values
from moeaudit.later import expression

MODEL_HEADINGS = frozenset(
    [
        "",
        "model",
        "models",
        "model name",
        "name",
        "checkpoint",
        "variant",
        "version",
        "模型",
        "模型名称",
        "名称",
        "型号",
        "model variant",
    ]
)
PARENTS = expression(
    r"\W*(?:base model|source model|teacher|student|draft|original|parent|before|baseline|source|原版|原始|元の)\b",
    re.IGNORECASE,
)
"""Columns of what the model was made from."""
VALUES = frozenset({"", "value", "values", "specification", "detail", "details", "description", "值", "数值", "说明"})
NOT_MODELS = frozenset(
    {"component", "module", "part", "dataset", "quant", "quantization", "gpu", "device", "stage", "phase", "option"}
    | {"setting", "hyperparameter", "benchmark", "组件", "模块", "数据集", "阶段", "量化"}
)
"""Headings of a column whose rows are no models."""
OURS = frozenset(
    {"this model", "本模型", "our model", "(ours)", "(this)", "(este)"}
    | {"(this model)", "(本模型)", "（本模型）", "（ours）", "(dieses)", "(ce modèle)"}
)
SETTING_OF = "runtime."
"""Fields that a table of measurements sets."""
TOTALS = frozenset({"total", "sum", "all", "overall", "average", "合计", "总计", "平均"})
BATCHES = ("batch", "批", "バッチ", "배치")
"""Beginnings of words for how much a run computes at once."""
MIN_WORDS = 3


class Around(NamedTuple):
    """What a table is read with: the card's model, whose the section and the card are, and what the evidence counts."""

    subject: Subject
    section: Owned | None
    card: Owned
    counts: Values = NOTHING
    asked: bool = False
    """Whether it stands under a heading on what the model runs on."""
    measured: bool = False
    """Whether its headings speak of throughput, batches or scores."""

    @property
    def default(self) -> Owned:
        return self.section or self.card


def table_readings(block: Block, subject: Subject, card: Owned, counts: Values = NOTHING) -> Iterator[Reading]:
    """Every value in a table. `counts`: what the evidence counts, by which the model's column is told from others."""
    if not block.rows:
        return
    around = Around(subject, section_owner(block.headings, subject), card, counts, is_on_machines(block.headings))
    rows = block.rows
    columns = [_labels([row[at].value if len(row) > at else "" for row in rows]) for at in range(min(2, len(rows[0])))]
    at = max(range(len(columns)), key=lambda one: sum(known is not None for known in columns[one])) if columns else 0
    firsts = columns[at] if columns else []
    heads = [label(cell.value) for cell in rows[0]]
    yield from _released(rows, subject, around.default)
    known = sum(one is not None for one in firsts)
    if known and _names_subject(rows[0][at + 1 :], subject):
        known = 2
    beside = at == 0 and len(rows[0]) == 2 and known and sum(one is not None for one in heads) < 2
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


def _is_measured(heads: Sequence[Text]) -> bool:
    """Whether headings say that the rows are runs of a test or an engine."""
    return any(
        one.kind == "setting" or one.text.lower().startswith(BATCHES) for cell in heads for one in mark(cell.value)
    )


def _names_subject(cells: Sequence[Text], subject: Subject) -> bool:
    return any((one := _owner(cell.value, subject)) is not None and one.owner is Owner.STATED for cell in cells)


def _as_text(rows: Sequence[tuple[Text, ...]], subject: Subject, carried: Owned, *, tested: bool) -> Iterator[Reading]:
    """Cells in a table without known labels; what a table of tests sets is not the model's."""
    for row in rows if not tested else ():
        for cell in row:
            yield from _words(cell, subject, carried)


def _words(cell: Text, subject: Subject, owner: Owned, *, under: str = "") -> Iterator[Reading]:
    """A cell of several words, read as running text; `under` a label, which may say what a name in it is."""
    if cell.value.count(" ") + 1 >= MIN_WORDS:
        marks = (
            mark(cell.value)
            if names_a_kind(under)
            else with_strangers(cell.value, mark(cell.value, subject.mentions(cell.value)), subject)
        )
        yield from sentence_readings(cell, marks, owner)


def _owner(name: str, subject: Subject) -> Owned | None:
    """Whose a row or column of this name is; None where it names nobody. A row of totals adds up several models."""
    if name.strip(" *").lower() in TOTALS:
        return Owned(Owner.OTHER, name, Reason.SUM)
    if any(word in name.lower() for word in OURS):
        return Owned(Owner.STATED, name)
    if PARENTS.match(name):
        return Owned(Owner.OTHER, name, Reason.OTHER_MODEL)
    mentions = list(subject.mentions(name))
    relations = {one.relation for one in mentions}
    if not relations:
        relation = subject.relation(name) if name.strip() else Relation.OTHER
        if relation is Relation.SAME:
            return Owned(Owner.STATED, name)
        other = called_otherwise(name, subject)
        return Owned(Owner.OTHER, name, Reason.OTHER_MODEL) if other else None
    return of_relation(Relation.SAME if Relation.SAME in relations else min(relations, key=lambda one: one.value), name)


def _chosen(names: Sequence[str], around: Around, *, columns: bool = False) -> list[Owned]:
    """Whose each column or row is. Named ones are their names'; where none is this model's and nothing names another,
    a single one is the card's, and of several the one with a size of its name."""
    subject, default = around.subject, around.default
    owners = [_owner(name, subject) for name in names]
    if any(one is not None and one.owner is Owner.STATED for one in owners):
        other = Owned(Owner.OTHER, "", Reason.OTHER_MODEL)
        exact = [name_tokens(name) == subject.tokens for name in names]
        return [
            one if one is not None and (one.owner is not Owner.STATED or not any(exact) or same) else other
            for one, same in zip(owners, exact, strict=True)
        ]
    sized = [subject.has_size(name) for name in names]
    if any(sized) and default.owner in {Owner.STATED, Owner.ASSUMED}:
        return [
            Owned(Owner.STATED, name) if fits else Owned(Owner.OTHER, name, Reason.OTHER_MODEL)
            for name, fits in zip(names, sized, strict=True)
        ]
    free = [place for place, one in enumerate(owners) if one is None]
    if free and len(names) > 1 and all(called_otherwise(names[place], subject, weak=True) for place in free):
        return [one or Owned(Owner.OTHER, name, Reason.OTHER_MODEL) for one, name in zip(owners, names, strict=True)]
    plain = [place for place in free if names[place].strip(" *").lower() in VALUES]
    ours = plain[:1] or (free if len(free) == 1 else [])
    if columns and not ours and free and not any(like_a_name(name) for name in names):
        # `Large MoE model | Small MoE model`: the first is the likeliest, and no more than that.
        ours, default = free[:1], default if default.reason else Owned(Owner.ASSUMED, names[free[0]])
    other = Owned(Owner.OTHER, "", Reason.OTHER_MODEL)
    return [default if place in ours else one or other for place, one in enumerate(owners)]


def _borne_out(cells: Iterable[tuple[Label | None, Text]], counts: Values) -> int:
    """How many figures of a column or row are what the evidence counts."""
    owner = Owned(Owner.ASSUMED)
    found = (one for known, cell in cells if known is not None and counts for one in _figures(known, cell, owner, ""))
    return sum(borne_out(one.path, one.figure, counts) for one in found)


def _by_figures(owners: list[Owned], names: Sequence[str], fits: Sequence[int]) -> list[Owned]:
    """The same owners, where figures do not tell better: of several named as this model those whose figures the
    evidence bears out, and where none is, the one that it bears out most."""
    most = max(fits, default=0)
    if most < 2:
        return owners
    by_name = [
        (one.owner, one.why) == (Owner.STATED, name) and bool(name) for one, name in zip(owners, names, strict=True)
    ]
    stated = [place for place, named in enumerate(by_name) if named]
    if not stated and list(fits).count(most) == 1:
        stated = [list(fits).index(most)]
    kept = [place for place in stated if 2 * fits[place] > most]
    if not kept:
        return owners
    return [
        Owned(Owner.STATED, names[place])
        if place in kept
        else Owned(Owner.OTHER, names[place], Reason.OTHER_MODEL)
        if one.reason is None
        else one
        for place, one in enumerate(owners)
    ]


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
        _borne_out(((one, row[column]) for row, one in labelled if column < len(row)), around.counts)
        for column in range(1, width)
    ]
    owners = _by_figures(_chosen(names, around, columns=True), names, fits)
    for row, known in labelled:
        if row is head:
            continue
        if known is None and width == 2:
            yield from _words(row[0], around.subject, around.default)
        for column, cell in enumerate(row[1:]):
            if known is not None:
                yield from _cell(known, cell, owners[column], names[column], around)
            else:
                yield from _words(cell, around.subject, owners[column], under=row[0].value)


def _no_models(heading: str) -> bool:
    """Whether a first heading says that the rows are no models."""
    marks = mark(heading)
    return heading.strip(" *#").lower() in NOT_MODELS or (bool(marks) and marks[0].is_("noun", "other"))


def _by_row(
    rows: Sequence[tuple[Text, ...]],
    labels: Sequence[Label | None],
    around: Around,
) -> Iterator[Reading]:
    """Labels stand in the first row; each further row is one model's, or the only one's."""
    header, body = rows[0], rows[1:]
    named = next((at for at, cell in enumerate(header) if cell.value.strip(" *#:：").lower() in MODEL_HEADINGS), None)
    if named is None and labels[0] is None:
        named = 0
    names = [row[named].value if named is not None and named < len(row) else "" for row in body]
    uses = _by_uses(names, around)
    if named is not None and uses is None and _no_models(header[named].value):
        return
    if named is None and around.asked and labels[0] is not None and _is_of_machines(labels[0]):
        yield from _machines(labels, body, around)
        return
    if named is None and len(body) > 1:
        return  # rows of several values that nothing names: lengths of a test, layers one by one
    labels = [None if header[at].value.strip(" *#").lower() in INDEX else one for at, one in enumerate(labels)]
    fits = [_borne_out(zip(labels, row, strict=False), around.counts) for row in body]
    owners = uses or _by_figures(_chosen(names, around), names, fits)
    for row, owner, name in zip(body, owners, names, strict=True):
        for column, known in enumerate(labels):
            if known is not None and column < len(row):
                yield from _cell(known, row[column], owner, name, around)


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
                yield from _figures(known, cell, owner, "")


def _by_uses(names: Sequence[str], around: Around) -> list[Owned] | None:
    """Whose each row is where rows are uses, `Inference | 48 GB`: what training takes says nothing of the model."""
    if not any(pattern("{inference}").match(name.strip(" *")) for name in names):
        return None
    used = [pattern("{inference}").match(name.strip(" *")) is not None for name in names]
    other = Owned(Owner.OTHER, "", Reason.SETTING)
    return [around.default if one else other for one in used]


def _cell(known: Label, cell: Text, owner: Owned, name: str, around: Around) -> Iterator[Reading]:
    """The values of a cell under its label. What a table of measurements sets is not the model's."""
    for one in (*_figures(known, cell, owner, name), *_routing(known, cell, owner, name)):
        sets = around.measured and one.taken and (one.path or "").startswith(SETTING_OF)
        yield replace(one, reason=Reason.SETTING) if sets else one


def _routing(known: Label, cell: Text, owner: Owned, name: str) -> Iterator[Reading]:
    """`top-8` in a cell under a label that speaks of experts."""
    if any(speaks_of_routing(one) for one in known.marks):
        for found in routing(cell.value, told=True):
            yield Reading(cell, found.start, found.text, found.path, owner.owner, found.figure, owner.reason, name)


def _figures(known: Label, cell: Text, owner: Owned, name: str) -> Iterator[Reading]:
    if known.words:
        words = label_of(known.text)
        assert words is not None
        for found in values(words, cell):
            yield Reading(cell, found.start, found.text, found.path, owner.owner, found.figure, owner.reason, name)
        return
    shift = len(known.text) + 2
    inner = [
        scaled(one, known.unit)._replace(start=one.start + shift, end=one.end + shift) for one in mark(cell.value)
    ]
    colon = Mark("sign", ":", len(known.text), len(known.text) + 1, ":")
    marks = [*(one for one in known.marks if one.kind != "figure"), colon, *inner]
    for bound in bind(marks):
        one = bound.mark
        assert one.figure is not None
        path = bound.row.path if bound.row else None
        found = found_figure(path or "", bound.row.sort if bound.row else "", one.figure, cell.value, one.start - shift)
        reason = bound.reason or owner.reason or (stopped(marks, bound.at, path) if path else None)
        yield Reading(cell, found.start, found.text, path, owner.owner, found.figure, reason, name)
