"""A converted model held against the one it was made from: the same counts by component, what conversion leaves out by
its nature, and what differs otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from moeaudit.architecture.model import Architecture
from moeaudit.architecture.summary import Summary, summarise
from moeaudit.later import dataclass
from moeaudit.ledger.gguf import Converted
from moeaudit.ledger.inspection import Agreement, Inspection
from moeaudit.ledger.ledger import Ledger
from moeaudit.text import visible
from moeaudit.vocabulary import ENCODERS, Component, Part

MODALITIES = frozenset(Component(part.value) for part in ENCODERS)

NOT_CONVERTED = "not converted"
NO_COPIES = "without its copies"
"""Of prediction modules: embedding and head, which the model has anyway."""


@dataclass(frozen=True)
class Row:
    """One component on both sides. `reason`: what of the conversion explains a difference; empty where nothing does."""

    component: Component
    here: int
    origin: int
    reason: str = ""

    @property
    def unexplained(self) -> bool:
        return self.here != self.origin and not self.reason


@dataclass(frozen=True)
class Origin:
    """`model`: the origin's id; `found`: how it is known to be that; `words`: what its counts rest on. `router`: types
    of the routers' weights, here and there. `per_token`: experts of a token, here and there, where both say and the two
    differ."""

    model: str
    found: str
    words: str
    rows: tuple[Row, ...]
    router: tuple[str, str] = ("", "")
    per_token: tuple[str, str] = ("", "")

    @property
    def agrees(self) -> bool:
        return not any(row.unexplained for row in self.rows) and self.per_token[0] == self.per_token[1]

    @property
    def totals(self) -> tuple[int, int]:
        return sum(row.here for row in self.rows), sum(row.origin for row in self.rows)


def held_against(inspection: Inspection, other: Inspection, found: str, words: str) -> Inspection:
    """The inspection of a converted model beside its origin's: with the table of both, and the origin's architecture
    as far as the file holds it, where the counts agree."""
    converted = inspection.converted
    assert converted is not None
    files = [file for file in inspection.evidence.shard_sizes if "mmproj" in file.rpartition("/")[2].casefold()]
    rows = compared(inspection.ledger, other.ledger, files)
    routers, selected = router_types(converted, other), per_token(inspection, other)
    origin = Origin(other.evidence.model.id, found, words, rows, routers, selected)
    held = replace(
        inspection, origin=origin, agreement=Agreement("agree" if origin.agrees else "disagree"), config_ledger=None
    )
    if not origin.agrees or other.architecture is None:
        return held
    architecture = kept_parts(other.architecture, inspection.ledger)
    return replace(held, architecture=architecture, summary=completed(inspection.summary, summarise(architecture)))


def compared(here: Ledger, there: Ledger, encoders: Iterable[str] = ()) -> tuple[Row, ...]:
    """Every component that either side has."""
    ours, theirs = here.components(), there.components()
    return tuple(
        Row(one, ours.get(one, 0), theirs.get(one, 0), _reason(one, ours, theirs, there, list(encoders)))
        for one in Component
        if ours.get(one, 0) or theirs.get(one, 0)
    )


def _reason(
    one: Component, ours: Mapping[Component, int], theirs: Mapping[Component, int], there: Ledger, encoders: list[str]
) -> str:
    """What of the conversion explains that a component differs."""
    here, origin = ours.get(one, 0), theirs.get(one, 0)
    if here == origin:
        return ""
    if one in MODALITIES and not here:
        return f"in {visible(min(encoders), limit=60)}" if encoders else NOT_CONVERTED
    if one is Component.MTP:
        copies = sum(line.elements for line in there.lines if line.component is one and line.duplicate and line.held)
        if not here:
            return NOT_CONVERTED
        if here == origin - copies:
            return NO_COPIES
    return ""


def per_token(inspection: Inspection, other: Inspection) -> tuple[str, str]:
    """Experts of a token here and at the origin, where they differ."""
    said = [one.summary.experts_per_token if one.summary is not None else 0 for one in (inspection, other)]
    if not all(said) or said[0] == said[1]:
        return "", ""
    here, there = (" or ".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in said)
    return here, there


def router_types(converted: Converted, other: Inspection) -> tuple[str, str]:
    """The commonest type of the routers' weights, here and as the origin stores them."""
    stored = converted.stored.get(Component.ROUTER)
    here = max(stored.types, key=lambda dtype: stored.types[dtype], default="") if stored else ""
    weights = other.architecture.weights if other.architecture is not None else ()
    storage = other.account.storage
    there = next((storage.dtype(one) for one in weights if one.component is Component.ROUTER and one.linear), "")
    return here, there


def kept_parts(architecture: Architecture, here: Ledger) -> Architecture:
    """The architecture without the parts that the file does not hold."""
    held = {line.part for line in here.lines} | {Part.LANGUAGE}
    return replace(architecture, pieces=tuple(piece for piece in architecture.pieces if piece.part in held))


def completed(ours: Summary | None, theirs: Summary) -> Summary:
    """What the file's keys do not say, from the origin."""
    if ours is None:
        return theirs
    return replace(
        theirs,
        model_type=ours.model_type,
        context_length=ours.context_length or theirs.context_length,
        tied_embeddings=ours.tied_embeddings,
        mtp_modules=ours.mtp_modules,
    )
