"""Cohere: Command models with experts."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Norm, Router, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention, shared_experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed, sparse_layers, windows


def cohere2_moe(c: Config) -> Architecture:
    """Attention and experts side by side behind one norm; three sliding layers, then one that sees everything; tied
    head."""
    hidden, layers, width = c.int("hidden_size"), layer_count(c), c.int("intermediate_size")
    experts, selected = routed(c)
    sparse = moe(
        Router(
            hidden,
            experts,
            selected,
            scoring=c.word("expert_selection_fn", default="softmax"),
            renormalise=c.flag("norm_topk_prob", default=True),
        ),
        Experts(hidden, width, experts, selected),
        shared_experts(hidden, width, c.int("num_shared_experts", default=0, least=0)),
    )
    dense = FeedForward(hidden, c.int("prefix_dense_intermediate_size", default=width))
    attention = grouped_attention(c, head_dim=128)
    first = c.int("first_k_dense_replace", default=0, least=0)

    def slides(number: int) -> bool:
        """Leading dense layers count their own pattern; the others start theirs behind them."""
        if number < first:
            return (number + 1) % c.int("prefix_dense_sliding_window_pattern", default=1) != 0
        return (number - first + 1) % c.int("sliding_window_pattern", default=4) != 0

    def layer(window: int | None, ffn: Block) -> Block:
        return module({"self_attn": replace(attention, window=window), "mlp": ffn, "input_layernorm": Norm(hidden)})

    return decoder_model(
        c,
        "Cohere 2 MoE",
        [
            layer(window, sparse if is_sparse else dense)
            for window, is_sparse in zip(
                windows(c, layers, default=slides, window=4096), sparse_layers(c, layers), strict=True
            )
        ],
        tied=c.flag("tie_word_embeddings", default=True),
    )
