"""Recipes of the vLLM project: one YAML file a model, with the variants of its checkpoint and a guide in prose.

`variants.<name>` states a precision and the least memory (`vram_minimum_gb`: decimal gigabytes); one with a `model_id`
of its own is another repository, hence a record of its own. A variant that is served from the same files in another
precision says nothing about them. Format: https://github.com/vllm-project/recipes
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from moeaudit.claims.catalogues.record import (
    HubId,
    Record,
    Unread,
    catalogue_source,
    child,
    field_claim,
    node_claim,
    number_of,
    text_of,
)
from moeaudit.claims.catalogues.shelf import Shelf
from moeaudit.claims.claim import Claim
from moeaudit.evidence.yaml_text import Node

SOURCE = catalogue_source("vLLM recipes", "https://github.com/vllm-project/recipes")
FIELDS_OF_MODEL = {
    "parameter_count": "architecture.total_parameters",
    "active_parameters": "architecture.active_parameters",
    "context_length": "runtime.context_length",
}
PAGE = "https://recipes.vllm.ai/"


def vllm_recipe(root: Node, _shelf: Shelf | None = None) -> Iterator[Record | Unread] | None:
    """The records of one recipe, or None where the file is none."""
    model = child(root, "model", "model_id")
    if model is None or child(root, "model", "parameter_count") is None:
        return None
    return _records(root, model)


def _records(root: Node, model: Node) -> Iterator[Record | Unread]:
    if not isinstance(model.content, str):
        yield Unread(model.place, "model_id is no text")
        return
    guide = child(root, "guide")
    prose = (guide,) if guide is not None and isinstance(guide.content, str) else ()
    yield Record(
        "vllm-recipe",
        model.text,
        partial(_claims, root),
        hub_ids=(HubId(model.text),),
        place=model.place,
        prose=lambda: prose,
        url=PAGE + model.text,
    )
    variants = child(root, "variants")
    for variant in variants.content.values() if variants is not None and isinstance(variants.content, dict) else ():
        named = child(variant, "model_id")
        if text_of(named) and named is not None and named.text != model.text:
            claims = partial(_variant, variant)
            yield Record("vllm-recipe", named.text, claims, hub_ids=(HubId(named.text),), place=named.place)


def _claims(root: Node) -> Iterator[Claim]:
    for key, path in FIELDS_OF_MODEL.items():
        node = child(root, "model", key)
        if node is not None and node.content != 0:  # 0 tokens of context: it does not apply
            yield from node_claim(path, node, SOURCE)
    yield from _variant(child(root, "variants", "default"))


def _variant(variant: Node | None) -> Iterator[Claim]:
    yield from node_claim("runtime.precision", child(variant, "precision"), SOURCE)
    memory = child(variant, "vram_minimum_gb")
    if memory is not None and number_of(memory) is not None:
        amount = f"{memory.text} GB"
        yield field_claim("runtime.memory", amount, amount, memory.place, SOURCE)
