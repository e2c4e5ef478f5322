"""Gemma 4 and DiffusionGemma: five windowed layers to one of full attention, per-layer embeddings, experts beside a
dense feed-forward.

Source: the configuration and model published in transformers 5.23 (`models/gemma4`, `models/diffusion_gemma`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from moeaudit.architecture.blocks import Block, Embedding, Experts, FeedForward, Linear, Module, Norm, Router, module
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.gemma import audio_tower, vision_tower
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import check_selection, encoder_section, layer_count, layer_words
from moeaudit.architecture.weights import Weight, indices
from moeaudit.vocabulary import Component, Part

PER_LAYER = "per-layer embedding"
NORMS = ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm")


def gemma4(c: Config) -> Architecture:
    """With the vision and audio towers that the config describes."""
    t = c.text()
    return gemma4_model(c, t, "model.language_model", towers(c, t, "model"))


def gemma4_text(c: Config) -> Architecture:
    """The language model alone."""
    return gemma4_model(c, c, "model", ())


def gemma4_model(c: Config, t: Config, prefix: str, encoders: tuple[Piece, ...]) -> Architecture:
    """The head is the input table unless the config unties them."""
    experts, one = t.flag("enable_moe_block", default=False), t.flag("attention_k_eq_v", default=False)
    width = t.int("hidden_size_per_layer_input", default=256, least=0)
    full = full_heads(t, own_keys=one)
    return decoder_model(
        c,
        "Gemma 4",
        layers_of(t, full, experts=experts, one=one, per_layer=width),
        text=t,
        prefix=prefix,
        tied=c.flag("tie_word_embeddings", default=True),
        after=(*per_layer_tables(t, prefix, width), *encoders),
    )


def diffusion_gemma(c: Config) -> Architecture:
    """One set of weights reads the prompt and denoises the canvas, unless the config unties them; self-conditioning
    is the decoder's."""
    t, prefix, tied = c.text(), "model.encoder.language_model", c.flag("tie_word_embeddings", default=True)
    layers = layers_of(t, full_heads(t, own_keys=True), experts=True, one=True, per_layer=0)
    hidden = t.int("hidden_size")
    conditioning = Module(
        (("pre_norm", Norm(hidden)), ("", FeedForward(hidden, t.int("intermediate_size"), component=Component.OTHER)))
    )
    denoiser: tuple[Piece, ...] = (
        (*(Single("model.decoder", weight) for weight in own_weights(layers)),)
        if tied
        else (
            Single("model.decoder.embed_tokens", Embedding(t.int("vocab_size"), hidden)),
            Stack("model.decoder.layers.{}", layers),
            Single("model.decoder.norm", Norm(hidden)),
        )
    )
    return decoder_model(
        c,
        "DiffusionGemma",
        layers,
        text=t,
        prefix=prefix,
        tied=tied,
        after=(*denoiser, Single("model.decoder.self_conditioning", conditioning), *towers(c, t, "model.encoder")),
    )


def own_weights(layers: tuple[Block, ...]) -> Iterator[Tensor]:
    """What the decoder stores of layers it shares with the encoder: residual scales and biases, which are never
    tied."""
    places: dict[Weight, list[int]] = {}
    for number, layer in enumerate(layers):
        for weight in layer.weights():
            if weight.name == "layer_scalar" or weight.name.endswith(".bias"):
                places.setdefault(weight, []).append(number)
    for weight, numbers in places.items():
        yield Tensor(
            f"layers.{{}}.{weight.name}", weight.shape, weight.component, index=(indices(numbers),), note=weight.note
        )


Heads = Callable[[int, bool], tuple[int, int]]
"""(layer number, whether it attends fully) → (head_dim, key-value heads)."""


def full_heads(t: Config, *, own_keys: bool) -> Heads:
    """Full layers have wider heads and, where `own_keys` holds, their own number of keys. `per_layer_config`, fields
    of single layers by number ("05"), replaces both rules."""
    usual = t.int("head_dim", default=256), t.int("num_key_value_heads", default=4)
    if "per_layer_config" not in t.data:
        full = (
            t.int("global_head_dim", default=512),
            t.int("num_global_key_value_heads", default=usual[1]) if own_keys else usual[1],
        )
        return lambda number, attends_fully: full if attends_fully else usual
    section = t.section("per_layer_config")
    own = {
        int(name): section.section(name)
        for name, value in section.data.items()
        if name.isdecimal() and isinstance(value, Mapping)
    }
    heads = {
        number: (layer.int("head_dim", default=usual[0]), layer.int("num_key_value_heads", default=usual[1]))
        for number, layer in own.items()
    }
    return lambda number, attends_fully: heads.get(number, usual)


