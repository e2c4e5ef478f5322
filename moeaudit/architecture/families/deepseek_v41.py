"""DeepSeek-V4.1: V4's window attention over entries that a few source layers make for all, n-gram memory, and draft
layers with a Markov head.

Names and shapes: vLLM 0.33.0, models/deepseek_v41 (`load_weights` keeps the checkpoint's names, which are V4's), and
mlx-lm 0.32.2, models/deepseek_v41.py (`sanitize`).

Prompts: the last source of entries makes its entries and index keys for every token; the rest of it, and all layers
behind it, run on the prompt's last `sliding_window` tokens alone, as vLLM and SGLang have it by default ("decoder SWA
bounded replay": vLLM, nvidia/model.py, `_decoder_replay_supported`, and decoder_replay_layers.py; SGLang 0.5.23,
models/deepseek_v4.py, `late_layer_start`). Each token before these uses `prefill.*` instead of `active.*`. An engine
can be told to run every layer on every token. vLLM also writes that layer's own window for every token; SGLang does
not, and of what lies before the last tokens nothing reads it: it is not counted.
The release's 552B in all, 8B a prompt token and 16B an output token leave the n-gram tables out: total.full-tables is
551.88B, prefill.body-tables 7.90B and prefill.head-tables 8.56B (8 only cut off), active.head-tables 16.13B and
active.full-tables 16.79B (16 only cut off).
"""

from __future__ import annotations

from collections.abc import Collection

