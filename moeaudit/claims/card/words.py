"""Claims that are words rather than figures: licence, precision, memory and hardware in running text.

The words around them stand in the lexicons; what is here is how they follow each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from moeaudit.claims.card.beside import may_hold, pattern
from moeaudit.claims.card.found import Found
from moeaudit.claims.card.labels import MEMORY, PRECISION, TOP_K
from moeaudit.claims.card.machines import hardware
from moeaudit.claims.figures import parse_figure
from moeaudit.later import expression

LICENCE_NAME = (
    r"(?P<name>(?:(?:[Mm]odified|[Ss]implified)[- ])?"
    r"(?:[Aa]pache(?:[- ][Ll]icen[sc]e,?)?[- ]?\(?(?:[Vv]ersion |v)?2(?:\.0)?\)?|MIT"
    r"|BSD(?:[- ][23][- ]Clause)?|CC[- ]BY(?:-[A-Z]{2}){0,2}[- ]?\d?(?:\.\d)?|(?:L|A)?GPL(?:v\d)?"
    r"|OpenRAIL(?:-M|\+\+)?|[A-Z][\w.&-]{1,24} (?:[A-Z\d][\w.&-]{0,24} ){0,4}?(?:Community|Model|Open Model|Research"
    r"|Non-Commercial|Use|Open)(?= (?:[Ll]icen[sc]e|[Aa]greement))"
    r"|(?!(?:The|This|Our|Your|Their|Each|Model|Software|Code|User|See|Read|End|New)\b)"
    r"[A-Z][\w.&-]{1,24}(?: [A-Z\d][\w.&-]{0,24}){0,3}?(?= (?:[Ll]icen[sc]e|LICENSE) (?:[Aa]greement|AGREEMENT))))"
)
"""Names of licences; they are the same in every language."""
_SIGNS = ("MIT", "pache", "BSD", "CC", "GPL", "RAIL", "icen", "LICEN", "greement", "许可")
"""One of these stands in every name of a licence."""
_LICENSED = expression(LICENCE_NAME)
_OWN_NAME = expression(
    r"(?!(?:The|This|Our|Your|Their|Each|Model|Software|Code|User|See|Read|End|New)\b)"
    r"(?P<name>[A-Z][\w.&-]{1,24}(?: [A-Z\d][\w.&-]{0,24}){0,3}?)(?= (?:[Ll]icen[sc]e|LICENSE)\b)"
)
"""A name before `License` of which nothing else is known."""
_GRANTED = r"{granted}(?:,? [\w']+){0,4}? {under}(?: the terms of)?(?: the| an?| la)? $"
_WORD_BEFORE = r"{licence}\s*[:：]?\s*(?:the |an? )?$"
_WORD_BEHIND = r"\s*-?\s*(?:{licence_filling}\s*){0,2}{licence}"
_NAMED_CJK = expression(r"(?:遵循|采用|使用|依据)\s*(?P<name>[A-Za-z][A-Za-z\d\u4e00-\u9fff]{1,24}许可(?:协议|证))")
"""A licence whose own name is Chinese."""

_STORED = r"(?:(?:{stored}(?: [\w-]+){0,2}?\s(?:{stored_in}\s?(?:an? |the |native )*)|{stored_alone}\s*)(?:block-)?)$"
_CHAINED = expression(r"\s*(?:,|/|、|and|or|和|与|と|y|et|und)\s*(?:block-)?$", re.IGNORECASE)
_STORED_LOOSE = r"{stored_loose}\s*$"
"""Before a precision whose format is named behind it."""
_STORED_BEHIND = r"\s*{format}|[.,;)。，、]|$|\s*(?:and|or|和|与|と|y|et|und)\s"
_CONVERTED = r"(?<!post-){training}[^.;]{0,40}$|{converted}[^.;]{0,20}$"

_MEMORY_BEHIND = r"\s*(?:{memory_fill}\s*){0,4}(?:{memory}|{memory_holder})|\s*for (?:the )?weights"
_BARE_BEHIND = r"\s*(?:{memory_fill}\s*){0,4}{memory}"
"""Behind `16G`, which by itself may be anything."""
_MEMORY_BEFORE = r"{holds}[^.;。]{0,40}$"
_OF_ALL = expression(r"\d\s?[GT]i?B\s?(?:of|/|von|sur|de)\s?$")
_ALL = expression(rf"\s?(?:of|/|von|sur|de)\s?{MEMORY.pattern}")
_HELD_IN = r"{held_in}\s(?:about |only |just |under |a |~)?$"
_ONE_WITH = r"{one}(?:\s[\w-]+){0,2}\s{card}\s{holding}\s(?:at least |only )?$"
_BUILT_BEHIND = r"[-\s]?{quantised}\s?(?:{build})"
_BUILT_BEFORE = r"{presents}(?:[\s\w.+%()-]{0,40}[\s+])?$"
BITS = expression(r"(?<![\w.])(?:\d{1,2}[- ]?bits?|I?Q\d(?:_[A-Z0-9]{1,3}){1,2})(?![\w])")
"""A precision in bits, or by the name of a format of blocks, which many things have but a build."""
COMPUTE = expression(
    r"(?<![\w.])(?P<value>\d{1,3}(?:\.\d{1,3})?(?:[eE]\+?\d{2}|\s?[×x]\s?10(?:\^\d{2}|[⁰¹²³⁴-⁹]{2})))\s?(?:FLOPs?|FLOPS)\b"
)
"""Compute of a training: `5e27 FLOPs`, `3.3 × 10^24 FLOP`."""


def worth_reading(text: str) -> bool:
    """Whether a text may state anything: it holds a digit, a licence's word, or a number in words."""
    if any(character.isdigit() for character in text):
        return True
    return may_hold(text, "licence", "numeral") and pattern("{licence}|{numeral}").search(text) is not None


