"""Which of a family's names is the model's: the one that its title means, that is linked most, or that comes first, and
of several sizes the evidence's own, or else the largest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from moeaudit.claims.card.subject import Relation, Subject, is_size, letters, name_tokens
from moeaudit.claims.card.text import Block
from moeaudit.claims.card.whose.cast import fitting
from moeaudit.claims.card.whose.titles import LEAD
from moeaudit.claims.verdicts import Values
from moeaudit.later import expression

_WITH_A_SIZE = expression(r"\d\s?(?:[BT]\b|billion|trillion|亿|億|억)")
_SIZE = expression(r"(?<![a-z0-9.])(\d{1,4}(?:\.\d{1,2})?)([bt])(?![a-z])")
_IN_A_CELL = expression(r"(?<![\w.])(\d{1,4}(?:\.\d{1,3})?)\s?B(?![A-Za-z])")
MOST_TRILLIONS = 5
LONGEST, MOST_ROWS = 60, 40


def chosen_of(
    linked: Sequence[str], titles: Sequence[str], parts: Sequence[Block], known: Values, told: list[str],
    weights: Mapping[tuple[str, ...], float],
) -> str | None:  # fmt: skip
    """Of the repos linked, or else the models named, those that the first title names: the one that adds the least to
    it, and of several sizes the largest. Without a title one of the generation that is told of most; `weights`: how
    much each is."""
    named = possible([name for name in told if len(name) < LONGEST], known)
    for title in titles:
        used = [title] if _is_used(title, parts) else []
        others = [name for name in named if letters(name) != letters(title)]
        near = _near(linked, title) or (
            [name for name in _near(others, title) if set(Subject(title).tokens) < set(words_of_name(name))]
            if _is_a_family(title, parts)
            else [*used, *_near(others, title)]
        )
        if near:
            counts = Counter(near)
            size = _sizes(near, parts)
            return min(near, key=lambda name: (len(core_of(name)), -size[name], -counts[name], near.index(name)))
        if used or not (linked or others):
            return title
    return _most_linked(linked, named, parts, weights) or _most_named(named, parts)


def possible(names: list[str], known: Values) -> list[str]:
    """The names whose sizes the evidence does not contradict; all of them where it contradicts each."""
    fit = [name for name in names if known and all(fitting(name, known))]
    return fit or names


def _near(names: Sequence[str], title: str) -> list[str]:
    """The names that hold every word of a title; where some are spelled as it is, these alone, whole ones first."""
    words = set(Subject(title).tokens)
    near = [name for name in names if words and words <= set(words_of_name(name))]
    whole = [name for name in near if letters(title) == letters(name.rpartition("/")[2])]
    return whole or [name for name in near if letters(title) in letters(name)] or near


def _most_linked(
    linked: Sequence[str], named: Sequence[str], parts: Sequence[Block], weights: Mapping[tuple[str, ...], float]
) -> str | None:
    """The repo of the generation that is told of most; of several sizes of it the largest."""
    if not linked:
        return None
    counts = Counter(linked)
    most = max((generation_of(name) for name in (*linked, *named)), key=lambda one: weights.get(one, 0))
    kin = [one for one in linked if generation_of(one) == most] or [one for one in named if generation_of(one) == most]
    size = _sizes(kin, parts)
    return min(kin, key=lambda name: (-size[name], len(core_of(name)), -_date(name), -counts[name]))


def generation_of(name: str) -> tuple[str, ...]:
    """The words of a name as far as its version: `GLM-5.1` of `GLM-5.1-Air`."""
    words = words_of_name(name)
    version = next((at for at, word in enumerate(words) if _has_number(word)), 0)
    return words[:1] if not words or is_size(words[version]) else words[: version + 1]


def _most_named(named: Sequence[str], parts: Sequence[Block]) -> str:
    """The model that is named first; behind a bare brand, or a family's name, one that has it and says more."""
    first = next(iter(named), "")
    longer = Counter(name for name in named if letters(name).startswith(letters(first)) and _has_number(name))
    if first and not _has_number(first) and longer:
        return max(longer, key=lambda name: (longer[name], len(name)))
    wider = [name for name in named if set(words_of_name(first)) < set(words_of_name(name))]
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


def words_of_name(name: str) -> tuple[str, ...]:
    return name_tokens(name.rpartition("/")[2])


def sizes_in(name: str) -> set[str]:
    return {word for word in words_of_name(name) if is_size(word)}


def core_of(name: str) -> set[str]:
    return {word for word in words_of_name(name) if not is_size(word)}


def _sizes(names: Iterable[str], parts: Sequence[Block]) -> dict[str, float]:
    """The total size in billions that each name states, or else, where none does, that the card's tables, or brackets
    behind it, give it; 0 where there is none. Trillions are of tokens behind a size, and where one of
    several names states more than five."""
    stated = {name: _SIZE.findall(name.lower().replace("_", ".")) for name in names}
    of_tokens = any(unit == "t" and float(one) > MOST_TRILLIONS for found in stated.values() for one, unit in found)
    sizes = {}
    for name, found in stated.items():
        billions = [float(one) for one, unit in found if unit == "b"]
        trillions = [1000 * float(one) for one, unit in found if unit == "t" and not of_tokens]
        sizes[name] = max(billions or trillions, default=0.0)
    if any(sizes.values()):
        return sizes
    return {name: max(_size_in_tables(name, parts), _size_in_brackets(name, parts)) for name in sizes}


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


def _size_in_brackets(name: str, parts: Sequence[Block]) -> float:
    """The size in billions in brackets behind a name in running text: `X-flash (100B)`."""
    behind = re.compile(rf"(?<![\w-]){re.escape(name.rpartition('/')[2])}\s?[(（](\d{{1,4}}(?:\.\d{{1,3}})?)\s?B\b")
    texts = (block.text.value[:2000] for block in parts[: 4 * LEAD] if block.text is not None)
    return max((float(one) for text in texts for one in behind.findall(text)), default=0.0)