from moeaudit.architecture.blocks import (
    Block,
    Embedding,
    EveryToken,
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
from moeaudit.architecture.blocks.indexer import EntryIndexer, HyperConnection, SharedKeyAttention
from moeaudit.architecture.blocks.latent_entries import Engram, EntryKeys, SharedEntries
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.deepseek_vit import vision_tower
from moeaudit.architecture.families.common import whole_model
from moeaudit.architecture.families.deepseek_v4 import one_shared_expert
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import W123, check_selection, encoder_section, layer_count, prediction_modules
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Part

LOOKED_UP = "A token looks up {} rows of the n-gram tables; only denominators that end in -tables leave them out."
LATE = (
    "Prefill: of layer {} a prompt's tokens before its last {} only make entries and index keys, and they pass the "
    "layers behind it by, as vLLM and SGLang have it by default; figures for one prompt token are for these."
)
JOINS = "joins the hidden states of chosen layers"


@dataclass(frozen=True)
class Sharing:
    """A layer's place in the sharing: tokens per entry (0 without entries), and which of entries and choice it makes
    itself."""

    rate: int = 0
    entries: bool = False
    choice: bool = False


def deepseek_v41(c: Config) -> Architecture:
    """V4.1-Flash: text and vision sections, or the text section alone."""
    t, hidden = c.text(), c.text().int("hidden_size")
    vision = encoder_section(c, "vision_config")
    tower = vision_tower(vision, hidden)
    memory, places = engrams(t), sharings(t)
    experts = feed_forward(t, t.int("n_routed_experts"), t.int("num_experts_per_tok"), pictures=bool(tower))
    layers = tuple(decoder(t, place, experts, memory.get(number)) for number, place in enumerate(places))
    vocabulary, tied = t.int("vocab_size"), t.flag("tie_word_embeddings", default=False)
    pieces = (
        Single("embed", Embedding(vocabulary, hidden)),
        Stack("layers.{}", layers, tails=tails(t, places, memory)),
        Single("norm", Norm(hidden)),
        Single("head", Head(vocabulary, hidden, tied)),
        *drafts(t, pictures=bool(tower)),
        *tower,
    )
    notes = (LOOKED_UP.format(sum(one.lookups for one in memory.values())),) if memory else ()
    if any(ends := tails(t, places, memory)):
        notes = (*notes, LATE.format(ends.index(max(ends)), max(ends)))
    return whole_model(c, "DeepSeek-V4.1", pieces, text=t, tied=tied, notes=notes)


def sharings(t: Config) -> tuple[Sharing, ...]:
    """`compress_ratios` by layer, drafts included; the sources of entries and of choices are named by their numbers.
    A layer with a rate and no source at or before it is an error."""
    layers = layer_count(t)
    rates = t.each_layer(layers, "compress_ratios", t.ints("compress_ratios"))
    entries, choices = (
        {number for number in t.layer_numbers(layers, f"{name}_source_layer_ids", default=()) if number < layers}
        for name in ("kv", "index")
    )
    for sources, name in ((entries, "kv_source_layer_ids"), (choices, "index_source_layer_ids")):
        unfed = next((at for at, rate in enumerate(rates) if rate and not any(one <= at for one in sources)), None)
        if unfed is not None:
            raise t.contradiction(f"layer {unfed} compresses, but no source stands before it", name, "compress_ratios")
        idle = next((at for at in sorted(sources) if not rates[at]), None)
        if idle is not None:
            raise t.contradiction(f"layer {idle} is a source, but does not compress", name, "compress_ratios")
    return tuple(Sharing(rate, at in entries, at in choices) for at, rate in enumerate(rates))


def tails(t: Config, places: tuple[Sharing, ...], memory: Collection[int]) -> tuple[int, ...]:
    """How many of a prompt's last tokens run through each layer (0: all): the window's from the last source of entries
    on, where nothing from there on pools, remembers, or reads a choice made before. Empty where no layer is like
    that."""
    last = max((at for at, place in enumerate(places) if place.entries), default=None)
    if last is None or last == len(places) - 1 or not places[last].choice:
        return ()
    candidates = t.int("candidate_source_layer_id", default=-1, least=-1)
    if candidates not in (-1, last) or t.int("num_hash_layers", default=0, least=0) > last:
        return ()
    if max(place.rate for place in places[last:]) > 1 or any(number >= last for number in memory):
        return ()
    return (0,) * last + (t.int("sliding_window"),) * (len(places) - last)


def decoder(t: Config, place: Sharing, experts: Block, memory: Block | None = None) -> Module:
    """A layer: n-gram memory where it has one, attention and experts, each of these inside a hyper-connection."""
    hidden, streams = t.int("hidden_size"), t.int("hc_mult", default=4)
    return Module(
        (
            *((("engram", memory),) if memory else ()),
            ("attn", attention(t, place)),
            ("ffn", experts),
            ("attn_norm", EveryToken(Norm(hidden)) if place.entries else Norm(hidden)),
            ("ffn_norm", Norm(hidden)),
            ("", HyperConnection(hidden, streams, "hc_attn", dtype="F32")),
            ("", HyperConnection(hidden, streams, "hc_ffn", dtype="F32")),
        )
    )


def attention(t: Config, place: Sharing) -> Block:
    """The window, and the entries that the last source of choices chose."""
    hidden, head_dim, query_rank = t.int("hidden_size"), t.int("head_dim"), t.int("q_lora_rank")
    topk, index_dim = t.int("index_topk", default=512), t.int("index_head_dim", default=128)
    rotary = t.int("qk_rope_head_dim", default=64)
    core = SharedKeyAttention(
        hidden,
        t.int("num_attention_heads"),
        head_dim,
        query_rank,
        o_lora_rank=t.int("o_lora_rank"),
        groups=t.int("o_groups"),
        window=t.int("sliding_window"),
        rate=place.rate or None,
        selected=topk if place.rate else None,
        rotary=rotary,
    )
    indexer: list[tuple[str, Block]] = []
    if place.choice:
        heads = t.int("index_n_heads")
        indexer.append(("", EntryIndexer(hidden, heads, index_dim, query_rank, topk, place.rate)))
        if place.entries:
            indexer.append(("", EveryToken(EntryKeys(head_dim, index_dim, place.rate))))
    return module(
        {
            "": core,
            "compressor": EveryToken(SharedEntries(hidden, head_dim, place.rate, rotary)) if place.entries else None,
            "indexer": Module(tuple(indexer)) if indexer else None,
        }
    )


def feed_forward(t: Config, experts: int, selected: int, *, pictures: bool) -> Module:
    """Routed experts beside one shared. `pictures`: image tokens have a correction bias of their own."""
    hidden, width = t.int("hidden_size"), t.int("moe_intermediate_size")
    check_selection(t, experts, selected)
    one_shared_expert(t)
    router = Router(
        hidden,
        experts,
        selected,
        scoring=t.word("scoring_func", default="sqrtsoftplus"),
        renormalise=t.flag("norm_topk_prob", default=True),
        scaling=t.number("routed_scaling_factor", default=1.5),
        correction_bias="bias",
        correction_dtype="F32",
    )
    other = Tensor("bias_vl", (experts,), Component.ROUTER_BIAS, dtype="F32", note="for image tokens", per_expert=True)
    return module(
        {
            "gate": Module((("", router), *((("", other),) if pictures else ()))),
            "experts": Experts(hidden, width, experts, selected, names=W123),
            "shared_experts": SharedExperts(hidden, width, names=W123),
        }
    )


def engrams(t: Config) -> dict[int, Engram]:
    """The n-gram memories, by layer; `engram_num_embeddings` states each table's rows."""
    numbers = t.ints("engram_layer_ids", default=())
    if not numbers:
        return {}
    rows = t.ints("engram_num_embeddings", least=1)
    beyond = [number for number in numbers if number >= layer_count(t)]
    if len(rows) != len(numbers) or len(set(numbers)) != len(numbers) or beyond:
        raise t.contradiction("each n-gram table has one layer", "engram_num_embeddings", "engram_layer_ids")
    lookups = (t.int("engram_max_ngram_size", least=2) - 1) * t.int("engram_n_heads")
    hidden, streams, width = t.int("hidden_size"), t.int("hc_mult", default=4), t.int("engram_head_dim")
    return {number: Engram(hidden, streams, own, width, lookups) for number, own in zip(numbers, rows, strict=True)}


def drafts(t: Config, *, pictures: bool) -> tuple[Piece, ...]:
    """Draft layers with fewer experts and the window alone. The first joins the hidden states of the layers that
    `dspark_target_layer_ids` names; the last has the norm, a Markov head of rank `dspark_markov_rank` over the
    vocabulary and a confidence head."""
    modules, hidden, vocabulary = prediction_modules(t), t.int("hidden_size"), t.int("vocab_size")
    if not modules:
        return ()
    experts = t.int("dspark_n_routed_experts", default=t.int("n_routed_experts"))
    selected = t.int("dspark_num_experts_per_tok", default=t.int("num_experts_per_tok"))
    plain = decoder(t, Sharing(), feed_forward(t, experts, selected, pictures=pictures))
    joined = len(t.ints("dspark_target_layer_ids"))
    if not joined:
        raise t.contradiction("draft layers read no layer", "dspark_target_layer_ids", "num_nextn_predict_layers")
    first = (("main_proj", Linear(joined * hidden, hidden, note=JOINS)), ("main_norm", Norm(hidden)))
    rank = t.int("dspark_markov_rank")
    markov = module({"embed": Embedding(vocabulary, rank), "head": Head(vocabulary, rank)})
    last = (
        ("norm", Norm(hidden)),
        ("markov_head", markov),
        ("confidence_head", module({"proj": Linear(hidden + rank, 1)})),
    )
    layers = (
        Module((*plain.parts, *(first if at == 0 else ()), *(last if at == modules - 1 else ())))
        for at in range(modules)
    )
    return (Stack("mtp.{}", tuple(layers), part=Part.MTP, role="prediction"),)
