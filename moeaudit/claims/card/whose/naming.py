"""What a card's model is called, read from the card itself: its title, the repos it links to, the code it shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from moeaudit.claims.card.fields import borne_out
from moeaudit.claims.card.shape import HEAD, Shape, is_company, is_no_name, knows, shape_of
from moeaudit.claims.card.subject import Relation, Subject, is_size, letters, name_tokens
from moeaudit.claims.card.text import Block
from moeaudit.claims.card.whose.cast import Cast, cast, head_of, told
from moeaudit.claims.card.whose.tells import Tell, Where, tells_of
from moeaudit.claims.card.whose.titles import DECORATION, LEAD
from moeaudit.claims.names import name_claims
from moeaudit.claims.verdicts import NOTHING, Values
from moeaudit.later import expression

_WITH_A_SIZE = expression(r"\d\s?(?:[BT]\b|billion|trillion|亿|億|억)")
_SIZE = expression(r"(?<![a-z0-9.])(\d{1,4}(?:\.\d{1,2})?)([bt])(?![a-z])")
_IN_A_CELL = expression(r"(?<![\w.])(\d{1,4}(?:\.\d{1,3})?)\s?B(?![A-Za-z])")
MOST_TRILLIONS = 5
LONGEST, MOST_ROWS = 60, 40

class Called(NamedTuple):
    """A model's name, what else the card calls it, whether the card is about this one alone, names of others, and
    names of rivals that may as well be meant."""

    name: str
    also: tuple[str, ...] = ()
    alone: bool = True
    others: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()

    @property
    def subject(self) -> Subject:
        return Subject(self.name, self.also, self.others, self.rivals)


def called(
    text: str, parts: Sequence[Block], model_id: str | None, also: Sequence[str] = (), known: Values = NOTHING,
    parents: Sequence[str] = (),
) -> Called:  # fmt: skip
    """The names of the card's model, as `own_names` has them, and those that headings beside its own give to others."""
    own = own_names(text, parts, model_id, also, known, parents)
    return own._replace(others=(*own.others, *beside(parts, own.subject)))


def own_names(
    text: str, parts: Sequence[Block], model_id: str | None, also: Sequence[str] = (), known: Values = NOTHING,
    parents: Sequence[str] = (),
) -> Called:  # fmt: skip
    """The names of the card's model. `model_id` is its name where that is known from elsewhere; `also` are guesses, of
    which the card has to bear one out; a size that `known` counts contradict names another model; `parents` are what
    the front matter says that it was made from."""
    tells = tells_of(text, parts, known)
    linked = [one.name for one in tells if one.where is Where.LINK]
    stated = model_id or next((one for one in also if _is_borne_out(one, tells)), None)
    roles = cast(tells, parents, known)
    if stated is not None and told(tells, stated):
        return Called(stated, _family_of(stated, tells), _is_alone(stated, linked))
    chosen, titles = _of_the_cast(roles, tells, parts, known)
    if stated is not None:
        # A name that the card never uses: what it does speak of is the model.
        return Called(stated, tuple(one for one in (chosen, *titles) if one), _is_alone(stated, linked))
    if not chosen:
        return Called("", titles, False, roles.others)
    alone = not roles.rivals and _is_alone(chosen, linked)
    titles = tuple(dict.fromkeys((*titles, *_family_of(chosen, tells))))
    return Called(chosen, titles, alone, rivals=tuple(one for part in roles.rivals for one in part.names))


def _of_the_cast(
    roles: Cast, tells: Sequence[Tell], parts: Sequence[Block], known: Values
) -> tuple[str, tuple[str, ...]]:
    """The name of what the card is about, and its title where that is another."""
    if roles.subject is None:
        return "", ()
    group = _of_the_counted([one for one in tells if head_of(one.name) == roles.subject.head])
    linked = [one.name for one in group if one.where is Where.LINK]
    named = [one.name for one in group if one.where is not Where.LINK and not one.other]
    titles = [one.name for one in group if one.where is Where.TITLE]
    titles = titles or list(dict.fromkeys(one.name for one in group if one.introduced and not one.other))
    chosen = _chosen(_possible(linked, known), titles, parts, known, named) or ""
    means = Subject(chosen)
    own = [one for one in titles if len(titles) == 1 or means.relation(one) is not Relation.OTHER]
    return chosen, tuple(own[:1])


