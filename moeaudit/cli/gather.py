"""From paths to audits: which files are claim files, cards and catalogues, of which model, where its evidence is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path

from moeaudit.audits.inspect import inspect
from moeaudit.checks.audit import Audit, Settings, audit
from moeaudit.checks.facts import Facts, statements
from moeaudit.claims.card import Card, read_card
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.claims.file import SUFFIX, Claims, parse_claims
from moeaudit.errors import NoEvidence, NothingToAudit, Place, UsageError
from moeaudit.evidence.files import CARD_LIMIT, read_whole
from moeaudit.evidence.model import Evidence
from moeaudit.evidence.yaml_text import MAX_BYTES
from moeaudit.later import dataclass
from moeaudit.ledger.inspection import Inspection
from moeaudit.text import visible

CARDS = (".md", ".markdown")
CATALOGUES = (".yaml", ".yml", ".toml", ".json")
EVIDENCE = "*.evidence.json"
LARGEST_CARD = 10 * CARD_LIMIT


@dataclass
class Subject:
    """Everything that was given about one model."""

    claims: list[Claims] = field(default_factory=list)
    cards: list[Path] = field(default_factory=list)
    catalogues: list[Path] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        return [*(claims.file for claims in self.claims), *(str(path) for path in (*self.cards, *self.catalogues))]


def gather(
    paths: Iterable[Path], model: str | None, *, offline: bool, settings: Settings, revision: str | None = None
) -> list[Audit]:
    """One audit per model. All paths speak of `model` where it is given; else each claim file names its own, and a card
    belongs to the claim file beside it. Without paths the model's own card is audited. NothingToAudit where nothing
    can be checked."""
    given = list(paths)
    subjects = grouped(list(expanded(given)), together=model is not None) if given else [Subject()]
    if not subjects:
        raise NothingToAudit(
            "no claim file, model card or catalogue among the paths",
            hint="Give *.claims.yaml, README.md or a folder that holds them.",
        )
    return [audited(subject, model, revision=revision, offline=offline, settings=settings) for subject in subjects]


def expanded(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as given; folders as the claim files and cards in them."""
    for path in paths:
        if path.is_dir():
            yield from sorted([*filter(shown, path.rglob(f"*{SUFFIX}")), *path.glob("README.md")])
        elif path.exists():
            yield path
        else:
            raise UsageError("no such file or folder", place=Place(str(path)), hint="Check the path.")


def shown(path: Path) -> bool:
    """Not below a hidden folder such as .git or .venv."""
    return not any(part.startswith(".") and part not in (".", "..") for part in path.parts[:-1])


def grouped(paths: list[Path], *, together: bool) -> list[Subject]:
    """Files by the model they speak of."""
    by_folder: dict[Path, Subject] = {}
    subjects: list[Subject] = []
    whole = Subject()
    for path in (path for path in paths if path.name.endswith(SUFFIX)):
        subject = whole if together else Subject()
        subject.claims.append(read_claims(path))
        by_folder.setdefault(path.parent, subject)
        subjects.append(subject)
    for path in (path for path in paths if not path.name.endswith(SUFFIX)):
        subject = whole if together else by_folder.get(path.parent) or Subject()
        (subject.cards if path.suffix.lower() in CARDS else subject.catalogues).append(catalogue_or_card(path))
        subjects.append(subject)
    return list({id(subject): subject for subject in subjects}.values())


def catalogue_or_card(path: Path) -> Path:
    """The path, if it is something that can be checked."""
    if path.suffix.lower() in (*CARDS, *CATALOGUES):
        return path
    raise UsageError(
        "neither a claim file, a model card nor a catalogue",
        place=Place(str(path)),
        hint=f"Claim files end in {SUFFIX}, cards in .md, catalogues in {', '.join(CATALOGUES)}.",
    )


