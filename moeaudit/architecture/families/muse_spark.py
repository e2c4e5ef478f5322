"""Muse Spark, from Meta: experts narrower than the model, gated residuals, a tower each for images and sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from moeaudit.architecture.blocks import (
    Block,
    Embedding,
    Experts,
    FeedForward,
    Linear,
    Module,
    Norm,
    Router,
    Tensor,
    module,
)
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    decoder_model,
    grouped_attention,
    layer_count,
    layer_words,
    routed,
    windows,
)
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.vocabulary import Component, Part


def muse_spark_text(c: Config) -> Architecture:
    """The language model without its head, as it is saved alone."""
    return decoder_model(
        c, "Muse Spark", decoder_layers(c), prefix="", head="", tied=c.flag("tie_word_embeddings", default=False)
    )


def muse_spark(c: Config) -> Architecture:
    """Language model, vision tower with an adapter, audio tower that ends at the text's width."""
    text, vision, audio = c.section("text_config", required=True), c.section("vision_config"), c.section("audio_config")
    width, hidden = c.int("projector_hidden_size", default=4096), text.int("hidden_size")
    adapter = module({"fc1": Linear(c.int("out_hidden_size", default=6144), width), "fc2": Linear(width, width)})
    return decoder_model(
        c,
        "Muse Spark",
        decoder_layers(text),
        text=text,
        prefix="model.language_model",
        tied=c.flag("tie_word_embeddings", default=False),
        after=(
            *vision_tower(vision),
            Single("model.vision_adapter", adapter, part=Part.PROJECTOR),
            Single("model.vision_projection", Linear(width, hidden), part=Part.PROJECTOR),
            *audio_tower(audio),
        ),
    )


def decoder_layers(c: Config) -> list[Block]:
    """Every fourth layer, counted from the last, sees everything; the others slide."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    attention = replace(grouped_attention(c, kv_heads=16, head_dim=64), gate="full")
    slides = windows(c, layers, default=lambda number: (layers - 1 - number) % 4 != 0, window=2048)
    kinds = layer_words(c, layers, "mlp_layer_types", lambda number: "sparse")
    sparse, norm = latent_experts(c), Norm(hidden)
    gate = Tensor("gate", (hidden,), Component.OTHER, note="residual gate")

    @cache
    def layer(window: int | None, kind: str) -> Block:
        return module(
            {
                "self_attn": replace(attention, window=window),
                "mlp": FeedForward(hidden, c.int("intermediate_size", default=16384)) if kind == "dense" else sparse,
                "input_layernorm": norm,
                "pre_feedforward_layernorm": norm,
                "post_feedforward_layernorm": norm,
                "post_attention_residual_gate": gate,
                "post_feedforward_residual_gate": gate,
            }
        )

    return [layer(window, kind) for window, kind in zip(slides, kinds, strict=True)]


def latent_experts(c: Config) -> Module:
    """The router reads the full width; experts run at `moe_hidden_size`, between a projection down and one back up."""
    hidden, narrow = c.int("hidden_size"), c.int("moe_hidden_size", default=4096)
    experts, selected = routed(c)
    router = Router(
        hidden,
        experts,
        selected,
        scoring="sigmoid",
        correction_bias="e_score_correction_bias",
        correction_dtype="F32",
        scaling=c.number("routed_scaling_factor", default=1.0),
    )
    return module(
        {
            "gate": router,
            "pre_expert_proj": Linear(hidden, narrow, note="latent projection"),
            "pre_expert_norm": Norm(narrow),
            "experts": module(
                {
                    "": Experts(narrow, c.int("moe_intermediate_size"), experts, selected, layout="stacked"),
                    "post_expert_norm": Norm(narrow),
                }
            ),
            "post_expert_proj": Linear(narrow, hidden, note="latent projection"),
        }
    )


def vision_tower(c: Config) -> Iterator[Piece]:
    """A vision transformer over patches of two frames, with a table of positions."""
    hidden, heads = c.int("hidden_size", default=1536), c.int("num_attention_heads", default=16)
    norm = Norm(hidden, bias=True)
    layer = encoder_layer(
        EncoderAttention(hidden, heads, hidden // heads, names=(("o_proj", "proj"),)),
        encoder_mlp(hidden, c.int("intermediate_size", default=8960)),
        norm,
        attention_name="attn",
        norms=("norm1", "norm2"),
    )
    patch = c.int("patch_temporal", default=2) * 3 * c.int("patch_size", default=14) ** 2
    positions = c.int("pos_emb_height", default=32) * c.int("pos_emb_width", default=32)
    yield Single(
        "model.vision_tower.patch_embedder",
        module({"patch_embedding": Linear(patch, hidden), "position_embedding_table": Embedding(positions, hidden)}),
        part=Part.VISION,
    )
    yield Single("model.vision_tower.ln_pre", norm, part=Part.VISION)
    yield Stack("model.vision_tower.layers.{}", (layer,) * layer_count(c, default=50), part=Part.VISION, role="encoder")
    yield Single("model.vision_tower.ln_post", norm, part=Part.VISION)


def audio_tower(c: Config) -> Iterator[Piece]:
    """A pyramid over the waveform: each stage joins neighbours into a wider one and runs causal convolution blocks."""
    widths = c.ints("hidden_sizes", default=(256, 512, 1024, 2048), least=1)
    patches, depths = c.ints("patch_sizes", default=(16, 6, 5, 4), least=1), c.ints("depths", default=(2, 2, 2, 2))
    if not len(widths) == len(patches) == len(depths):
        raise c.contradiction("the audio stages disagree", "hidden_sizes", "patch_sizes", "depths")
    ratio: float = c.number("mlp_ratio", default=4.0)
    kernel = c.int("conv_kernel_size", default=7)

    def stage(number: int) -> Block:
        width, inputs = widths[number], 1 if number == 0 else widths[number - 1]
        block = module(
            {
                "conv": Convolution(width, width, (kernel,), groups=width),
                "norm": Norm(width),
                "mlp": encoder_mlp(width, int(width * ratio)),
            }
        )
        embedder = module({"proj": Linear(inputs * patches[number], width, bias=True), "norm": Norm(width)})
        return module({"patch_embedder": embedder} | {f"conv_blocks.{index}": block for index in range(depths[number])})

    out = c.int("out_hidden_size", default=8192)
    yield Stack(
        "model.audio_tower.layers.{}",
        tuple(stage(number) for number in range(len(widths))),
        part=Part.AUDIO,
        role="encoder",
    )
    yield Single(
        "model.audio_tower",
        module({"norm": Norm(widths[-1]), "proj": Linear(widths[-1], out, bias=True), "post_proj_norm": Norm(out)}),
        part=Part.AUDIO,
    )