def _of_the_counted(group: list[Tell]) -> list[Tell]:
    """Of several members of a family the one whose figures the evidence counts, where it counts any's; else all."""
    counts: Counter[str] = Counter()
    for one in group:
        counts[one.name] += 0 if one.other else one.counts
    best = next((name for name, count in counts.most_common() if count and not _is_a_family_of(name, counts)), None)
    if best is None:
        return group
    means = Subject(best)
    return [one for one in group if means.relation(one.name) is not Relation.OTHER]


def _is_a_family_of(name: str, others: Iterable[str]) -> bool:
    """Whether one of the others says more than this name does: it is a member of what this one names."""
    return any(Subject(one).relation(name) is Relation.FAMILY for one in others)


def _family_of(name: str, tells: Sequence[Tell]) -> tuple[str, ...]:
    """The family's name, where the card is headed by it or presents it, and tells of no other member."""
    means = Subject(name)
    family = next((one.name for one in tells if not one.other and (one.where is Where.TITLE or one.introduced)
                   and means.relation(one.name) is Relation.FAMILY), "")  # fmt: skip
    core = _core(family)
    if not core or any(core <= set(_words(one.name)) and means.relation(one.name) is Relation.OTHER for one in tells):
        return ()
    return (family,)


def _is_borne_out(guess: str, tells: Sequence[Tell]) -> bool:
    """Whether the card's title or its first sentences tell of a model by this name."""
    subject = Subject(guess)
    early = {Where.TITLE, Where.FIRST, Where.HEADING}
    return bool(subject.tokens) and any(
        one.where in early and not one.other and subject.relation(one.name) is Relation.SAME for one in tells
    )


def _possible(names: list[str], known: Values) -> list[str]:
    """The names whose sizes the evidence does not contradict; all of them where it contradicts each."""
    fit = [name for name in names if known and all(borne_out(one.path, one.figure, known) for one in name_claims(name))]
    return fit or names


def beside(parts: Sequence[Block], subject: Subject) -> tuple[str, ...]:
    """Names of other models in the headings beside one that is, whole, this model's: `1. Our-Model`, `2. Other`."""
    groups: dict[tuple[str, ...], dict[str, None]] = {}
    for above in dict.fromkeys(block.headings for block in parts if block.kind != "heading"):
        for depth in range(len(above)):
            groups.setdefault(above[:depth], {})[above[depth]] = None
    found: list[str] = []
    for headings in groups.values():
        bare = [_last_name(one) for one in headings]
        own = [one and subject.relation(one) is Relation.SAME for one in bare]
        if any(own):
            numbered = {one[:1].isdigit() for one, ours in zip(headings, own, strict=True) if ours}
            found += [
                name for name, heading, ours in zip(bare, headings, own, strict=True)
                if name and not ours and heading[:1].isdigit() in numbered and not subject.is_kin(name)
            ]  # fmt: skip
    return tuple(dict.fromkeys(found))


def _last_name(heading: str) -> str:
    """The name that a heading is, without its number and the company before it; empty where it says more."""
    words = [word for word in (one.strip(DECORATION + "()[],:：") for one in heading.split()) if word]
    words = [word for word in words if any(letter.isalpha() for letter in word)]
    if not words or len(words) > LEAD:
        return ""
    name = words.pop()
    if not all(is_company(word) or word.isupper() or not word.isascii() for word in words):
        return ""
    sure = heading[:1].isdigit() or shape_of(name) is Shape.STRONG
    named = HEAD.fullmatch(name) and not is_no_name(name) and not knows(name)
    return name if sure and named and len(name) > 3 else ""


def _told_of(name: str, parts: Sequence[Block]) -> int:
    """How many blocks with a size in them name a model."""
    subject = Subject(name)
    return sum(
        1
        for block in parts[: 20 * LEAD]
        if block.text is not None
        and _WITH_A_SIZE.search(block.text.value[:2000])
        and any(one.relation is Relation.SAME for one in subject.mentions(block.text.value[:2000]))
    )


def _chosen(
    linked: Sequence[str], titles: Sequence[str], parts: Sequence[Block], known: Values, told: list[str]
) -> str | None:
    """Of the repos linked, or else the models named, those that a title names: the one that adds the least to it, and
    of several sizes the largest. Without a title the repo that is linked most."""
    named = _possible([name for name in told if len(name) < LONGEST], known)
    for title in sorted(titles, key=lambda title: -_told_of(title, parts)) if len(titles) > 1 else titles:
        used = [title] if _is_used(title, parts) else []
        near = _near(linked, title) or (
            [name for name in _near(named, title) if set(Subject(title).tokens) < set(_words(name))]
            if _is_a_family(title, parts)
            else [*used, *_near(named, title)]
        )
        if near:
            counts = Counter(near)
            size = _sizes(near, parts)
            return min(near, key=lambda name: (len(_core(name)), -size[name], -counts[name], near.index(name)))
        if _has_number(title) or not linked:
            return title
    return _most_linked(linked, parts) or _most_named(named, parts)


