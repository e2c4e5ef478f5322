"""A model as llama.cpp's quantiser would store it: `q4_k_m` and its like are mixes, a type per matrix by role and layer
(data/ggml_mixes.yaml), so a file's bits per weight are those of no single type.

What the quantiser leaves alone (one-dimensional tensors, routers, convolutions) is F32; encoders lie in a file of their
own, in F16.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Weight
from moeaudit.costs.storage import Storage
from moeaudit.data import parsed
from moeaudit.errors import UsageError
from moeaudit.evidence.dtypes import ENCODINGS
from moeaudit.evidence.indices import Indices, indices
from moeaudit.later import dataclass
from moeaudit.text import quoted
from moeaudit.vocabulary import Component, Part

ROLES = (
    ("v_proj", "attn_v"), ("in_proj_qkv", "attn_v"), ("query_key_value", "attn_v"), ("qkv_proj", "attn_v"),
    ("Wqkv", "attn_v"),
    ("k_proj", "attn_k"), ("q_proj", "attn_q"), ("o_proj", "attn_output"),
    ("down_proj", "ffn_down"), ("w2", "ffn_down"), ("linear_2", "ffn_down"),
    ("gate_up_proj", "ffn_gate"), ("gate_proj", "ffn_gate"), ("w1", "ffn_gate"),
    ("up_proj", "ffn_up"), ("w3", "ffn_up"),
)  # fmt: skip
"""The quantiser's categories by the last word of a matrix's name; one that is fused of query, key and value counts as
its value. All others, latent attention's among them, have no rule of their own."""

PLAIN = frozenset({Component.NORM, Component.ROUTER, Component.ROUTER_BIAS})


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    loaded: dict[str, Any] = parsed((files("moeaudit.costs") / "data" / "ggml_mixes.yaml").read_text(encoding="utf-8"))
    return loaded


def mixes() -> tuple[str, ...]:
    """The file types that are known."""
    return tuple(_data()["mixes"])


def mix_named(text: str) -> str:
    """The file type of that name, whatever its capitals. UsageError for any other."""
    name = text.strip().upper().replace("-", "_")
    name = str(_data()["aliases"].get(name, name))
    if name not in _data()["mixes"]:
        raise UsageError(
            f"--bits {quoted(text, 40)} is neither a number from 1 to 64 nor a type of llama.cpp's quantiser",
            hint="Write it as 4.5, or as one of: " + ", ".join(one.lower() for one in mixes()) + ".",
        )
    return name


@dataclass(frozen=True)
class Mix:
    """One file type over one model. `grouped`: four query heads or more per key head; `order`: the layers that have a
    value matrix, by which the quantiser counts those."""

    name: str
    rules: Mapping[str, Any]
    layers: int
    experts: int
    grouped: bool
    order: tuple[int, ...]
    tied: bool

    def type_of(self, weight: Weight, layer: int) -> str:
        """What a tensor of the template is stored as in that layer."""
        if weight.part not in (Part.LANGUAGE, Part.MTP):
            return "F16" if weight.linear else "F32"
        shape = [size for size in weight.shape if size > 1]
        table = weight.component in (Component.EMBEDDING, Component.TABLES)
        if weight.component in PLAIN or len(shape) < 2 or "conv" in weight.name or not (weight.linear or table):
            return "F32"
        chosen = self._chosen(weight, layer)
        row = weight.shape[-1]
        fallback = _data()["fallback"]
        if row % ENCODINGS[chosen].elements and chosen in fallback:
            chosen = fallback[chosen]
        return "F16" if row % ENCODINGS[chosen].elements and chosen not in ("F16", "BF16") else chosen

    def _chosen(self, weight: Weight, layer: int) -> str:
        base = str(self.rules["base"])
        if weight.component is Component.HEAD or (self.tied and weight.component is Component.EMBEDDING):
            return str(self.rules.get("output", base))
        if weight.component is Component.EMBEDDING:
            return str(self.rules.get("token_embd", base))
        if weight.component is Component.ROUTED_EXPERTS and "experts" in self.rules:
            return str(self.rules["experts"])
        role = role_of(weight)
        if self.experts == 8 and self.rules.get("eights") and role in EIGHTS:
            return EIGHTS[role]
        rule = self.rules.get(role, base)
        if isinstance(rule, str):
            return rule
        return next((str(chosen) for condition, chosen in rule if self._holds(condition, layer, role)), base)

    def _holds(self, condition: str, layer: int, role: str) -> bool:
        many = len(self.order) if role == "attn_v" else self.layers
        at = self.order.index(layer) if role == "attn_v" and layer in self.order else layer
        return CONDITIONS[condition](self, at, many)


