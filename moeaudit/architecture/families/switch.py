"""Encoder–decoders with experts: Switch Transformer (arXiv:2101.03961) and NLLB-MoE (arXiv:2207.04672)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks import Block, Embedding, Head, Norm
from moeaudit.architecture.blocks.t5 import fairseq_layer, plain_experts, plain_ffn, t5_attention, t5_layer
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import head_size
from moeaudit.text import several

PATH_NOTE = (
    "An input token passes the encoder and an output token the decoder; the active figures sum both stacks, but for "
    "active.encoder and active.decoder."
)
CAPACITY_NOTE = "Experts have a capacity: a token that finds its experts full skips them."


def switch_transformers(c: Config) -> Architecture:
    """T5 in which every n-th feed-forward is a set of experts of which a token uses one."""
    hidden, heads, head_dim = c.int("d_model", "hidden_size"), c.int("num_heads", "num_attention_heads"), c.int("d_kv")
    width, experts = c.int("d_ff"), c.int("num_experts", "num_local_experts")
    dense = plain_ffn(hidden, width, up="wi", down="wo", bias=False)
    sparse = plain_experts(
        hidden, width, experts, 1, up="wi", down="wo", bias=False, router_bias=c.flag("router_bias", default=False)
    )
    buckets = c.int("relative_attention_num_buckets", default=32)
    encoder_layers = c.int("num_layers", "num_hidden_layers", "num_encoder_layers")
    decoder_layers = c.int("num_decoder_layers", default=encoder_layers if "num_decoder_layers" in c.data else 12)
    cross = t5_attention(hidden, heads, head_dim, cross=True)

    def stack(layers: int, side: str, cross: Block | None) -> tuple[Block, ...]:
        step = sparse_step(c, layers, side)
        return tuple(
            t5_layer(
                hidden,
                t5_attention(hidden, heads, head_dim, buckets=buckets if number == 0 else 0),
                sparse if step == 1 or (step > 1 and number % step == 1) else dense,
                cross=cross,
            )
            for number in range(layers)
        )

    tied = c.flag("tie_word_embeddings", default=True)
    table = Embedding(c.int("vocab_size"), hidden)
    return Architecture(
        family="Switch Transformer",
        model_type=c.word("model_type"),
        tied=tied,
        hidden=hidden,
        vocabulary=table.vocabulary,
        pieces=(
            Single("shared", table),
            *untied_tables(table, tied, "encoder.embed_tokens", "decoder.embed_tokens"),
            Stack("encoder.block.{}", stack(encoder_layers, "encoder", None), role="encoder"),
            Single("encoder.final_layer_norm", Norm(hidden), side="encoder"),
            Stack("decoder.block.{}", stack(decoder_layers, "decoder", cross)),
            Single("decoder.final_layer_norm", Norm(hidden)),
            Single("lm_head", Head(table.vocabulary, hidden, tied)),
        ),
        notes=(PATH_NOTE, CAPACITY_NOTE),
    )


def sparse_step(c: Config, layers: int, side: str) -> int:
    """Every how many layers one has experts: as stated, else the layers spread over `num_sparse_{side}_layers`."""
    sparse = c.int(f"num_sparse_{side}_layers", default=3, least=0)
    step = c.int(f"{side}_sparse_step", default=layers // sparse if sparse else layers, least=0)
    placed = layers if step == 1 else sum(number % step == 1 for number in range(layers)) if step else 0
    if placed != sparse and c.has(f"num_sparse_{side}_layers"):
        c.notice(
            "placement-differs",
            f"{several(sparse, f'sparse {side} layer is', f'sparse {side} layers are')} stated, but "
            f"{'one in each' if step == 1 else f'one in {step} layers'} makes {placed}",
            f"num_sparse_{side}_layers",
            stated=sparse,
            placed=placed,
        )
    return step


def nllb_moe(c: Config) -> Architecture:
    """A translation transformer in which every n-th layer has experts, of which a token uses two where there are
    two."""
    hidden, experts = c.int("d_model", "hidden_size"), c.int("num_experts", "num_local_experts")
    router_bias = c.flag("router_bias", default=False)

    def stack(side: str) -> Iterator[Block]:
        """The usual two names stand for the encoder's alone."""
        heads = c.int(f"{side}_attention_heads", *(["num_attention_heads"] if side == "encoder" else []))
        head_size(c, hidden, heads)
        layers = c.int(f"{side}_layers", *(["num_hidden_layers"] if side == "encoder" else []))
        width, step = c.int(f"{side}_ffn_dim"), c.int(f"{side}_sparse_step", default=4, least=0)
        dense = plain_ffn(hidden, width, up="fc1", down="fc2", bias=True)
        sparse = plain_experts(
            hidden, width, experts, min(2, experts), up="fc1", down="fc2", bias=True, router_bias=router_bias
        )
        for number in range(1, layers + 1):
            yield fairseq_layer(
                hidden, heads, sparse if step and number % step == 0 else dense, decoder=side == "decoder"
            )

    tied = c.flag("tie_word_embeddings", default=True)
    table = Embedding(c.int("vocab_size"), hidden)
    final = Norm(hidden, bias=True)
    return Architecture(
        family="NLLB-MoE",
        model_type=c.word("model_type"),
        tied=tied,
        context_length=c.maybe_int("max_position_embeddings"),
        hidden=hidden,
        vocabulary=table.vocabulary,
        pieces=(
            Single("model.shared", table),
            *untied_tables(table, tied, "model.encoder.embed_tokens", "model.decoder.embed_tokens"),
            Stack("model.encoder.layers.{}", tuple(stack("encoder")), role="encoder"),
            Single("model.encoder.layer_norm", final, side="encoder"),
            Stack("model.decoder.layers.{}", tuple(stack("decoder"))),
            Single("model.decoder.layer_norm", final),
            Single("lm_head", Head(table.vocabulary, hidden, tied)),
        ),
        notes=(PATH_NOTE, CAPACITY_NOTE),
    )


def untied_tables(table: Embedding, tied: bool, *prefixes: str) -> tuple[Piece, ...]:
    """Encoder and decoder look up the shared table; where nothing is tied, each stores its copy of it."""
    return () if tied else tuple(Single(prefix, table, duplicate=True) for prefix in prefixes)


__all__ = ["nllb_moe", "switch_transformers"]
