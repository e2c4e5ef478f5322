"""Which model a name means: the card's own, one of its family, or another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

from moeaudit.data import parsed
from moeaudit.later import dataclass, expression


class Relation(Enum):
    """What a name has to do with the model of the card."""

    SAME = "same"
    FAMILY = "family"
    RIVAL = "rival"
    OTHER = "other"


_SIZE = expression(r"a?\d+(?:\.\d+)?[bmtk]|\d+x\d+(?:\.\d+)?b|\d+e|\d{4,8}|\d+(?:\.\d+)?b?a\d+(?:\.\d+)?[bm]")
_SPLIT = expression(r"[-_\s/:()]+|(?<=\db)x(?=\d+e)|\.(?=[a-z])|(?<=[a-z])\.(?=\D)")

_BLOCKS = expression(r"(?:[-_.:]ud)?[-_.:]i?q\d(?:_[a-z0-9]{1,3}){1,2}(?![a-z0-9])|[-_]f(?:16|32)(?![a-z0-9])")
"""The format of a file's blocks in its name: `-UD-Q4_K_XL`."""
_JOINED = expression(r"(?<=\d[bm])(?=a\d)")


@cache
def words_of_names(kind: str) -> frozenset[str]:
    """The words of names of a kind: `families`, `variants`, `editions` …"""
    return frozenset(str(word) for word in _names()[kind])


@cache
def _names() -> dict[str, Any]:
    names: dict[str, Any] = parsed(files(__package__).joinpath("model_names.yaml").read_text(encoding="utf-8"))
    return names


@cache
def _editions() -> tuple[str, ...]:
    """The words of editions, longer ones first, so that no expression of them stops within a word."""
    return tuple(sorted(words_of_names("editions"), key=lambda word: (-len(word), word)))


@cache
def _families() -> str:
    """The expression of every family's first word."""
    software = {word: "|".join(others) for word, others in _names()["software"].items()}
    plain = (
        re.escape(word) + (rf"(?![.-]?(?:{software[word]}))" if word in software else "")
        for word in _names()["families"]
    )
    numbered = "|".join(_names()["families_with_number"])
    return rf"{'|'.join(plain)}|(?:{numbered})(?=[-\s]?\d|-[a-z]+-)|gpt-oss"


NUMBERED = (
    r"v?\d{1,2}(?:\.\d{1,2})?(?![\d.,%]*\d|\s*(?:billion|million|trillion|experts?|layers?|tokens?"
    r"|param|[BMTKbmtkx×%]\b|个|亿|万))"
)
SIZED = r"(?:\d{1,4}x)?\d{1,4}(?:\.\d{1,2})?[BbMm](?![A-Za-z0-9])(?!\s*(?:param|total|activ|token|in total))"


@dataclass(frozen=True)
class Mention:
    """A model's name in running text."""

    name: str
    start: int
    end: int
    relation: Relation


def name_tokens(name: str) -> tuple[str, ...]:
    """The words of a model name without those that leave the architecture as it is."""
    bare = re.sub(r"(?<=\d)[*×](?=\d)", "x", _BLOCKS.sub("", name.lower()))
    parts = _SPLIT.split(_JOINED.sub("-", re.sub(r"(?<=\d)_(?=\d)", ".", bare)))
    words = (word.strip("()[]*`\"'™®†‡, ") for word in parts if word)
    # A version "V2.0" and "2" are the same.
    variants = words_of_names("variants")
    return tuple(re.sub(r"^v(?=\d)|(?<=\d)\.0$", "", word) for word in words if word and word not in variants)


def is_size(word: str) -> bool:
    """Whether a word of a name is a size: `30b`, `a3b`, `8x7b`, `16e`."""
    return _SIZE.fullmatch(word) is not None


def _core(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if not _SIZE.fullmatch(word))


def _sizes(words: tuple[str, ...]) -> set[str]:
    return {word for word in words if _SIZE.fullmatch(word)}


def _sizes_agree(sizes: set[str], own: set[str]) -> bool:
    """Whether names with these sizes may be one model's: `X-4B` and `X-350M-4B`, not `X-350M-4B` and `X-700M-4B`."""
    first, second = ({one for one in each if not one.isdigit()} for each in (sizes, own))
    if len(first) == len(second) > 1:
        return first == second
    return not sizes or not own or bool(sizes & own)


def _head(words: tuple[str, ...]) -> str:
    """The pattern of a name's first word; a single letter is no name without the next one."""
    parts = words[:2] if len(words[0]) == 1 else words[:1]
    return r"[-_.\s]?".join(re.escape(word) for word in parts)


def _calls(name: str) -> Iterator[tuple[str, ...]]:
    """The words of a name, and without those that repeat the organisation: `Snowflake/snowflake-arctic` is Arctic."""
    organisation, _, last = name.rpartition("/")
    words = name_tokens(last)
    yield words
    if len(words) > 2 and re.fullmatch(r"[a-z]+\d[\d.]*", words[1]) and not is_size(words[1]):
        yield words[1:]  # `K2-Mini`
    if len(words) > 1 and words[0] in organisation.lower() and words[1].isalpha():
        yield words[1:]


