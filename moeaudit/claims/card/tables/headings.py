"""What the labels and headings of a table say: which of them are known, and the unit that their numbers leave out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from moeaudit.claims.card.fields import field_of
from moeaudit.claims.card.labels import label_of
from moeaudit.claims.card.marks import Mark, mark
from moeaudit.claims.figures import parse_figure
from moeaudit.later import dataclass, expression

UNIT = expression(
    r"\s*(?:[(（\[](?:in |unit:? ?|单位[:：]?)?"
    r"(?P<unit>[BMTK]|billions?|millions?|trillions?|thousands?|[十千百万]?亿|万|億|억)[)）\]]"
    r"|\s(?:in )?(?P<bare>[BMT]|billions|millions|trillions))\s*$",
    re.IGNORECASE,
)
"""A heading's unit, which its bare numbers leave out: `Params (B)`; square brackets do not reach here."""
STOPPING = frozenset({"word", "name", "stop", "deny", "suppose", "compare", "parent", "helper", "generic", "service"})
"""Kinds of words that no label has."""
SIZES = frozenset({"model", "size"})
MIXTURES = frozenset({"moe", "mixture of experts", "mixture-of-experts", "混合专家"})
LONGEST = 80


@dataclass(frozen=True)
class Label:
    """A known label: its marks, whether its value is words, and the unit of its bare numbers."""

    text: str
    marks: tuple[Mark, ...]
    words: bool = False
    unit: str = ""


@lru_cache(maxsize=4096)
def label(text: str) -> Label | None:
    """The label that `text` is, every word of it known; what stands in brackets may be anything."""
    if not text or len(text) > LONGEST:
        return None
    if label_of(text) is not None:
        return Label(text, (), True)
    found = UNIT.search(text)
    unit = (found["unit"] or found["bare"]) if found else ""
    marks = tuple(mark(text[: found.start()] if found else text))
    if not _is_known(marks):
        return None
    nouns = [one for one in marks if one.kind == "noun"]
    noun = _noun_of(marks, nouns)
    modifiers = {one.sense for one in marks if one.kind in {"adjective", "per"}}
    if not noun or field_of(noun, modifiers - {"plain"}) is None:
        return None
    end = marks[-1].end if marks else 0
    told = any(one.sense not in SIZES for one in nouns) or (bool(nouns) and noun == "parameters")
    return Label(text, marks if told else (*marks, Mark("noun", noun, end, end, "")), unit=unit)


def _is_known(marks: Sequence[Mark]) -> bool:
    depth = 0
    for one in marks:
        depth += one.opens - one.closes
        if depth == 0 and (one.kind in STOPPING or one.kind == "figure"):
            return False
    return True


def _noun_of(marks: Sequence[Mark], nouns: Sequence[Mark]) -> str:
    """What a label counts; adjectives alone speak of parameters, or of experts that are selected."""
    modifiers = {one.sense for one in marks if one.kind == "adjective"}
    if len(nouns) == 1 and nouns[0].text.lower() in MIXTURES and len(marks) == 1:
        return "experts"
    models = bool(nouns) and all(one.sense == "model" for one in nouns)
    if models and not modifiers & {"active", "total", "selected"}:
        return ""
    noun = next((one.sense for one in nouns if one.sense not in {"model", "size"}), "parameters" if nouns else "")
    if noun == "tokens":
        return "training" if any(one.is_("verb", "trained") for one in marks) else ""
    if not noun and modifiers & {"active", "total"}:
        return "parameters"
    return "experts" if (not noun or models) and "selected" in modifiers else noun


def scaled(one: Mark, unit: str) -> Mark:
    """A bare number under `Params (B)` is one of billions."""
    if not unit or one.figure is None or one.figure.unit:
        return one
    figure = parse_figure(f"{one.figure.text}{unit if len(unit) == 1 else ' ' + unit}")
    return one if figure is None else one._replace(figure=replace(figure, text=one.figure.text))
