"""Step-3 (StepFun, arXiv:2507.19427): factorised attention with one key-value head, stacked experts, one shared.

Names and shapes: vLLM 0.33.0, models/step3_text.py (`load_weights`) and models/step3_vl.py.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Module, Norm, Router, SharedExperts, module, moe
from moeaudit.architecture.blocks.factored_attention import FactoredAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.step import step3_vision
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.model import Architecture, Piece
from moeaudit.architecture.reading import check_selection, encoder_section, layer_count

CONTEXT = ("max_position_embedding", "max_position_embeddings", "max_seq_len")


def step3_vl(c: Config) -> Architecture:
    """The language model behind a ViT and two strided convolutions."""
    t, v = c.text(), encoder_section(c, "vision_config")
    encoders = step3_vision(c, v, t.int("hidden_size")) if v is not None else ()
    return step3(c, t, encoders)


def step3_text(c: Config) -> Architecture:
    """The language model alone."""
    return step3(c, c, ())


def step3(c: Config, t: Config, encoders: tuple[Piece, ...]) -> Architecture:
    """Every layer but those that `moe_layers_enum` leaves out has experts; one list as text ("4,5,6")."""
    layers, hidden = layer_count(t), t.int("hidden_size")
    sparse, dense = experts_block(t), module({"mlp": FeedForward(hidden, t.int("intermediate_size"))})
    placed, attends = placement(t, layers), attention(t)
    decoder = tuple(layer(hidden, attends, sparse if number in placed else dense) for number in range(layers))
    tied = t.flag("tie_word_embeddings", default=False)
    return decoder_model(c, "Step-3", decoder, text=t, tied=tied, after=encoders, context=CONTEXT)


def layer(hidden: int, attends: Block, ffn: Block) -> Module:
    norm = Norm(hidden)
    return Module((("self_attn", attends), ("", ffn), ("input_layernorm", norm), ("post_attention_layernorm", norm)))


def placement(t: Config, layers: int) -> frozenset[int]:
    """All but the first layer where nothing is stated."""
    written = t.data["moe_layers_enum"] if t.has("moe_layers_enum") else None
    if not isinstance(written, str):
        return t.layer_numbers(layers, "moe_layers_enum", default=tuple(range(1, layers)))
    numbers = [int(item) for item in written.split(",") if item.strip().isdecimal() and len(item) < 10]
    return frozenset(numbers)


def attention(t: Config) -> FactoredAttention:
    """One key-value head of `head_dim`, whatever `num_attention_groups` says (the code knows no other)."""
    if t.int("num_attention_groups", default=1) != 1:
        raise t.contradiction("this family has one key-value head", "num_attention_groups")
    head_dim = t.int("head_dim", default=256)
    rank = t.int("share_q_dim", default=2048)
    return FactoredAttention(t.int("hidden_size"), t.int("num_attention_heads"), 1, head_dim, query_rank=rank)


def experts_block(t: Config) -> Block:
    """Softmax routing without a correction bias."""
    hidden, width = t.int("hidden_size"), t.int("moe_intermediate_size", default=5120)
    experts, used = t.int("moe_num_experts", default=48), t.int("moe_top_k", default=3)
    check_selection(t, experts, used)
    renormalise = t.flag("norm_expert_weight", default=False)
    router = Router(hidden, experts, used, renormalise=renormalise, names=(("weight", "gate.weight"),))
    routed = Experts(hidden, width, experts, used, layout="stacked-split", suffix="weight")
    shared = SharedExperts(hidden, t.int("share_expert_dim", default=5120))
    return module({"moe": moe(router, routed, router_name="", experts_name=""), "share_expert": shared})
