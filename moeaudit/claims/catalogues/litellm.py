"""LiteLLM's map of prices: `{"provider/model": {litellm_provider, mode, max_input_tokens, input_cost_per_token, …}}`.

The key names a product; its last two parts may be the id of the weights, which nothing in the record confirms. `source`
is the page that the entry rests on. Format: https://github.com/BerriAI/litellm, model_prices_and_context_window.json
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from moeaudit.claims.catalogues.json_parts import JsonText, Part, unread
from moeaudit.claims.catalogues.record import (
    Record,
    Unread,
    catalogue_source,
    child,
    hub_ids,
    node_claim,
    number_of,
    per_million,
    plain_text,
)
from moeaudit.claims.catalogues.shelf import Shelf
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.evidence.yaml_text import Node

SOURCE = catalogue_source("LiteLLM", "https://github.com/BerriAI/litellm")
SAMPLE = "sample_spec"
"""The entry that explains the fields."""

LOOKED_AT = 8
"""Entries that show whether the file is such a map."""


def litellm(source: JsonText, _shelf: Shelf) -> Iterator[Record | Unread] | None:
    """The records of a map of prices, or None where the file is none."""
    for part in islice(source.top.values(), LOOKED_AT):
        if "litellm_provider" in {inner.key for inner in source.parts(part.start)}:
            return _records(source)
    return None


def _records(source: JsonText) -> Iterator[Record | Unread]:
    seen: set[str] = set()
    for part in source.entries:
        if part.key == SAMPLE:
            continue
        if part.key in seen:
            yield Unread(source.place(part.at), "the key stands twice in the file; the first one was read")
        elif not isinstance(part.plain, dict):
            yield unread(source, part)
        else:
            yield _record(source, part)
        seen.add(part.key)


def _record(source: JsonText, part: Part) -> Record:
    url = plain_text(part.plain, "source")
    return Record(
        "LiteLLM",
        part.key,
        lambda: _claims(source.node(part)),
        Distribution.HOSTED,
        hub_ids((url,), "/".join(part.key.split("/")[-2:])),
        source.place(part.at),
        url=url if url.startswith(("https://", "http://")) else "",
    )


def _claims(entry: Node) -> Iterator[Claim]:
    yield from node_claim("runtime.context_length", child(entry, "max_input_tokens"), SOURCE)
    price = child(entry, "input_cost_per_token")
    dollars = number_of(price)
    if dollars is not None:
        yield from node_claim("runtime.cost_per_million_tokens", price, SOURCE, per_million(dollars))
