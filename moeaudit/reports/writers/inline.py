"""Runs of a line as styled pieces for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from moeaudit.reports.document.runs import Bar, Break, Link, Muted, Name, Plain, Quote, Run, Runs, Strong, Tag, Value
from moeaudit.reports.terminal import bar, plain_ascii
from moeaudit.reports.writers.legible import legible
from moeaudit.reports.writers.values import shown
from moeaudit.reports.writers.wrapping import GLUE, Line
from moeaudit.text import PLAIN, escaped_wide

if TYPE_CHECKING:
    from moeaudit.reports.terminal import Page

NAME = "cyan"
STRONG, MUTED = "bold", "dim"

TAGS = {
    "error": "bold red", "warning": "yellow", "note": "dim", "suppressed": "dim",
    "reproduced": "green", "inferred": "green", "contradicted": "bold red",
    "verified": "green", "missing": "dim", "not-disclosed": "dim", "not-applicable": "dim",
    "answered": "green", "same": "green", "different": "yellow", "fits": "green", "does-not-fit": "bold red",
}  # fmt: skip
"""Words of closed lists by how they are coloured; the others are told from words around them, no more."""

OTHER_TAG = "yellow"

BAR_TONES = {
    "": "cyan", "active": "green", "executed": "green", "prefill": "green", "stored": "blue", "components": "magenta",
}  # fmt: skip


class Inline:
    """How runs are written on a page, in signs that its encoding has."""

    def __init__(self, page: Page) -> None:
        self.encoding, self.ascii_only = page.encoding, plain_ascii(page)

    def lines(self, runs: Runs, style: str = "") -> list[Line]:
        """The pieces, line by line, without bars. Every Break ends one; what is empty has none."""
        found: list[Line] = [[]]
        self._add(runs, style, found)
        return [line for line in found if line]

    def line(self, runs: Runs, style: str = "") -> Line:
        """The same on one line: a Break is a space."""
        lines = self.lines(runs, style)
        return [piece for number, one in enumerate(lines) for piece in ([(" ", "")] if number else []) + one]

    def text(self, text: str) -> str:
        """Foreign or not: legible, in signs that the encoding has."""
        return self.signs(legible(text))

    def signs(self, text: str) -> str:
        """What the encoding lacks in plain signs, or written out."""
        if not self.ascii_only or text.isascii():
            return text
        return "".join(sign if self._has(sign) else PLAIN.get(sign) or escaped_wide(sign) for sign in text)

    def bar(self, one: Bar, width: int) -> str:
        """A bar of at most `width` cells."""
        return bar(one.part, one.whole, width, ascii_only=self.ascii_only)

    def _has(self, sign: str) -> bool:
        try:
            sign.encode(self.encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def _add(self, runs: Runs, style: str, found: list[Line]) -> None:
        for run in runs:
            if isinstance(run, Break):
                found.append([])
            elif isinstance(run, Strong | Muted):
                self._add(run.runs, f"{style} {STRONG if isinstance(run, Strong) else MUTED}".strip(), found)
            elif not isinstance(run, Bar):
                text, own = self._run(run)
                if text:
                    found[-1].append((text, f"{style} {own}".strip()))

    def _run(self, run: Run) -> tuple[str, str]:
        """Its text and its own style."""
        match run:
            case Plain(text):
                return self.text(text), ""
            case Name(text):
                return self.text(text), NAME
            case Quote(text):
                left, right = ('"', '"') if self.ascii_only else ("“", "”")
                return f"{left}{self.text(text)}{right}", ""
            case Tag(word, text):
                return self.text(text or word), TAGS.get(word, OTHER_TAG)
            case Link(text, url):
                return self.text(url if not text or text == url else f"{text} ({url})" if url else text), ""
            case Bar() | Break() | Strong() | Muted():
                return "", ""
            case _ if isinstance(run, Value):
                return self.text(shown(run)).replace(" ", GLUE), ""
        assert_never(run)
