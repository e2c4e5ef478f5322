"""What stands beside a weight: told by its name where the name is known, else by its shape against the weight's."""

from __future__ import annotations

import re
from functools import cache

from moeaudit.evidence.tables import TensorGroup
from moeaudit.later import dataclass, expression
from moeaudit.ledger.packing.scheme import MODULE, Shape, ceil_div
from moeaudit.ledger.packing.schemes import SCHEMES

CACHE_SCALES = expression(r"\.(k|v|q|kv|prob|attn|output|prob_output)_(scale|zero_point|offset)$")
"""Scales of a quantised cache or of outputs: they stand alone."""

MAYBE_LEARNED = frozenset({".scale", ".scales", ".biases", "_scale", "_scales"})
"""Suffixes that some architectures use for learned weights: scales only where a packed weight stands beside, or an
architecture has no such weight."""

WORDS = frozenset({
    ".weight_offset", ".deq_scale", ".quant_bias", ".input_scale", ".input_offset", ".input_zero_point",
    ".weight_zero_point", ".k_scale", ".v_scale", ".q_scale", ".kv_scale", ".k_zero_point", ".v_zero_point",
    ".prob_output_scale", ".output_scale", ".act_scale", ".activation_scale", ".scale_bias", ".weight_scale_second",
    ".weight_offset_second", ".kv_cache_scale", ".kv_cache_offset", ".input_amax", ".weight_amax", ".output_amax",
    ".weight_shape", ".suh", ".svh", ".q_scale_max", ".q_groups", ".q_invperm", ".codebooks", ".Wscale", ".codebook_id",
})  # fmt: skip
"""Names that quantisers give to scales and offsets, beyond those of most schemes: msModelSlim, modelopt, vLLM; and
those of ExLlama, AQLM and QuIP# that mean nothing else."""

OWN_NAMES = frozenset({".q_weight", ".trellis", ".codes", ".Qidxs", ".W_q"})
"""Weights beside which names are too plain (`shape`, `A`, `meta`) to say anything by themselves."""

SCALE_WORD = expression(r"(^|[._])(\w*(scale|offset|zero_?points?|absmax|amax|maxval)\w*|scb|zeros?|quant\w*|deq\w*)$",
                        re.IGNORECASE)  # fmt: skip
"""A last name part that speaks of quantisation, for names without shapes."""

BIAS = expression(r"(^|\.)(?!(quant|weight|scale)_bias$)\w*bias$")

SMALLEST_BLOCK = 8
"""No format shares a scale among fewer values along an axis; adapters of low rank are narrower than that allows."""


@cache
def known_beside() -> frozenset[str]:
    """Every suffix that is known to be no weight."""
    found = {
        suffix
        for scheme in SCHEMES
        for spelling in scheme.spellings
        if dict(spelling)["weight"] not in OWN_NAMES
        for slot, suffix in spelling
        if slot not in ("weight", "shape")
    }
    return WORDS | (found - MAYBE_LEARNED)


@dataclass(frozen=True)
class Home:
    """A weight that a tensor may stand beside: its logical `name`, the `stem` they share, and the tensor's `suffix`."""

    name: str
    stem: str
    suffix: str


def homes(template: str) -> list[Home]:
    """The weights that a tensor of this name may stand beside, the nearest first: `a.b.scale_x` beside `a.b.weight` (or
    a bare `a.b`), or `a.weight`; `a.experts.up_scale_x` beside the bare `a.experts.up_scale` or `a.experts.up`."""
    found: list[Home] = []
    at = len(template)
    for _ in range(3):  # `.weight.quant_state.bitsandbytes__nf4` is the deepest of any format
        at = template.rfind(".", 0, at)
        if at <= 0:
            break
        stem, suffix = template[:at], template[at:]
        found += (Home(stem + MODULE, stem, suffix), Home(stem, stem, suffix))
    last, at = template.rfind("."), len(template)
    for _ in range(4):
        at = template.rfind("_", last + 2, at)
        if at < 0:
            break
        found.append(Home(template[:at], template[:at], template[at:]))
    return found


def is_bias(group: TensorGroup) -> bool:
    """A learned vector of the layer, whatever is packed beside it."""
    return BIAS.search(group.template) is not None and group.dtype not in ("I32", "I64", "I16", "I8", "U8")


def is_scale(shape: Shape, weight: Shape, *, grids: bool) -> bool:
    """Whether a tensor of this shape can scale or shift a weight of that one: one number for all of it, one for each
    output or input, or (with `grids`) one for each block, for every matrix of a stack alike or apart."""
    if all(size == 1 for size in shape):
        return True
    if len(weight) < 2:
        return shape == weight
    *stack, outputs, inputs = weight
    return any(
        shape[: len(whole)] == whole and _scales_matrix(shape[len(whole) :], outputs, inputs, grids)
        for whole in {(), tuple(stack)}
    )


def _scales_matrix(shape: Shape, outputs: int, inputs: int, grids: bool) -> bool:
    if all(size == 1 for size in shape):
        return True
    if tuple(size for size in shape if size != 1) in ((outputs,), (inputs,)):
        return True
    return (
        len(shape) == 2
        and grids
        and any(
            (rows in (1, outputs) or blocks(outputs, rows)) and (columns == 1 or blocks(inputs, columns))
            for rows, columns in (shape, shape[::-1])
        )
    )


def blocks(size: int, count: int) -> bool:
    """Whether an axis falls into so many equal blocks of a power of two, the last one perhaps partly filled: 576 into
    5 of 128."""
    least = ceil_div(size, count) if count else 0
    block = 1 << (least - 1).bit_length() if least else 0
    return block >= SMALLEST_BLOCK and ceil_div(size, block) == count
