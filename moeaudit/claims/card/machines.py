"""Machines that a model runs on: `8×H200`, `16 张 H800`, `one A100 (80GB)`, `a single RTX 4090`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from re import Pattern

from moeaudit.claims.card.beside import pattern
from moeaudit.claims.card.found import Found
from moeaudit.later import expression

CHIP = (
    r"(?:(?:NVIDIA|AMD|Nvidia|Huawei|昇腾|英伟达)\s)?(?:[ABHL]\d{2,3}0?0?S?|GB?H?[23]00|MI\d{3}X?"
    r"|RTX\s?\d{4}|Ascend\s?910\w?|910B|TPU ?v\d\w?)"
)
_START, _END = r"(?<![A-Za-z0-9_.])", r"(?![A-Za-z0-9])"
_SIZE = r"(?:[- ]?\(?\d{2,3}\s?GB?\)?)?"
_COUNTED = (
    rf"{_START}\d{{1,4}}\s?(?:[x×*]|{{pieces}})\s?(?:NVIDIA\s)?(?:{CHIP}|\d{{4}}(?![\d.]))(?:[/-][A-Za-z0-9]{{2,8}})?(?:\s?{{or}}\s?{CHIP})?(?![A-Za-z0-9])"
    rf"|(?<![A-Za-z0-9_.]){CHIP}(?:[- ]\d{{2,3}}\s?GB?)?\s?(?:[x×*]\s?\d{{1,4}}(?![\w])|\d{{1,4}}\s?{{pieces}})"
    rf"|(?<![A-Za-z0-9_.])\d{{2,3}}GB\s?[*x×]\s?\d{{1,3}}(?: GPUs?)?"
    rf"|{_START}\d{{1,4}} {CHIP}(?: GPUs?|s\b)?{_END}"
    rf"|{_START}\d{{1,3}} GPUs? with (?:at least )?\d{{2,3}}\s?GB{_END}"
)
_SINGLE = (
    rf"(?P<chip>{{one}}\s?(?:NVIDIA\s)?{CHIP}{_SIZE}(?: GPUs?)?){_END}|(?P<before>{CHIP}{_SIZE}\s?{{behind}})"
)
_DIGITS = expression(r"[A-Z]{1,3}\s?\d{2}|\d GPU|\d4090|GB\s?[*x×]")


def hardware(sentence: str) -> Iterator[Found]:
    """The machines of a sentence that says on what the model runs, not on what it was trained."""
    if not _DIGITS.search(sentence) or not pattern("{runs}").search(sentence):
        return
    if pattern("{trained_on}").search(sentence):
        return
    ends: list[int] = []
    for found in counted().finditer(sentence):
        ends.append(found.end())
        yield Found("runtime.hardware", found.group().strip(), found.start())
    # A single chip holds many a model once it is quantised: that says nothing of the one that is published.
    converted = pattern("{converted_first}").search(sentence)
    for found in pattern(_SINGLE).finditer(sentence) if not converted else ():
        group = "chip" if found["chip"] else "before"
        if not any(found.start(group) < end <= found.end(group) for end in ends):
            start = found.start(group)
            yield Found("runtime.hardware", found[group].strip(), start)


@cache
def counted() -> Pattern[str]:
    """So many chips."""
    return pattern(_COUNTED)


@cache
def named() -> Pattern[str]:
    """The machines of a cell under a label, counted or not."""
    return pattern(f"{_COUNTED}|{_SINGLE}")
