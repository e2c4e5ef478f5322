"""LongCat-Flash (arXiv:2509.01322): two attentions and two dense feed-forwards in each layer, experts across both, of
which some compute nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from moeaudit.architecture.blocks import Embedding, Experts, FeedForward, Linear, Module, Norm, Router, module
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, joining
from moeaudit.architecture.families.deepseek import latent_attention
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import check_selection, layer_count, prediction_modules
from moeaudit.architecture.weights import Presence, Share
from moeaudit.limits import LOOKUPS
from moeaudit.vocabulary import Component, Part


def longcat_flash(c: Config) -> Architecture:
    """`num_layers` double layers; `num_hidden_layers`, where written, counts their halves."""
    halved = c.has("num_hidden_layers") and not c.has("num_layers")
    layers = layer_count(c) // 2 if halved else layer_count(c, "num_layers")
    return decoder_model(
        c,
        "LongCat-Flash",
        (double_layer(c),) * layers,
        tied=c.flag("tie_word_embeddings", default=False),
        after=prediction(c),
    )


def longcat_flash_ngram(c: Config) -> Architecture:
    """LongCat-Flash-Lite (arXiv:2601.21204): the same decoder; the mean of a token's embedding and of hashed n-grams,
    each looked up in a table of its own and projected, is its input. Names: vLLM 0.33.0, models/longcat_flash_ngram.py,
    and mlx-lm 0.32.2."""
    plain = longcat_flash(c)
    tables = c.int("emb_split_num", default=4) * (c.int("emb_neighbor_num", default=4, least=2) - 1)
    hidden, vocabulary = c.int("hidden_size"), c.int("vocab_size")
    if tables > LOOKUPS or hidden < tables:
        raise c.contradiction(f"{tables} n-gram tables, {LOOKUPS.words()}", "emb_split_num", "emb_neighbor_num")
    rows, width = c.int("ngram_vocab_size_ratio", default=78) * vocabulary, hidden // tables
    pieces = tuple(
        piece
        for number in range(tables)
        for piece in (
            Single(f"{NGRAMS}.embedders.{number}", Embedding(rows + 2 * number + 1, width, Component.TABLES)),
            Single(f"{NGRAMS}.post_projs.{number}", Linear(width, hidden)),
        )
    )
    return replace(plain, family="LongCat-Flash-Lite", pieces=(*plain.pieces, *pieces))


NGRAMS = "model.ngram_embeddings"


def double_layer(c: Config) -> Module:
    """The shortcut arrangement: the experts read after the first attention and are added after the second
    feed-forward."""
    hidden, attention = c.int("hidden_size"), latent_attention(c)
    dense = FeedForward(hidden, c.int("ffn_hidden_size", "intermediate_size"))
    halves = {
        f"{name}.{half}": block
        for half in (0, 1)
        for name, block in (
            ("self_attn", attention),
            ("mlps", dense),
            ("input_layernorm", Norm(hidden)),
            ("post_attention_layernorm", Norm(hidden)),
        )
    }
    return module({**halves, "mlp": experts(c)})


def experts(c: Config) -> Module:
    """Softmax routing with a correction bias over experts and zero-computation experts alike; only the former are
    stored."""
    hidden, width = c.int("hidden_size"), c.int("expert_ffn_hidden_size", "moe_intermediate_size")
    count, selected = (
        c.int("n_routed_experts", "num_local_experts", "num_experts"),
        c.int("moe_topk", "num_experts_per_tok"),
    )
    zero = c.int("zero_expert_num", default=0 if "zero_expert_num" in c.data else 256, least=0)
    check_selection(c, count + zero, selected)
    router = Router(
        hidden,
        count,
        selected,
        extra=zero,
        bias=c.flag("router_bias", default=False),
        correction_bias="e_score_correction_bias",
        correction_dtype="F32",
        scaling=c.number("routed_scaling_factor", default=1.0),
        names=(("weight", "classifier.weight"), ("bias", "classifier.bias")),
    )
    return module(
        {"router": router, "experts": Experts(hidden, width, count, selected, share=used(selected, count, zero))}
    )


def used(selected: int, count: int, zero: int) -> Share | None:
    """The share of the stored experts one token uses when `zero` of those it may select compute nothing.

    Typical: selections spread evenly over all. The report gives 18.6 to 31.3 billion active, 27 on average.
    """
    if not zero:
        return None
    return Share(
        Fraction(max(selected - zero, 0), count),
        Fraction(selected, count + zero),
        Fraction(min(selected, count), count),
        f"{zero} of the experts a token chooses among compute nothing",
    )


def prediction(c: Config) -> tuple[Piece, ...]:
    """One prediction module with a dense feed-forward, after vLLM's reader of the released weights. Configs that do
    not mention it leave open whether it is stored."""
    modules = prediction_modules(c, default=1)
    if not modules:
        return ()
    presence = Presence.STORED if c.has("num_nextn_predict_layers") else Presence.OPTIONAL
    hidden, dense = (
        c.int("hidden_size"),
        FeedForward(c.int("hidden_size"), c.int("ffn_hidden_size", "intermediate_size")),
    )
    joined = Module(
        (
            ("", decoder_layer(hidden, latent_attention(c), dense, mlp="transformer_layer.mlp")),
            ("eh_proj", joining(hidden)),
            ("enorm.m", Norm(hidden)),
            ("hnorm.m", Norm(hidden)),
        )
    )
    return (
        Single("model.mtp.embed_tokens", Embedding(c.int("vocab_size"), hidden), Part.MTP, presence, duplicate=True),
        Stack("model.mtp.layers.{}", (joined,) * modules, part=Part.MTP, presence=presence, role="prediction"),
        Single("model.mtp.norm", Norm(hidden), Part.MTP, presence),
    )
