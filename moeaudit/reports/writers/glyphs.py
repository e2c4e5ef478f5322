"""What the bundled fonts can show. Everything else is written out as its code point: ⟨U+4E13 U+5BB6⟩."""

from __future__ import annotations

import re
import unicodedata

from moeaudit.later import expression
from moeaudit.reports.writers.escape import legible

RANGES = (
    (0x20, 0x7E),
    (0xA1, 0xAC),
    (0xAE, 0x241),
    (0x250, 0x2E9),
    (0x384, 0x38A),
    (0x38E, 0x3A1),
    (0x3A3, 0x3CE),
    (0x400, 0x45F),
    (0x490, 0x4C4),
    (0x1E00, 0x1E9B),
    (0x1E9E, 0x1EF9),
    (0x2010, 0x2027),
    (0x2030, 0x2037),
    (0x2039, 0x203F),
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x20A0, 0x20B5),
    (0x20B8, 0x20BA),
    (0x20BD, 0x20BD),
    (0x20BF, 0x20BF),
    (0x2100, 0x2103),
    (0x2122, 0x2122),
    (0x2126, 0x2126),
    (0x2153, 0x2184),
    (0x2190, 0x2220),
    (0x2223, 0x222D),
    (0x2234, 0x223D),
    (0x2241, 0x226B),
    (0x226D, 0x228B),
    (0x2308, 0x2315),
    (0x2500, 0x262F),
    (0x27E6, 0x27EB),
    (0xFFFD, 0xFFFD),
)
"""Code points that Libertinus Serif or DejaVu Sans Mono has a glyph for, in every style used; a test compiles them all.

Left out on purpose: scripts that run from right to left, and marks that combine.
"""

OUTSIDE = expression("[^" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in RANGES) + "\n]+")

BREAK = "\u200b"
"""Where a word may break that is wider than its line. Foreign text holds none: `legible` writes it out. The template
sets nothing there, and cuts what is too wide even so wherever it must."""

AFTER_MARK = expression(r"(?<=[^ ]{4}[/_:=()\[\]+-])(?=[^ ]{3})|(?<=[^ ]{4}[.,])(?=[^ \d]{3})")
"""A path or an identifier may break after its marks, a figure may not."""


def shown(text: str, *, breaks: bool = True) -> str:
    """Text that the fonts can set: one line, nothing invisible, what they lack as code points, and marked where a long
    word may break."""
    text = settable(legible(text))
    return AFTER_MARK.sub(BREAK, text) if breaks else text


def settable(text: str) -> str:
    """Text, or a whole SVG, without the characters that the fonts lack."""
    return OUTSIDE.sub(written_out, unicodedata.normalize("NFC", text))


def written_out(match: re.Match[str]) -> str:
    return f"⟨{' '.join(f'U+{ord(character):04X}' for character in match[0])}⟩"
