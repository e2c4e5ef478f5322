"""Evidence that is at hand as a whole: evidence files, what ships with moeaudit, a lone config.json, a spec file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from moeaudit.errors import NoEvidence, Place
from moeaudit.evidence.model import Depth, Evidence
from moeaudit.evidence.reader import Reader
from moeaudit.later import dataclass

ORDER = tuple(Depth)


def recorded_lacks(evidence: Evidence, depth: Depth) -> NoEvidence:
    return NoEvidence(
        f"the recorded evidence has no {depth}",
        place=Place(evidence.model.id),
        hint="Record it anew with `moeaudit lock --depth headers`, or leave --depth out.",
    )


@dataclass
class HeldReader(Reader):
    """Nothing is left to read: `first` gives everything. Less than that is given where it is asked for."""

    evidence: Evidence
    lacks: Callable[[Evidence, Depth], NoEvidence] = recorded_lacks
    reached: int = -1  # place in ORDER of the deepest that was given

    @property
    def first(self) -> Depth:
        return next((depth for depth in reversed(ORDER) if self._holds(depth)), Depth.CONFIG)

    def has(self, depth: Depth) -> bool:
        """Synthesised headers are no witness, so nothing is gained by going down to them."""
        witness = depth is not Depth.HEADERS or not self.evidence.synthesised
        return witness and self._holds(depth) and ORDER.index(depth) > self.reached

    def read(self, depth: Depth) -> Evidence:
        whole = self.evidence
        if not self._holds(depth) and depth is not self.first and whole.spec is None:
            raise self.lacks(whole, depth)
        self.reached = max(self.reached, ORDER.index(depth))
        if depth is self.first or depth is Depth.HEADERS or whole.spec is not None:
            return whole
        if depth is Depth.INDEX:
            return replace(whole, headers=None, synthesised=None)
        return replace(whole, index=None, headers=None, synthesised=None, beside=(), beside_unread=0, missing_shards=())

    def _holds(self, depth: Depth) -> bool:
        parts = {
            Depth.CONFIG: self.evidence.config or self.evidence.documents,
            Depth.INDEX: self.evidence.index,
            Depth.HEADERS: self.evidence.headers,
        }
        return bool(parts[depth])


def recorded_reader(model: str, revision: str | None) -> HeldReader | None:
    """The recorded evidence of a model; None where there is none of that id and revision."""
    from moeaudit.evidence.recorded import recorded_evidence

    evidence = recorded_evidence(model, revision)
    return None if evidence is None else HeldReader(evidence)
