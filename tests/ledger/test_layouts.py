"""One model, its experts numbered, stacked or transposed: one count, and no disagreement."""

from __future__ import annotations

import pytest
from moeaudit.ledger.layouts import other_layout

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.evidence.model import Evidence, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.packing.storage import Storage
from moeaudit.vocabulary import Component

SMALL = {
    "model_type": "qwen3_moe",
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "moe_intermediate_size": 32,
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 128,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}


def stored(layout: str) -> TensorTable:
    """The checkpoint's headers with its experts laid out so."""
    storage, groups = Storage.of(SMALL), []
    for weight in describe(Config(SMALL)).weights:
        if weight.component is not Component.ROUTED_EXPERTS or layout == "numbered":
            groups += [tensor.group for tensor in storage.stored(weight)]
        elif ".up_proj" not in weight.name:
            (stack,) = other_layout(weight)
            shape = (stack.shape[0], stack.shape[2], stack.shape[1]) if layout == "transposed" else stack.shape
            groups.append(TensorGroup(stack.name, stack.index, "BF16", shape))
    return TensorTable(tuple(groups))


@pytest.mark.parametrize("depth", ["headers", "index"])
@pytest.mark.parametrize("layout", ["numbered", "stacked", "transposed"])
def test_every_layout_agrees_and_counts_alike(layout: str, depth: str) -> None:
    table, config = stored(layout), JsonFile("config.json", SMALL)
    model = ModelRef("org/model", Source.FOLDER)
    evidence = (
        Evidence(model, config, headers=table)
        if depth == "headers"
        else Evidence(
            model, config, index=Index("model.safetensors.index.json", table.names_only(), total_size=table.bytes)
        )
    )
    seen, derived = inspect_evidence(evidence), inspect_evidence(Evidence(model, config))
    assert seen.agreement.verdict == "agree"
    assert seen.denominators == derived.denominators
    assert seen.by_words == 0
