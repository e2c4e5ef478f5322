"""The vision towers of Inkling and Inkling 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import log, prod
from operator import mul

from moeaudit.architecture.blocks import Linear, Module, Norm, Tensor, module
from moeaudit.architecture.blocks.vision import EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Component, Part

Scale = tuple[int, int, int]
"""Frames, pixels along a side, and channels that one feature vector stands for."""


def patch_tower(c: Config, hidden: int) -> Iterator[Piece]:
    """Inkling: linear layers that fold neighbouring pixels, then frames, into channels, and end at the text's width."""
    layers = layer_count(c, "n_layers", "num_hidden_layers", default=24)
    scales = plan_scales(
        c.int("temporal_patch_size", default=2),
        c.int("patch_size", default=40),
        layers,
        c.int("num_channels", default=3),
    )
    for number, (start, end) in enumerate(pairwise(scales)):
        folded = start[2] * (end[0] // start[0]) * (end[1] // start[1]) ** 2
        last = number == layers - 1
        width = hidden if last else end[2]
        yield Single(f"model.visual.layers.linear_{number}", Linear(folded, width), part=Part.VISION)
        if not last:
            yield Single(f"model.visual.layers.norm_{number}", Norm(width), part=Part.VISION)
    yield Single("model.visual.final_norm", Norm(hidden), part=Part.VISION)


def plan_scales(frames: int, side: int, layers: int, channels: int) -> list[Scale]:
    """What each layer's output covers: the scale nearest to an even growth in the logarithm of the pixels covered.

    Scales grow a side by its prime factors, largest first, then the frames by theirs; channels grow so that nothing is
    lost, in multiples of 64. With fewer layers than scales every scale is used once at most, so that the distances
    add up to the least.
    """
    sides = list(accumulate(reversed(prime_factors(side)), mul))
    times = list(accumulate(reversed(prime_factors(frames)), mul))
    scales = [
        (1, 1, channels),
        *((1, size, -(-size * size * channels // 64) * 64) for size in sides),
        *((time, side, side * side * channels * time * 64) for time in times),
    ]
    ideal = [log(prod((side, side, frames, channels))) * number / layers for number in range(layers + 1)]

    def distances(number: int) -> list[float]:
        """Of one layer boundary from every scale."""
        return [abs(ideal[number] - log(time * size**2)) for time, size, _ in scales]

    if layers >= len(scales):
        chosen = [min(range(len(scales)), key=distances(number).__getitem__) for number in range(layers + 1)]
    else:
        chosen = rising([distances(number) for number in range(layers + 1)])
    chosen[0], chosen[-1] = 0, len(scales) - 1
    return [scales[scale] for scale in chosen]


def rising(rows: Sequence[Sequence[float]]) -> list[int]:
    """A place of each row, every one behind that of the row before, so that the numbers there add up to the least."""
    best: dict[int, tuple[float, tuple[int, ...]]] = {place: (cost, (place,)) for place, cost in enumerate(rows[0])}
    for row in rows[1:]:
        longer, least = {}, None
        for place, cost in enumerate(row):
            if least is not None:
                longer[place] = (least[0] + cost, (*least[1], place))
            if place in best and (least is None or best[place] < least):
                least = best[place]
        best = longer
    return list(min(best.values())[1])


def prime_factors(number: int) -> list[int]:
    """In ascending order."""
    factors, divisor = [], 2
    while divisor * divisor <= number:
        if number % divisor:
            divisor += 1
        else:
            factors.append(divisor)
            number //= divisor
    return [*factors, number] if number > 1 else factors


def transformer_tower(c: Config, text_hidden: int) -> Iterator[Piece]:
    """Inkling 2: a vision transformer with a class token and layer scales, and a two-layer merger of neighbouring
    patches."""
    hidden, heads = c.int("hidden_size", default=1024), c.int("num_attention_heads", default=16)
    width = c.int("intermediate_size", default=int(hidden * c.number("mlp_ratio", default=4.0)))
    norm, scale = Norm(hidden, bias=True), Tensor("gamma", (hidden,), Component.OTHER, note="layer scale")
    layer = encoder_layer(
        EncoderAttention(hidden, heads, head_size(c, hidden, heads), names=(("o_proj", "out_proj"),)),
        encoder_mlp(hidden, width, "c_fc", "c_proj"),
        norm,
        norms=("ln_1", "ln_2"),
        extra=(("ls_1", scale), ("ls_2", scale)),
    )
    pixels = c.int("num_channels", default=3) * c.int("patch_size", "native_patch_size", default=20) ** 2
    vectors = tuple(
        ("", Tensor(name, (hidden,), Component.OTHER, note="class token"))
        for name in ("class_embedding", "cls_position_embedding")
    )
    positions = Tensor("position_embedding", (c.int("posemb_grid_size", default=32) ** 2, hidden), Component.EMBEDDING)
    bias = c.flag("projector_bias", default=False)
    middle = c.int("projection_hidden_dim", default=4096)
    merged = hidden * c.int("spatial_merge_size", "adapter_merge_size", default=2) ** 2
    yield Single(
        "model.visual.backbone.embeddings",
        Module((*vectors, ("", positions), ("patch_embedding", Linear(pixels, hidden)))),
        part=Part.VISION,
    )
    yield Single("model.visual.backbone.ln_pre", norm, part=Part.VISION)
    yield Stack(
        "model.visual.backbone.layers.{}", (layer,) * layer_count(c, default=23), part=Part.VISION, role="encoder"
    )
    yield Single(
        "model.visual",
        module({"proj_in": Linear(merged, middle, bias=bias), "proj_out": Linear(middle, text_hidden, bias=bias)}),
        part=Part.PROJECTOR,
    )
