"""Words with gaps: `{name}` is replaced by a plain value, `{name?one|many}` by words for one of it or for another
number, and that is all.

`str.format` would follow attributes and indexes of whatever it is given, and pad to any width. Words may be a user's
own, so nothing of that is here: no attribute, no index, no conversion, no width.
"""

from __future__ import annotations

from moeaudit.later import expression

MARK = expression(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]{0,40})(?:\?([^{}|]*)\|([^{}|]*))?\}|[{}]")
PLAIN = (str, int, float)


def is_one(value: object) -> bool:
    """Whether a number, or what it is written as, is one."""
    return value in (1, "1")


def gaps(text: str) -> frozenset[str]:
    """The names that a text has gaps for. ValueError for a brace that is neither a gap nor doubled."""
    found = set()
    for mark in MARK.finditer(text):
        if mark[1]:
            found.add(mark[1])
        elif len(mark[0]) == 1:
            raise ValueError(
                f"{text[mark.start() : mark.start() + 24]!r} is no gap: write {{name}}, or {{{{ for a brace"
            )
    return frozenset(found)


def filled(text: str, /, **values: str | int | float) -> str:
    """The text with its gaps filled. ValueError for a gap without a value, or a value that is not plain."""

    def value(mark: object) -> str:
        name = mark[1]  # type: ignore[index]
        if not name:
            return str(mark[0])[0]  # type: ignore[index]
        if name not in values:
            raise ValueError(f"there is nothing to fill {{{name}}} with; there is: {', '.join(values) or 'nothing'}")
        if not isinstance(values[name], PLAIN):
            raise ValueError(f"what {{{name}}} is filled with is no plain value")
        if mark[2] is not None:  # type: ignore[index]
            return str(mark[2] if is_one(values[name]) else mark[3])  # type: ignore[index]
        return str(values[name])

    gaps(text)
    return str(MARK.sub(value, text))
