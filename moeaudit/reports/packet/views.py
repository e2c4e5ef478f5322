"""Small drawings in text, and places."""

from __future__ import annotations

from collections.abc import Sequence

from moeaudit.reports.packet.model import LayerRun, Place

MIXER_LETTERS = {
    "attention": "A",
    "window": "W",
    "latent": "L",
    "sparse": "S",
    "recurrent": "R",
    "convolution": "C",
    "recurrent+attention": "B",
    "convolution+attention": "B",
    "none": ".",
}
FFN_LETTERS = {"dense": "D", "none": "."}
"""One letter a layer; every kind with routed experts is M."""

STRIP = 64
"""Layers in one line of the strip."""


def strip(layers: Sequence[LayerRun]) -> list[tuple[int, str, str]]:
    """The language model's layers as letters: (first number, mixers, feed-forwards), at most `STRIP` a line."""
    drawn = [
        (MIXER_LETTERS.get(run.mixer_kind, "?"), FFN_LETTERS.get(run.ffn_kind, "M"))
        for run in layers
        if run.part == "language"
        for _ in range(run.layers)
    ]
    return [
        (at, "".join(mixer for mixer, _ in drawn[at : at + STRIP]), "".join(ffn for _, ffn in drawn[at : at + STRIP]))
        for at in range(0, len(drawn), STRIP)
    ]


def letters(layers: Sequence[LayerRun]) -> list[tuple[str, str, str]]:
    """The letters that occur in the strip: letter, the group of words that explains it, and the kind in that group."""
    language = [run for run in layers if run.part == "language"]
    mixers = {MIXER_LETTERS.get(run.mixer_kind, "?"): ("mixers", run.mixer_kind) for run in language}
    ffns = {FFN_LETTERS.get(run.ffn_kind, "M"): ("ffns", run.ffn_kind) for run in language}
    return [(letter, group, kind) for drawn in (mixers, ffns) for letter, (group, kind) in drawn.items()]


def place(at: Place) -> str:
    """`file:line:column (path)`."""
    spot = ":".join(str(part) for part in (at.file, at.line, at.column) if part is not None)
    return f"{spot} ({at.path})" if at.path else spot
