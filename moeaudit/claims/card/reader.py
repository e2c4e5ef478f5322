"""Reading a whole card: front matter, blocks, suppressions, and what was left unread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from moeaudit.claims.card.code import lines_of
from moeaudit.claims.card.fields import borne_out
from moeaudit.claims.card.front_matter import FrontMatter, licence_of, names_of, read_front_matter
from moeaudit.claims.card.layout import blocks
from moeaudit.claims.card.prose import text_readings
from moeaudit.claims.card.reading import Reading
from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.subject import Relation, Subject
from moeaudit.claims.card.tables.grid import table_readings
from moeaudit.claims.card.text import Block, Text
from moeaudit.claims.card.whose.naming import called
from moeaudit.claims.card.whose.owner import Owned, Owner
from moeaudit.claims.checklist import FIELDS
from moeaudit.claims.claim import Claim, Origin
from moeaudit.claims.file import Ignore
from moeaudit.claims.verdicts import NOTHING, Values
from moeaudit.errors import Place
from moeaudit.evidence.hidden import hidden_characters
from moeaudit.later import dataclass
from moeaudit.limits import CARD_CLAIMS, CARD_LETTERS, CARD_LINE, CARD_LINES, CARD_NUMBERS, IGNORES, TABLE_NUMBERS

_IGNORE = re.compile(
    r"<!--\s{0,20}moeaudit:\s{0,20}ignore\[(?P<rules>[A-Za-z0-9, -]{1,200})\](?P<reason>[^<>\n]{0,400}?)-->"
)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Notice:
    """Something about the card's text itself: hidden characters, front matter that cannot be read, parts left
    unread."""

    message: str
    place: Place


@dataclass(frozen=True)
class Card:
    """A card as read: the model it is about, its claims in the order of the text, suppressions, notices, and the blocks
    of its body."""

    file: str
    subject: str
    claims: tuple[Claim, ...]
    ignores: tuple[Ignore, ...]
    notices: tuple[Notice, ...]
    front_matter: FrontMatter
    blocks: tuple[Block, ...] = ()
    readings: tuple[Reading, ...] = ()
    named: bool = True
    """Whether it is known of which model it speaks: it was read under a name, or tells of one model alone."""


def read_card(
    text: str, file: str, model_id: str | None = None, also: Sequence[str] = (), known: Values = NOTHING
) -> Card:
    """Read the claims that a card makes about one model.

    `model_id` names the model; without it the first of `also` that the card's title or text bears out, else the card's
    first heading. `known`: the counts of its evidence, so that of several rows, columns or sizes the model's own is
    found. The time is bounded: a card longer than
    some length, a line or text with more numbers than some (`moeaudit.limits`) are read up to there, and a
    notice says so.
    """
    notices = list(_text_notices(text, file))
    text = "\n".join(text[:CARD_LETTERS].split("\n", CARD_LINES)[:CARD_LINES])
    text = text.replace("\r\n", "\n").replace("\r", " ").replace("\x00", "\ufffd")  # lines are as git counts them
    front = read_front_matter(text, file)
    if front.problem is not None:
        notices.append(Notice(f"the front matter is {front.problem.message}", front.problem.place or Place(file, 1)))
    body = "\n".join(text.split("\n")[front.body_line - 1 :])
    whole, unread = _within_bounds(blocks(body, front.body_line))
    parts = [block for block in whole if block.kind != "code"]
    if unread is not None:
        message = f"the text holds {CARD_NUMBERS.words()}, or {TABLE_NUMBERS.words()} in tables; it was read up to here"
        notices.append(Notice(message, Place(file, *unread)))
    own, parents = names_of(front.root)
    names = called(text, parts, model_id, [name for name in (*own, *also) if name not in parents], known, parents)
    subject = names.subject
    owned = Owned(Owner.STATED if names.alone else Owner.ASSUMED)
    readings = _with_the_family(list(_readings(whole, subject, owned, known)), subject, known)
    claims = [*_front_claims(front, file), *(_claim(one, file) for one in readings if one.taken)]
    if len(claims) > CARD_CLAIMS:
        notices.append(Notice(f"the card makes {CARD_CLAIMS.words()}; the first are held", Place(file, 1)))
        del claims[CARD_CLAIMS:]
    ignores = list(islice(_ignores(text, file), IGNORES + 1))
    if len(ignores) > IGNORES:
        notices.append(Notice(f"the card has {IGNORES.words()}; the first hold", ignores.pop().place))
    claims.sort(key=lambda claim: (claim.location.line or 0, claim.location.column or 0))
    return Card(
        file, subject.name, tuple(claims), tuple(ignores), tuple(notices), front, tuple(parts), readings,
        named=model_id is not None or names.alone,
    )  # fmt: skip


def _within_bounds(parts: Iterator[Block]) -> tuple[list[Block], tuple[int, int] | None]:
    """The blocks up to the limits of numbers in running text and in tables, and the place of the first one left
    unread."""
    kept: list[Block] = []
    numbers = tabled = 0
    for part in parts:
        first = part.text
        if first is not None:
            numbers += _numbers_in(first)
        else:
            tabled += sum(_numbers_in(cell) for row in part.rows for cell in row)
            first = next((cell for row in part.rows for cell in row if cell.at), None)
        if first is not None and first.at and (numbers > CARD_NUMBERS or tabled > TABLE_NUMBERS):
            return kept, first.at[0]
        kept.append(part)
    return kept, None


def _numbers_in(text: Text) -> int:
    return sum(1 for _ in _NUMBER.finditer(text.value))


def _front_claims(front: FrontMatter, file: str) -> Iterator[Claim]:
    node = licence_of(front.root) if front.root is not None else None
    if node is not None:
        field = FIELDS["governance.licence"]
        place = Place(file, node.place.line, node.place.column, field.path)
        yield Claim(field.path, field.item, None, node.text, place, Origin.CARD, length=len(node.text))


def _readings(parts: list[Block], subject: Subject, card: Owned, known: Values) -> Iterator[Reading]:
    for block in (one for part in parts for one in (lines_of(part) if part.kind == "code" else (part,))):
        table = block.kind == "table"
        found = table_readings(block, subject, card, known) if table else text_readings(block, subject, card)
        seen: set[tuple[str | None, tuple[int, int]]] = set()
        for reading in found:
            spot = (reading.path, reading.text.at[reading.start])
            if spot not in seen:
                seen.add(spot)
                yield reading


def _with_the_family(readings: list[Reading], subject: Subject, known: Values) -> tuple[Reading, ...]:
    """What is said of the whole family is said of this model, where the evidence counts just that, or the card says it
    of this model too."""
    own = {(one.path, one.figure.low, one.figure.high) for one in readings if one.taken and one.figure is not None}

    def is_own(one: Reading) -> bool:
        if one.owner is not Owner.FAMILY or one.reason is not Reason.OTHER_MODEL or one.figure is None:
            return False
        if subject.relation(one.name) is not Relation.FAMILY:
            return False  # a row that begins as the family does, and is another member's
        return (one.path, one.figure.low, one.figure.high) in own or borne_out(one.path, one.figure, known)

    return tuple(replace(one, owner=Owner.ASSUMED, reason=None) if is_own(one) else one for one in readings)


def _claim(reading: Reading, file: str) -> Claim:
    text = reading.text
    line, column = text.at[reading.start]
    last_line, last_column = text.at[min(reading.start + len(reading.printed), len(text.at)) - 1]
    length = last_column - column + 1 if last_line == line else len(reading.printed)
    field = FIELDS[reading.path or ""]
    place = Place(file, line, column, field.path)
    return Claim(
        field.path, field.item, field.kind, reading.printed, place, Origin.CARD,
        figure=reading.figure, quote=text.value[:400], length=length, subject=reading.name,
        owner=reading.owner.value,
    )  # fmt: skip


def _text_notices(text: str, file: str) -> Iterator[Notice]:
    for hidden in hidden_characters(text):
        yield Notice(f"the text holds a {hidden.name}", Place(file, hidden.line, hidden.column))
    if len(text) > CARD_LETTERS:
        line = text.count("\n", 0, CARD_LETTERS) + 1
        yield Notice(f"the card has {len(text):,} characters; it was read up to {CARD_LETTERS:,}", Place(file, line, 1))
    if text.count("\n", 0, CARD_LETTERS) >= CARD_LINES:
        yield Notice(f"the card has {CARD_LINES.words()}; it was read up to there", Place(file, CARD_LINES, 1))
    start, line = 0, 1
    while start < min(len(text), CARD_LETTERS) and line <= CARD_LINES:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start > CARD_LINE:
            message = f"the line has {end - start:,} characters; it was read up to {CARD_LINE:,}"
            yield Notice(message, Place(file, line, CARD_LINE + 1))
        start, line = end + 1, line + 1


def _ignores(text: str, file: str) -> Iterator[Ignore]:
    line, counted = 1, 0
    for found in _IGNORE.finditer(text):
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        column = found.start() - text.rfind("\n", 0, found.start())
        for rule in found["rules"].split(","):
            yield Ignore(rule.strip(), found["reason"].strip(), "", Place(file, line, column))
