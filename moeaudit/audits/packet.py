"""What `packet` does before anything is drawn: everything that one model's packet is made from, gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.audits.check import inspection_of, text_of
from moeaudit.audits.inspect import inspect
from moeaudit.audits.names import names_of
from moeaudit.audits.subjects import CARDS, Subject, expanded, grouped
from moeaudit.claims.file import SUFFIX
from moeaudit.errors import NoEvidence, UsageError
from moeaudit.evidence.model import Evidence
from moeaudit.reports.packet.inputs import Inputs, Text, with_evidence

if TYPE_CHECKING:
    from moeaudit.evidence.headers import Progress


def gathered(
    inputs: Inputs, targets: Sequence[str], model: str | None, *, revision: str | None, offline: bool,
    progress: Progress | None = None,
) -> Inputs:  # fmt: skip
    """The inputs with claims, cards and evidence. Claims whose evidence cannot be had still give a packet, which says
    so. UsageError where the targets are not about one model."""
    paths = [Path(target) for target in targets if speaks(Path(target))]
    if not paths:
        if len(targets) != 1 or model is not None:
            raise UsageError("a packet is about one model", hint="Give claim files of one model, or one model.")
        evidence = inspect(targets[0], revision=revision, offline=offline, progress=progress).evidence
        cards = (Text("README.md", evidence.card),) if evidence.card else ()
        return _named(replace(inputs, model=targets[0], cards=cards), evidence, None, None)
    if len(paths) < len(targets):
        raise UsageError("claim files and a model side by side", hint="Name the model with --model.")
    return _about(inputs, subject_of(paths, together=model is not None), model, revision, offline)


def subject_of(paths: Sequence[Path], *, together: bool) -> Subject:
    """The one model that these files speak of."""
    found, absent = expanded(paths)
    subjects, unreadable = grouped(found, together=together)
    for failure in (*absent, *unreadable):
        raise failure.error
    if len(subjects) != 1:
        raise UsageError(
            f"the paths speak of {len(subjects)} models",
            hint="A packet is about one: give its files alone, or --model.",
        )
    return subjects[0]


def _about(inputs: Inputs, subject: Subject, model: str | None, revision: str | None, offline: bool) -> Inputs:
    """The inputs with a subject's files, and its evidence."""
    inputs = replace(
        inputs,
        claims=tuple(Text(path.name, text_of(path)) for path in (Path(claims.file) for claims in subject.claims)),
        cards=tuple(Text(path.name, text_of(path)) for path in subject.cards),
    )
    try:
        inspection = inspection_of(subject, model, revision=revision, offline=offline)
    except NoEvidence as error:
        if model is not None or not subject.claims:
            raise
        return replace(inputs, unread=str(error))
    if inspection is None:
        return inputs
    named = model or next((claims.model_id for claims in subject.claims), None)
    return _named(inputs, inspection.evidence, named, next(iter(subject.cards), None))


def _named(inputs: Inputs, evidence: Evidence, named: str | None, card: Path | None) -> Inputs:
    """The inputs with this evidence, and the names under which the card is read."""
    names = names_of(evidence, named, card)
    return with_evidence(replace(inputs, called=names.id or "", names=names.also if inputs.cards else ()), evidence)


def speaks(path: Path) -> bool:
    """Whether a path holds claims: a claim file, a card, or a folder with claim files."""
    if path.is_dir():
        return any(path.glob(f"*{SUFFIX}"))
    return path.name.endswith((SUFFIX, *CARDS))
