"""DeepSeek: DeepSeekMoE, V2, V3, R1, V3.1, V3.2, and what shares their blocks (Kimi K2, Moonlight).

Papers: DeepSeekMoE arXiv:2401.06066, V2 arXiv:2405.04434, V3 arXiv:2412.19437, V3.2 arXiv:2512.02556.
"""

from __future__ import annotations

from collections.abc import Sequence

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Embedding,
    Head,
    LatentAttention,
    Module,
    Norm,
    Router,
    Tensor,
    module,
    moe,
)
from moeaudit.architecture.blocks.indexer import SparseIndexer
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    decoder_layer,
    decoder_layers,
    decoder_model,
    joining,
    routed_experts,
    shared_experts,
)
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count, prediction_modules, routed
from moeaudit.architecture.weights import Presence
from moeaudit.vocabulary import Component, Kind, Part


def deepseek_v1(c: Config) -> Architecture:
    """DeepSeekMoE 16B: multi-head attention, fine-grained softmax-routed experts beside shared ones."""
    return deepseek(c, "DeepSeekMoE", plain_attention(c), deepseek_moe(c, scoring="softmax", renormalise=False))


def deepseek_v2(c: Config) -> Architecture:
    """V2 and V2-Lite: MLA, softmax routing, with at most `topk_group` of `n_group` groups where the method is
    group-limited."""
    return deepseek(c, "DeepSeek-V2", v2_attention(c), v2_moe(c), bias=mlp_bias(c))


def deepseek_v3(c: Config) -> Architecture:
    """V3, R1, V3.1, Kimi K2, Moonlight: MLA, sigmoid routing with a correction bias, prediction modules."""
    attention, sparse = latent_attention(c), v3_moe(c)
    return deepseek(
        c,
        "DeepSeek-V3",
        attention,
        sparse,
        first_dense=3,
        after=(*prediction(c, attention, sparse), *rotary_buffers(c, layer_count(c))),
    )


def deepseek_v32(c: Config) -> Architecture:
    """V3.2: V3 with an indexer that chooses the tokens each token attends to. The release stores every norm in F32,
    which V3 and R1 do not (DeepSeek-V3.2's headers)."""
    norm = Norm(c.int("hidden_size"), dtype="F32")
    attention, sparse = sparse_latent_attention(c, heads=64, norm_dtype=norm.dtype), v3_moe(c)
    modules = prediction(c, attention, sparse, norm=norm)
    return deepseek(c, "DeepSeek-V3.2", attention, sparse, first_dense=3, after=modules, norm=norm)


def deepseek(
    c: Config,
    family: str,
    attention: Block,
    sparse: Block,
    *,
    first_dense: int = 0,
    bias: bool = False,
    after: Sequence[Piece] = (),
    norm: Norm | None = None,
) -> Architecture:
    """The lineage's decoder: the same attention everywhere, experts in all layers but the first few. `norm`: where it
    is not a plain RMSNorm in the model's own type."""
    layers = deepseek_layers(c, (attention,) * layer_count(c), sparse, first_dense=first_dense, bias=bias, norm=norm)
    return decoder_model(c, family, layers, tied=c.flag("tie_word_embeddings", default=False), after=after, norm=norm)


def deepseek_layers(
    c: Config,
    attention: Sequence[Block],
    sparse: Block,
    *,
    first_dense: int = 0,
    bias: bool = False,
    norm: Norm | None = None,
) -> tuple[Block, ...]:
    """Dense layers first, `first_k_dense_replace` of them, then experts in every `moe_layer_freq`-th. `bias`: on the
    dense feed-forwards."""
    every = c.int("moe_layer_freq", default=1)
    return decoder_layers(c, attention, sparse, first_dense=first_dense, every=every, bias=bias, norm=norm)


def plain_attention(c: Config) -> Attention:
    """Multi-head or grouped attention with heads of hidden size ÷ heads, for models of the lineage without MLA."""
    hidden, heads, bias = c.int("hidden_size"), c.int("num_attention_heads"), c.flag("attention_bias", default=False)
    return Attention(
        hidden,
        heads,
        c.int("num_key_value_heads", default=heads),
        head_size(c, hidden, heads),
        query_bias=bias,
        key_bias=bias,
        value_bias=bias,
        output_bias=bias,
    )


