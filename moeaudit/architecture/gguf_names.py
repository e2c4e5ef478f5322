"""The roles of tensors in GGUF files, by llama.cpp's own names.

Source: TENSOR_NAMES and MODEL_TENSORS of the `gguf` package 0.19 (gguf/constants.py of github.com/ggml-org/llama.cpp);
a test holds every name of every MoE architecture against this table. Numbers in names are `{}` here: the layer's, and
those of words such as `conv1d` and `norm_2`, where a template of tensors has them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from moeaudit.later import dataclass, expression
from moeaudit.vocabulary import Component, Kind, Part

BLOCK = "blk.{}."

ATTENTION = """
attn_q attn_k attn_v attn_qkv attn_output attn_gate attn_sinks attn_q_norm attn_k_norm attn_sub_norm attn_q_a attn_q_b
attn_kv_a_mqa attn_kv_b attn_k_b attn_v_b attn_q_a_norm attn_kv_a_norm vis_attn_qkv vis_attn_output
"""
NORM = """
attn_norm attn_norm_{} attn_output_norm post_attention_norm ffn_norm ffn_norm_exps post_ffw_norm pre_ffw_norm_{}
post_ffw_norm_{} layer_output_norm ffn_sub_norm
"""
MIXER = """
ssm_in ssm_conv{}d ssm_conv{}d_q ssm_conv{}d_k ssm_conv{}d_v ssm_x ssm_dt ssm_dt_norm ssm_a ssm_b_norm ssm_c_norm ssm_d
ssm_norm ssm_out ssm_alpha ssm_beta ssm_ba ssm_f_a ssm_f_b ssm_g_a ssm_g_b shortconv.conv shortconv.in_proj
shortconv.out_proj
"""
OTHER = """
ffn_latent_down ffn_latent_up layer_output_scale inp_gate proj post_norm altup_correct_coef altup_correct_scale
altup_predict_coef altup_router altup_router_norm laurel_l laurel_r laurel_post_norm nextn.eh_proj
"""
IN_A_LAYER: Mapping[Component, str] = {
    Component.ATTENTION: ATTENTION,
    Component.NORM: f"{NORM} nextn.enorm nextn.hnorm nextn.shared_head_norm",
    Component.MIXER: MIXER,
    Component.INDEXER: "indexer.k_norm indexer.proj indexer.attn_k indexer.attn_q_b",
    Component.ROUTER: "ffn_gate_inp",
    Component.ROUTER_BIAS: "exp_probs_b",
    Component.ROUTED_EXPERTS: "ffn_gate_exps ffn_up_exps ffn_down_exps ffn_gate_up_exps ffn_gate_chexps ffn_up_chexps "
    "ffn_down_chexps ffn_gate.{} ffn_up.{} ffn_down.{}",
    Component.SHARED_EXPERTS: "ffn_gate_shexp ffn_up_shexp ffn_down_shexp ffn_gate_inp_shexp",
    Component.DENSE_FFN: "ffn_gate ffn_up ffn_down vis_gate vis_up vis_down",
    Component.EMBEDDING: "nextn.embed_tokens",
    Component.HEAD: "nextn.shared_head_head",
    Component.OTHER: OTHER,
}
OUTSIDE: Mapping[Component, str] = {
    Component.EMBEDDING: "token_embd position_embd token_types",
    Component.HEAD: "output",
    Component.NORM: "output_norm token_embd_norm",
    Component.TABLES: "per_layer_token_embd",
    Component.OTHER: "per_layer_model_proj per_layer_proj_norm altup_proj altup_unembd_proj",
}
BUFFERS = frozenset({"rope_freqs", "rope_factors_long", "rope_factors_short", f"{BLOCK}attn_rot_embd"})
"""Rotary frequencies, which follow from the config: no checkpoint of the origin has them as parameters."""

ROLES: Mapping[str, Component] = {
    **{f"{BLOCK}{name}": role for role, names in IN_A_LAYER.items() for name in names.split()},
    **{name: role for role, names in OUTSIDE.items() for name in names.split()},
}

PARTS: tuple[tuple[str, Part, Component], ...] = (
    ("mm.", Part.PROJECTOR, Component.PROJECTOR),
    ("resampler.", Part.PROJECTOR, Component.PROJECTOR),
    ("a.proj_", Part.PROJECTOR, Component.PROJECTOR),
    ("v.", Part.VISION, Component.VISION),
    ("a.", Part.AUDIO, Component.AUDIO),
)
"""How the tensors of an encoder's file begin; the first that fits."""

LINEAR_ATTENTION = frozenset({f"{BLOCK}ssm_{word}" for word in ("beta", "ba", "alpha", "f_a")})
"""What only layers of linear attention (DeltaNet, KDA) have: their projections bear the names of attention's."""

PROJECTIONS = frozenset(f"{BLOCK}attn_{word}" for word in ("q", "k", "v", "qkv", "gate", "output"))

PARAMETER_SCALES: Mapping[tuple[str, str], Component] = {
    ("gemma4", f"{BLOCK}ffn_gate_inp"): Component.ROUTER,
    ("gemma4", f"{BLOCK}ffn_down_exps"): Component.ROUTER,
}
"""Tensors `NAME.scale` that the model itself has, by architecture: Gemma 4's router scales its input and each expert's
output. Any other scale belongs to a quantised weight."""

SUFFIX = expression(r"\.(?:weight|bias|scale|input_scale)$")
NUMBER = expression(r"[0-9]+")


@dataclass(frozen=True)
class Role:
    """What one name says. `expert`: each routed expert has its part; `chunked`: groups of experts share one;
    `linear`: a matrix that tokens are multiplied by."""

    component: Component
    part: Part = Part.LANGUAGE
    kind: Kind = Kind.PARAMETER
    expert: bool = False
    chunked: bool = False
    duplicate: bool = False
    linear: bool = True


def role_of(template: str, architecture: str, *, linear_attention: bool = False) -> Role:
    """The role of tensors by their template (`blk.{}.attn_q.weight`). `architecture`: general.architecture;
    `linear_attention`: their layer is one of those."""
    stem = stem_of(template)
    word = template.rpartition(".")[2]
    for beginning, part, component in PARTS:
        if template.startswith(beginning):
            return Role(component, part)
    if stem in BUFFERS:
        return Role(Component.ATTENTION, kind=Kind.BUFFER, linear=False)
    if word in ("scale", "input_scale"):
        own = PARAMETER_SCALES.get((architecture, stem))
        return Role(own, linear=False) if own else Role(ROLES.get(stem, Component.UNCLASSIFIED), kind=Kind.SCALE)
    component = ROLES.get(stem, Component.UNCLASSIFIED)
    if linear_attention and stem in PROJECTIONS:
        component = Component.MIXER
    return Role(
        component,
        expert=component is Component.ROUTED_EXPERTS,
        chunked=stem.endswith("_chexps"),
        duplicate=stem.endswith(("nextn.embed_tokens", "nextn.shared_head_head")),
        linear=word == "weight" and component not in (Component.EMBEDDING, Component.TABLES, Component.NORM),
    )


def stem_of(template: str) -> str:
    """A tensor's name without `.weight` and the like, every number a `{}`."""
    return NUMBER.sub("{}", SUFFIX.sub("", template))


def linear_attention_layers(groups: Iterable[tuple[str, Iterable[int]]]) -> frozenset[int]:
    """Layers of linear attention, of (template, layers)."""
    return frozenset(n for template, layers in groups if stem_of(template) in LINEAR_ATTENTION for n in layers)
