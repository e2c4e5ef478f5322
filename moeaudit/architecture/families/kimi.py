"""Kimi: Linear (arXiv:2510.26692), K3, and the vision models K2.5, K2.6, K2.7 Code. K2 itself is read by `deepseek`.

A config that transformers wrote names the vision widths without `vt_` and goes with the names transformers saves,
which differ from the releases' in a few places; the same holds for Kimi Linear without `linear_attn_config`.
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import (
    Block,
    Embedding,
    Experts,
    FeedForward,
    Head,
    LatentAttention,
    Linear,
    Module,
    Norm,
    Router,
    module,
)
from moeaudit.architecture.blocks.kimi_delta import KimiDelta
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.moonvit import encoder, squares, tower
from moeaudit.architecture.families.common import decoder_layer, decoder_model, shared_experts, whole_model
from moeaudit.architecture.families.deepseek import (
    deepseek_layers,
    latent_attention,
    prediction,
    rotary_buffers,
    v3_moe,
)
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import (
    W123,
    encoder_section,
    layer_count,
    layer_words,
    never_tied,
    prediction_modules,
    routed,
    sparse_layers,
)
from moeaudit.later import dataclass

UNKNOWN_MODULES = (
    "The config counts prediction modules, but no release shows how they are stored: they are not counted."
)


@dataclass(frozen=True)
class Types:
    """Types of what a release stores otherwise than in the model's own: decay tables, convolutions and output norms
    of the delta attention, correction biases."""

    decays: str | None = None
    mixing: str | None = None
    correction: str | None = None


LINEAR = Types(decays="F32")
"""As in Kimi-Linear-48B-A3B-Instruct's headers."""

K3 = Types(decays="F32", mixing="F32", correction="F32")
"""As in Kimi-K3's headers."""


def kimi_k25(c: Config) -> Architecture:
    """K2.5, K2.6 and K2.7 Code: Kimi K2's decoder behind a MoonViT whose patches are merged in squares."""
    t, v = c.text(), encoder_section(c, "vision_config")
    released = v is None or v.has("vt_hidden_size")
    attention, sparse = latent_attention(t), v3_moe(t)
    layers = deepseek_layers(t, (attention,) * layer_count(t), sparse, first_dense=3)
    return decoder_model(
        c,
        "Kimi K2.5",
        layers,
        text=t,
        tied=c.flag("tie_word_embeddings", default=not released),
        prefix="language_model.model",
        stack="layers" if released else "blocks",
        head="language_model.lm_head",
        after=(
            *prediction(t, attention, sparse, prefix="language_model.model."),
            *encoder(c, v, t.int("hidden_size")),
            *(rotary_buffers(t, len(layers), "language_model.model") if released else ()),
        ),
    )


def kimi_vl(c: Config) -> Architecture:
    """Kimi-VL (arXiv:2504.07491): Moonlight's decoder, DeepSeek-V3 in small, behind a MoonViT. Names: vLLM 0.33.0,
    models/kimi_vl.py, and mlx-lm 0.32.2, models/kimi_vl.py."""
    t, v = c.text(), encoder_section(c, "vision_config")
    layers = deepseek_layers(t, (latent_attention(t),) * layer_count(t), v3_moe(t), first_dense=1)
    return decoder_model(
        c,
        "Kimi-VL",
        layers,
        text=t,
        tied=c.flag("tie_word_embeddings", default=False),
        prefix="language_model.model",
        head="language_model.lm_head",
        after=(*tower(v, released=True), squares(v, t.int("hidden_size"))) if v is not None else (),
    )


def kimi_linear(c: Config) -> Architecture:
    """Kimi Linear 48B-A3B: Kimi delta attention in three layers of four, MLA without positions in the fourth."""
    return whole_model(
        c,
        "Kimi Linear",
        language(c, "", LINEAR),
        tied=never_tied(c),
        notes=unknown_modules(c),
        context=("model_max_length", "max_position_embeddings"),
    )


def kimi_k3(c: Config) -> Architecture:
    """K3: Kimi Linear with experts in a latent space and residuals chosen by attention, behind a MoonViT."""
    t, v = c.text(), encoder_section(c, "vision_config")
    return whole_model(
        c,
        "Kimi K3",
        (*language(t, "language_model.", K3), *encoder(c, v, t.int("hidden_size"))),
        text=t,
        tied=never_tied(t),
        notes=unknown_modules(t),
        context=("max_position_embeddings", "model_max_length"),
    )


def unknown_modules(t: Config) -> tuple[str, ...]:
    return (UNKNOWN_MODULES,) if prediction_modules(t) else ()


