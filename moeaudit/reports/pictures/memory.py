"""Device memory: the parts of the fullest device of each pipeline stage, stacked against its limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from moeaudit.reports.document.fill import filled
from moeaudit.reports.packet.model import DeviceMemory
from moeaudit.reports.packet.words import gib
from moeaudit.reports.pictures.canvas import LIGHT, WIDTH, Sheet
from moeaudit.reports.pictures.components import LABELLED, badge
from moeaudit.reports.pictures.tones import FREE, tone

LEFT, LONG, TALL = 8, WIDTH - 16, 34
MOST = 16
"""Bars drawn; stages that are alike share one."""


def device_memory(stages: Sequence[DeviceMemory], words: Mapping[str, Any]) -> str:
    """SVG; empty without stages."""
    if not stages:
        return ""
    sheet = Sheet("memory", words["title"])
    fullest = max(stages, key=taken)
    names = sorted({part.name for stage in stages for part in stage.parts}, key=order(fullest))
    numbers = {name: str(place) for place, name in enumerate(names, 1)}
    scale = LONG / max(max(stage.limit, used(stage)) for stage in stages)
    y, lines = 18.0, []
    for label, stage in list(alike(stages))[:MOST]:
        lines.append(heading(words, label, stage))
        sheet.text(LEFT, y, lines[-1], bold=True, width=LONG)
        bar(sheet, y + 8, scale, stage, numbers)
        limit(sheet, y + 8, scale, words, stage)
        y += TALL + 48
    height = key(sheet, y, words, fullest, numbers)
    return sheet.finish(height, [words["about"], *(f"{line}." for line in lines), *said(words, fullest)])


def used(stage: DeviceMemory) -> int:
    return sum(part.bytes for part in stage.parts)


def taken(stage: DeviceMemory) -> int:
    """What the device holds before its cache, which only takes what is left."""
    return sum(part.bytes for part in stage.parts if part.name != "cache")


def order(stage: DeviceMemory) -> Any:
    """Parts as the fullest stage lists them, then the others by name."""
    places = {part.name: place for place, part in enumerate(stage.parts)}
    return lambda name: (places.get(name, len(places)), name)


def alike(stages: Sequence[DeviceMemory]) -> Iterator[tuple[str, DeviceMemory]]:
    """Neighbouring stages that hold the same, as one: `1–3`, counted from 1."""
    for _, group in groupby(stages, key=lambda stage: (stage.limit, stage.parts, stage.free)):
        run = list(group)
        yield (str(run[0].stage) if len(run) == 1 else f"{run[0].stage}–{run[-1].stage}"), run[0]


def heading(words: Mapping[str, Any], label: str, stage: DeviceMemory) -> str:
    line = filled(words["stage"], stages=label, used=gib(used(stage)), limit=gib(stage.limit))
    over = used(stage) - stage.limit
    return f"{line}, {filled(words['over'], figure=gib(over))}" if over > 0 else line


def bar(sheet: Sheet, y: float, scale: float, stage: DeviceMemory, numbers: dict[str, str]) -> None:
    """Parts side by side, at scale, and what is left free."""
    x = float(LEFT)
    for part in sorted(stage.parts, key=lambda part: int(numbers[part.name])):
        width = part.bytes * scale
        sheet.box(x, y, width, TALL, tone(part.name))
        if width >= LABELLED:
            badge(sheet, x + width / 2, y + TALL / 2, numbers[part.name])
        x += width
    if stage.free > 0:
        sheet.box(x, y, stage.free * scale, TALL, FREE)


def limit(sheet: Sheet, y: float, scale: float, words: Mapping[str, Any], stage: DeviceMemory) -> None:
    """The line that the bar must not cross."""
    x = LEFT + stage.limit * scale
    sheet.line(x, y, x, y + TALL, width=5, colour=LIGHT)
    sheet.line(x, y - 5, x, y + TALL + 6, width=2)
    sheet.text(
        min(x, LEFT + LONG),
        y + TALL + 18,
        filled(words["limit"], figure=gib(stage.limit)),
        size=11,
        anchor="end" if x > 200 else "start",
    )


def key(sheet: Sheet, y: float, words: Mapping[str, Any], stage: DeviceMemory, numbers: dict[str, str]) -> float:
    """The figures of the fullest stage; returns where it ends."""
    sheet.text(52, y, words["part"], size=11, bold=True)
    sheet.text(460, y, filled(words["fullest"], stage=stage.stage), size=11, anchor="end", bold=True)
    sheet.line(LEFT, y + 6, 470, y + 6)
    sizes = {part.name: part.bytes for part in stage.parts}
    for name, place in numbers.items():
        y += 18
        sheet.text(24, y + 4, place, size=11, anchor="end")
        sheet.box(30, y - 6, 16, 11, tone(name))
        sheet.text(52, y + 4, name, size=11.5, width=280)
        sheet.text(460, y + 4, size_of(sizes.get(name, 0)), size=11.5, anchor="end")
    y += 18
    sheet.box(30, y - 6, 16, 11, FREE)
    sheet.text(52, y + 4, words["free"], size=11.5)
    sheet.text(460, y + 4, gib(stage.free), size=11.5, anchor="end")
    return y + 16


def size_of(size: int) -> str:
    """GiB, where something that is there never shows as nothing."""
    shown = gib(size)
    return "< 0.01 GiB" if size and float(shown.split()[0].replace(",", "")) == 0 else shown


def said(words: Mapping[str, Any], stage: DeviceMemory) -> Iterator[str]:
    for part in stage.parts:
        yield f"{part.name} {gib(part.bytes)};"
    yield f"{words['free']} {gib(stage.free)}."
