"""What stands on the pages of a PDF, by poppler: the text in the order in which it is drawn, and where each word is."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape

import pytest

WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>')
PAGE = re.compile(r'(?s)<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>')
SIDE, TOP, BOTTOM = 51.0, 59.5, 51.0
"""Margins in points: 18, 21 and 18 mm. Head and foot stand within the upper and lower one."""


@dataclass(frozen=True)
class Word:
    """A word and its box, in points from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


@dataclass(frozen=True)
class Page:
    width: float
    height: float
    words: tuple[Word, ...]

    @property
    def body(self) -> tuple[Word, ...]:
        """Without head and foot."""
        return tuple(one for one in self.words if one.top > TOP - 4 and one.bottom < self.height - BOTTOM + 4)


def poppler(data: bytes, *options: str) -> str:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("poppler's pdftotext is not installed")
    found = subprocess.run([program, *options, "-", "-"], input=data, capture_output=True, check=True, timeout=60)
    return found.stdout.decode("utf-8")


@cache
def pages(data: bytes) -> tuple[Page, ...]:
    """Every page with its words."""
    return tuple(
        Page(float(width), float(height), tuple(_words(inside)))
        for width, height, inside in PAGE.findall(poppler(data, "-bbox"))
    )


def _words(text: str) -> Iterator[Word]:
    for left, top, right, bottom, word in WORD.findall(text):
        yield Word(float(left), float(top), float(right), float(bottom), unescape(word))


@cache
def drawn(data: bytes) -> tuple[tuple[str, ...], ...]:
    """The lines of every page in the order in which they are drawn, cell after cell, without head and foot."""
    found = []
    for place, text in enumerate(poppler(data, "-raw").split("\f")[:-1]):
        lines = [line for line in text.split("\n") if line.strip()]
        found.append(tuple(lines[(place > 0) : -1]))
    return tuple(found)


def overlaps(page: Page) -> Iterator[tuple[Word, Word]]:
    """Words that stand on each other by more than a tenth of the smaller one."""
    words = sorted(page.words, key=lambda one: one.top)
    for place, one in enumerate(words):
        for other in words[place + 1 :]:
            if other.top >= one.bottom:
                break
            wide = min(one.right, other.right) - max(one.left, other.left)
            tall = min(one.bottom, other.bottom) - max(one.top, other.top)
            small = min(area(one), area(other))
            if wide > 0 and tall > 0 and wide * tall > 0.1 * small:
                yield one, other


def area(word: Word) -> float:
    return max(0.01, (word.right - word.left) * (word.bottom - word.top))
