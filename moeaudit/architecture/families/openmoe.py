"""OpenMoE (arXiv:2402.01739): ST-MoE's decoder; a layer with experts has a dense feed-forward behind them."""

from __future__ import annotations

from moeaudit.architecture.blocks import Attention, Block, Norm, Router, module
from moeaudit.architecture.blocks.halved_gate import HalvedGate
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed


def openmoe(c: Config) -> Architecture:
    """Every `moe_layer_interval`-th layer has experts; the others a dense feed-forward of the same width."""
    hidden, width = c.int("hidden_size"), c.int("intermediate_size")
    heads = c.int("num_attention_heads")
    experts, selected = routed(c)
    attention = Attention(
        hidden, heads, c.int("num_key_value_heads", default=heads), c.int("head_dim", default=hidden // heads)
    )
    norm, dense = Norm(hidden), HalvedGate(hidden, width)
    sparse = module(
        {
            "": Router(hidden, experts, selected, names=(("weight", "gate_weight"),)),
            "experts": HalvedGate(hidden, width, experts, selected),
        }
    )
    every = c.int("moe_layer_interval")

    def layer(number: int) -> Block:
        has_experts = (number + 1) % every == 0
        return module(
            {
                "self_attn": attention,
                "mlp": sparse if has_experts else dense,
                "input_layernorm": norm,
                "post_attention_layernorm": norm,
                "pre_extra_mlp_layernorm": norm if has_experts else None,
                "extra_mlp": dense if has_experts else None,
            }
        )

    return decoder_model(
        c,
        "OpenMoE",
        [layer(number) for number in range(layer_count(c))],
        tied=c.flag("tie_word_embeddings", default=False),
    )
