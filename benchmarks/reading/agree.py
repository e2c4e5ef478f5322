"""Whether two printed values are the same: as figures where both are figures, else word by word."""

from __future__ import annotations

import re

from moeaudit.claims.figures import NUMBERS, Figure, parse_figure

_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s?([GT])i?B?")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_TIMES = re.compile(r"[×*]|(?<=\d)\s?x(?=\s?[a-z\d])")
_FILLING = frozenset(["the", "license", "licence", "agreement", "terms", "version", "v", "under", "by", "nvidia", "x"])
"""Words of a name of a licence or device that may be left out, and the sign between a number of devices and them."""


def figure_of(value: str) -> Figure | None:
    """The figure that a whole value is; `360 亿` and `36B` are the same one, and `eight` and `8`."""
    text = re.sub(r"(?<=\d)\s+(?=\S)", "", value.strip(" .,;*"))
    text = NUMBERS.get(text.lower(), text)
    figure = parse_figure(text)
    return figure if figure is not None and figure.text == text else None


def agrees(printed: str, label: str) -> bool:
    """Whether what was read is what the label says: the same text but for spaces and case, the same ends of a figure,
    or every word of the label."""
    left, right = _bare(printed), _bare(label)
    if left == right:
        return True
    sizes = _BYTES.fullmatch(printed.strip()), _BYTES.fullmatch(label.strip())
    if all(sizes):
        return sizes[0].groups() == sizes[1].groups()  # type: ignore[union-attr]
    first, second = figure_of(printed), figure_of(label)
    if first is not None and second is not None:
        return (first.low, first.high) == (second.low, second.high)
    if first is not None or second is not None:
        return False
    words = _words(label)
    return bool(words) and words <= _words(printed)


def _bare(value: str) -> str:
    return re.sub(r"[\s*_`]+", "", value).casefold().rstrip(".,;")


def _words(value: str) -> set[str]:
    """Words and numbers of a value in words; `×`, `*` and `x` say the same."""
    said = set(_TOKEN.findall(_TIMES.sub(" x ", value.casefold())))
    return said - _FILLING or said
