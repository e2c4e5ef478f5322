"""Every name that a card tells: where it stands, whether it is introduced there or only compared with, and how many
figures beside it are what the evidence counts.

Names are found by their shape; which families there are matters only for words that would else be ordinary ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from typing import NamedTuple

from moeaudit.claims.card.beside import any_of, pattern
from moeaudit.claims.card.fields import PARAMETERS, borne_out, fits
from moeaudit.claims.card.lexicon import CJK, words_of
from moeaudit.claims.card.shape import HEAD, Shape, is_no_name, shape_of
from moeaudit.claims.card.subject import NUMBERED, SIZED, Subject, words_of_names
from moeaudit.claims.card.text import Block
from moeaudit.claims.card.whose.titles import LEAD, titles_of
from moeaudit.claims.figures import Figure, find_figures
from moeaudit.claims.verdicts import NOTHING, Values
from moeaudit.later import expression

MOST_BLOCKS, MOST_LETTERS, MOST_ROWS = 20 * LEAD, 2000, 40
FIRST = 2 * LEAD
"""Blocks at the head of a card in which it says what it is about."""
LONGEST = 4
"""Words of a name."""
BEFORE = 60
"""Letters before a name in which it is introduced, or said to be another's."""
BEHIND = 200
"""Letters behind a name in which the figures stand that are said of it."""
TOTAL = 3
SIZES = (("architecture.total_parameters", TOTAL), ("architecture.active_parameters", 1))
"""Sizes by which a model is known, and how much each tells: members of a family often share the active one."""

LINK = expression(
    r"(?:huggingface\.co|hf\.co|modelscope\.(?:cn|com|ai)(?:/models)?)/(?!datasets/|spaces/|papers/|collections/|docs/"
    r"|blog|profile/|organizations?/|models/|join)([\w.-]{1,60}/[\w.-]{2,100})"
)
CODE = expression(
    r"(?:from_pretrained\(\s*|model\w{0,12}\s*[=:]\s*|--model(?:-path|-name)?[ =]|serve "
    r"|repo_id\s*=\s*|download )[\"']?"
    r"([A-Za-z][\w.-]{1,60}/[\w.-]{2,100})"
)
_JOINING = expression(r"\W{0,3}(?:[,、，/&+]|and|or|und|et|y|和|与|及|以及)?\s*(?:the\s)?\W{0,3}")
"""Between the names of a list."""


class Where(Enum):
    """Where a name is told."""

    TITLE = "title"
    FIRST = "first sentences"
    HEADING = "heading"
    TABLE = "table"
    LINK = "link"
    TEXT = "text"


class Tell(NamedTuple):
    """A name as told once. `introduced`: what is presented, or said to be a model. `other`: what the card's model is
    compared with or made from. `counts`: figures beside it that are the evidence's. `pointed`: the card says that it is
    this one. `at`: which sentence of the card tells it."""

    name: str
    where: Where
    introduced: bool = False
    other: bool = False
    counts: int = 0
    pointed: bool = False
    at: int = 0


class Named(NamedTuple):
    """A name in a text."""

    name: str
    start: int
    end: int
    sure: bool
    """Whether its shape alone makes it a name."""


def links_of(text: str) -> list[str]:
    """The repositories that a card links to or loads."""
    return [found.group(1).rstrip(".") for pattern in (LINK, CODE) for found in pattern.finditer(text)]


def tells_of(text: str, parts: Sequence[Block], known: Values = NOTHING) -> list[Tell]:
    """Every name that a card tells, in the order of its places."""
    found = [Tell(title, Where.TITLE) for title in titles_of(parts)]
    found += [Tell(name, Where.LINK) for name in links_of(text)]
    texts = at = 0
    for block in parts[:MOST_BLOCKS]:
        if block.text is None:
            found += _in_table(block, known)
            continue
        news = any(pattern("{section_news}").search(heading) for heading in block.headings)
        texts += block.kind == "text" and bool(block.text.value) and not news
        first = block.kind == "text" and texts <= FIRST and not news
        where = Where.HEADING if block.kind == "heading" else Where.FIRST if first else Where.TEXT
        # `We compare X with others:` over a list.
        others = bool(block.headings) and pattern("{section_others}").search(block.headings[-1]) is not None
        for sentence in block.text.cut(0, MOST_LETTERS).sentences():
            at += 1
            told = (one._replace(at=at) for one in _in_sentence(sentence.value, where, known))
            found += (one._replace(other=True, introduced=False) if others else one for one in told)
    return found


def _in_sentence(text: str, where: Where, known: Values) -> Iterator[Tell]:
    names = list(names_in(text))
    other = introduced = False
    for place, one in enumerate(names):
        last = names[place - 1] if place else None
        listed = last is not None and _JOINING.fullmatch(text, last.end, one.start) is not None
        other = (other and listed) or _is_others(text, one)
        introduced = not other and ((introduced and listed) or _is_introduced(text, one, last))
        if not (one.sure or introduced):
            continue
        limit = names[place + 1].start if place + 1 < len(names) else len(text)
        counts = _counted(text[one.end : min(limit, one.end + BEHIND)], known) if known else 0
        pointed = not other and pattern(r"{points_at}\W{0,4}$").search(text, 0, one.start) is not None
        yield Tell(one.name, where, introduced, other, counts, pointed)