def layers_of(t: Config, heads: Heads, *, experts: bool, one: bool, per_layer: int) -> tuple[Block, ...]:
    """Decoder layers. `one`: keys serve as values in full layers. `per_layer`: width of the per-layer embedding.
    The last `num_kv_shared_layers` attend to keys of earlier layers."""
    layers, hidden = layer_count(t), t.int("hidden_size")
    usual, window = grouped_attention(t, kv_heads=4, head_dim=256, qk_norm="head"), t.int("sliding_window", default=512)
    sparse, gated = experts_beside(t) if experts else (), per_layer_path(hidden, per_layer)
    first_reusing, wide = (
        layers - t.int("num_kv_shared_layers", default=0, least=0),
        t.flag("use_double_wide_mlp", default=False),
    )
    norms = tuple((name, Norm(hidden)) for name in NORMS)
    scalar = Tensor("layer_scalar", (1,), Component.OTHER, note="residual scale")

    def layer(number: int, word: str) -> Module:
        reuses, fully = number >= first_reusing, word == "full_attention"
        head_dim, kv_heads = heads(number, fully)
        attention = replace(
            usual,
            head_dim=head_dim,
            kv_heads=kv_heads,
            window=None if fully else window,
            shared_values=one and fully,
            reuses_keys=reuses,
        )
        ffn = FeedForward(hidden, t.int("intermediate_size") * (2 if wide and reuses else 1))
        return Module((("self_attn", attention), ("mlp", ffn), *sparse, *norms, *gated, ("", scalar)))

    return tuple(layer(number, word) for number, word in enumerate(attention_words(t, layers)))


def attention_words(t: Config, layers: int) -> tuple[str, ...]:
    """Five windowed layers to one full; the last one is always full."""
    words = layer_words(
        t, layers, "layer_types", lambda number: "full_attention" if (number + 1) % 6 == 0 else "sliding_attention"
    )
    if words[-1] != "full_attention" and t.has("layer_types"):
        t.notice(
            "config-field-ignored",
            "the last layer attends fully in this family; layer_types says otherwise",
            "layer_types",
        )
    return (*words[:-1], "full_attention")


def experts_beside(t: Config) -> tuple[tuple[str, Block], ...]:
    """Experts beside the dense feed-forward: the router scales its normed input, and each expert has a scale of its
    own."""
    hidden, experts = t.int("hidden_size"), t.int("num_experts", "num_local_experts")
    used = t.int("top_k_experts", "num_experts_per_tok")
    check_selection(t, experts, used)
    scales = (
        Tensor("scale", (hidden,), Component.ROUTER),
        Tensor("per_expert_scale", (experts,), Component.ROUTER, per_expert=True),
    )
    norms = ("post_feedforward_layernorm_1", "post_feedforward_layernorm_2", "pre_feedforward_layernorm_2")
    return (
        ("router", Router(hidden, experts, used, renormalise=True, names=(("weight", "proj.weight"),))),
        *(("router", scale) for scale in scales),
        ("experts", Experts(hidden, t.int("moe_intermediate_size"), experts, used, layout="stacked")),
        *((name, Norm(hidden)) for name in norms),
    )


def per_layer_path(hidden: int, width: int) -> tuple[tuple[str, Block], ...]:
    """What each layer does with its slice of the per-layer embedding; nothing where that has no width."""
    if not width:
        return ()
    return (
        ("per_layer_input_gate", Linear(hidden, width, note=PER_LAYER)),
        ("per_layer_projection", Linear(width, hidden, note=PER_LAYER)),
        ("post_per_layer_input_norm", Norm(hidden, component=Component.OTHER)),
    )


def per_layer_tables(t: Config, prefix: str, width: int) -> tuple[Piece, ...]:
    """The table of per-layer embeddings, all layers side by side, and its blend with a projection of the token's
    own."""
    if not width:
        return ()
    rows, wide, hidden = (
        t.int("vocab_size_per_layer_input", default=262_144),
        width * layer_count(t),
        t.int("hidden_size"),
    )
    return (
        Single(f"{prefix}.embed_tokens_per_layer", Tensor("weight", (rows, wide), Component.TABLES, note=PER_LAYER)),
        Single(f"{prefix}.per_layer_model_projection", Linear(hidden, wide, note=PER_LAYER)),
        Single(f"{prefix}.per_layer_projection_norm", Norm(width, component=Component.OTHER)),
    )


def towers(c: Config, t: Config, level: str) -> tuple[Piece, ...]:
    """Encoders under `level`, each with its projection into the language model."""
    hidden, v, a = t.int("hidden_size"), encoder_section(c, "vision_config"), c.section("audio_config")
    pieces: tuple[Piece, ...] = ()
    if v is not None:
        embed = module({"embedding_projection": Linear(v.int("hidden_size", default=768), hidden)})
        pieces = (*vision_tower(v, f"{level}.vision_tower"), Single(f"{level}.embed_vision", embed, Part.PROJECTOR))
    if a.data:
        embed = module({"embedding_projection": Linear(a.int("output_proj_dims", default=1536), hidden)})
        pieces += (*audio_tower(a, f"{level}.audio_tower"), Single(f"{level}.embed_audio", embed, Part.PROJECTOR))
    return pieces
