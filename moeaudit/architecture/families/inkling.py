"""Inkling, from Thinking Machines: relative positions, convolutions around every sub-layer, experts routed with the
shared ones."""

from __future__ import annotations

from functools import cache

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Embedding,
    Experts,
    FeedForward,
    Module,
    Norm,
    Router,
    Tensor,
    module,
)
from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.blocks.inkling import CausalConvolution, RelativeLogits, StackedSharedExperts
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.inkling import patch_tower
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.model import Architecture, Single
from moeaudit.architecture.reading import layer_count, layer_words, routed
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Part


@dataclass(frozen=True)
class Words:
    """What the tensors are called: the language model saved alone has transformers' words, the release its own."""

    attention: str = "self_attn"
    before: str = "input_layernorm"
    between: str = "post_attention_layernorm"
    convolution: str = ".conv1d"
    correction: str = "e_score_correction_bias"
    projections: Names = ()
    experts: Names = ()
    shared: Names = ()
    dense: Names = ()
    fused: bool = False


PLAIN = Words()
PROJECTIONS: Names = (
    ("q_proj", "wq_du"),
    ("k_proj", "wk_dv"),
    ("v_proj", "wv_dv"),
    ("o_proj", "wo_ud"),
    ("r_proj", "wr_du"),
    ("gate_proj", "gate_attn"),
)
EXPERTS: Names = (("gate_up_proj", "w13_weight"), ("down_proj", "w2_weight"))
RELEASED = Words(
    "attn",
    "attn_norm",
    "mlp_norm",
    "",
    "bias",
    PROJECTIONS,
    EXPERTS,
    (("gate_up_proj", "shared_w13_weight"), ("down_proj", "shared_w2_weight")),
    (("gate_up_proj", "w13_dn"), ("down_proj", "w2_md")),
    fused=True,
)


def inkling_text(c: Config) -> Architecture:
    """The language model alone."""
    norm = Single("model.embed_tokens.embed_norm", Norm(c.int("hidden_size")))
    return decoder_model(c, "Inkling", decoder_layers(c, PLAIN), before=(norm,))


def inkling_mm_model(c: Config) -> Architecture:
    """The release: language model, a tower that folds patches, a table for quantised sound."""
    text, audio = c.section("text_config", required=True), c.section("audio_config")
    hidden = text.int("hidden_size")
    sounds = Embedding(audio.int("n_mel_bins", default=80) * audio.int("mel_vocab_size", default=256), hidden)
    return decoder_model(
        c,
        "Inkling",
        decoder_layers(text, RELEASED),
        text=text,
        prefix="model.llm",
        table="embed",
        head="model.llm.unembed",
        before=(Single("model.llm.embed_norm", Norm(hidden)),),
        after=(
            *patch_tower(c.section("vision_config"), hidden),
            Single("model.audio", module({"encoder": sounds, "final_norm": Norm(hidden)}), part=Part.AUDIO),
        ),
    )


def decoder_layers(c: Config, words: Words) -> list[Block]:
    """Layers with window and layers without have heads of their own; leading ones may be dense."""
    layers = layer_count(c)
    local = c.layer_numbers(layers, "local_layer_ids", default=[number for number in range(layers) if (number + 1) % 6])
    kinds = layer_words(c, layers, "layer_types", lambda number: "hybrid_sliding" if number in local else "hybrid")
    dense = c.int("dense_mlp_idx", default=0, least=0)
    mlps = layer_words(c, layers, "mlp_layer_types", lambda number: "dense" if number < dense else "sparse")
    hidden, kernel = c.int("hidden_size"), c.int("conv_kernel_size", "sconv_kernel_size", default=4)
    conv, norm = CausalConvolution(hidden, kernel), Norm(hidden)

    @cache
    def layer(kind: str, mlp: str) -> Block:
        return module(
            {
                words.attention: attention(c, words, kernel, sliding=kind == "hybrid_sliding"),
                "mlp": dense_mlp(c, words) if mlp == "dense" else sparse_mlp(c, words),
                words.before: norm,
                words.between: norm,
                f"attn_sconv{words.convolution}": conv,
                f"mlp_sconv{words.convolution}": conv,
            }
        )

    return [layer(kind, mlp) for kind, mlp in zip(kinds, mlps, strict=True)]


def attention(c: Config, words: Words, kernel: int, *, sliding: bool) -> Module:
    """Grouped queries with norms; keys and values pass a short convolution each."""
    hidden = c.int("hidden_size")
    window = c.int("sliding_window_size", "sliding_window", default=512) if sliding else None
    if sliding:
        heads, kv_heads, head_dim = (
            c.int(f"swa_{name}", default=default)
            for name, default in (("num_attention_heads", 64), ("num_key_value_heads", 16), ("head_dim", 128))
        )
    else:
        heads, kv_heads, head_dim = (
            c.int("num_attention_heads"),
            c.int("num_key_value_heads", default=8),
            c.int("head_dim", default=128),
        )
    conv = CausalConvolution(kv_heads * head_dim, kernel)
    extent = window or c.int("rel_extent", default=1024)
    return Module(
        (
            ("", Attention(hidden, heads, kv_heads, head_dim, qk_norm="head", window=window, names=words.projections)),
            ("", RelativeLogits(hidden, heads, c.int("d_rel", default=16), extent, names=words.projections)),
            (f"k_sconv{words.convolution}", conv),
            (f"v_sconv{words.convolution}", conv),
        )
    )


def expert_width(c: Config) -> int:
    """`intermediate_size` is the experts' width where the dense one is given apart as `dense_intermediate_size`."""
    return (
        c.int("intermediate_size") if c.has("dense_intermediate_size") else c.int("moe_intermediate_size", default=3072)
    )


def sparse_mlp(c: Config, words: Words) -> Module:
    """One router scores routed and shared experts alike; a learned scale multiplies what comes out."""
    hidden, width = c.int("hidden_size"), expert_width(c)
    experts, selected = routed(c)
    shared = c.int("n_shared_experts", default=2, least=0)
    router = Router(
        hidden,
        experts,
        selected,
        scoring="sigmoid",
        extra=shared,
        correction_bias=words.correction,
        correction_shape=(experts,),
        correction_dtype="F32",
        scaling=c.number("route_scale", default=8.0),
    )
    parts: dict[str, Block | None] = {
        "gate": Module(
            (("", router), ("", Tensor("global_scale", (1,), Component.ROUTER, note="scale of the experts' sum")))
        ),
        "experts": Experts(hidden, width, experts, selected, layout="stacked", names=words.experts),
        "shared_experts": StackedSharedExperts(hidden, width, shared, fused=words.fused, names=words.shared)
        if shared
        else None,
    }
    return module(parts)


def dense_mlp(c: Config, words: Words) -> Module:
    """A gated feed-forward with a learned scale."""
    width = c.int("dense_intermediate_size", default=lambda: c.int("intermediate_size", default=24576))
    return Module(
        (
            ("", FeedForward(c.int("hidden_size"), width, fused=words.fused, names=words.dense)),
            ("", Tensor("global_scale", (1,), Component.DENSE_FFN, note="scale of the output")),
        )
    )
