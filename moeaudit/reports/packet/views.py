"""What templates ask of a packet beside its fields: selections and small drawings in text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from moeaudit.reports.packet.model import Claim, Denominator, LayerRun, Packet, Place, Question, Tally
from moeaudit.reports.packet.words import plain, quantity

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


def applicable(packet: Packet) -> list[Denominator]:
    """Denominators that have a value here."""
    return [one for one in packet.denominators if one.amount.low is not None]


def absent(packet: Packet) -> list[Denominator]:
    return [one for one in packet.denominators if one.amount.low is None]


def share(part: int, whole: int) -> str:
    """`97.4 %`; what is above nothing never shows as 0."""
    percent = 100 * part / whole if whole else 0.0
    return "under 0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"


def stored(packet: Packet) -> int:
    """All parameters in the checkpoint, by components."""
    return sum(component.stored for component in packet.architecture.components)


def active(packet: Packet) -> int:
    """The typical share that one token uses, over the components of the main path."""
    return sum(component.active or 0 for component in packet.architecture.components)


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


def band(low: float | None, high: float | None, unit: str) -> str:
    """`1.2 to 3.4 s`, or nothing where there is no band."""
    if low is None or high is None or low == high:
        return ""
    if unit in ("bytes", "FLOP"):
        return f"{quantity(low, unit)} to {quantity(high, unit)}"
    return f"{plain(low)} to {plain(high)} {unit}"


def gap(claim: Claim) -> str:
    """`+4.0 %`: how far the printed figure is from the nearest count."""
    return "" if claim.gap is None else f"{100 * claim.gap:+.1f} %"


def question_groups(packet: Packet) -> list[tuple[str, list[Question]]]:
    """Questions by group, in their order."""
    return [(group, list(asked)) for group, asked in groupby(packet.questions, key=lambda question: question.group)]


def facts(packet: Packet) -> dict[str, str]:
    """The architecture's facts by name."""
    return {one.name: one.value for one in packet.architecture.facts}


def items(packet: Packet) -> int:
    """How many items the checklist has."""
    return sum(len(group.items) for group in packet.checklist)


def tally_list(tallies: Sequence[Tally]) -> str:
    """`scales 1,234, buffers 56`."""
    return ", ".join(f"{one.word.replace('_', ' ')} {one.count:,}" for one in tallies)


def place(at: Place) -> str:
    """`file:line:column (path)`."""
    spot = ":".join(str(part) for part in (at.file, at.line, at.column) if part is not None)
    return f"{spot} ({at.path})" if at.path else spot
