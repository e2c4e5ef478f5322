"""The role of each tensor, told by the classes of the modules it stands in, not by its own name.

Run-time module classes are uniform within transformers (…Attention, …Experts, …TopKRouter, …RMSNorm, …MLP), which
makes this count independent of the names that the package itself relies on.
"""

from __future__ import annotations

import re
from typing import Any

ROLES = ("embedding", "head", "attention", "router", "routed_experts", "shared_experts", "dense_ffn", "norm", "other")
"""Coarser than the package's components: `attention` holds every token mixer with its indexer, `embedding` every
look-up table of the language model, `other` everything outside it too."""

RULES = tuple(
    (role, re.compile(pattern))
    for role, pattern in (
        # What lies outside the language model, by its module's class or name.
        (
            "other",
            r"(?<!^model):\w*(Vision|Visual|Audio|Sam|Radio|Talker|Code2Wav|Speech|WordTimestamp|Projector|MultimodalProjection|Resampler)",
        ),
        (
            "other",
            r"(^|/)(vision_(?!moe)|visual|audio|multi_modal|mm_proj|image_newline|view_separator|patch_)\w*(/|:|$)",
        ),
        # Experts. Shared ones first: they stand inside the sparse block too.
        ("shared_experts", r"/shared_(expert|mlp)|/share_expert"),
        ("other", r"/(pre|post)_expert_proj:|latent_proj:"),
        ("norm", r"/(pre|post)_expert_norm:"),
        (
            "router",
            r"Router|TopKGating|MoEV1Gate/|(e_score_correction|expert)_bias$|tid2eid|moe_statics:|/router_gate:",
        ),
        ("attention", r"JetMoeMoA/bias$"),  # the output bias of attention experts, one for all of them
        ("routed_experts", r"Experts|/(down|up)_embed:"),
        # Around the layers.
        ("head", r"(^|/)lm_head:"),
        ("norm", r"/embed_norm:"),
        ("embedding", r"(^|/)(embed_tokens\w*|wte|shared|embeddings|embed_positions|\w*ngram\w*|ple\w*):"),
        (
            "other",
            r"Hyper|GatedResidual|Residual(Gate|Scaling)|AttentionResidual|/(post_)?per_layer_",
        ),
        (
            "other",
            r"(_residual|hidden_states_scale|hidden_states_bias|layer_scalar)$",
        ),
        # Token mixers whole, their inner norms included.
        ("norm", r"LayerSelfAttention/layer_norm:|LayerCrossAttention/layer_norm:"),
        (
            "attention",
            r"Attention(?!DecoderLayer|Norm)\w*/|Mamba\w*(Mixer|(?<!Decoder)Layer)/|Delta|MLA/|ShortConv|Indexer|Compressor",
        ),
        ("norm", r"[Nn]orm"),
        ("dense_ffn", r"(MLP|Mlp|FeedForward|DenseActDense|CDMoE)\w*/|(^|/)fc[12]:"),
    )
)
"""First match wins, on paths such as
`model:MixtralModel/layers/0:MixtralDecoderLayer/self_attn:MixtralAttention/q_proj:Linear/weight`."""


def role_of(model: Any, name: str) -> str:
    path = module_path(model, name)
    return next((role for role, pattern in RULES if pattern.search(path)), "other")


def module_path(model: Any, name: str) -> str:
    *modules, last = name.split(".")
    steps = []
    for attribute in modules:
        model = getattr(model, attribute)
        kind = type(model).__name__
        steps.append(attribute if kind in ("ModuleList", "ModuleDict") else f"{attribute}:{kind}")
    return "/".join([*steps, last])
