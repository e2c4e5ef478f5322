"""A whole model: parts in order, each a single block or a stack of layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cached_property

from moeaudit.architecture.blocks import Attention, Block, Experts, Head, LatentAttention, Router, SharedExperts
from moeaudit.architecture.weights import Presence, Weight, indices
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Part


@dataclass(frozen=True)
class Single:
    """One block at one place: an embedding, a final norm, a head, a projector, a whole encoder."""

    prefix: str
    block: Block
    part: Part = Part.LANGUAGE
    presence: Presence = Presence.STORED
    duplicate: bool = False  # all of it is a copy of matrices stored elsewhere
    side: str = ""  # "encoder": as in `Weight`

    def weights(self) -> Iterator[Weight]:
        for weight in self.block.weights():
            yield weight.under(
                self.prefix, part=self.part, presence=self.presence, duplicate=self.duplicate, side=self.side
            )


@dataclass(frozen=True)
class Stack:
    """Layers under one numbered prefix, `model.layers.{}`, the first with number `first`. Equal layers count once,
    times many. `passes`: how often one token runs through each layer; empty where it is once through all. `tails`: how
    many of a prompt's last tokens run through each layer, 0 for all of them; empty where it is all through all."""

    prefix: str
    layers: tuple[Block, ...]
    first: int = 0
    part: Part = Part.LANGUAGE
    presence: Presence = Presence.STORED
    role: str = "decoder"  # decoder, encoder or prediction
    passes: tuple[int, ...] = ()
    tails: tuple[int, ...] = ()

    @property
    def side(self) -> str:
        """The encoder's layers of a language model that has a decoder too."""
        return "encoder" if self.role == "encoder" and self.part is Part.LANGUAGE else ""

    def executions(self, numbers: Iterable[int]) -> int:
        """How often one token runs through the layers of these numbers, all together."""
        return sum(self.passes[number - self.first] if self.passes else 1 for number in numbers)

    def tail(self, number: int) -> int:
        """How many of a prompt's last tokens run through the layer of this number; 0 for all."""
        return self.tails[number - self.first] if self.tails else 0

    @cached_property
    def groups(self) -> tuple[tuple[Block, tuple[int, ...]], ...]:
        """Each different layer with the numbers it stands at; layers that differ in passes or tail stand apart."""
        kinds: dict[tuple[Block, tuple[int, int]], list[int]] = {}
        known: dict[tuple[int, tuple[int, int]], list[int]] = {}  # by identity: mostly one block stands for its kind
        for number, layer in enumerate(self.layers, self.first):
            uses = (self.passes[number - self.first] if self.passes else 1, self.tail(number))
            places = known.get((id(layer), uses))
            if places is None:
                places = known[id(layer), uses] = kinds.setdefault((layer, uses), [])
            places.append(number)
        return tuple((layer, tuple(numbers)) for (layer, _), numbers in kinds.items())

    def weights(self) -> Iterator[Weight]:
        return iter(self._weights)

    @cached_property
    def _weights(self) -> tuple[Weight, ...]:
        """Asked for by every count."""
        return tuple(
            weight.under(
                self.prefix,
                indices(numbers),
                part=self.part,
                presence=self.presence,
                passes=passes,
                side=self.side,
                tail=self.tail(numbers[0]),
            )
            for layer, numbers in self.groups
            for passes in (self.executions(numbers[:1]),)
            for weight in layer.weights()
        )


Piece = Single | Stack


@dataclass(frozen=True)
class Architecture:
    """What config.json (or a spec file) describes.

    `family`: the lineage's title; `model_type` as written. `tied`: the head is the input table.
    `context_length`: positions the config is made for (`max_position_embeddings` or its alias), None where absent.
    `wrapped`: the unknown wrapper that this is the language model of, as a reader is told; empty where it is whole.
    `declared_mtp`: prediction modules that a field of the config declares, whether or not the family knows how they
    are stored.
    """

    family: str
    model_type: str
    pieces: tuple[Piece, ...]
    tied: bool = False
    context_length: int | None = None
    hidden: int | None = None
    vocabulary: int | None = None
    notes: tuple[str, ...] = field(default=())  # what a reader of the counts must know, one sentence each
    wrapped: str = ""
    declared_mtp: int = 0

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """Every stored tensor template, in the order of the pieces."""
        return tuple(weight for piece in self.pieces for weight in piece.weights())

    def stacks(self, part: Part = Part.LANGUAGE) -> tuple[Stack, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Stack) and piece.part is part)

    def layer_blocks(self, part: Part = Part.LANGUAGE) -> Iterator[tuple[Block, int]]:
        """Each different layer of a part with how often it stands there."""
        for stack in self.stacks(part):
            for layer, numbers in stack.groups:
                yield layer, len(numbers)

    def count_layers(self, *kinds: type[Block], part: Part = Part.LANGUAGE, executed: bool = False) -> int:
        """Layers that hold a block of one of these kinds (all layers where no kind is given). `executed`: each as often
        as one token runs through it."""
        return sum(
            stack.executions(numbers) if executed else len(numbers)
            for stack in self.stacks(part)
            for layer, numbers in stack.groups
            if not kinds or any(isinstance(block, kinds) for block in layer.walk())
        )

    @property
    def prompt_layers(self) -> int:
        """Layers that every token of a prompt runs through."""
        return sum(not stack.tail(number) for stack in self.stacks() for _, at in stack.groups for number in at)

    def find(self, kind: type[Block]) -> tuple[Block, ...]:
        """The different blocks of one kind in the language model's layers, in order."""
        return tuple(
            dict.fromkeys(
                block for layer, _ in self.layer_blocks() for block in layer.walk() if isinstance(block, kind)
            )
        )

    @property
    def is_moe(self) -> bool:
        return any(weight.component is Component.ROUTED_EXPERTS for weight in self.weights)


__all__ = [
    "Architecture",
    "Attention",
    "Experts",
    "Head",
    "LatentAttention",
    "Piece",
    "Router",
    "SharedExperts",
    "Single",
    "Stack",
]
