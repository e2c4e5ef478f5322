"""Totals and active parameters against a counter written apart from the package: one formula per family, from its paper or release.

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

Sizes = dict[str, Any]
Counted = tuple[int, int]
"""(total, used by one token), embedding and head included."""


def swiglu(hidden: int, width: int) -> int:
    return 3 * hidden * width


def grouped(c: Sizes, bias: int = 0) -> int:
    """Query and output for all heads, key and value for the groups. `bias`: 1 on query, key, value; 2 on the output too."""
    h, d, q, kv = c["hidden_size"], c["head_dim"], c["num_attention_heads"], c["num_key_value_heads"]
    return 2 * h * q * d + 2 * h * kv * d + (q + 2 * kv) * d * (bias > 0) + h * (bias > 1)


def latent(c: Sizes) -> int:
    """Multi-head latent attention: both low-rank pairs with a norm between, and the output."""
    h, n = c["hidden_size"], c["num_attention_heads"]
    nope, rope, v, r, s = (c[name] for name in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "kv_lora_rank", "q_lora_rank"))
    query = h * s + s + s * n * (nope + rope) if s else h * n * (nope + rope)
    return query + h * (r + rope) + r + r * n * (nope + v) + n * v * h


def model(c: Sizes, attention: int, dense: int, router: int, expert: int, always: int, first_dense: int, norms: int) -> Counted:
    """Tables, final norm, and per layer: attention, norms, and a dense feed-forward or router, experts and what always runs."""
    h, layers = c["hidden_size"], c["num_hidden_layers"]
    sparse = max(layers - first_dense, 0)
    outside = (1 if c["tie_word_embeddings"] else 2) * c["vocab_size"] * h + h
    fixed = outside + layers * (attention + norms) + (layers - sparse) * dense + sparse * (router + always)
    return fixed + sparse * c["experts"] * expert, fixed + sparse * c["selected"] * expert


def mixtral(c: Sizes) -> Counted:
    h = c["hidden_size"]
    return model(c, grouped(c), 0, h * c["experts"], swiglu(h, c["intermediate_size"]), 0, 0, 2 * h)


def qwen3_moe(c: Sizes) -> Counted:
    h = c["hidden_size"]
    return model(c, grouped(c) + 2 * c["head_dim"], 0, h * c["experts"], swiglu(h, c["moe_intermediate_size"]), 0, 0, 2 * h)


def qwen2_moe(c: Sizes) -> Counted:
    """Shared expert behind a gate of one output; biases on query, key and value."""
    h = c["hidden_size"]
    shared = swiglu(h, c["shared_expert_intermediate_size"]) + h
    return model(c, grouped(c, bias=1), 0, h * c["experts"], swiglu(h, c["moe_intermediate_size"]), shared, 0, 2 * h)


def glm4_moe(c: Sizes) -> Counted:
    """A correction value per expert; shared experts as one; the first layers dense."""
    h, expert = c["hidden_size"], swiglu(c["hidden_size"], c["moe_intermediate_size"])
    bias = 1 if c["attention_bias"] else 0
    return model(c, grouped(c, bias), swiglu(h, c["intermediate_size"]), (h + 1) * c["experts"], expert,
                 c["n_shared_experts"] * expert, c["first_k_dense_replace"], 2 * h)


def deepseek_v3(c: Sizes) -> Counted:
    h, expert = c["hidden_size"], swiglu(c["hidden_size"], c["moe_intermediate_size"])
    return model(c, latent(c), swiglu(h, c["intermediate_size"]), (h + 1) * c["experts"], expert,
                 c["n_shared_experts"] * expert, c["first_k_dense_replace"], 2 * h)


def gpt_oss(c: Sizes) -> Counted:
    """Biases everywhere, one sink per head, experts whose gate and up projection are one."""
    h, f = c["hidden_size"], c["intermediate_size"]
    return model(c, grouped(c, bias=2) + c["num_attention_heads"], 0, (h + 1) * c["experts"],
                 swiglu(h, f) + 2 * f + h, 0, 0, 2 * h)


def olmoe(c: Sizes) -> Counted:
    """Norms over all heads of queries and keys together."""
    h = c["hidden_size"]
    norms = (c["num_attention_heads"] + c["num_key_value_heads"]) * c["head_dim"]
    return model(c, grouped(c) + norms, 0, h * c["experts"], swiglu(h, c["intermediate_size"]), 0, 0, 2 * h)


def minimax_m2(c: Sizes) -> Counted:
    """As OLMoE, and a correction value per expert."""
    h = c["hidden_size"]
    norms = (c["num_attention_heads"] + c["num_key_value_heads"]) * c["head_dim"]
    return model(c, grouped(c) + norms, 0, (h + 1) * c["experts"], swiglu(h, c["intermediate_size"]), 0, 0, 2 * h)


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
        "num_attention_heads": heads, "num_key_value_heads": draw(st.sampled_from([1, 2, 4])), "head_dim": draw(st.sampled_from([32, 64, 128])),
        "num_hidden_layers": draw(st.integers(1, 80)), "vocab_size": draw(st.integers(100, 300_000)),
        "intermediate_size": draw(widths), "moe_intermediate_size": draw(widths), "shared_expert_intermediate_size": draw(widths),
        "experts": experts, "selected": draw(st.integers(1, experts)), "n_shared_experts": draw(st.integers(1, 4)),
        "first_k_dense_replace": draw(st.integers(0, 4)), "tie_word_embeddings": draw(st.booleans()), "attention_bias": draw(st.booleans()),
        "kv_lora_rank": draw(widths), "q_lora_rank": draw(st.none() | widths), "qk_nope_head_dim": draw(st.sampled_from([64, 128])),
        "qk_rope_head_dim": draw(st.sampled_from([32, 64])), "v_head_dim": draw(st.sampled_from([64, 128])),
    }


@pytest.mark.parametrize("model_type", COUNTERS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(drawn=sizes())
def test_counts(model_type: str, drawn: Sizes) -> None:
    counter, experts = COUNTERS[model_type]
    drawn["attention_bias"] = drawn["attention_bias"] if model_type == "glm4_moe" else model_type == "gpt_oss"
    if model_type in DIVIDED:
        drawn["head_dim"] = drawn["hidden_size"] // drawn["num_attention_heads"]
    config = drawn | {"model_type": model_type, experts: drawn["experts"], "num_experts_per_tok": drawn["selected"]}
    figures = measure_all(config_ledger(describe(Config(config))))
    total, active = counter(drawn)
    assert (figures["total.full"], figures["active.full"]) == (Count(total), Count(active))
