"""Claims in running text: which figures are about this model, and what the words around them say they count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from moeaudit.claims.card.labels import COUNT, Found, fits, found_figure, label_of, values
from moeaudit.claims.card.layout import Block, Text
from moeaudit.claims.card.rules import (
    CHANGED,
    COMPARED,
    COMPARISON_CLAUSE,
    GROWS,
    LISTED,
    NEGATED,
    NOT_THE_MODEL,
    PART_OF_IT,
    RULES,
    SUPPOSED,
)
from moeaudit.claims.card.subject import Mention, Relation, Subject
from moeaudit.claims.card.words import paired_sizes, word_claims
from moeaudit.claims.figures import find_figures

Piece = tuple[Found, Text, str]
"""A value, the text it stands in, and the model's name that it follows."""

_KEY = re.compile(r"(?P<key>[^:：]{1,80}?)\s*[:：]\s*(?=\S)")
_PRONOUN = re.compile(r"\W*(?:it|its|they|their|this model|the model|these models|该模型|它)\b", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]{1,400}\"|“[^”]{1,400}”|「[^」]{1,400}」|«[^»]{1,400}»")
_NEW_CLAUSE = re.compile(r"[,，]\s*(?!which|that|whose|who|with|where)\w", re.IGNORECASE)
_MTP = re.compile(r"multi-token prediction|\bMTP\b", re.IGNORECASE)
_VISION = re.compile(r"\bViT\b|vision (?:encoder|tower|transformer)|视觉编码器", re.IGNORECASE)
_SIDE_MODULES = ((_MTP, "architecture.mtp_parameters"), (_VISION, "architecture.vision_parameters"))
"""Sections about a module beside the main path: their total is the module's, and nothing else there is the model's."""
_OWN_WORDS = ("governance.licence", "governance.code_licence")


def text_claims(block: Block, subject: Subject) -> Iterator[Piece]:
    """The values in a paragraph, list item or heading that are this model's own."""
    if block.text is None or block.quoted or not _worth_reading(block.text.value):
        return
    section = section_relation(block.headings, subject)
    side = next((path for name, path in _SIDE_MODULES if any(name.search(heading) for heading in block.headings)), None)
    topic: Relation | None = None
    for sentence in block.text.sentences():
        mentions = list(subject.mentions(sentence.value))
        carried = topic if _PRONOUN.match(sentence.value) and topic is not None else section
        quotes = [(quote.start(), quote.end()) for quote in _QUOTED.finditer(sentence.value)]
        for found in _unique(_found(sentence)):
            if any(start < found.start < end for start, end in quotes):
                continue
            piece = _own(found, sentence.value, mentions, carried)
            if piece is None:
                continue
            if side is not None and found.path.startswith("architecture."):
                if found.path not in {side, "architecture.total_parameters"}:
                    continue
                piece = replace(piece, path=side)
            yield piece, sentence, _name_before(mentions, found.start)
        topic = mentions[0].relation if mentions else topic


def _worth_reading(text: str) -> bool:
    return any(character.isdigit() for character in text) or "icen" in text or "协议" in text or "许可" in text


def section_relation(headings: tuple[str, ...], subject: Subject) -> Relation | None:
    """Whose section this is: the deepest heading that names a model decides."""
    for heading in reversed(headings):
        relations = {mention.relation for mention in subject.mentions(heading)}
        if Relation.SAME in relations:
            return Relation.SAME
        if relations:
            return Relation.OTHER if relations == {Relation.OTHER} else Relation.FAMILY
    return None


def _found(sentence: Text) -> Iterator[Found]:
    yield from _labelled(sentence)
    yield from paired_sizes(sentence.value)
    yield from figures_in(sentence.value)
    yield from word_claims(sentence.value)


def _labelled(sentence: Text) -> Iterator[Found]:
    """`Label: value`, the label known."""
    key = _KEY.match(sentence.value)
    label = (
        label_of(key["key"]) or (label_of(key["key"].split("(")[0]) if key and "(" in key["key"][1:] else None)
        if key
        else None
    )
    if key is not None and label is not None:
        for found in values(label, sentence.cut(key.end(), len(sentence.value))):
            yield replace(found, start=found.start + key.end())


def figures_in(text: str) -> Iterator[Found]:
    """Every figure that the words around it make a claim."""
    for figure, start, end in find_figures(text):
        if NOT_THE_MODEL.match(text, end):
            continue
        partial = PART_OF_IT.search(text[max(0, start - 60) : start])
        for rule in RULES:
            found = found_figure(rule.path, rule.sort, figure, text, start)
            if fits(rule.sort, figure) and not (partial and rule.sort != COUNT) and rule.holds(text, found.start, end):
                yield found
                break


def _unique(found: Iterator[Found]) -> Iterator[Found]:
    """One claim for a place: the first reading stands."""
    seen: set[int] = set()
    for value in found:
        end = value.start + len(value.text)
        if not any(place in seen for place in range(value.start, end)):
            seen.update(range(value.start, end))
            yield value


def _own(found: Found, text: str, mentions: list[Mention], carried: Relation | None) -> Found | None:
    """The value, unless it is another model's, negated, supposed or only compared with."""
    head = text[: found.start]
    relation = _owner(found.start, text, mentions, carried)
    if relation is Relation.OTHER or (relation is Relation.FAMILY and found.path not in _OWN_WORDS):
        return None
    if NEGATED.search(head[-60:]) or SUPPOSED.search(head):
        return None
    if found.figure is not None and (
        LISTED.search(head) or GROWS.search(head) or (not found.figure.is_range and CHANGED.search(head))
    ):
        return None
    last_own = max(
        (mention.end for mention in mentions if mention.end <= found.start and mention.relation is Relation.SAME),
        default=0,
    )
    compared = COMPARED.search(head[last_own:])
    return (
        None if compared and found.path not in _OWN_WORDS and not found.path.startswith("runtime.hardware") else found
    )


def _owner(start: int, text: str, mentions: list[Mention], carried: Relation | None) -> Relation | None:
    """Whose value stands at `start`: the last name before it, else the first name after it, else the section's."""
    before = [mention for mention in mentions if mention.end <= start]
    if before and COMPARISON_CLAUSE.match(text) and _NEW_CLAUSE.search(text[before[-1].end : start]):
        before = [mention for mention in before if mention.relation is Relation.SAME]
    if before:
        return before[-1].relation
    after = next((mention for mention in mentions if mention.start > start), None)
    if (
        after is not None
        and not COMPARED.search(text[start : after.start])
        and re.match(r"[^,]{0,120}[,，]\s?$", text[start : after.start])
    ):
        return after.relation
    return carried


def _name_before(mentions: list[Mention], start: int) -> str:
    return next((mention.name for mention in reversed(mentions) if mention.end <= start), "")
