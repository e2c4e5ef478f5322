"""Which known type a name means that is none of them letter by letter: case, dashes, suffixes, and text halves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from moeaudit.architecture.catalogue import BY_CLASS, TYPES, Type
from moeaudit.architecture.config import TEXT_SECTIONS
from moeaudit.architecture.unread import FRAMES, REFUSED, Frame, Refused
from moeaudit.later import expression

HEAD = expression(r"For(?=[A-Z]).*|LMHeadModel$|Model$")
"""What a class's name says after the model's own: what it is saved for."""

SPLIT = expression(r"[^a-z0-9]+")
"""What stands between the words of a type's name."""

ALONE = ("text", "llm", "lm", "languagemodel")
"""What stands behind a type's name where its language model is saved apart."""

WITH = ("vl", "mm", "omni", "multimodal")
"""What a type's name has where encoders stand beside the language model, and not where it is saved alone."""

GENERATES = ("forcausallm", "forconditionalgeneration", "lmheadmodel", "")
"""What a class's name ends in that keeps a language model's head, whatever its type; a bare name says nothing."""

DRAFT = expression(r"MTP|NextN|Eagle|Draft|Assistant")
"""Words of classes that guess ahead of another model."""

SAVED = ("forcausallm", "forconditionalgeneration", "lmheadmodel", "model", "config", "hf")
"""What stands behind a type's name and says only what it was saved for: a class's head, a format."""

NEAR = 0.7
"""How alike two names are (difflib's ratio) before one is called near the other."""

Likeness = tuple[Type, str]
"""A row, and in what words the name is that row's: "another spelling of", "the language model of"."""


def letters(name: str) -> str:
    """A name without case, dashes, dots and underscores."""
    return "".join(sign for sign in name.lower() if sign.isalnum())


def stem(class_name: str) -> str:
    """The model's own name in a class's: `DeepseekOCR2ForCausalLM` → `deepseekocr2`."""
    return letters(HEAD.sub("", class_name))


def by_type(written: str, data: Mapping[str, Any]) -> Likeness | None:
    """The row that a `model_type` means, its words in another order too (`ernie4_5_moe_vl`); None where none, or more
    than one reader, is alike."""
    return _alike(letters(written), data) or _reordered(written)


def _reordered(written: str) -> Likeness | None:
    words = _words(written)
    found = _one([row for row in TYPES if _words(row.name) == words]) if len(words) > 1 else None
    return (found, SPELLED) if found else None


def _words(name: str) -> list[str]:
    """The words of a type's name, whatever their order."""
    return sorted(SPLIT.split(name.lower()))


def by_class(name: str, data: Mapping[str, Any]) -> Likeness | None:
    """The row that a class's name means: the same letters, then the same stem, then a type's own name."""
    if name in BY_CLASS:
        return BY_CLASS[name], ""
    if not name:
        return None
    same_stem = [row for known, row in BY_CLASS.items() if stem(known) == stem(name)]
    same = [row for known, row in BY_CLASS.items() if letters(known) == letters(name)]
    found = _one(same) or _one(same_stem)
    return (found, SPELLED) if found else _alike(stem(name), data)


SPELLED = "another spelling of"
HALF = "the language model of"


def _alike(key: str, data: Mapping[str, Any]) -> Likeness | None:
    rows = _by_letters()
    if key not in rows:
        key = next((key.removesuffix(word) for word in SAVED if key.endswith(word)), key)
    if key in rows:
        found = _one(rows[key])
        return (found, SPELLED) if found else None
    if any(isinstance(data.get(name), Mapping) for name in TEXT_SECTIONS):
        return None
    bases = [key.removesuffix(word) for word in ALONE if key.endswith(word)]
    wholes = [base + word for base in (key, *bases) for word in WITH]
    found = _one([row for name in (*bases, *wholes) for row in rows.get(name, ())])
    return (text_half(found), HALF) if found else None


def with_encoders(class_name: str) -> bool:
    """Whether a class, in any spelling, saves a model that holds encoders."""
    found = by_class(class_name, {})
    return found is not None and found[0].holds_encoders(class_name)


def keeps_language_head(class_name: str) -> bool:
    """Whether a class's name leaves no doubt that what it saves ends in a head for next tokens: a catalogued class, in
    any spelling, or the head of one of its type's, or one that every such model has."""
    head = letters(class_name).removeprefix(stem(class_name))
    row = (by_class(class_name, {}) or (None,))[0]
    known = {letters(name).removeprefix(stem(name)) for name in row.classes} if row else set()
    return class_name in BY_CLASS or (head in {*known, *GENERATES} and not DRAFT.search(class_name))


def text_half(row: Type) -> Type:
    """The row that reads the language model of a type saved alone: its own where it names no other."""
    return next((one for one in TYPES if one.name == row.text), row)


def refusal(written: object, class_name: str) -> Refused | None:
    """Why a config with this type, or this class, is not read, however its name is spelled."""
    key, own = letters(written) if isinstance(written, str) else "", stem(class_name)
    types = (row for row in REFUSED if key == letters(row.name))
    classes = (row for row in REFUSED if own and own in map(stem, row.classes))
    return next(types, None) or next(classes, None)


def frame(written: object, class_name: str) -> Frame | None:
    """The frame with this type, or this class, of which the language model alone is read."""
    key, own = letters(written) if isinstance(written, str) else "", stem(class_name)
    return next((row for row in FRAMES if key == letters(row.name) or (own and own in map(stem, row.classes))), None)


def nearest(names: Iterable[str]) -> Type | None:
    """The known type whose name is most like one of these; None where none is near."""
    rows = _by_letters()
    for name in names:
        found = get_close_matches(letters(name), rows, n=1, cutoff=NEAR)
        if found:
            return rows[found[0]][0]
    return None


def _one(rows: Iterable[Type]) -> Type | None:
    """The first row, where all have the same reader."""
    found = list(rows)
    return found[0] if found and all(row.reads == found[0].reads for row in found) else None


@cache
def _by_letters() -> dict[str, list[Type]]:
    found: dict[str, list[Type]] = {}
    for row in TYPES:
        found.setdefault(letters(row.name), []).append(row)
    return found
