"""A model of the Hub read without the network: the small files of the cache, and tables kept of the large ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from moeaudit.evidence.cache import Storage, cached_folder, is_switched_off
from moeaudit.evidence.folder import Folder
from moeaudit.evidence.formats import format_of
from moeaudit.evidence.header_cache import Tables
from moeaudit.evidence.hub_settings import endpoint
from moeaudit.evidence.listing import Listed
from moeaudit.evidence.repo import CONFIG, DOCUMENTS, Listing, Repo, is_small, not_read_online

DESCRIBING = (CONFIG, *DOCUMENTS)
"""Files of which one says what the model is, in the order of preference."""


class CachedRepo:
    """A commit of which the listing was kept: what the repo holds is known, though not all of it is here.

    What others left in the cache's folder and the listing does not name is no file of the repo.
    """

    partial = False
    pointers: Collection[str] = ()
    in_flight = at_first = 0
    doubtful = False

    def __init__(self, folder: Folder, listed: Mapping[str, Listed], tables: Tables) -> None:
        self.folder, self.files, self.tables, self.model = folder, listed, tables, folder.model
        self.here: Listing = {name: size for name, size in folder.listing.items() if name in listed}
        self.listing: Listing = {
            **{name: file.size for name, file in listed.items() if not is_small(name)},
            **self.here,
        }
        self.absent: Collection[str] = listed.keys() - self.listing.keys()

    def holds(self, files: Iterable[str]) -> bool:
        return self.here.keys() >= set(files)

    def holds_weights(self) -> bool:
        return True

    def digest(self, file: str) -> str | None:
        return self.files[file].digest if file in self.files else None

    def origin(self, file: str) -> str:
        return self.folder.origin(file)

    def keep(self, *, complete: bool) -> None:
        """Nothing new was listed."""

    def read(self, file: str, limit: int) -> bytes:
        return self.folder.read(file, limit)

    def read_span(self, file: str, start: int, length: int) -> bytes:
        if file not in self.here:
            raise not_read_online(self.model.id)
        return self.folder.read_span(file, start, length)


def cached_repo(model: str, revision: str | None) -> Repo | None:
    """What the cache holds of a model at a revision; None where what describes the model is not in it, or it may not
    be read. Without the listing nobody knows whether a repo has no config.json, or whether it was not fetched."""
    folder = None if is_switched_off() else cached_folder(model, revision)
    if folder is None or folder.model.commit is None:
        return None
    tables = Tables.of(Storage(model).own, endpoint().shown)
    listed = tables.listing(folder.model.commit)
    if listed is None:
        return folder if any(file in folder.listing for file in DESCRIBING) else None
    described = next((file for file in DESCRIBING if file in listed), None)
    repo = CachedRepo(folder, listed, tables)
    return repo if (described is None and format_of(listed)) or described in repo.here else None
