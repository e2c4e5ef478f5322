"""The logical weights behind a table of stored tensors: names without packing suffixes, shapes in parameters, every
tensor once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from moeaudit.architecture.config import Notice, show
from moeaudit.errors import UsageError
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.packing.methods import recipe
from moeaudit.ledger.packing.modules import Box, Module, ending, find_modules, intersection, suffixes, without
from moeaudit.ledger.packing.recipe import Recipe
from moeaudit.ledger.packing.scheme import BARE, MODULE, Scheme, Seen, Shape, Solution, Spelling
from moeaudit.ledger.packing.schemes import SCHEMES
from moeaudit.ledger.packing.schemes.scaled import FLOAT8, same
from moeaudit.vocabulary import Kind

INTEGERS = frozenset({"I64", "I32", "I16", "U64", "U32", "U16", "BOOL"})
BYTES = frozenset({"I8", "U8"})

BUFFERS = re.compile(
    r"(^|[._])(inv_freq|num_batches_tracked|masked_bias|position_ids|slope_rate|cos_cached|sin_cached)$"
)
"""Tensors that code derives or counts, never learns."""

CACHE_SCALES = re.compile(r"\.(k|v|q|kv|prob|attn|output)_(scale|zero_point)$")
"""Scales of a quantised cache or of outputs: they stand alone."""

NO_SLOTS: Mapping[str, TensorGroup] = {}

MAYBE_LEARNED = frozenset({".scale", ".scales", ".biases", "_scale", "_scales"})
"""Suffixes that some architectures use for learned weights: scales only where a packed weight stands beside."""


@dataclass(frozen=True, slots=True)
class Logical:
    """Equal weights as a model has them. `group` is named and shaped as the architecture does; its shape is None where
    only an index names the tensors, its type None where the weights are packed (a byte that holds two values is no U8).
    `stored` are the types in the file, the weights' own first. `bytes` are those of the weights' own tensors: scales
    are non-parameters.
    """

    group: TensorGroup
    stored: tuple[str, ...]
    bytes: int | None
    scheme: str = "plain"
    confidence: str = "high"

    @property
    def elements(self) -> int | None:
        """Logical parameters of all tensors together."""
        return self.group.elements


@dataclass(frozen=True, slots=True)
class NonParameter:
    """Equal stored tensors that are no parameters."""

    group: TensorGroup
    kind: Kind


@dataclass(frozen=True)
class Unpacked:
    """A checkpoint understood: every stored tensor is in exactly one place."""

    logical: tuple[Logical, ...]
    non_parameters: tuple[NonParameter, ...]
    findings: tuple[Notice, ...] = ()

    @property
    def parameters(self) -> int | None:
        """Logical parameters; None where shapes are unknown."""
        return _sum([one.elements for one in self.logical])

    def elements_of(self, kind: Kind) -> int:
        """Stored elements of one kind of non-parameter."""
        return sum(one.group.elements or 0 for one in self.non_parameters if one.kind is kind)

    def bytes_of(self, kind: Kind) -> int:
        return sum(one.group.bytes or 0 for one in self.non_parameters if one.kind is kind)


def unpack(
    table: TensorTable,
    config: Mapping[str, Any] | None = None,
    quant_config: Mapping[str, Any] | None = None,
    *,
    shape_of: Callable[[str], Shape | None] | None = None,
) -> Unpacked:
    """Undo the packing of a checkpoint's tensors by their names, types and shapes; the config only settles what these
    leave open.

    `shape_of`: the shape an architecture expects of a name, for formats that store weights flattened.
    """
    made = recipe(config or {}, quant_config)
    unknown = next((group for group in table.groups if group.dtype is not None and group.dtype not in DTYPE_BITS), None)
    if unknown is not None:
        raise UsageError(
            f"{show(unknown.dtype)}, the type of {show(unknown.template)}, is not a safetensors type",
            hint="The header is broken, or newer than this program.",
        )
    return _Unpacking(made, shape_of).run([literal(group.canonical()) for group in table.groups if group.tensors])


@dataclass
class _Unpacking:
    """One run: what has been taken so far, and what came out."""

    recipe: Recipe
    shape_of: Callable[[str], Shape | None] | None
    taken: dict[TensorGroup, list[Box]] = field(default_factory=dict)
    logical: list[Logical] = field(default_factory=list)
    others: list[NonParameter] = field(default_factory=list)
    findings: list[Notice] = field(default_factory=list)
    owner: dict[tuple[str, str | None, Shape | None], list[TensorGroup]] = field(default_factory=dict)

    def run(self, groups: list[TensorGroup]) -> Unpacked:
        for group in groups:
            self.owner.setdefault((group.template, group.dtype, group.shape), []).append(group)
        for module in find_modules(groups):
            self._module(module)
        for group in groups:
            for left in without(group, self.taken.get(group, [])):
                self._alone(left)
        return Unpacked(tuple(self.logical), tuple(self.others), (*self.recipe.notices, *self.findings))

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
                self._take(module, slots.values())
                self._keep(logical_name(module), module.weight, slots, title=scheme.title)
                return
            seen = {
                slot: Seen(group.dtype or "", group.shape or ())
                for slot, group in {"weight": module.weight, **slots}.items()
            }
            solution = scheme.solve(seen, spelling, hint)
            if solution is not None and 0 not in solution.shape:
                self._take(module, slots.values())
                confidence = self._check(module, seen, solution)
                shape = self._shape(module, solution)
                self._keep(
                    logical_name(module), module.weight, slots, shape=shape, title=scheme.title, confidence=confidence
                )
                return

    def _check(self, module: Module, seen: Mapping[str, Seen], solution: Solution) -> str:
        """Go forwards again: whatever is not as the scheme would store it is a finding. Returns the confidence."""
        name, confidence = module.weight.template, solution.confidence
        missing = sorted(solution.scheme.needs - seen.keys())
        if missing:
            self._find(
                "packing-scales-missing",
                f"{show(name)} is stored by {solution.scheme.title} without its {' and '.join(missing)}",
                name,
            )
        for slot in solution.scheme.slots(solution.shape):
            there = seen.get(slot.name)
            if there is not None and slot.checked and not same(slot.shape, there.shape):
                confidence = "low"
                self._find(
                    "packing-shapes-disagree",
                    f"{show(name)}: {slot.name} has the shape {list(there.shape)}, {solution.scheme.title} "
                    f"would store {list(slot.shape)} for a weight of {list(solution.shape)}",
                    name,
                )
        if confidence != "high" and solution.note and not missing:
            self._find("packing-assumed", f"{show(name)}: {solution.note}", name)
        return confidence

    def _shape(self, module: Module, solution: Solution) -> Shape:
        """The weight's shape; a flattened one gets the shape the architecture expects, where the elements agree."""
        if len(solution.shape) == 1 and self.shape_of is not None:
            expected = self.shape_of(first_name(logical_name(module), module.weight))
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
            self._find("packing-orphan", f"{show(name)} is a scale, but the weight it belongs to is not there", name)
        elif packed := [suffix for suffix in ending(name, suffixes()[0]) if suffix not in (MODULE, BARE)]:
            self._unreadable(group, name.removesuffix(packed[0]) + (MODULE if packed[0].startswith(".") else BARE))
        elif dtype in BYTES and name.endswith(MODULE):
            self._bytes_alone(group)
        elif dtype in INTEGERS or dtype in BYTES:
            if name.endswith(MODULE) and dtype in ("I32", "U32") and len(group.shape or ()) > 1:
                self._unreadable(group, name)
            else:
                self.others.append(NonParameter(group, Kind.INTEGER_TABLE))
        else:
            if dtype in FLOAT8 and self.recipe.method != "none":
                self._find("packing-scales-missing", f"{show(name)} is stored as {dtype} without a scale", name)
            self._keep(name, group, shape=group.shape)

    def _bytes_alone(self, group: TensorGroup) -> None:
        """Bytes with no scales: as the config says, else one parameter each, and said so."""
        module = Module(group.template.removesuffix(MODULE), MODULE, group, {})
        hint = self.recipe.hint(first_name(module.stem, group))
        seen = {"weight": Seen(group.dtype or "", group.shape or ())}
        if hint is not None and group.dtype in hint.packs:
            solution = hint.solve(seen, hint.spelling or hint.spellings[0], hint)
            if solution is not None and 0 not in solution.shape:
                confidence = self._check(module, seen, solution)
                self._keep(group.template, group, shape=solution.shape, title=hint.title, confidence=confidence)
                return
        self._unreadable(group, group.template)

    def _unreadable(self, group: TensorGroup, name: str) -> None:
        self._find(
            "packing-unreadable",
            f"{show(group.template)} is packed in a way that cannot be undone from what is stored; its "
            f"{group.dtype or 'unknown'} elements are counted as they are",
            group.template,
        )
        self._keep(name, group, shape=group.shape, title="unknown", confidence="low")

    def _keep(
        self,
        name: str,
        weight: TensorGroup,
        slots: Mapping[str, TensorGroup] = NO_SLOTS,
        *,
        shape: Shape | None = None,
        title: str = "plain",
        confidence: str = "high",
    ) -> None:
        """Write a weight down under its logical name, and its scales with it."""
        stored = tuple(dict.fromkeys(one.dtype for one in (weight, *slots.values()) if one.dtype is not None))
        dtype = weight.dtype if title == "plain" else None
        group = unstacked(replace(weight, template=name, shape=shape, dtype=dtype))
        self.logical.append(Logical(group, stored, weight.bytes, title, confidence))
        self.others += (NonParameter(one, Kind.SCALE) for one in slots.values())

    def _take(self, module: Module, slots: Iterable[TensorGroup]) -> None:
        for group in (module.weight, *slots):
            for whole in self._wholes(group):
                common = intersection(whole.index, group.index)
                if common is not None:
                    self.taken.setdefault(whole, []).append(common)

    def _is_taken(self, group: TensorGroup) -> bool:
        return any(
            intersection(box, group.index) is not None
            for whole in self._wholes(group)
            for box in self.taken.get(whole, ())
        )

    def _wholes(self, group: TensorGroup) -> list[TensorGroup]:
        """The groups of the table that this piece came from."""
        return self.owner.get((group.template, group.dtype, group.shape), [])

    def _find(self, rule: str, message: str, template: str) -> None:
        self.findings.append(Notice(rule, message, template))


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


def unstacked(group: TensorGroup) -> TensorGroup:
    """mlx-lm's `switch_mlp` stacks what architectures number as experts."""
    if ".switch_mlp." not in group.template or not group.shape or len(group.shape) < 3:
        return group
    return replace(
        group,
        template=group.template.replace(".switch_mlp.", ".experts.{}."),
        index=(*group.index, range(group.shape[0])),
        shape=group.shape[1:],
    )


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
