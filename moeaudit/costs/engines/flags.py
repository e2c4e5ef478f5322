"""The flags that an engine takes, as its own parser has them: one table per engine over its versions, recorded from its
sources (data/engines/*/flags.tsv, by tools/record/engine_flags.py).

- names: as they are written, the longest first; off: those that say no.
- takes: how many words follow, 0, a number, ? (none or one), + (one or more), * (any).
- kind: switch, whole, human (16k, 2M), number, json, text; choices: the words it is held to, * among them where others
  are taken too.
- since, until: the first and the last recorded version that has it so; empty: from the oldest, to the newest.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from moeaudit.costs.engines.read import number
from moeaudit.later import dataclass

OPEN = "*"
"""Among the choices: other words are taken too."""


@dataclass(frozen=True)
class Flag:
    """One flag of one engine, in the versions from `since` to `until`."""

    names: tuple[str, ...]
    off: tuple[str, ...] = ()
    takes: str = "1"
    kind: str = "text"
    choices: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def name(self) -> str:
        """The name it goes by."""
        return self.names[0]

    @property
    def switch(self) -> bool:
        return self.takes == "0"

    @property
    def closed(self) -> bool:
        """Whether it takes its choices only."""
        return bool(self.choices) and OPEN not in self.choices


@dataclass(frozen=True)
class Table:
    """What one engine takes. `versions`: the recorded ones, oldest first; `version`: the one of `flags`; `past`: those
    of other versions alone, the newest first."""

    engine: str
    versions: tuple[str, ...]
    version: str
    flags: tuple[Flag, ...]
    past: tuple[Flag, ...]

    def named(self) -> dict[str, Flag]:
        """Every name of this version with its flag; a name that says no too."""
        return {name: flag for flag in self.flags for name in (*flag.names, *flag.off)}

    def named_elsewhere(self) -> dict[str, Flag]:
        """The names that only other versions know."""
        found: dict[str, Flag] = {}
        for flag in self.past:
            for name in (*flag.names, *flag.off):
                found.setdefault(name, flag)
        return {name: flag for name, flag in found.items() if name not in self.named()}


@lru_cache(maxsize=16)
def _rows(engine: str) -> tuple[tuple[str, ...], tuple[Flag, ...]]:
    file = files("moeaudit.costs") / "data" / "engines" / engine / "flags.tsv"
    head, _, _, *lines = file.read_text(encoding="utf-8").splitlines()
    versions = tuple(head.partition(": ")[2].split(", "))
    return versions, tuple(_flags(lines))


def _flags(lines: list[str]) -> Iterator[Flag]:
    for line in lines:
        names, off, takes, kind, choices, since, until = line.split("\t")
        yield Flag(tuple(names.split(" ")), tuple(off.split()), takes, kind, tuple(choices.split()), since, until)


def nearest(versions: tuple[str, ...], version: str) -> str:
    """The last one of the same minor release that is no newer, else the first of that release, else the last before it,
    else the oldest."""
    if not version:
        return versions[-1]
    asked = number(version)
    alike = [one for one in versions if number(one)[:2] == asked[:2]]
    older = [one for one in versions if number(one) <= asked]
    below = [one for one in alike if one in older]
    return next((found[at] for found, at in ((below, -1), (alike, 0), (older, -1)) if found), versions[0])


@lru_cache(maxsize=32)
def table(engine: str, version: str = "") -> Table:
    """The flags of an engine at the recorded version nearest to one; the newest, where none is named."""
    versions, rows = _rows(engine)
    place = {name: at for at, name in enumerate(versions)}
    chosen = nearest(versions, version)
    now, past = [], []
    for row in rows:
        first = place[row.since] if row.since else 0
        last = place[row.until] if row.until else len(versions) - 1
        if first <= place[chosen] <= last:
            now.append(row)
        else:
            past.append((last, row))
    past.sort(key=lambda one: -one[0])
    return Table(engine, versions, chosen, tuple(now), tuple(row for _, row in past))
