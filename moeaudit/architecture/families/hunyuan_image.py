"""HunyuanImage 3.0, from Tencent (arXiv:2509.23951): Hunyuan-A13B's decoder, which also denoises image tokens."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention, shared_experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count

NAMES = (("q_norm", "query_layernorm"), ("k_norm", "key_layernorm"))
FUSED = (("gate_up_proj", "gate_and_up_proj"),)
NOTE = (
    "Image modules (VAE, vision encoder and its aligner, patch embedding, time steps, final layer) are not described: "
    "only the weights can count them."
)


def hunyuan_image_3_moe(c: Config) -> Architecture:
    """The language model of the release; every fused matrix keeps up before gate."""
    hidden, layers, width = c.int("hidden_size"), layer_count(c), c.int("intermediate_size")
    bias = c.flag("mlp_bias", default=False)
    attention = replace(
        grouped_attention(
            c,
            head_dim=c.maybe_int("attention_head_dim"),
            qk_norm="head" if c.flag("use_qk_norm", default=False) else "none",
            names=NAMES,
        ),
        fused=True,
    )
    experts = c.per_layer(layers, "num_experts")
    selected, widths = (
        c.per_layer(layers, "moe_topk", default=1),
        c.per_layer(layers, "moe_intermediate_size", default=width),
    )
    shared = c.per_layer(layers, "num_shared_expert", default=1, least=0)
    mixed, skipped = c.flag("use_mixed_mlp_moe", default=False), c.int("moe_layer_num_skipped", default=0, least=0)

    def ffn(number: int) -> Block:
        if experts[number] == 1 or number < skipped:
            return FeedForward(hidden, width, bias=bias, fused=True, names=FUSED)
        check_selection(c, experts[number], selected[number])
        return moe(
            Router(
                hidden,
                experts[number],
                selected[number],
                renormalise=c.flag("norm_topk_prob", default=True),
                names=(("weight", "wg.weight"),),
            ),
            Experts(hidden, widths[number], experts[number], selected[number], bias=bias, fused=True, names=FUSED),
            shared_experts(hidden, width, shared[number] if mixed else 0, bias=bias, fused=True, names=FUSED),
            shared_name="shared_mlp",
        )

    return decoder_model(
        c,
        "HunyuanImage 3.0",
        [decoder_layer(hidden, attention, ffn(number)) for number in range(layers)],
        tied=c.flag("tie_word_embeddings", default=False),
        table="wte",
        norm_name="ln_f",
        notes=(NOTE,),
    )
