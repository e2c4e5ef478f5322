"""Muse Spark's vision and audio towers."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks import Block, Embedding, Linear, Norm, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Part


def vision_tower(c: Config) -> Iterator[Piece]:
    """A vision transformer over patches of two frames, with a table of positions."""
    hidden, heads = c.int("hidden_size", default=1536), c.int("num_attention_heads", default=16)
    norm = Norm(hidden, bias=True)
    layer = encoder_layer(
        EncoderAttention(hidden, heads, head_size(c, hidden, heads), names=(("o_proj", "proj"),)),
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
