"""Nemotron-H (arXiv:2504.03624) and Nemotron 3 Nano and Super: one mixer a layer — Mamba-2, attention, dense or
experts.

Experts are plain (squared ReLU, no gate); Super's work in a narrower latent (`moe_latent_size`).
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import (
    Block,
    Experts,
    FeedForward,
    Linear,
    Module,
    Norm,
    SharedExperts,
    module,
    moe,
)
from moeaudit.architecture.blocks.mamba import Mamba2
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.nemotron import image_tower, projector, sound_tower
from moeaudit.architecture.encoders.nemotron_sound import sound_encoders, word_timer
from moeaudit.architecture.families.common import decoder_model, grouped_attention, joining, sigmoid_router
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import check_selection, encoder_section, pixel_shuffle
from moeaudit.later import dataclass
from moeaudit.limits import LAYERS
from moeaudit.vocabulary import Component, Part

LETTERS = {"M": "mamba", "E": "moe", "*": "attention", "-": "mlp"}
"""Pattern strings of the releases."""

WORDS = {"linear_attention": "mamba", "full_attention": "attention"}
"""The same kinds in transformers' words."""

DEFAULT = ("mamba", "moe", "attention", "mlp")


def nemotron_h(c: Config) -> Architecture:
    """The language model."""
    return language_model(c, c, "", ())


def nemotron_h_omni(c: Config) -> Architecture:
    """With a C-RADIO vision tower and, where the config has one, a Parakeet sound tower.

    Models with prediction modules normalise the tower's features once more before they are projected: Megatron adds
    that norm to every stack of a model that has them (transformers 5.24).
    """
    t, v, a = c.text(), encoder_section(c, "vision_config"), c.section("audio_config", "sound_config")
    hidden, features = t.int("hidden_size"), c.int("vision_hidden_size", "vit_hidden_size", default=1280)
    joined = features * int(pixel_shuffle(c)) ** 2
    encoders: tuple[Piece, ...] = ()
    if v is not None:
        inner = c.int("projector_hidden_size", default=4096)
        final = Single("vision_projector.vision_final_layernorm", Norm(features, bias=True), Part.PROJECTOR)
        encoders = (
            *image_tower(v),
            *((final,) if prediction_kinds(t) else ()),
            Single("mlp1", projector(joined, inner, hidden, ("0", "1", "3")), Part.PROJECTOR),
        )
    if a.data:
        inner, bias = a.int("projection_hidden_size"), a.flag("projection_bias", default=False)
        names = ("norm", "linear1", "linear2")
        encoders += (
            *sound_tower(a),
            Single(
                "sound_projection",
                projector(a.int("hidden_size", default=1024), inner, hidden, names, bias=bias),
                Part.PROJECTOR,
            ),
        )
    return language_model(c, t, "language_model.", encoders)


@dataclass(frozen=True)
class Words:
    """What the language model's tensors are called. `scalars`: before the state's decays, skips and step biases."""

    model: str = "backbone"
    table: str = "embeddings"
    norm: str = "norm_f"
    scalars: str = ""


def nemo_speechlm(c: Config) -> Architecture:
    """Nemotron 3.5 Transcribe: the language model behind encoders of speech and of speakers, with a head that times
    words where the config has one."""
    t, a = c.section("text_config", required=True), c.section("audio_config")
    features = a.section("asr_config").int("hidden_size", default=1280)
    timer = c.section("word_timestamp_config")
    encoders = (
        *sound_encoders(a),
        Single("perception.proj", Linear(features, t.int("hidden_size"), bias=True), Part.PROJECTOR),
        *(word_timer(timer) if timer.data else ()),
    )
    return language_model(c, t, "llm.", encoders, Words("model", "embed_tokens", "norm", "_fp32_params."))


RELEASED = Words()


def language_model(
    c: Config, t: Config, level: str, encoders: tuple[Piece, ...], words: Words = RELEASED
) -> Architecture:
    """Layers by pattern, then the prediction modules that the config counts."""
    kinds = layer_kinds(t, ("layers_block_type", "layer_types", "block_type"), "hybrid_override_pattern") or DEFAULT
    stated = t.maybe_int("num_hidden_layers")
    if stated is not None and stated != len(kinds):
        t.notice(
            "config-layers-differ",
            f"num_hidden_layers is {stated}, but the pattern has {len(kinds)} layers; the pattern is used",
            "num_hidden_layers",
            num_hidden_layers=stated,
            pattern=len(kinds),
        )
    present = {*kinds, *prediction_kinds(t)}
    mixer: dict[str, Block] = {kind: build(t) for kind, build in MIXERS.items() if kind in present}
    if words.scalars and "mamba" in mixer:
        mixer["mamba"] = replace(mamba(t), scalars=words.scalars)
    layers = tuple(module({"norm": Norm(t.int("hidden_size")), "mixer": mixer[kind]}) for kind in kinds)
    if t.flag("tie_word_embeddings", default=False):
        t.notice(
            "config-field-ignored",
            "this family stores its head whatever tie_word_embeddings says",
            "tie_word_embeddings",
        )
    return decoder_model(
        c,
        "Nemotron-H",
        layers,
        text=t,
        prefix=f"{level}{words.model}",
        head=f"{level}lm_head",
        table=words.table,
        norm_name=words.norm,
        after=(*prediction(t, mixer, f"{level}mtp"), *encoders),
    )