def _near(names: Sequence[str], title: str) -> list[str]:
    """The names that hold every word of a title; where some are spelled as it is, these alone."""
    words = set(Subject(title).tokens)
    near = [name for name in names if words and words <= set(_words(name))]
    return [name for name in near if letters(title) in letters(name)] or near


def _most_linked(linked: Sequence[str], parts: Sequence[Block]) -> str | None:
    """The repo that is linked most; of several sizes of it the largest."""
    if not linked:
        return None
    counts = Counter(linked)
    head = _words(max(linked, key=lambda name: counts[name]))[:1]
    kin = [name for name in linked if _words(name)[:1] == head]
    size = _sizes(kin, parts)
    return min(kin, key=lambda name: (-size[name], len(_core(name)), -_date(name), -counts[name]))


def _most_named(named: Sequence[str], parts: Sequence[Block]) -> str:
    """The model that is named first; behind a bare brand, or a family's name, one that has it and says more."""
    first = next(iter(named), "")
    longer = Counter(name for name in named if letters(name).startswith(letters(first)) and _has_number(name))
    if first and not _has_number(first) and longer:
        return max(longer, key=lambda name: (longer[name], len(name)))
    wider = [name for name in named if set(_words(first)) < set(_words(name))]
    return wider[0] if wider and _is_a_family(first, parts) else first


def _is_used(title: str, parts: Sequence[Block]) -> bool:
    """Whether the card calls something by its title, whole."""
    whole = re.compile(rf"(?<![\w-]){re.escape(title)}(?![\w-]|\.\d)")
    return any(
        block.kind == "text" and block.text is not None and whole.search(block.text.value[:2000])
        for block in parts[: 20 * LEAD]
    )


def _is_a_family(title: str, parts: Sequence[Block]) -> bool:
    """Whether the card speaks of several models by the title's name."""
    family = re.compile(rf"{re.escape(title)}\W{{0,3}}(?:collection|series|family|models|herd|系列)", re.IGNORECASE)
    return any(family.search(block.text.value[:2000]) for block in parts[: 4 * LEAD] if block.text is not None)


def _has_number(name: str) -> bool:
    return any(character.isdigit() for character in name)


def _words(name: str) -> tuple[str, ...]:
    return name_tokens(name.rpartition("/")[2])


def _core(name: str) -> set[str]:
    return {word for word in _words(name) if not is_size(word)}


def _sizes(names: Iterable[str], parts: Sequence[Block]) -> dict[str, float]:
    """The total size in billions that each name states, or else, where none does, that the card's tables give it; 0
    where there is none. Trillions are of tokens behind a size, and where one of several names states more than five."""
    stated = {name: _SIZE.findall(name.lower().replace("_", ".")) for name in names}
    of_tokens = any(unit == "t" and float(one) > MOST_TRILLIONS for found in stated.values() for one, unit in found)
    sizes = {}
    for name, found in stated.items():
        billions = [float(one) for one, unit in found if unit == "b"]
        trillions = [1000 * float(one) for one, unit in found if unit == "t" and not of_tokens]
        sizes[name] = max(billions or trillions, default=0.0)
    return sizes if any(sizes.values()) else {name: _size_in_tables(name, parts) for name in sizes}


def _date(name: str) -> int:
    """The date at the end of a name, such as `2507`: of two editions a card of the later one tells of both."""
    found = re.search(r"-(\d{4,8})(?:-|$)", name)
    return int(found[1]) if found else 0


def _size_in_tables(name: str, parts: Sequence[Block]) -> float:
    """The largest size in billions of a table's row or column that a name heads."""
    subject, found = Subject(name), [0.0]
    for block in parts:
        rows = [[cell.value for cell in row] for row in block.rows[:MOST_ROWS]]
        columns = [list(column) for column in zip(*rows, strict=False)]
        for line in (*rows, *columns):
            if len(line[0]) < LONGEST and subject.relation(line[0]) is Relation.SAME:
                found += [float(one) for cell in line[1:] for one in _IN_A_CELL.findall(cell)]
    return max(found)


def _is_alone(name: str, linked: Iterable[str]) -> bool:
    """Whether no other size of the same model is linked."""
    own = _words(name)
    return all(words == own for one in linked if (words := _words(one))[:1] == own[:1])
