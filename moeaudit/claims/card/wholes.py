"""Parts and wholes: `37B of its 671B`, `8 experts out of 128`, `256 experts, of which 8 are selected`, `128选8`."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.card.fields import COUNT, PARAMETERS, fits
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.nouns import LABELLING, Marks, Phrase, after, before

REACH = 9
"""Marks between a part and its whole."""
FAR = 20
"""Marks from a whole that is named first to its part."""
SYMBOLS = {"e": frozenset[str](), "k": frozenset({"selected"})}
"""Letters for the number of experts and for how many of them are chosen, in any language."""


def is_part(marks: Marks, place: int) -> bool:
    """Whether a noun is followed by the whole: `8 experts out of 128`."""
    rest = [one for one in marks[place + 1 : place + 5] if not one.silent]
    if len(rest) < 2 or rest[1].figure is None:
        return False
    return rest[0].is_("link", "of") or _is_chosen_from(marks, marks.index(rest[1], place))


def is_whole(marks: Marks, at: int) -> bool:
    """Whether another figure is a part of this one: `37B of its 671B parameters`."""
    if _is_chosen_from(marks, at):
        return True
    link = _link_before(marks, at)
    if link is None or not marks[link].is_("link", "of"):
        return False
    for place in range(link - 1, max(-1, link - REACH), -1):
        one = marks[place]
        if one.figure:
            return True
        if not (one.silent or one.modifier or one.opens or one.kind == "noun" or one.is_("link", "copula")):
            return False
    return False


def _is_chosen_from(marks: Marks, at: int) -> bool:
    """Whether fewer experts are taken from so many: `8 experts from 256`, and not `16 experts, up from 8`."""
    rest = [one for one in reversed(marks[max(0, at - REACH) : at]) if not one.silent and not one.modifier]
    if len(rest) < 3 or not (rest[0].is_("link", "from") and rest[1].is_("noun", "experts")):
        return False
    few, many = rest[2].figure, marks[at].figure
    return few is not None and many is not None and fits(COUNT, few) and fits(COUNT, many) and few.low < many.low


def leads(marks: Marks, at: int) -> bool:
    """Whether a whole is named before its part: `of 160 experts it fires 6`, `256個のエキスパートのうち8個`."""
    rest = marks[at + 1 : at + FAR]
    if not any(one.figure for one in rest):
        return False
    noun = next((place for place, one in enumerate(rest) if one.kind == "noun"), None)
    if noun is None or any(one.figure for one in rest[:noun]):
        return False
    behind = next((one for one in rest[noun + 1 :] if not one.silent), None)
    if behind is not None and behind.is_("link", "among"):
        return True
    link = _link_before(marks, at)
    return link is not None and (link == 0 or _begins(marks[link - 1])) and not any(one.figure for one in marks[:link])


def _begins(one: Mark) -> bool:
    """Whether a clause begins behind this mark: the `of` is none of `a pool of 128 experts`."""
    return one.kind not in {"word", "noun", "adjective", "name"} or one.joined


def _link_before(marks: Marks, at: int) -> int | None:
    """The `of` that stands before a figure, nothing but articles between."""
    for place in range(at - 1, max(-1, at - 5), -1):
        if marks[place].is_("link", "of"):
            return place
        if not marks[place].silent and marks[place].kind != "who" and not marks[place].is_("adjective", "total"):
            return None
    return None


def whole(marks: Marks, at: int) -> Iterator[Phrase]:
    """What a part is taken of has the part's noun: `8 experts out of 128 are used`."""
    if is_whole(marks, at):
        noun = next((one for one in reversed(marks[max(0, at - REACH) : at]) if one.kind == "noun"), None)
        if noun is not None:
            yield Phrase(noun.sense, frozenset())


def of_which(marks: Marks, at: int) -> Iterator[Phrase]:
    """`of which`, behind a figure or before it, refers to the last noun before."""
    behind = at + 1 < len(marks) and marks[at + 1].is_("link", "of", "which")
    leading = _which_before(marks, at)
    if not behind and not leading:
        return
    noun = next((one for one in reversed(marks[:at]) if one.kind == "noun"), None)
    own = after(marks, at) or (before(marks, at) if leading else set())
    if noun is not None and (own or leading):
        yield Phrase(noun.sense, frozenset(own or {"part"}))


