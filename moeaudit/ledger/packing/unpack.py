"""The logical weights behind a table of stored tensors: names without packing suffixes, shapes in parameters, every
tensor once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod

from moeaudit.architecture.config import show
from moeaudit.errors import UsageError
from moeaudit.evidence.boxes import Boxes, minus
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.packing.modules import Module, by_name, ending, find_modules, suffixes
from moeaudit.ledger.packing.recipe import Recipe
from moeaudit.ledger.packing.scheme import BARE, MODULE, Scheme, Seen, Shape, Solution, Spelling
from moeaudit.ledger.packing.schemes import SCHEMES
from moeaudit.ledger.packing.schemes.scaled import FLOAT8, same
from moeaudit.ledger.packing.unpacked import Logical, NonParameter, Unknown, Unpacked, total
from moeaudit.vocabulary import Kind

Expected = Callable[[str], Shape | None]
"""The shape that an architecture gives the weight of this canonical template; None: it has no such weight."""

INTEGERS = frozenset({"I64", "I32", "I16", "U64", "U32", "U16", "BOOL"})
BYTES = frozenset({"I8", "U8"})

BUFFERS = re.compile(
    r"(^|[._])(inv_freq|num_batches_tracked|masked_bias|position_ids|slope_rate|cos_cached|sin_cached)$"
)
"""Tensors that code derives or counts, never learns."""

CACHE_SCALES = re.compile(r"\.(k|v|q|kv|prob|attn|output)_(scale|zero_point)$")
"""Scales of a quantised cache or of outputs: they stand alone."""

MAYBE_LEARNED = frozenset({".scale", ".scales", ".biases", "_scale", "_scales"})
"""Suffixes that some architectures use for learned weights: scales only where a packed weight stands beside."""


def unpack(table: TensorTable, made: Recipe, expected: Expected | None = None) -> Unpacked:
    """Undo the packing of a checkpoint's tensors by their names, types and shapes. The recipe of its config only
    settles what these leave open; `expected` is what an architecture says of a weight's name."""
    unknown = next((group for group in table.groups if group.dtype is not None and group.dtype not in DTYPE_BITS), None)
    if unknown is not None:
        raise UsageError(
            f"{show(unknown.dtype)}, the type of {show(unknown.template)}, is not a safetensors type",
            hint="The header is broken, or newer than this program.",
        )
    return _Unpacking(made, expected or (lambda name: None)).run(
        [literal(group.canonical()) for group in table.groups if group.tensors]
    )