def letters(name: str) -> str:
    """A name as letters and digits alone: `DeepSeekMoE 16B` and `deepseek-moe-16b` are one."""
    return re.sub(r"[\W_]+", "", name.lower())


class Subject:
    """The model that a card is about: its id or title first, then what else it is called."""

    def __init__(
        self, name: str, also: Iterable[str] = (), others: Iterable[str] = (), rivals: Iterable[str] = ()
    ) -> None:
        """`also`: what else it is called. `others`: names that are known to be of other models. `rivals`: names of
        which each may be this model's as well."""
        others, rivals = tuple(others), tuple(rivals)
        self.rivals = frozenset(letters(one) for one in rivals)
        self.others = frozenset(letters(one) for one in others)
        self.organisation, _, self.name = name.rpartition("/")
        also = tuple(also)
        self.names = frozenset(letters(one.rpartition("/")[2]) for one in (name, *also))
        self.tokens = name_tokens(self.name)
        self.called = tuple(dict.fromkeys(words for one in (name, *also) for words in _calls(one) if words))
        tail = "|".join((*_editions(), *(re.escape(word) for word in self.tokens[1:] if word.isalpha())))
        short = "|".join(
            re.escape(word)
            for word in self.tokens[1:]
            if re.fullmatch(r"[a-z]+\d[\d.]*", word) and not _SIZE.fullmatch(word)
        )
        own = "|".join(dict.fromkeys(_head(words) for words in self.called if not _SIZE.fullmatch(words[0])))
        self._mention = re.compile(
            rf"(?:(?<![A-Za-z0-9./-])|(?<=[A-Za-z0-9]/))(?:{own or 'a^'}|{_families()})(?![^\W\d_]|/[A-Za-z])"
            rf"(?:\d[\w.]{{0,10}}(?<!\.))?"
            rf"(?:[-_.][A-Za-z0-9.]{{1,20}}(?<!\.)(?:[*×]\d{{1,3}}(?:\.\d)?[BM])?"
            rf"|:\d{{1,4}}(?:\.\d{{1,2}})?[BM](?=-|$)|[\s/](?:{SIZED}|{NUMBERED}"
            rf"|[KVvRr]\d[\d.]{{0,4}}(?<!\.)|(?:{tail})(?![A-Za-z0-9_]))){{0,6}}"
            rf"|(?<![A-Za-z0-9./-])(?:{short or 'a^'})(?![\w.-]*[\w-])"
            rf"|(?<![A-Za-z0-9./-])(?:{'|'.join(re.escape(one) for one in (*others, *rivals)) or 'a^'})(?![A-Za-z0-9])"
            r"|(?<![A-Za-z0-9./-])[A-Z][A-Za-z]{1,20}(?:[-.][A-Za-z0-9.]{1,12}){0,3}-\d{1,4}(?:\.\d)?[BM](?:-[A-Za-z0-9.]{1,12}){0,3}",
            re.IGNORECASE,
        )

    def relation(self, name: str) -> Relation:
        """What `name` has to do with this model: equal but for variants and sizes, a shorter family name, or
        another one."""
        words = name_tokens(name)
        core, sizes = _core(words), _sizes(words)
        if letters(name) in self.others:
            return Relation.OTHER
        if letters(name) in self.names and words:
            return Relation.SAME
        for own in self.called:
            if words and len(words) == 1 and words[0] in own[1:] and not sizes:
                return Relation.SAME if words[0] == _core(own)[-1:][0] else Relation.FAMILY
            if not own or not words or core[: len(_core(own))] != _core(own)[: len(core)]:
                continue
            if len(core) == len(_core(own)):
                return Relation.SAME if _sizes_agree(sizes, _sizes(own)) else Relation.OTHER
            if core and len(core) < len(_core(own)):
                return Relation.FAMILY
        return Relation.RIVAL if letters(name) in self.rivals else Relation.OTHER

    def has_size(self, label: str) -> bool:
        """Whether a label such as "1B MoE" carries a size of this model's name."""
        return any(word in _sizes(self.tokens) for word in name_tokens(label)[:1])

    def is_kin(self, name: str) -> bool:
        """Whether a name shares a word with this model's or its organisation's, whole or as a part or initials: what it
        is called in other words is no other model."""
        bare = re.sub(r"[\W_]+", "", name.lower())
        initials = "".join(word[0] for word in re.split(r"[-_\s]+", name) if word).lower()
        return any(
            len(word) > 2 and (word in bare or bare in word or word == initials)
            for own in (*self.called, name_tokens(self.organisation))
            for word in (*own, "".join(own))
            if word not in words_of_names("editions") and not is_size(word) and not word[:1].isdigit()
        )

    def mentions(self, text: str) -> Iterator[Mention]:
        """Every model name in `text`, in order."""
        for found in self._mention.finditer(text):
            yield Mention(found.group(), found.start(), found.end(), self.relation(found.group()))
