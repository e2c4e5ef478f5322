"""What many families share: reading the usual fields, the usual attention, and the usual arrangement of a decoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Embedding,
    Experts,
    FeedForward,
    Head,
    Linear,
    Norm,
    Router,
    SharedExperts,
    module,
)
from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.config import PREDICTION_MODULES, Config
from moeaudit.architecture.field_names import EXPERTS, SELECTED
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.limits import LAYERS

CONTEXT = ("max_position_embeddings",)
"""The field with the number of positions a model is made for."""

W123: Names = (("gate_proj", "w1"), ("up_proj", "w3"), ("down_proj", "w2"))
"""Mixtral's words for the matrices of a feed-forward."""


def decoder_layer(hidden: int, attention: Block, ffn: Block, *, mlp: str = "mlp", norm: Block | None = None) -> Block:
    """Pre-norm residual arrangement with Llama's names. `norm`: where it is not a plain RMSNorm over `hidden`."""
    norm = norm or Norm(hidden)
    return module({"self_attn": attention, mlp: ffn, "input_layernorm": norm, "post_attention_layernorm": norm})


def decoder_layers(
    c: Config,
    attention: Sequence[Block],
    sparse: Block,
    *,
    first_dense: int = 0,
    every: int = 1,
    bias: bool = False,
    norm: Norm | None = None,
) -> tuple[Block, ...]:
    """One layer for each `attention`, with experts where `sparse_layers` (and, of those, every `every`-th layer) has
    them, else with a dense feed-forward of `intermediate_size`, biased where `bias`. `norm`: as in `decoder_layer`."""
    hidden = c.int("hidden_size")
    dense = FeedForward(hidden, c.int("intermediate_size"), bias=bias)
    placement = sparse_layers(c, len(attention), first_dense)
    return tuple(
        decoder_layer(hidden, block, sparse if experts and number % every == 0 else dense, norm=norm)
        for number, (block, experts) in enumerate(zip(attention, placement, strict=True))
    )


def decoder_model(
    c: Config,
    family: str,
    layers: Sequence[Block],
    *,
    text: Config | None = None,
    tied: bool = False,
    prefix: str = "model",
    head: str = "lm_head",
    norm: Block | None = None,
    head_bias: bool = False,
    before: Sequence[Piece] = (),
    after: Sequence[Piece] = (),
    notes: Sequence[str] = (),
    table: str = "embed_tokens",
    stack: str = "layers",
    norm_name: str = "norm",
    context: tuple[str, ...] = CONTEXT,
) -> Architecture:
    """A decoder with Llama's names: token table, layers, final norm, head.

    `text`: the language model's section where the config nests it. `tied`: as the caller has settled it.
    `prefix` and `head` may be empty: names without a level before them, and a model saved without a head.
    `before`, `after`: further pieces, such as encoders and prediction modules. `table`, `stack`, `norm_name`: other
    names. `context`: as in `whole_model`.
    """
    t = text or c
    level = f"{prefix}." if prefix else ""
    hidden, vocabulary = t.int("hidden_size"), t.int("vocab_size")
    pieces = (
        *before,
        Single(f"{level}{table}", Embedding(vocabulary, hidden)),
        Stack(f"{level}{stack}.{{}}", tuple(layers)),
        Single(f"{level}{norm_name}", norm or Norm(hidden)),
        *([Single(head, Head(vocabulary, hidden, tied, bias=head_bias))] if head else []),
        *after,
    )
    return whole_model(c, family, pieces, text=text, tied=tied, notes=notes, context=context)


def whole_model(
    c: Config,
    family: str,
    pieces: tuple[Piece, ...],
    *,
    text: Config | None = None,
    tied: bool = False,
    notes: Sequence[str] = (),
    context: tuple[str, ...] = CONTEXT,
) -> Architecture:
    """Any pieces under the usual fields. `text`, `tied`: as in `decoder_model`. `context`: names of the field with the
    context length."""
    t = text or c
    return Architecture(
        family=family,
        model_type=c.word("model_type"),
        tied=tied,
        context_length=t.maybe_int(*context),
        hidden=t.int("hidden_size"),
        vocabulary=t.int("vocab_size"),
        pieces=pieces,
        notes=tuple(notes),
    )


def grouped_attention(
    c: Config,
    *,
    kv_heads: int | None = None,
    head_dim: int | None = None,
    window: int | None = None,
    bias: bool | None = None,
    output_bias: bool | None = None,
    qk_norm: str = "none",
    names: Names = (),
) -> Attention:
    """MHA or GQA from the usual fields.

    `kv_heads`, `head_dim`: the family's own defaults, where they are not the heads and hidden size ÷ heads.
    `bias`: on q, k and v (`attention_bias` where not given); the output has the same unless `output_bias` says
    otherwise.
    """
    hidden, heads = c.int("hidden_size"), c.int("num_attention_heads")
    bias = c.flag("attention_bias", default=False) if bias is None else bias
    absent_kv = heads if "num_key_value_heads" in c.data or kv_heads is None else kv_heads
    absent_dim = hidden // heads if "head_dim" in c.data or head_dim is None else head_dim
    return Attention(
        hidden,
        heads,
        c.int("num_key_value_heads", default=absent_kv),
        c.int("head_dim", default=absent_dim),
        query_bias=bias,
        key_bias=bias,
        value_bias=bias,
        output_bias=bias if output_bias is None else output_bias,
        qk_norm=qk_norm,
        window=window,
        names=names,
    )


