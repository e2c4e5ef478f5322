"""A folder of a repo, read as a repo of its own: the parts of a pipeline."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from moeaudit.evidence.repo import Listing, Repo

if TYPE_CHECKING:
    from moeaudit.evidence.header_cache import Tables


class SubRepo:
    """The files below `folder`, by their names in it. What is fetched is kept by the repo that it is of."""

    absent: Collection[str] = ()

    def __init__(self, repo: Repo, folder: str) -> None:
        self.repo, self.start, self.model, self.partial = repo, f"{folder}/", repo.model, repo.partial
        self.listing: Listing = {
            file.removeprefix(self.start): size for file, size in repo.listing.items() if file.startswith(self.start)
        }
        self.pointers: Collection[str] = {
            file.removeprefix(self.start) for file in repo.pointers if file.startswith(self.start)
        }

    @property
    def in_flight(self) -> int:
        return self.repo.in_flight

    @property
    def at_first(self) -> int:
        return self.repo.at_first

    @property
    def doubtful(self) -> bool:
        return self.repo.doubtful

    @property
    def tables(self) -> Tables | None:
        return self.repo.tables

    def holds(self, files: Iterable[str]) -> bool:
        return self.repo.holds(self.start + file for file in files)

    def digest(self, file: str) -> str | None:
        return self.repo.digest(self.start + file)

    def keep(self, *, complete: bool) -> None:
        """The whole repo keeps what was read of it."""

    def holds_weights(self) -> bool:
        return self.repo.holds_weights()

    def read(self, file: str, limit: int) -> bytes:
        return self.repo.read(self.start + file, limit)

    def read_span(self, file: str, start: int, length: int) -> bytes:
        return self.repo.read_span(self.start + file, start, length)

    def origin(self, file: str) -> str:
        return self.repo.origin(self.start + file)
