"""A check as Markdown, for one comment on a pull request that is updated in place, and for a step summary.

The first line is a marker that renders as nothing; whoever posts the comment looks for it to update the old one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from moeaudit.checks.audit import Audit, Failed, count
from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Finding
from moeaudit.checks.settlement import settlement
from moeaudit.checks.sides import reading
from moeaudit.data import data_folder
from moeaudit.later import expression
from moeaudit.limits import COMMENT_CLAIMS, COMMENT_LETTERS
from moeaudit.reports.links import unlinked
from moeaudit.reports.statements import Seen
from moeaudit.text import visible

MARKER = "<!-- moeaudit check -->"
SHORTEST = 150
"""Characters that the shortest finding takes there."""

SPECIAL = expression(r"([\\`*_{}\[\]<>#!|~$&])")


def render(audits: Sequence[Audit], failures: Sequence[Failed] = ()) -> str:
    """The comment; findings that would not fit are left out from the end, and counted."""
    shown = min(sum(len(audit.findings) for audit in audits), COMMENT_LETTERS // SHORTEST)
    while True:
        text = page(audits, shown, failures)
        if len(text) <= COMMENT_LETTERS or shown == 0:
            return text
        shown = shown // 2


def page(audits: Sequence[Audit], most: int, failures: Sequence[Failed] = ()) -> str:
    """The comment with at most this many findings, the first of every model."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=escaped, autoescape=False
    )
    environment.filters |= {"code": code, "verbatim": Ready}
    models, left = [], most
    for audit in audits:
        models.append(model(audit, left, COMMENT_CLAIMS // len(audits)))
        left -= min(left, len(audit.findings))
    counts = count(finding for audit in audits for finding in audit.findings)
    source = data_folder("templates").joinpath("check", "comment.md.j2").read_text("utf-8")
    whole = sum(len(audit.findings) for audit in audits)
    text = environment.from_string(source).render(
        marker=MARKER,
        models=models,
        counts=counts,
        left_out=whole - min(most, whole),
        failures=[str(failure.error) for failure in failures[:20]],
    )
    return text.strip("\n") + "\n"


def model(audit: Audit, most: int, most_claims: int) -> dict[str, Any]:
    """One model's part of the comment."""
    statuses = Counter(audit.checklist.values())
    kept, seen = audit.findings[:most], Seen.of(audit)
    counted = [
        statement for statement in audit.facts.statements if statement.claim.figure is not None and statement.claim.kind
    ]
    account = settlement(audit.facts.inspection) if audit.facts.inspection is not None else None
    return {
        "name": audit.model_id or "unnamed model",
        "rests_on": account.words if account is not None else "",
        "left_open": account.left_open if account is not None else "",
        "files": audit.files[:20],
        "statuses": ", ".join(f"{number} {status}" for status, number in statuses.items()),
        "claims": [claim(statement) for statement in counted[:most_claims]],
        "claims_left": max(len(counted) - most_claims, 0),
        "findings": [found(finding, seen) for finding in kept if finding.suppressed is None],
        "suppressed": [found(finding, seen) for finding in kept if finding.suppressed is not None],
    }


def claim(statement: Statement) -> dict[str, str]:
    place = statement.claim.location
    return {
        "printed": statement.claim.printed,
        "what": statement.claim.path.rpartition(".")[2].replace("_", " "),
        "verdict": statement.judgement.verdict.value,
        "fits": reading(statement.judgement),
        "where": f"{place.file}:{place.line}" if place.line else place.file,
    }


def found(finding: Finding, seen: Seen) -> dict[str, str]:
    held = seen.claim(finding)
    return {
        "severity": finding.severity.value,
        "rule": finding.rule,
        "title": finding.title,
        "where": str(finding.place or seen.audit.model_id),
        "message": finding.message,
        "claimed": finding.claimed or "",
        "derived": finding.derived or "",
        "tip": finding.tip,
        "fits": reading(held.judgement) if held is not None and held.judgement.fits else "",
        "reason": finding.suppressed or "",
    }


class Ready(str):
    """Markdown that needs no escaping."""


def escaped(value: object) -> object:
    """Foreign text as text: on one line, nothing of it Markdown, HTML, a mention or a link."""
    if isinstance(value, Ready | int):
        return value
    text = SPECIAL.sub(r"\\\1", visible(str(value), limit=800))
    return unlinked(text)


def code(value: object) -> Ready:
    """Foreign text in a code span whose fence it cannot close, fit for a table cell."""
    text = visible(str(value), limit=400)
    if not text.strip():
        return Ready("")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    room = " " if "`" in text else ""
    return Ready(f"{fence}{room}{text}{room}{fence}".replace("|", "\\|"))
