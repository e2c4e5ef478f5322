"""A check in a terminal: each finding with claim and evidence side by side, both underlined, and what to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from moeaudit.checks.audit import Audit, count
from moeaudit.checks.finding import Finding
from moeaudit.checks.settlement import settlement
from moeaudit.checks.status import ItemStatus
from moeaudit.reports.inspection_text import SEVERITY, VERDICTS, line, reading, rests_on, section
from moeaudit.reports.panes import Pane, cells, excerpt, plain, side_by_side, wrapped
from moeaudit.reports.statements import Seen
from moeaudit.reports.terminal import drawn, plain_ascii, safe

if TYPE_CHECKING:
    from rich.console import Console

SIDE_BY_SIDE = 72
"""Columns from which on claim and evidence stand beside each other."""

INDENT = 4


def render(audits: Sequence[Audit]) -> str:
    def all_of(out: Console) -> None:
        for audit in audits:
            draw(audit, out)
        totals(audits, out)

    return drawn(all_of)


def draw(audit: Audit, out: Console) -> None:
    """One model: claims with verdicts, findings, the checklist in counts."""
    out.print(line((safe(audit.model_id or "unnamed model", 70), "bold")))
    for file in audit.files:
        out.print(line((f"  {safe(file, out.width - 4)}", "dim")))
    if audit.facts.inspection is not None:
        for words, style in rests_on(settlement(audit.facts.inspection)):
            put(words, 2, out, style)
    claims(audit, out)
    shown = [finding for finding in audit.findings if finding.suppressed is None]
    section("Findings" if shown else "Findings: none", out)
    seen = Seen.of(audit)
    for finding in shown:
        one(finding, seen, out)
    suppressed([finding for finding in audit.findings if finding.suppressed is not None], out)
    checklist(audit, out)
    out.print()


def totals(audits: Sequence[Audit], out: Console) -> None:
    """The last line: findings of all models by severity."""
    counts = count(finding for audit in audits for finding in audit.findings)
    words = [f"{number} {name}{'s' if number != 1 and name != 'suppressed' else ''}" for name, number in counts.items()]
    style = SEVERITY["error"] if counts["error"] else "bold"
    out.print(line((", ".join(words), style)))


def claims(audit: Audit, out: Console) -> None:
    """Counted claims, each with its verdict and the denominators it fits."""
    counted = [
        statement for statement in audit.facts.statements if statement.claim.figure is not None and statement.claim.kind
    ]
    if counted:
        section("Claims", out)
    for statement in counted:
        claim, judgement = statement.claim, statement.judgement
        verdict = judgement.verdict.value
        what = claim.path.rpartition(".")[2].replace("_", " ")
        file = safe(claim.location.file.rpartition("/")[2], 40)  # the whole paths stand at the top
        spot = f"{file}:{claim.location.line}" if claim.location.line else file
        fits = len(what) + len(verdict) + cells(spot) + 20 <= out.width
        out.print(
            line(
                (f"  {safe(claim.printed, 20):<12}", "bold"),
                (f" {what}: ", ""),
                (verdict, VERDICTS.get(verdict, "yellow")),
                (f"  {spot}" if fits else "", "dim"),
            )
        )
        if not fits:
            put(spot, 15, out, "dim")
        put(reading(judgement), 15, out)


def one(finding: Finding, seen: Seen, out: Console) -> None:
    """A finding: what and where, both sides underlined, under which count it would be true, and what to write."""
    severity = finding.severity.value
    out.print()
    head = f"{severity}[{finding.rule}] "
    first, *rest = wrapped(finding.title, max(out.width - 2 - len(head), 20))
    out.print(line((f"  {severity}", SEVERITY[severity]), (f"[{finding.rule}] ", "bold"), (first, "bold")))
    for piece in rest:
        out.print(line((" " * (2 + len(head)) + piece, "bold")))
    if finding.place is not None:
        put(f"at {safe(finding.place)}", INDENT, out, "dim")
    sides(finding, seen, out)
    put(safe(finding.message, 600), INDENT, out)
    held = seen.claim(finding)
    if held is not None and held.judgement.fits:
        labelled("true as", safe(reading(held.judgement), 300), out)
    if finding.tip:
        labelled("fix", safe(finding.tip, 400), out)


def sides(finding: Finding, seen: Seen, out: Console) -> None:
    """The claim as it stands in its file, and the evidence; beside each other where the width allows."""
    rule = "-" if plain_ascii(out) else "─"
    wide = out.width >= SIDE_BY_SIDE
    width = (out.width - INDENT - 3) // 2 if wide else out.width - INDENT
    left = excerpt(finding, seen, width, rule) or plain(finding.claimed, width, rule)
    right = plain(finding.derived, width, rule)
    if not left and not right:
        return
    style = SEVERITY[finding.severity.value]
    panes = [Pane("claimed", left, style), Pane("evidence", right, "green")]
    if wide:
        for row in side_by_side(panes, width, INDENT):
            out.print(row)
        return
    for pane in panes:
        for row in side_by_side([pane], width, INDENT) if pane.rows else ():
            out.print(row)


def suppressed(findings: Sequence[Finding], out: Console) -> None:
    """Findings set aside: named with their reason, never hidden."""
    if findings:
        section("Suppressed", out)
    for finding in findings:
        put(f"{finding.severity.value}[{finding.rule}] {safe(finding.place or '', 120)}", 2, out)
        put(f"reason: {safe(finding.suppressed, 300)}", INDENT, out, "dim")


def checklist(audit: Audit, out: Console) -> None:
    """Completeness as counts, never a score; then the items nobody stated."""
    section(f"Checklist, {len(audit.checklist)} items", out)
    by_status = {
        status: [item for item, found in audit.checklist.items() if found == status.value] for status in ItemStatus
    }
    put(", ".join(f"{len(items)} {status.value}" for status, items in by_status.items() if items), 2, out)
    for status in (ItemStatus.CONTRADICTED, ItemStatus.MISSING):
        if by_status[status]:
            put(f"{status.value}: {' '.join(by_status[status])}", 2, out, "dim")


def labelled(label: str, text: str, out: Console) -> None:
    """A short label and its text, wrapped under itself."""
    rows: Iterable[str] = wrapped(text, max(out.width - INDENT - 10, 20))
    for number, row in enumerate(rows):
        out.print(line((f"{' ' * INDENT}{label if number == 0 else '':<8}  ", "dim"), (row, "")))


def put(text: str, indent: int, out: Console, style: str = "") -> None:
    """Text wrapped under itself at an indent."""
    for row in wrapped(text, max(out.width - indent, 20)):
        out.print(line((" " * indent + row, style)))
