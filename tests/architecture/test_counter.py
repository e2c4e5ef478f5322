"""Totals and active parameters against a counter written apart from the package: one formula per family, from its
paper or release.

No names, no shapes, no blocks: only arithmetic on the config's sizes, which hypothesis draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count

Sizes = dict[str, int]
"""A config's numbers and flags; 0 for null."""
Counted = tuple[int, int]
"""(total, used by one token), embedding and head included."""


def swiglu(hidden: int, width: int) -> int:
    return 3 * hidden * width


def grouped(c: Sizes, bias: int = 0) -> int:
    """Query and output for all heads, key and value for the groups. `bias`: 1 on query, key, value; 2 on the output
    too."""
    h, d, q, kv = c["hidden_size"], c["head_dim"], c["num_attention_heads"], c["num_key_value_heads"]
    return 2 * h * q * d + 2 * h * kv * d + (q + 2 * kv) * d * (bias > 0) + h * (bias > 1)


def latent(c: Sizes) -> int:
    """Multi-head latent attention: both low-rank pairs with a norm between, and the output."""
    h, n = c["hidden_size"], c["num_attention_heads"]
    nope, rope, v, r, s = (
        c[name] for name in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "kv_lora_rank", "q_lora_rank")
    )
    query = h * s + s + s * n * (nope + rope) if s else h * n * (nope + rope)
    return query + h * (r + rope) + r + r * n * (nope + v) + n * v * h


def model(c: Sizes, *, attention: int, router: int, expert: int, shared: int = 0, dense: int = 0) -> Counted:
    """Tables, final norm, and per layer: attention, two norms, and a dense feed-forward in the first
    `first_k_dense_replace` layers (where `dense` is given), else a router, experts and what runs for every token."""
    h, layers = c["hidden_size"], c["num_hidden_layers"]
    sparse = max(layers - c["first_k_dense_replace"], 0) if dense else layers
    outside = (1 if c["tie_word_embeddings"] else 2) * c["vocab_size"] * h + h
    fixed = outside + layers * (attention + 2 * h) + (layers - sparse) * dense + sparse * (router + shared)
    return fixed + sparse * c["experts"] * expert, fixed + sparse * c["selected"] * expert


def mixtral(c: Sizes) -> Counted:
    h = c["hidden_size"]
    return model(c, attention=grouped(c), router=h * c["experts"], expert=swiglu(h, c["intermediate_size"]))


def qwen3_moe(c: Sizes) -> Counted:
    """Norms over one head's width, of queries and of keys."""
    h = c["hidden_size"]
    attention = grouped(c) + 2 * c["head_dim"]
    return model(c, attention=attention, router=h * c["experts"], expert=swiglu(h, c["moe_intermediate_size"]))


def qwen2_moe(c: Sizes) -> Counted:
    """Shared expert behind a gate of one output; biases on query, key and value."""
    h = c["hidden_size"]
    shared = swiglu(h, c["shared_expert_intermediate_size"]) + h
    expert = swiglu(h, c["moe_intermediate_size"])
    return model(c, attention=grouped(c, bias=1), router=h * c["experts"], expert=expert, shared=shared)


def glm4_moe(c: Sizes) -> Counted:
    return with_shared(c, grouped(c, bias=1 if c["attention_bias"] else 0))


def deepseek_v3(c: Sizes) -> Counted:
    return with_shared(c, latent(c))


def with_shared(c: Sizes, attention: int) -> Counted:
    """DeepSeek's feed-forwards: a correction value per expert; shared experts as one; the first layers dense."""
    h, expert = c["hidden_size"], swiglu(c["hidden_size"], c["moe_intermediate_size"])
    return model(
        c,
        attention=attention,
        router=(h + 1) * c["experts"],
        expert=expert,
        shared=c["n_shared_experts"] * expert,
        dense=swiglu(h, c["intermediate_size"]),
    )


def gpt_oss(c: Sizes) -> Counted:
    """Biases everywhere, one sink per head, experts whose gate and up projection are one."""
    h, f = c["hidden_size"], c["intermediate_size"]
    attention = grouped(c, bias=2) + c["num_attention_heads"]
    return model(c, attention=attention, router=(h + 1) * c["experts"], expert=swiglu(h, f) + 2 * f + h)


