"""What the clause around a figure speaks of where it names no model: models in general, a part or helper, a setting."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.nouns import introduced
from moeaudit.claims.card.shape import is_benchmark
from moeaudit.later import expression

EDGES = frozenset([",", ";", "，", "；", "、", "。", ":", "："])
HEAD = 6
"""Marks of a clause among which its subject stands."""
REACH = 10
"""Marks of a phrase such as `any dense model with 70B parameters`."""
ARTICLES = frozenset({"a", "an", "one", "ein", "eine", "un", "une", "una"})
NEW = frozenset({"new", "our", "first", "open", "next", "here", "now", "today"})
"""Words of a phrase that presents a model rather than speaking of any."""
FINITE = expression(r"[a-z]{3,}[^s\W]s")
"""A verb in the third person: `costs`."""
MADE = frozenset({"released", "available", "introduced", "presented", "trained", "built", "called", "named", "here"})
SENTENCE = frozenset({"copula", "modal"})
COUNTED = frozenset({"parameters", "model", "size", "tokens", "context"})


def generic(marks: list[Mark], at: int) -> Mark | None:
    """The word that makes a figure one of models in general: `any 70B model`, `models of 7B size`, `a 16B model is`."""
    return _any(marks, at) or _plural(marks, at) or _indefinite(marks, at)


def _any(marks: list[Mark], at: int) -> Mark | None:
    for place in range(max(0, at - REACH), min(at + REACH // 2, len(marks))):
        one = marks[place]
        if one.kind != "generic" or (place and marks[place - 1].text.lower() in {"the", "its", "our"}):
            continue
        last = next((to for to in range(place + 1, min(place + REACH, len(marks))) if _is_model(marks[to])), None)
        if last is None or not _one_phrase(marks, min(place, at) + 1, last):
            continue
        if _one_clause(marks, min(place, at), at):
            return one
    return None


def _one_phrase(marks: list[Mark], start: int, end: int) -> bool:
    """Whether nothing between says something of its own, but adjectives, sizes and unknown words."""
    return all(
        one.kind in {"adjective", "figure", "word", "generic", "per"} or one.is_("noun", *COUNTED) or one.silent
        for one in marks[start:end]
    )


def _one_clause(marks: list[Mark], start: int, end: int) -> bool:
    return not any(one.text in EDGES or one.kind in {"stop", "name", "who"} for one in marks[start + 1 : end])


def _is_model(one: Mark) -> bool:
    return one.is_("noun", "model")


def _plural(marks: list[Mark], at: int) -> Mark | None:
    """`Open models with over 100B parameters`: no article, and more than one."""
    start = clause_start(marks, at)
    if start and marks[start - 1].text in {",", "，"}:
        return None
    for place in range(start, min(start + 4, at)):
        one = marks[place]
        if _is_model(one) and one.text.lower() in words_of("plural"):
            following = marks[place + 1]
            return one if following.kind in {"link", "verb"} and not following.is_("link", "and") else None
        article = one.text.lower() in {"the", "these", "our", "both", "all", "two", "its"}
        if article or not (one.kind in {"adjective", "word"} or _is_model(one)):
            return None
    return None


def _indefinite(marks: list[Mark], at: int) -> Mark | None:
    """`A 16B model would be slower`: an indefinite subject with a verb of its own."""
    start = clause_start(marks, at)
    if start >= len(marks) or marks[start].text.lower() not in ARTICLES:
        return None
    noun = next((place for place in range(start + 1, min(start + HEAD, len(marks))) if _is_model(marks[place])), None)
    if noun is None or not _one_phrase(marks, start + 1, noun):
        return None
    if any(one.text.lower() in NEW for one in marks[start:noun]):
        return None
    for place in range(noun + 1, len(marks)):
        one = marks[place]
        if one.text in EDGES or one.kind in {"stop", "name", "who"} or one.text.lower() in {"that", "which", "who"}:
            return None
        if _is_finite(one):
            presents = any(other.text.lower() in MADE for other in marks[place : place + 4])
            return None if presents else marks[start]
    return None


def _is_finite(one: Mark) -> bool:
    if one.is_("link", "copula"):
        return one.text.lower().split()[0] in words_of("finite")
    word = one.text.lower()
    verb = one.kind == "word" or one.is_("adjective", "active", "selected")
    return word in words_of("finite") or (verb and FINITE.fullmatch(one.text) is not None)


def clause_start(marks: list[Mark], at: int) -> int:
    """Where the clause of a figure begins that has words to say what it speaks of."""
    for place in range(at - 1, -1, -1):
        one = marks[place]
        if one.kind == "stop" or one.text in {";", "；", ":", "：", "。"}:
            return place + 1
        if one.text in {",", "，"} and _has_verb(marks[place + 1 : at]):
            return place + 1
    start = introduced(marks)
    if start and _has_verb(marks[start:]):
        return start
    return next((place for place, one in enumerate(marks) if one.kind != "sign"), 0)


def _has_verb(marks: list[Mark]) -> bool:
    return any(one.is_("link", "is", "copula") or one.kind == "verb" or _is_finite(one) for one in marks)


def helper(marks: list[Mark], at: int) -> Mark | None:
    """The part or helper that a clause speaks of: `The text encoder has`, `An assistant model of 1B parameters`."""
    for start in dict.fromkeys(_starts(marks, at)):
        for place in range(start, min(start + HEAD, at)):
            one = marks[place]
            if one.kind == "helper" or one.is_("adjective", "component"):
                return one
            of = place + 1 < at and marks[place + 1].is_("link", "of")
            if one.kind in {"link", "verb", "stop", "name", "who", "compare", "parent"} and not one.is_("link", "of"):
                break
            if one.figure or (one.kind == "noun" and not of) or one.text in EDGES:
                break
    return None


def _starts(marks: list[Mark], at: int) -> Iterator[int]:
    yield clause_start(marks, at)
    for place in range(at - 1, -1, -1):
        if marks[place].is_("link", "and") and _has_verb(marks[place + 1 : at]):
            yield place + 1


def setting(marks: list[Mark], at: int) -> bool:
    """Whether a length is what somebody sets, serves or tests with, rather than what the model takes."""
    start = clause_start(marks, at)
    clause = _clause(marks, at)
    if any(one.kind in {"service", "setting"} for one in clause):
        return True
    supports = any(one.is_("verb", "supports") or one.kind == "change" for one in clause)
    if not supports and any(one.kind == "phase" for one in (*clause, *marks[:3])):
        return True
    if any(one.kind == "word" and is_benchmark(one.text) for one in marks[start:at]):
        return True
    return _is_told(marks, start, at)


def _clause(marks: list[Mark], at: int) -> list[Mark]:
    """The marks between commas around a figure, as far as an `and` behind which something new is said."""

    def ends(place: int) -> bool:
        one = marks[place]
        return one.text in EDGES or one.opens or one.closes or one.kind == "stop"

    def parts(place: int) -> bool:
        return marks[place].is_("link", "and") and _has_verb(marks[place + 1 : place + 3])

    start = next((place + 1 for place in range(at - 1, -1, -1) if ends(place)), 0)
    end = next((place for place in range(at + 1, len(marks)) if ends(place) or parts(place)), len(marks))
    return marks[start:end]


def _is_told(marks: list[Mark], start: int, at: int) -> bool:
    """Whether the clause tells its reader what to do: `Set the context length to 32K`."""
    heads = [start, *(place + 1 for place in range(start, at) if marks[place].text in {",", "，"})]
    for head in heads:
        for place in range(head, min(head + 3, at)):
            if marks[place].text.lower() in words_of("imperative"):
                return not any(one.kind in {"name", "who"} for one in marks[place + 1 : at])
            if marks[place].text.lower() not in words_of("politeness"):
                break
    return False
