"""The layer map: every layer in order, what mixes tokens in it and which feed-forward it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from moeaudit.reports.document.fill import filled
from moeaudit.reports.packet.model import LayerRun
from moeaudit.reports.pictures.canvas import DARK, LIGHT, WIDTH, Sheet
from moeaudit.reports.pictures.tones import Tone
from moeaudit.text import visible

LEFT, WIDE, TALL = 8, 22, 19
ROW = (WIDTH - 2 * LEFT) // WIDE
MOST = 384
"""Layers drawn of one stack; the deepest published model has 126."""

MIXERS: Mapping[str, tuple[str, Tone]] = {
    "attention": ("A", Tone("#ffffff")),
    "window": ("W", Tone("#e3ebf2")),
    "latent": ("L", Tone("#d0e0cc")),
    "sparse": ("S", Tone("#b5ccdf")),
    "recurrent": ("R", Tone("#f0dfc0")),
    "convolution": ("C", Tone("#e6c9a0")),
    "recurrent+attention": ("B", Tone("#d9c9e0")),
    "convolution+attention": ("B", Tone("#c9b5d3")),
    "none": ("–", Tone("#ffffff")),
}
FFNS: Mapping[str, tuple[str, Tone]] = {
    "moe": ("M", Tone("#1d4f7c", ink=LIGHT)),
    "moe+shared": ("MS", Tone("#1d4f7c", ink=LIGHT)),
    "moe+dense": ("MD", Tone("#4d6f8f", ink=LIGHT)),
    "moe+shared+dense": ("MX", Tone("#4d6f8f", ink=LIGHT)),
    "dense": ("D", Tone("#ffffff")),
    "none": ("–", Tone("#ffffff")),
}
"""Kind → letters and tone of its cell; the letters of the text views, with what stands beside the routed experts."""


def layer_map(layers: Sequence[LayerRun], words: Mapping[str, Any]) -> str:
    """SVG; empty where no layer is described."""
    if not layers:
        return ""
    sheet = Sheet("layers", words["title"])
    y = 18.0
    for (part, stack), group in groupby(layers, key=lambda run: (run.part, run.stack)):
        y = stack_map(sheet, y, words, words["parts"].get(part, part), stack, list(group)) + 12
    y = key(sheet, y, words["upper"], {run.mixer_kind for run in layers}, MIXERS, words["mixers"])
    y = key(sheet, y, words["lower"], {run.ffn_kind for run in layers}, FFNS, words["ffns"])
    return sheet.finish(y, [words["about"], *said(words, layers)])


def stack_map(
    sheet: Sheet, y: float, words: Mapping[str, Any], part: str, stack: str, runs: Sequence[LayerRun]
) -> float:
    """One stack of layers in rows; returns where it ends."""
    count, moe = (sum(run.layers for run in chosen) for chosen in (runs, [run for run in runs if run.experts]))
    sheet.text(
        LEFT,
        y,
        filled(words["heading"], part=part, stack=visible(stack)[:32], count=count, moe=moe),
        bold=True,
        width=WIDTH - 2 * LEFT,
    )
    y += 8
    drawn = 0
    for run in runs:
        for layer in range(run.first, min(run.last, run.first + MOST - drawn - 1) + 1):
            cell(
                sheet,
                LEFT + drawn % ROW * WIDE,
                y + drawn // ROW * (2 * TALL + 22),
                run,
                layer,
                named=drawn % 4 == 0 or layer == runs[-1].last,
            )
            drawn += 1
    y += -(-drawn // ROW) * (2 * TALL + 22)
    if count > drawn:
        sheet.text(LEFT, y + 4, filled(words["left_out"], count=count - drawn))
        y += 18
    return y


def cell(sheet: Sheet, x: float, y: float, run: LayerRun, layer: int, *, named: bool) -> None:
    """One layer: mixer above, feed-forward below, its number beneath."""
    pairs = (MIXERS.get(run.mixer_kind, MIXERS["none"]), FFNS.get(run.ffn_kind, FFNS["none"]))
    for row, (letters, tone) in enumerate(pairs):
        square(sheet, x, y + row * TALL, letters, tone)
    if named:
        sheet.text(x + WIDE / 2, y + 2 * TALL + 12, str(layer), size=10, anchor="middle")


def square(sheet: Sheet, x: float, y: float, letters: str, tone: Tone) -> None:
    sheet.box(x, y, WIDE, TALL, tone)
    sheet.text(x + WIDE / 2, y + TALL - 6, letters, size=11, anchor="middle", fill=tone.ink or DARK)


def key(
    sheet: Sheet,
    y: float,
    heading: str,
    used: set[str],
    kinds: Mapping[str, tuple[str, Tone]],
    words: Mapping[str, str],
) -> float:
    """Letters and what they stand for; two in a row."""
    sheet.text(LEFT, y + 14, heading, size=11, bold=True)
    x, shown = 170.0, [kind for kind in kinds if kind in used]
    for place, kind in enumerate(shown):
        left, top = x + place % 2 * 265, y + place // 2 * 24
        letters, tone = kinds[kind]
        square(sheet, left, top, letters, tone)
        sheet.text(left + WIDE + 6, top + 14, words[kind], size=11)
    return y + -(-len(shown) // 2) * 24 + 4


def said(words: Mapping[str, Any], layers: Sequence[LayerRun]) -> Iterator[str]:
    for run in layers[:MOST]:
        numbers = str(run.first) if run.layers == 1 else f"{run.first} to {run.last}"
        part = words["parts"].get(run.part, run.part)
        mixer, ffn = words["mixers"].get(run.mixer_kind, ""), words["ffns"].get(run.ffn_kind, "")
        found = filled(words["run"], numbers=numbers, mixer=mixer, ffn=ffn)
        yield f"{part}, {found};"
