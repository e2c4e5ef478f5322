"""The table of names against the `gguf` package's: no tensor of any MoE architecture is without a role."""

from __future__ import annotations

import re

import pytest
from gguf.constants import MODEL_ARCH, MODEL_ARCH_NAMES, MODEL_TENSOR, MODEL_TENSORS, TENSOR_NAMES

from moeaudit.architecture.gguf_keys import FILE_TYPES
from moeaudit.architecture.gguf_names import BUFFERS, ROLES, role_of
from moeaudit.vocabulary import Component, Kind, Part

MOE = [arch for arch, tensors in MODEL_TENSORS.items() if any("_EXP" in tensor.name for tensor in tensors)]


def template(tensor: MODEL_TENSOR) -> str:
    return re.sub("[0-9]+", "{}", TENSOR_NAMES[tensor].replace("{bid}", "{}").replace("{xid}", "{}"))


def test_there_are_dozens_of_them() -> None:
    assert len(MOE) >= 40


@pytest.mark.parametrize("arch", MOE, ids=lambda arch: MODEL_ARCH_NAMES[arch])
def test_no_tensor_is_without_a_role(arch: MODEL_ARCH) -> None:
    for tensor in MODEL_TENSORS[arch]:
        role = role_of(f"{template(tensor)}.weight", MODEL_ARCH_NAMES[arch])
        assert role.component is not Component.UNCLASSIFIED, tensor


WORDS = (
    (r"_EXPS?$|_CHEXP$", Component.ROUTED_EXPERTS, "FFN_NORM_EXP"),
    (r"^FFN_.*_SHEXP$", Component.SHARED_EXPERTS, ""),
    (r"^SSM_|^SHORTCONV_", Component.MIXER, ""),
    (r"^INDEXER_", Component.INDEXER, ""),
    (r"^ATTN_(Q|K|V|QKV|OUT|Q_A|Q_B|KV_A_MQA|KV_B|K_B|V_B|Q_NORM|K_NORM|Q_A_NORM|KV_A_NORM|SINKS|GATE)$",
     Component.ATTENTION, ""),
    (r"^(ATTN_NORM|ATTN_NORM_2|FFN_NORM|FFN_POST_NORM|ATTN_POST_NORM|OUTPUT_NORM|FFN_NORM_EXP|LAYER_OUT_NORM)$",
     Component.NORM, ""),
    (r"^FFN_(GATE|UP|DOWN)$", Component.DENSE_FFN, ""),
    (r"^FFN_GATE_INP$", Component.ROUTER, ""),
    (r"^FFN_EXP_PROBS_B$", Component.ROUTER_BIAS, ""),
)  # fmt: skip
"""The package's own words for a tensor, and what they mean here: a second table, by other names."""


@pytest.mark.parametrize(("words", "component", "but"), WORDS)
def test_the_roles_are_what_the_package_calls_them(words: str, component: Component, but: str) -> None:
    named = [one for one in TENSOR_NAMES if re.search(words, one.name) and one.name != but]
    named = [one for one in named if not one.name.startswith(("V_", "A_", "ENC_", "DEC_"))]
    assert named
    for tensor in named:
        assert role_of(f"{template(tensor)}.weight", "llama").component is component, tensor


def test_no_name_is_idle() -> None:
    """But for those of the package's older and newer releases."""
    known = {template(tensor) for tensor in TENSOR_NAMES}
    numbered = {"blk.{}.ffn_gate.{}", "blk.{}.ffn_up.{}", "blk.{}.ffn_down.{}"}
    assert (set(ROLES) | BUFFERS) - known == numbered, "experts one by one, as files of 2023 have them"


def test_file_types_are_those_of_the_package() -> None:
    from gguf.constants import LlamaFileType

    named = {int(one): one.name.removeprefix("MOSTLY_").removeprefix("ALL_") for one in LlamaFileType}
    assert {number: word for number, word in named.items() if number < 1024} == FILE_TYPES


def test_parts_and_kinds() -> None:
    assert role_of("v.blk.{}.attn_q.weight", "clip").part is Part.VISION
    assert role_of("mm.{}.weight", "clip").part is Part.PROJECTOR
    assert role_of("mm.a.mlp.{}.weight", "clip").part is Part.PROJECTOR
    assert role_of("a.conv1d.{}.weight", "clip").part is Part.AUDIO
    assert role_of("a.proj_blk.{}.ffn_up.weight", "clip").part is Part.PROJECTOR
    assert role_of("rope_freqs.weight", "llama").kind is Kind.BUFFER
    assert role_of("blk.{}.ffn_down_exps.scale", "qwen3moe").kind is Kind.SCALE
    assert role_of("blk.{}.ffn_down_exps.scale", "gemma4").component is Component.ROUTER
    assert role_of("blk.{}.attn_qkv.weight", "qwen35moe", linear_attention=True).component is Component.MIXER
    assert role_of("blk.{}.nextn.embed_tokens.weight", "glm4moe").duplicate
    assert role_of("blk.{}.never_heard_of.weight", "llama").component is Component.UNCLASSIFIED
