"""Jamba (arXiv:2403.19887): Mamba layers, attention in one of eight, experts in every second layer."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Norm, Router, module, moe
from moeaudit.architecture.blocks.mamba import Mamba
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count


def jamba(c: Config) -> Architecture:
    """Periods and offsets place attention and experts independently."""
    layers, hidden = layer_count(c), c.int("hidden_size")
    attends, mixes = placed(c, layers, "attn", 8, 4), placed(c, layers, "expert", 2, 1)
    attention, mamba, norm = grouped_attention(c, kv_heads=8, bias=False), mamba1(c), Norm(hidden)
    dense, sparse = FeedForward(hidden, c.int("intermediate_size")), experts_block(c)

    def layer(number: int) -> Block:
        return module(
            {
                "self_attn": attention if attends[number] else None,
                "mamba": None if attends[number] else mamba,
                "feed_forward": sparse if mixes[number] else dense,
                "input_layernorm": norm,
                "pre_ff_layernorm": norm,
            }
        )

    return decoder_model(
        c,
        "Jamba",
        [layer(number) for number in range(layers)],
        norm_name="final_layernorm",
        tied=c.flag("tie_word_embeddings", default=False),
    )


def placed(c: Config, layers: int, kind: str, period: int, offset: int) -> tuple[bool, ...]:
    """Layers whose number leaves `{kind}_layer_offset` when divided by `{kind}_layer_period`."""
    names = (f"{kind}_layer_offset", f"{kind}_layer_period")
    offset, period = c.int(names[0], default=offset, least=0), c.int(names[1], default=period)
    if offset >= period:
        raise c.contradiction("the offset must be smaller than the period", *names)
    return tuple(number % period == offset for number in range(layers))


def experts_block(c: Config) -> Block:
    """Experts as wide as the dense feed-forward. With a single expert nothing is routed, and the layer is dense."""
    hidden, width = c.int("hidden_size"), c.int("intermediate_size")
    experts, used = c.int("num_experts", "num_local_experts", default=16), c.int("num_experts_per_tok", default=2)
    if experts == 1:
        return FeedForward(hidden, width)
    check_selection(c, experts, used)
    return moe(Router(hidden, experts, used), Experts(hidden, width, experts, used), router_name="router")


def mamba1(c: Config) -> Mamba:
    """`mamba_dt_rank` may be "auto": hidden ÷ 16, rounded up."""
    hidden = c.int("hidden_size")
    rank = -(-hidden // 16) if c.data.get("mamba_dt_rank", "auto") in ("auto", None) else c.int("mamba_dt_rank")
    return Mamba(
        hidden,
        hidden * c.int("mamba_expand", default=2),
        state=c.int("mamba_d_state", default=16),
        kernel=c.int("mamba_d_conv", default=4),
        dt_rank=rank,
        conv_bias=c.flag("mamba_conv_bias", default=True),
        bias=c.flag("mamba_proj_bias", default=False),
        norms=True,
    )
