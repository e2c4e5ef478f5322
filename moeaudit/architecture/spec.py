"""Architecture specs, `*.moe.yaml`: the same blocks that families make from a config.json, written down by hand.

    schema: moeaudit/architecture/v1
    family: Example
    pieces:
      - prefix: embed
        block: {kind: embedding, vocabulary: 32000, hidden: 1024}
      - prefix: layers.{}
        layers:
          - times: 12
            pattern: [{kind: module, parts: {...}}, ...]

A block is a mapping with its `kind` and its fields; fields left out have their defaults. A layer group repeats `layer`,
or the blocks of `pattern` in turn, `times` times. Any mapping may say its `source`. Repetition inside a file is written
with YAML's own anchors.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from typing import Any

from moeaudit.architecture.blocks import Block, Experts
from moeaudit.architecture.config import show
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.spec_kinds import KINDS, kind_of
from moeaudit.architecture.spec_values import (
    Path,
    Spot,
    mapping,
    one_of,
    read_fields,
    sequence,
    tensor_text,
    unknown_keys,
    whole,
    words,
    write_value,
)
from moeaudit.evidence.yaml_text import Node, plain_number, read_yaml
from moeaudit.later import expression
from moeaudit.limits import LAYERS

SCHEMA = "moeaudit/architecture/v1"
FIELDS = ("family", "model_type", "tied", "context_length", "hidden", "vocabulary", "declared_mtp", "notes")
BESIDES = ("schema", "id", "published", "pieces")
PUBLISHED = ("denominator", "value")
FIGURE = expression(r"~?[0-9][0-9.,]{0,30} ?[KMBT]?", re.ASCII)
"""A figure as its source prints it."""

HOLDS = "holds"
"""What a tensor's own field `kind` (parameter, buffers, integer_tables) is called, since `kind` names the block."""


def read_spec(text: str, file: str, denominators: Collection[str] = ()) -> Architecture:
    """The architecture a spec file describes. UsageError, with file, line and path, where it cannot be read.
    `denominators`: those that `published` may name, any where none are given."""
    root = read_yaml(text, file)
    return SpecReader(Spot(file, lambda path: line_of(root, path)), denominators).architecture(_shared(root, {}))


def _shared(node: Node, known: dict[int, Any]) -> Any:
    """The values without positions; what an anchor shares is one value."""
    if id(node) not in known:
        content = node.content
        if isinstance(content, dict):
            known[id(node)] = {key: _shared(item, known) for key, item in content.items()}
        elif isinstance(content, list):
            known[id(node)] = [_shared(item, known) for item in content]
        else:
            known[id(node)] = plain_number(content)
    return known[id(node)]