def _is_others(text: str, one: Named) -> bool:
    """Whether a name is what something is compared with or made from: `than X`, `based on the X`, `与 X 相比`."""
    return before_others().search(text, max(0, one.start - BEFORE), one.start) is not None


def _is_introduced(text: str, one: Named, last: Named | None) -> bool:
    """Whether a name is presented, or said to be a model: `We introduce X`, `X (2B) is a new model`, `推出 X`."""
    start = max(0, one.start - BEFORE, last.end if last else 0)
    if _presenting(most=50 if one.sure else 12).search(text, start, one.start):
        return True
    return last is None and one.start < BEFORE and _said_to_be().match(text, one.end) is not None


@cache
def before_others() -> re.Pattern[str]:
    """What stands before a name that the card's model is compared with, or made from."""
    words = sorted(words_of("compare") | words_of("parent"), key=lambda word: (-len(word), word))
    plain = "|".join(
        re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in words if word.isascii()
    )
    joined = "|".join(re.escape(word.rstrip("*")) for word in words if not word.isascii())
    return re.compile(
        rf"(?:(?<![^\W_])(?:{plain})|{joined}|{any_of('before_others')})"
        rf"\s*(?:(?:the|a|an|our|its|previous|earlier|open|dense)\s+){{0,3}}[^\w{CJK}]{{0,4}}$",
        re.IGNORECASE,
    )


def _presenting(*, most: int) -> re.Pattern[str]:
    """What presents a name, with so many letters at most between: fewer where any word may be one."""
    return pattern(rf"{{introduces}}(?![-\w])[^.;。；:：!?]{{0,{most}}}$")


def _said_to_be() -> re.Pattern[str]:
    return pattern(r"\W{0,3}(?:[(（][^()（）]{0,60}[)）])?,?\s*{said_to_be}(?=.{0,160}{model_word})")


def names_in(text: str) -> Iterator[Named]:
    """The names in a text by their shape, in order: known families, names with sizes, words written as names are with
    the versions and editions behind them."""
    known = [Named(one.name, one.start, one.end, True) for one in _anybody().mentions(text)]
    found = list(known)
    for match in _named().finditer(text):
        head = match["head"]
        if any(one.start < match.end() and match.start() < one.end for one in known) or is_no_name(head):
            continue
        shape = shape_of(re.sub(r"['’]s$", "", head))
        if shape is Shape.NONE:
            continue
        name = match.group()
        found.append(Named(name, match.start(), match.end(), shape is Shape.STRONG or _has_version(name, head)))
    found = [one for one in found if text[one.start - 1 : one.start] != "="]  # `revision=step1000`
    return iter(sorted(found, key=lambda one: one.start))


def _has_version(name: str, head: str) -> bool:
    return any(letter.isdigit() for letter in name[len(head) :])


@cache
def _anybody() -> Subject:
    return Subject("")


@cache
def _named() -> re.Pattern[str]:
    editions = "|".join(sorted((re.escape(one) for one in words_of_names("editions")), key=len, reverse=True))
    return re.compile(
        rf"(?<![\w./@-])(?P<head>{HEAD.pattern})(?![/@(=]|\.\w)"
        rf"(?:\s(?:(?i:{SIZED})|{NUMBERED}|(?i:{editions})(?![\w-]))){{0,4}}"
    )


def _counted(text: str, known: Values) -> int:
    """How much the sizes in a text are what the evidence counts."""
    return sum(_worth(figure, known) for figure, _, _ in find_figures(text))


def _worth(figure: Figure, known: Values) -> int:
    if not fits(PARAMETERS, figure):
        return 0
    return next((worth for path, worth in SIZES if borne_out(path, figure, known)), 0)


def _in_table(block: Block, known: Values) -> Iterator[Tell]:
    """The names at the heads of rows and columns, with the figures there that the evidence counts."""
    rows = [[cell.value[:BEFORE] for cell in row] for row in block.rows[:MOST_ROWS]]
    columns = [list(one) for one in zip(*rows, strict=False)]
    for line in (*columns, *rows):
        if line and line[0] and not any(letter.isalpha() for letter in line[0][:1]):
            continue
        head = line[0].split("(")[0].strip(" *") if line else ""
        for one in names_in(head):
            if one.sure:
                counts = sum(_counted(cell, known) for cell in line[1:]) if known else 0
                # A cell that begins with a name is one: `Prairie 2 Hawk (14Bx16E)`.
                whole = one.start == 0 and len(head.split()) <= LONGEST
                yield Tell(head if whole else one.name, Where.TABLE, counts=counts)
