"""InternViT, in its release's words (OpenGVLab's modeling_intern_vit.py, as SGLang 0.5.23 loads it) and in those of
transformers' `internvl`, and SigLIP's tower as Cohere's vision models hold it."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Embedding, Linear, Module, Norm, module
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count, pixel_shuffle
from moeaudit.vocabulary import Component, Part

CHAT, SIGLIP = "vision_model", "model.vision_tower"


def vit_norm(v: Config, hidden: int) -> Norm:
    """With a bias unless `norm_type` is rms_norm."""
    return Norm(hidden, bias=v.word("norm_type", default="layer_norm") != "rms_norm")


def qk_norms(at: str, hidden: int, has: bool) -> tuple[tuple[str, Block], ...]:
    """One scale over all heads' features, for queries and for keys."""
    norm = Norm(hidden, component=Component.ATTENTION)
    return ((f"{at}.q_norm", norm), (f"{at}.k_norm", norm)) if has else ()


def positions(v: Config) -> int:
    """One for each patch, and one for the class."""
    images, sides = v.pair("image_size", default=448), v.pair("patch_size", default=14)
    return (images[0] // sides[0]) * (images[1] // sides[1]) + 1


def patches(v: Config, hidden: int) -> Convolution:
    return Convolution(v.int("num_channels", default=3), hidden, v.pair("patch_size", default=14))


def chat_tower(c: Config, v: Config | None, text_hidden: int) -> tuple[Piece, ...]:
    """The release's tower and `mlp1`; nothing without a section of its own."""
    if v is None:
        return ()
    hidden, heads = v.int("hidden_size"), v.int("num_attention_heads")
    names = (("o_proj", "proj"),)
    bias = v.flag("qkv_bias", default=False)
    layer = encoder_layer(
        EncoderAttention(
            hidden, heads, head_size(v, hidden, heads), bias=bias, output_bias=True, fused=True, names=names
        ),
        encoder_mlp(hidden, v.int("intermediate_size")),
        vit_norm(v, hidden),
        attention_name="attn",
        norms=("norm1", "norm2"),
        extra=(*qk_norms("attn", hidden, v.flag("qk_normalization", default=False)), *scales("ls1", "ls2", hidden)),
    )
    merged = hidden * round(pixel_shuffle(c)) ** 2
    joins = {
        "0": Norm(merged, bias=True),
        "1": Linear(merged, text_hidden, True),
        "3": Linear(text_hidden, text_hidden, True),
    }
    return (
        Single(f"{CHAT}.embeddings", table("class_embedding", 1, hidden), Part.VISION),
        Single(f"{CHAT}.embeddings", table("position_embedding", positions(v), hidden), Part.VISION),
        Single(f"{CHAT}.embeddings.patch_embedding", patches(v, hidden), Part.VISION),
        Stack(f"{CHAT}.encoder.layers.{{}}", (layer,) * layer_count(v), part=Part.VISION, role="encoder"),
        Single("mlp1", module(joins), Part.PROJECTOR),
    )


def saved_tower(c: Config, v: Config | None, text_hidden: int, root: str) -> tuple[Piece, ...]:
    """As transformers saves it, below `root`; nothing without a section of its own."""
    if v is None:
        return ()
    hidden, heads = v.int("hidden_size", default=1024), v.int("num_attention_heads", default=16)
    bias = v.flag("attention_bias", default=False)
    attention = EncoderAttention(
        hidden, heads, head_size(v, hidden, heads), bias=bias, output_bias=True, names=(("o_proj", "projection_layer"),)
    )
    layer = encoder_layer(
        attention,
        encoder_mlp(hidden, v.int("intermediate_size", default=4096)),
        vit_norm(v, hidden),
        attention_name="attention",
        norms=("layernorm_before", "layernorm_after"),
        extra=(
            *qk_norms("attention", hidden, v.flag("use_qk_norm", default=False)),
            *scales("lambda_1", "lambda_2", hidden),
        ),
    )
    tower = f"{root}vision_tower"
    at, merged = f"{tower}.embeddings", hidden * round(pixel_shuffle(c)) ** 2
    joins = {
        "layer_norm": Norm(merged, bias=True),
        "linear_1": Linear(merged, text_hidden, True),
        "linear_2": Linear(text_hidden, text_hidden, True),
    }
    places = v.flag("use_absolute_position_embeddings", default=True)
    return (
        Single(at, table("cls_token", 1, hidden), Part.VISION),
        *([Single(at, table("mask_token", 1, hidden), Part.VISION)] if v.flag("use_mask_token", default=False) else []),
        *([Single(at, table("position_embeddings", positions(v), hidden), Part.VISION)] if places else []),
        Single(f"{at}.patch_embeddings.projection", patches(v, hidden), Part.VISION),
        Stack(
            f"{tower}.encoder.layer.{{}}",
            (layer,) * layer_count(v, default=24),
            part=Part.VISION,
            role="encoder",
        ),
        *(
            []
            if v.flag("use_mean_pooling", default=True)
            else [Single(f"{tower}.layernorm", Norm(hidden, bias=True), Part.VISION)]
        ),
        Single(f"{root}multi_modal_projector", module(joins), Part.PROJECTOR),
    )


def siglip_tower(c: Config, v: Config | None, text_hidden: int) -> tuple[Piece, ...]:
    """SigLIP with the head that pools its patches, and a gated projection of joined patches."""
    if v is None:
        return ()
    hidden, heads = v.int("hidden_size", default=768), v.int("num_attention_heads", default=12)
    size, norm = v.int("patch_size", default=16), Norm(hidden, bias=True)
    mlp = encoder_mlp(hidden, v.int("intermediate_size", default=3072))
    out: tuple[tuple[str, str], ...] = (("o_proj", "out_proj"),)
    each = head_size(v, hidden, heads)
    layer = encoder_layer(EncoderAttention(hidden, heads, each, names=out), mlp, norm)
    pooling = EncoderAttention(hidden, heads, each, fused=True, joint=True, names=(("qkv", "in_proj"), *out))
    head = Module(
        (("", table("probe", 1, hidden)), ("attention", pooling), ("layernorm", norm), ("mlp", mlp)),
    )
    count = (v.int("image_size", default=224) // size) ** 2
    width = c.int("alignment_intermediate_size", default=36864)
    merged = hidden * c.int("downsample_factor", default=2) ** 2
    joins = {"linear_1": Linear(merged, width, True), "linear_2": Linear(width // 2, text_hidden, True)}
    has_head = v.flag("vision_use_head", default=True)
    return (
        Single(
            f"{SIGLIP}.embeddings.patch_embedding",
            Convolution(v.int("num_channels", default=3), hidden, (size, size)),
            Part.VISION,
        ),
        Single(f"{SIGLIP}.embeddings.position_embedding", Embedding(count, hidden), Part.VISION),
        Stack(f"{SIGLIP}.encoder.layers.{{}}", (layer,) * layer_count(v, default=12), part=Part.VISION, role="encoder"),
        Single(f"{SIGLIP}.post_layernorm", norm, Part.VISION),
        *([Single(f"{SIGLIP}.head", head, Part.VISION)] if has_head else []),
        Single("model.multi_modal_projector", module(joins), Part.PROJECTOR),
    )


def table(name: str, count: int, hidden: int) -> Tensor:
    """A learned table of vectors, with an axis for the batch before it."""
    return Tensor(name, (1, count, hidden), Component.EMBEDDING)


def scales(first: str, second: str, hidden: int) -> tuple[tuple[str, Block], ...]:
    """What is learned of how much attention and feed-forward bring."""
    return tuple(("", Tensor(name, (hidden,), Component.OTHER, note="layer scale")) for name in (first, second))
