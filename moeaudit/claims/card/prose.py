"""Figures in running text: bound to their nouns, given to their owners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moeaudit.claims.card.beside import pattern
from moeaudit.claims.card.bind import bind
from moeaudit.claims.card.bound import Bound
from moeaudit.claims.card.found import Found
from moeaudit.claims.card.labels import found_figure, label_of, values
from moeaudit.claims.card.marks import Mark, mark
from moeaudit.claims.card.reading import Reading
from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.subject import Relation, Subject, is_size, name_tokens
from moeaudit.claims.card.text import Block, Text
from moeaudit.claims.card.whose.bystanders import without_bystanders
from moeaudit.claims.card.whose.in_turn import in_turn
from moeaudit.claims.card.whose.owner import Owned, Owner, of_relation, owner_of, topic_of
from moeaudit.claims.card.whose.spoken_of import as_sure_as_said
from moeaudit.claims.card.whose.stops import stopped
from moeaudit.claims.card.whose.strangers import called_otherwise, with_strangers
from moeaudit.claims.card.words import word_claims, worth_reading
from moeaudit.later import expression

ELSEWHERE, PLANS = r"^\W*{section_elsewhere}", r"{section_plans}"
"""Headings over what is not about the model as it is, and over what may come, or might have been done."""
LICENCE_HEADING, TRAINING = r"{section_licence}", r"{section_training}"
KEY = expression(r"[^\w]*(?P<key>[^:：–—]{1,80}?)\s*(?:[:：]|\s[–—=]\s)\s*(?=\S)")
QUOTES = {'"': '"', "“": "”", "「": "」", "«": "»"}
MEASURED = frozenset({"runtime.memory", "runtime.hardware"})
"""What a section on evaluation sets for its tests."""
OWN_WORDS = frozenset({"governance.licence", "governance.code_licence"})


def text_readings(block: Block, subject: Subject, card: Owned) -> Iterator[Reading]:
    """Every value in a paragraph, list item or heading."""
    licensing = is_licence(block.headings)
    if block.text is None or block.quoted or not (licensing or worth_reading(block.text.value)):
        return
    carried = section_owner(block.headings, subject) or card
    section = carried
    side = side_module(block.headings)
    tested = is_evaluation(block.headings)
    machines = is_on_machines(block.headings)
    measured = tested or any(pattern(TRAINING).search(heading) for heading in block.headings)
    planned = any(pattern(PLANS).search(heading) for heading in block.headings)
    sentences = list(block.text.sentences())
    for sentence in sentences:
        mentions = list(subject.mentions(sentence.value))
        marks = without_bystanders(with_strangers(sentence.value, mark(sentence.value, mentions), subject))
        for reading in sentence_readings(sentence, marks, carried, licensing=licensing, machines=machines):
            found = replace(reading, reason=Reason.SETTING) if measured and reading.path in MEASURED else reading
            found = replace(found, reason=Reason.SUPPOSED) if planned and found.taken else found
            if licensing and len(sentences) == 1 and found.path in OWN_WORDS and _is_of_the_family(found.name, subject):
                found = replace(found, reason=None)
            yield _beside(found, side) if side else found
        topic = topic_of(marks)
        if topic is not None and topic.relation is not None:
            carried = of_relation(topic.relation, topic.text)
        elif not marks or not any(one.is_("who", "own") for one in marks[:3]):
            carried = section


def sentence_readings(
    sentence: Text, marks: list[Mark], carried: Owned, *, licensing: bool = False, machines: bool = False
) -> Iterator[Reading]:
    """The figures of a sentence, then its values in words."""
    quoted, turns = _quoted(sentence.value), in_turn(marks)
    for bound in bind(marks):
        if not any(start < bound.mark.start < end for start, end in quoted):
            yield _figure_reading(sentence, marks, bound, carried, turns.get(bound.at))
    for found in (*_labelled(sentence), *word_claims(sentence.value, licensing=licensing, machines=machines)):
        yield _word_reading(sentence, marks, found, carried)


def _labelled(sentence: Text) -> Iterator[Found]:
    """`Licence: MIT`, `Minimum VRAM: 120 GB`: a label whose value is words."""
    key = KEY.match(sentence.value)
    label = label_of(key["key"]) if key else None
    if key is not None and label is not None:
        for found in values(label, sentence.cut(key.end(), len(sentence.value))):
            yield replace(found, start=found.start + key.end())


def _figure_reading(sentence: Text, marks: list[Mark], bound: Bound, carried: Owned, turn: Relation | None) -> Reading:
    """`turn`: whose the figure is where the sentence deals out its figures."""
    one = bound.mark
    assert one.figure is not None
    path = bound.row.path if bound.row else None
    found = found_figure(path or "", bound.row.sort if bound.row else "", one.figure, sentence.value, one.start)
    owned = owner_of(marks, bound.at, carried) if turn is None else of_relation(turn, "")
    owned = as_sure_as_said(marks, bound.at, owned)
    stop = stopped(marks, bound.at, path) if path else None
    stop = None if stop is Reason.LISTED and turn is not None else stop
    reason = bound.reason or owned.reason or stop
    return Reading(sentence, found.start, found.text, path, owned.owner, found.figure, reason, owned.why)


def _word_reading(sentence: Text, marks: list[Mark], found: Found, carried: Owned) -> Reading:
    at = next((place for place, one in enumerate(marks) if one.end > found.start), len(marks) - 1)
    owned = owner_of(marks, at, carried)
    reason = None if found.path in OWN_WORDS and owned.owner is not Owner.OTHER else owned.reason
    if found.path.startswith("runtime.hardware") and owned.reason is Reason.COMPARED:
        reason = None
    reason = reason or stopped(marks, at, found.path)
    return Reading(sentence, found.start, found.text, found.path, owned.owner, found.figure, reason, owned.why)


def _beside(reading: Reading, side: str) -> Reading:
    """In a section about a module beside the main path a total is the module's, and nothing else is the model's."""
    if reading.path is None or not reading.path.startswith("architecture."):
        return reading
    if reading.path in {side, "architecture.total_parameters"}:
        return replace(reading, path=side)
    return replace(reading, reason=reading.reason or Reason.PART)


def is_licence(headings: tuple[str, ...]) -> bool:
    """Whether a section is about the licence."""
    return bool(headings) and pattern(LICENCE_HEADING).search(headings[-1]) is not None


def is_on_machines(headings: tuple[str, ...]) -> bool:
    """Whether a section, or the line over a list, says what to run the model on."""
    last = headings[-2:]
    return any(pattern("{machines}").search(one) for one in last) and not any(
        pattern("{trained_on}|{training}").search(one) for one in last
    )


def _is_of_the_family(name: str, subject: Subject) -> bool:
    """Whether a licence section names the family or an older edition by a name without a size."""
    return subject.is_kin(name) and not any(is_size(word) for word in name_tokens(name))


def is_evaluation(headings: tuple[str, ...]) -> bool:
    """Whether a section tells how the model was measured."""
    return any(one.kind == "setting" and one.sense != "engine" for heading in headings for one in mark(heading))


def side_module(headings: tuple[str, ...]) -> str | None:
    """The field of the module that a section is about, such as an encoder or a prediction module."""
    for heading in headings:
        for one in mark(heading):
            if one.is_("adjective", "mtp", "vision"):
                return f"architecture.{one.sense}_parameters"
    return None


def section_owner(headings: tuple[str, ...], subject: Subject) -> Owned | None:
    """Whose section this is: the deepest heading that names a model decides."""
    for heading in reversed(headings):
        others = any(one.is_("who", "other", "frame") for one in mark(heading[:60])[:2])
        if others or pattern(ELSEWHERE).search(heading):
            return Owned(Owner.OTHER, heading[:40], Reason.OTHER_MODEL)
        mentions = list(subject.mentions(heading))
        own = next((one for one in mentions if one.relation is Relation.SAME), None)
        if own is not None:
            return Owned(Owner.STATED, own.name)
        if mentions:
            family = next((one for one in mentions if one.relation is Relation.FAMILY), mentions[0])
            return of_relation(family.relation, family.name)
        if called_otherwise(heading, subject):
            return Owned(Owner.OTHER, heading[:40], Reason.OTHER_MODEL)
    return None


def _quoted(text: str) -> list[tuple[int, int]]:
    """Stretches in quotation marks: somebody else's words."""
    spans: list[tuple[int, int]] = []
    place = 0
    while place < len(text):
        close = QUOTES.get(text[place])
        end = text.find(close, place + 1) if close else -1
        if end > 0:
            spans.append((place, end))
            place = end
        place += 1
    return spans
