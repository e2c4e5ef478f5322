"""A document as Markdown for one comment on a pull request that is updated in place, and for a step summary.

The first line is a marker that renders as nothing; whoever posts the comment looks for it to update the old one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from moeaudit.limits import COMMENT_LETTERS
from moeaudit.reports.writers.markdown import render

if TYPE_CHECKING:
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.writers.templates import Templates

MARKER = "<!-- moeaudit check -->"
SHORTEST = 150
"""Characters that the shortest finding takes there."""


def comment(made: Callable[[int], Document], templates: Templates) -> str:
    """The comment. `made`: the document with so many of everything at most; what would not fit is left out from the
    end, and counted."""
    most = COMMENT_LETTERS // SHORTEST
    while True:
        text = f"{MARKER}\n{render(made(most), templates)}"
        if len(text) <= COMMENT_LETTERS or most == 0:
            return text
        most //= 2
