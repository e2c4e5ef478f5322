"""Where transformers is wrong about what a checkpoint stores. Each correction stands beside its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Tensors = dict[str, Any]
"""Run-time state: name → meta tensor."""


@dataclass(frozen=True)
class Correction:
    """A change to the state of models whose language model is of type `model_type`."""

    model_type: str
    reason: str
    apply: Callable[[Tensors, Any], Tensors]


def without_decay_tables(state: Tensors, config: Any) -> Tensors:
    derived = re.compile(r"\.(slope_rate|query_decay|key_decay|diagonal_decay)$")
    return {name: tensor for name, tensor in state.items() if not derived.search(name)}


def without_zero_experts(state: Tensors, config: Any) -> Tensors:
    return {
        name: tensor[: config.n_routed_experts] if name.endswith("experts.gate_up_proj") else tensor
        for name, tensor in state.items()
    }


def without_empty_tensors(state: Tensors, config: Any) -> Tensors:
    return {name: tensor for name, tensor in state.items() if tensor.numel()}


def with_padded_head(state: Tensors, config: Any) -> Tensors:
    def padded(head: Any) -> Any:
        return head.new_empty(config.vocab_size, *head.shape[1:])

    return {name: padded(tensor) if name == "lm_head.weight" else tensor for name, tensor in state.items()}


EVERY = "*"
PADDED = (
    "the head is built with the rows of `unpadded_vocab_size`; saving restores the padded rows of `vocab_size`, with "
    "which checkpoints are published"
)

CORRECTIONS = (
    Correction(
        "minimax",
        "the decay tables of lightning attention are registered as persistent buffers, but follow from the "
        "number of heads and the layer's number; published checkpoints do not store them",
        without_decay_tables,
    ),
    Correction(
        "longcat_flash",
        "gate_up_proj is allocated for the zero-computation experts too; they are identities and "
        "published checkpoints store nothing for them",
        without_zero_experts,
    ),
    Correction("inkling2_text", PADDED, with_padded_head),
    Correction("inkling2_loop_text", PADDED, with_padded_head),
    Correction(
        EVERY,
        "no shared experts (`n_shared_experts: 0`) builds modules of width zero; a checkpoint needs no empty tensors, "
        "and published models without shared experts have none",
        without_empty_tensors,
    ),
)


def corrected(state: Tensors, config: Any) -> Tensors:
    for correction in CORRECTIONS:
        if correction.model_type in (EVERY, config.model_type):
            state = correction.apply(state, config)
    return state


@dataclass(frozen=True)
class Translation:
    """A key of published configs that transformers drops without a word: the same fact in the key it reads instead."""

    model_type: str
    published: str
    read: str
    words: tuple[str, str]  # what 0 and 1 mean
    reason: str

    def apply(self, raw: dict[str, Any]) -> dict[str, Any]:
        if raw.get("model_type") != self.model_type or self.published not in raw:
            return raw
        kinds = [self.words[flag] for flag in raw[self.published]]
        return {name: value for name, value in raw.items() if name != self.published} | {self.read: kinds}


TRANSLATIONS = (
    Translation(
        "minimax",
        "attn_type_list",
        "layer_types",
        ("linear_attention", "full_attention"),
        "MiniMax-Text-01 lists its layers as 0 (lightning) and 1 (softmax); transformers alternates the two instead",
    ),
    Translation(
        "mimo_v2_flash",
        "hybrid_layer_pattern",
        "layer_types",
        ("full_attention", "sliding_attention"),
        "MiMo-V2-Flash lists its layers as 0 (full) and 1 (sliding window); transformers uses its own period instead",
    ),
    Translation(
        "mimo_v2_flash",
        "moe_layer_freq",
        "mlp_layer_types",
        ("dense", "sparse"),
        "MiMo-V2-Flash lists its feed-forwards as 0 (dense) and 1 (experts); transformers makes only the first dense",
    ),
)


def translated(raw: dict[str, Any]) -> dict[str, Any]:
    for translation in TRANSLATIONS:
        raw = translation.apply(raw)
    return raw
