"""Two figures with a stroke between: `3B/16B`, `8/256 experts`, `128 / 8` under `total / active`."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.card.fields import COUNT, PARAMETERS, fits
from moeaudit.claims.card.nouns import Marks, Phrase, after
from moeaudit.claims.figures import Figure

BETWEEN = frozenset({"/", "and", "&", "和", "与", "und", "et", "y"})
"""What stands between the words for both figures of a pair."""


def pair(marks: Marks, at: int) -> Iterator[Phrase]:
    """Two sizes or two counts of experts with a stroke between: a total and an active one."""
    for here, there in ((at, at + 2), (at, at - 2)):
        first, second = sorted((here, there))
        if first < 0 or second >= len(marks) or marks[first + 1].text != "/":
            continue
        one, other = marks[first].figure, marks[second].figure
        noun = _noun(marks, first, second, one, other)
        if one is None or other is None or noun is None:
            continue
        senses = _told(marks, first, second, one.low < other.low)
        nouns = {"parameters": ("parameters", "model")}.get(noun, (noun,))
        behind = _is_behind(marks, second, nouns) or _is_labelled(marks, first, nouns)
        if senses is None and behind and one.low != other.low:
            senses = ("active", "total") if one.low < other.low else ("total", "active")
        if senses is not None:
            yield Phrase(noun, frozenset({senses[here != first]}))


def _noun(marks: Marks, first: int, second: int, one: Figure | None, other: Figure | None) -> str | None:
    """What both figures count: parameters by their size, experts by a word."""
    if one is None or other is None:
        return None
    if fits(PARAMETERS, one) and fits(PARAMETERS, other):
        return "parameters"
    near = (*marks[max(0, first - 12) : first], *marks[second + 1 : second + 3])
    counts = fits(COUNT, one) and fits(COUNT, other)
    return "experts" if counts and any(mark.is_("noun", "experts") for mark in near) else None


def _told(marks: Marks, first: int, second: int, rising: bool) -> tuple[str, str] | None:
    """What the label before a pair, or the words behind it, say that its figures are. Of one word alone it is not told
    which of them it means: of the two sizes the smaller is active."""
    colon = next((place for place in range(first - 1, -1, -1) if marks[place].text in {":", "：", "|"}), first)
    said = [one.sense for one in marks[:colon] if one.is_("adjective", "active", "total", "selected", "routed")]
    if len(said) >= 2 and said[0] != said[1] and any(one.text == "/" or one.opens for one in marks[:colon]):
        return said[0], said[1]
    if any(one.is_("noun", "other") or one.is_("who", "other") for one in marks[second + 1 : second + 4]):
        return None
    if (both := _both_behind(marks, second)) is not None:
        return both
    words = after(marks, second)
    return (("active", "total") if rising else ("total", "active")) if words & {"active", "total"} else None


def _both_behind(marks: Marks, second: int) -> tuple[str, str] | None:
    """Both words behind a pair, in their order: `671B/37B total/active`, `(total parameters / activated)`."""
    said: list[str] = []
    for one in marks[second + 1 : second + 8]:
        if one.is_("adjective", "active", "total", "selected", "routed"):
            said.append(one.sense)
        elif not (one.text in BETWEEN or one.silent or one.opens or one.is_("noun", "parameters", "experts")):
            break
        if len(said) == 2:
            return (said[0], said[1]) if said[0] != said[1] else None
    return None


def _is_behind(marks: Marks, second: int, nouns: tuple[str, ...]) -> bool:
    """Whether one of the nouns follows, adjectives between."""
    for one in marks[second + 1 : second + 5]:
        if one.is_("noun", *nouns):
            return True
        if one.kind not in {"adjective", "word"} and not one.silent:
            return False
    return False


def _is_labelled(marks: Marks, first: int, nouns: tuple[str, ...]) -> bool:
    """Whether one of the nouns is the label before them: `Experts: 8/256`."""
    head = [one for one in marks[max(0, first - 4) : first] if not one.silent]
    return len(head) > 1 and head[-1].text in {":", "：", "|", "="} and head[-2].is_("noun", *nouns)