class SpecReader:
    """Reads one file. Blocks that anchors share are read once."""

    def __init__(self, top: Spot, denominators: Collection[str] = ()) -> None:
        self.top, self.denominators = top, denominators
        self.known: dict[int, Block] = {}  # by the identity of the mapping
        self.layers = 0

    def architecture(self, data: object) -> Architecture:
        given = mapping(data, self.top)
        one_of(given.get("schema"), {SCHEMA: SCHEMA}, self.top.at("schema"))
        unknown_keys(given, (*FIELDS, *BESIDES), self.top)
        if given.get("pieces", []) == []:
            raise self.top.error("pieces are missing", "Write down the embedding, the layers and the head.")
        own = {name: value for name, value in given.items() if name in FIELDS and name != "notes"}
        read = read_fields(
            Architecture, {"model_type": "spec", **own}, self.top, self.nested, besides=("pieces", "notes")
        )
        if "id" in given:
            words(given["id"], self.top.at("id"))
        self.published(given.get("published", ()), self.top.at("published"))
        spot = self.top.at("notes")
        notes = tuple(
            words(note, spot.at(number)) for number, note in enumerate(sequence(given.get("notes", ()), spot))
        )
        pieces = tuple(
            self.piece(item, self.top.at("pieces", number))
            for number, item in enumerate(sequence(given["pieces"], self.top.at("pieces")))
        )
        found = Architecture(**read, pieces=pieces, notes=notes)
        self.check(found)
        return found

    def published(self, value: object, spot: Spot) -> None:
        """The figures that its authors print, for whoever holds the file against them."""
        for number, item in enumerate(sequence(value, spot)):
            at = spot.at(number)
            given = mapping(item, at)
            unknown_keys(given, PUBLISHED, at)
            missing = [name for name in PUBLISHED if name not in given]
            if missing:
                raise at.error(f"{' and '.join(missing)} missing", "A published figure names what it counts.")
            if self.denominators:
                one_of(given["denominator"], {name: name for name in self.denominators}, at.at("denominator"))
            else:
                words(given["denominator"], at.at("denominator"))
            figure = given["value"]
            if isinstance(figure, bool) or FIGURE.fullmatch(str(figure)) is None:
                raise at.at("value").error(f"{show(figure)} where a figure such as 1.2T is expected")

    def piece(self, value: object, spot: Spot) -> Piece:
        given = mapping(value, spot)
        if ("block" in given) == ("layers" in given):
            raise spot.error("a piece has either a block or layers")
        if "block" in given:
            return Single(**read_fields(Single, given, spot, self.nested))
        fields_given = {name: item for name, item in given.items() if name != "layers"}
        read = read_fields(Stack, fields_given, spot, self.nested, besides=("layers",))
        if read["prefix"].count("{}") != 1:
            raise spot.at("prefix").error("the prefix of a stack holds one {}, the layer's number")
        groups = [
            self.group(item, spot.at("layers", number))
            for number, item in enumerate(sequence(given["layers"], spot.at("layers")))
        ]
        layers = tuple(layer for group in groups for layer in group)
        if not 1 <= len(layers) <= LAYERS:
            raise spot.at("layers").error(f"{len(layers)} layers, expected 1 to {LAYERS}")
        self.layers += len(layers)
        if self.layers > LAYERS:
            raise spot.at("layers").error(f"the pieces have {self.layers} layers up to here, {LAYERS} are read")
        if read.get("passes") and len(read["passes"]) != len(layers):
            raise spot.at("passes").error(f"{len(read['passes'])} numbers of passes for {len(layers)} layers")
        if read.get("tails") and len(read["tails"]) != len(layers):
            raise spot.at("tails").error(f"{len(read['tails'])} tails for {len(layers)} layers")
        if len({*read.get("tails", ())} - {0}) > 1:
            raise spot.at("tails").error("a prompt has one end: 0, and one other number of tokens")
        return Stack(**read, layers=layers)

    def group(self, value: object, spot: Spot) -> tuple[Block, ...]:
        """The layers of one group, in order."""
        given = mapping(value, spot)
        unknown_keys(given, ("times", "layer", "pattern"), spot)
        if ("layer" in given) == ("pattern" in given):
            raise spot.error("a layer group has either a layer or a pattern of layers")
        times = whole(given.get("times", 1), spot.at("times"), 1)
        blocks = (
            [self.block(given["layer"], spot.at("layer"))]
            if "layer" in given
            else [
                self.block(item, spot.at("pattern", number))
                for number, item in enumerate(sequence(given["pattern"], spot.at("pattern")))
            ]
        )
        if not blocks:
            raise spot.at("pattern").error("a pattern holds at least one layer")
        if times * len(blocks) > LAYERS:
            raise spot.error(f"{times * len(blocks)} layers, expected at most {LAYERS}")
        return tuple(blocks) * times

    def nested(self, hint: Any, value: Any, spot: Spot) -> Any:
        """A block, or the named parts of a module."""
        if isinstance(hint, type) and issubclass(hint, Block):
            return self.block(value, spot)
        pairs = (
            value.items()
            if isinstance(value, Mapping)
            else [
                pair
                for number, item in enumerate(sequence(value, spot))
                for pair in mapping(item, spot.at(number)).items()
            ]
        )
        return tuple((tensor_text(name, spot), self.block(item, spot.at(str(name)))) for name, item in pairs)

    def block(self, value: object, spot: Spot) -> Block:
        """The block of a mapping; the same mapping, met again through an anchor, is the same block."""
        given = mapping(value, spot)
        if id(value) not in self.known:
            self.known[id(value)] = self.fresh(given, spot)
        return self.known[id(value)]

    def fresh(self, given: Mapping[Any, Any], spot: Spot) -> Block:
        kind = KINDS[one_of(given.get("kind"), {name: name for name in KINDS}, spot.at("kind"))]
        own = {"kind" if name == HOLDS else name: item for name, item in given.items() if name != "kind"}
        found = kind(**read_fields(kind, own, spot, self.nested))
        if isinstance(found, Experts) and found.selected > found.experts:
            raise spot.error(f"{found.selected} experts per token, but only {found.experts} experts")
        return found

    def check(self, architecture: Architecture) -> None:
        """Every tensor has one name: as many `{}` as numbers, and no name twice. Tails are of a decoder alone."""
        stacks = architecture.stacks()
        if any(stack.side for stack in stacks) and any(tail for stack in stacks for tail in stack.tails):
            message = "tails beside an encoder, which a prompt runs through as a whole"
            raise self.top.at("pieces").error(message, "Leave tails out, or the role encoder.")
        seen = set()
        for weight in architecture.weights:
            if weight.name.count("{}") != len(weight.index):
                message = (
                    f"{weight.name} has {weight.name.count('{}')} numbers to fill in and {len(weight.index)} given"
                )
                raise self.top.at("pieces").error(message)
            if (weight.name, weight.index) in seen:
                raise self.top.at("pieces").error(
                    f"tensor {weight.name} is described twice", "Give one of its blocks another name."
                )
            seen.add((weight.name, weight.index))