def layer_kinds(t: Config, lists: tuple[str, ...], pattern: str) -> tuple[str, ...]:
    """What each layer is, from a list of words or a pattern string; the list wins. Empty where there is neither."""
    words = t.words(*lists, default=()) or tuple(LETTERS.get(letter, letter) for letter in t.word(pattern, default=""))
    kinds = tuple(WORDS.get(word, word) for word in words)
    unknown = sorted(set(kinds) - set(MIXERS))
    if unknown or len(kinds) > LAYERS:
        present = next(name for name in (*lists, pattern) if t.has(name))
        raise t.contradiction(
            f"layer kinds {unknown} are not known" if unknown else "more layers than any model has", present
        )
    return kinds


def attention(t: Config) -> Block:
    return grouped_attention(t, kv_heads=8, head_dim=128, bias=False, window=t.maybe_int("sliding_window"))


def mamba(t: Config) -> Mamba2:
    """Older configs use Mamba's own field names."""
    return Mamba2(
        t.int("hidden_size"),
        t.int("mamba_num_heads", default=128),
        t.int("mamba_head_dim", default=64),
        state=t.int("ssm_state_size", default=128),
        groups=t.int("mamba_n_groups", "n_groups", default=8),
        kernel=t.int("mamba_d_conv", "conv_kernel", default=4),
        conv_bias=t.flag("mamba_conv_bias", "use_conv_bias", default=True),
        bias=t.flag("use_bias", default=False),
        chunk=t.int("mamba_chunk_size", "chunk_size", default=128),
        state_dtype=t.word("mamba_ssm_cache_dtype", "mamba_ssm_dtype", default=""),
    )


def dense(t: Config) -> FeedForward:
    return FeedForward(
        t.int("hidden_size"),
        t.int("intermediate_size", default=21504),
        gated=False,
        bias=t.flag("mlp_bias", default=False),
    )


def experts_block(t: Config) -> Block:
    """Sigmoid, group-limited routing on the full width; experts on the latent, where there is one; a shared expert on
    the full width."""
    hidden, experts = t.int("hidden_size"), t.int("n_routed_experts", "num_local_experts", "num_experts", default=8)
    used, bias = t.int("num_experts_per_tok", default=2), t.flag("mlp_bias", default=False)
    check_selection(t, experts, used)
    latent = t.maybe_int("moe_latent_size")
    width = t.int("moe_shared_expert_intermediate_size", default=7688, least=0) or t.int("intermediate_size")
    down = Linear(hidden, latent or 0, bias, Component.OTHER, note="latent projection")
    up = Linear(latent or 0, hidden, bias, Component.OTHER, note="latent projection")
    return moe(
        sigmoid_router(t, chosen=(experts, used)),
        Experts(latent or hidden, t.int("moe_intermediate_size", default=7688), experts, used, gated=False),
        SharedExperts(hidden, width, t.int("n_shared_experts", default=1, least=0), gated=False, bias=bias),
        extra=(("fc1_latent_proj", down), ("fc2_latent_proj", up)) if latent else (),
    )


MIXERS = {"mamba": mamba, "moe": experts_block, "attention": attention, "mlp": dense}


def prediction_kinds(t: Config) -> tuple[str, ...]:
    """The layers of one prediction module; none where the config counts no module."""
    if not t.int("num_nextn_predict_layers", default=0, least=0):
        return ()
    return layer_kinds(t, ("mtp_layers_block_type",), "mtp_hybrid_override_pattern") or ("attention", "moe")


def prediction(t: Config, mixer: dict[str, Block], prefix: str) -> tuple[Piece, ...]:
    """Each module begins with two norms and a joining projection and ends with a norm (names as vLLM's loader reads
    them)."""
    kinds, hidden = prediction_kinds(t), t.int("hidden_size")
    if not kinds:
        return ()
    norm = Norm(hidden)
    joined = joining(hidden)

    def layer(place: int) -> Module:
        first, last = place == 0, place == len(kinds) - 1
        return module(
            {
                "enorm": norm if first else None,
                "hnorm": norm if first else None,
                "eh_proj": joined if first else None,
                "norm": norm,
                "mixer": mixer[kinds[place]],
                "final_layernorm": norm if last else None,
            }
        )

    modules = t.int("num_nextn_predict_layers") * len(kinds)
    if modules > LAYERS:
        raise t.contradiction("more prediction modules than any model has", "num_nextn_predict_layers")
    layers = tuple(layer(number % len(kinds)) for number in range(modules))
    return (Stack(f"{prefix}.layers.{{}}", layers, part=Part.MTP, role="prediction"),)
