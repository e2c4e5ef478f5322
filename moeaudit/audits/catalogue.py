"""A whole catalogue: its files found by their form, every record held against the evidence at hand.

Nothing is asked of the network: a catalogue has thousands of records. Evidence is what ships with moeaudit and what
lies in the folders that are given.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.audits.inspect import inspect
from moeaudit.audits.subjects import CATALOGUES, claim_files, not_there
from moeaudit.checks.audit import Audit, Settings
from moeaudit.checks.differences import CatalogueAudit, Difference, findings_at, gate_audit, once, softened
from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Finding
from moeaudit.checks.status import checklist_status
from moeaudit.claims.card import read_card
from moeaudit.claims.catalogues import HubId, Record, Shelf, Unread, recognise
from moeaudit.claims.claim import Claim, Origin
from moeaudit.claims.file import SUFFIX
from moeaudit.errors import AuditError, NothingToAudit, Place, UsageError
from moeaudit.evidence.evidence_file import SUFFIX as EVIDENCE
from moeaudit.evidence.files import own_file, read_whole
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.recorded import recorded_ids
from moeaudit.evidence.walk import walk
from moeaudit.evidence.yaml_text import Node
from moeaudit.ledger.inspection import Inspection
from moeaudit.limits import (
    CATALOGUE_BYTES,
    CATALOGUE_FILES,
    CATALOGUE_JUDGED,
    CATALOGUE_PROSE,
    CONFIG_BYTES,
    PROBED,
    PROBED_BYTES,
)

if TYPE_CHECKING:
    from moeaudit.audits.trust import Trust

CONFIG = "config.json"
DESCRIBES = frozenset(
    {"model_type", "architectures", "transformers_version", "hidden_size", "num_hidden_layers", "n_layer", "n_layers",
     "num_layers", "d_model", "vocab_size", "text_config", "llm_config", "language_config"}
)  # fmt: skip
"""Keys of which a model's configuration has at least one."""
NEVER = frozenset({"node_modules", "__pycache__"})


def is_catalogue(path: Path) -> bool:
    """Whether a path is a catalogue's file, or a folder of such files that is no model's."""
    if not os.path.isdir(path):  # noqa: PTH112 - false, too, of what cannot be a path
        return may_be(path)
    if holds_models(path):
        return False
    return any(map(holds_records, probed(_files([path]))))


def probed(files: Iterable[Path]) -> Iterator[Path]:
    """Those of a folder's files that are looked at: the first few, up to so many bytes."""
    size = 0
    for file in islice(files, PROBED):
        size += file.stat().st_size if file.is_file() else 0
        if size > PROBED_BYTES:
            return
        yield file


def holds_models(folder: Path) -> bool:
    """Whether a folder is a model's, or holds claim files at any depth, which name theirs."""
    names = {one.name for one in folder.iterdir()}
    if any(name.endswith(EVIDENCE) for name in names) or (CONFIG in names and _is_models(folder / CONFIG)):
        return True
    return next(claim_files(folder), None) is not None


def holds_records(file: Path) -> bool:
    """Whether a file is one of a catalogue by its form."""
    try:
        return recognise(_text(file), str(file), Shelf(_beside)) is not None
    except AuditError:
        return False


def _is_models(config: Path) -> bool:
    """Whether a config.json describes a model, and not a program; one that cannot be read is taken for a model's."""
    try:
        return not DESCRIBES.isdisjoint(read_object(read_whole(config, CONFIG_BYTES), str(config), finite=False))
    except AuditError:
        return True


