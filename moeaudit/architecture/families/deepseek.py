"""DeepSeek: V2, V3, R1, V3.1, V3.2, and what shares their blocks (Kimi K2, Moonlight).

Papers: DeepSeekMoE arXiv:2401.06066, V2 arXiv:2405.04434, V3 arXiv:2412.19437.
"""

from __future__ import annotations

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
    SharedExperts,
    module,
    moe,
)
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component, Part


def deepseek_v3(c: Config) -> Architecture:
    """MLA with low-rank queries; `first_k_dense_replace` dense layers, then sigmoid-routed experts beside shared ones."""
    hidden, vocabulary, layers = c.int("hidden_size"), c.int("vocab_size"), c.int("num_hidden_layers")
    tied = c.flag("tie_word_embeddings", default=False)
    attention = latent_attention(c)
    dense = FeedForward(hidden, c.int("intermediate_size"))
    sparse = deepseek_moe(c, scoring="sigmoid", correction_bias=c.word("topk_method", default="noaux_tc") == "noaux_tc")
    first_dense = c.int("first_k_dense_replace", default=3, least=0)

    def layer(number: int) -> Module:
        return decoder_layer(hidden, attention, dense if number < first_dense else sparse)

    return Architecture(
        family="DeepSeek-V3",
        model_type=c.word("model_type"),
        tied=tied,
        context_length=c.maybe_int("max_position_embeddings"),
        hidden=hidden,
        vocabulary=vocabulary,
        pieces=(
            Single("model.embed_tokens", Embedding(vocabulary, hidden)),
            Stack("model.layers.{}", tuple(layer(number) for number in range(layers))),
            Single("model.norm", Norm(hidden)),
            Single("lm_head", Head(vocabulary, hidden, tied)),
            *prediction(c.int("num_nextn_predict_layers", default=0, least=0), layers, hidden, vocabulary,
                        decoder_layer(hidden, attention, sparse)),
        ),
    )


def latent_attention(c: Config) -> LatentAttention:
    """MLA as the config's five ranks and widths describe it."""
    return LatentAttention(
        hidden=c.int("hidden_size"),
        heads=c.int("num_attention_heads"),
        q_lora_rank=c.maybe_int("q_lora_rank"),
        kv_lora_rank=c.int("kv_lora_rank"),
        qk_nope_head_dim=c.int("qk_nope_head_dim"),
        qk_rope_head_dim=c.int("qk_rope_head_dim"),
        v_head_dim=c.int("v_head_dim"),
        bias=c.flag("attention_bias", default=False),
    )


def deepseek_moe(c: Config, *, scoring: str, correction_bias: bool) -> Module:
    """Routed experts of `moe_intermediate_size`, `n_shared_experts` shared ones stored as one wide feed-forward."""
    hidden, width = c.int("hidden_size"), c.int("moe_intermediate_size")
    experts, selected = c.int("n_routed_experts", "num_local_experts", "num_experts"), c.int("num_experts_per_tok")
    shared = c.int("n_shared_experts", default=0, least=0)
    router = Router(
        hidden, experts, selected,
        correction_bias="e_score_correction_bias" if correction_bias else "",
        correction_dtype="F32",
        scoring=c.word("scoring_func", default=scoring),
        groups=c.int("n_group", default=1),
        top_groups=c.int("topk_group", default=1),
        renormalise=c.flag("norm_topk_prob", default=True),
        scaling=c.number("routed_scaling_factor", default=1.0),
    )
    return moe(router, Experts(hidden, width, experts, selected),
               SharedExperts(hidden, width * shared, shared) if shared else None)


def decoder_layer(hidden: int, attention: Block, ffn: Block) -> Module:
    """Pre-norm residual arrangement with Llama's names."""
    return module({"self_attn": attention, "mlp": ffn, "input_layernorm": Norm(hidden), "post_attention_layernorm": Norm(hidden)})


def prediction(modules: int, first: int, hidden: int, vocabulary: int, layer: Module) -> tuple[Piece, ...]:
    """Prediction modules stored as layers after the last: a decoder layer, a joining projection, and copies of embedding and head.

    DeepSeek-V3, README_WEIGHTS.md: the copies share their values with the main model but are stored again.
    """
    if not modules:
        return ()
    joined = Module((*layer.parts, ("enorm", Norm(hidden)), ("hnorm", Norm(hidden)),
                     ("eh_proj", Linear(2 * hidden, hidden, component=Component.OTHER, sharding=Sharding.REPLICATED, note="joins hidden state and embedding")),
                     ("shared_head.norm", Norm(hidden))))
    return (
        Stack("model.layers.{}", (joined,) * modules, first=first, part=Part.MTP, role="prediction"),
        *(piece for number in range(first, first + modules) for piece in (
            Single(f"model.layers.{number}.embed_tokens", Embedding(vocabulary, hidden), part=Part.MTP, duplicate=True),
            Single(f"model.layers.{number}.shared_head.head", Head(vocabulary, hidden), part=Part.MTP, duplicate=True))),
    )
