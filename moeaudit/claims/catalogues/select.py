"""Which catalogue a file belongs to: its form decides, not its name alone."""

from __future__ import annotations

from moeaudit.claims.catalogues.hub import eval_results
from moeaudit.claims.catalogues.models_dev import models_dev
from moeaudit.claims.catalogues.recipes import vllm_recipe
from moeaudit.claims.catalogues.record import Record
from moeaudit.errors import Place, UsageError
from moeaudit.evidence.yaml_text import read_yaml


def read_catalogue(text: str, file: str) -> Record:
    """Read a catalogue record. Raises UsageError where the file is of no known catalogue."""
    if file.endswith(".toml"):
        record = models_dev(text, file)
    else:
        root = read_yaml(text, file)
        record = vllm_recipe(root) or eval_results(root)
    if record is None:
        hint = "Known are vLLM recipes, models.dev files and .eval_results files."
        raise UsageError("not a record of a known catalogue", place=Place(file), hint=hint)
    return record
