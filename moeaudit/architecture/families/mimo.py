"""MiMo-V2-Flash (Xiaomi, arXiv:2601.02780) and V2.5: five windowed layers with sinks to one of full attention,
asymmetric heads.

Prediction modules: names as in V2.5's headers, and as engines load V2-Flash's; the config does not say how many there
are.
"""

from __future__ import annotations

from collections.abc import Callable

from moeaudit.architecture.blocks import Attention, Block, Experts, FeedForward, Norm, Router, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.mimo import audio_tower, vision_tower
from moeaudit.architecture.families.common import decoder_layer, decoder_model, joining
from moeaudit.architecture.model import Architecture, Piece, Stack
from moeaudit.architecture.reading import check_selection, encoder_section, layer_count, layer_words
from moeaudit.architecture.weights import Presence
from moeaudit.vocabulary import Part

NAMES = (("sinks", "attention_sink_bias"),)
MODULES = 3
"""Prediction modules of the releases (V2-Flash's model card, "MTP"; V2.5's headers)."""

UNCOUNTED = "The release stores prediction modules that its config does not count; the weights tell how many."


def mimo_v2_flash(c: Config) -> Architecture:
    """`hybrid_layer_pattern` and `moe_layer_freq` of the release, or the lists of transformers."""
    return mimo_model(c, "MiMo-V2-Flash", experts_block(c))


def mimo_v2(c: Config) -> Architecture:
    """V2.5 and V2.6: V2-Flash's decoder behind a vision and an audio encoder. Correction biases are stored in F32;
    routers too (MiMo-V2.5's headers) unless `moe_router_dtype` names another type (V2.6)."""
    vision, audio = encoder_section(c, "vision_config"), encoder_section(c, "audio_config")
    written = c.word("moe_router_dtype", default="float32").removeprefix("torch.")
    sparse = experts_block(c, dtype="F32", router_dtype=TORCH_WORDS.get(written))
    return mimo_model(c, "MiMo-V2", sparse, encoders=(*vision_tower(vision), *audio_tower(audio)))


TORCH_WORDS = {"float32": "F32", "float16": "F16", "bfloat16": "BF16"}
"""torch's names of types, in safetensors' words."""


def mimo_model(c: Config, family: str, sparse: Block, *, encoders: tuple[Piece, ...] = ()) -> Architecture:
    """The lineage's decoder, its prediction modules, and what stands before it."""
    layers, hidden = layer_count(c), c.int("hidden_size")
    slides = flags(c, layers, "hybrid_layer_pattern", lambda number: number > 0 and (number + 1) % 6 != 0)
    mixes = flags(c, layers, "moe_layer_freq", lambda number: number > 0)
    words = layer_words(
        c, layers, "layer_types", lambda number: "sliding_attention" if slides[number] else "full_attention"
    )
    ffns = layer_words(c, layers, "mlp_layer_types", lambda number: "sparse" if mixes[number] else "dense")
    full, sliding = attention(c, sliding=False), attention(c, sliding=True)
    dense = FeedForward(hidden, c.int("intermediate_size"))
    return decoder_model(
        c,
        family,
        [
            decoder_layer(
                hidden, sliding if word == "sliding_attention" else full, sparse if ffn == "sparse" else dense
            )
            for word, ffn in zip(words, ffns, strict=True)
        ],
        tied=c.flag("tie_word_embeddings", default=False),
        after=(*prediction(c, sliding, dense), *encoders),
        notes=(UNCOUNTED,),
    )


def flags(c: Config, layers: int, name: str, default: Callable[[int], bool]) -> tuple[bool, ...]:
    """A list of 0 and 1, one for each layer."""
    values = c.ints(name, default=tuple(int(default(number)) for number in range(layers)))
    return tuple(bool(value) for value in c.each_layer(layers, name, values))


def attention(c: Config, *, sliding: bool) -> Attention:
    """Windowed layers have their own heads (`swa_…`), by default twice the key-value heads, and sinks.
    `attention_projection_layout` says whether queries, keys and values are stored as one matrix."""
    hidden, bias = c.int("hidden_size"), c.flag("attention_bias", default=False)
    heads, kv_heads = c.int("num_attention_heads"), c.int("num_key_value_heads", default=4)
    head_dim, value_dim = c.int("head_dim", default=192), c.int("v_head_dim", default=128)
    if sliding:
        heads, kv_heads = (
            c.int("swa_num_attention_heads", default=heads),
            c.int("swa_num_key_value_heads", default=2 * kv_heads),
        )
        head_dim, value_dim = c.int("swa_head_dim", default=head_dim), c.int("swa_v_head_dim", default=value_dim)
    return Attention(
        hidden,
        heads,
        kv_heads,
        head_dim,
        value_dim,
        query_bias=bias,
        key_bias=bias,
        value_bias=bias,
        sinks=c.flag("add_swa_attention_sink_bias", default=True)
        if sliding
        else c.flag("add_full_attention_sink_bias", default=False),
        window=window(c) if sliding else None,
        names=NAMES,
        fused=c.word("attention_projection_layout", default="split") == "fused_qkv",
    )


def window(c: Config) -> int:
    """`sliding_window_size` counts the tokens before the query, `sliding_window` the query too."""
    before = c.maybe_int("sliding_window_size")
    return c.int("sliding_window", default=129) if before is None else before + 1


def experts_block(c: Config, *, dtype: str | None = None, router_dtype: str | None = None) -> Block:
    """Sigmoid, group-limited routing with a correction bias; no shared expert. `dtype`, `router_dtype`: of the bias and
    of the router, where it is not the model's own."""
    hidden, experts = c.int("hidden_size"), c.int("n_routed_experts", "num_local_experts", "num_experts", default=256)
    used = c.int("num_experts_per_tok", default=8)
    check_selection(c, experts, used)
    router = Router(
        hidden,
        experts,
        used,
        scoring="sigmoid",
        correction_bias="e_score_correction_bias",
        correction_dtype=dtype,
        dtype=router_dtype,
        groups=c.int("n_group", default=1),
        top_groups=c.int("topk_group", default=1),
        renormalise=c.flag("norm_topk_prob", default=True),
        scaling=c.number("routed_scaling_factor", default=1.0),
    )
    return moe(router, Experts(hidden, c.int("moe_intermediate_size"), experts, used))


def prediction(c: Config, attends: Block, feeds: Block) -> tuple[Piece, ...]:
    """Windowed attention and a dense feed-forward behind the joining projection; embedding and head are the main
    model's."""
    hidden, modules = c.int("hidden_size"), c.int("num_nextn_predict_layers", default=MODULES, least=0)
    if not modules:
        return ()
    norm = Norm(hidden)
    layer = module(
        {
            "enorm": norm,
            "hnorm": norm,
            "eh_proj": joining(hidden),
            "input_layernorm": norm,
            "self_attn": attends,
            "pre_mlp_layernorm": norm,
            "mlp": feeds,
            "final_layernorm": norm,
        }
    )
    return (
        Stack("model.mtp.layers.{}", (layer,) * modules, part=Part.MTP, presence=Presence.OPTIONAL, role="prediction"),
    )