def audited(subject: Subject, model: str | None, *, revision: str | None, offline: bool, settings: Settings) -> Audit:
    """One subject held against its evidence."""
    inspection = inspection_of(subject, model, revision=revision, offline=offline)
    evidence = inspection.evidence if inspection is not None else None
    named = model or next((claims.model_id for claims in subject.claims), None)
    model_id = named_model(evidence, named)
    texts = card_texts(subject, evidence)
    cards = [read_card(text, file, model_id) for file, text in texts.items()]
    catalogue = [claim for path in subject.catalogues for claim in catalogue_claims(path, model_id)]
    name = model_id or (Path(evidence.model.id).name if evidence is not None else "")
    return audit(name, subject.files or list(texts), facts_of(subject, cards, catalogue, inspection, texts), settings)


def catalogue_claims(path: Path, model_id: str | None) -> list[Claim]:
    """What a catalogue's file says of this model."""
    from moeaudit.claims.catalogues import Shelf, about, read_catalogue

    shelf = Shelf(lambda beside: text_of(Path(beside)) if Path(beside).is_file() else None)
    records = about(read_catalogue(text_of(path), str(path), shelf), model_id)
    if not records:
        raise UsageError(f"no record of {visible(model_id or 'this model', limit=80)}", place=Place(str(path)))
    return [claim for record in records for claim in record.claims]


def card_texts(subject: Subject, evidence: Evidence | None) -> dict[str, str]:
    """The cards to read, by file; where no file at all was given, the model's own."""
    if subject.files:
        return {str(path): text_of(path) for path in subject.cards}
    if evidence is None or evidence.card is None:
        raise NothingToAudit(
            "the model has no card",
            place=Place(visible(evidence.model.id)) if evidence is not None else None,
            hint="Give claim files or cards beside --model.",
        )
    return {"README.md": evidence.card}


def text_of(path: Path) -> str:
    """A foreign text; bytes that are no UTF-8 are replaced."""
    return read_whole(path, LARGEST_CARD).decode("utf-8", "replace")


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


def named_model(evidence: Evidence | None, named: str | None) -> str | None:
    """What the model is called: by its evidence, else as named. Paths name nothing, but a folder `org--name` does."""
    for name in (evidence.model.id if evidence is not None else None, named):
        if name is None or Path(name).is_absolute():
            continue
        parts = Path(name).name.split("--")
        if not Path(name).exists() and "/" in name:
            return name.split("@", 1)[0]
        if len(parts) == 2 and all(parts) and not name.endswith((".json", ".md")):
            return "/".join(parts)
    return named if named is not None and not Path(named).exists() else None


def inspection_of(subject: Subject, model: str | None, *, revision: str | None, offline: bool) -> Inspection | None:
    """What is known of the model: of `--model`, else what the claim file names, else what lies beside the card. None
    for hosted models."""
    if model is not None:
        return inspect(model, revision=revision, offline=offline)
    for claims in subject.claims:
        return inspection_named(claims, revision=revision, offline=offline)
    for path in subject.cards:
        beside = sorted(path.parent.glob(EVIDENCE))
        if len(beside) == 1:
            return inspect(str(beside[0]), revision=revision, offline=offline)
        if (path.parent / "config.json").exists():
            return inspect(str(path.parent), revision=revision, offline=offline)
        claim_files = sorted(path.parent.glob(f"*{SUFFIX}"))
        if len(claim_files) == 1:
            return inspection_named(read_claims(claim_files[0]), revision=revision, offline=offline)
    raise NoEvidence(
        "nothing says which model this is about",
        place=Place(visible(subject.files[0])),
        hint="Give --model with a Hub id, folder or evidence file, or put the evidence file beside it.",
    )


def inspection_named(claims: Claims, *, revision: str | None, offline: bool) -> Inspection | None:
    """The model whose evidence a claim file names; None for a hosted model, of which none can be had."""
    if claims.evidence:
        return inspect(str(Path(claims.file).parent / claims.evidence), revision=revision, offline=offline)
    if claims.distribution is Distribution.HOSTED:
        return None
    return inspect(claims.model_id, revision=revision or claims.revision, offline=offline)


def read_claims(path: Path) -> Claims:
    return parse_claims(read_whole(path, MAX_BYTES), str(path))
