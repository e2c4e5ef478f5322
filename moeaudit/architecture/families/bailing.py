"""Ling and Ring: Bailing MoE (Ling-lite and -plus, arXiv:2503.05139), Bailing MoE V2 (Ling 2.0, arXiv:2510.22115),
and the hybrid of Kimi delta attention and MLA (Ling 3.0). Ming's language model is Bailing MoE too."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Attention, Block, FeedForward, Module, Norm, module
from moeaudit.architecture.blocks.kimi_delta import KimiDelta
from moeaudit.architecture.blocks.linear_attention import LightningAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import counted_shared_experts, decoder_model, joining, routed_experts
from moeaudit.architecture.families.deepseek import deepseek_router, latent_attention
from moeaudit.architecture.model import Architecture, Piece, Stack
from moeaudit.architecture.reading import layer_count, layer_words, never_tied, prediction_modules, sparse_layers
from moeaudit.vocabulary import Part

FUSED = (
    ("qkv_proj", "query_key_value"),
    ("o_proj", "dense"),
    ("q_norm", "query_layernorm"),
    ("k_norm", "key_layernorm"),
)
"""The lineage's words for an attention with one matrix for queries, keys and values."""


def bailing_moe(c: Config) -> Architecture:
    """Ling-lite, Ling-plus, Ling-Coder: grouped attention with one fused projection, softmax routing."""
    return bailing(c, "Ling", (attention(c),) * layer_count(c), experts(c, scoring="softmax"))


def bailing_moe_v2(c: Config) -> Architecture:
    """Ling 2.0 and Ring 2.0: q/k norms, group-limited sigmoid routing with a correction bias, prediction modules."""
    mixer, sparse = attention(c), experts(c, scoring="sigmoid", correction_bias="expert_bias")
    return bailing(c, "Ling 2.0", (mixer,) * layer_count(c), sparse, prediction(c, mixer, sparse))


def llada2_moe(c: Config) -> Architecture:
    """LLaDA 2 (arXiv:2512.15745): Ling 2.0's decoder, which fills masked blocks instead of predicting the next token.
    Names: SGLang 0.5.23, models/llada2.py."""
    given = replace(c, data={"use_qk_norm": True, **c.data})
    biased = c.flag("moe_router_enable_expert_bias", default=False)
    sparse = experts(given, scoring="sigmoid", correction_bias="expert_bias" if biased else "")
    return bailing(given, "LLaDA 2", (attention(given),) * layer_count(given), sparse)


def param2moe(c: Config) -> Architecture:
    """Param2 (BharatGen): Ling 2.0's names, router and correction bias in F32; `moe_shared_expert_intermediate_size` is
    the width of all shared experts together. Names: vLLM 0.33.0, models/param2moe.py."""
    biased, width = (
        c.flag("moe_router_enable_expert_bias", default=True),
        c.maybe_int("moe_shared_expert_intermediate_size"),
    )
    bias = "expert_bias" if biased else ""
    sparse = experts(c, scoring="sigmoid", correction_bias=bias, shared=1, dtype="F32", shared_width=width)
    return bailing(c, "Param2", (attention(c),) * layer_count(c), sparse)


def bailing_moe_linear(c: Config) -> Architecture:
    """Ring-mini-linear and -flash-linear 2.0 (arXiv:2510.19338): lightning attention, and grouped attention in every
    `layer_group_size`-th layer. Names: vLLM 0.33.0, models/bailing_moe_linear.py, and mlx-lm 0.32.2,
    models/bailing_moe_linear.py."""
    return lightning_model(c, "Ling 2.0 linear", attention(c))


def bailing_moe_v2_5(c: Config) -> Architecture:
    """Ling 2.5 and Ring 2.5: lightning attention, and MLA in every `layer_group_size`-th layer. Names: vLLM 0.33.0,
    models/bailing_moe_linear.py and models/bailing_moe_mtp.py, and mlx-lm 0.32.2, models/bailing_hybrid.py."""
    return lightning_model(c, "Ling 2.5", replace(latent_attention(c, query_rank=None), names=(("o_proj", "dense"),)))


def lightning_model(c: Config, family: str, full: Block) -> Architecture:
    """Layers that do not fill a group at the end have full attention too. Each shared expert has a width of its own
    where `moe_shared_expert_intermediate_size` gives it."""
    layers, every = layer_count(c), c.int("layer_group_size")
    linear, grouped = lightning(c), layers // every * every
    sigmoid = c.flag("moe_router_enable_expert_bias", default=family == "Ling 2.5")
    width, count = c.maybe_int("moe_shared_expert_intermediate_size"), c.int("num_shared_experts", default=1, least=0)
    sparse = experts(
        c,
        scoring="sigmoid" if sigmoid else "softmax",
        correction_bias="expert_bias" if sigmoid else "",
        shared=1,
        shared_width=None if width is None else width * count,
    )
    mixers = tuple(full if (at + 1) % every == 0 or at >= grouped else linear for at in range(layers))
    return bailing(c, family, mixers, sparse, prediction(c, full, sparse))