@dataclass
class _Unpacking:
    """One run: what has been taken so far, and what came out."""

    recipe: Recipe
    expected: Expected
    taken: dict[tuple[str, str | None, Shape | None], Boxes] = field(default_factory=dict)
    logical: list[Logical] = field(default_factory=list)
    others: list[NonParameter] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    doubts: dict[tuple[Cause, str], Doubt] = field(default_factory=dict)

    def run(self, groups: list[TensorGroup]) -> Unpacked:
        for module in find_modules(by_name(groups)):
            self._module(module)
        for group in groups:
            for left in self._left(group):
                self._alone(left)
        return Unpacked(tuple(self.logical), tuple(self.others), tuple(self.unknown), tuple(self.doubts.values()))

    def _module(self, module: Module) -> None:
        """A weight with what stands beside it, by the first scheme that explains it."""
        if self._is_taken(module.weight):
            return
        free = {suffix: group for suffix, group in module.beside.items() if not self._is_taken(group)}
        hint = self.recipe.hint(first_name(module.stem, module.weight))
        for scheme, spelling in candidates(module, free):
            slots = {slot: free[suffix] for slot, suffix in spelling if slot != "weight" and suffix in free}
            if module.suffix in (MODULE, BARE) and not slots:
                continue
            if (
                module.weight.dtype is None
                and self.recipe.method == "none"
                and MAYBE_LEARNED.issuperset(suffix for slot, suffix in spelling if slot in slots)
            ):
                continue  # names alone do not tell a scale from a learned one
            if module.weight.shape is None or any(group.shape is None for group in slots.values()):
                self._take(module.weight, *slots.values())
                self._keep(logical_name(module), module.weight, slots.values(), title=scheme.title)
                return
            seen = {
                slot: Seen(group.dtype or "", group.shape or ())
                for slot, group in {"weight": module.weight, **slots}.items()
            }
            solution = scheme.solve(seen, spelling, hint)
            if solution is not None and 0 not in solution.shape:
                self._take(module.weight, *slots.values())
                self._solved(module, seen, slots.values(), solution)
                return

    def _solved(
        self, module: Module, seen: Mapping[str, Seen], slots: Iterable[TensorGroup], solution: Solution
    ) -> None:
        confidence = self._check(module, seen, solution)
        self._keep(
            logical_name(module),
            module.weight,
            slots,
            shape=self._shape(module, solution),
            title=solution.scheme.title,
            scheme=solution.scheme,
            confidence=confidence,
        )

    def _check(self, module: Module, seen: Mapping[str, Seen], solution: Solution) -> str:
        """Go forwards again: whatever is not as the scheme would store it is a doubt. Returns the confidence."""
        weight, confidence = module.weight, solution.confidence
        name, elements = weight.template, weight.tensors * prod(solution.shape)
        missing = sorted(solution.scheme.needs - seen.keys())
        if missing:
            self._doubt(
                Cause.PACKING_SCALES_MISSING,
                f"{show(name)} is stored by {solution.scheme.title} without its {' and '.join(missing)}",
                weight,
            )
        for slot in solution.scheme.slots(solution.shape):
            there = seen.get(slot.name)
            if there is not None and slot.checked and not same(slot.shape, there.shape):
                confidence = "low"
                self._doubt(
                    Cause.PACKING_SHAPES_DISAGREE,
                    f"{show(name)}: {slot.name} has the shape {list(there.shape)}, {solution.scheme.title} "
                    f"would store {list(slot.shape)} for a weight of {list(solution.shape)}",
                    weight,
                    open=elements,
                )
        if confidence != "high" and solution.note and not missing:
            left = elements if confidence == "low" else 0
            self._doubt(Cause.PACKING_ASSUMED, f"{show(name)}: {solution.note}", weight, open=left)
        return confidence

    def _shape(self, module: Module, solution: Solution) -> Shape:
        """The weight's shape; a flattened one gets the shape the architecture expects, where the elements agree."""
        if len(solution.shape) == 1:
            expected = self.expected(logical_name(module))
            if expected is not None and 0 <= solution.shape[0] - prod(expected) <= 1:
                return expected
        return solution.shape

    def _alone(self, group: TensorGroup) -> None:
        """A tensor that no scheme has claimed: a plain weight, a buffer, an integer table, or the rest of something
        broken."""
        name, dtype = group.template, group.dtype
        orphan = [suffix for suffix in ending(name, suffixes()[1]) if suffix not in MAYBE_LEARNED]
        if CACHE_SCALES.search(name):
            self.others.append(NonParameter(group, Kind.SCALE))
        elif BUFFERS.search(name):
            self.others.append(NonParameter(group, Kind.BUFFER))
        elif orphan or dtype == "F8_E8M0":
            self.others.append(NonParameter(group, Kind.SCALE))
            said = f"{show(name)} is a scale, but the weight it belongs to is not there"
            self._doubt(Cause.PACKING_ORPHAN, said, group)
        elif packed := [suffix for suffix in ending(name, suffixes()[0]) if suffix not in (MODULE, BARE)]:
            stem = name.removesuffix(packed[0])
            self._unreadable(group, stem, stem + (MODULE if packed[0].startswith(".") else BARE))
        elif dtype in BYTES and name.endswith(MODULE):
            self._bytes_alone(group)
        elif dtype in INTEGERS or dtype in BYTES:
            if name.endswith(MODULE) and dtype in ("I32", "U32") and len(group.shape or ()) > 1:
                self._unreadable(group, name.removesuffix(MODULE), name)
            else:
                self.others.append(NonParameter(group, Kind.INTEGER_TABLE))
        else:
            if dtype in FLOAT8 and self.recipe.method != "none":
                said = f"{show(name)} is stored as {dtype} without a scale"
                self._doubt(Cause.PACKING_SCALES_MISSING, said, group)
            self._keep(name, group, shape=group.shape)

    def _bytes_alone(self, group: TensorGroup) -> None:
        """Bytes with no scales: as the config says, else not understood."""
        module = Module(group.template.removesuffix(MODULE), MODULE, group, {})
        hint = self.recipe.hint(first_name(module.stem, group))
        seen = {"weight": Seen(group.dtype or "", group.shape or ())}
        if hint is not None and group.dtype in hint.packs:
            solution = hint.solve(seen, hint.spelling or hint.spellings[0], hint)
            if solution is not None and 0 not in solution.shape:
                self._solved(module, seen, (), solution)
                return
        self._unreadable(group, module.stem, group.template)

    def _unreadable(self, group: TensorGroup, stem: str, name: str) -> None:
        said = f"{show(group.template)} is packed in a way that cannot be undone from what is stored"
        self._doubt(Cause.PACKING_UNREADABLE, said, group)
        self.unknown.append(Unknown((group,), stem, name))

    def _keep(
        self,
        name: str,
        weight: TensorGroup,
        slots: Iterable[TensorGroup] = (),
        *,
        shape: Shape | None = None,
        title: str = "plain",
        scheme: Scheme | None = None,
        confidence: str = "high",
    ) -> None:
        """Write a weight down under its logical name, and its scales with it."""
        beside = tuple(slots)
        group = replace(weight, template=name, shape=shape, dtype=weight.dtype if title == "plain" else None)
        self.logical.append(Logical(group, weight, beside, title, scheme, confidence))
        self.others += (NonParameter(one, Kind.SCALE) for one in beside)

    def _take(self, *groups: TensorGroup) -> None:
        for group in groups:
            self._taken(group).add(group.index)

    def _is_taken(self, group: TensorGroup) -> bool:
        return bool(self._taken(group).meeting(group.index))

    def _left(self, group: TensorGroup) -> Iterator[TensorGroup]:
        """What of a group nothing has claimed."""
        taken = self._taken(group)
        gone = [taken.boxes[place] for place in taken.meeting(group.index)]
        return (replace(group, index=box) for box in minus(group.index, gone))

    def _taken(self, group: TensorGroup) -> Boxes:
        return self.taken.setdefault((group.template, group.dtype, group.shape), Boxes())

    def _doubt(self, cause: Cause, message: str, *groups: TensorGroup, open: int = 0) -> None:
        """One doubt per cause and template: what further pieces add is summed."""
        told = self.doubts.get((cause, groups[0].template), Doubt(cause, message, bytes=0))
        added = total(group.bytes for group in groups)
        self.doubts[cause, groups[0].template] = replace(
            told,
            tensors=told.tensors + sum(group.tensors for group in groups),
            bytes=None if told.bytes is None or added is None else told.bytes + added,
            open=told.open + open,
        )


