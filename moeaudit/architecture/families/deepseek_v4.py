"""DeepSeek-V4: shared-key attention over a window and compressed entries, hash-routed first layers,
hyper-connections.

Report: DeepSeek-V4, section 2. Tensor names are those of the released checkpoints (V4-Flash, V4-Pro). A config that
transformers wrote has no `compress_ratios`; it goes with the names transformers saves, which differ in a few places.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import (
    Block,
    Embedding,
    Experts,
    Head,
    Linear,
    Module,
    Norm,
    Router,
    SharedExperts,
    Tensor,
    module,
)
from moeaudit.architecture.blocks.cache import CacheKind
from moeaudit.architecture.blocks.indexer import EntryIndexer, HyperConnection, KeyCompressor, SharedKeyAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import whole_model
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import W123, check_selection, layer_count, layer_words, prediction_modules
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Kind, Part


@dataclass(frozen=True)
class Layout:
    """Where the two kinds of checkpoint differ: everything else has one name."""

    prefix: str
    embedding: str
    collapse: tuple[str, str]  # module and beginning of the tensor names of the last hyper-connection
    key_norm: str


@dataclass(frozen=True)
class Compression:
    """Tokens per compressed entry, 0 where a layer has none. `chosen`: entries overlap and an indexer chooses among
    them."""

    rate: int
    chosen: bool = False


RELEASED = Layout("", "embed", ("", "hc_head"), "kv_norm")
SAVED = Layout("model.", "embed_tokens", ("model.hc_head", "hc"), "norm")


def deepseek_v4(c: Config) -> Architecture:
    """V4-Flash and V4-Pro."""
    hidden, vocabulary, streams = c.int("hidden_size"), c.int("vocab_size"), c.int("hc_mult", default=4)
    tied = c.flag("tie_word_embeddings", default=False)
    layout = RELEASED if c.has("compress_ratios") else SAVED
    collapse_at, collapse_name = layout.collapse
    compressed, hashed = compressions(c), hash_layers(c)
    layers = tuple(decoder(c, layout, *kind) for kind in zip(compressed, hashed, strict=True))
    pieces = (
        Single(f"{layout.prefix}{layout.embedding}", Embedding(vocabulary, hidden)),
        Stack(f"{layout.prefix}layers.{{}}", layers),
        Single(f"{layout.prefix}norm", Norm(hidden)),
        Single(collapse_at, HyperConnection(hidden, streams, collapse_name, collapse=True, dtype="F32")),
        Single("head", Head(vocabulary, hidden, tied)),
        *prediction(c, streams),
    )
    return whole_model(c, "DeepSeek-V4", pieces, tied=tied)


def compressions(c: Config) -> tuple[Compression, ...]:
    """Each layer's compression.

    Released configs list `compress_ratios`, prediction modules included, and choose among the entries of ratio 4
    alone (as their own inference code does); transformers names the kinds in `layer_types` and their rates in
    `compress_rates`, and without a list alternates them after two heavily compressed layers.
    """
    layers = layer_count(c)
    if c.has("compress_ratios"):
        ratios = c.each_layer(layers, "compress_ratios", c.ints("compress_ratios"))
        return tuple(Compression(ratio, chosen=ratio == 4) for ratio in ratios)
    rates = c.section("compress_rates")
    kinds = {
        "sliding_attention": Compression(0),
        "compressed_sparse_attention": Compression(rates.int("compressed_sparse_attention", default=4), chosen=True),
        "heavily_compressed_attention": Compression(rates.int("heavily_compressed_attention", default=128)),
    }
    words = layer_words(
        c,
        layers,
        "layer_types",
        lambda number: "compressed_sparse_attention" if number > 1 and number % 2 else "heavily_compressed_attention",
    )
    if not kinds.keys() >= set(words):
        raise c.contradiction(f"this family's attention kinds are {', '.join(kinds)}", "layer_types")
    return tuple(kinds[word] for word in words)


def hash_layers(c: Config) -> tuple[bool, ...]:
    """Which layers choose experts by a table instead of a score: the first `num_hash_layers`, unless
    `mlp_layer_types` says."""
    first = c.int("num_hash_layers", default=3, least=0)
    words = layer_words(c, layer_count(c), "mlp_layer_types", lambda number: "hash_moe" if number < first else "moe")
    return tuple(word == "hash_moe" for word in words)


def decoder(c: Config, layout: Layout, compression: Compression, by_hash: bool) -> Module:
    """A layer: attention and experts, each inside a hyper-connection."""
    hidden, streams = c.int("hidden_size"), c.int("hc_mult", default=4)
    return Module(
        (
            ("attn", attention(c, layout, compression)),
            ("ffn", feed_forward(c, by_hash)),
            ("attn_norm", Norm(hidden)),
            ("ffn_norm", Norm(hidden)),
            ("", HyperConnection(hidden, streams, "hc_attn", dtype="F32")),
            ("", HyperConnection(hidden, streams, "hc_ffn", dtype="F32")),
        )
    )


def attention(c: Config, layout: Layout, compression: Compression) -> Block:
    """Window alone, window and all entries, or window and the entries that an indexer chooses."""
    hidden, head_dim, query_rank = c.int("hidden_size"), c.int("head_dim"), c.int("q_lora_rank")
    rate, chosen = compression.rate, compression.chosen
    topk, index_dim = c.int("index_topk", default=512), c.int("index_head_dim", default=128)
    rotary = c.int("qk_rope_head_dim", default=64)
    core = SharedKeyAttention(
        hidden,
        c.int("num_attention_heads"),
        head_dim,
        query_rank,
        o_lora_rank=c.int("o_lora_rank", default=1024),
        groups=c.int("o_groups", default=8),
        window=c.int("sliding_window", default=128),
        rate=rate or None,
        selected=topk if chosen else None,
        names=(("kv_norm", layout.key_norm),),
        rotary=rotary,
    )
    indexer = (
        Module(
            (
                ("", EntryIndexer(hidden, c.int("index_n_heads", default=64), index_dim, query_rank, topk, rate)),
                ("compressor", KeyCompressor(hidden, index_dim, rate, overlap=True, cache=CacheKind.INDEXER)),
            )
        )
        if chosen
        else None
    )
    return module(
        {
            "": core,
            "compressor": KeyCompressor(hidden, head_dim, rate, overlap=chosen, rotary=rotary) if rate else None,
            "indexer": indexer,
        }
    )


def feed_forward(c: Config, by_hash: bool) -> Module:
    """Routed experts beside one shared; a hash layer reads its choice from a table of token ids, any other adds a
    correction bias.

    The reference code knows exactly one shared expert, whatever `n_shared_experts` says.
    """
    hidden, width = c.int("hidden_size"), c.int("moe_intermediate_size", "intermediate_size")
    experts, selected = c.int("n_routed_experts", "num_local_experts", "num_experts"), c.int("num_experts_per_tok")
    check_selection(c, experts, selected)
    one_shared_expert(c)
    router = Router(
        hidden,
        experts,
        selected,
        scoring=c.word("scoring_func", default="sqrtsoftplus"),
        renormalise=True,
        scaling=c.number("routed_scaling_factor", default=1.5),
        correction_bias="" if by_hash else "bias",
        correction_dtype=None if by_hash else "F32",
    )
    table = Tensor(
        "tid2eid",
        (c.int("vocab_size"), selected),
        Component.ROUTER,
        kind=Kind.INTEGER_TABLE,
        dtype="I64",
        note="expert ids by token id",
    )
    gate = Module((("", router), *((("", table),) if by_hash else ())))
    return module(
        {
            "gate": gate,
            "experts": Experts(hidden, width, experts, selected, names=W123),
            "shared_experts": SharedExperts(hidden, width, bias=c.flag("mlp_bias", default=False), names=W123),
        }
    )


def one_shared_expert(c: Config) -> None:
    """A notice where the config counts another number of them than the one that the code builds."""
    if c.int("n_shared_experts", default=1, least=0) != 1:
        c.notice(
            "config-field-ignored",
            "this family has one shared expert in every layer; n_shared_experts says otherwise",
            "n_shared_experts",
            n_shared_experts=c.data["n_shared_experts"],
        )


def prediction(c: Config, streams: int) -> tuple[Piece, ...]:
    """Prediction modules: a layer with window attention, two joining projections, and a hyper-connection before the
    shared head."""
    modules, hidden = prediction_modules(c), c.int("hidden_size")
    joined = Module(
        (
            *decoder(c, RELEASED, Compression(0), by_hash=False).parts,
            *((name, Linear(hidden, hidden, note="joins hidden state and embedding")) for name in ("e_proj", "h_proj")),
            *((name, Norm(hidden)) for name in ("enorm", "hnorm", "norm")),
            ("", HyperConnection(hidden, streams, "hc_head", collapse=True, dtype="F32")),
        )
    )
    return (Stack("mtp.{}", (joined,) * modules, part=Part.MTP, role="prediction"),) if modules else ()
