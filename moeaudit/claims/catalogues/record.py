"""What every catalogue adapter gives: the model a record is about, and its claims with positions."""

from __future__ import annotations

from typing import Any

from moeaudit.claims.checklist import EVALUATION_ITEMS, FIELDS
from moeaudit.claims.claim import Claim, Distribution, Origin, Source, SourceKind
from moeaudit.claims.figures import parse_figure
from moeaudit.errors import Place
from moeaudit.evidence.yaml_text import Node
from moeaudit.later import dataclass


@dataclass(frozen=True)
class Record:
    """One record of a catalogue. A catalogue is a secondary source, and its id may name a hosted product."""

    catalogue: str
    model_id: str
    claims: tuple[Claim, ...]
    distribution: Distribution = Distribution.DOWNLOADABLE


def field_claim(path: str, value: Any, text: str, place: Place, source: Source) -> Claim:
    """A claim at a field of the checklist. Text that is not one figure stays text: a rule says that it is no number."""
    field = FIELDS[path]
    spot = Place(place.file, place.line, place.column, path)
    return Claim(
        path, field.item, field.kind, value, spot, Origin.CATALOGUE,
        figure=parse_figure(text) if field.kind else None, source=source, length=len(text),
    )  # fmt: skip


def evaluation_claim(number: int, name: str, node: Node, source: Source | None) -> Claim:
    """One field of an evaluation record."""
    path = f"evaluations[{number}].{name}"
    spot = Place(node.place.file, node.place.line, node.place.column, path)
    return Claim(
        path, EVALUATION_ITEMS[name], None, node.plain(), spot, Origin.CATALOGUE, source=source, length=len(node.text)
    )


def catalogue_source(name: str, url: str) -> Source:
    return Source(name, title=name, url=url, kind=SourceKind.SECONDARY)


def child(node: Node | None, *path: str) -> Node | None:
    """The node under a path of keys, or None."""
    for step in path:
        if node is None or not isinstance(node.content, dict):
            return None
        node = node.content.get(step)
    return node
