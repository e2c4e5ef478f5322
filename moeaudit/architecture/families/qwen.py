"""Qwen: Qwen1.5-MoE and Qwen2-MoE (arXiv:2407.10671), Qwen3-MoE (arXiv:2505.09388), Qwen3-VL-MoE (arXiv:2511.21631)."""

from __future__ import annotations

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Experts,
    FeedForward,
    Linear,
    Router,
    SharedExperts,
    moe,
)
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.qwen_vision import vision_tower
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, encoder_section, layer_count, layer_words
from moeaudit.vocabulary import Component

EXPERTS = ("num_experts", "num_local_experts")


def qwen2_moe(c: Config) -> Architecture:
    """Softmax-routed experts beside one gated shared expert; biases on q, k and v."""
    layers, hidden = layer_count(c), c.int("hidden_size")
    bias = c.flag("qkv_bias", default=True)
    sliding, depth = c.flag("use_sliding_window", default=False), c.int("max_window_layers", default=28, least=0)
    words = layer_words(
        c,
        layers,
        "layer_types",
        lambda number: "sliding_attention" if sliding and number < depth and number % 2 == 0 else "full_attention",
    )
    window = c.int("sliding_window", default=4096, least=0) or None if sliding else None

    def attention(word: str) -> Attention:
        return grouped_attention(
            c, bias=bias, output_bias=False, kv_heads=16, window=window if word == "sliding_attention" else None
        )

    shared = c.int("shared_expert_intermediate_size", default=5632, least=0)
    sparse = sparse_block(c, experts=60, selected=4, shared=shared) if has_experts(c) else None
    ffns = feed_forwards(c, layers, sparse)
    return decoder_model(
        c,
        "Qwen2-MoE",
        tuple(decoder_layer(hidden, attention(word), ffn) for word, ffn in zip(words, ffns, strict=True)),
        tied=c.flag("tie_word_embeddings", default=False),
    )


def qwen3_moe(c: Config) -> Architecture:
    """Softmax-routed experts, none shared; norms on queries and keys."""
    layers = layer_count(c)
    window = c.maybe_int("sliding_window", least=0) or None if c.flag("use_sliding_window", default=False) else None
    attention = grouped_attention(c, qk_norm="head", kv_heads=4, window=window)
    sparse = sparse_block(c, experts=128, selected=8) if has_experts(c) else None
    return decoder_model(
        c,
        "Qwen3-MoE",
        text_layers(c, attention, feed_forwards(c, layers, sparse)),
        tied=c.flag("tie_word_embeddings", default=False),
    )


def qwen3_vl_moe(c: Config) -> Architecture:
    """Qwen3-MoE with stacked experts behind a vision tower whose inner layers are merged too."""
    t = c.text()
    return decoder_model(
        c,
        "Qwen3-VL-MoE",
        vl_layers(t),
        text=t,
        tied=c.flag("tie_word_embeddings", default=False),
        prefix="model.language_model",
        after=vision_tower(encoder_section(c, "vision_config"), "model.visual", inner="deepstack_merger_list"),
    )


def qwen3_vl_moe_text(c: Config) -> Architecture:
    """The language model of Qwen3-VL-MoE saved alone: no head, names without a level before them."""
    return decoder_model(c, "Qwen3-VL-MoE", vl_layers(c), prefix="", head="")


def vl_layers(t: Config) -> tuple[Block, ...]:
    """Qwen3-VL stores the experts of a layer as one tensor."""
    sparse = sparse_block(t, experts=60, selected=4, layout="stacked", width=1408) if has_experts(t) else None
    return text_layers(t, grouped_attention(t, qk_norm="head", kv_heads=16), feed_forwards(t, layer_count(t), sparse))


def text_layers(t: Config, attention: Block, ffns: tuple[Block, ...]) -> tuple[Block, ...]:
    """Decoder layers that differ in their feed-forward alone."""
    return tuple(decoder_layer(t.int("hidden_size"), attention, ffn) for ffn in ffns)


def feed_forwards(c: Config, layers: int, sparse: Block | None) -> tuple[Block, ...]:
    """Experts in every `decoder_sparse_step`-th layer that `mlp_only_layers` does not name; dense elsewhere, or where
    there are none."""
    step, only = c.int("decoder_sparse_step", default=1), c.layer_numbers(layers, "mlp_only_layers", default=())
    places = [sparse is not None and number not in only and (number + 1) % step == 0 for number in range(layers)]
    dense = None if all(places) else FeedForward(c.int("hidden_size"), c.int("intermediate_size"))
    return tuple(block for block in (sparse if place else dense for place in places) if block is not None)


def has_experts(c: Config) -> bool:
    """`num_experts` of 0 turns every layer dense."""
    return not c.has(*EXPERTS) or c.int(*EXPERTS, least=0) > 0


def sparse_block(
    c: Config,
    *,
    experts: int,
    selected: int,
    shared: int | None = None,
    layout: str = "each",
    width: int | None = None,
    renormalise: bool = False,
) -> Block:
    """A softmax router and its experts; `shared`: width of the gated shared expert (a width of 0 leaves its gate
    alone).

    `experts`, `selected`, `width`: the family's defaults for fields the config omits.
    """
    hidden = c.int("hidden_size")
    count = c.int(*EXPERTS, default=experts)
    used = c.int("num_experts_per_tok", default=selected)
    check_selection(c, count, used)
    inner = c.int("moe_intermediate_size") if width is None else c.int("moe_intermediate_size", default=width)
    router = Router(hidden, count, used, renormalise=c.flag("norm_topk_prob", default=renormalise))
    gate = (("shared_expert_gate", Linear(hidden, 1, component=Component.SHARED_EXPERTS)),)
    return moe(
        router,
        Experts(hidden, inner, count, used, layout=layout),
        SharedExperts(hidden, shared) if shared else None,
        shared_name="shared_expert",
        extra=() if shared is None else gate,
    )
