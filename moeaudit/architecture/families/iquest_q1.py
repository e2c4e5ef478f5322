"""IQuest-Q1: grouped attention with learned sink keys, windows in a repeated pattern, stacked experts, none shared.

Names and shapes: SGLang 0.5.23, models/iquest_q1.py (`load_iquest_q1_weights`) and configs/iquest_q1.py. Its prediction
modules are dropped there and loaded from a checkpoint of their own.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Module, Norm, Router, Tensor, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.families.kimi import UNKNOWN_MODULES
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count, prediction_modules
from moeaudit.limits import LAYERS
from moeaudit.vocabulary import Component

BLOCK = ("full_attention", "sliding_attention", "sliding_attention", "sliding_attention")


def iquest_q1(c: Config) -> Architecture:
    """Experts in every layer that `mlp_only_layers` does not name; the first layer normalises its feed-forward's output
    too."""
    layers, hidden = layer_count(c), c.int("hidden_size")
    if c.flag("use_over_encoding", default=False):
        raise c.contradiction("over-encoding tables are not described", "use_over_encoding")
    dense, only = (
        FeedForward(hidden, c.int("dense_intermediate_size")),
        c.layer_numbers(layers, "mlp_only_layers", default=(0,)),
    )
    sparse, norm = experts_block(c), Norm(hidden)

    def layer(number: int, word: str) -> Module:
        return module(
            {
                "self_attn": attention(c, word),
                "mlp": dense if number in only else sparse,
                "attention_norm": norm,
                "attn_out_norm": norm,
                "feed_forward_norm": norm,
                "ffn_out_norm": None if number else norm,
            }
        )

    return decoder_model(
        c,
        "IQuest-Q1",
        [layer(number, word) for number, word in enumerate(layer_kinds(c, layers))],
        tied=c.flag("tie_word_embeddings", default=False),
        notes=(UNKNOWN_MODULES,) if prediction_modules(c) else (),
    )


def layer_kinds(c: Config, layers: int) -> tuple[str, ...]:
    """The first layers, a block of layers so many times, the last layers."""
    if not (c.flag("use_hybrid_layers", default=True) and c.flag("use_sliding_window", default=True)):
        return ("full_attention",) * layers
    first = c.words("first_layers_types", default=BLOCK[:1])
    block = c.words("hybrid_layers_types_block", default=BLOCK)
    last = c.words("last_layers_types", default=BLOCK[:1] * 3)
    times = c.int("num_hybrid_layers_block", default=21, least=0)
    if len(first) + len(block) * min(times, LAYERS) + len(last) != layers:
        raise c.contradiction(
            "the pattern of layers has another length", "num_hybrid_layers_block", "num_hidden_layers"
        )
    return (*first, *block * times, *last)


def attention(c: Config, word: str) -> Module:
    """A learned key for each key-value head, whose value is nothing, where `enable_sink_attention`."""
    window = c.int("sliding_window", default=4096) if word == "sliding_attention" else None
    core = grouped_attention(c, head_dim=128, bias=False, qk_norm="head", window=window)
    sink = Tensor("sink_k", (core.kv_heads, core.head_dim), Component.ATTENTION)
    sinks = c.flag("enable_sink_attention", default=True)
    return Module((("", core), *((("", sink),) if sinks else ())))


def experts_block(c: Config) -> Block:
    """Softmax over the selected; the router is kept in F32."""
    hidden, width = c.int("hidden_size"), c.int("intermediate_size")
    experts, used = c.int("num_experts"), c.int("num_experts_per_tok")
    check_selection(c, experts, used)
    names = (("gate_up_proj", "fc"), ("down_proj", "proj"))
    return moe(
        Router(hidden, experts, used, renormalise=True, dtype="F32"),
        Experts(hidden, width, experts, used, layout="stacked", names=names),
        router_name="router",
    )
