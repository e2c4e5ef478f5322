"""The canvas of the text views: whoever draws on it, and whatever, nothing invisible comes out.

Characters that move the cursor, set colours, change the direction of reading or show nothing are written out
(`\\x1b`, `\\u202e`), line ends too: a line is ended by printing it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.text import Text

from moeaudit.text import visible


class Canvas(Console):
    """A console that prints what is visible alone."""

    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        if isinstance(renderable, str):
            return super().render(visible(renderable), options)
        if isinstance(renderable, Text):
            plain = renderable.plain
            return super().render(renderable if visible(plain) == plain else self._written_out(renderable), options)
        made = super().render(renderable, options)
        return (one if one.text.isprintable() or one.text == "\n" else _shown(one) for one in made)

    def _written_out(self, text: Text) -> Text:
        """The same words in the same styles. It is done before lines are broken, so that they fit."""
        shown = text.blank_copy()
        for piece, style, _ in text.render(self, end=""):
            shown.append(visible(piece), style)
        return shown


def _shown(segment: Segment) -> Segment:
    """What is drawn past `Text`, with nothing invisible; a segment may end its line."""
    text, end = (segment.text[:-1], "\n") if segment.text.endswith("\n") else (segment.text, "")
    return segment if segment.control else Segment(visible(text) + end, segment.style)
