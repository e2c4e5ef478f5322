"""What of a check comes from a base revision: how a pull request is held to the gate that it found, not to its own.

Claim files, cards' suppressions and evidence are brought as the base has them; the same choice as ever is then made
among these. Where the base has nothing to choose from, the pull request's own is read, and is itself an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from moeaudit.audits.catalogue import holds_models, holds_records, is_catalogue, may_be, probed
from moeaudit.audits.choice import Choice, chosen
from moeaudit.audits.deciding import CONVERTED, DESCRIBING, apart, files_read, is_evidence, is_read
from moeaudit.audits.inspect import inspect
from moeaudit.audits.subjects import CARDS, Subject, expanded, grouped
from moeaudit.checks.gate import NOTHING, Change, as_before, gone, ignores_changed, model_changed
from moeaudit.claims.card import Card, read_card
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import SUFFIX, Claims, Ignore, read_claim_file
from moeaudit.errors import AuditError, NoEvidence, NothingToAudit, Place, UsageError
from moeaudit.evidence.base import Base
from moeaudit.evidence.evidence_file import SUFFIX as RECORDED
from moeaudit.evidence.files import read_whole
from moeaudit.evidence.formats import format_of
from moeaudit.ledger.inspection import Inspection
from moeaudit.limits import CARD_BYTES, CATALOGUE_BYTES


class Held(NamedTuple):
    """A subject as the base lets it be checked. `named`: what the base calls its model."""

    subject: Subject
    inspection: Inspection | None
    named: str | None
    changes: tuple[Change, ...]


class Trust:
    """One base for one check. `given`: the paths that are checked; `changes`: those that belong to no one subject."""

    def __init__(self, base: Base, given: Sequence[Path], changes: Iterable[Change] = ()) -> None:
        self.base = base
        self.subjects = self._bring(given)
        had = {str(here) for one in self.subjects for file in one.files if (here := base.here(Path(file))) is not None}
        has = {str(here) for path in expanded(given)[0] if (here := self._shown(path)) is not None}
        self.changes = (*changes, *gone(had, has))

    def held(self, subject: Subject, model: str | None, *, revision: str | None, offline: bool) -> Held:
        """The subject with the base's entries of its model, and the inspection of the base's evidence."""
        before = self._before(subject)
        changes: list[Change] = []
        pairs = [(one, self._claims(one.file)) for one in subject.claims]
        changes += [change for pair in pairs for change in model_changed(*pair)]
        choice, own = self._choice(before, model, revision), _own(subject, model, revision)
        claims = [self._as_trusted(now, had, before if choice else None) for now, had in pairs]
        kept = [ignores_changed(now.ignores, had.ignores if had else ()) for now, had in pairs]
        changes += [change for _, changed in kept for change in changed]
        claims = [replace(one, ignores=ignores) for one, (ignores, _) in zip(claims, kept, strict=True)]
        named = next((one.model_id for one in before.claims), None) if choice else None
        trusted = Subject(claims, subject.cards, subject.catalogues)
        if choice is None:
            choice = own if own is not None else chosen(subject, model, revision)
            changes += self._untold(choice, changes)
        elif own is not None and self._inside(own.target) != self._inside(choice.target) and not changes:
            changes.append(Change(Place(_text(own)), f"evidence {_text(own)}", f"evidence {self._told(choice)}"))
        with self.in_words():
            inspection, changed = self._inspected(choice, offline)
        return Held(trusted, inspection, named, tuple(changes + changed))

    def card(self, card: Card) -> tuple[Card, tuple[Change, ...]]:
        """The card without the suppressions that the base's card of the same place does not have. A Hub's card is none
        of the pull request's."""
        inside = self.base.inside(Path(card.file))
        path = self.base.bring(inside, CARD_BYTES) if inside is not None else None
        before: tuple[Ignore, ...] = ()
        if path is not None and card.ignores:
            before = read_card(read_whole(path, CARD_BYTES).decode("utf-8", "replace"), card.file).ignores
        kept, changes = ignores_changed(card.ignores, before)
        return replace(card, ignores=kept), changes

    def evidence(self, target: str) -> tuple[str, tuple[Change, ...]]:
        """What to open in place of a path: the base's copy where the pull request changes it, and what it changes. A
        path elsewhere, or a Hub id, is opened as it is."""
        inside, (name, choice) = self._inside(target), apart(target)
        if inside is None:
            return target, ()
        if self.base.names(inside) or (self.base.root / inside).is_dir():
            folder, changes = self._folder(name, inside)
            return (f"{folder}:{choice}" if choice else folder), changes
        path = self.base.bring(inside)
        if path is None:
            return target, (Change(Place(target), f"evidence {target}"),) if Path(target).is_file() else ()
        if self.base.unchanged(inside):
            return target, ()
        return str(path), (Change(Place(target), f"evidence {target} as changed", "it otherwise"),)

    def are_catalogues(self, given: Sequence[Path]) -> bool:
        """Whether the paths are catalogues, all of them: as the base has them, since that decides what is looked at. A
        path that is one now and was none, or the other way round, is a change."""
        now = [is_catalogue(path) for path in given]
        had = [self._was_catalogue(path, one) for path, one in zip(given, now, strict=True)]
        words = {True: "that a catalogue is checked here", False: "that no catalogue is checked here"}
        self.changes = (
            *self.changes,
            *(
                Change(Place(str(path)), words[is_one], words[was_one])
                for path, is_one, was_one in zip(given, now, had, strict=True)
                if is_one != was_one
            ),
        )
        return bool(had) and all(had)

    def _was_catalogue(self, path: Path, now: bool) -> bool:
        """The same question of the base; what it does not have is as it is now."""
        inside = self.base.inside(path)
        if inside is None or not self.base.names(inside):
            return now
        there = self.base.there(inside)
        if there.is_dir() and holds_models(there):
            return False
        return any(map(holds_records, probed(self._brought(inside))))

    def _brought(self, inside: PurePosixPath) -> Iterator[Path]:
        """The base's files of a folder that may be a catalogue's, each brought when it is looked at; those longer than
        any catalogue left out."""
        for place in self.base.below(inside, lambda name: True):
            if may_be(Path(place)):
                with suppress(UsageError):
                    file = self.base.bring(place, CATALOGUE_BYTES)
                    if file is not None:
                        yield file

    def catalogues(self, folders: Iterable[Path]) -> Iterator[Change]:
        """What is changed beside catalogues, of which no file has an entry of its own: settings, and the evidence in
        these folders."""
        yield from self.changes
        for folder in folders:
            inside = self.base.inside(folder)
            if inside is None:
                continue
            before = set(self.base.below(inside, is_evidence, 2))
            now = {
                inside / path.relative_to(folder).as_posix()
                for pattern in ("*", "*/*", "*/*/*")
                for path in folder.glob(pattern)
                if is_evidence(path.name)
            }
            for place in sorted(before | now):
                if not self.base.unchanged(place):
                    shown = str(self.base.here(self.base.there(place)))
                    yield Change(
                        Place(shown), f"evidence {shown} as it is", "it otherwise" if place in before else NOTHING
                    )

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Errors inside name the base's files as such, and no folder that nobody knows."""
        try:
            yield
        except AuditError as error:
            place = error.place
            if place is not None and Path(place.file).is_relative_to(self.base.folder):
                file = Path(place.file).relative_to(self.base.folder).as_posix()
                error.place = replace(place, file=f"{self.base.revision}:{file}")
            raise

    def _bring(self, given: Sequence[Path]) -> list[Subject]:
        """What the base has of these paths, grouped as ever."""
        for path in given:
            inside = self.base.inside(path)
            if inside is None:
                raise UsageError(
                    "the path is outside of the repository of --trust-base",
                    place=Place(str(path)),
                    hint="Give paths in the checkout.",
                )
            for place in self._places(path, inside):
                self.base.bring(place, CARD_BYTES)
                self._bring_beside(place.parent)
        found, _ = expanded(one for path in given if (one := self._there(path)).exists())
        return grouped(found, together=False)[0]

    def _places(self, path: Path, inside: PurePosixPath) -> Iterator[PurePosixPath]:
        names = self.base.names(inside)
        yield from self.base.below(inside, lambda name: name.endswith(SUFFIX))
        if names or path.is_dir():
            yield inside / "README.md"
        else:
            yield inside

    def _bring_beside(self, folder: PurePosixPath) -> None:
        """What a card's folder has to choose evidence from."""
        for name in self.base.names(folder):
            if name.endswith((SUFFIX, RECORDED, CONVERTED)) or name in DESCRIBING:
                self.base.bring(folder / name)

    def _before(self, subject: Subject) -> Subject:
        """The subject that the base has of these files, or what it has beside a card that is new."""
        places = {self._there(Path(file)) for file in subject.files}
        for one in self.subjects:
            if places & {Path(file) for file in one.files}:
                return one
        cards = [self._there(path) for path in subject.cards if path.suffix.lower() in CARDS]
        for card in cards:
            self._bring_beside(PurePosixPath(card.relative_to(self.base.folder).as_posix()).parent)
        return Subject(cards=cards)

    def _choice(self, before: Subject, model: str | None, revision: str | None) -> Choice | None:
        """The base's choice of evidence, with paths of the work tree; None where it has none to choose from."""
        if model is not None:
            return Choice(model, revision)
        try:
            with self.in_words():
                found = chosen(before, None, revision, self.base.folder) if before.files else None
        except NoEvidence:
            return None
        here = self.base.here(Path(found.target)) if found is not None and found.target is not None else None
        return Choice(str(here), found.revision) if found is not None and here is not None else found

    def _claims(self, file: str) -> Claims | None:
        inside = self.base.inside(Path(file))
        path = self.base.bring(inside) if inside is not None else None
        try:
            return read_claim_file(path) if path is not None else None
        except AuditError:
            return None

    @staticmethod
    def _as_trusted(now: Claims, had: Claims | None, before: Subject | None) -> Claims:
        """The claim file with the base's entry of its model; beside a card of the base, a new file hosts nothing."""
        if had is not None or before is None:
            return as_before(now, had)
        first = next(iter(before.claims), None)
        return replace(now, distribution=first.distribution if first else Distribution.DOWNLOADABLE)

    def _untold(self, choice: Choice, told: Sequence[Change]) -> list[Change]:
        """That the evidence is the pull request's own, where nothing else says so."""
        if self._inside(choice.target) is None or told:
            return []
        inspected, changes = self.evidence(choice.target or "")
        del inspected
        return [] if changes else [Change(Place(_text(choice)), f"evidence {_text(choice)}")]

    def _inspected(self, choice: Choice, offline: bool) -> tuple[Inspection | None, list[Change]]:
        if choice.target is None:
            return None, []
        target, changes = self.evidence(choice.target)
        found = inspect(target, revision=choice.revision, offline=offline)
        if target != choice.target and found.evidence.model.id == target:
            model = replace(found.evidence.model, id=choice.target)
            found = replace(found, evidence=replace(found.evidence, model=model))
        return found, list(changes)

    def _folder(self, target: str, inside: PurePosixPath) -> tuple[str, tuple[Change, ...]]:
        """The same of a model's folder: it is the work tree's where nothing in it changed."""
        before = set(self.base.below(inside, is_read, 1))
        here = self.base.root / inside
        now = {inside / path.relative_to(here).as_posix() for path in files_read(here)}
        changed = sorted(place for place in before | now if not self.base.unchanged(place))
        if not changed:
            return target, ()
        shown = {place: str(self.base.here(self.base.there(place))) for place in changed}
        changes = tuple(
            Change(Place(shown[one]), f"evidence {shown[one]} as changed", "it otherwise")
            if one in before
            else Change(Place(shown[one]), f"evidence {shown[one]}")
            for one in changed
        )
        if format_of([place.relative_to(inside).as_posix() for place in before]) is None:
            return target, changes
        for place in before:
            self.base.bring(place)
        return str(self.base.there(inside)), changes

    def _inside(self, target: str | None) -> PurePosixPath | None:
        """The place of evidence in the repository; None of Hub ids and of paths elsewhere."""
        if target is None:
            return None
        target = apart(target)[0]
        inside = self.base.inside(Path(target))
        if inside is None or not (Path(target).exists() or self.base.names(inside.parent).get(inside.name)):
            return None
        return inside

    def _there(self, path: Path) -> Path:
        inside = self.base.inside(path)
        return self.base.there(inside) if inside is not None else path

    def _shown(self, path: Path) -> Path | None:
        return self.base.here(self._there(path))

    def _told(self, choice: Choice) -> str:
        return choice.target or "that the model is hosted"


def _own(subject: Subject, model: str | None, revision: str | None) -> Choice | None:
    """The choice of the pull request; None where it has none, or one that is refused."""
    try:
        return chosen(subject, model, revision)
    except (NoEvidence, NothingToAudit, UsageError):
        return None


def _text(choice: Choice) -> str:
    return choice.target or "none: the model is hosted"
