"""Names in a row: each with its figure in the same order, `X-Tiny, X-Small and X, with 1B, 3B and 5B parameters
respectively`, or all with one, `X and Y support a context of 128K`."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.subject import Relation


def in_turn(marks: list[Mark]) -> dict[int, Relation]:
    """Whose each figure is where as many names as figures stand in a row and a word such as `respectively` joins them;
    by the figure's place."""
    names = {len(row): row for row in reversed(list(_rows(marks, "name")))}  # of rows as long, the first
    if not names or not (any(_phrase(marks, place) for place in range(len(marks))) or _have_each(marks)):
        return {}
    return {
        at: marks[name].relation or Relation.OTHER
        for row in _rows(marks, "figure")
        if len(row) in names
        for at, name in zip(row, names[len(row)], strict=True)
    }


def _have_each(marks: list[Mark]) -> bool:
    """Whether a row of names and a verb stand before as many figures: `X and Y have 30B and 3B parameters`."""
    row = next(_rows(marks, "name"), [])
    figures = next(_rows(marks, "figure"), [])
    return len(row) == len(figures) > 1 and _is_subject(marks, row[-1]) and all(
        one.kind not in {"name", "who", "stop", "compare"} for one in marks[row[-1] + 1 : figures[0]]
    )  # fmt: skip


def jointly_ours(marks: list[Mark], place: int) -> bool:
    """Whether a name is the last of several that a verb has for its subject, and one of them is the card's model."""
    row = next((row for row in _rows(marks, "name") if row[-1] == place), [])
    return any(marks[at].relation is Relation.SAME for at in row) and _is_subject(marks, place)


def _is_subject(marks: list[Mark], place: int) -> bool:
    """Whether a verb stands right behind a name."""
    rest = [one for one in marks[place + 1 : place + 4] if not one.silent]
    return bool(rest) and (rest[0].kind == "verb" or rest[0].text.lower() in words_of("finite"))


def _phrase(marks: list[Mark], place: int) -> bool:
    """Whether a word that says so begins at a mark; in scripts without spaces it may be of several marks."""
    return any("".join(one.text.lower() for one in marks[place : place + length]) in words_of("inturn")
               for length in range(1, 5))  # fmt: skip


def _rows(marks: list[Mark], kind: str) -> Iterator[list[int]]:
    """The places of two and more marks of a kind with nothing but commas and `and` between."""
    row: list[int] = []
    for place, one in enumerate(marks):
        if one.kind == kind:
            row.append(place)
        elif not (one.text in {",", "，", "、"} or one.is_("link", "and") or one.silent) and row:
            if len(row) > 1:
                yield row
            row = []
    if len(row) > 1:
        yield row
