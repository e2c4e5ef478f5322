"""Evaluation results as the Hugging Face Hub keeps them: `model-index` in a card's front matter, and
`.eval_results/*.yaml`.

Both are scores that somebody reports; neither says which expert routing, precision or path was evaluated.
Formats: https://huggingface.co/docs/hub/model-cards and https://huggingface.co/docs/hub/eval-results
"""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.catalogues.record import Record, Unread, child, evaluation_claim, items
from moeaudit.claims.catalogues.shelf import Shelf
from moeaudit.claims.claim import Claim, Source, SourceKind
from moeaudit.evidence.yaml_text import Node


def model_index(root: Node) -> Record | None:
    """The results of a card's `model-index`, or None where the front matter has none."""
    index = child(root, "model-index")
    entries = index.content if index is not None and isinstance(index.content, list) else []
    if not entries:
        return None
    name = child(entries[0], "name")
    return Record("model-index", name.text if name else "", lambda: _index_claims(entries))


def _index_claims(entries: list[Node]) -> Iterator[Claim]:
    number = 0
    for entry in entries:
        for result in items(child(entry, "results")):
            name = child(result, "dataset", "name") or child(result, "task", "name")
            source = _source(child(result, "source"), _verified(result))
            for metric in items(child(result, "metrics")):
                value = child(metric, "value")
                if name is not None and value is not None:
                    yield evaluation_claim(number, "name", name, source)
                    yield evaluation_claim(number, "score", value, source)
                    number += 1


def eval_results(root: Node, _shelf: Shelf | None = None) -> Iterator[Record | Unread] | None:
    """The record of an `.eval_results` file, or None where the file is none."""
    entries = [entry for entry in items(root) if child(entry, "dataset", "id") is not None]
    if not entries:
        return None

    def told() -> Iterator[Claim]:
        for number, entry in enumerate(entries):
            yield from _entry(number, entry)

    return iter((Record("eval-results", "", told, place=root.place),))


def _entry(number: int, entry: Node) -> Iterator[Claim]:
    source = _source(child(entry, "source"), child(entry, "verifyToken") is not None)
    for field, node in (
        ("name", child(entry, "dataset", "id")),
        ("score", child(entry, "value")),
        ("mode", child(entry, "notes")),
        ("reporter", child(entry, "source", "org") or child(entry, "source", "user")),
    ):
        if node is not None and node.content is not None:
            yield evaluation_claim(number, field, node, source)


def _source(node: Node | None, verified: bool) -> Source | None:
    """The source of a result: independently reproduced only where the Hub verified the run."""
    url, name = child(node, "url"), child(node, "name")
    if url is None and not verified:
        return None
    address = url.text if url is not None and url.text.startswith(("http://", "https://")) else ""
    kind = SourceKind.REPRODUCED if verified else SourceKind.PROVIDER
    return Source(name.text if name else address or "verified by the Hub", url=address, kind=kind)


def _verified(result: Node) -> bool:
    return any(child(metric, "verifyToken") is not None for metric in items(child(result, "metrics")))