def audit_catalogue(
    paths: Sequence[Path], evidence: Sequence[Path], settings: Settings, trust: Trust | None = None
) -> CatalogueAudit:
    """Every record of these files. What cannot be read is said, and the rest goes on. With `trust`, evidence is read as
    its base has it, and what is changed of the gate is found, too.

    Raises UsageError where nothing could be read, NothingToAudit where there is no record at all.
    """
    shelf = Shelf(_beside)
    records: list[Record] = []
    unread: list[Unread] = []
    files = 0
    for path in _files(paths):
        found = tuple(_read(path, shelf, given=path in paths))
        files += bool(found)
        records += (one for one in found if isinstance(one, Record))
        unread += (one for one in found if isinstance(one, Unread))
    if not records and unread:
        raise UsageError(unread[0].reason, place=unread[0].place)
    if not records:
        raise NothingToAudit("no record of a known catalogue among the paths", hint="See docs/catalogues.md.")
    audited = _Run(_known(evidence), settings, trust).over(records, files, unread)
    changes = tuple(trust.catalogues(evidence)) if trust is not None else ()
    if not changes:
        return audited
    gate = gate_audit(changes, settings)
    return replace(audited, audits=(gate, *audited.audits), gate=gate.findings)


class _Run:
    """One run: every model's evidence is opened once, and equal claims about one model are judged once."""

    def __init__(self, known: dict[str, str], settings: Settings, trust: Trust | None = None) -> None:
        self.known = known
        self.trust = trust
        self.settings = settings
        self.inspections: dict[str, Inspection | AuditError] = {}
        self.judged: dict[tuple[object, ...], tuple[tuple[Statement, ...], tuple[tuple[int, Finding], ...]]] = {}
        self.statements: dict[str, dict[Place, Statement]] = {}
        self.prose = 0
        self.cut: Place | None = None
        self.said: dict[tuple[str, str], tuple[Claim, ...]] = {}

    def over(self, records: Iterable[Record], files: int, unread: list[Unread]) -> CatalogueAudit:
        checked, without = 0, []
        found: list[Difference] = []
        for record in records:
            hub = next((one for one in record.hub_ids if one.id.casefold() in self.known), None)
            inspection = self.inspection(hub) if hub is not None else None
            if hub is None or not isinstance(inspection, Inspection):
                without.append(record)
                continue
            if checked >= CATALOGUE_JUDGED:
                unread.append(Unread(record.place or Place(""), f"{CATALOGUE_JUDGED.words()}; the first are held"))
                break
            try:
                found += self.differences(record, hub, inspection)
                checked += 1
            except AuditError as error:
                unread.append(Unread(error.place or Place(""), error.message))
        if self.cut is not None:
            unread.append(Unread(self.cut, f"{CATALOGUE_PROSE.words()}; from here on it is not read"))
        differences = once(iter(found))
        audits = tuple(self.audit(key, differences) for key in self.statements)
        return CatalogueAudit(files, checked, differences, tuple(without), tuple(unread), audits)

    def inspection(self, hub: HubId) -> Inspection | AuditError:
        key = hub.id.casefold()
        if key not in self.inspections:
            try:
                target = self.known[key]
                opened = self.trust.evidence(target)[0] if self.trust is not None else target
                self.inspections[key] = inspect(opened, offline=True)
            except AuditError as error:
                self.inspections[key] = error
        return self.inspections[key]

    def differences(self, record: Record, hub: HubId, inspection: Inspection) -> Iterator[Difference]:
        for claims, sure in ((record.claims, hub.stated), (tuple(self.in_prose(record, hub)), False)):
            if not claims:
                continue
            judged, found = self.judge(claims, hub, inspection)
            kept = self.statements.setdefault(hub.id.casefold(), {})
            for statement in judged:
                kept.setdefault(statement.claim.location, statement)
            for number, finding in found:
                told = finding if sure else softened(finding, assumed=not hub.stated)
                yield Difference(record, hub, judged[number], told)

    def in_prose(self, record: Record, hub: HubId) -> Iterator[Claim]:
        """What the record's prose says in figures, at its lines; a text that comes again is read once."""
        for node in record.prose():
            text = str(node.content)
            if (text, hub.id) not in self.said:
                if self.prose + len(text) > CATALOGUE_PROSE:
                    self.cut = self.cut or node.place
                    return
                self.prose += len(text)
                self.said[text, hub.id] = read_card(text, node.place.file, hub.id).claims
            for claim in self.said[text, hub.id]:
                if claim.figure is not None:
                    yield replace(claim, origin=Origin.CATALOGUE, location=_moved(claim.location, node))

    def judge(
        self, claims: tuple[Claim, ...], hub: HubId, inspection: Inspection
    ) -> tuple[tuple[Statement, ...], tuple[tuple[int, Finding], ...]]:
        key = (hub.id.casefold(), tuple((claim.path, claim.printed, str(claim.value)) for claim in claims))
        if key not in self.judged:
            off = self.settings.off or {}
            self.judged[key] = findings_at(claims, inspection, self.settings.persona, off)
        judged, found = self.judged[key]
        moved = tuple(replace(one, claim=claim) for one, claim in zip(judged, claims, strict=True))
        return moved, tuple((number, replace(finding, place=claims[number].location)) for number, finding in found)

    def audit(self, key: str, differences: Sequence[Difference]) -> Audit:
        """One model's part of the catalogue, for views of audits."""
        inspection = self.inspections[key]
        assert isinstance(inspection, Inspection)
        mine = [one for one in differences if one.hub.id.casefold() == key]
        facts = Facts(inspection, tuple(self.statements[key].values()))
        findings = tuple(one.finding for one in mine)
        files = dict.fromkeys(place.file for place in self.statements[key])
        name = inspection.evidence.model.id
        return Audit(name, tuple(files), facts, findings, checklist_status(facts, findings))


