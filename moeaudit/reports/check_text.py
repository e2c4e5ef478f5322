"""A check in a terminal: the findings, each with claim and evidence side by side and what to write, then one line of
tallies. The claims with their verdicts and the checklist are for who asks for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from moeaudit.checks.audit import Audit, Failed, count, in_words
from moeaudit.checks.finding import Finding
from moeaudit.checks.settlement import Settlement, settlement
from moeaudit.checks.sides import reading
from moeaudit.checks.status import ItemStatus, of_verdict
from moeaudit.reports.panes import Pane, cells, excerpt, plain, side_by_side, wrapped
from moeaudit.reports.readings import Row
from moeaudit.reports.readings import rows as untaken
from moeaudit.reports.shown import Shown
from moeaudit.reports.statements import Seen
from moeaudit.reports.terminal import drawn, line, plain_ascii, safe, section

if TYPE_CHECKING:
    from rich.console import Console

SIDE_BY_SIDE = 72
"""Columns from which on claim and evidence stand beside each other."""

VERDICTS = {"reproduced": "green", "inferred": "green", "contradicted": "bold red"}
SEVERITY = {"error": "bold red", "warning": "yellow", "note": "dim"}

INDENT = 4
WHOLE = 2
"""Findings of one rule that are shown whole; those after them in short, unless all is asked for."""


def render(audits: Sequence[Audit], failures: Sequence[Failed] = (), shown: Shown | None = None) -> str:
    wanted = shown or Shown()

    def all_of(out: Console) -> None:
        for audit in audits:
            draw(audit, wanted, out, several=len(audits) + len(failures) > 1)
        for failure in failures:
            failed(failure, out)
        if not wanted.quiet:
            for audit in () if wanted.all else audits:
                doubtful(audit, out)
            totals(audits, failures, out)

    return drawn(all_of)


def draw(audit: Audit, shown: Shown, out: Console, *, several: bool) -> None:
    """One model: findings; with `all` its claims, what is set aside, and the checklist."""
    told = [finding for finding in audit.findings if finding.suppressed is None]
    listed = list(untaken(audit.facts.cards)) if shown.readings else []
    if shown.all or listed or (told and several and not shown.quiet):
        head(audit, out, whole=shown.all)
    seen, before = Seen.of(audit), Counter[str]()
    for finding in told:
        if before[finding.rule] < WHOLE or shown.all:
            one(finding, seen, out, first=not before[finding.rule])
        else:
            briefly(finding, out)
        before[finding.rule] += 1
    if shown.all:
        claims(audit, out)
        suppressed([finding for finding in audit.findings if finding.suppressed is not None], out)
        checklist(audit, out)
    if shown.readings:
        readings(listed, out)
    if shown.all or shown.readings:
        out.print()


def head(audit: Audit, out: Console, *, whole: bool) -> None:
    """Which model; with `whole` also which files, and what its counts rest on."""
    out.print(line((safe(audit.model_id or "unnamed model", 70), "bold")))
    if whole:
        for file in audit.files:
            out.print(line((f"  {safe(file, out.width - 4)}", "dim")))
        if audit.facts.inspection is not None:
            for words, style in rests_on(settlement(audit.facts.inspection)):
                put(words, 2, out, style)


def rests_on(found: Settlement) -> Iterator[tuple[str, str]]:
    """What most counts rest on; then what is open, and the depth that would settle it."""
    yield f"rests on: {found.words}", "dim" if found.by_the_weights else "yellow"
    if found.open:
        yield f"not settled: {found.left_open}", "yellow"


def doubtful(audit: Audit, out: Console) -> None:
    """What the counts rest on, where that leaves something of them open."""
    found = settlement(audit.facts.inspection) if audit.facts.inspection is not None else None
    if found is not None and found.open:
        for words, style in rests_on(found):
            put(words, 0, out, style)


def totals(audits: Sequence[Audit], failures: Sequence[Failed], out: Console) -> None:
    """The last line: findings of all models by severity, what was read, and what came of it."""
    counts = count(finding for audit in audits for finding in audit.findings)
    words = [in_words(counts), *([f"{len(failures)} not checked"] if failures else [])]
    style = SEVERITY["error"] if counts["error"] or failures else "bold"
    for number, row in enumerate(wrapped("; ".join([", ".join(words), *told_of(audits)]), out.width)):
        out.print(line((row, style if number == 0 else "")))


def told_of(audits: Sequence[Audit]) -> Iterator[str]:
    """How many claims were held against the evidence, and how many of them it bears out."""
    said = [one for audit in audits for one in audit.facts.statements if one.claim.figure is not None]
    statuses = Counter(of_verdict(one) for one in said)
    if audits:
        parts = [f"{statuses[status]} {status.value}" for status in ItemStatus if statuses[status]]
        yield f"{len(said)} figure{'s' if len(said) != 1 else ''} read" + (f": {', '.join(parts)}" if parts else "")


def failed(failure: Failed, out: Console) -> None:
    """What could not be checked, and why."""
    out.print(line(("not checked", SEVERITY["error"]), (f" {safe(', '.join(failure.files[:3]), 200)}", "bold")))
    put(safe(str(failure.error), 600), INDENT, out)
    out.print()


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


def one(finding: Finding, seen: Seen, out: Console, *, first: bool) -> None:
    """A finding: what and where, both sides underlined, under which count it would be true, and what to write. Where
    the rule has spoken before, its own advice is not given again."""
    severity = finding.severity.value
    label = f"{severity}[{finding.rule}] "
    title, *rest = wrapped(finding.title, max(out.width - len(label), 20))
    out.print(line((severity, SEVERITY[severity]), (f"[{finding.rule}] ", "bold"), (title, "bold")))
    for piece in rest:
        out.print(line((" " * len(label) + piece, "bold")))
    if finding.place is not None:
        put(f"at {safe(finding.place)}", INDENT, out, "dim")
    sides(finding, seen, out)
    put(safe(finding.message, 600), INDENT, out)
    held = seen.claim(finding)
    if held is not None and held.judgement.fits:
        labelled("true as", safe(reading(held.judgement), 300), out)
    if finding.tip and (first or finding.tip != seen.fix(finding.rule)):
        labelled("fix", safe(finding.tip, 400), out)
    labelled("more", f"moeaudit explain {finding.rule}", out)
    out.print()


def briefly(finding: Finding, out: Console) -> None:
    """One more finding of a rule that has been shown: where, and what."""
    severity = finding.severity.value
    where = f" at {safe(finding.place, 200)}" if finding.place is not None else ""
    rows = wrapped(f"[{finding.rule}]{where}", max(out.width - len(severity), 20))
    out.print(line((severity, SEVERITY[severity]), (rows[0], "bold")))
    for piece in rows[1:]:
        put(piece, INDENT, out)
    put(safe(finding.message, 600), INDENT, out)
    labelled("more", f"moeaudit explain {finding.rule}", out)
    out.print()


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


def readings(found: Sequence[Row], out: Console) -> None:
    """Figures that look like claims and were not taken, each with the reason."""
    section("Figures that were not taken" if found else "Figures that were not taken: none", out)
    for row in found:
        field = f" ({row.field.rpartition('.')[2].replace('_', ' ')})" if row.field else ""
        word = f", {safe(row.owner_word, 40)}" if row.owner_word else ""
        put(f"{safe(row.file, 60)}:{row.line}  {safe(row.figure, 30)}{field}: {row.reason}{word}", 2, out)


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
    found: Iterable[str] = wrapped(text, max(out.width - INDENT - 10, 20))
    for number, row in enumerate(found):
        out.print(line((f"{' ' * INDENT}{label if number == 0 else '':<8}  ", "dim"), (row, "")))


def put(text: str, indent: int, out: Console, style: str = "") -> None:
    """Text wrapped under itself at an indent."""
    for row in wrapped(text, max(out.width - indent, 20)):
        out.print(line((" " * indent + row, style)))
