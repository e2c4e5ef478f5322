"""What `check` does: each model that the paths speak of held against its evidence, none of them ending the others."""

from __future__ import annotations

import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from moeaudit.audits.choice import chosen
from moeaudit.audits.inspect import inspect
from moeaudit.audits.names import Names, named_model, names_of, shown_name
from moeaudit.audits.subjects import Subject, expanded, grouped
from moeaudit.checks.audit import Audit, Failed, Settings, audit
from moeaudit.checks.facts import Facts, proven, statements
from moeaudit.claims.card import Card, read_card
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.claims.file import SUFFIX
from moeaudit.errors import AuditError, NothingToAudit, Place, UsageError
from moeaudit.evidence.files import own_file, read_whole
from moeaudit.evidence.model import Evidence
from moeaudit.evidence.repo import CARD
from moeaudit.ledger.inspection import Inspection
from moeaudit.limits import CARD_BYTES
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.audits.trust import Trust
    from moeaudit.checks.gate import Change


class Checked(NamedTuple):
    """One audit for each model, and what could not be checked, with the reason."""

    audits: tuple[Audit, ...]
    failures: tuple[Failed, ...] = ()


def check(
    paths: Iterable[Path], model: str | None, *, offline: bool, settings: Settings, revision: str | None = None,
    trust: Trust | None = None,
) -> Checked:  # fmt: skip
    """One audit per model. All paths speak of `model` where it is given; else each claim file names its own, and a card
    belongs to the claim file beside it. Without paths the model's own card is audited. With `trust`, what decides comes
    from its base.

    What fails is a value and ends no other. Raises NothingToAudit where nothing can be checked, and the error itself
    where a single thing was to be checked.
    """
    given = list(paths)
    subjects, failures = [Subject()], list[Failed]()
    if given:
        found, absent = expanded(given)
        subjects, unreadable = grouped(found, together=model is not None)
        failures = [*absent, *unreadable]
    if not subjects and not failures:
        where = "here" if given == [Path()] else "among the paths"
        raise NothingToAudit(
            f"no claim file, model card or catalogue {where}",
            hint=f"Give *{SUFFIX}, README.md or a folder that holds them.",
        )
    audits: list[Audit] = []
    for subject in subjects:
        common = trust.changes if trust is not None and not audits else ()
        try:
            one = audited(
                subject, model, revision=revision, offline=offline, settings=settings, trust=trust, changes=common
            )
            audits.append(one)
        except AuditError as error:
            failures.append(Failed(tuple(subject.files), error))
    if not audits and len(failures) == 1:
        raise failures[0].error
    return Checked(tuple(audits), tuple(failures))


def audited(
    subject: Subject, model: str | None, *, revision: str | None, offline: bool, settings: Settings,
    trust: Trust | None = None, changes: Iterable[Change] = (),
) -> Audit:  # fmt: skip
    """One subject held against its evidence. `changes`: of the gate itself, beside those of this subject."""
    if trust is not None:
        subject, inspection, called, changed = trust.held(subject, model, revision=revision, offline=offline)
        changes = (*changes, *changed)
    else:
        inspection, called = inspection_of(subject, model, revision=revision, offline=offline), None
    evidence = inspection.evidence if inspection is not None else None
    named = model or called or next((claims.model_id for claims in subject.claims), None)
    model_id = named_model(evidence, named)
    own = not subject.files
    beside = own_card(model) if own else None
    texts = card_texts(subject, evidence, beside)
    cards = [
        card_of(text, file, names_of(evidence, named, None if own else Path(file)), inspection)
        for file, text in texts.items()
    ]
    if trust is not None and (beside is not None or not own):
        pairs = [trust.card(card) for card in cards]
        cards, changes = [card for card, _ in pairs], (*changes, *(one for _, found in pairs for one in found))
    catalogue = [claim for path in subject.catalogues for claim in catalogue_claims(path, model_id)]
    name = shown_name(model_id, cards, evidence)
    facts = facts_of(subject, cards, catalogue, inspection, texts)
    return audit(
        name, subject.files or list(texts),
        replace(facts, named=model_id is not None, gate=tuple(changes)),
        settings,
    )  # fmt: skip


def card_of(text: str, file: str, names: Names, inspection: Inspection | None) -> Card:
    """A card as read, knowing what the evidence knows: the model's names, and its counts."""
    return read_card(text, file, names.id, names.also, proven(inspection))


def catalogue_claims(path: Path, model_id: str | None) -> list[Claim]:
    """What a catalogue's file says of this model."""
    from moeaudit.claims.catalogues import Shelf, about, read_catalogue

    shelf = Shelf(lambda beside: text_of(Path(beside)) if Path(beside).is_file() else None)
    records = about(read_catalogue(text_of(path), str(path), shelf), model_id)
    if not records:
        raise UsageError(f"no record of {visible(model_id or 'this model', limit=80)}", place=Place(str(path)))
    return [claim for record in records for claim in record.claims]


def own_card(model: str | None) -> Path | None:
    """The card of a model's folder; None of what is no folder, or has none."""
    card = Path(model, CARD) if model is not None and os.path.isdir(model) else None  # noqa: PTH112 - as in subjects
    return card if card is not None and os.path.isfile(card) else None  # noqa: PTH113


def card_texts(subject: Subject, evidence: Evidence | None, own: Path | None = None) -> dict[str, str]:
    """The cards to read, by file; where no file at all was given, the model's own: that of its folder (`own`), or
    what the evidence holds."""
    if subject.files:
        return {str(path): text_of(path) for path in subject.cards}
    if own is not None:
        return {str(own): text_of(own)}
    if evidence is None or evidence.card is None:
        raise NothingToAudit(
            "the model has no card",
            place=Place(visible(evidence.model.id)) if evidence is not None else None,
            hint="Give claim files or cards beside --model.",
        )
    return {CARD: evidence.card}


def text_of(path: Path) -> str:
    """A foreign text; bytes that are no UTF-8 are replaced. UsageError where all of it is in another encoding: read as
    UTF-8 it would hold no word."""
    data = read_whole(own_file(path), CARD_BYTES, name=str(path))
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE, BOM_UTF32_BE)):
        raise UsageError("the file is UTF-16 or UTF-32", place=Place(str(path)), hint="Save it as UTF-8.")
    return data.decode("utf-8", "replace")


def facts_of(
    subject: Subject, cards: list[Card], catalogue: list[Claim], inspection: Inspection | None, texts: dict[str, str]
) -> Facts:
    """Everything claimed, judged."""
    distribution = subject.claims[0].distribution if subject.claims else Distribution.DOWNLOADABLE
    said = [
        *(claim for claims in subject.claims for claim in claims.claims),
        *(claim for card in cards for claim in card.claims),
        *catalogue,
    ]
    return Facts(
        inspection, statements(said, inspection, distribution), tuple(subject.claims), tuple(cards), distribution, texts
    )


def inspection_of(subject: Subject, model: str | None, *, revision: str | None, offline: bool) -> Inspection | None:
    """What is known of the model: of `--model`, else what the claim file names, else what lies beside the card. None
    for hosted models."""
    choice = chosen(subject, model, revision)
    return inspect(choice.target, revision=choice.revision, offline=offline) if choice.target is not None else None
