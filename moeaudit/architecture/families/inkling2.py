"""Inkling 2: gated attention whose inputs, and the experts', are attention over the blocks before (attention
residuals). Inkling 2 Mini runs through its middle layers several times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moeaudit.architecture.blocks import Attention, Block, Experts, Linear, Module, Norm, Router, Tensor, module, moe
from moeaudit.architecture.blocks.inkling import (
    CausalConvolution,
    DynamicConvolution,
    MessageGate,
    RelativeLogits,
)
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.inkling import transformer_tower
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.families.inkling import EXPERTS, PROJECTIONS
from moeaudit.architecture.model import Architecture, Piece, Single
from moeaudit.architecture.reading import layer_count, layer_words, routed
from moeaudit.architecture.weights import Sharding
from moeaudit.later import dataclass
from moeaudit.limits import LAYERS
from moeaudit.vocabulary import Component

FULL = "hybrid"
"""The word for a layer that sees everything; queries, keys and values there read three mixtures of the blocks
before."""


def inkling2_text(c: Config) -> Architecture:
    """The language model alone."""
    return language_model(c, c, ())


def inkling2(c: Config) -> Architecture:
    """With the vision tower."""
    text = c.section("text_config", required=True)
    return language_model(c, text, tuple(transformer_tower(c.section("vision_config"), text.int("hidden_size"))))


def inkling2_loop_text(c: Config) -> Architecture:
    """Inkling 2 Mini's language model alone."""
    return language_model(c, c, (), loop_of(c))


def inkling2_loop(c: Config) -> Architecture:
    """Inkling 2 Mini with the vision tower: the middle layers are run through several times."""
    text = c.section("text_config", required=True)
    tower = transformer_tower(c.section("vision_config"), text.int("hidden_size"))
    return language_model(c, text, tuple(tower), loop_of(text))


@dataclass(frozen=True)
class Loop:
    """Layers from `start` to before `end` are run through `passes` times. Every pass after the first starts from the
    same state and reads messages of the pass before, through gates of rank `rank`; each has keys, values and
    convolution states of its own (transformers 5.24, `Inkling2LoopTextModel.forward`: "Each pass uses its own copies of
    the loop cache layers"). `heads`: the variant's default of attention heads."""

    start: int
    end: int
    passes: int
    rank: int
    heads: int = 24

    def of(self, number: int) -> int:
        """How often one token runs through a layer."""
        return self.passes if self.start <= number < self.end else 1


ONCE = Loop(0, 0, 1, 0, heads=48)


def loop_of(t: Config) -> Loop:
    """`loop_config` of the release, or transformers' own fields."""
    released = t.section("loop_config")

    def number(name: str, own: str, default: int) -> int:
        return released.int(name) if released.has(name) else t.int(own, default=default)

    loop = Loop(
        number("core_start", "loop_layer_index_start", 6),
        number("core_end", "loop_layer_index_end", 18),
        number("num_passes", "loop_num_passes", 3),
        number("gate_rank", "loop_gate_rank", 64),
    )
    if loop.end < loop.start or loop.passes * loop.end > LAYERS:
        raise t.contradiction(
            f"layers {loop.start} to {loop.end - 1}, {loop.passes} times, are no loop that a model runs",
            "loop_layer_index_start",
            "loop_layer_index_end",
            "loop_num_passes",
            "loop_config",
        )
    return loop


def language_model(c: Config, text: Config, encoders: tuple[Piece, ...], loop: Loop = ONCE) -> Architecture:
    """Experts in every layer; every sixth layer is full. Names are the release's."""
    hidden, layers = text.int("hidden_size"), layer_count(text)
    kinds = layer_words(text, layers, "layer_types", lambda number: "hybrid_sliding" if (number + 1) % 6 else FULL)
    layer = {kind: decoder_layer(text, loop.heads, full=kind == FULL) for kind in dict.fromkeys(kinds)}
    gated = {kind: with_gates(block, hidden, loop) for kind, block in layer.items()}
    found = decoder_model(
        c,
        "Inkling 2",
        [(gated if loop.start <= number < loop.end else layer)[kind] for number, kind in enumerate(kinds)],
        text=text,
        prefix="model.llm",
        table="embed",
        head="model.llm.unembed",
        before=(Single("model.llm.embed_norm", Norm(hidden)),),
        after=(
            Single("model.llm.attn_res", residual_queries(hidden, kinds, loop)),
            *message_queries(hidden, loop),
            *encoders,
        ),
    )
    if loop == ONCE:
        return found
    passes = tuple(map(loop.of, range(layers)))
    decoder = found.stacks()[0]
    return replace(
        found, pieces=tuple(replace(piece, passes=passes) if piece is decoder else piece for piece in found.pieces)
    )


