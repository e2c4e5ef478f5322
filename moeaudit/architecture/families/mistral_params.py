"""Mistral's own layout: params.json in its own words, tensors as mistral-inference and vLLM load them.

Sources: vLLM 0.33, transformers_utils/configs/mistral.py (which words there are, and their defaults),
models/mistral.py and mistral_large_3.py (names of tensors; experts beside shared ones stand straight below the layer),
models/pixtral.py (the encoder). mistral-inference, moe.py: without shared experts they stand below `feed_forward`.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import (
    Attention,
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
    SharedExperts,
    module,
    moe,
)
from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.pixtral import RELEASED_PROJECTOR, RELEASED_TOWER, tower
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import W123, layer_count
from moeaudit.errors import NothingToAudit, Place
from moeaudit.vocabulary import Part

CONTEXT = ("max_position_embeddings", "max_seq_len")

GROUPED: Names = (("q_proj", "wq"), ("k_proj", "wk"), ("v_proj", "wv"), ("o_proj", "wo"))
LATENT: Names = (
    ("q_proj", "wq"),
    ("q_a_proj", "wq_a"),
    ("q_a_layernorm", "q_a_norm"),
    ("q_b_proj", "wq_b"),
    ("kv_a_proj_with_mqa", "wkv_a_with_mqa"),
    ("kv_a_layernorm", "kv_a_norm"),
    ("kv_b_proj", "wkv_b"),
    ("o_proj", "wo"),
)

UNREAD = ("whisper_model_args", "audio_encoder", "ada_rms_norm_t_cond", "lora", "mamba", "use_load_balancing_bias")
"""Words for parts of which no public source fixes the tensors in this layout."""

PATCH_MERGE = "patch_merge"


def mistral_params(c: Config) -> Architecture:
    """A decoder of any size, dense or with experts, with or without MLA and a Pixtral encoder."""
    refuse_unread(c)
    hidden, layers = c.int("dim"), layer_count(c, "n_layers")
    tied, vocabulary = c.flag("tied_embeddings", default=False), c.int("vocab_size")
    norm = Norm(hidden)
    m = c.section("moe") if c.has("moe") else None
    sparse, placed = (experts(c, m), sparse_layers(m, layers)) if m is not None else ({}, (False,) * layers)
    dense = {} if all(placed) else {"feed_forward": FeedForward(hidden, c.int("hidden_dim"), names=W123)}
    decoder = tuple(
        module(
            {"attention": attention, "attention_norm": norm, "ffn_norm": norm, **(sparse if routed else dense)},
        )
        for attention, routed in zip(attentions(c, layers), placed, strict=True)
    )
    pieces = (
        Single("tok_embeddings", Embedding(vocabulary, hidden)),
        Stack("layers.{}", decoder),
        Single("norm", norm),
        Single("output", Head(vocabulary, hidden, tied)),
        *vision(c, hidden),
    )
    return Architecture(
        family="Mistral" if m is None else "Mixtral" if "shared_experts" not in sparse else "Mistral Large 3",
        model_type=c.word("model_type", default="params.json"),
        tied=tied,
        context_length=c.maybe_int(*CONTEXT),
        hidden=hidden,
        vocabulary=vocabulary,
        pieces=pieces,
    )


def refuse_unread(c: Config) -> None:
    """NothingToAudit for what this layout has besides, at any of its places."""
    for section in (c, *(c.section(name) for name in ("multimodal", "moe") if c.has(name))):
        for name in UNREAD:
            if section.data.get(name):
                raise NothingToAudit(
                    f"no public source says how the tensors of {section.path}{name} are stored",
                    place=Place(c.file, path=f"{section.path}{name}"),
                    hint="Count its weights with --depth headers.",
                )
    if c.data.get("model_type") not in (None, "transformer"):
        raise NothingToAudit(
            "params.json describes no transformer",
            place=Place(c.file, path="model_type"),
            hint="Count its weights with --depth headers.",
        )


def attentions(c: Config, layers: int) -> tuple[Block, ...]:
    """Layer by layer: `sliding_window` is one window, or a pattern that repeats (null sees everything)."""
    if c.has("qk_nope_head_dim"):
        return (latent(c),) * layers
    pattern = c.data.get("sliding_window")
    if not isinstance(pattern, list):
        return (grouped(c, c.maybe_int("sliding_window")),) * layers
    if not pattern or layers % len(pattern):
        raise c.contradiction("sliding_window is no pattern that fills the layers", "n_layers", "sliding_window")
    return tuple(grouped(c, _window(c, size)) for size in pattern) * (layers // len(pattern))


def _window(c: Config, size: object) -> int | None:
    """One entry of a pattern, checked as a number of its own."""
    return Config({"sliding_window": size}, c.path, c.file).maybe_int("sliding_window")


def grouped(c: Config, window: int | None) -> Attention:
    hidden, heads = c.int("dim"), c.int("n_heads")
    kv_heads, head_dim = c.int("n_kv_heads", default=heads), c.int("head_dim", default=hidden // heads)
    return Attention(hidden, heads, kv_heads, head_dim, window=window, names=GROUPED)


def latent(c: Config) -> LatentAttention:
    return LatentAttention(
        hidden=c.int("dim"),
        heads=c.int("n_heads"),
        q_lora_rank=c.maybe_int("q_lora_rank"),
        kv_lora_rank=c.int("kv_lora_rank"),
        qk_nope_head_dim=c.int("qk_nope_head_dim"),
        qk_rope_head_dim=c.int("qk_rope_head_dim"),
        v_head_dim=c.int("v_head_dim"),
        names=LATENT,
    )


def sparse_layers(m: Config, layers: int) -> tuple[bool, ...]:
    """After `first_k_dense_replace` dense layers, every `route_every_n`-th by its number."""
    dense, every = m.int("first_k_dense_replace", default=0, least=0), m.int("route_every_n", default=1)
    return tuple(number >= dense and number % every == 0 for number in range(layers))


def experts(c: Config, m: Config) -> dict[str, Block]:
    """Softmax-routed experts; of `hidden_dim` where they have no width of their own (Mixtral)."""
    hidden, count, selected = c.int("dim"), m.int("num_experts"), m.int("num_experts_per_tok")
    if selected > count:
        raise m.contradiction(f"{selected} experts per token, but only {count}", "num_experts_per_tok", "num_experts")
    width = m.int("expert_hidden_dim") if m.has("expert_hidden_dim") else c.int("hidden_dim")
    router = Router(
        hidden,
        count,
        selected,
        groups=m.int("num_expert_groups", default=1),
        top_groups=m.int("num_expert_groups_per_tok", default=1),
        renormalise=True,
        scaling=m.number("routed_scale", default=1.0),
    )
    routed = Experts(hidden, width, count, selected, names=W123)
    shared = m.int("num_shared_experts", default=0, least=0)
    if not shared:
        return {"feed_forward": moe(router, routed)}
    return {
        "gate": router,
        "experts": routed,
        "shared_experts": SharedExperts(hidden, width * shared, shared, names=W123),
    }


def vision(c: Config, hidden: int) -> tuple[Piece, ...]:
    """The encoder of `vision_encoder` (or `multimodal.vision_encoder_args`), and what leads from it to the decoder: a
    norm and a merging of patches where they are asked for, two linear layers."""
    if c.has("multimodal"):
        c = c.section("multimodal")
    names = ("vision_encoder_args", "vision_encoder")
    if not c.has(*names):
        return ()
    v = c.section(*names)
    width, merged = v.int("hidden_size"), v.int("spatial_merge_size", default=1) ** 2
    bias = v.flag("adapter_bias", default=True)
    blocks: tuple[Block | None, ...] = (
        Norm(width) if v.flag("add_pre_mm_projector_layer_norm", default=False) else None,
        Linear(width * merged, width) if v.word("mm_projector_id", default="") == PATCH_MERGE else None,
        Linear(width, hidden, bias),
        Linear(hidden, hidden, bias),
    )
    parts = tuple((name, block) for name, block in zip(RELEASED_PROJECTOR, blocks, strict=True) if block is not None)
    return (*tower(v, RELEASED_TOWER), Single("", Module(parts), Part.PROJECTOR))
