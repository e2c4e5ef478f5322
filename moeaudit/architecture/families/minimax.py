"""MiniMax: MiniMax-01 and M1 (arXiv:2501.08313, arXiv:2506.13585), M2.

01 and M1 alternate lightning and softmax attention, M2 has softmax alone. M3 stands in `minimax_m3.py`.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, Linear, Router, SharedExperts, moe
from moeaudit.architecture.blocks.linear_attention import LightningAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import W123, check_selection, layer_count, layer_words
from moeaudit.vocabulary import Component


def minimax(c: Config) -> Architecture:
    """The format of transformers: `layer_types` says where attention is linear."""
    return hybrid_model(c, experts_block(c, default=8))


def minimax_m1(c: Config) -> Architecture:
    """The format of the release (also MiniMax-Text-01): `attn_type_list`, and a gated shared expert where it has a
    width."""
    width, hidden = c.int("shared_intermediate_size", default=0, least=0), c.int("hidden_size")
    shared = SharedExperts(hidden, width) if width else None
    gate = (("coefficient", Linear(hidden, 1, component=Component.SHARED_EXPERTS)),) if width else ()
    return hybrid_model(c, experts_block(c, default=32, shared=shared, extra=gate))


def minimax_m2(c: Config) -> Architecture:
    """Sigmoid routing with a correction bias, both stored in F32; norms over all heads' queries and keys together.

    The router's type: MiniMax-M2's shards as read in a public port (whn09/neuronx-distributed-inference,
    examples/minimax_m2_misc/SUMMARY.md), and MiniMax-M3's headers, which store the bias alike.
    """
    attention = grouped_attention(
        c, kv_heads=8, head_dim=128, bias=False, qk_norm="full" if c.flag("use_qk_norm", default=True) else "none"
    )
    sparse = experts_block(
        c, default=256, selected=8, scoring="sigmoid", corrected=c.flag("use_routing_bias", default=True), dtype="F32"
    )
    named = c.int("num_mtp_modules", default=0, least=0) if c.flag("use_mtp", default=False) else 0
    notes = (
        (f"The config names {named} prediction modules; the published checkpoints hold none, so none is counted.",)
        if named
        else ()
    )
    return decoder_model(
        c,
        "MiniMax-M2",
        (layer_of(c, attention, sparse),) * layer_count(c),
        tied=c.flag("tie_word_embeddings", default=False),
        notes=notes,
    )


def hybrid_model(c: Config, sparse: Block) -> Architecture:
    """Lightning and softmax attention in the config's order, experts in every layer."""
    full = grouped_attention(c, kv_heads=8, bias=False, window=c.maybe_int("sliding_window"))
    lightning = LightningAttention(
        c.int("hidden_size"), full.heads, full.head_dim, block=c.int("block_size", default=256)
    )
    words = attention_words(c, layer_count(c))
    return decoder_model(
        c,
        "MiniMax-01",
        tuple(layer_of(c, lightning if word == "linear_attention" else full, sparse) for word in words),
        tied=c.flag("tie_word_embeddings", default=False),
    )


def attention_words(c: Config, layers: int) -> tuple[str, ...]:
    """`layer_types`, else the release's `attn_type_list` (0 linear, 1 softmax), else softmax first and every second
    layer."""
    kinds = c.ints("attn_type_list", default=tuple(int(number % 2 == 0) for number in range(layers)))
    if not c.has("layer_types"):
        kinds = c.each_layer(layers, "attn_type_list", kinds)
    return layer_words(
        c, layers, "layer_types", lambda number: "full_attention" if kinds[number] else "linear_attention"
    )


def layer_of(c: Config, attention: Block, sparse: Block) -> Block:
    return decoder_layer(c.int("hidden_size"), attention, sparse, mlp="block_sparse_moe")


def experts_block(
    c: Config,
    *,
    default: int,
    selected: int = 2,
    scoring: str = "softmax",
    corrected: bool = False,
    shared: SharedExperts | None = None,
    extra: tuple[tuple[str, Block], ...] = (),
    dtype: str | None = None,
) -> Block:
    """A router and experts under Mixtral's names; the correction bias stands beside the router, not in it. `dtype`: of
    router and bias, where it is not the model's own."""
    hidden, experts = c.int("hidden_size"), c.int("num_local_experts", "num_experts", default=default)
    used = c.int("num_experts_per_tok", default=selected)
    check_selection(c, experts, used)
    router = Router(
        hidden,
        experts,
        used,
        scoring=c.word("scoring_func", default=scoring),
        renormalise=True,
        correction_bias="e_score_correction_bias" if corrected else "",
        correction_dtype=dtype,
        dtype=dtype,
        names=(("weight", "gate.weight"),),
    )
    return moe(
        router,
        Experts(hidden, c.int("intermediate_size"), experts, used, names=W123),
        shared,
        router_name="",
        shared_name="shared_mlp",
        extra=extra,
    )
