"""Configs whose layers differ: a list where a family reads one number, or one object for each layer (`block_configs`).

Every layer is taken from the description of the config as that layer sees it, with its own numbers in the fields. So a
family reads plain fields, and lists work in all of them. A family that reads a list itself is not disturbed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from moeaudit.architecture.blocks import Block
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.aliases import section_at
from moeaudit.architecture.field_names import EXPERTS, FIELDS, SELECTED, WIDTHS
from moeaudit.architecture.model import Architecture, Piece, Stack
from moeaudit.architecture.unknown import flattened, layer_objects, unread_objects
from moeaudit.errors import UsageError
from moeaudit.later import dataclass
from moeaudit.limits import LAYERS, LISTS_BY_LAYER, UNLIKE_LAYERS
from moeaudit.vocabulary import Part

Read = Callable[[Config], Architecture]
Fields = tuple[tuple[str, Any], ...]
"""(dotted path, number) of every field in which a layer is on its own."""

OF_EXPERTS = frozenset((*FIELDS["experts"], *FIELDS["selected"]))
"""Fields that mean nothing in a layer without experts."""

READ_AS = {"experts": EXPERTS, "selected": SELECTED, "width": ("moe_intermediate_size",)}
"""The names under which families read what an object of a layer states under any."""


def layer_by_layer(config: Config, read: Read) -> Architecture:
    """What `read` makes of the config, each layer with its own numbers where the config has some."""
    config = unrolled(config)
    lists: dict[str, Sequence[int | None]] = {}
    refused: dict[str | None, UsageError] = {}
    while True:
        usual = tuple((path, max(number for number in each if number)) for path, each in lists.items())
        whole = Whole(config, read, usual)
        try:
            base = whole.base
        except UsageError as error:
            path = error.place.path if error.place else None
            if path in refused:  # one number there is no better: the family wants something else
                raise refused[path] from None
            values = numbers_at(config.data, path)
            if path is None or values is None or len(lists) == LISTS_BY_LAYER:
                raise
            lists[path], refused[path] = values, error
            continue
        return whole.of_layers(lists) if lists else base


def numbers_at(data: Mapping[str, Any], path: str | None) -> Sequence[int | None] | None:
    """The list of numbers in a field, None for an entry that is null; None where no such list stands there."""
    value: Any = data
    for name in (path or "").split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(value, list) or len(value) > 2 * LAYERS or not any(value):
        return None
    plain = all(item is None or (isinstance(item, int) and not isinstance(item, bool) and item >= 0) for item in value)
    return value if plain else None


@dataclass(frozen=True)
class Whole:
    """The config read with one number in every field that has a list: `usual`, the greatest of each."""

    config: Config
    read: Read
    usual: Fields

    @cached_property
    def base(self) -> Architecture:
        return self.described(self.usual)

    def described(self, own: Fields) -> Architecture:
        """The config as one layer sees it. A list that stands under several names is replaced under all of them."""
        data = self.config.data
        everywhere = tuple((other, value) for path, value in own for other in (path, *aliases_of(data, path)))
        return self.read(replace(self.config, data=with_fields(data, everywhere)) if own else self.config)

    @cached_property
    def stack(self) -> Stack:
        """The decoder. UsageError where there are several stacks, whose layers a list cannot mean all."""
        stacks = self.base.stacks()
        if len(stacks) != 1:
            names = [path for path, _ in self.usual]
            raise self.config.contradiction(f"{len(stacks)} stacks of layers, and one list for them", *names)
        return stacks[0]

    @cached_property
    def sparse(self) -> tuple[bool, ...]:
        return tuple(has_experts(layer) for layer in self.stack.layers)

    def of_layers(self, lists: Mapping[str, Sequence[int | None]]) -> Architecture:
        """Each layer from the description with its own numbers, prediction modules from that of the last layer."""
        each = {path: self.spread(path, values) for path, values in lists.items()}
        owns = [self.own(each, number) for number in range(len(self.sparse))]
        if len(set(owns)) * len(owns) > UNLIKE_LAYERS:
            raise self.config.contradiction(
                f"{len(set(owns))} different layers of {len(owns)}: {UNLIKE_LAYERS.words()}", *lists
            )
        described = {own: self.described(own) for own in dict.fromkeys(owns)}
        layers = [self.layer(described[own], number) for number, own in enumerate(owns)]
        last = described[owns[-1]]
        pieces = tuple(self.piece(piece, last, at, layers) for at, piece in enumerate(self.base.pieces))
        return replace(self.base, pieces=pieces)

    def spread(self, path: str, values: Sequence[int | None]) -> Sequence[int | None]:
        """One value for each layer; a list as long as the layers with experts is spread over those."""
        if len(values) == 1:
            return tuple(values) * len(self.sparse)
        if len(values) < len(self.sparse) and len(values) == sum(self.sparse):
            rest = iter(values)
            return [next(rest) if sparse else None for sparse in self.sparse]
        *sections, name = path.split(".")
        section = self.config
        for step in sections:
            section = section.section(step)
        return section.each_layer(len(self.sparse), name, values)

    def own(self, each: Mapping[str, Sequence[int | None]], number: int) -> Fields:
        """The numbers of one layer; the usual one where a list has none, or where it is about experts and the layer has
        none."""
        own = []
        for path, usual in self.usual:
            value, about_experts = each[path][number], path.rpartition(".")[2] in OF_EXPERTS
            idle = value is None or (not self.sparse[number] and (about_experts or value == 0))
            own.append((path, usual if idle or value is None else value))
        return tuple(own)

    def layer(self, described: Architecture, number: int) -> Block:
        stacks = described.stacks()
        if len(stacks) != 1 or len(stacks[0].layers) != len(self.sparse):
            raise self.config.contradiction("a list changes the number of layers", *(path for path, _ in self.usual))
        return stacks[0].layers[number]

    def piece(self, piece: Piece, last: Architecture, at: int, layers: Sequence[Block]) -> Piece:
        if piece is self.stack:
            return replace(self.stack, layers=tuple(layers))
        if isinstance(piece, Stack) and piece.part is Part.MTP:
            return last.pieces[at]
        return piece


def has_experts(layer: Block) -> bool:
    """Whether a block inside chooses among experts; every lineage's blocks call their number `experts`."""
    return any(getattr(block, "experts", 0) for block in layer.walk())


