"""The ledger: exact integer counts by component and layer. Every total is a sum over its lines, so every total can be
explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from fractions import Fraction

from moeaudit.architecture.model import Architecture, Stack
from moeaudit.architecture.weights import WHOLE, Presence, Share, Weight
from moeaudit.later import dataclass
from moeaudit.ledger.values import Value
from moeaudit.vocabulary import Basis, Component, Kind, Part

UNSETTLED = "releases with this config differ, and no weights were read"


@dataclass(frozen=True)
class Line:
    """Parameters of one component in one layer.

    `component` is the reported one (a prediction module's experts count as `mtp`); `role` is what they are inside
    their part.
    `share` is the part of them one token uses, `passes` how often it runs through them. `optional`: releases with this
    config differ, and no weights were seen. `side`: "encoder" where the language model has a decoder too.
    `decode_only`: as in `Weight`.
    `basis`: what the count rests on. `settled`: the evidence leaves nothing of it open; `named`: its role is known by
    more than the words of its name; `held`: the files hold it (what an incomplete copy lacks is the config's);
    `asked`: it is of the model (False where it may be what is missing, under a name that is not known).
    """

    component: Component
    role: Component
    part: Part
    place: str
    layer: int | None
    elements: int
    tensors: int
    share: Share = WHOLE
    passes: int = 1
    duplicate: bool = False
    optional: bool = False
    basis: Basis = Basis.PREDICTED
    settled: bool = True
    named: bool = True
    held: bool = True
    asked: bool = True
    side: str = ""
    decode_only: bool = False

    @property
    def active(self) -> tuple[Fraction, Fraction, Fraction]:
        """Elements one token uses: low, typical, high."""
        return self.elements * self.share.low, self.elements * self.share.typical, self.elements * self.share.high


@dataclass(frozen=True)
class Ledger:
    """All lines of one witness, and the elements that are no parameters (scales, buffers, integer tables)."""

    witness: str  # config or weights
    lines: tuple[Line, ...]
    non_parameters: dict[Kind, int] = field(default_factory=dict)
    tied: bool = False
    stored_elements: Value | None = None  # as the headers list them, packing and scales too; else predicted
    open: int = 0  # parameters that stand beside the lines, uncounted or doubted
    strange: int = 0  # stored tensors beside the lines that nothing is known of
    uncounted: str = ""  # why no total can be given: what is counted is a part
    unsettled: str = ""  # why it is not known that nothing is routed, where no routed experts are counted

    def total(self, wanted: Callable[[Line], bool] = lambda line: line.held) -> int:
        """Elements of the lines that are wanted; by default of all that the files hold."""
        return sum(line.elements for line in self.lines if wanted(line))

    def components(self) -> dict[Component, int]:
        """Parameters by reported component, in the order of the closed list; what is optional, or not in the files, is
        left out."""
        counts: Counter[Component] = Counter()
        for line in self.lines:
            if line.held and not line.optional:
                counts[line.component] += line.elements
        return {component: counts[component] for component in Component if counts[component]}

    def layers(self, part: Part = Part.LANGUAGE) -> dict[tuple[str, int], dict[Component, int]]:
        """Parameters by (place, layer) and role."""
        found: dict[tuple[str, int], dict[Component, int]] = {}
        for line in self.lines:
            if line.part is part and line.layer is not None:
                row = found.setdefault((line.place, line.layer), {})
                row[line.role] = row.get(line.role, 0) + line.elements
        return found


@dataclass(frozen=True)
class Counted:
    """Equal weights as they are counted, with what the count rests on (see `Line`)."""

    weight: Weight
    place: str
    layered: bool
    basis: Basis = Basis.PREDICTED
    settled: bool = True
    named: bool = True
    held: bool = True
    asked: bool = True


Key = tuple[
    tuple[Component, Component, Part, str],
    tuple[Share, int, bool, bool, str, bool],
    tuple[Basis, bool, bool, bool, bool],
]
"""All that lines of several layers may have in common."""


def ledger_lines(counted: Iterable[Counted]) -> tuple[Line, ...]:
    """Lines from weights. Where a weight is `layered`, its first index numbers the layers."""
    kinds: dict[Key, dict[int | None, list[int]]] = {}
    rows: list[tuple[Key, int | None, list[int]]] = []
    for one in counted:
        weight = one.weight
        if weight.kind is not Kind.PARAMETER or not weight.tensors:
            continue
        numbers: Iterable[int | None] = weight.index[0] if one.layered else (None,)
        per_layer = len(weight.index[0]) if one.layered else 1
        elements, tensors = weight.elements // per_layer, weight.tensors // per_layer
        key = (
            (weight.reported, weight.component, weight.part, one.place),
            (
                weight.share,
                weight.executions,
                weight.duplicate,
                weight.presence is Presence.OPTIONAL,
                weight.side,
                weight.decode_only,
            ),
            (one.basis, one.settled, one.named, one.held, one.asked),
        )
        kind = kinds.setdefault(key, {})
        for number in numbers:
            row = kind.get(number)
            if row is None:
                row = kind[number] = [0, 0]
                rows.append((key, number, row))
            row[0] += elements
            row[1] += tensors
    return tuple(
        Line(
            *head,
            layer,
            elements,
            tensors,
            share,
            passes,
            duplicate,
            optional,
            basis,
            settled,
            named,
            held,
            asked,
            side,
            decode_only,
        )
        for (head, use, rests_on), layer, (elements, tensors) in rows
        for share, passes, duplicate, optional, side, decode_only in (use,)
        for basis, settled, named, held, asked in (rests_on,)
    )


def over_layers(ledger: Ledger) -> Ledger:
    """The same counts with lines that differ in place and layer alone added up: sums over it cost no more for more
    layers."""
    sums: dict[tuple[object, ...], list[Line]] = {}
    for line in ledger.lines:
        key = (line.component, line.role, line.part, line.share, line.passes, line.duplicate, line.optional)
        rests_on = (line.basis, line.settled, line.named, line.held, line.asked)
        sums.setdefault((*key, *rests_on, line.side, line.decode_only), []).append(line)
    lines = (
        replace(
            first,
            place="",
            layer=None,
            elements=sum(line.elements for line in (first, *others)),
            tensors=sum(line.tensors for line in (first, *others)),
        )
        for first, *others in sums.values()
    )
    return replace(ledger, lines=tuple(lines))


def placed_weights(architecture: Architecture) -> Iterator[tuple[Weight, str, bool]]:
    """Every weight of an architecture with its piece's prefix; layers are the first index of a stack."""
    for piece in architecture.pieces:
        for weight in piece.weights():
            yield weight, piece.prefix.removesuffix(".{}"), isinstance(piece, Stack)


def config_ledger(architecture: Architecture) -> Ledger:
    """The ledger of the `config` witness: shapes derived from config.json."""
    return Ledger(
        "config",
        ledger_lines(Counted(*placed) for placed in placed_weights(architecture)),
        non_parameters(architecture.weights),
        architecture.tied,
    )


def non_parameters(weights: Iterable[Weight]) -> dict[Kind, int]:
    """Elements of stored tensors that are no parameters, by kind."""
    counts: Counter[Kind] = Counter()
    for weight in weights:
        if weight.kind is not Kind.PARAMETER and weight.presence is Presence.STORED:
            counts[weight.kind] += weight.elements
    return dict(counts)
