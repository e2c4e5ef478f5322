"""Phixtral (mergekit's mixtures of Phi-2): attention and experts side by side behind one LayerNorm, biases everywhere.

Names and shapes: mlx-lm 0.32.2, models/phixtral.py (`sanitize` joins the experts that releases store one by one).
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Attention, Embedding, Experts, Head, Norm, Router, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.dense import experts_or_dense
from moeaudit.architecture.model import Architecture, Single, Stack
from moeaudit.architecture.reading import check_selection, head_size, layer_count


def phixtral(c: Config) -> Architecture:
    """Experts of `n_inner` (four times the hidden size where it is null) in every layer; without experts it is Phi-2,
    which is dense."""
    experts_or_dense(c, "num_local_experts")
    hidden, heads, vocabulary = c.int("n_embd"), c.int("n_head"), c.int("vocab_size")
    experts, used = c.int("num_local_experts"), c.int("num_experts_per_tok")
    check_selection(c, experts, used)
    width = c.maybe_int("n_inner") or 4 * hidden
    attention = Attention(
        hidden,
        heads,
        c.maybe_int("n_head_kv") or heads,
        head_size(c, hidden, heads),
        query_bias=True,
        output_bias=True,
        fused=True,
        names=(("qkv_proj", "Wqkv"), ("o_proj", "out_proj")),
    )
    names = (("up_proj", "fc1"), ("down_proj", "fc2"))
    sparse = moe(
        Router(hidden, experts, used, renormalise=True),
        Experts(hidden, width, experts, used, gated=False, bias=True, names=names),
        experts_name="mlp",
    )
    norm = Norm(hidden, bias=True)
    layer = module({"ln": norm, "mixer": attention, "moe": sparse})
    pieces = (
        Single("transformer.embd.wte", Embedding(vocabulary, hidden)),
        Stack("transformer.h.{}", (layer,) * layer_count(c, "n_layer")),
        Single("lm_head.ln", norm),
        Single("lm_head.linear", Head(vocabulary, hidden, bias=True)),
    )
    return Architecture(
        family="Phixtral",
        model_type=c.word("model_type"),
        pieces=pieces,
        context_length=c.maybe_int("n_positions"),
        hidden=hidden,
        vocabulary=vocabulary,
    )