def language(t: Config, prefix: str, types: Types) -> tuple[Piece, ...]:
    """Token table, layers, final norm, head; a last residual attention where residuals are attended to."""
    hidden, vocabulary, layers = t.int("hidden_size"), t.int("vocab_size"), layer_count(t)
    delta, latent, sparse = delta_attention(t, types), gated_latent_attention(t), experts(t, types)
    dense = FeedForward(hidden, t.int("intermediate_size"))
    dense_name = "mlp" if t.has("linear_attn_config") else "block_sparse_moe"
    every = t.int("moe_layer_freq", default=1)
    decoder = []
    for number, (word, placed) in enumerate(
        zip(layer_types(t, layers), sparse_layers(t, layers, first_dense=1), strict=True)
    ):
        mixer: Block = delta if word == "linear_attention" else latent
        decoder.append(
            layer(t, mixer, sparse, "block_sparse_moe")
            if placed and number % every == 0
            else layer(t, mixer, dense, dense_name)
        )
    last = Single(f"{prefix}model", residual_attention(hidden, "output_attn")) if t.has("attn_res_block_size") else None
    return (
        Single(f"{prefix}model.embed_tokens", Embedding(vocabulary, hidden)),
        Stack(f"{prefix}model.layers.{{}}", tuple(decoder)),
        Single(f"{prefix}model.norm", Norm(hidden)),
        *((last,) if last else ()),
        Single(f"{prefix}lm_head", Head(vocabulary, hidden)),
    )


def layer_types(t: Config, layers: int) -> tuple[str, ...]:
    """ "linear_attention" or "full_attention". Releases number the layers of each kind from 1 in `linear_attn_config`;
    where nothing is listed, every fourth layer but the first is full."""
    nested = t.section("linear_attn_config")
    if t.has("layer_types") or not nested.has("full_attn_layers"):
        return layer_words(
            t,
            layers,
            "layer_types",
            lambda number: "full_attention" if number and number % 4 == 0 else "linear_attention",
        )
    full = set(nested.ints("full_attn_layers"))
    linear = set(
        nested.ints("kda_layers", default=tuple(number for number in range(1, layers + 1) if number not in full))
    )
    if full & linear or full | linear != set(range(1, layers + 1)):
        raise t.contradiction(
            "full_attn_layers and kda_layers do not name every layer once", "linear_attn_config", "num_hidden_layers"
        )
    return tuple("full_attention" if number in full else "linear_attention" for number in range(1, layers + 1))


def layer(t: Config, mixer: Block, ffn: Block, name: str) -> Block:
    """A decoder layer; with `attn_res_block_size` each half attends to earlier residuals first."""
    hidden = t.int("hidden_size")
    plain = decoder_layer(hidden, mixer, ffn, mlp=name)
    if not t.has("attn_res_block_size"):
        return plain
    return Module(
        (("", plain), ("", residual_attention(hidden, "self_attention")), ("", residual_attention(hidden, "mlp")))
    )


def residual_attention(hidden: int, name: str) -> Module:
    """Attention over the residuals of earlier blocks of layers: a norm, and one score for each."""
    return module(
        {f"{name}_res_norm": Norm(hidden), f"{name}_res_proj": Linear(hidden, 1, note="scores earlier residuals")}
    )


def delta_attention(t: Config, types: Types) -> KimiDelta:
    """Kimi delta attention. With a full-rank output gate (K3) the decays are one padded vector, a power of two long."""
    nested = t.section("linear_attn_config")
    heads = nested.int("num_heads", default=lambda: t.int("linear_num_heads", default=32))
    full = nested.flag("use_full_rank_gate", default=False)
    return KimiDelta(
        t.int("hidden_size"),
        heads,
        nested.int("head_dim", default=lambda: t.int("linear_head_dim", default=128)),
        nested.int("short_conv_kernel_size", default=lambda: t.int("linear_conv_kernel_dim", default=4)),
        full_gate=full,
        decay_shape=(1 << (heads - 1).bit_length(),) if full else (1, 1, heads, 1),
        decay_dtype=types.decays,
        mixing_dtype=types.mixing,
    )


def gated_latent_attention(t: Config) -> LatentAttention:
    """MLA, with an output gate for every feature where `mla_use_output_gate`."""
    gate = "full" if t.flag("mla_use_output_gate", default=False) else "none"
    return replace(latent_attention(t, query_rank=None), gate=gate, names=(("gate_proj", "g_proj"),))


def experts(t: Config, types: Types) -> Module:
    """Sigmoid routing with a correction bias. With `routed_expert_hidden_size` the routed experts work on a
    projection of the hidden state to that size, and their sum is projected back."""
    hidden, width = t.int("hidden_size"), t.int("moe_intermediate_size")
    count, selected = routed(t)
    latent = t.maybe_int("routed_expert_hidden_size")
    router = Router(
        hidden,
        count,
        selected,
        correction_bias="e_score_correction_bias",
        correction_dtype=types.correction,
        scoring=t.word("moe_router_activation_func", default="sigmoid"),
        groups=t.int("num_expert_group", "n_group", default=1),
        top_groups=t.int("topk_group", default=1),
        renormalise=t.flag("moe_renormalize", "norm_topk_prob", default=True),
        scaling=t.number("routed_scaling_factor", default=1.0),
    )
    note = "latent space of the routed experts"
    return module(
        {
            "gate": router,
            "experts": Experts(latent or hidden, width, count, selected, names=W123),
            "shared_experts": shared_experts(
                hidden, width, t.int("num_shared_experts", "n_shared_experts", default=1, least=0)
            ),
            "routed_expert_down_proj": Linear(hidden, latent, note=note) if latent else None,
            "routed_expert_norm": Norm(latent) if latent and t.flag("latent_moe_use_norm", default=False) else None,
            "routed_expert_up_proj": Linear(latent, hidden, note=note) if latent else None,
        }
    )
