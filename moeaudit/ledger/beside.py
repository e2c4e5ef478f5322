"""Weight files that the model's own index does not name: a second copy, the only copy of something, or another thing.

Their headers are read before anything is said of them. What the config describes and only they hold is counted; a
second copy never is, and what nothing describes is said and left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from moeaudit.architecture.weights import Weight
from moeaudit.evidence.boxes import Box, common, minus
from moeaudit.evidence.model import Beside, Evidence
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.later import dataclass
from moeaudit.ledger.classify import guess
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.names import Naming, Role, expert_name, module_of
from moeaudit.ledger.pairs import canonical
from moeaudit.text import quoted, several
from moeaudit.vocabulary import Part

Parts = dict[str, list[tuple[Box, Part]]]
"""Which part of the model the weights of a module belong to, by their numbers."""

ALIKE = 50
"""A second copy in another layout is as large as the model to one part in so many."""


@dataclass(frozen=True)
class Adopted:
    """The model's table with what only files beside it hold; how many elements of it came from there; what was said."""

    table: TensorTable
    elements: int = 0
    doubts: tuple[Doubt, ...] = ()


def adopt(
    table: TensorTable,
    beside: Sequence[Beside],
    weights: Iterable[Weight],
    size: int | None,
    config: str = "config.json",
) -> Adopted:
    """Look into every file beside the index. `size`: bytes of the model's own files, None where unknown. `config`: what
    messages call the file that describes the model."""
    if not beside:
        return Adopted(table)
    parts: Parts = {}
    names: set[str] = set()
    for plain in map(canonical, weights):
        parts.setdefault(module_of(plain.name), []).append((plain.index, plain.part))
        names.add(plain.name)
    held = _boxes(table.groups)
    groups, elements, doubts = list(table.groups), 0, []
    for one in (found for found in beside if not found.broken):
        cause, taken = _read(one, held, parts, names, size)
        groups += taken
        elements += sum(group.elements or 0 for group in taken)
        for group in taken:
            held.setdefault(group.template, []).append(group.index)
        doubts.append(_told(cause, one, taken, config))
    return Adopted(replace(table, groups=tuple(groups)), elements, tuple(doubts))


def _read(
    one: Beside, held: Mapping[str, Sequence[Box]], parts: Parts, names: Collection[str], size: int | None
) -> tuple[Cause, list[TensorGroup]]:
    """What a set of files is, and the tensors of it that count."""
    plain = [group.canonical() for group in one.table.groups]
    new = [replace(group, index=box) for group in plain for box in minus(group.index, held.get(group.template, ()))]
    naming = Naming.between((f"{module}.weight" for module in parts), [*held, *(group.template for group in new)])
    modules: dict[str, list[Box]] = {}
    for template, boxes in held.items():
        modules.setdefault(module_of(naming.wanted_name(template)), []).extend(boxes)
    new = [group for group in new if not _stored_otherwise(group, naming, names, modules)]
    if not new:
        return Cause.FILES_SECOND_COPY, []
    asked = [group for group in new if module_of(naming.wanted_name(group.template)) in parts]
    lost = [group for group in asked if group.template in held or not _relaid(group, naming, held, names)]
    if 2 * sum(group.tensors for group in lost) >= sum(group.tensors for group in new):
        of = {part for group in lost for part in _parts(group, naming, parts)}
        return (Cause.FILES_ONLY_COPY if of == {Part.MTP} else Cause.FILES_FORGOTTEN), lost
    whole = one.table.bytes
    if size and whole and ALIKE * abs(whole - size) <= size:
        return Cause.FILES_SECOND_COPY, []
    if all(guess(group.template).part is Part.MTP for group in new):
        return Cause.FILES_ONLY_COPY, []
    return Cause.FILES_SIDECAR, []


def _stored_otherwise(
    group: TensorGroup, naming: Naming, names: Collection[str], modules: Mapping[str, Sequence[Box]]
) -> bool:
    """Whether this is a scale, or a packed weight, of a module that is held already, in all its layers."""
    template = naming.wanted_name(group.template)
    return template not in names and not minus(group.index, modules.get(module_of(template), ()))


def _relaid(group: TensorGroup, naming: Naming, held: Mapping[str, Sequence[Box]], names: Collection[str]) -> bool:
    """Whether these are experts that the model's own files hold in another layout. A name of the config's own that is
    not held beside others of its own is no layout, but lacks."""
    template = naming.wanted_name(group.template)
    name = expert_name(template)
    if name is None:
        return False
    same = [other for other in map(naming.wanted_name, held) if _at(other) == (name.place, name.role)]
    return bool(same) and not (template in names and all(other in names for other in same))


def _at(template: str) -> tuple[str, Role] | None:
    name = expert_name(template)
    return (name.place, name.role) if name is not None else None


def _parts(group: TensorGroup, naming: Naming, parts: Parts) -> set[Part]:
    """The parts of the model that these tensors belong to, by their layers' numbers."""
    known = parts[module_of(naming.wanted_name(group.template))]
    own = {part for box, part in known if box and group.index and common(box[:1], group.index[:1]) is not None}
    return own or {part for _, part in known}


def _told(cause: Cause, one: Beside, taken: Sequence[TensorGroup], config: str) -> Doubt:
    files = f"{quoted(one.files[0])}{f' and {len(one.files) - 1} more' if len(one.files) > 1 else ''}"
    tensors, size = one.table.tensors, one.table.bytes
    held = sum(group.tensors for group in taken)
    elements = sum(group.elements or 0 for group in taken)
    sentence = {
        Cause.FILES_SECOND_COPY: f"{files}, which the index does not name, holds the model a second time",
        Cause.FILES_ONLY_COPY: f"{files} holds the prediction module; the index does not list it"
        + (
            f", and it is counted ({several(held, 'tensor')}, {several(elements, 'element')})"
            if taken
            else "; it is not counted"
        ),
        Cause.FILES_FORGOTTEN: f"{files} holds {several(held, 'tensor')} that {config} describes and the index "
        f"forgets; {'it is' if held == 1 else 'they are'} counted ({several(elements, 'element')})",
        Cause.FILES_SIDECAR: f"{files} holds {several(tensors, 'tensor that is', 'tensors that are')} not of this "
        f"model as {config} describes it; {'it is' if tensors == 1 else 'they are'} not counted",
    }[cause]
    return Doubt(cause, sentence, tensors, size, path="weight_map")


def _boxes(groups: Iterable[TensorGroup]) -> dict[str, list[Box]]:
    found: dict[str, list[Box]] = {}
    for group in groups:
        plain = group.canonical()
        found.setdefault(plain.template, []).append(plain.index)
    return found


def unread(evidence: Evidence) -> Iterator[Doubt]:
    """Files beside the model that could not be read, or were too many to be."""
    for one in evidence.beside:
        if one.broken:
            yield Doubt(Cause.FILES_SIDECAR, f"{quoted(one.files[0])} cannot be read: {one.broken}", path="weight_map")
    if evidence.beside_unread:
        said = several(
            evidence.beside_unread,
            "more weight file that the index does not name was not read",
            "more weight files that the index does not name were not read",
        )
        yield Doubt(Cause.FILES_SIDECAR, said, path="weight_map")