def aliases_of(data: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """The paths beside this one where the same list stands under another name for the same fact."""
    level, dot, name = path.rpartition(".")
    section = section_at(data, level)
    group = next((names for names in FIELDS.values() if name in names), ())
    return tuple(f"{level}{dot}{other}" for other in group if other != name and section.get(other) == section[name])


def with_fields(data: Mapping[str, Any], fields: Fields) -> Mapping[str, Any]:
    """A copy of the data with dotted paths set."""
    changed: dict[str, Any] = dict(data)
    for path, value in fields:
        *sections, name = path.split(".")
        section = changed
        for step in sections:
            section[step] = dict(section[step])
            section = section[step]
        section[name] = value
    return changed


def unrolled(config: Config) -> Config:
    """The config with a list in every field that the objects of its layers state, so that it reads like other lists.

    UsageError where an object leaves a part of its layer out: what is left is not described."""
    path, objects = layer_objects(config.data)
    if not objects:
        if strange := unread_objects(config.data):
            raise config.contradiction(f"{strange} holds no object for each layer", strange)
        return config
    leaves = [flattened(one) for one in objects]
    for number, leaf in enumerate(leaves):
        if leaf.get("no_op") is True or leaf.get("replace_with_linear") is True:
            raise config.contradiction(
                f"layer {number} of {path} leaves out a part of its layer; that is not read", path
            )
    level = path.rpartition(".")[0]
    section = section_at(config.data, level)
    names = dict.fromkeys(name for leaf in leaves for name in leaf)
    lists: dict[str, list[Any]] = {name: [leaf.get(name, section.get(name)) for leaf in leaves] for name in names}
    for fact, known in READ_AS.items():
        stated = [_first(leaf, FIELDS[fact]) or _width(leaf, fact) for leaf in leaves]
        usual = _first(section, FIELDS[fact])
        lists |= {name: [number or usual for number in stated] for name in known} if any(stated) else {}
    fields = {name: values for name, values in lists.items() if _kind(values) in (int, str)}
    own = tuple((f"{level}.{name}" if level else name, values) for name, values in fields.items())
    return replace(config, data=with_fields(config.data, own))


def _first(leaf: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((leaf[name] for name in names if leaf.get(name)), None)


def _width(leaf: Mapping[str, Any], fact: str) -> Any:
    """The width of the feed-forward is the experts' where an object states experts and no width of theirs."""
    return _first(leaf, WIDTHS) if fact == "width" and _first(leaf, FIELDS["experts"]) else None


def _kind(values: Sequence[Any]) -> type | None:
    """The one type of a list's values, null apart; None where there are several."""
    kinds = {type(value) for value in values if value is not None}
    return kinds.pop() if len(kinds) == 1 else None