EIGHTS = {"attn_v": "Q8_0", "attn_k": "Q8_0", "attn_output": "Q5_K"}

CONDITIONS: Mapping[str, Callable[[Mix, int, int], bool]] = {
    "always": lambda _, at, many: True,
    "more": lambda _, at, many: at < many // 8 or at >= 7 * many // 8 or (at - many // 8) % 3 == 2,
    "first 1/8": lambda _, at, many: at < many // 8,
    "first 1/16": lambda _, at, many: at < many // 16,
    "first 2": lambda _, at, many: at < 2,
    "first 4": lambda _, at, many: at < 4,
    "middle": lambda _, at, many: many // 8 <= at < 7 * many // 8,
    "gqa 4": lambda mix, at, many: mix.grouped,
    "gqa 4 or experts": lambda mix, at, many: mix.grouped or mix.experts >= 4,
}


def role_of(weight: Weight) -> str:
    """The quantiser's category of a matrix; "" for one without."""
    stem = weight.name.removesuffix(".weight")
    return next((role for word, role in ROLES if stem.endswith(word)), "")


def mixed(name: str, architecture: Architecture) -> Storage:
    """The model stored by a file type of llama.cpp's quantiser."""
    mix = _mix(mix_named(name), architecture)

    def of_a_layer(weight: Weight) -> Iterator[tuple[Indices, Fraction]]:
        alike: dict[str, list[int]] = defaultdict(list)
        for layer in weight.index[0]:
            alike[mix.type_of(weight, layer)].append(layer)
        each = weight.elements // len(weight.index[0])
        for stored, layers in alike.items():
            yield indices(layers), Fraction(_bytes(stored, each))

    def stored(weight: Weight) -> int:
        if not weight.index:
            return _bytes(mix.type_of(weight, 0), weight.elements)
        return int(sum(len(layers) * size for layers, size in of_a_layer(weight)))

    return Storage(
        stored, of_a_layer, f"assumed {mix.name}, as llama.cpp's quantiser mixes its types ({_data()['source']})"
    )


def _bytes(stored: str, elements: int) -> int:
    block = ENCODINGS[stored]
    return -(-elements * block.bytes // block.elements)


def _mix(name: str, architecture: Architecture) -> Mix:
    own = [weight for weight in architecture.weights if weight.part is Part.LANGUAGE]
    queries = {weight.index: weight.shape[0] for weight in own if role_of(weight) == "attn_q"}
    values = [weight for weight in own if role_of(weight) == "attn_v" and weight.index]
    keyed = [(queries[weight.index], weight.shape[0]) for weight in values if weight.index in queries]
    experts = [
        weight.index[1] for weight in own if weight.component is Component.ROUTED_EXPERTS and len(weight.index) > 1
    ]
    return Mix(
        name,
        _data()["mixes"][name],
        sum(len(stack.layers) for stack in architecture.stacks()),
        max(map(len, experts), default=1),
        any(asked >= 4 * held for asked, held in keyed),
        tuple(sorted({layer for weight in values for layer in weight.index[0]})),
        architecture.tied,
    )
