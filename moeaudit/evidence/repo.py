"""What a repo must offer to be read: the Hub, its cache and a folder alike."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Protocol

from moeaudit.errors import NoEvidence, Place
from moeaudit.evidence.headers import Progress
from moeaudit.evidence.model import ModelRef
from moeaudit.text import quoted

CONFIG = "config.json"
QUANTIZATION = "hf_quant_config.json"
CARD = "README.md"

WEIGHTS = re.compile(r".*\.(?:safetensors|bin|pt|pth|gguf)")

Listing = Mapping[str, int | None]
"""Files of a repo with their sizes in bytes, None where unknown."""


class Repo(Protocol):
    """One commit of one repo.

    `partial`: files were fetched as they were asked for, so that one which is not here may be in the repo all the same.
    `pointers`: weight files of which only a note is here, saying that git-lfs has them.
    """

    model: ModelRef
    listing: Listing
    partial: bool
    pointers: Collection[str]

    def holds_weights(self) -> bool:
        """Whether this is the model itself, in which a shard that is not listed is missing, or its small files alone.
        """
        ...

    def read(self, file: str, limit: int) -> bytes:
        """A small file whole; UsageError where it is larger than `limit` bytes."""
        ...

    def read_span(self, file: str, start: int, length: int) -> bytes:
        """Bytes of a large file, fewer where it ends before. Called from several threads."""
        ...

    def origin(self, file: str) -> str:
        """Where a file was had: a URL, or `folder`."""
        ...


def no_config(model: str, listing: Collection[str]) -> NoEvidence:
    gguf = next((file for file in sorted(listing) if file.endswith(".gguf")), None)
    hint = f"{quoted(gguf)} is a converted file: audit the repo it was made from." if gguf else \
        "Give the folder or repo that holds the model itself."
    return NoEvidence("no config.json", place=Place(model), hint=hint)


__all__ = ["CARD", "CONFIG", "QUANTIZATION", "WEIGHTS", "Listing", "Progress", "Repo", "no_config"]