def _which_before(marks: Marks, at: int) -> bool:
    for place in range(at - 1, max(-1, at - REACH), -1):
        one = marks[place]
        if one.is_("link", "which"):
            return True
        if not (one.silent or one.modifier or one.kind in {"link", "verb"} or one.text in {",", "，", "、"}):
            return False
    return False


def part_of_it(marks: Marks, at: int) -> Iterator[Phrase]:
    """A part whose whole was named first has the whole's noun."""
    first = next((place for place in range(at - 1, max(-1, at - FAR), -1) if marks[place].figure), None)
    if first is None or not leads(marks, first):
        return
    noun = next((one for one in marks[first + 1 : at] if one.kind == "noun"), None)
    own = (after(marks, at) | before(marks, at)) & {"shared", "dense", "embedding"}
    if noun is not None:
        yield Phrase(noun.sense, frozenset(own or {"part"}))


def chosen(marks: Marks, at: int) -> Iterator[Phrase]:
    """`128选8`: of so many so many are chosen."""
    for link, sense in ((at + 1, frozenset[str]()), (at - 1, frozenset({"selected"}))):
        inside = 0 < link < len(marks) - 1 and marks[link].is_("link", "choose")
        if inside and marks[link - 1].figure and marks[link + 1].figure:
            yield Phrase("experts", sense, True)


def symbol(marks: Marks, at: int) -> Iterator[Phrase]:
    """`E=128, k=8`, where the sentence speaks of experts or routing."""
    if at < 2 or marks[at - 1].text != "=" or marks[at - 2].text.lower() not in SYMBOLS:
        return
    figure = marks[at].figure
    if figure is not None and fits(COUNT, figure) and any(speaks_of_routing(one) for one in marks):
        yield Phrase("experts", SYMBOLS[marks[at - 2].text.lower()], True)


def speaks_of_routing(one: Mark) -> bool:
    return one.is_("noun", "experts") or one.is_("adjective", "routed", "moe") or one.text.lower() in {"moe"}


def sized(marks: Marks, at: int) -> Iterator[Phrase]:
    """`weighs in at 1T`: the verb says that a size follows."""
    figure = marks[at].figure
    if figure is None or not fits(PARAMETERS, figure) or figure.unit in {"m", "million", ""}:
        return
    for place in range(at - 1, max(-1, at - 4), -1):
        if marks[place].is_("verb", "sized"):
            yield Phrase("parameters", frozenset(after(marks, at)))
            return
        if not marks[place].silent:
            return


def bracketed_size(marks: Marks, at: int) -> Iterator[Phrase]:
    """A name with nothing but a size in the brackets behind it: `Nova-flash (100B)`."""
    figure = marks[at].figure
    if figure is None or not 0 < at < len(marks) - 1 or not (marks[at - 1].opens and marks[at + 1].closes):
        return
    if at > 1 and marks[at - 2].kind == "name" and fits(PARAMETERS, figure) and figure.unit not in {"m", "million", ""}:
        yield Phrase("parameters", frozenset())


def plus(marks: Marks, at: int) -> Iterator[Phrase]:
    """`Experts: 128+1`: routed ones and shared ones behind a label."""
    for here, there, sense in ((at, at + 2, frozenset[str]()), (at, at - 2, frozenset({"shared"}))):
        first, second = sorted((here, there))
        if first < 2 or second >= len(marks) or marks[first + 1].text != "+" or marks[first - 1].text not in LABELLING:
            continue
        many, few = marks[first].figure, marks[second].figure
        if many is None or few is None or not (fits(COUNT, many) and fits(COUNT, few)) or few.low * 2 > many.low:
            continue
        if any(one.is_("noun", "experts") for one in marks[:first]):
            yield Phrase("experts", sense, True)
