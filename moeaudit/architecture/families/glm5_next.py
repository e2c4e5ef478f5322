"""GLM-5.3-Flash: Kimi delta attention in three layers of four, pooled sparse MLA in the fourth, hyper-connections
throughout."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Embedding, FeedForward, Head, Module, Norm
from moeaudit.architecture.blocks.indexer import HyperConnection
from moeaudit.architecture.blocks.kimi_delta import KimiDelta
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.glm import glm5_tower
from moeaudit.architecture.families.common import decoder_layer, whole_model
from moeaudit.architecture.families.deepseek import prediction, sparse_latent_attention
from moeaudit.architecture.families.glm import glm_experts, indexer_kinds
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import encoder_section, layer_count, layer_words, sparse_layers
from moeaudit.architecture.weights import Presence


def glm5_next_text(c: Config) -> Architecture:
    """The language model on its own, as transformers saves it: no head."""
    return whole_model(c, "GLM-5.3-Flash", language(c, ""))


def glm5_next(c: Config) -> Architecture:
    """Decoder, head, and a vision tower with q/k norms."""
    t, tied = c.text(), c.flag("tie_word_embeddings", default=False)
    pieces = (
        *language(t, "model.language_model."),
        Single("lm_head", Head(t.int("vocab_size"), t.int("hidden_size"), tied)),
        *glm5_tower(encoder_section(c, "vision_config")),
    )
    return whole_model(c, "GLM-5.3-Flash", pieces, text=t, tied=tied)


def language(t: Config, prefix: str) -> tuple[Piece, ...]:
    """Token table, layers, final norm, prediction modules where the config counts any."""
    hidden, layers = t.int("hidden_size"), layer_count(t)
    delta, sparse, dense = delta_attention(t), glm_experts(t), FeedForward(hidden, t.int("intermediate_size"))
    indexed, unindexed = (sparse_latent_attention(t, heads=32, indexed=kept, pool=16) for kept in (True, False))
    mixers: list[Block] = []
    for word, kind in zip(layer_types(t, layers), indexer_kinds(t), strict=True):
        mixers.append(delta if word == "linear_attention" else indexed if kind == "full" else unindexed)
    placement = sparse_layers(t, layers, first_dense=3)
    return (
        Single(f"{prefix}embed_tokens", Embedding(t.int("vocab_size"), hidden)),
        Stack(
            f"{prefix}layers.{{}}",
            tuple(
                connected(t, mixer, sparse if experts else dense)
                for mixer, experts in zip(mixers, placement, strict=True)
            ),
        ),
        Single(f"{prefix}norm", Norm(hidden)),
        *prediction(t, indexed, sparse, prefix=prefix, copies=Presence.OPTIONAL),
    )


def layer_types(t: Config, layers: int) -> tuple[str, ...]:
    """ "linear_attention", or sparse attention under either of its names; where not listed, every fourth layer is
    sparse."""
    return layer_words(
        t, layers, "layer_types", lambda number: "indexed_attention" if number % 4 == 3 else "linear_attention"
    )


def connected(t: Config, mixer: Block, ffn: Block) -> Module:
    """A decoder layer whose two halves each sit in a hyper-connection."""
    hidden, streams = t.int("hidden_size"), t.int("hc_mult", default=4)
    return Module(
        (
            ("", decoder_layer(hidden, mixer, ffn)),
            *(("", HyperConnection(hidden, streams, name)) for name in ("hc_attn", "hc_ffn")),
        )
    )


def delta_attention(t: Config) -> KimiDelta:
    """Kimi delta attention; its fields may stand in `linear_attn_config` under the names of the Kimi Linear release."""
    nested = t.section("linear_attn_config")
    return KimiDelta(
        t.int("hidden_size"),
        nested.int("num_heads", default=lambda: t.int("linear_num_heads", default=64)),
        nested.int("head_dim", default=lambda: t.int("linear_head_dim", default=128)),
        nested.int("short_conv_kernel_size", default=lambda: t.int("linear_conv_kernel_dim", default=4)),
    )
