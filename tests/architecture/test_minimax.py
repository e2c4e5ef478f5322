"""MiniMax: the list of its release is that of transformers."""

from __future__ import annotations

from tests.architecture.published import read


def test_minimax_reads_the_list_of_its_release_as_that_of_transformers() -> None:
    sizes = {
        "model_type": "minimax",
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "vocab_size": 128,
    }
    words = ["linear_attention", "linear_attention", "full_attention", "linear_attention"]
    assert read(sizes, attn_type_list=[0, 0, 1, 0]) == read(sizes, layer_types=words)
