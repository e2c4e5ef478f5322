"""What many families share: reading the usual fields, the usual attention, and the usual arrangement of a decoder."""

from __future__ import annotations

from collections.abc import Sequence
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
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import CONTEXT, routed, sparse_layers


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


def joining(hidden: int, bias: bool = False) -> Linear:
    """A prediction module's projection of hidden state and next embedding, side by side, back to the hidden size."""
    return Linear(2 * hidden, hidden, bias, note="joins hidden state and embedding")


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
