"""Reading what a repo publishes: the only room that touches the network and the files of others.

`open_reader` takes whatever a user may call a model and returns a `Reader`, which reads an `Evidence` as deep as asked.
The Hub library is imported only when the Hub is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeaudit.evidence.model import Depth, Evidence, Source
from moeaudit.evidence.reader import Reader, open_reader, split_id

if TYPE_CHECKING:
    from moeaudit.evidence.headers import Progress


def open_evidence(
    model: str,
    *,
    depth: Depth | None = None,
    revision: str | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> Evidence:
    """The evidence of `model`, read once: down to `depth`, or without one as little as gives two witnesses."""
    reader = open_reader(model, revision=revision, offline=offline, progress=progress)
    return reader.read(depth or reader.first)


__all__ = ["Depth", "Evidence", "Reader", "Source", "open_evidence", "open_reader", "split_id"]
