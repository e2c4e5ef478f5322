"""Characters that a reader does not see, or that make a terminal or an editor show something else than what is
written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from moeaudit.later import dataclass, expression

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SEPARATORS = "[\x85\u2028\u2029]|\r(?!\n)"
"""What ends a line for some who read, and not for others: git and editors count line feeds."""
_HIDDEN = expression(f"(?P<control>[{_CONTROL}])|(?P<bidi>[{_BIDI}])|(?P<separator>{_SEPARATORS})")
_DIRECTION_MARKS = "\u061c\u200e\u200f"

HiddenKind = Literal["control character", "bidirectional override", "line separator"]
KINDS: dict[str | None, HiddenKind] = {
    "control": "control character",
    "bidi": "bidirectional override",
    "separator": "line separator",
}


@dataclass(frozen=True)
class Hidden:
    """One such character and where it stands; lines and columns count from 1."""

    kind: HiddenKind
    code_point: int
    line: int
    column: int

    @property
    def name(self) -> str:
        return f"{self.kind} U+{self.code_point:04X}"


def hidden_characters(text: str, limit: int = 100) -> Iterator[Hidden]:
    """Control characters (terminal escapes among them), bidirectional overrides and line separators that are no line
    feed in `text`, at most `limit` of them.

    Plain direction marks are part of correct right-to-left text and are left out.
    """
    line, start = 1, 0
    for found in _HIDDEN.finditer(text):
        if found.group() in _DIRECTION_MARKS:
            continue
        if limit == 0:
            return
        limit -= 1
        line += text.count("\n", start, found.start())
        start = found.start()
        column = found.start() - text.rfind("\n", 0, found.start())
        yield Hidden(KINDS[found.lastgroup], ord(found.group()), line, column)


def visible(text: str) -> str:
    """The text with every hidden character written out as `\\u202e`, safe to print."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
