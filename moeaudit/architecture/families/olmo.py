"""OLMoE (arXiv:2409.02060) and FlexOlmo (arXiv:2507.07024), from Ai2."""

from __future__ import annotations

from moeaudit.architecture.blocks import Attention, Block, Experts, Module, Norm, Router, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import head_size, layer_count, routed


def olmoe(c: Config) -> Architecture:
    """Softmax-routed experts in every layer; queries and keys are normalised over all heads at once."""
    layer = decoder_layer(c.int("hidden_size"), normalised_attention(c), softmax_experts(c))
    return olmo(c, "OLMoE", layer)


def flex_olmo(c: Config) -> Architecture:
    """OLMoE's blocks with the norms behind attention and experts instead of in front."""
    norm = Norm(c.int("hidden_size"))
    layer = module(
        {
            "self_attn": grouped_attention(c, qk_norm="full"),
            "mlp": softmax_experts(c),
            "post_attention_layernorm": norm,
            "post_feedforward_layernorm": norm,
        }
    )
    return olmo(c, "FlexOlmo", layer)


def normalised_attention(c: Config) -> Attention:
    """OLMoE's: its norm of queries is as wide as the hidden size, whatever the heads are together."""
    head_size(c, c.int("hidden_size"), c.int("num_attention_heads"))
    return grouped_attention(c, qk_norm="full")


def olmo(c: Config, family: str, layer: Block) -> Architecture:
    return decoder_model(c, family, (layer,) * layer_count(c), tied=c.flag("tie_word_embeddings", default=False))


def softmax_experts(c: Config) -> Module:
    hidden = c.int("hidden_size")
    experts, selected = routed(c)
    return moe(
        Router(hidden, experts, selected, renormalise=c.flag("norm_topk_prob", default=False)),
        Experts(hidden, c.int("intermediate_size"), experts, selected),
    )
