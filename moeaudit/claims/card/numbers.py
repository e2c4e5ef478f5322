"""Numbers in words: `one trillion`, `sixty-four`, `a trillion-parameter`, `万亿参数`."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from moeaudit.claims.card.lexicon import Term, lexicon
from moeaudit.claims.figures import Figure, parse_figure


class Number(NamedTuple):
    """A number in words: how many tokens it has, its value in `step`s, and the word for the step."""

    tokens: int
    value: int
    step: int
    unit: str

    def figure(self, text: str) -> Figure:
        figure = parse_figure(self.value)
        assert figure is not None
        low = figure.low * self.step
        return replace(
            figure, text=text, low=low, high=low, low_step=figure.low_step * self.step,
            high_step=figure.high_step * self.step, unit=self.unit,
        )  # fmt: skip


def number_at(words: list[str], at: int, found: tuple[int, Term]) -> Number | None:
    """The number in words at a token whose term is a number or a unit; None for a unit alone that nothing follows
    which it could count."""
    length, term = found
    if term.kind == "unit":
        return Number(length, 1, int(term.sense), words[at]) if _counts_parameters(words, at + length) else None
    count, end = int(term.sense), at + length
    if 20 <= count < 100 and (tail := _term(words, _past_hyphen(words, end), "number")) and int(tail[1].sense) < 10:
        count, end = count + int(tail[1].sense), _past_hyphen(words, end) + tail[0]
    if count >= 10**6:
        return Number(end - at, 1, count, words[end - 1])
    unit = _term(words, _past_hyphen(words, end), "unit")
    if unit is not None:
        end = _past_hyphen(words, end) + unit[0]
        return Number(end - at, count, int(unit[1].sense), words[end - 1])
    return Number(end - at, count, 1, "")


def _past_hyphen(words: list[str], at: int) -> int:
    return at + 1 if at < len(words) and words[at] == "-" else at


def _term(words: list[str], at: int, kind: str) -> tuple[int, Term] | None:
    found = lexicon().longest(words, at, len(words) - at) if at < len(words) else None
    return found if found is not None and found[1].kind == kind else None


def _counts_parameters(words: list[str], at: int) -> bool:
    noun = _term(words, _past_hyphen(words, at), "noun")
    return noun is not None and noun[1].sense == "parameters"
