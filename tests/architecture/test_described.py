"""What transformers' own tables cannot say: windows, routing, notes, what a layer keeps and computes. The reference
configuration of every model type as it was read and approved; of every changed one, three numbers.

Shapes and sums are held against transformers itself in test_recorded.py; figures that somebody published are in
test_windows_of_flint and in tests/costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.blocks import Attention, Block
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture, Single, Stack
from moeaudit.costs.cache import CacheRules, StageCache, stage_needs
from moeaudit.costs.flops import forward
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Part
from tests.approved import approved
from tests.architecture.outside import OUTSIDE
from tests.architecture.recordings import MODEL_TYPES, Recording

KEPT = Path(__file__).parent / "described"
CONTEXT = 5000
"""Above the windows and top-k of small configurations, below those of some published ones."""


def told(block: Block) -> dict[str, Any]:
    """A block's fields that differ from their defaults, and the blocks inside it."""
    inner: dict[str, Block] = {}
    for name, child in block.children:
        inner[name if name not in inner else f"{name} ({len(inner) + 1})"] = child
    own = {
        one.name: str(getattr(block, one.name))
        for one in fields(block)
        if getattr(block, one.name) != one.default
        and not any(isinstance(part, Block) for part in parts(block, one.name))
    }
    return {"is": type(block).__name__, **own, **{name: told(child) for name, child in inner.items()}}


def parts(block: Block, name: str) -> Iterator[object]:
    value = getattr(block, name)
    yield value
    for one in value if isinstance(value, tuple) else ():
        yield from one if isinstance(one, tuple) else (one,)


def spans(numbers: tuple[int, ...]) -> str:
    """0, 1, 2, 5 as "0-2 5"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(f"{first}-{last}" if last > first else str(first) for first, last in found)


def at(stack: Stack, numbers: tuple[int, ...]) -> str:
    """The layers of a group, and how often one token runs through each where it is not once."""
    times = stack.executions(numbers[:1])
    return spans(numbers) + (f" × {times}" if times != 1 else "")


def whole(architecture: Architecture) -> dict[str, Any]:
    shown: dict[str, Any] = {
        one.name: getattr(architecture, one.name) for one in fields(architecture) if one.name != "pieces"
    }
    for piece in architecture.pieces:
        head = f"{piece.prefix} ({piece.part.value}, {piece.presence.value})"
        if isinstance(piece, Single):
            shown[head] = told(piece.block)
        else:
            shown[head] = {at(piece, numbers): told(layer) for layer, numbers in piece.groups}
    shown["numbers"] = numbers(architecture)
    return shown


def numbers(architecture: Architecture) -> str:
    """FLOPs of a token in prefill and decode, with prediction modules where there are any, and bytes that a request
    keeps, in bf16."""
    everything = (Part.LANGUAGE, Part.MTP)
    work = [forward(architecture, CONTEXT, decode=decode, parts=everything) for decode in (False, True)]
    (needs,) = stage_needs(architecture, 1, prediction=True)
    kept = StageCache(needs, Layout(), CacheRules())
    return f"{work[0].total:,} {work[1].total:,} {kept.per_request(CONTEXT):,}"


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_every_type_is_described_as_approved(model_type: str) -> None:
    recording = Recording.load(model_type)
    shown = whole(describe(Config(recording.config)))
    shown["changed"] = {}
    for case in recording.cases():
        try:
            shown["changed"][str(case)] = numbers(describe(Config(case.config)))
        except UsageError as error:
            shown["changed"][str(case)] = error.message
    approved(KEPT / f"{model_type}.json", json.dumps(shown, indent=1, ensure_ascii=False, default=str) + "\n")


@pytest.mark.parametrize("name", OUTSIDE)
def test_every_type_outside_of_transformers_too(name: str) -> None:
    shown = whole(describe(Config({"model_type": name, **OUTSIDE[name]})))
    approved(KEPT / "outside" / f"{name}.json", json.dumps(shown, indent=1, ensure_ascii=False, default=str) + "\n")


def test_windows_of_flint() -> None:
    """Its own default where layer_types is left out (transformers' configuration_flint): full attention in the first
    two layers and in every fourth after, its windows between: 35 of 49."""
    config = {**Recording.load("flint").config, "num_hidden_layers": 49}
    config.pop("layer_types", None)
    windows = [
        block.window
        for stack in describe(Config(config)).stacks()
        for layer in stack.layers
        for block in layer.walk()
        if isinstance(block, Attention)
    ]
    assert windows == [None, None, *([513] * 3 + [None]) * 11, 513, 513, None]
