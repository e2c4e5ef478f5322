"""A check in a terminal: each finding with the claim and the evidence side by side, both underlined, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from moeaudit.checks.audit import Audit, count
from moeaudit.checks.finding import Finding
from moeaudit.checks.status import ItemStatus
from moeaudit.reports.inspection_text import SEVERITY, labelled, line, reading, section
from moeaudit.reports.terminal import drawn, safe

if TYPE_CHECKING:
    from rich.console import Console

STATUS = {"verified": "green", "contradicted": "bold red", "missing": "yellow"}


def render(audits: Sequence[Audit]) -> str:
    def all_of(out: Console) -> None:
        for audit in audits:
            draw(audit, out)

    return drawn(all_of)


def draw(audit: Audit, out: Console) -> None:
    """One model: claims with verdicts, findings, the checklist in counts."""
    out.print(line((safe(audit.model_id or "unnamed model", 90), "bold"), (f"  {', '.join(safe(file, 60) for file in audit.files)}", "dim")))
    claims(audit, out)
    shown = [finding for finding in audit.findings if finding.suppressed is None]
    section("Findings" if shown else "Findings: none", out)
    for finding in shown:
        one(finding, audit, out)
    checklist(audit, out)
    totals = count(audit.findings)
    section("", out)
    out.print(line((", ".join(f"{number} {name}{'s' if number != 1 and name != 'suppressed' else ''}" for name, number in totals.items()), "bold")))


def claims(audit: Audit, out: Console) -> None:
    """Counted claims, each with its verdict and the denominators it fits."""
    counted = [statement for statement in audit.facts.statements if statement.claim.figure is not None and statement.claim.kind]
    if counted:
        section("Claims", out)
    for statement in counted:
        claim, judgement = statement.claim, statement.judgement
        where = f"{claim.location.file}:{claim.location.line}" if claim.location.line else claim.location.file
        out.print(line((f"  {safe(claim.printed, 24):<12} ", "bold"), (f"{claim.path.rpartition('.')[2]}  ", ""),
                       (judgement.verdict.value, STATUS.get({"reproduced": "verified", "inferred": "verified"}.get(
                           judgement.verdict.value, judgement.verdict.value), "yellow")), (f"  {safe(where, 60)}", "dim")))
        if reading(judgement):
            labelled("", safe(reading(judgement), 300), out)


def one(finding: Finding, audit: Audit, out: Console) -> None:
    """A finding: where, what, the line of the file, both sides underlined, and what to do."""
    out.print()
    out.print(line((f"  {finding.severity.value}", SEVERITY[finding.severity.value]), (f"[{finding.rule}]", "bold"), (f" {finding.title}", "")))
    if finding.place is not None:
        labelled("at", safe(str(finding.place), 200), out)
        excerpt(finding, audit, out)
    labelled("", safe(finding.message, 600), out)
    for label, text in (("claimed", finding.claimed), ("evidence", finding.derived)):
        if text:
            labelled(label, safe(text, 300), out)
            labelled("", ("─" if out.encoding.lower().startswith("utf") else "-") * min(len(safe(text, 300)), out.width - 16), out)
    if finding.tip:
        labelled("write", safe(finding.tip, 400), out)


def excerpt(finding: Finding, audit: Audit, out: Console) -> None:
    """The line of the card that the finding stands on, with a caret under its column."""
    assert finding.place is not None
    number, column = finding.place.line, finding.place.column
    text = audit.facts.texts.get(finding.place.file)
    if text is None or number is None:
        return
    lines = text.splitlines()
    if not 0 < number <= len(lines):
        return
    width = max(out.width - 20, 20)
    start = max((column or 1) - 1 - width // 2, 0)
    piece = lines[number - 1][start : start + width]
    before = len(safe(piece[: max((column or 1) - 1 - start, 0)]))
    labelled(str(number), safe(piece)[: width], out)
    if column is not None and before < width:
        labelled("", " " * before + "^", out)


def checklist(audit: Audit, out: Console) -> None:
    """Completeness as counts, never a score; then the items nobody stated."""
    section("Checklist", out)
    counts = {status: [item for item, found in audit.checklist.items() if found == status.value] for status in ItemStatus}
    labelled("", ", ".join(f"{len(items)} {status.value}" for status, items in counts.items() if items), out)
    for status in (ItemStatus.CONTRADICTED, ItemStatus.MISSING):
        if counts[status]:
            labelled(status.value, " ".join(counts[status]), out)
