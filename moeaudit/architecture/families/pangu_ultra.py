"""openPangu-Ultra-MoE (arXiv:2505.04519): DeepSeek-V3's latent attention and experts between sandwich norms.

Names and shapes: vLLM 0.33.0, models/openpangu.py and models/openpangu_mtp.py (`load_weights`). The first release names
ranks and counts in its own words, which are read beside vLLM's.
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, Embedding, FeedForward, Head, Module, Norm, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, joining, routed_experts, shared_experts
from moeaudit.architecture.families.deepseek import deepseek_router, latent_attention
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import layer_count, prediction_modules, sparse_layers
from moeaudit.architecture.weights import Presence
from moeaudit.errors import NothingToAudit, Place
from moeaudit.vocabulary import Part

WORDS = {
    "num_routed_experts": "n_routed_experts",
    "num_shared_experts": "n_shared_experts",
    "num_dense_layers": "first_k_dense_replace",
    "attention_q_lora_dim": "q_lora_rank",
    "attention_kv_lora_dim": "kv_lora_rank",
    "attention_qk_dim": "qk_nope_head_dim",
    "attention_qk_rope_dim": "qk_rope_head_dim",
    "attention_v_dim": "v_head_dim",
}
"""The release's words, and those that the lineage is read by."""

OTHERS = ("param_sink_number", "mome_config", "index_topk", "hc_mult", "mhc_num_stream")
"""Fields of later models under the same class, whose further blocks no public code of the engines describes."""


def pangu_ultra_moe(c: Config) -> Architecture:
    """Dense layers first, then experts; norms before and behind each half of a layer where `sandwich_norm`."""
    later = next((name for name in OTHERS if c.has(name) and c.data[name]), None)
    if later is not None:
        raise NothingToAudit(
            f"{later} belongs to a later Pangu, which has other blocks that are not described",
            place=Place(c.file, path=later),
            hint="Read the headers with --depth headers, or describe it in a spec file (moeaudit schema spec).",
        )
    c = replace(c, data={**{WORDS.get(name, name): value for name, value in c.data.items()}, **c.data})
    layers, attends, sparse = layer_count(c), latent_attention(c), experts(c)
    dense = FeedForward(c.int("hidden_size"), c.int("intermediate_size"), bias=c.flag("mlp_bias", default=False))
    return decoder_model(
        c,
        "openPangu-Ultra-MoE",
        [layer(c, attends, sparse if placed else dense) for placed in sparse_layers(c, layers)],
        tied=c.flag("tie_word_embeddings", default=False),
        after=prediction(c, layer(c, attends, sparse)),
    )


def layer(c: Config, attends: Block, ffn: Block) -> Module:
    norm, sandwich = Norm(c.int("hidden_size")), c.flag("sandwich_norm", default=False)
    return module(
        {
            "self_attn": attends,
            "mlp": ffn,
            "input_layernorm": norm,
            "post_attention_layernorm": norm,
            "pre_mlp_layernorm": norm if sandwich else None,
            "post_mlp_layernorm": norm if sandwich else None,
        }
    )


def experts(c: Config) -> Module:
    """A correction bias, beside the router and not in it, where `router_enable_expert_bias`."""
    biased = c.flag("router_enable_expert_bias", default=False)
    router = deepseek_router(
        c, scoring="sigmoid", correction_bias="e_score_correction_bias" if biased else "", grouped=False
    )
    router = replace(router, names=(("weight", "gate.weight"),))
    shared = c.int("n_shared_experts", default=0, least=0)
    return moe(
        router,
        routed_experts(c, router),
        shared_experts(router.hidden, c.int("moe_intermediate_size"), shared),
        router_name="",
    )


def prediction(c: Config, block: Module) -> tuple[Piece, ...]:
    """Stored as layers after the last; releases differ in whether they copy embedding and head."""
    modules, first = prediction_modules(c), layer_count(c)
    hidden, vocabulary = c.int("hidden_size"), c.int("vocab_size")
    if not modules:
        return ()
    norm = Norm(hidden)
    joined = (("enorm", norm), ("hnorm", norm), ("eh_proj", joining(hidden)), ("shared_head.norm", norm))
    stack = (Module((*block.parts, *joined)),) * modules
    copies = (("embed_tokens", Embedding(vocabulary, hidden)), ("shared_head.head", Head(vocabulary, hidden)))
    return (
        Stack("model.layers.{}", stack, first=first, part=Part.MTP, role="prediction"),
        *(
            Single(f"model.layers.{number}.{name}", copy, Part.MTP, Presence.OPTIONAL, duplicate=True)
            for number in range(first, first + modules)
            for name, copy in copies
        ),
    )
