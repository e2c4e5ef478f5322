"""GLM's vision towers: 4.5V's with learned positions, GLM-5.3-Flash's with q/k norms."""

from __future__ import annotations

from moeaudit.architecture.blocks import Embedding, FeedForward, Linear, Module, Norm, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Part


def glm5_tower(v: Config | None) -> tuple[Piece, ...]:
    """GLM-5.3-Flash's tower and merger; nothing without a section of their own."""
    if v is None:
        return ()
    bias, width = v.flag("attention_bias", default=True), v.int("projection_intermediate_size", default=10240)
    tower = glm_encoder(v, v.int("intermediate_size"), qk_norm=True, bias=bias, bias_everywhere=bias)
    return (*tower, Single("model.visual", glm_merger(v, context=width), Part.PROJECTOR))


def glm4v_tower(v: Config | None) -> tuple[Piece, ...]:
    """A ViT with RMSNorms and gated feed-forwards, a norm after the patches, a table of learned positions, and the
    merger; nothing without a section of their own."""
    if v is None:
        return ()
    hidden, side = v.int("hidden_size"), v.int("image_size", default=336) // v.int("patch_size", default=14)
    return (
        *glm_encoder(
            v,
            v.int("out_hidden_size"),
            qk_norm=False,
            bias=v.flag("attention_bias", default=False),
            bias_everywhere=False,
        ),
        Single("model.visual.embeddings.position_embedding", Embedding(side * side, hidden), Part.VISION),
        Single("model.visual.post_conv_layernorm", Norm(hidden), Part.VISION),
        Single("model.visual", glm_merger(v, context=v.int("intermediate_size")), Part.PROJECTOR),
    )


def glm_encoder(v: Config, width: int, *, qk_norm: bool, bias: bool, bias_everywhere: bool) -> tuple[Piece, ...]:
    """Patches, `depth` layers, final norm. `width`: of the feed-forwards. `bias`: on fused queries, keys and values;
    `bias_everywhere`: on the output projection and the feed-forwards too."""
    hidden, heads = v.int("hidden_size"), v.int("num_heads", "num_attention_heads")
    depth, patch = layer_count(v, "depth", "num_hidden_layers"), v.int("patch_size", default=14)
    layer = module(
        {
            "attn": EncoderAttention(
                hidden,
                heads,
                head_size(v, hidden, heads),
                bias=bias,
                output_bias=bias_everywhere,
                fused=True,
                qk_norm=qk_norm,
                names=(("o_proj", "proj"),),
            ),
            "mlp": FeedForward(hidden, width, bias=bias_everywhere),
            "norm1": Norm(hidden),
            "norm2": Norm(hidden),
        }
    )
    patches = Convolution(
        v.int("in_channels", default=3), hidden, (v.int("temporal_patch_size", default=2), patch, patch)
    )
    return (
        Single("model.visual.patch_embed.proj", patches, Part.VISION),
        Stack("model.visual.blocks.{}", (layer,) * depth, part=Part.VISION, role="encoder"),
        Single("model.visual.post_layernorm", Norm(hidden), Part.VISION),
    )


def glm_merger(v: Config, *, context: int) -> Module:
    """Squares of patches become one token: a strided convolution, a projection, a gated feed-forward of width
    `context`."""
    hidden, side = v.int("out_hidden_size"), v.int("spatial_merge_size", default=2)
    return module(
        {
            "downsample": Convolution(v.int("hidden_size"), hidden, (side, side)),
            "merger.proj": Linear(hidden, hidden),
            "merger.post_projection_norm": Norm(hidden, bias=True),
            "merger": FeedForward(hidden, context),
        }
    )
