"""Mistral Large 4: sparse MLA without query compression, latents that layers may share, a Pixtral tower.

Released checkpoints use Mistral's own names. The language model alone, as transformers saves it, keeps most of them.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import (
    Block,
    Embedding,
    Experts,
    FeedForward,
    Head,
    LatentAttention,
    Module,
    Norm,
    Router,
    SharedExperts,
    Tensor,
    module,
)
from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.blocks.indexer import SparseIndexer
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.pixtral import RELEASED_PROJECTOR, RELEASED_TOWER, encoder
from moeaudit.architecture.families.common import whole_model
from moeaudit.architecture.families.glm import indexer_kinds
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import W123, encoder_section, layer_count, routed, sparse_layers
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

ATTENTION: Names = (
    ("q_proj", "wq"),
    ("kv_a_proj_with_mqa", "wkv_a_with_mqa"),
    ("kv_a_layernorm", "kv_a_norm"),
    ("kv_b_proj", "wkv_b"),
)


@dataclass(frozen=True)
class Layout:
    """Where the two kinds of checkpoint differ."""

    embedding: str
    frequencies: str
    output: Names
    mlp: Names


RELEASED = Layout("tok_embeddings", "lerope", (("o_proj", "wo"),), W123)
TEXT_ALONE = Layout("embed_tokens", "rotary_emb", (), ())


def mistral_large4_text(c: Config) -> Architecture:
    """The language model on its own, without a head."""
    return whole_model(c, "Mistral Large 4", language(c, TEXT_ALONE))


def mistral_large4(c: Config) -> Architecture:
    """Decoder, head, Pixtral tower and a projector that merges squares of patches."""
    t, v = c.text(), encoder_section(c, "vision_config")
    hidden, tied = t.int("hidden_size"), c.flag("tie_word_embeddings", default=False)
    pieces = (
        *language(t, RELEASED),
        Single("output", Head(t.int("vocab_size"), hidden, tied)),
        *encoder(c, v, hidden, RELEASED_TOWER, RELEASED_PROJECTOR),
    )
    return whole_model(c, "Mistral Large 4", pieces, text=t, tied=tied)


def language(t: Config, layout: Layout) -> tuple[Piece, ...]:
    """Token table, layers, final norm, and the learned scale of the rotary frequencies that all layers share."""
    hidden, layers = t.int("hidden_size"), layer_count(t)
    sparse, dense = (
        experts(t, layout),
        {"feed_forward": FeedForward(hidden, t.int("intermediate_size"), names=layout.mlp)},
    )
    decoder = tuple(
        module(
            {
                "attention": attention,
                "attention_norm": Norm(hidden),
                "ffn_norm": Norm(hidden),
                **(sparse if placed else dense),
            }
        )
        for attention, placed in zip(
            attentions(t, layout, layers), sparse_layers(t, layers, first_dense=1), strict=True
        )
    )
    scale = Tensor(
        "alpha", (t.int("qk_rope_head_dim") // 2,), Component.OTHER, note="learned scale of the rotary frequencies"
    )
    return (
        Single(layout.embedding, Embedding(t.int("vocab_size"), hidden)),
        Stack("layers.{}", decoder),
        Single("norm", Norm(hidden)),
        Single(layout.frequencies, scale),
    )


def attentions(t: Config, layout: Layout, layers: int) -> tuple[Block, ...]:
    """Layer by layer: with or without positions, with a latent of its own or another layer's, with an indexer or
    without."""
    interval = t.int("no_rope_layer_interval", default=4)
    rotary = t.ints("no_rope_layers", default=tuple(int((number + 1) % interval != 0) for number in range(layers)))
    sources = t.ints("kv_source_layers", default=tuple(range(layers)))
    rotary = t.each_layer(layers, "no_rope_layers", rotary)
    sources = t.each_layer(layers, "kv_source_layers", sources)
    return tuple(
        attention(t, layout, rotary=bool(rotates), shared=source != number, indexed=kind == "full")
        for number, (rotates, source, kind) in enumerate(zip(rotary, sources, indexer_kinds(t), strict=True))
    )


def attention(t: Config, layout: Layout, *, rotary: bool, shared: bool, indexed: bool) -> Module:
    """MLA over the tokens an indexer selects. Without positions the rotary width joins the rest of the key."""
    hidden, heads, topk = t.int("hidden_size"), t.int("num_attention_heads"), t.int("index_topk", default=2048)
    nope, rope = t.int("qk_nope_head_dim"), t.int("qk_rope_head_dim")
    latent = LatentAttention(
        hidden,
        heads,
        t.int("kv_lora_rank"),
        nope if rotary else nope + rope,
        rope if rotary else 0,
        t.int("v_head_dim"),
        bias=t.flag("attention_bias", default=False),
        names=(*ATTENTION, *layout.output),
        selected=topk,
        reuses_latent=shared,
    )
    scaling = Module(tuple(("", Tensor(f"ssmax_scaling.{end}", (heads,), Component.ATTENTION)) for end in ("s", "b")))
    indexer = SparseIndexer(
        hidden, t.int("index_n_heads", default=32), t.int("index_head_dim", default=128), hidden, topk, scaled=True
    )
    return Module((("", latent), ("", scaling), *((("indexer", indexer),) if indexed else ())))


def experts(t: Config, layout: Layout) -> dict[str, Block | None]:
    """Softmax-routed experts and one shared, straight below the layer."""
    hidden, width, (count, selected) = t.int("hidden_size"), t.int("moe_intermediate_size"), routed(t)
    shared = t.int("n_shared_experts", default=1, least=0)
    router = Router(
        hidden,
        count,
        selected,
        groups=t.int("n_group", default=1),
        top_groups=t.int("topk_group", default=1),
        scaling=t.number("routed_scaling_factor", default=1.0),
    )
    return {
        "gate": router,
        "experts": Experts(hidden, width, count, selected, names=W123),
        "shared_experts": SharedExperts(hidden, width * shared, shared, names=layout.mlp) if shared else None,
    }