def word_claims(sentence: str, *, licensing: bool = False, machines: bool = False) -> Iterator[Found]:
    """Licence, precision, memory, hardware and top-k routing in one sentence; `licensing` and `machines` under such
    headings."""
    yield from _licence(sentence, licensing)
    yield from _precision(sentence)
    held = list(hardware(sentence, asked=machines))
    yield from held
    yield from (one for one in _memory(sentence) if not any(_within(one, each) for each in held))
    if "FLOP" in sentence and pattern("{training}").search(sentence):
        for found in COMPUTE.finditer(sentence):
            yield Found("governance.training_compute", found["value"], found.start(), parse_figure(found["value"]))
    yield from routing(sentence)


def _within(one: Found, other: Found) -> bool:
    """Whether a text stands in another: the memory of each of several machines."""
    return other.start <= one.start < other.start + len(other.text)


def routing(sentence: str, *, told: bool = False) -> Iterator[Found]:
    """`top-8`, `top-8 of 256` in a sentence, or under a label (`told`), that speaks of experts."""
    if pattern("{no_routing}").search(sentence):
        return  # the experts that scored highest, not those of a token
    for found in TOP_K.finditer(sentence):
        if not (told or pattern("{routing}").search(sentence)) or pattern(r"\s*(?:%|{ranking})|[-_]p\b").match(
            sentence, found.end()
        ):
            continue
        for group, field in (("count", "experts_per_token"), ("all", "routed_experts")):
            figure = parse_figure(found[group]) if found[group] else None
            if figure is not None:
                yield Found(f"architecture.{field}", found[group], found.start(group), figure)


def _licence(sentence: str, licensing: bool) -> Iterator[Found]:
    if not any(sign in sentence for sign in _SIGNS):
        return
    if pattern("{foreign}").search(sentence):
        return
    for found in _licences(sentence, licensing=licensing):
        head = sentence[: found.start()]
        for field in _licensed_things(head if found.re is not _NAMED_CJK else head + sentence[found.start() :]):
            yield Found(field, found["name"].strip(), found.start("name"))


