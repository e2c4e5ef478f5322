"""Roles from tensor names alone, for weights whose family is unknown: the first pattern that matches decides.

The words are those that published checkpoints use. What matches nothing is `unclassified`, and its share is shown.
"""

from __future__ import annotations

import re
from functools import lru_cache

from moeaudit.later import dataclass, expression
from moeaudit.vocabulary import Component, Kind, Part


@dataclass(frozen=True)
class Guess:
    """What a name says about a tensor."""

    component: Component
    part: Part = Part.LANGUAGE
    kind: Kind = Kind.PARAMETER
    duplicate: bool = False


PARTS: tuple[tuple[str, Part], ...] = (
    (r"(^|[._])(talker|code2wav|code_predictor|audio|speech|sound|whisper)", Part.AUDIO),
    (
        r"(^|[._])(multi_?modal_projector|mm_projector|vision_projector|projector|aligner|connector)([._]|$)",
        Part.PROJECTOR,
    ),
    (r"(^|[._])(vision|visual|vit|image|sam_model|qwen2_model|img|siglip|clip|patch_embed)", Part.VISION),
    (r"(^|[._])(mtp|nextn|eagle|mtp_layers)([._\d]|$)", Part.MTP),
)
"""Which part of the model a module prefix names."""

ROLES: tuple[tuple[str, Component], ...] = (
    (r"e_score_correction_bias|expert_bias|balancing_bias|router_bias|moe_statics", Component.ROUTER_BIAS),
    (r"shared_expert|shared_mlp|share_expert|shared_experts", Component.SHARED_EXPERTS),
    (
        r"(^|\.)(router|gate)\.(weight|bias|wg\.weight|proj\.weight|layer\.weight|classifier\.weight|scale|per_expert_scale)$",
        Component.ROUTER,
    ),
    (r"(^|\.)router(\.|$)|(^|\.)gate\.wg\.", Component.ROUTER),
    (r"(^|\.)experts?(\.|_)(?!.*norm)", Component.ROUTED_EXPERTS),
    (r"(block_sparse_moe|(^|\.)moe)\.((input|output)_linear|gate_proj|up_proj|down_proj)", Component.ROUTED_EXPERTS),
    (r"ngram|per_layer_embed|embed_tokens_per_layer|lookup_table", Component.TABLES),
    (r"(^|\.)(lm_head|output_projection|final_logits_bias|unembed)(\.|$)|^(output|head)\.weight$", Component.HEAD),
    (
        r"(embed_tokens|word_embeddings|tok_embeddings|wte|wpe|embed_positions|token_embedding|(^|\.)embeddings?|^embed|(^|\.)shared)\.weight$",
        Component.EMBEDDING,
    ),
    (r"indexer|compressor", Component.INDEXER),
    (
        r"linear_attn|mamba|conv1d|short_conv|(^|\.)conv\.|deltanet|A_log|dt_bias|in_proj_(qkv|z|a|b)|(^|\.)mixer\.(in_proj|out_proj|D|norm)",
        Component.MIXER,
    ),
    (
        r"(self_attn|attention|attn|SelfAttention|EncDecAttention|mixer)\.|(^|\.)(q|k|v|o|qkv)_proj\.|(^|\.)w(q|k|v|o)(_[ab])?\.|(^|\.)wqkv\.",
        Component.ATTENTION,
    ),
    (r"norm|(^|\.)ln_", Component.NORM),
    (
        r"(^|\.)(mlp|ffn|feed_forward|DenseReluDense|mlps)\.|(^|\.)(fc1|fc2|(gate|up|down|gate_up)_proj|w1|w2|w3)\.",
        Component.DENSE_FFN,
    ),
    (r"hyper_conn|(^|[._])hc_|residual|layer_scalar|latent_proj|eh_proj|(^|\.)(e|h)_proj\.", Component.OTHER),
)
"""Which role a name speaks of, most telling words first."""

KINDS: tuple[tuple[str, Kind], ...] = (
    (r"(inv_freq|cos_cached|sin_cached|slope_rate|rotary_emb\.freqs|masked_bias|position_ids)$", Kind.BUFFER),
    (r"(tid2eid|token_to_expert)", Kind.INTEGER_TABLE),
)

_FIRST = {
    name: tuple((expression(words, re.IGNORECASE if name == "parts" else 0), word) for words, word in table)
    for name, table in (("parts", PARTS), ("roles", ROLES), ("kinds", KINDS))
}
INTEGERS = frozenset({"I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BOOL"})


@lru_cache(maxsize=65536)
def guess(template: str, dtype: str | None = None) -> Guess:
    """The role of a tensor by its name; `dtype` only tells integer tables from parameters of the same name."""
    part = _match("parts", template) or Part.LANGUAGE
    kind = _match("kinds", template) or Kind.PARAMETER
    if kind is Kind.PARAMETER and dtype in INTEGERS:
        kind = Kind.INTEGER_TABLE
    component = _match("roles", template) or Component.UNCLASSIFIED
    copied = part is Part.MTP and component in (Component.EMBEDDING, Component.HEAD)
    return Guess(component, part, kind, copied)


def _match(table: str, text: str):  # type: ignore[no-untyped-def]
    return next((word for pattern, word in _FIRST[table] if pattern.search(text)), None)
