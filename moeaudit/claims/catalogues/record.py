"""What every catalogue reader gives: the models that a file is about, their claims with positions, and what it could
not read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from moeaudit.claims.checklist import EVALUATION_ITEMS, FIELDS
from moeaudit.claims.claim import Claim, Distribution, Origin, Source, SourceKind
from moeaudit.claims.figures import parse_figure
from moeaudit.errors import Place
from moeaudit.evidence.yaml_text import Node
from moeaudit.later import dataclass, expression

HUB_ADDRESS = expression(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]{1,96}/[\w.-]{1,96})/?(?:[?#].*|tree/.*)?"
)
HUB_ID = expression(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
NOT_MODELS = ("datasets/", "spaces/", "docs/", "blog/", "papers/", "collections/")


@dataclass(frozen=True)
class HubId:
    """The repository that a record speaks of. Not `stated`: the record's own name, which may be a product's."""

    id: str
    stated: bool = True


@dataclass(frozen=True)
class Record:
    """One record of a catalogue. A catalogue is a secondary source, and its id may name a hosted product.

    `told` reads its claims: most records have no evidence, and are never asked. `hub_ids`: where its weights are, the
    surest first. `prose`: running text about the model, for the card reader. `url`: the record's own page or source,
    where it names one.
    """

    catalogue: str
    model_id: str
    told: Callable[[], Iterable[Claim]]
    distribution: Distribution = Distribution.DOWNLOADABLE
    hub_ids: tuple[HubId, ...] = ()
    place: Place | None = None
    prose: Callable[[], Iterable[Node]] = tuple
    url: str = ""

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        return tuple(self.told())


@dataclass(frozen=True)
class Unread:
    """A record, or a file, that could not be read: where, and why. The others are read on."""

    place: Place
    reason: str


def field_claim(path: str, value: Any, text: str, place: Place, source: Source) -> Claim:
    """A claim at a field of the checklist. Text that is not one figure stays text: a rule says that it is no number."""
    field = FIELDS[path]
    spot = Place(place.file, place.line, place.column, path)
    return Claim(
        path, field.item, field.kind, value, spot, Origin.CATALOGUE,
        figure=parse_figure(text) if field.kind else None, source=source, length=len(text),
    )  # fmt: skip


def node_claim(path: str, node: Node | None, source: Source, text: str = "") -> tuple[Claim, ...]:
    """The claim that a value states, if it is there and is one value. `text`: how it reads as a figure, where the
    catalogue's unit is not written."""
    if node is None or node.content is None or isinstance(node.content, list | dict | bool):
        return ()
    if isinstance(node.content, str) and not node.content.strip():
        return ()
    return (field_claim(path, node.plain(), text or node.text, node.place, source),)


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


def items(node: Node | None) -> list[Node]:
    """The nodes of a list; nothing where there is none."""
    return node.content if node is not None and isinstance(node.content, list) else []


def text_of(node: Node | None) -> str:
    """The text that stands there, or an empty one."""
    return node.content if node is not None and isinstance(node.content, str) else ""


def number_of(node: Node | None) -> float | None:
    """The finite number that stands there, or None. JSON's and TOML's prices are numbers, or numbers in quotes."""
    content = node.content if node is not None else None
    if isinstance(content, bool) or content is None or isinstance(content, list | dict):
        return None
    try:
        number = float(content)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e30 else None


def hub_id(text: str) -> str | None:
    """The model's id in an address of the Hub; None for other addresses."""
    found = HUB_ADDRESS.fullmatch(text.strip())
    return found[1] if found and not found[1].lower().startswith(NOT_MODELS) else None


def hub_ids(addresses: Iterable[str], *named: str) -> tuple[HubId, ...]:
    """The ids in the addresses that a record gives, then the names it bears that have the form of an id."""
    found = dict.fromkeys(id for address in addresses if (id := hub_id(address)))
    assumed = dict.fromkeys(name for name in named if HUB_ID.fullmatch(name) and name not in found)
    return (*(HubId(id) for id in found), *(HubId(name, stated=False) for name in assumed))


def per_million(price: float) -> str:
    """A price per token as one per million tokens, without the noise of binary fractions."""
    return f"{price * 1e6:.6g}"


def plain_text(entry: Any, *path: str) -> str:
    """The text under a path of keys in plain data, or an empty one."""
    for step in path:
        entry = entry.get(step) if isinstance(entry, Mapping) else None
    return entry if isinstance(entry, str) else ""


def plain_list(entry: Any, key: str) -> list[Any]:
    """The list under a key of plain data; an empty one where there is none."""
    found = entry.get(key) if isinstance(entry, Mapping) else None
    return found if isinstance(found, list) else []
