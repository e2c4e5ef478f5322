"""Whether an adapter fits its base: each matrix beside a module of the base must have its sizes, and no more layers and
experts be numbered than the base has. Modules that the base stores under other names (fused, or split) are left alone,
unless the adapter names no layer as the base does."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Weight
from moeaudit.evidence.model import JsonFile
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.later import expression
from moeaudit.ledger.adapter import split, whole
from moeaudit.text import quoted

FIRST = expression(r"\.lora_(?:A|a)(?:\.[^.{}]+)?(?:\.weight)?$")
"""The first low-rank matrix: PEFT's is [rank, inputs]."""
SECOND = expression(r"\.lora_B(?:\.[^.{}]+)?(?:\.weight)?$")
"""PEFT's second: [outputs, rank]."""
PEFT = expression(r"\.lora_[AB](?:\.|$)")

LAYERS = "layers.{}."
MOST = 3
"""Misfits that are told."""


def misfits(document: JsonFile, own: TensorTable, base: Architecture | None) -> tuple[str, ...]:
    """What of an adapter contradicts its own config or its base, a sentence each."""
    groups = [group.canonical() for group in own.groups if PEFT.search(group.template)]
    said = [*of_ranks(document, groups), *(of_base(groups, base) if base is not None else ())]
    return tuple(dict.fromkeys(said))[:MOST]


def of_ranks(document: JsonFile, groups: list[TensorGroup]) -> Iterator[str]:
    """The one rank that the config states, where no matrix of a single module has it."""
    rank = whole(document.data, "r")
    if not rank or document.data.get("rank_pattern"):
        return
    ranks = {(group.shape or (0,))[0] for group in groups if FIRST.search(group.template) and not fused(group)}
    if ranks and rank not in ranks:
        yield f"r is {rank:,}, its matrices have rank {' and '.join(f'{one:,}' for one in sorted(ranks)[:MOST])}"


def of_base(groups: list[TensorGroup], base: Architecture) -> Iterator[str]:
    known: dict[str, list[tuple[TensorGroup, Weight]]] = {}
    for weight in base.weights:
        found = TensorGroup(weight.name, weight.index, None, weight.shape).canonical()
        known.setdefault(tail(found.template.removesuffix(".weight")), []).append((found, weight))
    met = False
    for group in groups:
        module, beside = split(group.template)
        held = known.get(tail(module)) if beside else None
        if held:
            met = True
            yield from of_module(group, module, held)
    layered = any(LAYERS in weight.name for weight in base.weights)
    if groups and layered and not met and not any(LAYERS in group.template for group in groups):
        module = split(groups[0].template)[0]
        yield f"the base has no module of these names, {quoted(module)} first"


def of_module(group: TensorGroup, module: str, held: list[tuple[TensorGroup, Weight]]) -> Iterator[str]:
    """What one kind of matrix has beyond the module that it stands beside: numbers, then sizes."""
    axes = module.count("{}") and tail(module).count("{}") + (LAYERS in module)
    ours = group.index[module.count("{}") - axes : module.count("{}")]
    for place, numbers in enumerate(ours):
        theirs = {number for one, _ in held for number in one.index[len(one.index) - axes + place]}
        beyond = sorted(set(numbers) - theirs)
        if beyond:
            what = "layer" if place == 0 and LAYERS in module else "expert" if "experts.{}" in module else "module"
            yield f"{what} {in_words(beyond)} of {quoted(module)} is not in the base, which has {len(theirs):,}"
            return
    shape = group.shape or ()
    sizes = [weight.shape for _, weight in held if len(weight.shape) == 2]
    if len(shape) != 2 or len(sizes) != len(held):
        return
    for which, axis, word in ((FIRST, 1, "inputs"), (SECOND, 0, "outputs")):
        if which.search(group.template) and shape[axis] not in {size[axis] for size in sizes}:
            yield f"{quoted(module)} has {sizes[0][axis]:,} {word} in the base, {shape[axis]:,} in the adapter"


def in_words(numbers: list[int]) -> str:
    more = f" and {len(numbers) - MOST:,} more" if len(numbers) > MOST else ""
    return ", ".join(map(str, numbers[:MOST])) + more


def tail(module: str) -> str:
    """A module's name inside its layer; outside of layers the whole of it."""
    head, layers, rest = module.partition(LAYERS)
    return rest if layers else head


def fused(group: TensorGroup) -> bool:
    """Whether the matrices are of all experts at once, their first sizes then no ranks."""
    return ".experts." in group.template and "experts.{}." not in group.template
