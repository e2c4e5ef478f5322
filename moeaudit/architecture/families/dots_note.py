"""dots3-note: MLA whose ranks differ by layer, a vision tower with a growing number of experts, an audio tower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from moeaudit.architecture.blocks import Block, FeedForward, LatentAttention, Module, Norm, SharedExperts, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.dots import audio_tower, vision_tower
from moeaudit.architecture.families.common import decoder_layer, decoder_model, routed_experts, sigmoid_router
from moeaudit.architecture.families.deepseek import token_indexer
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, layer_words
from moeaudit.vocabulary import Component

SLIDING_DEFAULTS = {
    "num_attention_heads": 64,
    "q_lora_rank": 1024,
    "kv_lora_rank": 1024,
    "head_dim": 256,
    "qk_nope_head_dim": 192,
    "v_head_dim": 128,
}
"""What sliding layers have where the config states neither `per_layer_config` nor `swa_…` fields."""


def dots3_note_text(c: Config) -> Architecture:
    """The language model alone."""
    return decoder_model(c, "dots3-note", decoder_layers(c), tied=c.flag("tie_word_embeddings", default=False))


def dots3_note(c: Config) -> Architecture:
    """With the towers for images and sound."""
    text = c.section("text_config", required=True)
    return decoder_model(
        c,
        "dots3-note",
        decoder_layers(text),
        text=text,
        tied=c.flag("tie_word_embeddings", default=False),
        after=(*vision_tower(c.section("vision_config")), *audio_tower(c.section("audio_config"))),
    )


def decoder_layers(c: Config) -> list[Block]:
    """One dense layer, then experts; the first two layers and every fourth select tokens, the others slide."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    first = c.int("first_k_dense_replace", default=1, least=0)
    every = every_layer(c, layers)
    mlps = layer_words(
        c, layers, "mlp_layer_types", lambda number: "sparse" if number >= first and every[number] else "dense"
    )
    dense, sparse = FeedForward(hidden, c.int("intermediate_size")), experts_block(c)
    return [
        decoder_layer(hidden, attention(of_layer(c, number, kind), kind), dense if mlp == "dense" else sparse)
        for number, (kind, mlp) in enumerate(zip(attention_kinds(c, layers), mlps, strict=True))
    ]


def every_layer(c: Config, layers: int) -> Sequence[bool]:
    """`moe_layer_freq`: every n-th layer, or a flag for each."""
    if isinstance(c.data.get("moe_layer_freq"), list):
        return [bool(flag) for flag in c.per_layer(layers, "moe_layer_freq", least=0)]
    step = c.int("moe_layer_freq", default=1)
    return [number % step == 0 for number in range(layers)]


def attention_kinds(c: Config, layers: int) -> tuple[str, ...]:
    """ "indexed_attention", "full_attention" or "sliding_attention". Early configs call indexed layers full, unless
    `use_dsa` says that there are none."""
    full = "full_attention" if c.data.get("use_dsa") is False else "indexed_attention"
    slides = c.flag("use_sliding_window", default=True)
    kinds = layer_words(
        c,
        layers,
        "layer_types",
        lambda number: full if not slides or number < 2 or number % 4 == 1 else "sliding_attention",
    )
    settled = c.has("use_dsa") or "per_layer_config" not in c.data
    return tuple(full if settled and kind in ("full_attention", "indexed_attention") else kind for kind in kinds)


def of_layer(c: Config, number: int, kind: str) -> Config:
    """The fields as they hold for one layer: `per_layer_config` where there is one, else `swa_…` in sliding layers."""
    if "per_layer_config" in c.data:
        sections = c.section("per_layer_config")
        own = next((sections.section(name) for name in sections.data if name.isdecimal() and int(name) == number), None)
        changed = dict(own.data) if own else {}
    elif kind == "sliding_attention":
        changed = {name: c.data.get(f"swa_{name}", default) for name, default in SLIDING_DEFAULTS.items()}
        rope = c.data.get("swa_qk_rope_head_dim")
        changed["qk_rope_head_dim"] = rope if rope is not None else changed["head_dim"] - changed["qk_nope_head_dim"]
    else:
        changed = {}
    return replace(c, data={**c.data, **changed})


def attention(c: Config, kind: str) -> Module:
    """MLA with a gate for each head and a norm on the rotary key."""
    window = c.int("sliding_window", "sliding_window_size", default=512) if kind == "sliding_attention" else None
    topk = c.int("index_topk", default=2048) if kind == "indexed_attention" else None
    rotary = c.int("qk_rope_head_dim")
    latent = LatentAttention(
        c.int("hidden_size"),
        c.int("num_attention_heads"),
        c.int("kv_lora_rank"),
        c.int("qk_nope_head_dim"),
        rotary,
        c.int("v_head_dim"),
        q_lora_rank=c.int("q_lora_rank"),
        bias=c.flag("attention_bias", default=False),
        gate="head",
        window=window,
        selected=topk,
        names=(("gate_proj", "g_proj"),),
    )
    return module(
        {
            "": latent,
            "k_rope_only_layernorm": Norm(rotary, component=Component.ATTENTION),
            "indexer": token_indexer(c, heads=64, topk=topk) if topk is not None else None,
        }
    )


def experts_block(c: Config) -> Module:
    """Sigmoid routing with a correction bias; shared experts have a width of their own."""
    count, router = c.int("n_shared_experts", default=1), sigmoid_router(c)
    width = c.int("shared_experts_intermediate_size", "moe_shared_expert_intermediate_size", default=1536)
    return moe(router, routed_experts(c, router), SharedExperts(router.hidden, count * width, count))
