"""A section in a language of its own: the words of closed lists, and those inside values.

Sections and results know ids and figures alone. What these are called is said here, over a finished section, so that no
section has to think of it, and a value stays a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from moeaudit.reports.document.runs import ENGLISH, Band, Between, Figure, Share, Tag
from moeaudit.reports.document.words import Words

T = TypeVar("T")


def spoken(part: T, words: Words) -> T:
    """The same with the words of that language; as it is where these are the ids."""
    tags, inside = words.strings["tags"], between(words)
    if inside == ENGLISH and all(word == said for word, said in tags.items()):
        return part
    made: T = _said(part, tags, inside)
    return made


def between(words: Words) -> Between:
    """The words inside values, in that language."""
    return Between(**words.strings["between"])


def _said(part: Any, tags: Mapping[str, str], inside: Between) -> Any:
    match part:
        case Tag(word, ""):
            return Tag(word, tags.get(word, ""))
        case Figure() | Band() | Share():
            return replace(part, words=inside)
        case tuple():
            return tuple(_said(one, tags, inside) for one in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    held = {one.name: getattr(part, one.name) for one in fields(part)}
    changed = {
        name: _said(one, tags, inside) for name, one in held.items() if isinstance(one, tuple) or is_dataclass(one)
    }
    return replace(part, **changed) if changed else part