def v2_attention(c: Config) -> Block:
    """MLA, unless `use_mla` switches it off (DeepSeek-VL2 Tiny, DeepSeek-OCR)."""
    if not c.flag("use_mla", default=True):
        return plain_attention(c)
    head_size(c, c.int("hidden_size"), c.int("num_attention_heads"))
    return latent_attention(c)


def latent_attention(
    c: Config,
    *,
    query_rank: int | None = 1536,
    selected: int | None = None,
    rotary: tuple[str, ...] = ("qk_rope_head_dim",),
    norm_dtype: str | None = None,
) -> LatentAttention:
    """MLA as the config's five ranks and widths describe it. `query_rank`: the family's default where the config does
    not mention `q_lora_rank`; where it says null, queries are not compressed. `rotary`: names of the rotary width."""
    return LatentAttention(
        hidden=c.int("hidden_size"),
        heads=c.int("num_attention_heads"),
        q_lora_rank=c.maybe_int("q_lora_rank") if "q_lora_rank" in c.data else c.int("q_lora_rank", default=query_rank),
        kv_lora_rank=c.int("kv_lora_rank"),
        qk_nope_head_dim=c.int("qk_nope_head_dim", least=0),
        qk_rope_head_dim=c.int(*rotary, least=0),
        v_head_dim=c.int("v_head_dim"),
        bias=c.flag("attention_bias", default=False),
        selected=selected,
        norm_dtype=norm_dtype,
    )


def sparse_latent_attention(
    c: Config, *, heads: int, indexed: bool = True, pool: int = 1, norm_dtype: str | None = None
) -> Module:
    """MLA over the tokens an indexer selects.

    `heads`, `pool`: the family's defaults of `index_n_heads` and `index_kpool`. `indexed`: False where a layer uses the
    choice of the layer before and stores no indexer. `norm_dtype`: of the norms in both.
    """
    topk = c.int("index_topk", default=2048)
    latent = latent_attention(c, selected=topk, norm_dtype=norm_dtype)
    if not indexed:
        return module({"": latent})
    pool = c.int("index_kpool", default=pool)
    return module({"": latent, "indexer": token_indexer(c, heads=heads, topk=topk, pool=pool, norm_dtype=norm_dtype)})


def token_indexer(c: Config, *, heads: int, topk: int, pool: int = 1, norm_dtype: str | None = None) -> SparseIndexer:
    """Chooses `topk` tokens by what the query latent asks for. `heads`: the family's default of `index_n_heads`."""
    return SparseIndexer(
        c.int("hidden_size"),
        c.int("index_n_heads", default=heads),
        c.int("index_head_dim", default=128),
        query_inputs=c.int("q_lora_rank"),
        topk=topk,
        pool=pool,
        norm_dtype=norm_dtype,
    )


def mlp_bias(c: Config) -> bool:
    """Whether V2's dense and shared feed-forwards have biases; its successors' have none."""
    return c.flag("mlp_bias", default=False)


def v2_moe(c: Config, correction_bias: str = "") -> Module:
    """V2's experts: the greedy method looks at no groups."""
    return deepseek_moe(
        c,
        scoring="softmax",
        renormalise=False,
        grouped=c.word("topk_method", default="greedy") != "greedy",
        shared=2,
        correction_bias=correction_bias,
        bias=mlp_bias(c),
    )


def v3_moe(c: Config) -> Module:
    """V3's experts; the correction bias belongs to the selection method `noaux_tc`."""
    bias = "e_score_correction_bias" if c.word("topk_method", default="noaux_tc") == "noaux_tc" else ""
    return deepseek_moe(c, scoring="sigmoid", correction_bias=bias, shared=1)


