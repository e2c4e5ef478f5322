"""A model in a folder on this machine, the Hub's cache included."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from moeaudit.errors import AuditError, Place, UsageError
from moeaudit.evidence.files import POINTER, behind, boundary_of, read_span, read_whole
from moeaudit.evidence.model import ModelRef
from moeaudit.evidence.repo import CARD, Listing
from moeaudit.evidence.shard_sets import NUMBERED, SINGLE, SUFFIX
from moeaudit.limits import FILES_IN_A_FOLDER, POINTER_BYTES


class Folder:
    """Files below `root`. Links may lead anywhere inside `boundary` and nowhere else."""

    in_flight = at_first = 0
    doubtful = False
    tables = None
    absent: Collection[str] = ()

    def __init__(
        self,
        root: Path,
        model: ModelRef,
        *,
        boundary: Path | None = None,
        partial: bool = False,
        only: Iterable[str] | None = None,
    ) -> None:
        """`only`: the files of it that are looked at, where it is not all."""
        self.root, self.model, self.partial = root, model, partial
        self.boundary = (boundary or boundary_of(root)).resolve()
        self.listing = _listing(root) if only is None else {file: _size(root / file) for file in only}
        self.pointers: Collection[str] = {file for file, size in self.listing.items() if self._is_pointer(file, size)}
        if CARD in self.pointers:  # a card that is not here is no reason to count nothing
            self.listing = {file: size for file, size in self.listing.items() if file != CARD}

    def holds(self, files: Iterable[str]) -> bool:
        return True

    def digest(self, file: str) -> str | None:
        return None

    def keep(self, *, complete: bool) -> None:
        """Nothing is kept of what is at hand anyway."""

    def holds_weights(self) -> bool:
        """A folder with some shards must have all; one with none is a copy of the small files alone."""
        return any(
            file == SINGLE or NUMBERED.fullmatch(file)
            for file in self.listing
            if "/" not in file and file not in self.pointers
        )

    def read(self, file: str, limit: int) -> bytes:
        return read_whole(self._inside(file), limit, name=str(self.root / file))

    def read_span(self, file: str, start: int, length: int) -> bytes:
        return read_span(self._inside(file), start, length, name=str(self.root / file))

    def origin(self, file: str) -> str:
        return "folder"

    def _is_pointer(self, file: str, size: int | None) -> bool:
        if not (file.endswith(SUFFIX) or file == CARD) or size is None or size > POINTER_BYTES:
            return False
        try:
            return self.read_span(file, 0, len(POINTER)) == POINTER
        except AuditError:
            return False  # what is wrong with it is said when it is read

    def _inside(self, file: str) -> Path:
        """The file behind a name, after links, where it is inside the boundary."""
        return behind(self.root / file, self.boundary)


def _listing(root: Path) -> Listing:
    """The files of a folder and of its direct subfolders, hidden and linked ones aside."""
    found: dict[str, int | None] = {}
    for name in _names(root):
        path = root / name
        if path.is_dir() and not path.is_symlink() and not name.startswith("."):
            found.update((f"{name}/{inner}", _size(path / inner)) for inner in _names(path))
        else:
            found[name] = _size(path)
        if len(found) > FILES_IN_A_FOLDER:
            raise UsageError(
                f"the folder holds {FILES_IN_A_FOLDER.words()}",
                place=Place(str(root)),
                hint="Give the folder of one model.",
            )
    return found


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise UsageError(f"the folder cannot be read: {error.strerror}", place=Place(str(folder))) from None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
