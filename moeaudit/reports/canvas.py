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
            renderable = visible(renderable)
        elif isinstance(renderable, Text) and visible(renderable.plain) != renderable.plain:
            renderable = self._written_out(renderable)
        for segment in super().render(renderable, options):
            if segment.control is None and segment.text != "\n" and visible(segment.text) != segment.text:
                yield Segment(_shown(segment.text), segment.style)
            else:
                yield segment

    def _written_out(self, text: Text) -> Text:
        """The same words in the same styles. It is done before lines are broken, so that they fit."""
        shown = text.blank_copy()
        for piece, style, _ in text.render(self, end=""):
            shown.append(visible(piece), style)
        return shown


def _shown(text: str) -> str:
    """A segment may end its line."""
    return visible(text[:-1]) + "\n" if text.endswith("\n") else visible(text)
