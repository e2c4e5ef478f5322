"""K2-Horizon (Institute of Foundation Models): grouped attention, in some models with experts for the values (MoVA),
and experts beside shared ones.

Names and shapes: vLLM 0.33.0, models/k2_horizon.py (`load_weights`).
"""

from __future__ import annotations

from dataclasses import fields

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Experts,
    FeedForward,
    Router,
    moe,
)
from moeaudit.architecture.blocks.attention_experts import ValueExperts
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, shared_experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count


def k2_horizon(c: Config) -> Architecture:
    """Experts in every `decoder_sparse_step`-th layer that `mlp_only_layers` does not name; these have value experts
    too where `mova_num_experts` counts some."""
    layers, hidden = layer_count(c), c.int("hidden_size")
    only, step = c.layer_numbers(layers, "mlp_only_layers", default=()), c.int("decoder_sparse_step", default=1)
    experts, values = c.int("num_experts", least=0), c.int("mova_num_experts", default=0, least=0)
    dense = decoder_layer(hidden, attention(c), FeedForward(hidden, c.int("intermediate_size")))
    sparse = decoder_layer(hidden, attention(c, values), experts_block(c)) if experts else dense
    placed = (experts and number not in only and (number + 1) % step == 0 for number in range(layers))
    tied = c.flag("tie_word_embeddings", default=False)
    return decoder_model(c, "K2-Horizon", [sparse if here else dense for here in placed], tied=tied)


def attention(c: Config, values: int = 0) -> Attention:
    """Norms over all heads' features where `query_key_norm`; an output gate where `attention_gate_func` names one.
    `values`: experts for the values."""
    hidden, heads = c.int("hidden_size"), c.int("num_attention_heads")
    kv_heads, bias = c.int("num_key_value_heads", default=heads), c.flag("attention_bias", default=False)
    plain = Attention(
        hidden,
        heads,
        kv_heads,
        c.int("head_dim", default=hidden // heads),
        query_bias=bias,
        key_bias=bias,
        value_bias=bias,
        output_bias=bias,
        qk_norm="full" if c.flag("query_key_norm", default=False) else "none",
        gate="full" if c.has("attention_gate_func") else "none",
    )
    if not values:
        return plain
    selected = c.int("mova_num_experts_per_tok")
    if selected > values:
        raise c.contradiction("more value experts per token than there are", "mova_num_experts_per_tok")
    router_bias = c.flag("moe_gate_bias", default=True)
    stated = {field.name: getattr(plain, field.name) for field in fields(plain)}
    return ValueExperts(**stated, value_experts=values, value_selected=selected, router_bias=router_bias)


def experts_block(c: Config) -> Block:
    """A bias that only selects, kept in F32, where `moe_gate_bias`."""
    hidden, width = c.int("hidden_size"), c.int("moe_intermediate_size")
    experts, used = c.int("num_experts"), c.int("num_experts_per_tok")
    check_selection(c, experts, used)
    biased = c.flag("moe_gate_bias", default=True)
    router = Router(
        hidden,
        experts,
        used,
        scoring=c.word("router_score_func", default="sigmoid"),
        correction_bias="bias" if biased else "",
        correction_dtype="F32" if biased else None,
        renormalise=c.flag("norm_topk_prob", default=True),
        scaling=c.number("router_scaling_factor", default=1.0),
    )
    shared = shared_experts(hidden, width, c.int("num_shared_experts", default=0, least=0))
    return moe(router, Experts(hidden, width, experts, used), shared)
