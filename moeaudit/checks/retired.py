"""Ids that rules had once. An id is a contract: suppressions, settings and other programs name it, so a retired one
still explains itself and leads to what took its place."""

from __future__ import annotations

from collections.abc import Mapping

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Retired:
    """A rule that is no more: since which version, what took its place, and why."""

    id: str
    since: str
    replaced_by: tuple[str, ...]
    reason: str


RETIRED: Mapping[str, Retired] = {
    one.id: one
    for one in (
        Retired(
            "weights-second-copy",
            "0.2",
            ("files-second-copy",),
            "files beside the index have a family of rules of their own, and their ids begin alike",
        ),
    )
}
"""By id, as they were retired."""