def layer_count(c: Config, *names: str, default: int | None = None) -> int:
    """`num_hidden_layers`, bounded: no model has more than LAYERS, and a layer is an entry of a list."""
    names = names or ("num_hidden_layers",)
    layers = c.int(*names) if default is None else c.int(*names, default=default)
    if layers > LAYERS:
        raise c.contradiction(f"{layers} layers are more than any model has ({LAYERS} are read)", *names)
    return layers


def prediction_modules(c: Config, default: int = 0) -> int:
    """`num_nextn_predict_layers` (or `num_mtp_layers`), bounded like the layers. No statement is no module, unless
    `default`."""
    names = PREDICTION_MODULES
    return (
        layer_count(c, *names) if c.has(*names) and c.int(*names, least=0) else c.int(*names, default=default, least=0)
    )


def layer_words(c: Config, layers: int, name: str, default: Callable[[int], str]) -> tuple[str, ...]:
    """A per-layer list of words such as `layer_types`; where absent, `default(layer number)`. One for each layer;
    fewer are an error."""
    if not c.has(name):
        return tuple(default(number) for number in range(layers))
    return c.each_layer(layers, name, c.words(name))


def joining(hidden: int, bias: bool = False) -> Linear:
    """A prediction module's projection of hidden state and next embedding, side by side, back to the hidden size."""
    return Linear(2 * hidden, hidden, bias, note="joins hidden state and embedding")


def sparse_layers(c: Config, layers: int, first_dense: int = 0) -> tuple[bool, ...]:
    """Which layers hold experts: `mlp_layer_types` where given, else all after `first_k_dense_replace` (or its
    default)."""
    dense = c.int("first_k_dense_replace", default=first_dense, least=0)
    words = layer_words(c, layers, "mlp_layer_types", lambda number: "dense" if number < dense else "sparse")
    return tuple(word != "dense" for word in words)


def windows(
    c: Config, layers: int, *, default: Callable[[int], bool], window: int | None = None
) -> tuple[int | None, ...]:
    """Each layer's window, None where it sees everything. `layer_types` decides; where absent, `default(layer)` says
    whether it slides. `window`: the family's own default of `sliding_window`."""
    size = c.int("sliding_window", default=window)
    words = layer_words(
        c, layers, "layer_types", lambda number: "sliding_attention" if default(number) else "full_attention"
    )
    return tuple(size if "sliding" in word else None for word in words)


def routed(c: Config) -> tuple[int, int]:
    """(experts, experts per token), whatever the fields are called. More selected than there are is an error."""
    experts, selected = c.int(*EXPERTS), c.int(*SELECTED)
    check_selection(c, experts, selected)
    return experts, selected


def check_selection(c: Config, experts: int, selected: int) -> None:
    """Error where a token is said to use more experts than there are."""
    if selected > experts:
        asked, present = (next((name for name in names if c.has(name)), names[0]) for names in (SELECTED, EXPERTS))
        raise c.contradiction(f"{selected} experts per token, but only {experts} experts", asked, present)


def sigmoid_router(
    c: Config,
    *,
    chosen: tuple[int, int] | None = None,
    groups: int = 1,
    top_groups: int = 1,
    renormalise: bool = True,
    scaling: float = 1.0,
    names: Names = (),
) -> Router:
    """DeepSeek-V3's choice, which many families repeat: sigmoid scores, a correction bias kept in F32, the best groups
    first. The numbers are the family's defaults of `n_group`, `topk_group`, `norm_topk_prob`, `routed_scaling_factor`.
    `chosen`: (experts, experts per token) where the family reads them otherwise than `routed`.
    """
    experts, selected = chosen or routed(c)
    return Router(
        c.int("hidden_size"),
        experts,
        selected,
        scoring="sigmoid",
        correction_bias="e_score_correction_bias",
        correction_dtype="F32",
        groups=c.int("n_group", default=groups),
        top_groups=c.int("topk_group", default=top_groups),
        renormalise=c.flag("norm_topk_prob", default=renormalise),
        scaling=c.number("routed_scaling_factor", default=scaling),
        names=names,
    )


def routed_experts(c: Config, router: Router, **options: Any) -> Experts:
    """The experts that `router` chooses from, of `moe_intermediate_size`."""
    return Experts(router.hidden, c.int("moe_intermediate_size"), router.experts, router.selected, **options)


def counted_shared_experts(c: Config, *names: str, default: int, **options: Any) -> SharedExperts | None:
    """As many shared experts of `moe_intermediate_size` as the field `names` says (where absent, `default`)."""
    count = c.int(*names, default=default, least=0)
    return shared_experts(c.int("hidden_size"), c.int("moe_intermediate_size"), count, **options)


def shared_experts(hidden: int, width: int, count: int, **options: Any) -> SharedExperts | None:
    """`count` shared experts of `width`, stored as one; None where there is none."""
    return SharedExperts(hidden, width * count, count, **options) if count else None


def encoder_section(c: Config, name: str) -> Config | None:
    """An encoder's section of a multimodal config; None where there is none. A notice where the class that saved the
    model has the encoder all the same: its sizes are then unknown, and defaults would only guess them."""
    if c.has(name):
        return c.section(name)
    if name not in c.data and any(
        word.endswith("ForConditionalGeneration") for word in c.words("architectures", default=())
    ):
        c.notice(
            "config-section-missing",
            f"{name} is missing, though the class named in architectures has such an encoder; it is not counted",
            name,
        )
    return None


def never_tied(c: Config) -> bool:
    """False, for families whose code keeps the head apart whatever `tie_word_embeddings` says; a notice where it says
    true."""
    if c.flag("tie_word_embeddings", default=False):
        c.notice(
            "config-field-ignored",
            "tie_word_embeddings is true, but this family's code never ties the head to the input table; "
            "both are counted",
            "tie_word_embeddings",
            tie_word_embeddings=True,
        )
    return False
