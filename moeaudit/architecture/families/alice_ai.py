"""AliceAI Foundation (Yandex): Kimi delta attention and gated attention by layer, small experts beside a gated shared
one, and halves of a layer that attend to the residuals of earlier blocks.

Names and shapes: vLLM 0.33.0, models/alice_ai.py (`load_weights`). Its prediction modules are dropped there, and how
they are stored is not known.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, Linear, Module, Norm, SharedExperts, Tensor, module, moe
from moeaudit.architecture.blocks.kimi_delta import KimiDelta
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, sigmoid_router
from moeaudit.architecture.families.kimi import UNKNOWN_MODULES
from moeaudit.architecture.families.qwen_next import gated_attention
from moeaudit.architecture.model import Architecture, Single
from moeaudit.architecture.prediction import declaration
from moeaudit.architecture.reading import layer_count, layer_words
from moeaudit.vocabulary import Component

FULL = "full_attention"
SCORES = "scores earlier residuals"


def alice_ai(c: Config) -> Architecture:
    """`layer_types` says which attention a layer has, else every `full_attention_interval`-th sees everything; every
    layer has experts."""
    layers, hidden = layer_count(c), c.int("hidden_size")
    every = c.int("full_attention_interval", default=4)
    words = layer_words(c, layers, "layer_types", lambda at: "linear_attention" if (at + 1) % every else FULL)
    mixers: dict[str, Block] = {
        "linear_attention": module({"linear_attn": delta_attention(c)}),
        FULL: module({"self_attn": gated_attention(c)}),
    }
    if not mixers.keys() >= set(words):
        raise c.contradiction(f"this family's attention kinds are {', '.join(mixers)}", "layer_types")
    c.int("block_attn_res_block_size")
    sparse, norm = experts_block(c), Norm(hidden)

    def layer(number: int, word: str) -> Module:
        halves = ("attn_res", "mlp_res") if number else ("mlp_res",)
        return Module(
            (
                ("", mixers[word]),
                ("mlp", sparse),
                ("input_layernorm", norm),
                ("post_attention_layernorm", norm),
                *(part for half in halves for part in residual_attention(hidden, half)),
            )
        )

    return decoder_model(
        c,
        "AliceAI",
        [layer(number, word) for number, word in enumerate(words)],
        tied=c.flag("tie_word_embeddings", default=False),
        after=(Single("model.attnres_final", Module(residual_attention(hidden, "res"))),),
        notes=(UNKNOWN_MODULES,) if declaration(c)[1] else (),
    )


def residual_attention(hidden: int, name: str) -> tuple[tuple[str, Block], ...]:
    """Attention over the residuals of earlier blocks of layers: a norm, and one score for each."""
    return (
        (f"{name}_proj", Linear(hidden, 1, note=SCORES)),
        ("", Tensor(f"{name}_norm_weight", (hidden,), Component.NORM)),
    )


def delta_attention(c: Config) -> KimiDelta:
    """As many keys as values, of one width (the code knows no other)."""
    heads, width = c.int("linear_num_key_heads"), c.int("linear_key_head_dim")
    if c.int("linear_num_value_heads", default=heads) != heads:
        raise c.contradiction("keys and values of different heads", "linear_num_value_heads", "linear_num_key_heads")
    if c.int("linear_value_head_dim", default=width) != width:
        raise c.contradiction("keys and values of different widths", "linear_value_head_dim", "linear_key_head_dim")
    kernel = c.int("linear_conv_kernel_dim", default=4)
    return KimiDelta(c.int("hidden_size"), heads, width, kernel, names=(("A_log", "a_log_bias"),), decay_dtype="F32")


def experts_block(c: Config) -> Block:
    """Sigmoid routing with a correction bias; a shared expert behind a gate of its own."""
    hidden, router = c.int("hidden_size"), sigmoid_router(c)
    width = c.int("shared_expert_intermediate_size", least=0)
    return moe(
        router,
        Experts(hidden, c.int("moe_intermediate_size"), router.experts, router.selected),
        SharedExperts(hidden, width) if width else None,
        shared_name="shared_expert",
        extra=(("shared_expert_gate", Linear(hidden, 1, component=Component.SHARED_EXPERTS)),),
    )
