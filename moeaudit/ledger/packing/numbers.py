"""Which numbers of module names the patterns of a config tell apart, read off the patterns' text.

`model.layers.0.mlp` tells layer 0 from the others; `layers\\.[0-3]\\.` may tell any layer from any. A number that no
pattern names is treated as every other such number, so one of them stands for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from moeaudit.later import dataclass, expression

TOKEN = expression(r"\\.|\[\^?\]?[^\]]*\]|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|.", re.DOTALL)
NUMBERED = expression(r"(.*_)([0-9]+)")
DOTS = (".", r"\.")
EVERYWHERE = ""
"""The word of numbers that may follow any word."""


@dataclass
class Numbers:
    """`named`: the numbers told apart after each word (`layers`, `expert_`). `open`: words after which any number may
    be treated differently from any other."""

    named: dict[str, set[int]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def after(self, word: str) -> frozenset[int] | None:
        """The numbers told apart after this word; None where it may be any."""
        if self.open & {word, EVERYWHERE}:
            return None
        return frozenset(self.named.get(word, set()) | self.named.get(EVERYWHERE, set()))

    def name(self, word: str, digits: str, *, whole: bool) -> None:
        """A number after a word; not `whole` where more may follow it, as in `layers.1*`."""
        if whole and len(digits) <= 9:
            self.named.setdefault(word, set()).add(int(digits))
        else:
            self.open.add(word)

    def literal(self, text: str) -> None:
        before = EVERYWHERE
        for part in text.split("."):
            numbered = NUMBERED.fullmatch(part)
            if part.isdecimal():
                self.name(before, part, whole=True)
            elif numbered:
                self.name(numbered[1], numbered[2], whole=True)
            before = part

    def glob(self, text: str) -> None:
        tokens = TOKEN.findall(text)
        for at, (token, word) in enumerate(self._words(tokens)):
            after = tokens[at + 1] if at + 1 < len(tokens) else None
            if token.isdecimal():
                self.name(EVERYWHERE if word is None else word, token, whole=word is not None and after in (".", None))
            elif numbered := NUMBERED.fullmatch(token):
                self.name(numbered[1], numbered[2], whole=after in (".", None))

    def regex(self, text: str) -> None:
        """Only a number between a word and an escaped dot is itself alone; `match` ends anywhere, and an unescaped dot
        is any character."""
        tokens = TOKEN.findall(text)
        for at, (token, word) in enumerate(self._words(tokens)):
            before = tokens[at - 1] if at else None
            after = tokens[at + 1] if at + 1 < len(tokens) else None
            where = EVERYWHERE if word is None else word
            if token.isdecimal():
                self.name(where, token, whole=word is not None and before in DOTS and after == r"\.")
            elif numbered := NUMBERED.fullmatch(token):
                self.name(numbered[1], numbered[2], whole=after == r"\.")
            elif _may_be_one_digit(token, before, after):
                self.open.add(where)

    @staticmethod
    def _words(tokens: list[str]) -> Iterator[tuple[str, str | None]]:
        """Each token with the word that a number there would follow: `layers` in `layers.0`, `layers\\.(0|1)` and
        `expert_\\d`; None where that cannot be told."""
        word: str | None = None
        group: str | None = None
        for at, token in enumerate(tokens):
            before = tokens[at - 1] if at else None
            earlier = tokens[at - 2] if at > 1 else None
            if before is not None and before.endswith("_") and before.isidentifier():
                word = before
            elif before in DOTS and earlier is not None and earlier.isidentifier():
                word = earlier
            elif before == "." and earlier == "*":
                word = EVERYWHERE
            else:
                word = None
            if token == "(":
                group = word
            elif token == ")":
                group = None
            yield token, word if word is not None else group


def _may_be_one_digit(token: str, before: str | None, after: str | None) -> bool:
    """Whether this token stands for single digits, so that it may tell numbers apart; one that stands for any number of
    any characters does not, unless two of them ask for one character each."""
    some = after == "+" and before != "+"
    any_number = some or after == "*"
    if token.startswith("["):
        inside = token[1:-1]
        digits = re.search(r"[0-9]|\\[dwS]", inside.replace("0-9", "")) is not None
        neutral = not digits and not inside.startswith("^") and "0-9" not in inside
        return not neutral and (digits or not any_number)
    if token in (r"\d", r"\w", r"\S", r"\D", r"\W"):
        return not any_number
    if token == ".":
        return not any_number and (before in (None, *DOTS, "|", "(", "+") or after in (*DOTS, "{", "?", "+"))
    return False
