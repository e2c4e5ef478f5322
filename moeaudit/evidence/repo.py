"""What a repo must offer to be read: the Hub, its cache and a folder alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from moeaudit.errors import NoEvidence, Place
from moeaudit.evidence.headers import Progress
from moeaudit.evidence.model import ModelRef
from moeaudit.evidence.weight_index import FORMATS
from moeaudit.later import expression

if TYPE_CHECKING:
    from moeaudit.evidence.header_cache import Tables

CONFIG = "config.json"
QUANTIZATION = "hf_quant_config.json"
CARD = "README.md"

PARAMS = "params.json"
ADAPTER = "adapter_config.json"
PIPELINE = "model_index.json"
DOCUMENTS = (PARAMS, ADAPTER, PIPELINE)
"""What describes a model in other words than config.json."""

SMALL = frozenset({CONFIG, QUANTIZATION, CARD, *DOCUMENTS, *FORMATS})
"""Names of files that are read whole, wherever in the repo they stand."""

WEIGHTS = expression(r".*\.(?:safetensors|bin|pt|pth|gguf)")

Listing = Mapping[str, int | None]
"""Files of a repo with their sizes in bytes, None where unknown."""


class Repo(Protocol):
    """One commit of one repo.

    `partial`: files were fetched as they were asked for, so that one which is not here may be in the repo all the same.
    `pointers`: weight files of which only a note is here, saying that git-lfs has them. `absent`: small files that the
    commit has and nobody fetched.
    `in_flight`: how many readings are worth having on their way together; 0 where none is a question to a server.
    `at_first`: how many while each is answered at once.
    `doubtful`: the files may well be refused, so one is asked for before many. `tables`: where tables are kept.
    """

    model: ModelRef
    listing: Listing
    partial: bool
    pointers: Collection[str]
    absent: Collection[str]

    @property
    def in_flight(self) -> int: ...

    @property
    def at_first(self) -> int: ...

    @property
    def doubtful(self) -> bool: ...

    @property
    def tables(self) -> Tables | None: ...

    def holds(self, files: Iterable[str]) -> bool:
        """Whether spans of all these files can be had, as far as is known without asking."""
        ...

    def digest(self, file: str) -> str | None:
        """What a file goes by: sha256 of a large one, git's blob id of a small one; None where nothing says."""
        ...

    def keep(self, *, complete: bool) -> None:
        """Keep for readings without the network what was had over it. `complete`: all that was asked for."""
        ...

    def holds_weights(self) -> bool:
        """Whether this is the model itself, whose unlisted shards are missing, or its small files alone."""
        ...

    def read(self, file: str, limit: int) -> bytes:
        """A small file whole; UsageError where it is larger than `limit` bytes. Called from several threads."""
        ...

    def read_span(self, file: str, start: int, length: int) -> bytes:
        """Bytes of a large file, fewer where it ends before. Called from several threads."""
        ...

    def origin(self, file: str) -> str:
        """Where a file was had: a URL, or `folder`."""
        ...


def is_small(file: str) -> bool:
    """Whether a file of a repo is read whole."""
    return file.rpartition("/")[2] in SMALL


def not_read_online(model: str) -> NoEvidence:
    return NoEvidence(
        "the headers were not read while online",
        place=Place(model),
        hint="Run it once online with --depth headers.",
    )


__all__ = [
    "ADAPTER",
    "CARD",
    "CONFIG",
    "DOCUMENTS",
    "PARAMS",
    "PIPELINE",
    "QUANTIZATION",
    "SMALL",
    "WEIGHTS",
    "Listing",
    "Progress",
    "Repo",
    "is_small",
    "not_read_online",
]
