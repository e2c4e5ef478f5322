"""Models whose names are of no family that is known, by their shape and their place in a sentence.

A name that begins a clause and has a verb, a colon, brackets with sizes or another script behind it is what the clause
speaks of. It is somebody else's unless something says that it is the card's model.
"""

from __future__ import annotations

import re

from moeaudit.claims.card.fields import PARAMETERS, fits
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.shape import HEAD, Shape, is_no_name, shape_of
from moeaudit.claims.card.subject import Relation, Subject, words_of_names
from moeaudit.later import expression

LONGEST = 4
"""Words of a name."""
MOST_VERSIONS = 100
LEAST = 4
"""Letters of a word that is a name with nothing but a size behind it."""
FRONT = 3
"""Small words that may stand between the beginning of a clause and its name: `The`, `In contrast,`."""
OURS = frozenset({"our", "ours", "we", "this", "unser", "unsere", "notre", "nuestro", "nuestra"})
EDGES = frozenset([",", ";", ":", "，", "；", "：", "、", "。", "(", "（", ".", "|"])
VERB = expression(r"[a-z]{3,}(?:s|ed)")
VERSION = expression(r"[vV]?\d{1,2}(?:\.\d{1,2})?")
_CJK_NAME = expression(
    r"[\u4e00-\u9fff]{2,4}[-\s]?(?:大模型\s?)?(?P<version>\d{1,2}(?:\.\d{1,2})?)?(?=[有拥具的为总激支采是由]|(?<=型)在|参数)"
)


def with_strangers(text: str, marks: list[Mark], subject: Subject) -> list[Mark]:
    """The marks of a sentence with the names of unknown models among them."""
    if not subject.called:
        return marks
    found: list[Mark] = []
    at = 0
    while at < len(marks):
        last = _stranger(text, marks, at, subject)
        if at == 0 and last is None:
            last = _cjk_stranger(text, marks, subject)
        last = _edition(marks, at, subject) if last is None else last
        if last is None:
            found.append(marks[at])
            at += 1
            continue
        start, end = marks[at].start, marks[last].end
        relation = subject.relation(text[start:end])
        relation = Relation.OTHER if relation is Relation.FAMILY else relation
        found.append(Mark("name", "", start, end, text[start:end], relation=relation))
        at = last + 1
    return found


def _stranger(text: str, marks: list[Mark], at: int, subject: Subject) -> int | None:
    """The last mark of the name that begins at a mark; None where no name of an unknown model does."""
    if marks[at].kind != "word" or marks[at].joined:
        return None
    head = HEAD.match(text, marks[at].start)
    word = re.sub(r"['’]s$", "", head.group()) if head else ""
    shape = shape_of(word) if head else Shape.NONE
    if head is not None and _is_sized(marks, at, head.group()) and not subject.is_kin(word):
        return at + 1
    if shape is Shape.NONE or head is None:
        return None
    last = _last(marks, at, head.end())
    name = text[marks[at].start : marks[last].end]
    if is_no_name(name) or subject.is_kin(name) or not _begins(marks, at, last):
        return None
    return last if _speaks(marks, last, shape if last == at else Shape.STRONG) else None


def _edition(marks: list[Mark], at: int, subject: Subject) -> int | None:
    """The last mark of `the Flash model`, where that is no word of this model's names."""
    word = marks[at].text.lower()
    if word not in words_of_names("editions_of_a_family") or at + 1 == len(marks):
        return None
    if any(word in own for own in subject.called):
        return None
    return at + 1 if marks[at + 1].text.lower() in words_of_names("kinds_of_edition") else None


def _is_sized(marks: list[Mark], at: int, word: str) -> bool:
    """Whether a word and the size right behind it are a name: `GENIAC 172B`. What counts something is none."""
    if at + 1 >= len(marks) or marks[at].text != word or len(word) < LEAST or is_no_name(word):
        return False
    size, following = marks[at + 1], marks[at + 2] if at + 2 < len(marks) else None
    if size.figure is None or not fits(PARAMETERS, size.figure) or size.start != marks[at].end + 1:
        return False
    if following is not None and (following.kind in {"adjective", "per"} or following.is_("noun", "parameters")):
        return False
    named = word.isupper() or shape_of(word) is not Shape.NONE
    return named and size.text[-1:] in "BT" and size.text[:1].isdigit()


