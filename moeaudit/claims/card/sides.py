"""A figure's noun on one of its sides: behind it, before it, or carried by a label."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.card.fields import COUNT, PARAMETERS, fits
from moeaudit.claims.card.marks import ARROWS
from moeaudit.claims.card.nouns import LABELLING, Marks, Phrase, after, ahead, before, behind, opening
from moeaudit.claims.card.wholes import is_part, is_whole, leads

UNKNOWN = 4
"""Unknown words that may stand between a figure and the noun behind it."""
JOINED = 12
"""The same in a script without spaces, where one word is one letter: `35B 科学多模态基础模型`."""
BACK = 14
"""Marks between a figure and the noun before it."""
JOINING = LABELLING | ARROWS | frozenset(["=", "-", "–", "~", "≈", "(", "（"])
SIZES = frozenset({"model", "size"})
CLASSES = frozenset({"scale", "model scale", "level", "规模", "規模", "규모"})
LABELS = frozenset({"parameters", "experts", "layers", "context", "training"})
"""Nouns that a figure may follow at once, as a label's value does: `Layers 61`."""
PREDICATES = {"active", "selected", "token", "dense"}
"""What is said of the part in `37B of the 671B parameters are active`, not of the whole; nor of one that a nearer word
calls total: `37B active parameters (total 671B)`."""


def one_word(marks: Marks, at: int) -> Iterator[Phrase]:
    """A total and an active size in one word."""
    if marks[at].sense in {"whole", "active"}:
        yield Phrase("parameters", frozenset({"total" if marks[at].sense == "whole" else "active"}))


def right_noun(marks: Marks, at: int) -> Iterator[Phrase]:
    """The noun stands behind the figure, adjectives between."""
    modifiers: set[str] = set()
    unknown = joined = 0
    of = joins = False
    place = at + 1
    while place < len(marks):
        one = marks[place]
        following = marks[place + 1] if place + 1 < len(marks) else None
        if one.kind == "noun" and one.sense in SIZES and following is not None and following.kind == "noun":
            modifiers |= {"moe"} if one.text.lower() == "moe" else set()
        elif one.kind == "noun":
            if joins and _is_the_nexts(marks, place):
                return
            if _names_a_class(marks, place) or _is_anothers(marks, place):
                yield Phrase("other", frozenset())
            elif (one.sense not in SIZES and not joined) or _is_a_size(marks, at, place - joined):
                yield _behind_it(marks, at, place, modifiers, not unknown)
            return
        elif one.modifier:
            modifiers.add(one.modifier)
        elif one.opens and _closing(marks, place):
            place = _closing(marks, place)  # the same in another form, or a part: `26B (4B active) model`
        elif one.is_("link", "of"):
            of = True
        elif one.figure and of:
            modifiers.add("part")
        elif one.is_("link", "and") and _coordinated(marks, place):
            place = _coordinated(marks, place)
        elif one.kind == "word" and unknown < UNKNOWN and not one.joined:
            unknown += 1
        elif one.kind == "word" and one.joined and joined < JOINED:
            joined += 1
        elif one.is_("link", "and") and following is not None and following.kind in {"adjective", "word"}:
            joins = True
        elif not one.silent:
            return
        place += 1


def _is_the_nexts(marks: Marks, place: int) -> bool:
    """Whether a noun beyond an `and` has a figure of its own: `parameters of 671B and active parameters of 37B`."""
    rest = next((one for one in marks[place + 1 :] if not (one.silent or one.is_("link", "of", "copula"))), None)
    return rest is not None and rest.figure is not None


def _behind_it(marks: Marks, at: int, place: int, between: set[str], sure: bool) -> Phrase:
    """The noun at `place` with the modifiers around it and its figure."""
    modifiers = {*between, *({"part"} if is_part(marks, place) else ())}
    whole = "total" in between or is_whole(marks, at) or leads(marks, at)
    around = before(marks, at) | behind(marks, place)
    return Phrase(marks[place].sense, frozenset(modifiers | (around - PREDICATES if whole else around)), sure)


def _names_a_class(marks: Marks, place: int) -> bool:
    """`at the 10B scale`, `the 100-billion parameter level` name a class of models."""
    if marks[place].text.lower() in CLASSES:
        return True
    after = marks[place + 1] if place + 1 < len(marks) else None
    return after is not None and after.text.lower() in CLASSES and not after.joined


def _is_anothers(marks: Marks, place: int) -> bool:
    """Whether the noun belongs to another model's word: `a 7B-parameter student`."""
    rest = [one for one in marks[place + 1 : place + 4] if not one.silent]
    return bool(rest) and rest[0].is_("who", "other")


def _closing(marks: Marks, place: int) -> int:
    """The end of a bracket that holds a figure and nothing but modifiers of it; 0 where it holds more."""
    figures = 0
    for at in range(place + 1, min(place + 7, len(marks))):
        one = marks[at]
        if one.closes:
            return at if figures == 1 else 0
        figures += one.figure is not None
        if not (one.figure or one.modifier or one.silent or one.is_("link", "copula")):
            return 0
    return 0


