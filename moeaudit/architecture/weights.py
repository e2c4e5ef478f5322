"""What a block stores: one `Weight` per tensor template.

A template covers many tensors: `model.layers.{}.mlp.experts.{}.up_proj.weight` with the indices 3-60 and 0-255 stands
for
14,848 of them. Counting never expands templates, so a trillion-parameter model costs as much as a small one.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from itertools import product
from math import prod

from moeaudit.evidence.indices import Indices, indices
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Kind, Part


@dataclass(frozen=True)
class Share:
    """The part of a weight's elements that one token uses, as exact fractions.

    `low`, `typical` and `high` differ where the share depends on the token; `reason` then says why.
    """

    low: Fraction = Fraction(1)
    typical: Fraction = Fraction(1)
    high: Fraction = Fraction(1)
    reason: str = ""

    @classmethod
    def of(cls, used: int, available: int) -> Share:
        """`used` experts out of `available`, for every token alike."""
        fraction = Fraction(used, available)
        return cls(fraction, fraction, fraction)

    def __hash__(self) -> int:
        """Of what tells shares apart well enough: a fraction's own hash divides modulo a large prime."""
        return hash((self.low.numerator, self.low.denominator, self.high.numerator, self.reason))

    @property
    def exact(self) -> bool:
        return self.low == self.high


WHOLE = Share()


class Sharding(StrEnum):
    """How tensor parallelism places a weight. Axis words follow torch: a linear weight is (outputs, inputs)."""

    REPLICATED = "replicated"
    COLUMN = "column"  # outputs split over ranks
    ROW = "row"  # inputs split over ranks
    KV_HEADS = "kv_heads"  # split by key-value head, replicated once there are more ranks than heads
    VOCABULARY = "vocabulary"  # rows of the vocabulary split over ranks
    EXPERTS = "experts"  # whole experts under expert parallelism, else each expert split


class Presence(StrEnum):
    """Whether the config settles that a weight is stored."""

    STORED = "stored"
    OPTIONAL = "optional"  # releases with the same config differ: only the weights can tell


@dataclass(frozen=True)
class Weight:
    """One stored tensor template.

    `name` holds one `{}` per entry of `index`. `shape` is that of one tensor, unpacked, in parameters.
    `component` is the role inside its part; `part` says whether it is the language model, a prediction module or an
    encoder.
    `linear`: every token that meets it is multiplied by it (2 FLOPs per element used); False for look-ups, norms and
    biases.
    `dtype`: only where the format fixes it whatever the model's own precision (safetensors word, e.g. "F32").
    """

    name: str
    shape: tuple[int, ...]
    component: Component
    index: tuple[Indices, ...] = ()
    part: Part = Part.LANGUAGE
    kind: Kind = Kind.PARAMETER
    linear: bool = False
    share: Share = WHOLE
    sharding: Sharding = Sharding.REPLICATED
    presence: Presence = Presence.STORED
    duplicate: bool = False  # a copy of a matrix stored elsewhere (prediction modules' embedding and head)
    dtype: str | None = None
    note: str = ""
    passes: int | None = None  # how often one token runs through it, where not as often as through its layer
    side: str = ""  # "encoder": of the encoder of a language model that has one beside its decoder
    tail: int | None = None  # of a prompt, the last tokens that run through it (0: all), where not those of its layer
    pieces: int | None = None  # slices that sharding never cuts, replicated once ranks outnumber them (key-value heads)

    @property
    def reported(self) -> Component:
        """The component of the closed list that this weight is counted under."""
        return self.component if self.part is Part.LANGUAGE else Component(self.part.value)

    @property
    def executions(self) -> int:
        """How often one token runs through it; of a look-up table, how often it looks one up."""
        return 1 if self.passes is None else self.passes

    @property
    def decode_only(self) -> bool:
        """Whether a prompt's tokens run through it only at its end, so that it is there for the output's."""
        return bool(self.tail)

    @property
    def tensors(self) -> int:
        return prod(len(numbers) for numbers in self.index)

    @property
    def elements(self) -> int:
        """Elements of all tensors of this template together."""
        return self.tensors * prod(self.shape)

    def names(self) -> Iterator[str]:
        """Every tensor name the template stands for."""
        if not self.index:
            return iter((self.name,))
        template = self.name
        return (template.format(*numbers) for numbers in product(*self.index))

    def __hash__(self) -> int:
        """Of what tells weights apart well enough: there are many, and they are asked for often."""
        return hash((self.name, self.shape, self.index))

    def under(
        self,
        prefix: str,
        numbers: Indices | None = None,
        *,
        part: Part | None = None,
        presence: Presence | None = None,
        duplicate: bool = False,
        passes: int = 1,
        side: str = "",
        tail: int = 0,
    ) -> Weight:
        """The same weight below a module: `prefix` is joined with a dot; its `{}` (if any) runs over `numbers`. `part`,
        `presence`, `passes`, `side` and `tail` are those of the piece it stands in."""
        return Weight(
            f"{prefix}.{self.name}" if prefix else self.name,
            self.shape,
            self.component,
            self.index if numbers is None else (numbers, *self.index),
            part or self.part,
            self.kind,
            self.linear,
            self.share,
            self.sharding,
            presence or self.presence,
            duplicate or self.duplicate,
            self.dtype,
            self.note,
            self.passes if passes == 1 or self.passes is not None else passes,
            side or self.side,
            self.tail if self.tail is not None else tail or None,
            self.pieces,
        )


__all__ = ["WHOLE", "Indices", "Presence", "Sharding", "Share", "Weight", "indices"]
