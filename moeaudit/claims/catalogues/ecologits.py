"""Ecologits' models: `{"models": [{provider, name, architecture: {type, parameters}, sources}], "aliases": […]}`.

Parameters are in billions: one number or {min, max}; of a mixture of experts {total, active}, each again either. What
carries `model-arch-not-released` is an estimate. Format: https://github.com/genai-impact/ecologits, data/models.json
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
    field_claim,
    hub_ids,
    node_claim,
    number_of,
    plain_list,
    plain_text,
)
from moeaudit.claims.catalogues.shelf import Shelf
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.evidence.yaml_text import Node

SOURCE = catalogue_source("EcoLogits", "https://github.com/genai-impact/ecologits")
OF_THE_HUB = "huggingface_hub"
"""The provider whose names are ids of the Hub."""

ESTIMATED = "model-arch-not-released"


def ecologits(source: JsonText, _shelf: Shelf) -> Iterator[Record | Unread] | None:
    """The records of a list of models with architectures, or None where the file is none."""
    start = list_at(source, "models", ("name", "architecture"))
    return None if start is None else records(source, start, "name", "a model without a name", partial(_record, source))


def _record(source: JsonText, part: Part) -> Record:
    name, provider = plain_text(part.plain, "name"), plain_text(part.plain, "provider")
    sources = [one for one in plain_list(part.plain, "sources") if isinstance(one, str)]
    own = (HubId(name),) if provider == OF_THE_HUB and HUB_ID.fullmatch(name) else hub_ids(sources)
    return Record(
        "EcoLogits",
        name,
        lambda: _claims(source.node(part)),
        Distribution.HOSTED if ESTIMATED in plain_list(part.plain, "warnings") else Distribution.DOWNLOADABLE,
        own if len(own) == 1 else (),
        source.place(part.start),
        url=next((one for one in sources if one.startswith("https://")), ""),
    )


def _claims(entry: Node) -> Iterator[Claim]:
    parameters = child(entry, "architecture", "parameters")
    total = child(parameters, "total")
    yield from _billions("architecture.total_parameters", parameters if total is None else total)
    yield from _billions("architecture.active_parameters", child(parameters, "active"))


def _billions(path: str, node: Node | None) -> Iterator[Claim]:
    if node is None:
        return
    low, high = child(node, "min"), child(node, "max")
    if low is not None and high is not None:
        if number_of(low) is not None and number_of(high) is not None:
            text = f"{low.text}–{high.text}B"
            yield field_claim(path, text, text, low.place, SOURCE)
    elif number_of(node) is not None:
        yield from node_claim(path, node, SOURCE, f"{node.text}B")
