"""From paths to subjects: which files are claim files, cards and catalogues, and which of them speak of one model."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path

from moeaudit.checks.audit import Failed
from moeaudit.claims.file import SUFFIX, Claims, read_claim_file
from moeaudit.errors import AuditError, Place, UsageError
from moeaudit.later import dataclass
from moeaudit.limits import CARD_BYTES, CHECKED_FILES

CARDS = (".md", ".markdown")
CATALOGUES = (".yaml", ".yml", ".toml", ".json")
CONFIG = "config.json"

BEGINNING = 4_000
"""Letters of a card in which it names the model that it is of."""


@dataclass
class Subject:
    """Everything that was given about one model."""

    claims: list[Claims] = field(default_factory=list)
    cards: list[Path] = field(default_factory=list)
    catalogues: list[Path] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        return [*(claims.file for claims in self.claims), *(str(path) for path in (*self.cards, *self.catalogues))]


def expanded(paths: Iterable[Path]) -> tuple[list[Path], list[Failed]]:
    """Files as given, folders as the claim files and cards in them; and what is not there or cannot be
    read. UsageError where there are more than CHECKED_FILES."""
    found: list[Path] = []
    absent: list[Failed] = []
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - false, too, of what cannot be a path
            try:
                found += sorted([*claim_files(path), *path.glob("README.md")])
            except UsageError as error:
                absent.append(Failed((str(path),), error))
        elif os.path.exists(path):  # noqa: PTH110 - the same
            found.append(path)
        else:
            absent.append(Failed((str(path),), not_there(path)))
        if len(found) > CHECKED_FILES:
            raise UsageError(
                f"there are {CHECKED_FILES.words()}", place=Place(str(path)), hint="Check them folder by folder."
            )
    return list(dict.fromkeys(found)), absent


def claim_files(folder: Path) -> Iterator[Path]:
    """Those of a folder and the folders in it, hidden ones aside."""
    from moeaudit.evidence.walk import walk

    return (inner / name for inner, names in walk(folder) for name in names if name.endswith(SUFFIX))


def not_there(path: Path) -> UsageError:
    """That a path leads nowhere, with the nearest one that does."""
    from moeaudit.nearest import nearest

    if path.parts[:1] in (("https:",), ("http:",)):
        whole = f"{path.parts[0]}//{'/'.join(path.parts[1:])}"
        hint = "Give its card or claim file, and the address with --model; `moeaudit inspect` reads the card there."
        return UsageError("an address is no file", place=Place(whole), hint=hint)
    near = nearest(path.name, _names(path.parent))
    hint = f"Did you mean {path.with_name(near[0])}?" if near else "Check the path."
    return UsageError("no such file or folder", place=Place(str(path)), hint=hint)


def _names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()] if folder.is_dir() else []


def grouped(paths: Iterable[Path], *, together: bool) -> tuple[list[Subject], list[Failed]]:
    """Files by the model they speak of; and those that cannot be read."""
    by_folder: dict[Path, list[Subject]] = {}
    subjects: list[Subject] = []
    failures: list[Failed] = []
    whole = Subject()
    for path in sorted(paths, key=lambda path: not path.name.endswith(SUFFIX)):  # a claim file heads its folder
        try:
            if path.name.endswith(SUFFIX):
                claims = read_claims(path)
                subject = whole if together else Subject()
                subject.claims.append(claims)
                by_folder.setdefault(path.parent, []).append(subject)
            else:
                kind = catalogue_or_card(path)
                subject = whole if together else head_of(path, by_folder.get(path.parent, ())) or Subject()
                (subject.cards if kind in CARDS else subject.catalogues).append(path)
        except AuditError as error:
            failures.append(Failed((str(path),), error))
        else:
            subjects.append(subject)
    return list({id(subject): subject for subject in subjects}.values()), failures


def head_of(path: Path, heads: Sequence[Subject]) -> Subject | None:
    """Which claim file of its folder a card or catalogue goes with: the first, where all are of one model; of several
    models the one that is called alike, else the one whose model it names where it begins. None where that is none of
    them: a card is held against no other model's claims."""
    if len({one.claims[0].model_id for one in heads}) < 2:
        return heads[0] if heads else None
    alike = [one for one in heads if Path(one.claims[0].file).name.removesuffix(SUFFIX) == path.stem]
    if len(alike) == 1:
        return alike[0]
    from moeaudit.nearest import plain

    begins = plain(beginning(path))
    named = {plain(name): one for one in heads for name in names(one) if f"-{plain(name)}-" in f"-{begins}-"}
    longest = [name for name in named if not any(name != other and name in other for other in named)]
    return named[longest[0]] if len({id(named[name]) for name in longest}) == 1 else None


def names(subject: Subject) -> set[str]:
    """What the model of a claim file is called: its id, and what stands behind the owner."""
    called = subject.claims[0].model_id
    return {name for name in (called, called.rpartition("/")[2]) if name}


def beginning(path: Path) -> str:
    """The front matter and the first lines of a card."""
    from moeaudit.evidence.files import own_file, read_whole

    return read_whole(own_file(path), CARD_BYTES, name=str(path)).decode("utf-8", "replace")[:BEGINNING]


def catalogue_or_card(path: Path) -> str:
    """The suffix of a path, if it is something that can be checked."""
    suffix = path.suffix.lower()
    if path.name == CONFIG:
        raise UsageError(
            "a model's configuration makes no claims",
            place=Place(str(path)),
            hint="Give the card or claim file to check, and this with --model; `moeaudit inspect` counts it.",
        )
    if suffix in (*CARDS, *CATALOGUES):
        return suffix
    raise UsageError(
        "neither a claim file, a model card nor a catalogue",
        place=Place(str(path)),
        hint=f"Claim files end in {SUFFIX}, cards in .md, catalogues in {', '.join(CATALOGUES)}.",
    )


def read_claims(path: Path) -> Claims:
    return read_claim_file(path)
