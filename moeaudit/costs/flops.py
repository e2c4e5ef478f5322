"""Floating-point operations of one forward pass, per token and component.

A multiply-add is two operations. A token costs 2 per element of every linear weight it really passes (routed experts
by their share, looped layers once a pass), plus what each mixer does between positions: scores, values, indexers,
scans. Beside a decoder, an encoder is passed by tokens of the input and the rest by tokens of the output. Norms,
activations and softmax are left out, as torch's own counter leaves them out; they are below 1 % for published widths.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache

from moeaudit.architecture.blocks import Block, Head
from moeaudit.architecture.model import Architecture, Single
from moeaudit.architecture.weights import Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Part


@dataclass(frozen=True)
class Flops:
    """Operations for one token, by component. `low` and `high` differ from the sum where the routed share depends on
    the token."""

    linear: tuple[tuple[Component, int], ...]
    mixing: tuple[tuple[Component, int], ...]
    low: int
    high: int

    @property
    def matmuls(self) -> int:
        """Operations against stored matrices."""
        return sum(flops for _, flops in self.linear)

    @property
    def positions(self) -> int:
        """Operations between positions: what grows with the context."""
        return sum(flops for _, flops in self.mixing)

    @property
    def total(self) -> int:
        return self.matmuls + self.positions

    @property
    def components(self) -> dict[Component, int]:
        """Both kinds together, largest first."""
        sums = Counter(dict(self.linear))
        sums.update(dict(self.mixing))
        return dict(sums.most_common())


LANGUAGE = (Part.LANGUAGE,)


def side_of(architecture: Architecture, *, decode: bool) -> str | None:
    """The side (as in `Weight`) that a token of the input passes, or with `decode` one of the output; None where all
    tokens pass everything."""
    sided = any(stack.side for stack in architecture.stacks())
    return ("" if decode else "encoder") if sided else None


def forward(
    architecture: Architecture,
    context: int,
    *,
    decode: bool,
    parts: tuple[Part, ...] = LANGUAGE,
    side: str | None = None,
) -> Flops:
    """One token that sees `context` tokens, itself included. `decode`: with everything before it cached. `side`: this
    side alone; None for all there is."""
    linear: Counter[Component] = Counter()
    low = high = Fraction(0)
    for weight in architecture.weights:
        if weight.linear and weight.part in parts and side in (None, weight.side) and _multiplies(weight):
            uses = 2 * weight.elements * weight.executions
            linear[weight.component] += int(uses * weight.share.typical)
            low += uses * (weight.share.low - weight.share.typical)
            high += uses * (weight.share.high - weight.share.typical)
    mixing: Counter[Component] = Counter()
    for block, times in mixers(architecture, parts, side).items():
        sums = linear if isinstance(block, Head) else mixing  # a tied head multiplies though nothing is stored for it
        sums[_component(block)] += times * block.mixing_flops(context, decode=decode)
    total = linear.total() + mixing.total()
    return Flops(tuple(linear.items()), tuple(mixing.items()), total + int(low), total + int(high))


def _multiplies(weight: Weight) -> bool:
    """A copy stored twice multiplies where it stands, but a copied input table is only looked up."""
    return weight.component is not Component.EMBEDDING


def mixers(architecture: Architecture, parts: tuple[Part, ...], side: str | None = None) -> Counter[Block]:
    """Every block that works between positions, with how often one token runs through it in the parts asked for."""
    found: Counter[Block] = Counter()
    for piece in architecture.pieces:
        if piece.part not in parts or side not in (None, piece.side):
            continue
        if isinstance(piece, Single):
            layers = [(piece.block, 1)]
        else:
            layers = [(layer, piece.executions(numbers)) for layer, numbers in piece.groups]
        for block, times in layers:
            for mixer in _mixers_of(block):
                found[mixer] += times
    return found


def _mixers_of(block: Block) -> Iterator[Block]:
    """The block itself where it says what it does between positions, else those inside it."""
    if type(block).mixing_flops is not Block.mixing_flops:
        yield block
    else:
        for _, child in block.children:
            yield from _mixers_of(child)


def _component(block: Block) -> Component:
    """The component of the weights around what a block does."""
    first = next(block.weights(), None)
    return first.component if first else Component.HEAD


def prompt(architecture: Architecture, tokens: int, *, parts: tuple[Part, ...] = LANGUAGE) -> int:
    """A whole prompt under the causal mask: token i sees i tokens. Exact for costs that are linear between their
    kinks. Beside a decoder it is the encoder's, where each token sees all."""
    if (side := side_of(architecture, decode=False)) is not None:
        return tokens * forward(architecture, tokens, decode=False, parts=parts, side=side).total
    return causal(architecture, tokens, parts=parts)


def causal(architecture: Architecture, tokens: int, *, parts: tuple[Part, ...] = LANGUAGE) -> int:
    """As many tokens through all there is, token i seeing i of them: one forward pass in training."""
    matmuls = forward(architecture, 1, decode=False, parts=parts).matmuls
    found = [(block, times) for block, times in mixers(architecture, parts).items() if not isinstance(block, Head)]

    @cache
    def between_positions(context: int) -> int:
        return sum(times * block.mixing_flops(context, decode=False) for block, times in found)

    return matmuls * tokens + total_over(between_positions, 1, tokens)


def total_over(cost: Callable[[int], int], first: int, last: int) -> int:
    """Σ cost(i) for i = first..last, halving until the cost is a straight line on each piece.

    Attention costs are concave and piecewise linear (windows, top-k), so a middle on the chord means a straight line.
    Costs with steps (compressors of every few tokens) are added one by one up to 2^16 tokens, by short chords beyond.
    """
    return _total_over(cost, first, last, max(2, (last - first) >> 15))


def _total_over(cost: Callable[[int], int], first: int, last: int, shortest: int) -> int:
    if last - first < 2:
        return sum(cost(i) for i in range(first, last + 1))
    middle = (first + last) // 2
    low, mid, high = cost(first), cost(middle), cost(last)
    if last - first < shortest or (mid - low) * (last - first) == (high - low) * (middle - first):
        return (low + high) * (last - first + 1) // 2
    return _total_over(cost, first, middle, shortest) + _total_over(cost, middle + 1, last, shortest)
