"""Qwen4-Exp: Qwen3.5's hybrid with gated residual streams, indexed attention and hashed n-gram tables.

Source: the configuration and model published in transformers 5.23 (`models/qwen4_exp`).
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, Linear, Module, Norm, module
from moeaudit.architecture.blocks.block_indexer import PooledKeyIndexer
from moeaudit.architecture.blocks.gated_residual import GatedResidual
from moeaudit.architecture.blocks.ngram import NGramTable, primes_from
from moeaudit.architecture.blocks.short_conv import DepthwiseConv
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.qwen_vision import vision_tower
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.families.qwen_next import (
    delta_net,
    gated_attention,
    hybrid_mixers,
    shared_sparse_block,
    text_prefix,
)
from moeaudit.architecture.model import Architecture, Piece
from moeaudit.architecture.reading import encoder_section, layer_count
from moeaudit.limits import LOOKUPS
from moeaudit.vocabulary import Component


def qwen4_exp(c: Config) -> Architecture:
    """With its vision tower."""
    return qwen4_model(
        c, c.text(), "model.language_model", vision_tower(encoder_section(c, "vision_config"), "model.visual")
    )


def qwen4_exp_text(c: Config) -> Architecture:
    """The language model alone; saved from the multimodal class it keeps the longer names."""
    return qwen4_model(c, c, text_prefix(c), ())


def qwen4_model(c: Config, t: Config, prefix: str, tower: tuple[Piece, ...]) -> Architecture:
    """Residual streams take the place of the norms, also of the last one."""
    layers, hidden, streams = layer_count(t), t.int("hidden_size"), t.int("hc_count", default=4)
    rank = t.int("hc_lowrank", default=320)
    sparse, residual = shared_sparse_block(t, experts=512, selected=10), GatedResidual(hidden, streams, rank)
    mixers = hybrid_mixers(t, layers, delta_net(t, fused=False), indexed_attention(t))
    tables = ngram_layers(t, layers, streams)

    def layer(number: int, mixer: tuple[str, Block]) -> Module:
        return module(
            {
                mixer[0]: mixer[1],
                "mlp": sparse,
                "ple": tables.get(number),
                "attn_hyper_connection": residual,
                "mlp_hyper_connection": residual,
            }
        )

    return decoder_model(
        c,
        "Qwen4-Exp",
        tuple(layer(number, mixer) for number, mixer in enumerate(mixers)),
        text=t,
        tied=c.flag("tie_word_embeddings", default=False),
        prefix=prefix,
        norm=GatedResidual(hidden, streams, rank, inject=False),
        norm_name="hyper_connection_mixer",
        after=tower,
    )


def indexed_attention(t: Config) -> Block:
    """Gated attention over the tokens that its indexer chooses; over all of them where the config has no indexer."""
    attention, heads = gated_attention(t), t.maybe_int("indexer_n_heads")
    if heads is None:
        return attention
    budget = t.int("indexer_budget")
    if t.int("indexer_kv_heads", default=1) != 1:
        raise t.contradiction("the indexer has one key head, but the config says otherwise", "indexer_kv_heads")
    indexer = PooledKeyIndexer(
        t.int("hidden_size"), heads, t.int("indexer_head_dim"), t.int("indexer_compress_ratio"), budget
    )
    return Module((("", replace(attention, selected=budget)), ("indexer", indexer)))


def ngram_layers(t: Config, layers: int, streams: int) -> dict[int, Block]:
    """Layers with an n-gram table, by number. `ple_layer_ids` counts from one; each table has its own run of primes."""
    chosen = tuple(sorted(set(t.ints("ple_layer_ids", default=(), least=1))))
    if not chosen:
        return {}
    if chosen[-1] > layers:
        raise t.contradiction(
            f"ple_layer_ids names layer {chosen[-1]} of {layers}", "ple_layer_ids", "num_hidden_layers"
        )
    hidden, orders = t.int("hidden_size"), t.int("ngram_size", default=3, least=2)
    heads, width = (orders - 1) * t.int("heads_per_ngram", default=8), t.int("ple_embed_dim", default=hidden)
    if heads * len(chosen) > LOOKUPS:
        raise t.contradiction(f"{heads * len(chosen)} n-gram look-ups, {LOOKUPS.words()}", "heads_per_ngram")
    if width % heads:
        raise t.contradiction(
            f"{heads} n-gram look-ups do not divide {width} features", "ple_embed_dim", "heads_per_ngram"
        )
    primes = primes_from(t.int("ngram_vocab_size_base", default=20_000_000), heads * len(chosen))
    divisor, shards = t.int("make_ngram_vocab_size_divisible_by", default=128), t.int("split_ngram_parts", default=512)

    def table(place: int) -> NGramTable:
        rows = sum(primes[place * heads : (place + 1) * heads])
        return NGramTable(-(-rows // divisor) * divisor, width // heads, heads, orders, shards)

    around = ngram_gate(t, hidden, streams, width)
    return {number - 1: Module((("ple_embedding", table(place)), *around)) for place, number in enumerate(chosen)}


def ngram_gate(t: Config, hidden: int, streams: int, width: int) -> tuple[tuple[str, Block], ...]:
    """What mixes the looked-up features into each stream; it counts with the tables, as a whole."""
    wide, part = streams * hidden, Component.TABLES
    norm, kernel = Norm(wide, component=part), t.int("ple_conv_kernel_size", default=4)
    return (
        ("key_proj", Linear(width, wide, component=part)),
        ("value_proj", Linear(width, hidden, component=part)),
        *((name, norm) for name in ("norm_key", "norm_query", "norm_conv")),
        ("conv1d", DepthwiseConv(wide, kernel, t.int("ngram_size", default=3), part)),
    )