def line_of(node: Node, path: Path) -> int | None:
    """The line a path stands at, or that of the deepest part of it that exists."""
    line = node.place.line
    for step in path:
        if isinstance(node.content, dict):
            if str(step) not in node.content:
                break
            line, node = (node.keys or {})[str(step)].line, node.content[str(step)]
        elif isinstance(node.content, list) and isinstance(step, int) and step < len(node.content):
            node = node.content[step]
            line = node.place.line
    return line


def write_spec(architecture: Architecture) -> str:
    """The spec file of an architecture. Reading it back gives an equal one."""
    written: dict[Block, dict[str, Any]] = {}

    def nested(block: Any) -> dict[str, Any]:
        if block not in written:
            own = {
                HOLDS if name == "kind" else name: write_value(value, nested) for name, value in block.spec().items()
            }
            written[block] = {"kind": kind_of(type(block))} | own
        return written[block]

    own = {name: getattr(architecture, name) for name in FIELDS}
    data = {"schema": SCHEMA} | {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in own.items()
        if value not in (None, (), False)
    }
    data["pieces"] = [write_piece(piece, nested) for piece in architecture.pieces]
    import yaml

    return yaml.safe_dump(data, sort_keys=False, width=120, allow_unicode=True)


def write_piece(piece: Piece, nested: Any) -> dict[str, Any]:
    plain = {
        f.name: write_value(getattr(piece, f.name), nested)
        for f in fields(piece)
        if f.name not in ("block", "layers") and getattr(piece, f.name) != f.default
    }
    if isinstance(piece, Single):
        return plain | {"block": nested(piece.block)}
    return plain | {"layers": [write_group(pattern, times, nested) for pattern, times in repeats(piece.layers)]}


def write_group(pattern: tuple[Block, ...], times: int, nested: Any) -> dict[str, Any]:
    blocks = [nested(block) for block in pattern]
    return ({"times": times} if times > 1 else {}) | ({"layer": blocks[0]} if len(blocks) == 1 else {"pattern": blocks})


def repeats(layers: tuple[Block, ...], longest: int = 12) -> Iterator[tuple[tuple[Block, ...], int]]:
    """The layers as patterns with how often each follows itself; the pattern that covers most is taken, the shortest
    of equals."""
    start = 0
    while start < len(layers):
        best, times = layers[start : start + 1], 1
        for length in range(1, longest + 1):
            pattern, count = layers[start : start + length], 1
            while layers[start + count * length : start + (count + 1) * length] == pattern:
                count += 1
            if count > 1 and count * length > times * len(best):
                best, times = pattern, count
        yield best, times
        start += times * len(best)
