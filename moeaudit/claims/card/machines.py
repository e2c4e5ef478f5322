"""Machines that a model runs on: `8×H200`, `16 张 H800`, `one A100 (80GB)`, `a single RTX 4090`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from re import Pattern

from moeaudit.claims.card.beside import pattern
from moeaudit.claims.card.found import Found
from moeaudit.later import expression

CHIP = (
    r"(?:(?:NVIDIA|AMD|Nvidia|Huawei|昇腾|英伟达)\s)?(?:[ABHL]\d{2,3}0?0?S?(?:-\d[a-z])?|GB?H?[23]00|MI\d{3}X?"
    r"|(?:GeForce\s)?RTX\s?(?:PRO\s)?\d{4}(?:\s?(?:Ti|SUPER))?|Ascend\s?910\w?|910B|TPU ?v\d\w?|Strix Halo|DGX Spark"
    r"|Apple Silicon|M\d (?:Max|Ultra|Pro))"
)
ANY_CHIP = (
    r"(?-i:(?:[A-Z][A-Za-z]{2,14}\s){0,2}(?!(?:FP|BF|TF|INT|W|Q|GPT|RTX)\d)[A-Z]{1,4}-?\d{2,5}[A-Z]{0,2}(?![\w-]|\.\d))"
)
"""A chip of any maker, where a number of pieces stands beside it: `8× Kunlun P800`."""
_START, _END = r"(?<![A-Za-z0-9_.])", r"(?![A-Za-z0-9])"
_SIZE = r"(?:[- ]?\(?\d{2,3}\s?GB?\)?)?"
_EACH = r"(?:at least |mindestens |au moins |al menos )?\d{2,3}\s?G[Bo]"
_COUNTED = (
    rf"{_START}\d{{1,4}}\s?(?:[x×*]|{{pieces}})\s?(?:NVIDIA\s)?(?:{CHIP}|{ANY_CHIP}|\d{{4}}(?![\d.]))(?:[/-][A-Za-z0-9]{{2,8}})?{_SIZE}(?:\s?{{or}}\s?{CHIP})?(?![A-Za-z0-9])"
    rf"|(?<![A-Za-z0-9_.])(?:{CHIP}|{ANY_CHIP})(?:[- ]\d{{2,3}}\s?GB?)?\s?"
    rf"(?:[x×*]\s?\d{{1,4}}(?![\w])|\d{{1,4}}\s?{{pieces}})"
    rf"|(?<![A-Za-z0-9_.])\d{{2,3}}(?:GB?\s?[*x×]\s?\d{{1,3}}(?: GPUs?)?){_END}"
    rf"|{_START}(?:\d{{1,4}}|{{several}}) {CHIP}(?: GPUs?| nodes?| cards?|s\b)?{_END}"
    rf"|{_START}\d{{1,3}} GPUs? (?:\(|{{holding}} |(?:with|de|mit|à|con|avec) ){_EACH}{_END}"
    rf"|{_START}\d{{1,3}}\s?[x×*]\s?\d{{2,3}}\s?GB? GPUs?{_END}"
    rf"|{_START}\d{{1,3}}\s?{{pieces}}\s?(?:显存|メモリ|메모리)?\s?(?:{{at_least}}|超过|至少|大于|以上)?\s?\d{{2,3}}\s?GB?(?:以上)?\s?[的の]?\s?(?:GPU\s?卡|GPU|显卡|加速卡)"
)
_SINGLE = rf"(?P<chip>{{one}}\s?(?:NVIDIA\s)?{CHIP}{_SIZE}(?: GPUs?)?){_END}|(?P<before>{CHIP}{_SIZE}\s?{{behind}})"
_DIGITS = expression(r"[A-Z]{1,3}\s?\d{2}|\d GPU|\d4090|GB?\s?[*x×]|Strix|Spark|Apple|M\d |RTX|GPU|卡|显存")
_KEY = expression(r"[^:：\d]{1,40}[:：]\s*")
_BARE = rf"\W{{0,4}}(?:{{or}}\s?)?(?P<chip>{CHIP}{_SIZE}(?: GPUs?)?){_END}"
_TOO_LITTLE = r"[^.;。；,，]{0,60}?{too_little}"
_ADVISED = (
    rf"{{advised}}\s?[:：]?\s?(?:to use |using |使用\s?)?"
    rf"(?P<advised>{CHIP}{_SIZE}){_END}(?!\s?{{pieces}}|[x×*\s]+\d)"
)
_ALSO = rf"\s?(?:,|、|/|{{or}})\s?(?P<advised>{CHIP}{_SIZE}){_END}"


def hardware(sentence: str, *, asked: bool = False) -> Iterator[Found]:
    """The machines of a sentence that says on what the model runs, not on what it was trained. `asked`: it stands under
    a heading that says so, where a chip needs no count at the head of an item."""
    if not _DIGITS.search(sentence) or not (asked or pattern("{runs}").search(sentence)):
        return
    if pattern("{trained_on}").search(sentence):
        return
    ends: list[int] = []
    for found in counted().finditer(sentence):
        ends.append(found.end())
        if not pattern(_TOO_LITTLE).match(sentence, found.end()):
            yield Found("runtime.hardware", found.group().strip(), found.start())
    for one in advised(sentence):
        if not any(one.start < end <= one.start + len(one.text) for end in ends):
            ends.append(one.start + len(one.text))
            yield one
    # A single chip holds many a model once it is quantised: that says nothing of the one that is published.
    converted = pattern("{converted_first}").search(sentence)
    for found in pattern(_SINGLE).finditer(sentence) if not converted else ():
        group = "chip" if found["chip"] else "before"
        if not any(found.start(group) < end <= found.end(group) for end in ends):
            start = found.start(group)
            yield Found("runtime.hardware", found[group].strip(), start)
    if asked and not ends and not converted:
        yield from _bare(sentence)


def set_up(cell: str) -> Iterator[Found]:
    """The machines of a cell that names nothing else."""
    yield from (Found("runtime.hardware", found.group().strip(), found.start()) for found in counted().finditer(cell))
    if not counted().search(cell):
        yield from _bare(cell)


def _bare(sentence: str) -> Iterator[Found]:
    """The chip, or the chips, that an item under a heading on hardware begins with, a label before it or none."""
    place = 0
    key = _KEY.match(sentence)
    if key is not None:
        place = key.end()
    while (found := bare().match(sentence, place)) is not None:
        yield Found("runtime.hardware", found["chip"].strip(), found.start("chip"))
        place = found.end()


def advised(sentence: str) -> Iterator[Found]:
    """Chips that are recommended without a number, and those named behind one with `or`."""
    found = pattern(_ADVISED).search(sentence)
    while found is not None:
        yield Found("runtime.hardware", found["advised"], found.start("advised"))
        found = pattern(_ALSO).match(sentence, found.end())


def chips_in(text: str) -> Iterator[tuple[int, int]]:
    """Where chips stand with their memory, counted or not."""
    for machines in (counted(), pattern(f"{CHIP}{_SIZE}")):
        yield from (found.span() for found in machines.finditer(text))


@cache
def counted() -> Pattern[str]:
    """So many chips."""
    return pattern(_COUNTED)


@cache
def bare() -> Pattern[str]:
    """A chip, or the next of several."""
    return pattern(_BARE)


@cache
def named() -> Pattern[str]:
    """The machines of a cell under a label, counted or not."""
    return pattern(f"{_COUNTED}|{_SINGLE}")
