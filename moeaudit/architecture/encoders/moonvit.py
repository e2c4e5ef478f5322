"""MoonViT, the vision tower of the Kimi models, and the projectors behind it."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Linear, Norm, Tensor, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Component, Part


def encoder(c: Config, v: Config | None, text_hidden: int) -> tuple[Piece, ...]:
    """Tower and projector; nothing without a section of their own."""
    return (*tower(v), *projector(c, v, text_hidden)) if v else ()


def tower(v: Config, *, released: bool = False) -> tuple[Piece, ...]:
    """Patches, a grid of positions, layers with fused queries, keys and values, a final norm.

    K2.5 has biases and LayerNorms throughout; K3 switches them off one by one and gives the attention a width of its
    own (`qkv_hidden_size`). `released`: names of a
    release, though the fields have no `vt_` (Kimi-VL).
    """
    hidden, width = v.int("vt_hidden_size", "hidden_size"), v.int("vt_intermediate_size", "intermediate_size")
    heads, patch = v.int("vt_num_attention_heads", "num_attention_heads"), v.int("patch_size", default=14)
    head_dim = head_size(v, v.int("qkv_hidden_size", default=hidden), heads)
    norm = Norm(hidden, bias=v.word("norm_type", default="layernorm") != "rmsnorm")
    bias = v.flag("linear_bias", default=True)
    attention = EncoderAttention(
        hidden,
        heads,
        head_dim,
        bias=v.flag("attn_bias", default=True),
        fused=True,
        names=(("qkv", "wqkv"), ("o_proj", "wo")),
    )
    layer = encoder_layer(
        attention,
        encoder_mlp(hidden, width, "fc0", "fc1", bias=bias),
        norm,
        attention_name="",
        norms=("norm0", "norm1"),
    )
    grid = tuple(v.int(f"init_pos_emb_{side}", f"pos_emb_{side}", default=64) for side in ("height", "width"))
    released = released or v.has("vt_hidden_size")
    patches_at = "vision_tower.patch_embed.proj" if released else "vision_tower.encoder.patch_embed.proj"
    return (
        Single(
            patches_at,
            Convolution(3, hidden, (patch, patch), bias=v.flag("patch_embed_proj_bias", default=True)),
            Part.VISION,
        ),
        Single("vision_tower.patch_embed", Tensor("pos_emb.weight", (*grid, hidden), Component.EMBEDDING), Part.VISION),
        Stack(
            "vision_tower.encoder.blocks.{}",
            (layer,) * layer_count(v, "vt_num_hidden_layers", "num_hidden_layers"),
            part=Part.VISION,
            role="encoder",
        ),
        Single("vision_tower.encoder.final_layernorm", norm, Part.VISION),
    )


def projector(c: Config, v: Config, text_hidden: int) -> tuple[Piece, ...]:
    """Squares of patches side by side through two linear layers: normalised before (patchmerger) or after, without
    biases (patchmergerv2)."""
    released = v.has("vt_hidden_size")
    hidden = v.int("mm_hidden_size", default=v.int("vt_hidden_size")) if released else v.int("hidden_size")
    normed = hidden if released else c.int("projection_hidden_size", default=1152)
    sides = v.pair("merge_kernel_size", default=(2, 2))
    merged = hidden * sides[0] * sides[1]
    second = v.word("mm_projector_type", default="patchmerger") == "patchmergerv2"
    parts: dict[str, Block | None] = {
        "proj.0": Linear(merged, merged, bias=not second),
        "proj.2": Linear(merged, text_hidden, bias=not second),
        "post_norm": Norm(text_hidden) if second else None,
    }
    before = "mm_projector.pre_norm" if released else "model.mm_projector.pre_norm"
    norms = () if second else (Single(before, Norm(normed, bias=True), Part.PROJECTOR),)
    return (*norms, Single("mm_projector", module(parts), Part.PROJECTOR))


def squares(v: Config, text_hidden: int) -> Piece:
    """Kimi-VL's projector: patches normalised alone, then squares of them through two linear layers (vLLM 0.33.0,
    models/kimi_vl.py)."""
    hidden, sides = v.int("hidden_size"), v.pair("merge_kernel_size", default=(2, 2))
    merged = hidden * sides[0] * sides[1]
    parts: dict[str, Block | None] = {
        "pre_norm": Norm(hidden, bias=True),
        "linear_1": Linear(merged, merged, bias=True),
        "linear_2": Linear(merged, text_hidden, bias=True),
    }
    return Single("multi_modal_projector", module(parts), Part.PROJECTOR)
