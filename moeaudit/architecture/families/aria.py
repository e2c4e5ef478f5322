"""Aria, from Rhymes AI (arXiv:2410.05993)."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Embedding, Experts, Linear, Module, Norm, Router, Tensor, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    decoder_layer,
    decoder_model,
    grouped_attention,
    layer_count,
    routed,
    shared_experts,
)
from moeaudit.architecture.model import Architecture, Single, Stack
from moeaudit.vocabulary import Component, Part

EXPERT_NAMES = (("gate_up_proj", "fc1"), ("down_proj", "fc2"))


def aria_text(c: Config) -> Architecture:
    """The language model alone."""
    return decoder_model(c, "Aria", decoder_layers(c), tied=c.flag("tie_word_embeddings", default=False))


def aria(c: Config) -> Architecture:
    """Language model, a SigLIP-like vision tower, and a projector that asks a fixed number of questions of each
    image."""
    text, vision = c.section("text_config", required=True), c.section("vision_config", required=True)
    return decoder_model(
        c,
        "Aria",
        decoder_layers(text),
        text=text,
        prefix="language_model.model",
        head="language_model.lm_head",
        tied=c.flag("tie_word_embeddings", default=False),
        after=(*tower(vision), Single("multi_modal_projector", projector(c, vision, text), part=Part.PROJECTOR)),
    )


def decoder_layers(c: Config) -> tuple[Block, ...]:
    """Fine-grained experts stacked as (experts, inputs, outputs), beside shared ones, in every layer."""
    hidden, width = c.int("hidden_size"), c.int("intermediate_size")
    experts, selected = routed(c)
    sparse = module(
        {
            "router": Router(hidden, experts, selected),
            "experts": Experts(
                hidden, width, experts, selected, layout="stacked", transposed=True, suffix="weight", names=EXPERT_NAMES
            ),
            "shared_experts": shared_block(c, hidden, width),
        }
    )
    return (decoder_layer(hidden, grouped_attention(c), sparse),) * layer_count(c)


def shared_block(c: Config, hidden: int, width: int) -> Block | None:
    """The shared experts. Where there are none, transformers builds them without width: the output bias is left."""
    count, bias = c.int("moe_num_shared_experts", default=2, least=0), c.flag("mlp_bias", default=False)
    if count or not bias:
        return shared_experts(hidden, width, count, bias=bias)
    return Tensor("down_proj.bias", (hidden,), Component.SHARED_EXPERTS)


def tower(c: Config) -> tuple[Single | Stack, ...]:
    """The vision transformer of Idefics3."""
    hidden, heads, patch = (
        c.int("hidden_size", default=1152),
        c.int("num_attention_heads", default=16),
        c.int("patch_size", default=32),
    )
    norm = Norm(hidden, bias=True)
    layer = encoder_layer(
        EncoderAttention(hidden, heads, hidden // heads, names=(("o_proj", "out_proj"),)),
        encoder_mlp(hidden, c.int("intermediate_size", default=3072)),
        norm,
    )
    positions = (c.int("image_size", default=224) // patch) ** 2
    embeddings = module(
        {
            "patch_embedding": Convolution(c.int("num_channels", default=3), hidden, (patch, patch)),
            "position_embedding": Embedding(positions, hidden),
        }
    )
    return (
        Single("vision_tower.embeddings", embeddings, part=Part.VISION),
        Stack(
            "vision_tower.encoder.layers.{}", (layer,) * layer_count(c, default=12), part=Part.VISION, role="encoder"
        ),
        Single("vision_tower.post_layernorm", norm, part=Part.VISION),
    )


def projector(c: Config, vision: Config, text: Config) -> Module:
    """Learned queries, as many as the largest image needs, attend to the patches; then a feed-forward to the text's
    width."""
    width, hidden = vision.int("hidden_size", default=1152), text.int("hidden_size")
    counts = c.section("projector_patch_to_query_dict")
    queries = max((counts.int(name) for name in counts.data), default=256)
    norm = Norm(width, bias=True)
    cross = module(
        {
            "q_proj": Linear(width, width),
            "k_proj": Linear(width, width),
            "v_proj": Linear(width, width),
            "multihead_attn": Module(
                (
                    ("", Tensor("in_proj_weight", (3 * width, width), Component.ATTENTION, linear=True)),
                    ("", Tensor("in_proj_bias", (3 * width,), Component.ATTENTION)),
                    ("out_proj", Linear(width, width, bias=True)),
                )
            ),
            "linear": Linear(width, width, bias=True),
            "layer_norm": norm,
            "layer_norm_kv": norm,
        }
    )
    return module(
        {
            "": Tensor("query", (queries, width), Component.OTHER, note="learned queries"),
            "cross_attn": cross,
            "layer_norm": norm,
            "feed_forward": module({"linear_in": Linear(width, hidden), "linear_out": Linear(hidden, hidden)}),
        }
    )