def _is_a_size(marks: Marks, at: int, place: int) -> bool:
    """Whether `671B MoE model` gives the size of that model: the noun follows at once."""
    figure = marks[at].figure
    return figure is not None and fits(PARAMETERS, figure) and place - at <= 5


def _coordinated(marks: Marks, place: int) -> int:
    """From the `and` of `256 routed and 1 shared experts` the place before the noun; 0 where none follows."""
    if place + 1 < len(marks) and marks[place + 1].figure:
        for further in range(place + 2, min(place + 5, len(marks))):
            if marks[further].is_("noun", "experts", "layers", "parameters"):
                return further - 1
            if marks[further].kind != "adjective":
                return 0
    return 0


def adjective_behind(marks: Marks, at: int) -> Iterator[Phrase]:
    """The adjective behind a figure stands for its noun."""
    yield from _headless(marks, at, after(marks, at))


def adjective_before(marks: Marks, at: int) -> Iterator[Phrase]:
    """The verb or adjective before a figure stands for its noun."""
    yield from _headless(marks, at, before(marks, at))


def _headless(marks: Marks, at: int, modifiers: set[str]) -> Iterator[Phrase]:
    figure = marks[at].figure
    if figure is None:
        return
    sizing = {"total", "active", "non_embedding", "mtp", "vision"}
    sizing |= {"token"} if figure.unit not in {"", "k", "m", "million"} else set()
    if fits(PARAMETERS, figure) and modifiers & sizing:
        yield Phrase("parameters", frozenset(modifiers))
    elif (
        fits(COUNT, figure)
        and modifiers & {"shared", "routed", "selected", "active", "total", "token"}
        and any(one.is_("noun", "experts") or one.is_("adjective", "moe") for one in marks)
    ):
        yield Phrase("experts", frozenset(modifiers))


def left_noun(marks: Marks, at: int) -> Iterator[Phrase]:
    """The noun stands before the figure, and something links them."""
    figure = marks[at].figure
    between: set[str] = set()
    linked, unknown = figure is not None and bool(figure.bound or figure.about), False
    place = at - 1
    while place >= 0 and at - place < BACK:
        one = marks[place]
        if one.closes:
            place = opening(marks, place)
            inside = marks[place + 1 : at]
            words = inside[: next(at for at, other in enumerate(inside) if other.closes)]
            between |= {one.sense for one in words if one.modifier} if all(one.modifier for one in words) else set()
        elif one.kind == "noun":
            if one.sense in SIZES and place > 0 and marks[place - 1].kind == "noun":
                place -= 1
                continue
            own = after(marks, at)
            if own <= {"token", "layer"}:
                between, own = between | own, set()
            if linked or one.joined or own or _is_labelled(marks, place, at):
                further = ahead(marks, place) - (PREDICATES if "total" in between else set())
                yield Phrase(one.sense, frozenset(own or {*between, *further}), True)
            return
        elif one.modifier:
            between.add(one.modifier)
        elif one.figure:
            # The old value of `from 384 to 16` and `384 → 16`.
            if not any(other.is_("link", "to") or other.text in ARROWS for other in marks[place + 1 : at]):
                return
        elif one.is_("link", "and"):
            return
        elif one.kind == "link" or one.text in JOINING or one.is_("verb", "supports"):
            linked = True
        elif one.kind == "word" and not unknown and not one.joined:
            unknown = True
        elif not one.silent:
            return
        place -= 1


def _is_labelled(marks: Marks, place: int, at: int) -> bool:
    """Whether a noun and its figure are all that a clause says: `Context 128K`, `Total parameters 671B, layers 61`."""
    one, figure = marks[place], marks[at].figure
    if place + 1 != at or one.sense not in LABELS or figure is None:
        return False
    if fits(COUNT, figure) and one.text.isascii() and not one.text.endswith("s"):
        return False  # `Layer 3` is the third one
    begins = next((start for start in range(place - 1, -1, -1) if marks[start].kind != "adjective"), -1)
    ends = marks[at + 1] if at + 1 < len(marks) else None
    return (begins < 0 or marks[begins].text in {",", ";", "·", "•", "-", "*", "|"}) and (
        ends is None or (ends.kind == "sign" and ends.text in {",", ";", ".", "·", "•", "(", "|"})
    )


def carried_noun(marks: Marks, at: int) -> Iterator[Phrase]:
    """A label's noun holds for every figure behind the colon that has an adjective of its own."""
    colon = next((place for place, one in enumerate(marks[:at]) if one.text in {":", "：", "|"}), None)
    noun = next((one for one in reversed(marks[:colon]) if one.kind == "noun"), None) if colon is not None else None
    own = after(marks, at)
    if noun is not None and own:
        yield Phrase(noun.sense, frozenset(own))
