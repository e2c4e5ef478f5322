"""What many families share: reading the usual fields, the usual attention, and the usual arrangement of a decoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from moeaudit.architecture.blocks import Attention, Block, Embedding, Head, Norm, SharedExperts, module
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Architecture, Piece, Single, Stack


def decoder_layer(hidden: int, attention: Block, ffn: Block, *, mlp: str = "mlp", norm: Block | None = None) -> Block:
    """Pre-norm residual arrangement with Llama's names. `norm`: where it is not a plain RMSNorm over `hidden`."""
    norm = norm or Norm(hidden)
    return module({"self_attn": attention, mlp: ffn, "input_layernorm": norm, "post_attention_layernorm": norm})


def decoder_model(c: Config, family: str, layers: Sequence[Block], *, text: Config | None = None, tied: bool = False,
                  prefix: str = "model", head: str = "lm_head", norm: Block | None = None, head_bias: bool = False,
                  before: Sequence[Piece] = (), after: Sequence[Piece] = (), notes: Sequence[str] = ()) -> Architecture:
    """A decoder with Llama's names: token table, layers, final norm, head.

    `text`: the language model's section where the config nests it. `tied`: as the caller has settled it.
    `before`, `after`: further pieces, such as encoders and prediction modules.
    """
    t = text or c
    hidden, vocabulary = t.int("hidden_size"), t.int("vocab_size")
    return Architecture(
        family=family,
        model_type=c.word("model_type"),
        tied=tied,
        context_length=t.maybe_int("max_position_embeddings"),
        hidden=hidden,
        vocabulary=vocabulary,
        pieces=(
            *before,
            Single(f"{prefix}.embed_tokens", Embedding(vocabulary, hidden)),
            Stack(f"{prefix}.layers.{{}}", tuple(layers)),
            Single(f"{prefix}.norm", norm or Norm(hidden)),
            Single(head, Head(vocabulary, hidden, tied, bias=head_bias)),
            *after,
        ),
        notes=tuple(notes),
    )


def grouped_attention(c: Config, *, window: int | None = None, head_dim: int | None = None, bias: bool | None = None,
                      output_bias: bool | None = None, qk_norm: str = "none") -> Attention:
    """MHA or GQA from the usual fields. `bias`: on q, k and v (`attention_bias` where not given), and on the output too
    unless `output_bias` says otherwise."""
    hidden, heads = c.int("hidden_size"), c.int("num_attention_heads")
    bias = c.flag("attention_bias", default=False) if bias is None else bias
    return Attention(
        hidden, heads, c.int("num_key_value_heads", default=heads),
        head_dim=c.maybe_int("head_dim") or head_dim or hidden // heads,
        query_bias=bias, key_bias=bias, value_bias=bias, output_bias=bias if output_bias is None else output_bias,
        qk_norm=qk_norm, window=window,
    )


def layer_words(c: Config, layers: int, name: str, default: Callable[[int], str]) -> tuple[str, ...]:
    """A per-layer list of words such as `layer_types`; where absent, `default(layer number)`. Its length must be the layers'."""
    if not c.has(name):
        return tuple(default(number) for number in range(layers))
    words = c.words(name)
    if len(words) != layers:
        raise c.contradiction(f"{name} has {len(words)} entries for {layers} layers", "num_hidden_layers", name)
    return words


def first_dense(c: Config, layers: int, default: int) -> tuple[bool, ...]:
    """Which layers hold experts: `mlp_layer_types` where given, else all after `first_k_dense_replace` (or its default)."""
    dense = c.int("first_k_dense_replace", default=default, least=0)
    words = layer_words(c, layers, "mlp_layer_types", lambda number: "dense" if number < dense else "sparse")
    return tuple(word != "dense" for word in words)


def routed(c: Config, *names: str) -> tuple[int, int]:
    """(experts, experts per token). More selected than there are is an error."""
    names = names or ("n_routed_experts", "num_experts", "num_local_experts")
    experts, selected = c.int(*names), c.int("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_k", "top_k")
    return experts, at_most(c, selected, experts, names)


def at_most(c: Config, selected: int, experts: int, names: Sequence[str]) -> int:
    """`selected`, checked against the experts there are."""
    if selected > experts:
        present = next((name for name in names if c.has(name)), names[0])
        asked = next((name for name in ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_k", "top_k") if c.has(name)), "top_k")
        raise c.contradiction(f"{selected} experts per token, but only {experts} experts", asked, present)
    return selected


def shared(hidden: int, width: int, count: int, **options: bool) -> SharedExperts | None:
    """`count` shared experts of `width`, stored as one; None where there is none."""
    return SharedExperts(hidden, width * count, count, **options) if count else None


__all__ = ["at_most", "decoder_layer", "decoder_model", "first_dense", "grouped_attention", "layer_words", "routed", "shared"]
