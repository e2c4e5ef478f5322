"""Experts as a checkpoint really lays them out: one tensor per expert, or one stack for all.

Releases of one family differ here, and the config does not say which it is: Qwen3.5's own weights are stacked,
re-saves of
them are not. Both hold the same parameters, so the layout that is seen is the one that is expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from moeaudit.architecture.weights import Weight
from moeaudit.vocabulary import Component

STACK = re.compile(r"(?P<prefix>.*\.experts)\.(?P<word>gate_up_proj|gate_proj|up_proj|down_proj)")
EACH = re.compile(r"(?P<prefix>.*\.experts)\.\{\}\.(?P<word>gate_proj|up_proj|down_proj)\.weight")


def other_layout(weight: Weight) -> tuple[Weight, ...]:
    """The same experts in the other layout; empty where there is none for this name and shape.

    A stack's (experts, 2 · width, hidden) is taken apart into gate and up; of numbered experts the gate stands for
    both.
    """
    if weight.component is not Component.ROUTED_EXPERTS:
        return ()
    if (stack := STACK.fullmatch(weight.name)) is not None and len(weight.shape) == 3:
        experts, outputs, inputs = weight.shape
        words = (
            [("gate_proj", outputs // 2), ("up_proj", outputs // 2)]
            if stack["word"] == "gate_up_proj"
            else [(stack["word"], outputs)]
        )
        return tuple(
            replace(
                weight,
                name=f"{stack['prefix']}.{{}}.{word}.weight",
                shape=(rows, inputs),
                index=(*weight.index, range(experts)),
            )
            for word, rows in words
        )
    each = EACH.fullmatch(weight.name)
    if each is None or len(weight.shape) != 2 or not weight.index or weight.index[-1] != range(len(weight.index[-1])):
        return ()
    (rows, inputs), experts = weight.shape, len(weight.index[-1])
    word, rows = ("gate_up_proj", 2 * rows) if each["word"] == "gate_proj" else (each["word"], rows)
    return (replace(weight, name=f"{each['prefix']}.{word}", shape=(experts, rows, inputs), index=weight.index[:-1]),)


def as_seen(weight: Weight, seen: Callable[[Weight], bool]) -> tuple[Weight, ...]:
    """What stands for a weight: itself, or its other layout where only that is seen.

    The up projection of numbered experts stands in the stack of their gate, and is dropped where that is seen.
    """
    other = other_layout(weight)
    if not other or seen(weight):
        return (weight,)
    each = EACH.fullmatch(weight.name)
    if each is not None and each["word"] == "up_proj":
        (stack,) = other_layout(replace(weight, name=f"{each['prefix']}.{{}}.gate_proj.weight"))
        if seen(stack):
            return ()
    return other if all(seen(one) for one in other) else (weight,)


def transposed(expected: tuple[int, ...], seen: tuple[int, ...]) -> bool:
    """Whether a stack of experts holds its matrices the other way round: the same parameters."""
    return len(expected) == len(seen) == 3 and expected != seen and expected == (seen[0], seen[2], seen[1])