def _cjk_stranger(text: str, marks: list[Mark], subject: Subject) -> int | None:
    """The last mark of a name in Chinese characters that begins a sentence: unknown ones, and a version or `大模型`."""
    name = _CJK_NAME.match(text)
    if name is None or not (name["version"] or "大模型" in name.group()):
        return None
    last = max(place for place, one in enumerate(marks) if one.start < name.end())
    unknown = all(one.kind in {"word", "figure"} or one.is_("noun", "model") for one in marks[: last + 1])
    if not unknown or marks[last].end != name.end() or subject.is_kin(name.group()):
        return None
    return last


def _last(marks: list[Mark], at: int, end: int) -> int:
    """The last mark of a name: its first word as far as `end`, then words of names, and a version."""
    last = at
    while last + 1 < len(marks) and marks[last + 1].start < end:
        last += 1
    for place in range(last + 1, min(last + LONGEST, len(marks))):
        one = marks[place]
        following = marks[place + 1] if place + 1 < len(marks) else None
        edition = one.text.lower() in words_of_names("editions")
        named = edition or (one.kind == "word" and shape_of(one.text) is not Shape.NONE)
        if not ((one.text[:1].isupper() and named) or _is_version(one, following)):
            break
        last = place
    return last


def _is_version(one: Mark, following: Mark | None) -> bool:
    """Whether a number is a name's version, as what follows says: no noun that it counts."""
    if one.figure is None or one.figure.unit or one.figure.low >= MOST_VERSIONS or not one.text[:1].isdigit():
        return False
    if following is None or following.kind in {"link", "verb", "sign", "name"} or following.joined:
        return True
    return following.kind in {"word", "adjective"} and VERB.fullmatch(following.text) is not None


def _begins(marks: list[Mark], at: int, last: int) -> bool:
    """Whether a clause begins at a name, or brackets stand behind it."""
    before = [one.text.lower() for one in marks[max(0, at - 1) : at]]
    if before and before[0] in OURS:
        return False
    if last + 1 < len(marks) and marks[last + 1].opens:
        return True
    for step in range(1, FRONT + 1):
        if at - step < 0:
            return True
        one = marks[at - step]
        if one.text in EDGES or one.kind in {"stop", "compare", "name"} or one.is_("link", "and"):
            return True
        if not (one.silent or one.text.lower() in {"the", "both", "die", "der", "das", "el", "la", "le"}):
            return False
    return False


def _speaks(marks: list[Mark], last: int, shape: Shape) -> bool:
    """Whether what stands behind a name says something of it."""
    rest = marks[last + 1 : last + 6]
    if marks[last].text.endswith(("'s", "’s")):
        return any(one.figure is not None for one in rest)
    if rest and rest[0].is_("noun", "model"):
        rest = rest[1:]
    if not rest:
        return False
    one, strong = rest[0], shape is Shape.STRONG
    sized = any(each.figure is not None and fits(PARAMETERS, each.figure) for each in rest[1:])
    if one.text in {":", "：", "-", "–", "—", "="}:
        return strong and any(each.figure is not None for each in rest)
    if one.opens:
        return sized
    if one.text in {",", "，"}:
        which = len(rest) > 1 and rest[1].is_("link", "copula", "is")
        return sized or which or (strong and any(each.figure for each in rest[1:4]))
    if one.is_("link", "and") and len(rest) > 1 and rest[1].kind == "name":
        return True
    if one.kind in {"link", "verb"}:
        return not one.is_("link", "and", "of", "from", "to")
    if one.text.lower() in {"'s", "’s"} or one.text in {"'", "’"}:
        return True
    if one.joined:
        return True
    verb = VERB.fullmatch(one.text) is not None
    return verb and (one.kind == "word" or one.is_("adjective", "active", "selected"))


def called_otherwise(text: str, subject: Subject, *, weak: bool = False) -> bool:
    """Whether a heading or a cell is, whole, the name of another model, which no sentence need say. `weak`: any word
    that may be a name is one."""
    words = text.strip(" *#:：.").split()
    if not subject.called or not words or len(words) > LONGEST:
        return False
    shapes = [shape_of(word) if HEAD.fullmatch(word) else None for word in words]
    if shapes[0] in {None, Shape.NONE} or is_no_name(" ".join(words)) or subject.is_kin(" ".join(words)):
        return False
    if not all(_is_of_a_name(word, shape) for word, shape in zip(words[1:], shapes[1:], strict=True)):
        return False
    return weak or shapes[0] is Shape.STRONG or any(VERSION.fullmatch(word) for word in words[1:])


def _is_of_a_name(word: str, shape: Shape | None) -> bool:
    edition = word.lower() in words_of_names("editions") or VERSION.fullmatch(word) is not None
    return edition or shape in {Shape.WEAK, Shape.STRONG}
