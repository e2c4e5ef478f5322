"""Step 3.5 and 3.7 Flash (StepFun, arXiv:2602.10604): gated attention per head, windowed layers with more heads,
stacked experts.

Source of names: the model in transformers 5.23 (`models/step3p7`); prediction modules as the release's engines load
them.
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Experts,
    FeedForward,
    Head,
    Linear,
    Module,
    Norm,
    Router,
    SharedExperts,
    module,
    moe,
)
from moeaudit.architecture.config import Config, ListTooShort
from moeaudit.architecture.encoders.step import vision
from moeaudit.architecture.families.common import decoder_model, grouped_attention, joining
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import check_selection, encoder_section, layer_count
from moeaudit.vocabulary import Part

NAMES = (("gate_proj", "g_proj"),)


def step3p7(c: Config) -> Architecture:
    """With its vision tower."""
    t = c.text()
    return step_model(c, t, c.flag("tie_word_embeddings", default=False), tower(c, t))


def tower(c: Config, t: Config) -> tuple[Piece, ...]:
    """The vision tower and its projector; nothing without a section of its own."""
    v = encoder_section(c, "vision_config")
    if v is None:
        return ()
    width = 4 * v.int("width", "hidden_size", default=1536)
    join = Linear(width, t.int("hidden_size"), bias=c.flag("projector_bias", default=False))
    return (*vision(v), Single("vit_large_projector", join, Part.PROJECTOR))


def step3p5(c: Config) -> Architecture:
    """The language model alone."""
    return step_model(c, c, c.flag("tie_word_embeddings", default=False), ())


def step_model(c: Config, t: Config, tied: bool, encoders: tuple[Piece, ...]) -> Architecture:
    """Per-layer lists may run on over the prediction modules, which stand behind the last layer."""
    layers, modules = layer_count(t), t.int("num_nextn_predict_layers", "num_mtp_layers", default=0, least=0)
    attends = words(t, ("layer_types", "mtp_layer_types"), layers, modules, ("full_attention",) * (layers + modules))
    feeds = words(t, ("mlp_layer_types", "mtp_mlp_layer_types"), layers, modules, placement(t, layers, modules))
    attention = tuple(attention_of(t, number, word) for number, word in enumerate(attends))
    sparse, dense = (
        experts_block(t),
        FeedForward(t.int("hidden_size"), t.int("intermediate_size"), bias=t.flag("mlp_bias", default=False)),
    )

    def layer(number: int) -> Module:
        norm, ffn = Norm(t.int("hidden_size")), sparse if feeds[number] == "sparse" else module({"mlp": dense})
        return Module(
            (("self_attn", attention[number]), ("", ffn), ("input_layernorm", norm), ("post_attention_layernorm", norm))
        )

    return decoder_model(
        c,
        "Step",
        [layer(number) for number in range(layers)],
        text=t,
        tied=tied,
        after=(*prediction(t, layers, [layer(number) for number in range(layers, layers + modules)]), *encoders),
    )


def words(t: Config, names: tuple[str, str], layers: int, modules: int, default: tuple[str, ...]) -> tuple[str, ...]:
    """One word for each layer and prediction module: from one list over both, or from two, or by default."""
    stated = t.words(names[0], default=default)
    if len(stated) == layers:
        stated += t.words(names[1], default=default[layers:])
    if len(stated) < layers + modules:
        raise t.contradiction(
            f"{names[0]} has {len(stated)} entries for {layers} layers and {modules} prediction modules",
            "num_hidden_layers",
            names[0],
            kind=ListTooShort,
        )
    return t.each_layer(layers + modules, names[0], stated, modules=0)


def placement(t: Config, layers: int, modules: int) -> tuple[str, ...]:
    """`moe_layers_enum` of the release ("3,4,5"), else all layers from the fourth on; prediction modules are dense."""
    enumerated = t.data.get("moe_layers_enum")
    if isinstance(enumerated, str):
        sparse = {int(item) for item in enumerated.split(",") if item.strip().isdecimal()}
    else:
        sparse = set(t.layer_numbers(layers + modules, "moe_layers_enum", default=tuple(range(3, layers))))
    return tuple("sparse" if number in sparse else "dense" for number in range(layers + modules))


def attention_of(t: Config, number: int, word: str) -> Attention:
    """Windowed layers may have another number of query heads; `per_layer_config` says so layer by layer where it is
    given."""
    usual = replace(
        grouped_attention(named_groups(t), kv_heads=8, head_dim=128, qk_norm="head"), gate="head", names=NAMES
    )
    if word != "sliding_attention":
        return usual
    if "per_layer_config" in t.data:
        heads = (
            t.section("per_layer_config")
            .section(str(number), f"{number:02}")
            .int("num_attention_heads", default=usual.heads)
        )
    else:
        other = t.section("attention_other_setting")
        heads = t.int(
            "num_sliding_attention_heads", default=lambda: other.int("num_attention_heads", default=usual.heads)
        )
    return replace(usual, heads=heads, window=t.maybe_int("sliding_window"))


def named_groups(t: Config) -> Config:
    """The release calls key-value heads attention groups."""
    groups = t.maybe_int("num_key_value_heads", "num_attention_groups")
    return t if groups is None else Config({**t.data, "num_key_value_heads": groups}, t.path, t.file, t.notices)


def experts_block(t: Config) -> Block:
    """Sigmoid-routed experts, gate and up stacked apart, beside one shared expert."""
    hidden, bias = t.int("hidden_size"), t.flag("mlp_bias", default=False)
    experts = t.int("n_routed_experts", "moe_num_experts", default=288)
    used = t.int("num_experts_per_tok", "moe_top_k", default=8)
    check_selection(t, experts, used)
    router = Router(
        hidden,
        experts,
        used,
        scoring="sigmoid",
        correction_bias="router_bias",
        renormalise=True,
        scaling=t.number("moe_router_scaling_factor", default=1.0),
        names=(("weight", "gate.weight"),),
    )
    routed = Experts(
        hidden, t.int("moe_intermediate_size", default=1280), experts, used, layout="stacked-split", suffix="weight"
    )
    shared = SharedExperts(hidden, t.int("share_expert_dim", "share_expert_dims", default=1280, least=0), bias=bias)
    return module({"moe": moe(router, routed, router_name="", experts_name=""), "share_expert": shared})


def prediction(t: Config, layers: int, blocks: list[Module]) -> tuple[Piece, ...]:
    """Each module has its joining projection, its own norm before the head, and a copy of the head."""
    hidden, norm = t.int("hidden_size"), Norm(t.int("hidden_size"))
    joined = joining(hidden)
    extra = (("enorm", norm), ("hnorm", norm), ("eh_proj", joined), ("transformer.shared_head.norm", norm))
    if not blocks:
        return ()
    heads = (
        Single(
            f"model.layers.{layers + number}.transformer.shared_head.output",
            Head(t.int("vocab_size"), hidden),
            Part.MTP,
            duplicate=True,
        )
        for number in range(len(blocks))
    )
    stack = Stack(
        "model.layers.{}",
        tuple(Module((*block.parts, *extra)) for block in blocks),
        first=layers,
        part=Part.MTP,
        role="prediction",
    )
    return (stack, *heads)
