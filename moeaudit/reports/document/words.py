"""The words of a language, by their path in `templates/strings.<language>.yaml`: `w("summary.fits", fleet=…)`.

A gap `{name}` takes runs as well as text, so that a value stays a value until a writer shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moeaudit.later import dataclass
from moeaudit.reports.document.fill import MARK, is_one
from moeaudit.reports.document.runs import Number, Plain, Runs, runs
from moeaudit.reports.document.runs import Words as Given
from moeaudit.text import exact


@dataclass(frozen=True)
class Words:
    """The strings of one language."""

    strings: Mapping[str, Any]
    language: str = "en"

    def __call__(self, path: str, **given: Given | int) -> Runs:
        """The words at that path with their gaps filled. KeyError for a path that there is none of, or a gap without a
        value: both are ours."""
        return tuple(self._pieces(self.text(path), given))

    def counted(self, path: str, count: int) -> Runs:
        """The words for so many: `one` of them, or `many`."""
        return self(f"{path}.{'one' if count == 1 else 'many'}", n=exact(count))

    def plain(self, path: str, count: int) -> str:
        """The same as text."""
        return "".join(run.text for run in self.counted(path, count) if isinstance(run, Plain))

    def text(self, path: str) -> str:
        """The words as they are; a gap stays a gap."""
        found: Any = self.strings
        for step in path.split("."):
            found = found[step]
        return str(found)

    def has(self, path: str) -> bool:
        """Whether there are words at that path."""
        try:
            self.text(path)
        except (KeyError, TypeError):
            return False
        return True

    def of(self, path: str, word: str) -> str:
        """What a word of a closed list is called; ids hold dots and plus signs, so they are no steps of a path."""
        found: Any = self.strings
        for step in path.split("."):
            found = found[step]
        return str(found[word])

    def drawn(self, kind: str) -> tuple[str, Mapping[str, Any]]:
        """The words of a kind of picture, as one of the values that it draws."""
        beside = {name: self.strings[name] for name in ("tags", "between")}
        return "words", {**self.strings["pictures"][kind], **beside}

    @staticmethod
    def _pieces(text: str, given: Mapping[str, Given | int]) -> Iterator[Any]:
        at = 0
        for mark in MARK.finditer(text):
            if mark.start() > at:
                yield Plain(text[at : mark.start()])
            at = mark.end()
            if mark[1] is None:
                yield Plain(mark[0][0])
                continue
            value = given[mark[1]]
            if mark[2] is not None:
                yield from runs(mark[2] if is_one(_number(value)) else mark[3])
                continue
            yield from runs(str(value) if isinstance(value, int) else value)
        if at < len(text):
            yield Plain(text[at:])


def _number(value: Given | int) -> object:
    """The number that fills a gap, as far as it is one."""
    match value:
        case Number(number) | (Number(number),):
            return number
        case Plain(text) | (Plain(text),):
            return text
    return value
