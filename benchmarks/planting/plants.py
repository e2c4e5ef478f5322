"""Wrong figures in the place of labelled ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from benchmarks.planting.evidence import Known, typical
from benchmarks.reading.agree import figure_of
from benchmarks.reading.labels import KINDS, YES, Label, Labelled
from moeaudit.checks.facts import proven

CONTEXT = "context_length"
ACTIVE = frozenset(["active_parameters", "active_non_embedding_parameters"])
SIZES = frozenset(KINDS["headline sizes"])
COUNTS: Mapping[str, int] = {
    "experts_per_token": 1, "shared_experts": 1, "layers": 3, "dense_layers": 3, "moe_layers": 3,
}  # fmt: skip
"""What is added to a count; of the routed experts a quarter is taken away."""
_TOTAL = ("total.full", "total.head", "total.body", "total.stored")
_ACTIVE = ("active.full", "active.head", "active.body")
SCOPES = {
    "active_parameters": _ACTIVE,
    "active_non_embedding_parameters": _ACTIVE,
    "mtp_parameters": ("mtp.",),
    "vision_parameters": ("modality.vision",),
    "audio_parameters": ("modality.audio",),
}
"""What the evidence calls the counts that a field may be without a word on which; the others are of the total."""
SMALL = 10**10

_VALUE = re.compile(r"(?P<number>\d[\d,\u202f\u2009]*(?:\.\d+)?)(?P<unit>.*)", re.DOTALL)
_MARKUP = r"[\s*_`\u00a0]*"


class Plant(NamedTuple):
    """A false card: what was changed into what, and the lines of which one must be named."""

    card: str
    field: str
    how: str
    old: str
    new: str
    lines: tuple[int, ...]
    text: str


def plants(card: Labelled, known: Known) -> Iterator[Plant]:
    """Every false card that is made of a true one. A value that nobody finds on its line is not planted."""
    lines = card.text.split("\n")
    groups: dict[tuple[str, str], list[Label]] = {}
    for label in card.labels:
        if label.counts == YES and (
            label.field in SIZES or label.field in COUNTS or label.field in {CONTEXT, "routed_experts"}
        ):
            groups.setdefault((label.field, label.value), []).append(label)
    for (field, old), labels in groups.items():
        places = sorted({label.line for label in labels if spans(lines[label.line - 1], old, labelled=True)})
        for change, new in changes(field, old, known):
            for line in places:
                yield Plant(card.id, field, f"{change}, one line", old, new, (line,), _with(lines, [line], old, new))
            everywhere = places if _is_bare(old) else range(1, len(lines) + 1)
            text = _with(_with(lines, places, old, new).split("\n"), everywhere, old, new)
            pairs = enumerate(zip(lines, text.split("\n"), strict=True), 1)
            changed = tuple(at for at, (one, two) in pairs if one != two)
            if len(changed) > 1:
                yield Plant(card.id, field, f"{change}, everywhere", old, new, changed, text)


def unplaced(card: Labelled) -> list[Label]:
    """Labelled figures whose printed value does not stand on their line as it is."""
    lines = card.text.split("\n")
    return [
        label
        for label in card.labels
        if label.counts == YES
        and figure_of(label.value) is not None
        and not spans(lines[label.line - 1], label.value, labelled=True)
    ]


def changes(field: str, old: str, known: Known) -> Iterator[tuple[str, str]]:
    """What is done to a figure, and the wrong one; nothing where the result would be true of the evidence."""
    figure = figure_of(old)
    found = _VALUE.fullmatch(old.lstrip("~≈∼> "))
    if figure is None or found is None or figure.is_range:
        return
    number = found["number"].replace(",", "")
    if field in SIZES:
        factor = Fraction(9, 10)
        if field in ACTIVE:
            factor = Fraction(8, 10) if figure.low < SMALL else Fraction(72, 100)
        made = [("scaled", _scaled(number, factor)), ("digits turned", turned(number) or number)]
    elif field == CONTEXT:
        made = [("doubled", _plain(Fraction(number) * 2, number))]
    elif field == "routed_experts":
        made = [("a quarter less", str(int(number) * 3 // 4))]
    else:
        made = [("more", str(int(number) + COUNTS[field]))] if number.isdigit() else []
    for how, new in made:
        if new != number and not fits(field, new + found["unit"], known):
            yield how, new + found["unit"]


def _scaled(number: str, factor: Fraction) -> str:
    """A product printed as finely as the number, and with two figures at least; never the number itself."""
    value = Fraction(number) * factor
    places = max(len(number.partition(".")[2]), 1 if value < 10 else 0)
    printed = f"{float(value):.{places}f}"
    return printed if Fraction(printed) != Fraction(number) else f"{float(value):.{places + 1}f}"


def _plain(value: Fraction, like: str) -> str:
    return f"{float(value):.{len(like.partition('.')[2])}f}"


def turned(number: str) -> str | None:
    """The digits from behind; two neighbours changed where that is the same number, or begins with 0."""
    digits = number.replace(".", "")
    for other in (
        digits[::-1],
        *(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(len(digits) - 1)),
    ):
        if other != digits and other[0] != "0":
            whole = len(number.partition(".")[0])
            return other if "." not in number else f"{other[:whole]}.{other[whole:]}"
    return None


def fits(field: str, printed: str, known: Known) -> bool:
    """Whether a planted figure might be true: it is one of the evidence's counts, or a context that is served, or the
    evidence has no such count."""
    figure = figure_of(printed)
    values = {name: value for name, value in proven(known.inspection).items() if value}
    if figure is None:
        return True
    if field == CONTEXT:
        lengths = [typical(value) for name, value in values.items() if name.startswith(CONTEXT)]
        return not lengths or figure.low <= max(lengths)
    if field in SIZES:
        names = [name for name in values if name.startswith(SCOPES.get(field, _TOTAL))]
    else:
        names = [name for name in values if name.partition("+")[0] == field]
    return not names or any(figure.matches(values[name]) is not None for name in names)


def _is_bare(value: str) -> bool:
    """Whether a value is a number without a unit, which stands for many things in a card."""
    return value.isdigit()


def spans(line: str, value: str, *, labelled: bool = False) -> list[tuple[int, int]]:
    """Where a value stands in a line, emphasis and spaces between its parts aside. A part of a name is none, but on a
    labelled line that has no other: `744B-A40B`."""
    parts = re.findall(r"[\d.,]+|[^\s\d.,]+", value)
    pattern = _MARKUP.join(re.escape(part) for part in parts)
    ascii_end = r"(?![\w\-/]|[.,]\d)" if value[-1:].isascii() else r"(?!\d)"
    found = [one.span() for one in re.finditer(rf"(?<![\w.\-/]){pattern}{ascii_end}", line)]
    if not found and labelled:
        found = [one.span() for one in re.finditer(rf"(?<![\d.,]){pattern}(?![\d]|[.,]\d)", line)]
    return found


def _with(lines: list[str], numbers: Iterable[int], old: str, new: str) -> str:
    """The text with a value changed on these lines; of several on a line the first, where it is a bare number."""
    changed = list(lines)
    numbers = list(numbers)
    for number in numbers:
        line = changed[number - 1]
        found = spans(line, old, labelled=len(numbers) < len(lines))
        for start, end in reversed(found[:1] if _is_bare(old) else found):
            line = line[:start] + new + line[end:]
        changed[number - 1] = line
    return "\n".join(changed)
