"""Recipes of the vLLM project: `model.parameter_count`, `model.active_parameters`, `model.context_length`.

Format: one YAML file a model, https://github.com/vllm-project/recipes/tree/main/models
"""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.catalogues.record import Record, catalogue_source, child, field_claim
from moeaudit.claims.claim import Claim
from moeaudit.evidence.yaml_text import Node, as_written

SOURCE = catalogue_source("vLLM recipes", "https://github.com/vllm-project/recipes")
FIELDS_OF_MODEL = {
    "parameter_count": "architecture.total_parameters",
    "active_parameters": "architecture.active_parameters",
    "context_length": "runtime.context_length",
}


def vllm_recipe(root: Node) -> Record | None:
    """The claims of one recipe, or None where the file is none."""
    model = child(root, "model", "model_id")
    if model is None or child(root, "model", "parameter_count") is None:
        return None
    return Record("vllm-recipe", model.text, tuple(_claims(root)))


def _claims(root: Node) -> Iterator[Claim]:
    for key, path in FIELDS_OF_MODEL.items():
        node = child(root, "model", key)
        if node is not None and node.content is not None:
            yield field_claim(path, as_written(node.plain()), node.text, node.place, SOURCE)
    precision = child(root, "variants", "default", "precision")
    if precision is not None and precision.text:
        yield field_claim("runtime.precision", precision.text, precision.text, precision.place, SOURCE)
