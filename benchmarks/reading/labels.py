"""A folder of cards and its labels: what each card says of its own model, line by line."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

YES, NO, BADGE = "yes", "no", "badge"

KINDS: Mapping[str, tuple[str, ...]] = {
    "headline sizes": (
        "total_parameters",
        "active_parameters",
        "non_embedding_parameters",
        "active_non_embedding_parameters",
        "vision_parameters",
        "audio_parameters",
        "mtp_parameters",
    ),
    "layers and experts": (
        "layers",
        "dense_layers",
        "moe_layers",
        "routed_experts",
        "shared_experts",
        "experts_per_token",
    ),
    "context": ("context_length",),
    "training": ("training_tokens", "gpu_hours", "release_date"),
    "memory, hardware, precision": ("memory", "hardware", "precision"),
    "licence": ("licence", "code_licence"),
}
"""Fields in the groups that figures are given for."""

OTHER = "other fields"


def kind_of(field: str) -> str:
    return next((kind for kind, fields in KINDS.items() if field in fields), OTHER)


class Label(NamedTuple):
    """A value that a card states of its own model. `counts`: `yes`; `no` where it is debatable; `badge` where only an
    image shows it."""

    card: str
    line: int
    field: str
    value: str
    counts: str

    @property
    def is_badge(self) -> bool:
        return BADGE in (self.counts, self.field)


class Labelled(NamedTuple):
    """A card with its labels. `model` is empty where no id is known."""

    id: str
    model: str
    language: str
    text: str
    labels: tuple[Label, ...]


class Cards(NamedTuple):
    """What was asked for. `absent`: cards that have labels or a row in the table, and do not stand in the folder."""

    cards: tuple[Labelled, ...]
    absent: tuple[str, ...]

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(label for card in self.cards for label in card.labels)


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a table with a head, values between tabs, quotes as they are."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_labels(path: Path) -> tuple[Label, ...]:
    return tuple(Label(row["id"], int(row["line"]), row["field"], row["value"], row["counts"]) for row in rows(path))


def read_cards(folder: Path, labels: Path, table: Path | None = None, only: Collection[str] = ()) -> Cards:
    """Every card of the table (`id`, `model`, `language`; without one, every card with labels) that stands in the
    folder as `<id>.md`. `only` leaves the others unopened."""
    said = read_labels(labels)
    known = {row["id"]: row for row in rows(table)} if table is not None else {label.card: {} for label in said}
    found: list[Labelled] = []
    absent: list[str] = []
    for id, row in known.items():
        path = folder / f"{id}.md"
        if only and id not in only:
            continue
        if not path.exists():
            absent.append(id)
            continue
        model = row.get("model", "").strip("-?")
        own = tuple(label for label in said if label.card == id)
        text = path.read_bytes().decode("utf-8", "replace")
        found.append(Labelled(id, model, row.get("language", "") or "unknown", text, own))
    return Cards(tuple(found), tuple(absent))
