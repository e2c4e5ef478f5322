"""Quantised matrices under a layout: which one is cut inside what shares a scale, and what the engine then does.

A rank of a tensor-parallel group holds a share of a matrix's outputs or inputs. Where the matrix has one scale per
block or group, the share must be whole tiles, or no rank has the scales it needs. What an engine of a version makes of
it is data, data/engines/splits.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from math import gcd

from moeaudit.architecture.blocks import Experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.costs.engines.read import number, title
from moeaudit.costs.engines.splits import Does, SplitRule, rules
from moeaudit.costs.layout import Layout
from moeaudit.costs.storage import Parts
from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.vocabulary import Part

MERGED = ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj", "w1", "w3", "qkv_proj", "gate_up_proj")
"""Linear layers that engines load into one matrix with their neighbours: query, key and value, gate and up."""


class Side(StrEnum):
    """Which axis of a matrix a layout splits."""

    OUTPUTS = "outputs"
    INPUTS = "inputs"


@dataclass(frozen=True)
class Matrix:
    """A quantised matrix that tensor parallelism splits along `side`, which is `size` long (of gate and up in one, one
    of them); `other`: the other axis. `tile`: how much of `side` shares a scale; `pieces`: key-value heads."""

    name: str
    sharding: Sharding
    side: Side
    size: int
    other: int
    tile: int
    form: str
    scheme: str
    pieces: int = 0

    @property
    def short(self) -> str:
        """Its name inside a layer: "mlp.experts.gate_proj"."""
        inside = self.name.rpartition("layers.{}.")[2].removesuffix(".weight")
        return inside.replace(".{}", "")

    @property
    def kind(self) -> str:
        """Which row of the engine's rules it falls under."""
        if self.sharding is Sharding.EXPERTS:
            return "experts"
        if self.side is Side.INPUTS:
            return "inputs"
        return "merged" if any(word in self.name for word in MERGED) else "outputs"

    def parts(self, layout: Layout) -> int:
        """Into how many shares a layout splits it."""
        if self.sharding is Sharding.EXPERTS:
            return 1 if layout.ep else layout.ranks
        return min(layout.tp, self.pieces) if self.pieces else layout.tp

    def cut(self, layout: Layout) -> bool:
        """Whether a share is not whole tiles."""
        parts = self.parts(layout)
        return parts > 1 and (self.size % parts > 0 or self.size // parts % self.tile > 0)

    def sum(self, layout: Layout) -> str:
        """The sum: "1536 / 8 = 192"."""
        parts = self.parts(layout)
        share = f"{self.size / parts:.10g}"
        return f"{self.size} / {parts} = {share}"


@dataclass(frozen=True)
class Cut:
    """A matrix that a layout cuts, and the engine's rule for it; None where no rule of it is known."""

    matrix: Matrix
    layout: Layout
    rule: SplitRule | None

    @property
    def refused(self) -> bool:
        return self.rule is not None and self._stands(self.rule) in (Does.REFUSE, Does.FAIL)

    def _stands(self, rule: SplitRule) -> Does:
        """What the rule comes to: scales can be repeated for smaller tiles down to a least one."""
        if rule.does is not Does.REFINE:
            return rule.does
        matrix, parts = self.matrix, self.matrix.parts(self.layout)
        finer = gcd(matrix.tile, matrix.size // parts, matrix.other)
        return Does.REFINE if matrix.size % parts == 0 and finer >= rule.least else Does.REFUSE

    def __str__(self) -> str:
        matrix, layout = self.matrix, self.layout
        tile = "block" if matrix.form == "block" else "group"
        said = (
            f"{matrix.short}: {matrix.sum(layout)} {matrix.side}, no multiple of its {tile} of {matrix.tile} "
            f"({matrix.scheme})"
        )
        if self.rule is None:
            return f"{said}: whether the engine runs it is not settled"
        return f"{said}: {self.rule.who} {WORDS[self._stands(self.rule)]}"


WORDS = {
    Does.REFUSE: "refuses it",
    Does.FAIL: "starts, and requests fail",
    Does.REFINE: "repeats the scales for smaller tiles, with fewer kernels to choose from",
    Does.PAD: "fills it up",
    Does.RUN: "runs it",
}


def matrices(architecture: Architecture, parts: Parts) -> tuple[Matrix, ...]:
    """The quantised matrices of the language model and its prediction modules, those that fall under one rule once."""
    found: dict[tuple[object, ...], Matrix] = {}
    for weight, experts in weights_of(architecture):
        for part, scheme in parts(weight) if weight.sharding in SPLIT else ():
            matrix = matrix_of(part, scheme, experts) if scheme is not None else None
            if matrix is not None:
                key = (matrix.kind, matrix.side, matrix.size, matrix.tile, matrix.form, matrix.pieces)
                found.setdefault(key, matrix)
    return tuple(found.values())


SPLIT = frozenset({Sharding.EXPERTS, Sharding.COLUMN, Sharding.ROW, Sharding.KV_HEADS})


def weights_of(architecture: Architecture) -> Iterator[tuple[Weight, Experts | None]]:
    """Each weight of the layers, with the routed experts of its layer."""
    for stack in (*architecture.stacks(), *architecture.stacks(Part.MTP)):
        for layer, _ in stack.groups:
            experts = next((block for block in layer.walk() if isinstance(block, Experts)), None)
            for weight in layer.weights():
                yield weight.under(stack.prefix, range(1)), experts


def matrix_of(weight: Weight, scheme: Scheme, experts: Experts | None) -> Matrix | None:
    """How a layout splits it; None where it may be cut anywhere along that axis."""
    tile = scheme.tile
    if tile is None or len(weight.shape) < 2:
        return None
    outputs, inputs = weight.shape[-2:]
    if weight.sharding is Sharding.EXPERTS:
        if experts is None:
            return None
        side = Side.INPUTS if _is_down(weight, experts) else Side.OUTPUTS
        size, other = experts.width, experts.hidden
    else:
        side = Side.INPUTS if weight.sharding is Sharding.ROW else Side.OUTPUTS
        size, other = (inputs, outputs) if side is Side.INPUTS else (outputs, inputs)
    shared = tile.inputs if side is Side.INPUTS else tile.outputs
    pieces = (weight.pieces or 0) if weight.sharding is Sharding.KV_HEADS else 0
    if shared < 2:
        return None
    return Matrix(weight.name, weight.sharding, side, size, other, shared, tile.form, scheme.describe(), pieces)


def _is_down(weight: Weight, experts: Experts) -> bool:
    """Whether an expert's matrix goes back to the hidden size: by its shape, by its name where all sides are alike."""
    one, two = weight.shape[-2:]
    outputs, inputs = (two, one) if experts.transposed and len(weight.shape) == 3 else (one, two)
    if experts.hidden in (experts.width, 2 * experts.width):
        return any(word in weight.name for word in ("down", "w2", "output"))
    return outputs == experts.hidden and inputs == experts.width


def cuts(matrices: Iterable[Matrix], layout: Layout, engine: str, version: str) -> Iterator[Cut]:
    """What a layout cuts, with the engine's rule: of a version that is not named, the first that refuses."""
    for matrix in matrices:
        if not matrix.cut(layout):
            continue
        known = [Cut(matrix, layout, rule) for rule in rules(engine, version, matrix.form, matrix.kind)]
        yield next((cut for cut in known if cut.refused), known[-1] if known else Cut(matrix, layout, None))


def ways_out(matrices: Sequence[Matrix], layout: Layout, engine: str, version: str, *, experts: bool) -> list[str]:
    """How the same devices may run it: "TP 4", "EP 8", "vLLM 0.29 or newer"."""

    def refused(one: Layout, at: str = version) -> list[Cut]:
        return [cut for cut in cuts(matrices, one, engine, at) if cut.refused]

    found = []
    smaller = (size for size in range(layout.tp - 1, 0, -1) if layout.tp % size == 0)
    fitting = next((size for size in smaller if not refused(replace(layout, tp=size))), None)
    if fitting is not None:
        found.append(f"TP {fitting}")
    if experts and not layout.ep and not refused(replace(layout, ep=True)):
        found.append(f"expert parallelism (EP {layout.ranks})")
    newer = {cut.rule.until for cut in refused(layout) if cut.rule is not None}
    if newer and "" not in newer:
        first = max(newer, key=number)
        if not refused(layout, first):
            found.append(f"{title(engine)} {first} or newer")
    return found
