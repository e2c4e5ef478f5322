"""A flag as its engine's parser takes it, and the table of several versions in one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

OPEN = "*"
"""Among the choices: other words are taken too."""


@dataclass(frozen=True)
class Row:
    """`names` as they are written, the longest first; `off`: those that mean no; `takes`: 0, 1, ?, + or *; `kind`:
    switch, whole, human, number, json, text; `choices`: the words it is held to."""

    names: tuple[str, ...]
    off: tuple[str, ...] = ()
    takes: str = "1"
    kind: str = "text"
    choices: tuple[str, ...] = ()

    def cells(self) -> list[str]:
        return [" ".join(self.names), " ".join(sorted(self.off)), self.takes, self.kind, " ".join(self.choices)]


HEADER = ["names", "off", "takes", "kind", "choices", "since", "until"]


def ordered(row: Row) -> Row:
    """The same row whichever name a version puts first."""
    return replace(row, names=tuple(sorted(row.names, key=lambda name: (-len(name), name))))


def merged(tables: Mapping[str, Iterable[Row]]) -> list[list[str]]:
    """The rows of all versions, oldest first, each with the first and the last version that has it so; empty cells for
    the oldest and the newest that are known."""
    versions = list(tables)
    spans: dict[Row, list[list[int]]] = {}
    for number, version in enumerate(versions):
        for row in map(ordered, tables[version]):
            runs = spans.setdefault(row, [])
            if runs and runs[-1][1] == number - 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
    lines = [
        [
            *row.cells(),
            "" if first == 0 else versions[first],
            "" if last == len(versions) - 1 else versions[last],
        ]
        for row, runs in spans.items()
        for first, last in runs
    ]
    return sorted(lines, key=lambda line: (line[0].lstrip("-").lower(), line[5:]))


def written(engine: str, source: str, tables: Mapping[str, Iterable[Row]]) -> str:
    head = [f"# {engine}: {', '.join(tables)}", f"# {source}", "\t".join(HEADER)]
    return "\n".join([*head, *("\t".join(line) for line in merged(tables))]) + "\n"
