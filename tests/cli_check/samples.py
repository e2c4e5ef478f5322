"""An audit with fixed findings, so that views are tested apart from the rules."""

from __future__ import annotations

import json
from pathlib import Path

from moeaudit.checks.audit import Audit
from moeaudit.checks.facts import Facts, statements
from moeaudit.checks.finding import Confidence, Finding, Outcome, Severity
from moeaudit.checks.status import checklist_status
from moeaudit.claims.card import read_card
from moeaudit.claims.claim import Distribution
from moeaudit.errors import Place
from moeaudit.evidence import open_evidence
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.reports.check_views import views
from moeaudit.reports.shown import Shown
from tests.cli_check.conftest import MIXTRAL, WRONG_CARD

HOSTILE = (
    "a|b `c` <img src=x> @team #1 https://evil.example \x1b[31mred\x1b[0m \u202eevil %0A::error::x,y:z\r\n-->]]>&amp;"
)
"""Text that would be Markdown, HTML, a mention, a workflow command, a terminal escape or broken XML."""


def finding(rule: str = "total-contradicted", severity: Severity = Severity.ERROR, **facts: object) -> Finding:
    whole: dict[str, object] = {
        "title": "the claimed total parameters fits no count",
        "outcome": Outcome.CONTRADICTED,
        "confidence": Confidence.HIGH,
        "message": "45B fits no count of its kind",
        "place": Place("README.md", 6, 18, "architecture.total_parameters"),
        "claimed": "45B",
        "derived": "total.full = 46,702,792,704",
        "tip": "Write 46.70B (total.full).",
        **facts,
    }
    return Finding(rule=rule, severity=severity, **whole)  # type: ignore[arg-type]


def audit_with(tmp_path: Path, *findings: Finding, card: str = WRONG_CARD) -> Audit:
    """What a check of the card comes to, with these findings."""
    folder = tmp_path / "mistralai--Mixtral-8x7B-v0.1"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(MIXTRAL))
    inspection = inspect_evidence(open_evidence(str(folder)))
    read = read_card(card, "README.md", "mistralai/Mixtral-8x7B-v0.1")
    said = statements(read.claims, inspection, Distribution.DOWNLOADABLE)
    facts = Facts(inspection, said, cards=(read,), texts={"README.md": card})
    return Audit("mistralai/Mixtral-8x7B-v0.1", ("README.md",), facts, findings, checklist_status(facts))


def usual(tmp_path: Path) -> Audit:
    """An error on a claim, a warning in the evidence, a hostile note, and a suppressed error."""
    return audit_with(
        tmp_path,
        finding(),
        finding(
            "tie-flag",
            Severity.WARNING,
            title="the tie flag and the stored head disagree",
            message="tied, yet a head is stored",
            place=Place("config.json", path="tie_word_embeddings"),
            claimed="tied",
            derived="lm_head.weight is stored",
            tip="Set it to false.",
        ),
        finding(
            "unclassified", Severity.NOTE, message=HOSTILE, claimed=HOSTILE, derived=HOSTILE, tip=HOSTILE, place=None
        ),
        finding(
            "layers-contradicted",
            title="the claimed layers fits no count",
            message="30 fits no count",
            claimed="30",
            derived="layers = 32",
            tip="Write 32.",
            place=Place("README.md", 10, 22, "architecture.layers"),
            suppressed="the next release corrects it",
        ),
    )


def as_text(*audits: Audit, shown: Shown | None = None) -> str:
    """What a terminal shows of the check."""
    return str(views(audits, shown=shown)["text"]())


def as_comment(*audits: Audit, shown: Shown | None = None) -> str:
    """The comment on a pull request."""
    return str(views(audits, shown=shown)["markdown"]())
