"""Blocks of code that state a model's shape: a tree or a list of `label: value`, a configuration, a drawing of layers.

A program, a command and what it prints state nothing: only a block without a language, or of plain text or YAML, is
looked at, and of it the lines whose labels are known, where there are two of them, and lines of a drawing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moeaudit.claims.card.tables.headings import label
from moeaudit.claims.card.text import Block, Text
from moeaudit.later import expression

PLAIN = frozenset({"", "text", "txt", "plain", "plaintext", "yaml", "yml", "markdown", "md", "none"})
ENOUGH = 2
"""Lines with a known label that make a block a list of facts."""
_STROKES = expression(r"[\s│├└┌┐┘┤┬┴┼─━|+`*>#═║╔╗╚╝╠╣▼▲↓↑-]*")
_DRAWN = expression(r"[│├└┌┐┘─━║═]|->|→|──")
_FACT = expression(r"(?P<label>[^\W\d][\w #/().-]{1,48}?)\s*[:=：]\s*(?P<value>\S.*)")
_FILE = expression(r"[\w/-]+\.(?:py|md|sh|json|yaml|yml|txt|cpp|cu|rs|ts|js|bin|safetensors|gguf|toml)\b|/\s*$|#")
_COMMENT = expression(r"\s#\s.*$")
_END = expression(r"[\s│|]+$")


def lines_of(block: Block) -> Iterator[Block]:
    """The lines of a block of code that state something, as blocks of text."""
    if block.language not in PLAIN:
        return
    bare = [_bare(row[0]) for row in block.rows]
    facts = [_fact(one) for one in bare]
    if sum(one is not None for one in facts) >= ENOUGH:
        yield from (Block("text", one, headings=block.headings) for one in facts if one is not None)
    elif any(_DRAWN.search(row[0].value) for row in block.rows):
        yield from (
            Block("text", one, headings=block.headings) for one in bare if one.value and not _FILE.search(one.value)
        )


def _bare(line: Text) -> Text:
    """A line without the strokes of a tree or a box."""
    start = _STROKES.match(line.value)
    end = _END.search(line.value)
    return line.cut(start.end() if start else 0, end.start() if end else len(line.value))


def _fact(line: Text) -> Text | None:
    """`label: value` with a known label, its comment in brackets; None for any other line."""
    found = _FACT.fullmatch(line.value)
    if found is None or label(found["label"].replace("_", " ")) is None:
        return None
    comment = _COMMENT.search(line.value)
    value = line.value.replace("_", " ")
    if comment is not None:
        at = comment.start()
        value = f"{value[:at]} ({value[at + 2 :].strip()})".ljust(len(line.value))[: len(line.value)]
    return replace(line, value=value)
