"""Foreign text made inert and legible, once for each format. Every value of a template passes through here.

First every invisible character is written out (`\\x00`, `\\u202e`) and what is too long is cut; then the format's own
marks are escaped. Text stays on one line.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from markupsafe import Markup

from moeaudit.later import expression
from moeaudit.limits import ADDRESS_LETTERS
from moeaudit.reports.links import unlinked
from moeaudit.reports.writers.legible import legible

ALWAYS = expression(r"[\\`*\[\]<|~${}]|(?<![^\W_])_|_(?![^\W_])|!(?=\[)|&(?=[#\w])|:(?=//)")
"""Marks of GitHub-flavoured Markdown (and of templates) wherever they stand; `_` only outside words."""

STARTING = expression(r"^ ?(?:>|#{1,6}(?=\s|$)|[+-](?=\s|$)|[=-](?=[=-]*\s*$)|\d{1,9}[.)](?=\s|$))")
"""Marks of a block, at the start of a line: headings, quotes, lists, rules."""

HTTP = expression(r"https?://[^\s<>\"'`\\]+")


def markdown(text: str) -> Markup:
    """Text as Markdown that shows exactly this text: CommonMark 0.31 and GFM, in paragraphs, lists and tables."""
    text = ALWAYS.sub(lambda found: f"\\{found[0]}", legible(text))
    text = STARTING.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text)
    return Markup(unlinked(text))


def code(text: str) -> Markup:
    """One of our own names as a Markdown code span. For foreign text use `markdown`: pipes end a cell even in code."""
    text = legible(text).replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return Markup(f"{fence}{pad}{text}{pad}{fence}")


def web_address(url: str) -> str:
    """The address percent-encoded, if it is one of http or https; else nothing."""
    if HTTP.fullmatch(url) is None or len(url) > ADDRESS_LETTERS:
        return ""
    return quote(url, safe="/:?#@!$&*+,;=%~.-_")


__all__ = ["ALWAYS", "HTTP", "STARTING", "code", "legible", "markdown", "web_address"]
