"""Labels whose values are words: `Licence: MIT`, `Minimum VRAM | 120 GB`; and what such values look like.

Labels of figures are read by the constructions that read running text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from moeaudit.claims.card.fields import CONTEXT, COUNT
from moeaudit.claims.card.found import Found
from moeaudit.claims.card.lexicon import LABEL, groups
from moeaudit.claims.card.machines import chips_in, named
from moeaudit.claims.card.text import Text
from moeaudit.claims.figures import Figure, parse_figure
from moeaudit.later import expression


class Label(NamedTuple):
    """A field of the claim file that has labels, and what a value of it looks like (None: any words)."""

    path: str
    value: Callable[[], re.Pattern[str]] | None = None


PRECISION = expression(
    r"(?<![A-Za-z0-9])(?:block-)?(?:(?:nv|mx)?fp[468](?:a\d{1,2})?|bf16|fp16|int[48]|bfloat16|float16|float8"
    r"|w\da\d{1,2})(?![A-Za-z0-9])"
    r"(?: ?\(e\dm\d\))?",
    re.IGNORECASE,
)
PRECISION_TOLD = expression(
    rf"(?:{PRECISION.pattern}|^\W*(?:\d{{1,2}}[- ]?bits?|I?Q\d(?:_[A-Z0-9]{{1,3}}){{1,2}})(?=\W*$|\s*[(（]))"
    r"(?!\s*[(（][^()（）]{0,20}(?:train|训练|学習|학습))",
    re.IGNORECASE,
)
"""A precision under its label: bits too, where nothing but brackets stands beside them, and none of a training."""
MEMORY = expression(
    r"(?<![A-Za-z0-9_.])(?:\d{1,4}\s?[x×]\s?\d{2,3}\s?GB?|(?:\d{1,4}\s?[-–~]\s?)?\d{1,5}(?:\.\d{1,2})?\s?(?:GB|GiB|TB|TiB|Go|To|G))"
    r"(?![A-Za-z*/])(?!\s?[x×*]\s?\d)"
)
SIZE = expression(r"(?<![\w.])[~≈]?\d{1,4}(?:\.\d{1,3})?\s?[BMT](?![A-Za-z])")
TOP_K = expression(
    r"(?<![\w-])top[-\s]?(?P<count>\d{1,3})(?!\d|%|\.\d)(?:[-\s]of[-\s](?P<all>\d{1,4})\b)?", re.IGNORECASE
)

SEVERAL = frozenset({"runtime.precision", "runtime.hardware"})
"""Fields of which a cell may list several values."""
_NOTHING = frozenset({"n/a", "tbd", "unknown", "none", "other", "see below", "-", "—"})
_BOUND = expression(
    r"(?:up to|at most|at least|less than|more than|under|over|beyond|不超过|至多|超过|至少|[≤≥<>]=?)\s*", re.IGNORECASE
)


LABELS: Mapping[str, Label] = {
    "precision": Label("runtime.precision", lambda: PRECISION_TOLD),
    "memory": Label("runtime.memory", lambda: MEMORY),
    "hardware": Label("runtime.hardware", named),
    "code_licence": Label("governance.code_licence"),
    "licence": Label("governance.licence"),
    "embedding_parameters": Label("architecture.embedding_parameters", lambda: SIZE),
    "attention_parameters": Label("architecture.attention_parameters", lambda: SIZE),
    "mlp_parameters": Label("architecture.mlp_parameters", lambda: SIZE),
    "expert_parameters": Label("architecture.expert_parameters", lambda: SIZE),
    "release_date": Label("governance.release_date"),
}
"""By the group of the lexicons that holds a field's labels."""
_BRACKETED = expression(r"\s*[(（][^()（）]{0,30}[)）]\s*$")
_CUT = expression(r"[\s_]+")


@cache
def _known() -> dict[str, str]:
    """Every label and the group it is of."""
    return {_bare(word): group for group in LABELS for word in groups(LABEL)[group]}


def _bare(text: str) -> str:
    return _CUT.sub(" ", text.lower()).strip(" :：*#-?!.¹²³⁴⁵†‡")


def label_of(text: str) -> Label | None:
    """The label that `text` is, whole but for words such as `minimum` around it."""
    if len(text) > 80:
        return None
    bare = _bare(_BRACKETED.sub("", text.strip()))
    group = _known().get(bare) or _known().get(_without(bare, groups(LABEL)["filling"]))
    if group is None:
        group = _known().get(_without(bare, groups(LABEL)["component_filling"]))
        group = group if group is not None and group.endswith("_parameters") else None
    return LABELS[group] if group is not None else None


def _without(bare: str, filling: tuple[str, ...]) -> str:
    """A label without the filling words at its ends; where there are only such words, the last of them stays."""
    if bare[-1:] >= "\u3040" or bare[:1] >= "\u3040":
        return _without_joined(bare, tuple(word for word in filling if word >= "\u3040"))
    words = bare.split(" ")
    known = _words_of(filling)
    start, end = 0, len(words)
    for _ in range(len(words)):
        start += _run(words[start:end], known, first=True)
        count = _run(words[start:end], known, first=False)
        if not count:
            break
        end -= count
    return " ".join(words[start:end])


@cache
def _words_of(filling: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.lower() for word in filling)


def _run(words: list[str], known: frozenset[str], *, first: bool) -> int:
    """How many words at an end are one of those known, never all of them."""
    return next(
        (count for count in range(min(3, len(words) - 1), 0, -1)
         if " ".join(words[:count] if first else words[-count:]) in known), 0
    )  # fmt: skip


def _without_joined(bare: str, filling: tuple[str, ...]) -> str:
    """The same in a script without spaces."""
    for _ in range(3):
        head = next((word for word in filling if bare.startswith(word) and bare != word), "")
        tail = next((word for word in filling if bare.endswith(word) and bare != head + word and bare != word), "")
        if not head and not tail:
            break
        bare = bare[len(head) : len(bare) - len(tail)].strip()
    return bare


def values(label: Label, cell: Text) -> Iterator[Found]:
    """The value of `label` in the text beside it."""
    if label.value is not None:
        sized = list(chips_in(cell.value)) if label.path == "runtime.memory" else []
        for found in label.value().finditer(cell.value):
            if any(start < found.start() and found.end() <= end for start, end in sized):
                continue  # the memory of each of several machines
            figure = parse_figure(found.group()) if label.path.endswith("_parameters") else None
            yield Found(label.path, found.group().strip(), found.start(), figure)
            if label.path not in SEVERAL:
                return
        return
    value = cell.value.strip()
    if 1 < len(value) <= 120 and value.lower() not in _NOTHING:
        yield Found(label.path, value.rstrip(".,;"), 0)


def found_figure(path: str, sort: str, figure: Figure, text: str, start: int) -> Found:
    """A figure as found. A context of "up to 128K" is a context of 128K, and "over 60 layers" are 60 layers."""
    bound = _BOUND.match(text, start) if figure.bound and sort in {COUNT, CONTEXT} else None
    if bound is not None:
        figure = replace(figure, bound="", text=figure.text[bound.end() - start :])
        start = bound.end()
    return Found(path, figure.text, start, figure)
