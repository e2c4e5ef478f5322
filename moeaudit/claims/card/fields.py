"""Which field a noun with its modifiers states: the one table between words and the checklist."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from moeaudit.claims.checklist import FIELDS
from moeaudit.claims.figures import Figure
from moeaudit.claims.verdicts import Values, judge

PARAMETERS, COUNT, CONTEXT, TOKENS, HOURS = "parameters", "count", "context", "tokens", "hours"


class Row(NamedTuple):
    """A noun, the modifiers that it must have, and the field they state."""

    noun: str
    needs: frozenset[str]
    path: str
    sort: str


def _row(noun: str, needs: str, field: str, sort: str) -> Row:
    return Row(noun, frozenset(needs.split()), field, sort)


FIELDS_OF: tuple[Row, ...] = (
    _row("parameters", "non_embedding active", "architecture.active_non_embedding_parameters", PARAMETERS),
    _row("parameters", "non_embedding", "architecture.non_embedding_parameters", PARAMETERS),
    _row("size", "stored", "architecture.stored_parameters", PARAMETERS),
    _row("parameters", "mtp", "architecture.mtp_parameters", PARAMETERS),
    _row("parameters", "vision", "architecture.vision_parameters", PARAMETERS),
    _row("parameters", "active", "architecture.active_parameters", PARAMETERS),
    _row("parameters", "token", "architecture.active_parameters", PARAMETERS),
    _row("parameters", "part", "architecture.active_parameters", PARAMETERS),
    _row("parameters", "", "architecture.total_parameters", PARAMETERS),
    _row("experts", "shared", "architecture.shared_experts", COUNT),
    _row("experts", "selected", "architecture.experts_per_token", COUNT),
    _row("experts", "active", "architecture.experts_per_token", COUNT),
    _row("experts", "token", "architecture.experts_per_token", COUNT),
    _row("experts", "part", "architecture.experts_per_token", COUNT),
    _row("experts", "", "architecture.routed_experts", COUNT),
    _row("layers", "dense", "architecture.dense_layers", COUNT),
    _row("layers", "moe", "architecture.moe_layers", COUNT),
    _row("layers", "", "architecture.layers", COUNT),
    _row("context", "", "runtime.context_length", CONTEXT),
    _row("training", "", "governance.training_tokens", TOKENS),
    _row("hours", "", "governance.gpu_hours", HOURS),
)
"""The first row whose noun is the figure's and whose modifiers all stand at it decides."""

LENGTHS = frozenset({"", "k", "m", "million", "millon", "万", "만", "kilo"})
"""Units of lengths; `millon` is Spanish without its accent."""
MOST_COUNTED = 4096
"""The most experts or layers that a count is taken for; a larger one counts something else."""

NEVER: dict[str, frozenset[str]] = {
    "parameters": frozenset({"embedding", "component", "part_of", "layer", "shared", "routed", "dense", "sum"}),
    "experts": frozenset({"part_of", "component"}),
    "layers": frozenset({"component", "mtp", "embedding", "shared", "selected", "active", "part", "vision", "layer"}),
    "hours": frozenset({"sum"}),
    "training": frozenset({"sum"}),
}
"""Modifiers that make a noun a part of the model, no field of its own."""


def field_of(noun: str, modifiers: Set[str]) -> Row | None:
    """The field that a noun with these modifiers states, or None where it is a part or nothing of the model's."""
    if modifiers & NEVER.get(noun, frozenset()):
        return None
    return next((row for row in FIELDS_OF if row.noun == noun and row.needs <= modifiers), None)


def fits(sort: str, figure: Figure) -> bool:
    """Whether a figure can be a value of this sort: its size and its unit say so."""
    whole = figure.unit == "" and figure.low_step == 1
    if figure.is_percent:
        return False
    if sort == PARAMETERS:
        return figure.low >= 10**7 and (figure.unit not in {"", "k", "thousand"} or whole)
    if sort == COUNT:
        return whole and not figure.is_range and 0 <= figure.low <= MOST_COUNTED
    if sort == CONTEXT:
        if figure.bound == "at least":
            return False
        return figure.unit in LENGTHS and 512 <= figure.low <= 100 * 10**6
    if sort == TOKENS:
        return figure.low >= 10**9
    return sort == HOURS and figure.low >= 1000


def borne_out(path: str | None, figure: Figure | None, known: Values) -> bool:
    """Whether a figure is, as it is printed, what the evidence counts for its field."""
    kind = FIELDS[path].kind if path in FIELDS else None
    return kind is not None and figure is not None and bool(judge(figure, kind, known).fits)
