"""Why a figure is no claim although its noun is known: what the words around it do with it."""

from __future__ import annotations

from moeaudit.claims.card.clauses import helper, setting
from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.marks import ARROWS, Mark
from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.whose.owner import EDGES

BRACKETS = frozenset(["(", ")", "（", "）", "[", "]"])
OWNING = frozenset(["'", "’", "s", "的"])
"""What joins a name to what it has: `from X's 236B to 671B`."""
NEAR = 7
"""Marks behind a figure among which a stage of training that it belongs to is named."""
OF_HELPERS = frozenset(
    {"architecture.total_parameters", "architecture.active_parameters", "architecture.layers"}
    | {"governance.training_tokens", "runtime.context_length"}
)
"""What is said of parts and helpers in the words in which it is said of models."""


def stopped(marks: list[Mark], at: int, path: str) -> Reason | None:
    """Why a figure is no claim although its noun is known: denied, supposed, replaced, listed, a setting."""
    head = marks[:at]
    start = _start_of_part(marks, at)
    conditions = ("case",) if path.startswith("runtime.") else ()
    if any(
        one.kind == "suppose" and one.sense not in conditions and (place >= start or not _is_closed(head, place))
        for place, one in enumerate(head)
    ):
        return Reason.SUPPOSED
    if any(one.kind == "deny" for one in marks[max(start, at - 5) : at]):
        return Reason.DENIED
    if _is_old(marks, at, path):
        return Reason.OLD_VALUE
    if _is_listed(marks, at):
        return Reason.LISTED
    if path == "governance.training_tokens" and any(one.kind == "phase" for one in marks[start : at + NEAR]):
        return Reason.SETTING
    if path.startswith("runtime.context") and (setting(marks, at) or _is_a_rate(marks, at)):
        return Reason.SETTING
    if path in OF_HELPERS and helper(marks, at) is not None:
        return Reason.PART
    return None


def _is_a_rate(marks: list[Mark], at: int) -> bool:
    """Whether a figure is what something else is counted by: `240 GB per 1M tokens of context`, `每 1M 上下文`."""
    return at > 0 and marks[at - 1].text.lower() in words_of("rate")


def _is_closed(head: list[Mark], place: int) -> bool:
    """Whether what a word supposes is said before the figure: it stands in brackets that are closed again, or gives an
    example within a phrase: `unlike models such as X, it has 30B`."""
    example = head[place].sense == "case" and place > 0 and head[place - 1].kind in {"noun", "word", "who"}
    return example or (any(one.opens for one in head[:place]) and any(one.closes for one in head[place:]))


def _start_of_part(marks: list[Mark], at: int) -> int:
    """Where the part of a sentence begins, between commas and brackets, that a figure stands in."""

    def ends(one: Mark) -> bool:
        return one.text in EDGES or one.text in BRACKETS or one.kind == "stop"

    return next((place + 1 for place in range(at - 1, -1, -1) if ends(marks[place])), 0)


def _is_old(marks: list[Mark], at: int, path: str) -> bool:
    """The old value of `from 384 to 16`, `384 → 16`, and what stands in brackets behind it."""
    opening = next((place for place in range(at - 1, max(0, at - 4), -1) if marks[place].opens), 0)
    if opening:
        before = next(
            (place for place in range(opening - 1, max(-1, opening - 4), -1) if marks[place].kind == "figure"), None
        )
        return before is not None and _is_old(marks, before, path)
    led = any(
        marks[place].is_("link", "from") for place in range(max(0, at - 5), at) if _silent_between(marks, place, at)
    )
    if led:
        ends = [place for place in range(at + 1, min(at + 16, len(marks)))
                if marks[place].is_("link", "to") or marks[place].text in ARROWS]  # fmt: skip
        return any(one.kind == "figure" for place in ends for one in marks[place + 1 : place + 6])
    if path.startswith("runtime.context"):
        return False  # `256K → 1M` are both lengths that the model can take
    after = [place for place in range(at + 1, min(at + 5, len(marks))) if marks[place].text in ARROWS]
    return bool(after) and any(one.kind == "figure" for one in marks[after[0] : after[0] + 5])


def _silent_between(marks: list[Mark], place: int, at: int) -> bool:
    return all(one.silent or one.kind in {"link", "name"} or one.text in OWNING for one in marks[place + 1 : at])


def _is_listed(marks: list[Mark], at: int) -> bool:
    """One of figures in a row without a word between: `5T, 10T and 20T tokens`."""

    def beside(step: int) -> bool:
        one = at + step
        while 0 <= one < len(marks) and (marks[one].text in {",", "、", "，"} or marks[one].is_("link", "and")):
            one += step
        return one != at + step and 0 <= one < len(marks) and _alike(marks[one], marks[at])

    return beside(1) or beside(-1)


def _alike(one: Mark, other: Mark) -> bool:
    return (
        one.figure is not None
        and other.figure is not None
        and one.figure.unit == other.figure.unit
        and one.figure.unit != ""
    )
