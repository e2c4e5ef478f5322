"""The nearest known name to one that nobody knows: for every "Did you mean".

An odd guess is worth less than none. So the word has few slips for its length, or is a part of the name that is meant
(`mixtral` of `Mixtral-8x7B-v0.1`); and the guess is of the same kind, for the caller gives the names of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

LONGEST = 64
"""Letters beyond which nobody has mistyped a name."""


def nearest(word: str, known: Iterable[str], most: int = 1, *, parts: bool = True) -> list[str]:
    """Names that are probably meant: those with the fewest slips, short ones first; none where none is near. `parts`:
    whether one is near that the word is a part of."""
    wanted = plain(word)
    if not 0 < len(wanted) <= LONGEST:
        return []
    room = slips_allowed(wanted)
    scored = ((_distance(wanted, plain(name), room, parts), at, name) for at, name in enumerate(dict.fromkeys(known)))
    near = [(slips, len(name), at, name) for slips, at, name in scored if slips <= room]
    least = min((slips for slips, *_ in near), default=0)
    return [name for slips, *_, name in sorted(near) if slips == least][:most]


def did_you_mean(word: str, known: Iterable[str], most: int = 1, otherwise: str = "") -> str:
    """The hint of an error: what is probably meant, else `otherwise`, else all there is."""
    names = list(known)
    near = nearest(word, names, most)
    return asked(near) if near else otherwise or f"There are: {', '.join(names)}."


def asked(names: Sequence[str]) -> str:
    """The question."""
    return f"Did you mean {listed(names, 'or')}?"


def listed(names: Sequence[str], word: str = "and") -> str:
    """`a, b and c`."""
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if names[1:] else "".join(names)


def plain(name: str) -> str:
    """A name without what is no slip: capitals, and which sign stands between its parts."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def slips_allowed(word: str) -> int:
    """One in three letters, three at most: `html` has one, `routing` two."""
    return max(1, min(3, (len(word) + 1) // 3))


def _distance(word: str, name: str, room: int, parts: bool) -> int:
    """Slips between both, more than `room` where they are too many; as good as all that are allowed where one is a part
    of the other."""
    counted = slips(word, name) if abs(len(word) - len(name)) <= room else room + 1
    whole = len(word) > 2 and f"-{word}-" in f"-{name}-"
    begins = len(word) > 3 and f"-{word}" in f"-{name}"
    return min(counted, room) if parts and (whole or begins) else counted


def _changed(letter: str, other: str) -> int:
    """Another figure is another thing, V2 and V3: two slips."""
    return 0 if letter == other else 2 if letter.isdigit() and other.isdigit() else 1


def slips(one: str, other: str) -> int:
    """Letters left out, put in, changed, or swapped with the next one (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        two_before, before = before, row
        row = [at]
        for place, sign in enumerate(other, 1):
            best = min(before[place] + 1, row[-1] + 1, before[place - 1] + _changed(letter, sign))
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == sign:
                best = min(best, two_before[place - 2] + 1)
            row.append(best)
    return row[-1]
