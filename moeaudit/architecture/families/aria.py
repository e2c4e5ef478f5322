"""Aria, from Rhymes AI (arXiv:2410.05993)."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, Router, Tensor, module
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.aria import encoder
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention, shared_experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import encoder_section, head_size, layer_count, routed
from moeaudit.vocabulary import Component

EXPERT_NAMES = (("gate_up_proj", "fc1"), ("down_proj", "fc2"))


def aria_text(c: Config) -> Architecture:
    """The language model alone."""
    return decoder_model(c, "Aria", decoder_layers(c), tied=c.flag("tie_word_embeddings", default=False))


def aria(c: Config) -> Architecture:
    """Language model, a SigLIP-like vision tower, and a projector that asks a fixed number of questions of each
    image."""
    text, vision = c.section("text_config", required=True), encoder_section(c, "vision_config")
    return decoder_model(
        c,
        "Aria",
        decoder_layers(text),
        text=text,
        prefix="language_model.model",
        head="language_model.lm_head",
        tied=c.flag("tie_word_embeddings", default=False),
        after=encoder(c, vision, text),
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
    head_size(c, hidden, c.int("num_attention_heads"))
    return (decoder_layer(hidden, grouped_attention(c), sparse),) * layer_count(c)


def shared_block(c: Config, hidden: int, width: int) -> Block | None:
    """The shared experts. Where there are none, transformers builds them without width: the output bias is left."""
    count, bias = c.int("moe_num_shared_experts", default=2, least=0), c.flag("mlp_bias", default=False)
    if count or not bias:
        return shared_experts(hidden, width, count, bias=bias)
    return Tensor("down_proj.bias", (hidden,), Component.SHARED_EXPERTS)