def candidates(module: Module, beside: Mapping[str, TensorGroup]) -> Iterator[tuple[type[Scheme], Spelling]]:
    """Schemes and spellings whose weight is named and typed like this one, those that explain most neighbours first."""
    found = [
        (scheme, spelling)
        for scheme in SCHEMES
        for spelling in scheme.spellings
        if dict(spelling)["weight"] == module.suffix
        and (module.weight.dtype is None or module.weight.dtype in scheme.packs)
    ]
    return iter(sorted(found, key=lambda pair: -sum(suffix in beside for _, suffix in pair[1])))


def logical_name(module: Module) -> str:
    """The name an architecture gives the weight: `X.qweight` is `X.weight`, `X_blocks` is `X`."""
    return module.stem + (MODULE if module.suffix.startswith(".") else BARE)


def first_name(template: str, group: TensorGroup) -> str:
    """The first of the names a template stands for."""
    literals = template.split("{}")
    numbers = [str(numbers[0]) for numbers in group.index]
    return literals[0] + "".join(number + text for number, text in zip(numbers, literals[1:], strict=False))


def literal(group: TensorGroup) -> TensorGroup:
    """`weight_scale_2` is a word: its number is no index."""
    if group.template.endswith("_scale_{}") and tuple(group.index[-1]) == (2,):
        return replace(group, template=group.template[:-2] + "2", index=group.index[:-1])
    return group
