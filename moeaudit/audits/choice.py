"""Where the evidence of a subject is: as told, as its claim file says, or what lies beside its card."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from moeaudit.audits.subjects import CONFIG, Subject, read_claims
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import SUFFIX, Claims
from moeaudit.errors import NoEvidence, Place
from moeaudit.evidence.files import named_file, own_file
from moeaudit.evidence.repo import DOCUMENTS
from moeaudit.text import visible

EVIDENCE = "*.evidence.json"


class Choice(NamedTuple):
    """What to open: a Hub id, a folder or a file. None for hosted models, of which nothing can be had."""

    target: str | None
    revision: str | None = None


def chosen(subject: Subject, model: str | None, revision: str | None, here: Path | None = None) -> Choice:
    """The evidence of `--model`, else what the claim file names, else what lies beside the card. `here`: the folder
    worked in, which claim files cannot point out of. NoEvidence where nothing says which."""
    if model is not None:
        return Choice(model, revision)
    for claims in subject.claims:
        return named_by(claims, revision, here)
    for path in subject.cards:
        beside = sorted(path.parent.glob(EVIDENCE))
        if len(beside) == 1:
            return Choice(str(own_file(beside[0])), revision)
        if any((path.parent / file).exists() for file in (CONFIG, *DOCUMENTS)) or any(path.parent.glob("*.gguf")):
            return Choice(str(path.parent), revision)
        claim_files = sorted(path.parent.glob(f"*{SUFFIX}"))
        if len(claim_files) == 1:
            return named_by(read_claims(claim_files[0]), revision, here)
    raise NoEvidence(
        "nothing says which model this is about",
        place=Place(visible(subject.files[0])),
        hint="Give --model with a Hub id, folder or evidence file, or put the evidence file beside it.",
    )


def named_by(claims: Claims, revision: str | None, here: Path | None = None) -> Choice:
    """The evidence that a claim file names."""
    if claims.evidence:
        return Choice(str(named_file(Path(claims.file), claims.evidence, here)), revision)
    if claims.distribution is Distribution.HOSTED:
        return Choice(None)
    return Choice(claims.model_id, revision or claims.revision)
