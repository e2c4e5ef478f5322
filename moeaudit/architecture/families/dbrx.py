"""DBRX (Databricks, March 2024): sixteen fine-grained experts, four a token."""

from __future__ import annotations

from moeaudit.architecture.blocks import Attention, Embedding, Experts, Head, Norm, Router, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Architecture, Single, Stack
from moeaudit.architecture.reading import check_selection, head_size

EXPERT_NAMES = (("gate_proj", "w1"), ("up_proj", "v1"), ("down_proj", "w2"))


def dbrx(c: Config) -> Architecture:
    """Queries, keys and values in one matrix; each of an expert's three matrices is stacked flat over all experts."""
    hidden, heads, vocabulary = (
        c.int("d_model", "hidden_size"),
        c.int("n_heads", "num_attention_heads"),
        c.int("vocab_size"),
    )
    ffn, attention = c.section("ffn_config"), c.section("attn_config")
    experts, selected = ffn.int("moe_num_experts", default=4), ffn.int("moe_top_k", default=1)
    check_selection(ffn, experts, selected)
    layer = module(
        {
            "norm_attn_norm": module(
                {
                    "norm_1": Norm(hidden),
                    "attn": Attention(
                        hidden,
                        heads,
                        attention.int("kv_n_heads", default=1),
                        head_size(c, hidden, heads),
                        fused=True,
                        names=(("qkv_proj", "Wqkv"), ("o_proj", "out_proj")),
                    ),
                    "norm_2": Norm(hidden),
                }
            ),
            "ffn": moe(
                Router(
                    hidden, experts, selected, renormalise=bool(ffn.number("moe_normalize_expert_weights", default=1.0))
                ),
                Experts(
                    hidden,
                    ffn.int("ffn_hidden_size", default=3584),
                    experts,
                    selected,
                    layout="flat",
                    names=EXPERT_NAMES,
                ),
                router_name="router.layer",
                experts_name="experts.mlp",
            ),
        }
    )
    return Architecture(
        family="DBRX",
        model_type=c.word("model_type"),
        context_length=c.maybe_int("max_seq_len", "max_position_embeddings"),
        hidden=hidden,
        vocabulary=vocabulary,
        pieces=(
            Single("transformer.wte", Embedding(vocabulary, hidden)),
            Stack("transformer.blocks.{}", (layer,) * c.int("n_layers", "num_hidden_layers")),
            Single("transformer.norm_f", Norm(hidden)),
            Single("lm_head", Head(vocabulary, hidden)),
        ),
    )