def olmoe(c: Sizes) -> Counted:
    """Norms over all heads of queries and keys together."""
    h = c["hidden_size"]
    expert = swiglu(h, c["intermediate_size"])
    return model(c, attention=grouped(c) + whole_norms(c), router=h * c["experts"], expert=expert)


def minimax_m2(c: Sizes) -> Counted:
    """As OLMoE, and a correction value per expert."""
    h = c["hidden_size"]
    expert = swiglu(h, c["intermediate_size"])
    return model(c, attention=grouped(c) + whole_norms(c), router=(h + 1) * c["experts"], expert=expert)


def whole_norms(c: Sizes) -> int:
    return (c["num_attention_heads"] + c["num_key_value_heads"]) * c["head_dim"]


COUNTERS: dict[str, tuple[Callable[[Sizes], Counted], str]] = {
    "mixtral": (mixtral, "num_local_experts"),
    "qwen2_moe": (qwen2_moe, "num_experts"),
    "qwen3_moe": (qwen3_moe, "num_experts"),
    "glm4_moe": (glm4_moe, "n_routed_experts"),
    "deepseek_v3": (deepseek_v3, "n_routed_experts"),
    "gpt_oss": (gpt_oss, "num_local_experts"),
    "olmoe": (olmoe, "num_experts"),
    "minimax_m2": (minimax_m2, "num_local_experts"),
}
"""model_type → its counter, and what it calls the number of experts."""


DIVIDED = ("qwen2_moe", "olmoe")
"""Their head_dim is no field: hidden_size over heads."""


@st.composite
def sizes(draw: st.DrawFn) -> Sizes:
    heads = draw(st.sampled_from([4, 8, 16, 64]))
    experts = draw(st.integers(2, 300))
    widths = st.integers(1, 400).map(lambda number: 8 * number)
    return {
        "hidden_size": heads * draw(st.sampled_from([16, 32, 96, 128])),
        "num_attention_heads": heads,
        "num_key_value_heads": draw(st.sampled_from([1, 2, 4])),
        "head_dim": draw(st.sampled_from([32, 64, 128])),
        "num_hidden_layers": draw(st.integers(5, 80)),
        "vocab_size": draw(st.integers(100, 300_000)),
        "intermediate_size": draw(widths),
        "moe_intermediate_size": draw(widths),
        "shared_expert_intermediate_size": draw(widths),
        "experts": experts,
        "selected": draw(st.integers(1, experts)),
        "n_shared_experts": draw(st.integers(1, 4)),
        "first_k_dense_replace": draw(st.integers(0, 4)),
        "tie_word_embeddings": draw(st.booleans()),
        "attention_bias": draw(st.booleans()),
        "kv_lora_rank": draw(widths),
        "q_lora_rank": draw(st.just(0) | widths),
        "qk_nope_head_dim": draw(st.sampled_from([64, 128])),
        "qk_rope_head_dim": draw(st.sampled_from([32, 64])),
        "v_head_dim": draw(st.sampled_from([64, 128])),
    }


@pytest.mark.parametrize("model_type", COUNTERS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(drawn=sizes())
def test_counts(model_type: str, drawn: Sizes) -> None:
    counter, experts = COUNTERS[model_type]
    drawn["attention_bias"] = drawn["attention_bias"] if model_type == "glm4_moe" else model_type == "gpt_oss"
    if model_type in DIVIDED:
        drawn["head_dim"] = drawn["hidden_size"] // drawn["num_attention_heads"]
    config: dict[str, Any] = drawn | {"q_lora_rank": drawn["q_lora_rank"] or None}
    config |= {"model_type": model_type, experts: drawn["experts"], "num_experts_per_tok": drawn["selected"]}
    figures = measure_all(config_ledger(describe(Config(config))))
    total, active = counter(drawn)
    assert (figures["total.full"], figures["active.full"]) == (Count(total), Count(active))
