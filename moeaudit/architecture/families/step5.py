"""Step-5 (StepFun): Step 3.7's layers with more heads behind windows, and an indexer that chooses regions of tokens
where a layer sees everything.

Names and shapes: vLLM 0.33.0, models/step5/nvidia/model.py (`load_weights`), mtp.py and config.py. Step-5-Preview's
weights are saved as `step3p5v` around `step4`, with the same names (headers of its BF16 weights).
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Experts,
    FeedForward,
    Module,
    Norm,
    Router,
    SharedExperts,
    Vectors,
    module,
    moe,
)
from moeaudit.architecture.blocks.block_indexer import RegionIndexer
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.families.step import NAMES, named_groups, prediction, tower
from moeaudit.architecture.model import Architecture, Piece, Stack
from moeaudit.architecture.reading import check_selection, layer_count, prediction_modules

FULL, SLIDING = "full_attention", "sliding_attention"

FLOAT = ("float32", "fp32")
"""What `norm_dtype` says where norms are stored in F32."""


def step5(c: Config) -> Architecture:
    """The language model alone."""
    return step5_model(c, c, ())


def step5_vl(c: Config) -> Architecture:
    """With Step 3.7's vision tower."""
    t = c.text()
    return step5_model(c, t, tower(c, t))


def step5_model(c: Config, t: Config, encoders: tuple[Piece, ...]) -> Architecture:
    """Lists run on over the prediction modules, which stand behind the last layer."""
    layers, modules, hidden = layer_count(t), prediction_modules(t), t.int("hidden_size")
    words = t.words("layer_types_with_mtp", "layer_types", default=(SLIDING, FULL) * (layers + modules))
    words = t.each_layer(layers + modules, "layer_types", words, modules=0)
    placed, sparse = placement(t, layers, modules), experts_block(t)
    dense = module({"mlp": FeedForward(hidden, t.int("intermediate_size"))})
    float_norms = t.word("norm_dtype", default="") in FLOAT

    def layer(number: int) -> Module:
        norm, ffn = Norm(hidden), sparse if number in placed else dense
        halves: tuple[tuple[str, Block], ...] = (("self_attn", attention(t, words[number])), ("", ffn))
        return Module((*halves, ("input_layernorm", norm), ("post_attention_layernorm", norm)))

    def stored(block: Block) -> Block:
        return Vectors(block, "F32") if float_norms else block

    predicting = prediction(t, layers, [layer(number) for number in range(layers, layers + modules)])
    return decoder_model(
        c,
        "Step-5",
        [stored(layer(number)) for number in range(layers)],
        text=t,
        tied=t.flag("tie_word_embeddings", default=False),
        norm=stored(Norm(hidden)),
        after=(
            *(
                replace(piece, layers=tuple(map(stored, piece.layers))) if isinstance(piece, Stack) else piece
                for piece in predicting
            ),
            *encoders,
        ),
        context=("max_position_embeddings", "max_seq_len"),
    )


def placement(t: Config, layers: int, modules: int) -> frozenset[int]:
    """`moe_layers_enum` ("1,2,3") or `moe_layer_list`; all but the first layer where neither is stated."""
    name = "moe_layers_enum" if t.has("moe_layers_enum") else "moe_layer_list"
    written = t.data.get(name)
    if not isinstance(written, str):
        return t.layer_numbers(layers + modules, name, default=tuple(range(1, layers)))
    return frozenset(int(item) for item in written.split(",") if item.strip().isdecimal() and len(item) < 10)


def attention(t: Config, word: str) -> Module:
    """`swa_num_attention_heads` behind windows; `attention_other_setting` gives one kind of layer its own heads."""
    other, named = t.section("attention_other_setting"), named_groups(t)
    gate = "head" if t.flag("use_head_wise_attn_gate", default=False) else "none"
    bias = t.flag("attention_bias", default=False)
    core = replace(grouped_attention(named, bias=bias, output_bias=False, qk_norm="head"), gate=gate, names=NAMES)
    if other.data and other.word("attention_type") == word:
        core = replace(
            core,
            heads=other.int("num_attention_heads"),
            kv_heads=other.int("num_attention_groups"),
            head_dim=other.int("head_dim"),
        )
    core = replace(
        core,
        kv_heads=t.int(f"num_attention_groups_{word}", default=core.kv_heads),
        head_dim=t.int(f"head_dim_{word}", default=core.head_dim),
    )
    if word == SLIDING and t.has("sliding_window"):
        heads = t.int("swa_num_attention_heads", "num_sliding_attention_heads", default=core.heads)
        return module({"": replace(core, heads=heads, window=t.int("sliding_window"))})
    indexer = region_indexer(t, core) if word == FULL else None
    if indexer is None:
        return module({"": core})
    chosen = replace(core, selected=indexer.topk * indexer.region)
    return Module((("", chosen), ("", indexer)))


def region_indexer(t: Config, core: Attention) -> RegionIndexer | None:
    """From `sparse_config`; None where it is absent or switched off."""
    s = t.section("sparse_config")
    if not t.has("sparse_config") or not s.flag("enabled", default=True):
        return None
    return RegionIndexer(
        core.hidden,
        s.int("sparse_indexer_num_heads", default=16),
        s.int("sparse_indexer_num_k_heads", default=1),
        s.int("proxy_dim", default=256),
        s.int("region_block_size", default=8),
        s.int("topk", default=512),
        core.heads,
    )


def experts_block(t: Config) -> Block:
    """Sigmoid-routed experts, gate and up stacked apart, beside one shared; the correction bias in F32."""
    hidden, width = t.int("hidden_size"), t.int("moe_intermediate_size")
    experts, used = t.int("moe_num_experts", "n_routed_experts"), t.int("moe_top_k", "num_experts_per_tok")
    check_selection(t, experts, used)
    router = Router(
        hidden,
        experts,
        used,
        scoring=t.word("moe_router_activation", default="sigmoid"),
        correction_bias="router_bias",
        correction_dtype="F32",
        renormalise=t.flag("norm_expert_weight", default=True),
        scaling=t.number("moe_router_scaling_factor", default=1.0),
        names=(("weight", "gate.weight"),),
    )
    routed = Experts(hidden, width, experts, used, layout="stacked-split", suffix="weight")
    shared = SharedExperts(hidden, t.int("share_expert_dim", default=width * used))
    return module({"moe": moe(router, routed, router_name="", experts_name=""), "share_expert": shared})
