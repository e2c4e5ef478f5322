"""Llama 4: Scout and Maverick. One routed expert beside one shared, chunked attention with full layers between.

Sources: the release post (ai.meta.com, April 2025) and the model in transformers; no paper was published.
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Experts,
    FeedForward,
    Router,
    SharedExperts,
    moe,
)
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.llama4 import vision
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, encoder_section, layer_count, layer_words


def llama4(c: Config) -> Architecture:
    """With its vision tower. The language model's own section says whether the head is tied."""
    t, v = c.text(), encoder_section(c, "vision_config")
    return decoder_model(
        c,
        "Llama 4",
        layers_of(t),
        text=t,
        tied=t.flag("tie_word_embeddings", default=False),
        prefix="language_model.model",
        head="language_model.lm_head",
        before=vision(v, t.int("hidden_size")) if v else (),
    )


def llama4_text(c: Config) -> Architecture:
    """The language model alone."""
    return decoder_model(c, "Llama 4", layers_of(c), tied=c.flag("tie_word_embeddings", default=False))


def layers_of(t: Config) -> tuple[Block, ...]:
    """`moe_layers`, else every `interleave_moe_layer_step`-th layer, hold experts; the others a feed-forward of their
    own width."""
    layers, hidden = layer_count(t), t.int("hidden_size")
    step = t.int("interleave_moe_layer_step", default=1)
    places = t.layer_numbers(layers, "moe_layers", default=tuple(range(step - 1, layers, step)))
    sparse, dense = sparse_block(t), FeedForward(hidden, t.int("intermediate_size_mlp", default=16384))
    return tuple(
        decoder_layer(hidden, attention, sparse if number in places else dense, mlp="feed_forward")
        for number, attention in enumerate(attentions(t, layers))
    )


def attentions(t: Config, layers: int) -> tuple[Attention, ...]:
    """Layers with rotary positions see the current chunk, those without see everything. Norms on q and k hold no
    parameters."""
    full, chunk = grouped_attention(t, kv_heads=8, head_dim=128), t.int("attention_chunk_size", default=8192)
    chunked = replace(full, window=chunk, chunked=True)
    interval = t.int("no_rope_layer_interval", "nope_layer_interval", default=4)
    rotary = t.ints("no_rope_layers", default=()) or tuple(
        int((number + 1) % interval != 0) for number in range(layers)
    )
    rotary = t.each_layer(layers, "no_rope_layers", rotary)
    words = layer_words(
        t, layers, "layer_types", lambda number: "chunked_attention" if rotary[number] else "full_attention"
    )
    return tuple(chunked if word == "chunked_attention" else full for word in words)


def sparse_block(t: Config) -> Block:
    """Sigmoid top-1 of stacked experts, and a shared expert of the same width."""
    hidden, width = t.int("hidden_size"), t.int("intermediate_size")
    experts, selected = t.int("num_local_experts", "num_experts", default=16), t.int("num_experts_per_tok", default=1)
    check_selection(t, experts, selected)
    return moe(
        Router(hidden, experts, selected, scoring="sigmoid"),
        Experts(hidden, width, experts, selected, layout="stacked", transposed=True),
        SharedExperts(hidden, width),
        router_name="router",
        shared_name="shared_expert",
    )
