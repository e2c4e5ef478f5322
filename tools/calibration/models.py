"""The measured models: from the structural fields of their configs, or from a dense description."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from moeaudit.architecture.blocks import Attention, Block, Embedding, FeedForward, Head, Norm, module
from moeaudit.architecture.blocks.linear_attention import GatedDeltaNet
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.registry import describe
from moeaudit.architecture.model import Architecture, Single, Stack
from moeaudit.costs.served import Served
from moeaudit.costs.storage import packed, uniform
from moeaudit.ledger.packing import Storage

DATA = Path(__file__).parents[2] / "tests" / "costs"


@lru_cache(maxsize=1)
def _models() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / "models.yaml").read_text(encoding="utf-8"))["models"]
    return loaded


@cache
def served(name: str) -> Served:
    """The model of that name in models.yaml. KeyError where there is none."""
    entry = _models()[name]
    entry = {**_models()[entry["like"]], **entry} if "like" in entry else entry
    if "dense" in entry:
        return Served(dense(entry["dense"]), uniform(entry["dense"].get("bits", 16)), name=name)
    architecture = describe(Config(entry["config"]))
    if "bits" in entry:
        return Served(architecture, uniform(entry["bits"]), name=name)
    stated = {**entry["config"], "quantization_config": entry["quantization"]} if "like" in entry else entry["config"]
    beside = None if "like" in entry else entry.get("quantization")
    return Served(architecture, packed(Storage.of(stated, beside), architecture), name=name)


def source(name: str) -> str:
    return str(_models()[name]["source"])


def dense(shape: Mapping[str, Any]) -> Architecture:
    """A dense decoder of Llama's arrangement; with `linear`, only every n-th layer attends and the others are gated
    DeltaNets."""
    hidden, vocabulary = shape["hidden"], shape["vocabulary"]
    bias, linear = shape.get("bias", False), shape.get("linear")
    attention = Attention(
        hidden,
        shape["heads"],
        shape["kv_heads"],
        shape["head_dim"],
        query_bias=bias,
        key_bias=bias,
        value_bias=bias,
        gate="full" if shape.get("gate") else "none",
        gate_in_query=bool(shape.get("gate")),
    )

    def mixer(number: int) -> Block:
        if linear is None or number % linear["every"] == linear["every"] - 1:
            return attention
        return GatedDeltaNet(
            hidden,
            linear["key_heads"],
            linear["value_heads"],
            linear["head_dim"],
            linear["head_dim"],
            linear["kernel"],
            state_dtype=linear.get("state_dtype", ""),
        )

    layers = tuple(
        module(
            {
                "self_attn": mixer(number),
                "mlp": FeedForward(hidden, shape["width"]),
                "input_layernorm": Norm(hidden),
                "post_attention_layernorm": Norm(hidden),
            }
        )
        for number in range(shape["layers"])
    )
    return Architecture(
        "dense",
        "dense",
        (
            Single("model.embed_tokens", Embedding(vocabulary, hidden)),
            Stack("model.layers.{}", layers),
            Single("model.norm", Norm(hidden)),
            Single("lm_head", Head(vocabulary, hidden)),
        ),
        context_length=shape.get("context"),
        hidden=hidden,
        vocabulary=vocabulary,
    )