def lightning(c: Config) -> LightningAttention:
    """As many key and value heads as query heads, whatever `num_key_value_heads` says; a norm over groups of heads and
    a full output gate."""
    heads = c.int("num_attention_heads")
    names = (("qkv_proj", "query_key_value"), ("output_gate", "g_proj"), ("out_proj", "dense"), ("norm", "g_norm"))
    return LightningAttention(
        c.int("hidden_size"),
        heads,
        c.int("head_dim", default=c.int("hidden_size") // heads),
        names=names,
        qk_norms=("query_layernorm", "key_layernorm") if c.flag("use_qk_norm", default=False) else (),
        bias=c.flag("use_qkv_bias", default=False) or c.flag("use_bias", default=False),
        output_bias=c.flag("use_bias", default=False),
    )


def bailing_hybrid(c: Config) -> Architecture:
    """Ling 3.0: Kimi delta attention, and gated MLA in every `layer_group_size`-th layer. A config with the norm of
    lightning attention (`group_norm_size`) is Ling 2.5's, which its release saves under the same type."""
    if c.has("group_norm_size"):
        return bailing_moe_v2_5(c)
    if RELEASED in c.words("architectures", default=()):
        return bailing_moe_v3(c)
    layers, every = layer_count(c), c.int("layer_group_size", default=6)
    words = layer_words(
        c, layers, "layer_types", lambda number: "full_attention" if (number + 1) % every == 0 else "linear_attention"
    )
    delta, full = delta_attention(c), gated_latent_attention(c)
    sparse = experts(c, scoring="sigmoid", correction_bias="expert_bias", shared=1)
    mixers = tuple(full if word == "full_attention" else delta for word in words)
    return bailing(c, "Ling 3.0", mixers, sparse, prediction(c, full, sparse), first_dense=2, tied=never_tied(c))


RELEASED = "BailingMoeV3ForCausalLM"
"""The release's class, whose names differ from those that transformers saves."""

GATES = {"head_wise": "head", "element_wise": "full"}
"""Output gates of the latent attention, by `gated_attention_proj_granularity_type`."""


def bailing_moe_v3(c: Config) -> Architecture:
    """Ling 3.0 as released: queries may be compressed, the gate is as the config says, and the delta attention's output
    has a name of its own. Names: vLLM 0.33.0, models/bailing_moe_v3.py, and mlx-lm 0.32.2, models/bailing_moe_v3.py."""
    layers, every = layer_count(c), c.int("layer_group_size", default=5)
    gate = GATES.get(c.word("gated_attention_proj_granularity_type", default=""), "none")
    full = replace(
        latent_attention(c, query_rank=None), gate=gate, names=(("gate_proj", "g_proj"), ("o_proj", "dense"))
    )
    delta, grouped = replace(delta_attention(c), names=()), layers // every * every
    width, count = c.maybe_int("moe_shared_expert_intermediate_size"), c.int("num_shared_experts", default=1, least=0)
    together = None if width is None else width * count
    sparse = experts(c, scoring="sigmoid", correction_bias="expert_bias", shared=1, shared_width=together)
    mixers = tuple(full if (at + 1) % every == 0 or at >= grouped else delta for at in range(layers))
    return bailing(c, "Ling 3.0", mixers, sparse, prediction(c, full, sparse), first_dense=1)


def bailingmm(c: Config) -> Architecture:
    """Ming: Bailing MoE behind encoders, with a router of its own for image and audio tokens where `multi_gate`
    (Ming's modeling code). Encoders and talker have configs of their own makers and are not counted; a notice names
    them."""
    t = c.section("llm_config", required=True)
    second = t.word("model_type", default="bailing_moe") == "bailing_moe_v2"
    model = (bailing_moe_v2 if second else bailing_moe)(replace(t, data={"model_type": c.word("model_type"), **t.data}))
    uncounted = [
        name
        for name in ("vision_config", "audio_config", "talker_config", "audio_tokenizer_config", "ditar_config")
        if c.has(name)
    ]
    if uncounted:
        c.notice(
            "config-section-uncounted",
            f"{', '.join(uncounted)}: only the language model of this family is counted",
            uncounted[0],
        )
    return replace(
        model,
        family="Ming",
        model_type=c.word("model_type"),
        notes=("Only the language model is counted.",),
        pieces=tuple(replace(piece, prefix=f"model.{piece.prefix}") for piece in model.pieces),
    )


def bailing(
    c: Config,
    family: str,
    mixers: tuple[Block, ...],
    sparse: Block,
    after: tuple[Piece, ...] = (),
    *,
    first_dense: int = 0,
    tied: bool | None = None,
) -> Architecture:
    """The lineage's decoder and its names. `tied`: as the config says, unless the family settles it."""
    return decoder_model(
        c,
        family,
        decoder(c, mixers, sparse, first_dense),
        tied=c.flag("tie_word_embeddings", default=False) if tied is None else tied,
        table="word_embeddings",
        after=after,
        context=("max_position_embeddings", "model_max_length"),
    )


def decoder(c: Config, mixers: tuple[Block, ...], sparse: Block, first_dense: int) -> tuple[Block, ...]:
    """Dense layers first, `first_k_dense_replace` of them, then experts."""
    dense = FeedForward(c.int("hidden_size"), c.int("intermediate_size"), bias=c.flag("use_bias", default=False))
    return tuple(
        layer(c, mixer, sparse if placed else dense)
        for mixer, placed in zip(mixers, sparse_layers(c, len(mixers), first_dense), strict=True)
    )


def layer(c: Config, mixer: Block, ffn: Block) -> Module:
    hidden = c.int("hidden_size")
    return module(
        {"attention": mixer, "mlp": ffn, "input_layernorm": Norm(hidden), "post_attention_layernorm": Norm(hidden)}
    )


def attention(c: Config) -> Attention:
    """Queries, keys and values from one matrix; biases by `use_qkv_bias` and `use_bias`."""
    hidden, heads, bias = c.int("hidden_size"), c.int("num_attention_heads"), c.flag("use_bias", default=False)
    return Attention(
        hidden,
        heads,
        c.int("num_key_value_heads", default=heads),
        c.int("head_dim", default=hidden // heads),
        query_bias=c.flag("use_qkv_bias", default=False) or bias,
        output_bias=bias,
        fused=True,
        qk_norm="head" if c.flag("use_qk_norm", default=False) else "none",
        names=FUSED,
    )


def delta_attention(c: Config) -> KimiDelta:
    """Kimi delta attention with full-rank decay and output gate. `head_dim` is its width unless transformers, which
    writes the rotary width there, has moved it to `linear_head_dim`."""
    return KimiDelta(
        c.int("hidden_size"),
        c.int("linear_num_heads", default=lambda: c.int("num_attention_heads")),
        c.int("linear_head_dim", default=lambda: c.int("head_dim", default=128)),
        c.int("linear_conv_kernel_dim", default=lambda: c.int("short_conv_kernel_size", default=4)),
        full_decay=True,
        full_gate=True,
        names=(("o_proj", "dense"),),
    )


def gated_latent_attention(c: Config) -> Block:
    """MLA with an output gate for each head; queries are compressed only where `q_lora_rank` says so, which
    transformers reads from 5.24 on."""
    return replace(
        latent_attention(c),
        q_lora_rank=c.maybe_int("q_lora_rank"),
        gate="head",
        names=(("gate_proj", "g_proj"), ("o_proj", "dense")),
    )


def experts(
    c: Config,
    *,
    scoring: str,
    correction_bias: str = "",
    shared: int = 0,
    shared_width: int | None = None,
    dtype: str | None = None,
) -> Module:
    """Routed experts of `moe_intermediate_size` beside `num_shared_experts` (default `shared`) stored as one;
    `multi_gate` adds routers for other modalities over the same experts. `shared_width`: of all shared experts
    together, where it is not that of as many routed ones. `dtype`: of the router, where it is not the model's own."""
    bias, several = c.flag("use_bias", default=False), c.flag("multi_gate", default=False)
    router = deepseek_router(
        c,
        scoring=c.word("score_function", default=scoring),
        correction_bias=correction_bias,
        grouped=bool(correction_bias),
    )
    router = replace(router, dtype=dtype)
    beside = counted_shared_experts(c, "num_shared_experts", "n_shared_experts", default=shared, bias=bias)
    if beside is not None and shared_width is not None:
        beside = replace(beside, width=shared_width)
    return module(
        {
            "gate": router,
            "image_gate": replace(router, correction_bias="") if several else None,
            "audio_gate": replace(router, correction_bias="") if several else None,
            "experts": routed_experts(c, router, bias=bias),
            "shared_experts": beside,
        }
    )


def prediction(c: Config, mixer: Block, sparse: Block) -> tuple[Piece, ...]:
    """Prediction modules stored as layers after the last, without copies of embedding and head (Ling-V2's modeling
    code)."""
    hidden, modules = c.int("hidden_size"), prediction_modules(c)
    joined = Module(
        (
            ("", layer(c, mixer, sparse)),
            ("eh_proj", joining(hidden)),
            *((name, Norm(hidden)) for name in ("enorm", "hnorm", "final_layernorm")),
        )
    )
    first = layer_count(c)
    return (
        (Stack("model.layers.{}", (joined,) * modules, first=first, part=Part.MTP, role="prediction"),)
        if modules
        else ()
    )
