"""One run of undoing a checkpoint's packing: what has been claimed so far, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from math import prod

from moeaudit.architecture.config import show
from moeaudit.evidence.boxes import Boxes, minus
from moeaudit.evidence.model import Depth
from moeaudit.evidence.tables import TensorGroup, total
from moeaudit.later import dataclass
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.packing.beside import MAYBE_LEARNED
from moeaudit.ledger.packing.modules import Module
from moeaudit.ledger.packing.recipe import Recipe
from moeaudit.ledger.packing.scheme import BARE, MODULE, Scheme, Seen, Shape, Solution, Spelling, solve
from moeaudit.ledger.packing.schemes import SCHEMES
from moeaudit.ledger.packing.schemes.scaled import same
from moeaudit.ledger.packing.unpacked import Logical, NonParameter, Unknown
from moeaudit.vocabulary import Kind

Expected = Callable[[str], Shape | None]
"""The shape that an architecture gives the weight of this canonical template; None: it has no such weight, or gives it
no one shape."""

UNSURE = frozenset({"low"})
"""Confidence that leaves a count open."""


@dataclass
class Run:
    """One run: what has been taken so far, and what came out."""

    recipe: Recipe
    expected: Expected
    taken: dict[tuple[str, str | None, Shape | None], Boxes] = field(default_factory=dict)
    logical: list[Logical] = field(default_factory=list)
    others: list[NonParameter] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    doubts: dict[tuple[Cause, str], Doubt] = field(default_factory=dict)
    _place: dict[TensorGroup, int] = field(default_factory=dict)  # of a weight in `logical`

    def is_expected(self, template: str) -> bool:
        return self.expected(template) is not None

    def module(self, module: Module) -> None:
        """A weight with what stands beside it, by the first scheme that explains it."""
        if self._is_taken(module.weight):
            return
        free = {suffix: group for suffix, group in module.beside.items() if not self._is_taken(group)}
        hint = self.hint(module.stem, module.weight)
        for scheme, spelling in candidates(module, free, hint):
            slots = {slot: free[suffix] for slot, suffix in spelling if slot != "weight" and suffix in free}
            if module.suffix in (MODULE, BARE) and not slots:
                continue
            if module.weight.dtype is None and self._maybe_learned(spelling, slots):
                continue
            if self.try_scheme(module, scheme, spelling, slots, hint):
                return

    def try_scheme(
        self,
        module: Module,
        scheme: type[Scheme],
        spelling: Spelling,
        slots: Mapping[str, TensorGroup],
        hint: Scheme | None,
    ) -> bool:
        """Keep the weight if this scheme explains it; by its names alone where shapes are unknown."""
        name = logical_name(module)
        if module.weight.shape is None or any(group.shape is None for group in slots.values()):
            self._take(module.weight, *slots.values())
            self.keep(name, module.weight, slots.values(), title=scheme.title, confidence="medium")
            return True
        seen = {
            slot: Seen(group.dtype or "", group.shape or ())
            for slot, group in {"weight": module.weight, **slots}.items()
        }
        solution = solve(scheme, seen, spelling, hint, self.expected(name))
        if solution is None:
            return False
        self._take(module.weight, *slots.values())
        confidence = self._check(module, seen, solution)
        self._compare(module, seen, solution, hint)
        self.keep(
            name,
            module.weight,
            slots.values(),
            shape=solution.shape,
            title=scheme.title,
            scheme=solution.scheme,
            confidence=confidence,
        )
        return True

    def try_alone(self, module: Module, scheme: Scheme, expected: Shape | None) -> bool:
        """Keep a weight whose scales are missing, read as this scheme stores it: in a config's scheme, or in any that
        gives the shape that is expected."""
        seen = {"weight": Seen(module.weight.dtype or "", module.weight.shape or ())}
        hinted = self.hint(module.stem, module.weight) == scheme
        solution = solve(type(scheme), seen, scheme.spelling or scheme.spellings[0], scheme, expected)
        if solution is None or not (hinted or (solution.confidence == "high" and solution.shape == expected)):
            return False
        confidence = self._check(module, seen, solution)
        self.keep(
            logical_name(module),
            module.weight,
            shape=solution.shape,
            title=scheme.title,
            scheme=solution.scheme,
            confidence=confidence,
        )
        return True

    def hint(self, stem: str, group: TensorGroup) -> Scheme | None:
        """What the config says of this module."""
        return self.recipe.hint(first_name(stem, group))

    def _maybe_learned(self, spelling: Spelling, slots: Mapping[str, TensorGroup]) -> bool:
        """Names alone do not tell a scale from a learned one."""
        return self.recipe.method == "none" and MAYBE_LEARNED.issuperset(
            suffix for slot, suffix in spelling if slot in slots
        )

    def _check(self, module: Module, seen: Mapping[str, Seen], solution: Solution) -> str:
        """Go forwards again: whatever is not as the scheme would store it is a doubt. Returns the confidence."""
        weight, scheme = module.weight, solution.scheme
        name, elements = show(weight.template), weight.tensors * prod(solution.shape)
        confidence = solution.confidence
        missing = sorted(scheme.needs - seen.keys())
        if missing:
            said = f"{name} is stored by {scheme.title} without its {' and '.join(missing)}"
            left = 0 if confidence == "high" or (scheme.certain and confidence not in UNSURE) else elements
            self.doubt(Cause.PACKING_SCALES_MISSING, said, weight, open=left)
        slots = scheme.slots(solution.shape) if len(solution.shape) > 1 or len(weight.shape or ()) < 2 else ()
        for slot in slots:
            there = seen.get(slot.name)
            if there is not None and slot.checked and not same(slot.shape, there.shape):
                left = 0 if scheme.certain else elements
                confidence = confidence if scheme.certain else "low"
                self.doubt(
                    Cause.PACKING_SHAPES_DISAGREE,
                    f"{name}: {slot.name} has the shape {list(there.shape)}, {scheme.title} "
                    f"would store {list(slot.shape)} for a weight of {list(solution.shape)}",
                    weight,
                    open=left,
                )
        if solution.note and not missing:
            left = elements if confidence in UNSURE else 0
            self.doubt(Cause.PACKING_ASSUMED, f"{name}: {solution.note}", weight, open=left)
        return confidence

    def _compare(self, module: Module, seen: Mapping[str, Seen], solution: Solution, hint: Scheme | None) -> None:
        """Packed in another way than the config says: what is stored is read, and this is said."""
        stored = solution.scheme
        if hint is None or len(solution.shape) < 2 or not differs(hint, solution, seen):
            return
        if any(notice.rule == "quantization-overrides" for notice in self.recipe.notices):
            return  # the config sets modules apart in ways that are not followed
        claimed, derived = (
            (hint.width(), stored.width()) if type(hint) is type(stored) else (hint.describe(), stored.describe())
        )
        said = f"{show(module.weight.template)} is stored at {derived}; {self.recipe.stated_in} says {claimed}"
        self.doubt(Cause.PACKING_MISDECLARED, said, module.weight, claimed=claimed, derived=derived)

    def keep(
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
        self._place[weight] = len(self.logical)
        self.logical.append(Logical(group, weight, beside, title, scheme, confidence))
        self.others += (NonParameter(one, Kind.SCALE) for one in beside)

    def replace(self, old: Logical, new: Logical) -> None:
        """Write a weight down anew, with more beside it."""
        self.logical[self._place[old.weight]] = new

    def left(self, group: TensorGroup) -> Iterator[TensorGroup]:
        """What of a group nothing has claimed."""
        taken = self._taken(group)
        gone = [taken.boxes[place] for place in taken.meeting(group.index)]
        return (replace(group, index=box) for box in minus(group.index, gone))

    def doubt(
        self,
        cause: Cause,
        message: str,
        *groups: TensorGroup,
        open: int = 0,
        claimed: str = "",
        derived: str = "",
    ) -> None:
        """One doubt per cause and template: what further pieces add is summed."""
        key = (cause, groups[0].template)
        told = self.doubts.get(key, Doubt(cause, message, bytes=0, claimed=claimed, derived=derived))
        added = total(group.bytes for group in groups)
        unseen = any(group.shape is None for group in groups)
        self.doubts[key] = replace(
            told,
            settled_by=Depth.HEADERS if unseen else told.settled_by,
            tensors=told.tensors + sum(group.tensors for group in groups),
            bytes=None if told.bytes is None or added is None else told.bytes + added,
            open=told.open + open,
        )

    def _take(self, *groups: TensorGroup) -> None:
        for group in groups:
            self._taken(group).add(group.index)

    def _is_taken(self, group: TensorGroup) -> bool:
        return bool(self._taken(group).meeting(group.index))

    def _taken(self, group: TensorGroup) -> Boxes:
        return self.taken.setdefault((group.template, group.dtype, group.shape), Boxes())


def candidates(
    module: Module, beside: Mapping[str, TensorGroup], hint: Scheme | None
) -> Sequence[tuple[type[Scheme], Spelling]]:
    """Schemes and spellings whose weight is named and typed like this one: those that explain most neighbours first,
    of these, where no type tells, the one that the config names."""
    found = [
        (scheme, spelling)
        for scheme in SCHEMES
        for spelling in scheme.spellings
        if dict(spelling)["weight"] == module.suffix
        and (module.weight.dtype is None or module.weight.dtype in scheme.packs)
    ]
    return sorted(
        found,
        key=lambda pair: (
            -sum(suffix in beside for _, suffix in pair[1]),
            module.weight.dtype is None and not isinstance(hint, pair[0]),
        ),
    )


def differs(hint: Scheme, solution: Solution, seen: Mapping[str, Seen]) -> bool:
    """Whether the config's scheme would store this weight otherwise."""
    stored = solution.scheme
    if type(hint) is not type(stored):
        return hint.describe() != stored.describe()
    if hint.describe() == stored.describe():
        return False
    return not hint.fits(solution.shape) or any(
        slot.name in ("weight", "scale") and slot.name in seen and not same(slot.shape, seen[slot.name].shape)
        for slot in replace(hint, spelling=stored.spelling).slots(solution.shape)
    )


def logical_name(module: Module) -> str:
    """The name an architecture gives the weight: `X.qweight` is `X.weight`, `X_blocks` is `X`."""
    return module.stem + (MODULE if module.suffix.startswith(".") else BARE)


def first_name(template: str, group: TensorGroup) -> str:
    """The first of the names a template stands for."""
    literals = template.split("{}")
    numbers = [str(numbers[0]) for numbers in group.index]
    return literals[0] + "".join(number + text for number, text in zip(numbers, literals[1:], strict=False))