def with_gates(layer: Module, hidden: int, loop: Loop) -> Module:
    """A layer of the loop: a gate for the message to each of queries, keys, values and experts."""
    gate = MessageGate(hidden, loop.rank, loop.passes - 1)
    return Module((*layer.parts, *((f"controllers.{name}", gate) for name in ("attn", "k", "v", "mlp"))))


def message_queries(hidden: int, loop: Loop) -> Iterator[Piece]:
    """Learned queries for the messages, four a layer of the loop, asked in every pass but the first."""
    for name in ("middle_cycle_cross_pass_queries", "middle_cycle_cross_pass_kv_queries"):
        shape = (2 * (loop.end - loop.start), hidden)
        query = Tensor(name, shape, Component.OTHER, linear=True, note="message query", passes=loop.passes - 1)
        if shape[0]:
            yield Single("model.llm", query)


def residual_queries(hidden: int, kinds: tuple[str, ...], loop: Loop) -> Module:
    """A learned query for each sub-layer's input and for the model's output. The first layer's attention reads the
    embedding."""

    def query(name: str, rows: int = 1, passes: int = 1) -> tuple[str, Block]:
        shape = (hidden,) if rows == 1 else (rows, hidden)
        tensor = Tensor(name, shape, Component.OTHER, linear=True, note="attention residual")
        return "", tensor if passes == 1 else replace(tensor, passes=passes)

    return Module(
        (
            *(
                query(f"attn_queries.{number - 1}", 3 if kind == FULL else 1, loop.of(number))
                for number, kind in enumerate(kinds)
                if number
            ),
            *(query(f"mlp_queries.{number}", passes=loop.of(number)) for number in range(len(kinds))),
            query("output_query"),
        )
    )


def decoder_layer(c: Config, heads: int, *, full: bool) -> Module:
    """Convolutions behind attention and experts; full layers norm queries', keys' and values' inputs apart. `heads`:
    the family's default."""
    hidden, kernel = c.int("hidden_size"), c.int("conv_kernel_size", "sconv_kernel_size", default=4)
    experts, selected = routed(c)
    conv, norm = CausalConvolution(hidden, kernel), Norm(hidden)
    sparse = moe(
        Router(
            hidden,
            experts,
            selected,
            scoring=c.word("scoring_func", default="sigmoid"),
            correction_bias="bias",
            correction_dtype="F32",
            scaling=c.number("route_scale", "routed_scaling_factor", default=8.0),
        ),
        Experts(
            hidden,
            c.int("moe_intermediate_size", "intermediate_size"),
            experts,
            selected,
            layout="stacked",
            names=EXPERTS,
        ),
    )
    norms = ("q_input_norm", "k_input_norm", "v_input_norm") if full else ("attn_norm",)
    return module(
        {
            "attn": attention(c, kernel, heads, full=full),
            "mlp": sparse,
            "mlp_norm": norm,
            "attn_sconv": conv,
            "mlp_sconv": conv,
        }
        | dict.fromkeys(norms, norm)
    )


def attention(c: Config, kernel: int, default_heads: int, *, full: bool) -> Module:
    """An output gate for each feature, a sink for each head computed from the token, learned clips of queries and
    positions."""
    hidden = c.int("hidden_size")
    prefix = "" if full else "swa_"
    heads, kv_heads, head_dim = (
        c.int(f"{prefix}{name}", default=default)
        for name, default in (("num_attention_heads", default_heads), ("num_key_value_heads", 8), ("head_dim", 128))
    )
    window = None if full else c.int("sliding_window_size", "sliding_window", default=1024)
    rank, width = c.int("d_rel", default=16), kv_heads * head_dim
    conv = DynamicConvolution(width, kernel, hidden, kv_heads) if full else CausalConvolution(width, kernel)
    base = Attention(hidden, heads, kv_heads, head_dim, gate="full", names=PROJECTIONS)

    def clip(size: int) -> Tensor:
        return Tensor("scale", (heads, size), Component.ATTENTION, sharding=Sharding.COLUMN, note="clip of the L2 norm")

    return Module(
        (
            ("", replace(base, window=window)),
            ("", RelativeLogits(hidden, heads, rank, window or c.int("rel_extent", default=1024), names=PROJECTIONS)),
            ("k_sconv", conv),
            ("v_sconv", conv),
            ("q_l2_clip", clip(head_dim)),
            ("rel_l2_clip", clip(rank)),
            ("attn_sink_proj", Linear(hidden, heads, component=Component.ATTENTION, sharding=Sharding.COLUMN)),
        )
    )
