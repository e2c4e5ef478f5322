"""The evidence that a model's claims are held against: evidence files and folders named after the model's id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from moeaudit.audits.inspect import inspect
from moeaudit.checks.audit import audit
from moeaudit.checks.facts import Facts, proven, statements
from moeaudit.checks.finding import Finding, Outcome, Severity
from moeaudit.claims.card import Card, read_card
from moeaudit.claims.claim import Distribution
from moeaudit.claims.figures import Value
from moeaudit.errors import AuditError
from moeaudit.ledger.inspection import Inspection

SUFFIX = ".evidence.json"
_TUNED = re.compile(r"[-_.](?:instruct|chat|base|it|hf)$", re.IGNORECASE)
"""Ends of names that leave the architecture as it is."""

FILE = "README.md"


@dataclass(frozen=True)
class Known:
    """A model with its evidence."""

    id: str
    inspection: Inspection

    @property
    def name(self) -> str:
        return self.id.rpartition("/")[2]

    def value(self, *names: str) -> int | None:
        """The first of these counts that is proved; the typical one of a range."""
        return next((typical(value) for name in names if (value := proven(self.inspection).get(name))), None)


def typical(value: Value) -> int:
    return int(value[1] if isinstance(value, tuple) else value)


def models(folders: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Ids and what stands for them: `org--name.evidence.json`, or a folder `org--name` with a config."""
    for folder in folders:
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            yield path.name.removesuffix(SUFFIX).replace("--", "/", 1), path
        for path in sorted(folder.glob("*/config.json")):
            yield path.parent.name.replace("--", "/", 1), path.parent


class Evidence:
    """Models by id, the first of each kept. Without one of just this name, the same model untuned or tuned will do."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._paths: dict[str, tuple[str, Path]] = {}
        for id, path in models(folders):
            self._paths.setdefault(id.lower(), (id, path))
        for bare, found in tuple(self._paths.items()):
            self._paths.setdefault(_TUNED.sub("", bare), found)

    def find(self, id: str) -> Known | None:
        """The model with its evidence; None where there is none, or it cannot be used."""
        found = self._paths.get(id.lower()) or self._paths.get(_TUNED.sub("", id.lower()))
        if found is None:
            return None
        try:
            return Known(id, inspect(str(found[1]), offline=True))
        except AuditError:
            return None

    def named(self, words: str) -> Known | None:
        """The model whose name is made of these words: `deepseek_v3`."""
        names = {_bare(one.rpartition("/")[2]): id for one, (id, _) in reversed(self._paths.items())}
        id = names.get(_bare(words))
        return self.find(id) if id is not None else None


def _bare(name: str) -> str:
    return re.sub(r"\W|_", "", name).lower()


def checked(text: str, known: Known, model: str | None) -> tuple[Card, tuple[Finding, ...]]:
    """A card with its findings, as `check` has them: the card read with this id, or without one, and with what the
    evidence counts."""
    card = read_card(text, FILE, model, known=proven(known.inspection))
    facts = Facts(
        known.inspection,
        statements(card.claims, known.inspection, Distribution.DOWNLOADABLE),
        cards=(card,),
        texts={FILE: text},
        named=model is not None,
    )
    return card, tuple(one for one in audit(known.id, (FILE,), facts).findings if one.suppressed is None)


def to_act_on(findings: Iterable[Finding]) -> list[Finding]:
    """Errors and warnings; a note alone is not counted as having named a mistake."""
    return [one for one in findings if one.severity is not Severity.NOTE]


def notes(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.severity is Severity.NOTE]


def named(findings: Iterable[Finding]) -> frozenset[tuple[str, int, str]]:
    """Findings by rule, line and, where the evidence contradicts it, claim. What a plant adds is what the true card
    does not have: another rule on its line, or its figure contradicted."""
    return frozenset(
        (one.rule, one.place.line or 0, one.claimed or "" if one.outcome is Outcome.CONTRADICTED else "")
        for one in findings
        if one.place is not None
    )