def _moved(place: Place, node: Node) -> Place:
    """A place in a block of text as one in its file: the block starts below its key."""
    line = node.place.line or 0
    block = "\n" in str(node.content) and not node.place.file.endswith(".json")
    if block:
        return Place(node.place.file, line + (place.line or 1), None, place.path)
    return Place(node.place.file, line, place.column, place.path)


def _read(path: Path, shelf: Shelf, *, given: bool) -> Iterator[Record | Unread]:
    """The records of a file. A file that was named and is of no known form is said; one found in a folder is passed."""
    try:
        found = recognise(_text(path), str(path), shelf)
    except AuditError as error:
        yield Unread(error.place or Place(str(path)), error.message)
        return
    if found is not None:
        yield from found
    elif given:
        yield Unread(Place(str(path)), "not a record of a known catalogue")


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as given; of folders what may be a catalogue's, in order, hidden ones left out."""
    count = 0
    for path in paths:
        if not path.is_dir():
            if not path.exists():
                raise not_there(path)
            yield path
            continue
        for folder, names in walk(path, NEVER):
            for name in names:
                file = folder / name
                if not may_be(file):
                    continue
                if count == CATALOGUE_FILES:
                    raise UsageError(
                        f"the folder holds {CATALOGUE_FILES.words()} that may be a catalogue's",
                        place=Place(str(path)),
                        hint="Give the folder of its records.",
                    )
                count += 1
                yield file


def may_be(path: Path) -> bool:
    """By its name: an ending that catalogues have, or a place among manifests; not a file of ours."""
    if path.name.startswith(".") or path.name.endswith((SUFFIX, EVIDENCE)):
        return False
    return path.suffix.lower() in CATALOGUES or "manifests" in path.parts[:-1]


def _text(path: Path) -> str:
    return read_whole(own_file(path), CATALOGUE_BYTES, name=str(path)).decode("utf-8", "replace")


def _beside(path: str) -> str | None:
    file = Path(path)
    return _text(file) if file.is_file() else None


def _known(folders: Iterable[Path]) -> dict[str, str]:
    """Models whose evidence is at hand: id in small letters → what to open. A folder that is given goes before what
    ships with moeaudit; in it count `org--name.evidence.json`, and model folders `org--name` and `org/name`."""
    known = {id.casefold(): id for id in recorded_ids()}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError("no such folder", place=Place(str(folder)), hint="--evidence takes a folder.")
        for file in sorted(folder.glob(f"*--*{EVIDENCE}")):
            known[file.name.removesuffix(EVIDENCE).replace("--", "/", 1).casefold()] = str(file)
        for config in sorted((*folder.glob("*--*/config.json"), *folder.glob("*/*/config.json"))):
            name = config.parent.relative_to(folder).as_posix().replace("--", "/", 1)
            if name.count("/") == 1:
                known[name.casefold()] = str(config.parent)
    return known
