"""Claims in tables: which cells are about this model, and what their labels say they count.

A table names models in its first row (one column each), in a column (one row each), or not at all. A cell counts
only when its label is known and its row or column is not another model's.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.card.labels import Found, Label, label_of, named_size, pair, values
from moeaudit.claims.card.layout import Block, Text
from moeaudit.claims.card.prose import figures_in, section_relation
from moeaudit.claims.card.subject import Relation, Subject

MODEL_HEADINGS = frozenset(
    {"model", "models", "model name", "name", "checkpoint", "variant", "version", "模型", "模型名称", "名称", "型号"}
)
VALUE_HEADINGS = frozenset(
    {
        "",
        "value",
        "values",
        "specification",
        "details",
        "detail",
        "description",
        "setting",
        "spec",
        "值",
        "数值",
        "说明",
        "规格",
    }
)
LABEL_HEADINGS = frozenset(
    {
        "",
        "parameter",
        "property",
        "attribute",
        "field",
        "item",
        "specification",
        "feature",
        "hyperparameter",
        "hyperparameters",
        "config",
        "configuration",
        "参数",
        "项目",
        "属性",
        "metric",
        "category",
    }
)

Cell = tuple[Found, Text, str]
"""A value, the cell it stands in, and the model that the row or column names."""


def table_claims(block: Block, subject: Subject) -> Iterator[Cell]:
    """The values in a table that are this model's own."""
    if len(block.rows) < 1 + block.headed:
        return
    header, *body = block.rows
    if not block.headed and len(header) == 2 and not _heads(header):
        header, body = (Text("", ()), Text("", ())), list(block.rows)
    others = section_relation(block.headings, subject) is Relation.OTHER
    yield from _by_row(header, body, subject, others)
    yield from _by_column(header, body, subject, others)


def _heads(row: tuple[Text, ...]) -> bool:
    """Whether a row of an HTML table says what stands below it."""
    return _bare(row[0].value) in MODEL_HEADINGS or label_of(row[1].value) is not None


def _by_row(header: tuple[Text, ...], body: list[tuple[Text, ...]], subject: Subject, others: bool) -> Iterator[Cell]:
    """Labels stand in the first row; each further row is one model's, or the only one's.

    `others` says that the heading names another model: then only what names this one is its own.
    """
    labels = [(column, cell.value, label_of(cell.value)) for column, cell in enumerate(header)]
    known = [entry for entry in labels if entry[2] is not None or pair_heading(entry[1])]
    named = next((column for column, text, label in labels if label is None and _bare(text) in MODEL_HEADINGS), None)
    if not known or (named is None and (others or len(known) < 2 or len(body) > 1)):
        return
    for row in body:
        name = row[named].value if named is not None and named < len(row) else ""
        if named is not None and not _is_subject(name, subject):
            continue
        for column, text, label in known:
            if column < len(row):
                yield from ((found, row[column], name) for found in _cell_values(text, label, row[column]))


def _by_column(
    header: tuple[Text, ...], body: list[tuple[Text, ...]], subject: Subject, others: bool
) -> Iterator[Cell]:
    """Labels stand in the first columns; each further column is one model's, or the only one's."""
    own = [column for column, cell in enumerate(header) if column > 0 and _is_subject(cell.value, subject)]
    if not own and not others:
        own = [column for column, cell in enumerate(header) if column > 0 and subject.has_size(cell.value)]
    plain = len(header) == 2 and (_bare(header[0].value) in LABEL_HEADINGS or label_of(header[0].value) is not None)
    if not own and not others and plain and _bare(header[1].value) in VALUE_HEADINGS:
        own = [1]
    if not own:
        return
    rows = [header, *body] if plain and label_of(header[0].value) else body
    for row in rows:
        names = [cell.value for cell in row[: min(own)]]
        text = next((name for name in names if pair_heading(name)), next((name for name in names if _label(name)), ""))
        label = _label(text)
        for column in own:
            if column < len(row):
                yield from (
                    (found, row[column], header[column].value) for found in _cell_values(text, label, row[column])
                )


def pair_heading(text: str) -> bool:
    """Whether a label names two counts at once, such as `#Activated / #Total`."""
    return "/" in text and "activ" in text.lower() and "total" in text.lower()


def _label(text: str) -> Label | None:
    """The label of a row; a note in brackets after it is left out."""
    return label_of(text) or (
        label_of(text[: text.index("(")]) if "(" in text[1:] and "non-emb" not in text.lower() else None
    )


def _cell_values(heading: str, label: Label | None, cell: Text) -> Iterator[Found]:
    if pair_heading(heading):
        yield from pair(heading, cell)
        return
    if label is None:
        return
    if label.path == "architecture.total_parameters":
        # `355B-A32B`, or `17B (Activated) 109B (Total)`: the cell says itself which is which.
        told = list(named_size(cell)) or [found for found in figures_in(cell.value) if "activ" in cell.value.lower()]
        if told:
            yield from told
            return
    yield from values(label, cell)


def _bare(text: str) -> str:
    return text.strip(" *#:：").lower()


def _is_subject(name: str, subject: Subject) -> bool:
    return bool(name.strip()) and subject.relation(name) is Relation.SAME