def deepseek_moe(
    c: Config,
    *,
    scoring: str,
    correction_bias: str = "",
    renormalise: bool = True,
    grouped: bool = True,
    shared: int = 0,
    bias: bool = False,
    layout: str = "each",
) -> Module:
    """Routed experts of `moe_intermediate_size`; `n_shared_experts` (default `shared`) shared ones stored as one
    feed-forward, with biases where `bias`. The code builds it for no shared expert too: an output bias is left of it.
    """
    hidden, width = c.int("hidden_size"), c.int("moe_intermediate_size")
    router = deepseek_router(
        c,
        scoring=c.word("scoring_func", default=scoring),
        correction_bias=correction_bias,
        renormalise=renormalise,
        grouped=grouped,
    )
    count = c.int(
        "n_shared_experts", "num_shared_experts", default=0 if "n_shared_experts" in c.data else shared, least=0
    )
    rest = Tensor("down_proj.bias", (hidden,), Component.SHARED_EXPERTS)
    return moe(
        router,
        routed_experts(c, router, layout=layout),
        shared_experts(hidden, width, count, bias=bias),
        extra=(("shared_experts", rest),) if bias and not count else (),
    )


def deepseek_router(
    c: Config, *, scoring: str, correction_bias: str, grouped: bool, renormalise: bool = True
) -> Router:
    """`scoring` as the caller has read it; groups, renormalisation and scaling under every name of the lineage."""
    experts, selected = routed(c)
    return Router(
        c.int("hidden_size"),
        experts,
        selected,
        correction_bias=correction_bias,
        correction_dtype="F32" if correction_bias else None,
        scoring=scoring,
        groups=c.int("n_group", "num_expert_group", default=1) if grouped else 1,
        top_groups=c.int("topk_group", default=1) if grouped else 1,
        renormalise=c.flag("norm_topk_prob", "moe_renormalize", default=renormalise),
        scaling=c.number("routed_scaling_factor", default=1.0),
    )


def prediction(
    c: Config,
    attention: Block,
    sparse: Block,
    *,
    prefix: str = "model.",
    copies: Presence = Presence.STORED,
    norm: Norm | None = None,
) -> tuple[Piece, ...]:
    """Prediction modules stored as layers after the last: a decoder layer, a joining projection, and copies of
    embedding and head.

    DeepSeek-V3, README_WEIGHTS.md: the copies share their values with the main model but are stored again. `copies`:
    OPTIONAL where releases with the same config differ in them. `norm`: as in `deepseek`.
    """
    modules, first = prediction_modules(c), layer_count(c)
    if not modules:
        return ()
    hidden, vocabulary = c.int("hidden_size"), c.int("vocab_size")
    norm = norm or Norm(hidden)
    joined = Module(
        (
            ("", decoder_layer(hidden, attention, sparse, norm=norm)),
            ("enorm", norm),
            ("hnorm", norm),
            ("eh_proj", joining(hidden)),
            ("shared_head.norm", norm),
        )
    )
    return (
        Stack(f"{prefix}layers.{{}}", (joined,) * modules, first=first, part=Part.MTP, role="prediction"),
        *(
            piece
            for number in range(first, first + modules)
            for piece in (
                Single(
                    f"{prefix}layers.{number}.embed_tokens",
                    Embedding(vocabulary, hidden),
                    Part.MTP,
                    copies,
                    duplicate=True,
                ),
                Single(
                    f"{prefix}layers.{number}.shared_head.head",
                    Head(vocabulary, hidden),
                    Part.MTP,
                    copies,
                    duplicate=True,
                ),
            )
        ),
    )


def rotary_buffers(c: Config, layers: int, prefix: str = "model") -> tuple[Piece, ...]:
    """Inverse frequencies that some releases (Kimi K2, Moonlight) carry along: half of hidden size ÷ heads in each
    layer, whatever the rotary width is. They follow from the config and are no parameters."""
    half = c.int("hidden_size") // c.int("num_attention_heads") // 2
    frequencies = Tensor(
        f"{prefix}.layers.{{}}.self_attn.rotary_emb.inv_freq",
        (half,),
        Component.ATTENTION,
        kind=Kind.BUFFER,
        index=(range(layers),),
        note="derived",
    )
    return (Single("", frequencies, presence=Presence.OPTIONAL),) if half else ()
