"""Which changes are tried: as many from every room, kinds drawn evenly, by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.mutation import kinds, numbers
from tools.mutation.kinds import Edit

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("evidence", "architecture", "ledger", "costs", "costs/data", "claims", "checks", "reports", "audits", "cli")


@dataclass(frozen=True)
class Mutant:
    """One change of one file, `path` relative to the project."""

    room: str
    path: str
    edit: Edit

    def was(self) -> str:
        return self._source()[self.edit.start : self.edit.end].decode()

    def applied(self) -> bytes:
        source = self._source()
        return source[: self.edit.start] + self.edit.text + source[self.edit.end :]

    def place(self) -> str:
        return f"{self.path.removeprefix('moeaudit/')}:{self.edit.lines[0]}"

    def _source(self) -> bytes:
        return (ROOT / self.path).read_bytes()


def files(room: str) -> Iterator[Path]:
    """The room's code, or the data files of a room of data."""
    folder = ROOT / "moeaudit" / room
    data = room.endswith("/data")
    yield from sorted(folder.rglob("*.yaml" if data else "*.py"))


def mutants(room: str) -> Iterator[Mutant]:
    for path in files(room):
        found = numbers.edits if path.suffix == ".yaml" else kinds.edits
        for edit in found(path.read_bytes()):
            yield Mutant(room, path.relative_to(ROOT).as_posix(), edit)


def sample(seed: int, size: int, rooms: Iterable[str] = ROOMS) -> list[Mutant]:
    """`size` changes, as many from every room (the first rooms one more); within a room a kind is drawn first, then
    one of its places. The same seed and code give the same changes."""
    chosen: list[Mutant] = []
    rooms = tuple(rooms)
    for at, room in enumerate(rooms):
        draw = random.Random(f"{seed} {room}")
        by_kind: dict[str, list[Mutant]] = {}
        for mutant in mutants(room):
            by_kind.setdefault(mutant.edit.kind, []).append(mutant)
        for _ in range(size // len(rooms) + (at < size % len(rooms))):
            kind = draw.choice(sorted(by_kind))
            chosen.append(by_kind[kind].pop(draw.randrange(len(by_kind[kind]))))
            if not by_kind[kind]:
                del by_kind[kind]
    return chosen
