"""Foreign text made safe to print, and numbers made easy to read. Everything read from a repo is hostile."""

from __future__ import annotations

import unicodedata

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, change direction or show nothing."""


def visible(text: str, *, limit: int | None = None) -> str:
    """The text on one line with everything invisible written out (`\\x1b`, `\\u202e`), cut at `limit` characters."""
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(escaped(character) if unicodedata.category(character) in HIDDEN else character for character in text)


def quoted(value: object, limit: int = 80) -> str:
    """A foreign value inside an error message: in quotes where it is text, in ASCII, cut at `limit` characters."""
    text = ascii(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def file_name(path: str) -> str:
    """The last part of a path, as a message names a file; where it stands is told by the message's place."""
    return path.replace("\\", "/").rpartition("/")[2]


def escaped(character: str) -> str:
    """One character as a visible escape."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


PLAIN = {"·": "-", "–": "-", "—": "-", "−": "-", "×": "x", "÷": "/", "…": "...", "→": "->", "≤": "<=", "≥": ">="}
"""How our own signs are written where the encoding has none of them."""


def plainer(error: UnicodeError) -> tuple[str, int]:
    """A codec error handler: the characters that an encoding lacks, in plain ones, else as an escape (`\\u6a21`)."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign) or escaped_wide(sign) for sign in lacking), error.end


def escaped_wide(character: str) -> str:
    """An escape that JSON, YAML and Python read alike, as long as it fits four digits."""
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else escaped(character)


def exact(number: int) -> str:
    """37552297472 as 37,552,297,472."""
    return f"{number:,}"


def several(number: int, one: str, many: str = "") -> str:
    """`1 tensor`, `1,024 tensors`: so many of them. `many`: where it is not `one` with an s."""
    return f"{exact(number)} {one if number == 1 else many or one + 's'}"


UNITS = ((10**3, "K"), (10**6, "M"), (10**9, "B"), (10**12, "T"))


def short(number: int) -> str:
    """37552297472 as 37.55B: two decimals, rounded half up; 999,999,999 rounds up into 1.00B."""
    sign, size = "-" if number < 0 else "", abs(number)
    if size < 1000:
        return str(number)
    for unit, letter in UNITS:
        hundredths = (size * 100 + unit // 2) // unit
        if hundredths < 100_000 or letter == "T":
            return f"{sign}{hundredths // 100}.{hundredths % 100:02d}{letter}"
    raise AssertionError("the last unit takes every number")
