"""OpenRouter's list of models: `{"data": [{id, hugging_face_id, context_length, pricing, description, …}]}`.

`hugging_face_id` says which weights are served, `pricing` is in dollars a token, the description is prose. Format:
https://openrouter.ai/docs/models
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from moeaudit.claims.catalogues.json_parts import JsonText, Part, list_at, records
from moeaudit.claims.catalogues.record import (
    HUB_ID,
    HubId,
    Record,
    Unread,
    catalogue_source,
    child,
    hub_ids,
    node_claim,
    number_of,
    per_million,
    plain_text,
    text_of,
)
from moeaudit.claims.catalogues.shelf import Shelf
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.evidence.yaml_text import Node

SOURCE = catalogue_source("OpenRouter", "https://openrouter.ai/models")
PAGE = "https://openrouter.ai/"


def openrouter(source: JsonText, _shelf: Shelf) -> Iterator[Record | Unread] | None:
    """The records of a list of models, or None where the file is none."""
    start = list_at(source, "data", ("id", "context_length"))
    return None if start is None else records(source, start, "id", "a model without an id", partial(_record, source))


def _record(source: JsonText, part: Part) -> Record:
    name, hub = plain_text(part.plain, "id"), plain_text(part.plain, "hugging_face_id")

    def prose() -> Iterator[Node]:
        described = child(source.node(part), "description")
        if text_of(described) and described is not None:
            yield described

    return Record(
        "OpenRouter",
        name,
        lambda: _claims(source.node(part)),
        Distribution.HOSTED,
        (HubId(hub),) if HUB_ID.fullmatch(hub) else hub_ids((), name.partition(":")[0]),
        source.place(part.start),
        prose,
        PAGE + name,
    )


def _claims(entry: Node) -> Iterator[Claim]:
    yield from node_claim("runtime.context_length", child(entry, "context_length"), SOURCE)
    price = child(entry, "pricing", "prompt")
    dollars = number_of(price)
    if dollars is not None and dollars >= 0:  # -1: the price depends on where the router sends it
        yield from node_claim("runtime.cost_per_million_tokens", price, SOURCE, per_million(dollars))