def _licences(sentence: str, *, licensing: bool) -> Iterator[re.Match[str]]:
    """The licences of a sentence; one of which nothing is known has to be granted: `under the Kanana License`."""
    known = list(_LICENSED.finditer(sentence))
    yield from (found for found in known if licensing or _is_licence(sentence, found))
    yield from _NAMED_CJK.finditer(sentence)
    for found in _OWN_NAME.finditer(sentence):
        apart = all(one.end() <= found.start() or found.end() <= one.start() for one in known)
        if apart and pattern(_GRANTED).search(sentence[max(0, found.start() - 80) : found.start()]):
            yield found


def _is_licence(sentence: str, found: re.Match[str]) -> bool:
    """Whether the words around a name say that it is the licence."""
    head = sentence[max(0, found.start() - 80) : found.start()]
    if head[-1:].isalnum() and head[-1:].isascii():
        return False
    return any(
        (
            "icen" in found["name"],
            pattern(_WORD_BEHIND).match(sentence, found.end()),
            pattern(_WORD_BEFORE).search(head),
            pattern(_GRANTED).search(head),
        )
    )


def _licensed_things(head: str) -> Iterator[str]:
    """What is licensed, as the words of its clause before say: the code, the weights, or both."""
    head = head.rpartition(";")[2]
    weights = pattern("{weights}").search(head) is not None
    code = pattern("{code}").search(head) is not None or (weights and pattern("{repository}").search(head) is not None)
    if code:
        yield "governance.code_licence"
    if weights or not code:
        yield "governance.licence"


def _precision(sentence: str) -> Iterator[Found]:
    last = -1
    for found in PRECISION.finditer(sentence):
        head = sentence[max(0, found.start() - 60) : found.start()]
        chained = last >= 0 and _CHAINED.fullmatch(sentence, last, found.start()) is not None
        stored = pattern(_STORED).search(head) is not None and not pattern(_CONVERTED).search(head)
        loose = pattern(_STORED_LOOSE).search(head) and pattern(r"\s*{format}").match(sentence, found.end())
        if _is_built(sentence, found):
            yield Found("runtime.precision", found.group(), found.start())
        elif loose or ((chained or stored) and pattern(_STORED_BEHIND).match(sentence, found.end())):
            last = found.end()
            yield Found("runtime.precision", found.group(), found.start())

    for found in BITS.finditer(sentence):
        if _is_built(sentence, found):
            yield Found("runtime.precision", found.group(), found.start())


def _is_built(sentence: str, found: re.Match[str]) -> bool:
    """`X is an FP8 quantized build of`, `本仓库为 FP8 量化版本`: what the card's files are, and no others."""
    behind = pattern(_BUILT_BEHIND).match(sentence, found.end())
    return behind is not None and pattern(_BUILT_BEFORE).search(sentence, 0, found.start()) is not None


def _memory(sentence: str) -> Iterator[Found]:
    if not MEMORY.search(sentence) or pattern("{no_memory}").search(sentence):
        return
    for found in MEMORY.finditer(sentence):
        head = sentence[max(0, found.start() - 60) : found.start()]
        if _OF_ALL.search(head):
            continue  # what there is, of which the amount before is used
        if pattern(_HELD_IN).search(head) or pattern(_ONE_WITH).search(head):
            yield Found("runtime.memory", found.group(), found.start())
        elif found.group().endswith("G"):
            if pattern(_BARE_BEHIND).match(sentence, found.end()):
                yield Found("runtime.memory", found.group(), found.start())
        elif pattern(_MEMORY_BEHIND).match(sentence, _past_all(sentence, found.end())) or pattern(
            _MEMORY_BEFORE
        ).search(head):
            yield Found("runtime.memory", found.group(), found.start())


def _past_all(sentence: str, end: int) -> int:
    """Where an amount ends, or the whole behind it does: `104 GiB of 122 GiB`."""
    whole = _ALL.match(sentence, end)
    return whole.end() if whole else end
