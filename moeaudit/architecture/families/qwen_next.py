"""Qwen3-Next, Qwen3.5 and what follows them: three gated DeltaNet layers to one of gated attention, many small experts.

Gated DeltaNet: arXiv:2412.06464. Gated attention: arXiv:2505.06708.
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Attention, Block, Norm, module
from moeaudit.architecture.blocks.linear_attention import GatedDeltaNet
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.qwen_vision import vision_tower
from moeaudit.architecture.families.common import decoder_model, grouped_attention, joining
from moeaudit.architecture.families.qwen import feed_forwards, has_experts, sparse_block
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import encoder_section, layer_count, layer_words
from moeaudit.architecture.weights import Presence
from moeaudit.vocabulary import Part

MTP_NOTE = (
    "Some releases store the prediction module and some do not; the fields that shape the model are the same for both."
)


def qwen3_next(c: Config) -> Architecture:
    """DeltaNet projections stored fused; experts placed by step and only-list; a prediction module the config says
    nothing of."""
    layers, full = layer_count(c), gated_attention(c)
    sparse = shared_sparse_block(c, experts=512, selected=10) if has_experts(c) else None
    mixers = hybrid_mixers(c, layers, delta_net(c, fused=True), full)
    ffns = feed_forwards(c, layers, sparse)
    return decoder_model(
        c,
        "Qwen3-Next",
        tuple(hybrid_layer(c, mixer, ffn) for mixer, ffn in zip(mixers, ffns, strict=True)),
        tied=c.flag("tie_word_embeddings", default=False),
        after=prediction(c, hybrid_layer(c, ("self_attn", full), sparse or ffns[0]), 1),
        notes=(MTP_NOTE,),
    )


def qwen3_5_moe(c: Config) -> Architecture:
    """Qwen3.5 with its vision tower."""
    tower = vision_tower(encoder_section(c, "vision_config"), "model.visual")
    return qwen3_5_model(c, c.text(), "model.language_model", tower)


def qwen3_5_moe_text(c: Config) -> Architecture:
    """Qwen3.5's language model; saved from the multimodal class it keeps the longer names."""
    return qwen3_5_model(c, c, text_prefix(c), ())


def text_prefix(c: Config) -> str:
    """Where the language model's tensors stand, by the class that saved them."""
    multimodal = any(name.endswith("ForConditionalGeneration") for name in c.words("architectures", default=()))
    return "model.language_model" if multimodal else "model"


def qwen3_5_model(c: Config, t: Config, prefix: str, tower: tuple[Piece, ...]) -> Architecture:
    """Experts in every layer; DeltaNet projections stored apart, its decays and norms in F32 (Qwen3.5-35B-A3B's
    headers)."""
    layers, full = layer_count(t), gated_attention(t)
    sparse = shared_sparse_block(t, experts=256, selected=8)
    mixers = hybrid_mixers(t, layers, delta_net(t, fused=False, dtype="F32"), full)
    modules = t.int("mtp_num_hidden_layers", default=1, least=0)
    return decoder_model(
        c,
        "Qwen3.5-MoE",
        tuple(hybrid_layer(t, mixer, sparse) for mixer in mixers),
        text=t,
        tied=c.flag("tie_word_embeddings", default=False),
        prefix=prefix,
        after=(*tower, *prediction(t, hybrid_layer(t, ("self_attn", full), sparse), modules)),
        notes=(MTP_NOTE,) if modules else (),
    )


def shared_sparse_block(t: Config, *, experts: int, selected: int) -> Block:
    """Softmax-routed experts beside one gated shared expert."""
    return sparse_block(
        t,
        experts=experts,
        selected=selected,
        renormalise=True,
        width=512,
        shared=t.int("shared_expert_intermediate_size", default=512, least=0),
    )


def delta_net(t: Config, *, fused: bool, dtype: str | None = None) -> GatedDeltaNet:
    """`dtype`: of decays and output norm, where it is not the model's own."""
    return GatedDeltaNet(
        t.int("hidden_size"),
        key_heads=t.int("linear_num_key_heads", default=16),
        value_heads=t.int("linear_num_value_heads", default=32),
        key_head_dim=t.int("linear_key_head_dim", default=128),
        value_head_dim=t.int("linear_value_head_dim", default=128),
        kernel=t.int("linear_conv_kernel_dim", default=4),
        fused=fused,
        decay_dtype=dtype,
        norm_dtype=dtype,
        state_dtype=t.word("mamba_ssm_dtype", default=""),
    )


def gated_attention(t: Config) -> Attention:
    """GQA with norms on queries and keys and an output gate doubled into the query projection."""
    return replace(grouped_attention(t, qk_norm="head", kv_heads=2, head_dim=256), gate="full", gate_in_query=True)


def hybrid_mixers(t: Config, layers: int, linear: Block, full: Block) -> tuple[tuple[str, Block], ...]:
    """(name, mixer) of each layer: `layer_types`, else one full layer in every `full_attention_interval`."""
    interval = t.int("full_attention_interval", default=4)
    words = layer_words(
        t,
        layers,
        "layer_types",
        lambda number: "full_attention" if (number + 1) % interval == 0 else "linear_attention",
    )
    return tuple(("linear_attn", linear) if word == "linear_attention" else ("self_attn", full) for word in words)


def hybrid_layer(t: Config, mixer: tuple[str, Block], ffn: Block) -> Block:
    norm = Norm(t.int("hidden_size"))
    return module({mixer[0]: mixer[1], "mlp": ffn, "input_layernorm": norm, "post_attention_layernorm": norm})


def prediction(t: Config, layer: Block, modules: int) -> tuple[Piece, ...]:
    """Prediction modules under `mtp`: one joining projection and two norms before their layers, one norm after.
    Embedding and head are the main model's."""
    if not modules:
        return ()
    hidden = t.int("hidden_size")
    joined = joining(hidden)
    norms = ("pre_fc_norm_embedding", "pre_fc_norm_hidden", "norm")
    return (
        Single("mtp.fc", joined, Part.MTP, Presence.OPTIONAL),
        *(Single(f"mtp.{name}", Norm(hidden), Part.MTP, Presence.OPTIONAL) for name in norms),
        Stack("mtp.layers.{}", (layer,) * modules, part=Part.MTP, presence=Presence.OPTIONAL, role="prediction"),
    )
