"""The inspection in a terminal: what model, which evidence, the denominators, the components, the findings. 80
columns suffice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Finding
from moeaudit.checks.integrity import unusable
from moeaudit.checks.settlement import Settlement, settlement
from moeaudit.checks.sides import reading
from moeaudit.checks.unstated import marked
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent, Count, Range, Value
from moeaudit.reports.terminal import bar, plain_ascii, safe
from moeaudit.text import exact, short
from moeaudit.vocabulary import BASIS_TEXT, Basis, Kind, weakest

if TYPE_CHECKING:
    from moeaudit.ledger.pipeline import Pipeline
    from moeaudit.reports.terminal import Page

GROUPS = (
    ("total", "Total"),
    ("active", "Active per token"),
    ("executed", "Executed per token"),
    ("prefill", "Active per prompt token"),
    ("stored", "As stored"),
    ("", "Parts"),
)
STORED = ("total.stored", "stored.elements")
NAME, EXACT, SHORT = 24, 17, 8
KIND_FITS = 36
"""Signs of a count, or of why there is none, beside which a class still has its place."""
COLOURS = {"total": "cyan", "active": "green", "executed": "green", "prefill": "green", "stored": "blue", "": "white"}
VERDICTS = {"reproduced": "green", "inferred": "green", "contradicted": "bold red"}
BY = {
    Basis.READ: "by the weights, read",
    Basis.MATCHED: "by the weights, matched",
    Basis.PREDICTED: "predicted by the config",
    Basis.ASSUMED: "in part assumed",
}
"""Whose account the components are: the weights' only where these were read or matched."""
SEVERITY = {"error": "bold red", "warning": "yellow", "note": "dim"}


def render(inspection: Inspection, findings: Sequence[Finding], out: Page, said: Sequence[Statement] = ()) -> None:
    """Print the whole view. `said`: the headline claims of the card and the name."""
    head(inspection, out)
    if inspection.summary:
        architecture(inspection, out)
    if inspection.pipeline:
        folders(inspection.pipeline, out)
    found = settlement(inspection)
    denominators(inspection.denominators, found, out)
    claims(said, out)
    components(inspection, out)
    if inspection.converted is not None:
        from moeaudit.reports.converted_text import converted

        converted(inspection, inspection.converted, out)
    disagreement(inspection, out)
    findings_list(findings, out)


def head(inspection: Inspection, out: Page) -> None:
    """What model, and which evidence."""
    evidence = inspection.evidence
    out.line((safe(evidence.model.id, 70), "bold"))
    read = [
        f"{name} (synthesised)" if witness.synthesised else name
        for name, witness in inspection.witnesses.items()
        if witness.available
    ]
    commit = f"commit {evidence.model.commit[:12]} · " if evidence.model.commit else ""
    origin = "recorded evidence" if evidence.model.recorded else f"from {evidence.model.source.value}"
    out.line((f"{safe(commit)}{origin} · read: {', '.join(read) or 'nothing'}", "dim"))
    found = settlement(inspection)
    out.line(*verdict(inspection, found))
    for words, style in rests_on(found):
        out.line((words, style))
    for remark in inspection.remarks:
        labelled("", safe(remark, 400), out)
    if inspection.converted is not None:
        from moeaudit.reports.converted_text import which

        for words in which(inspection, inspection.converted):
            out.line((words, "dim"))
    elif inspection.architecture is None and inspection.pipeline is None and inspection.ledger.lines:
        described = inspection.evidence.config is not None or inspection.evidence.documents
        why = f"{evidence.describing} could not be used" if unusable(inspection) else "family unknown"
        why = why if described else "no config"
        out.line((f"{why}: roles are read off tensor names alone, with low confidence", "yellow"))


def rests_on(found: Settlement) -> Iterator[tuple[str, str]]:
    """What most counts rest on; then what is open, and the depth that would settle it."""
    yield f"rests on: {found.words}", "dim" if found.by_the_weights else "yellow"
    if found.open:
        yield f"not settled: {found.left_open}", "yellow"


def verdict(inspection: Inspection, found: Settlement) -> tuple[tuple[str, str], ...]:
    """Whether the witnesses agree, in one line. Equal bytes say something only of counts that the weights confirm."""
    agreement = inspection.agreement
    if inspection.converted is not None:
        from moeaudit.reports.converted_text import against_origin

        return (against_origin(inspection),)
    if agreement.verdict == "single-witness":
        made = inspection.witnesses["headers"].synthesised
        against = f"the headers are no second one ({safe(made, 300)})" if made else "nothing to hold it against"
        return ((f"one witness only: {against}", "yellow"),)
    counts = f"{exact(agreement.names_matched)} names match"
    if agreement.verdict == "agree":
        size = ", 0 bytes apart" if agreement.bytes_difference == 0 and found.by_the_weights else ""
        return ("witnesses agree: ", "green"), (f"{counts}, 0 missing, 0 unexpected{size}", "")
    odd = f"{counts}, {exact(agreement.names_missing)} missing, {exact(agreement.names_unexpected)} unexpected"
    size = f", byte difference {agreement.bytes_difference:+,}" if agreement.bytes_difference else ""
    return ("witnesses disagree: ", "bold red"), (odd + size, "")


def architecture(inspection: Inspection, out: Page) -> None:
    """The architecture in four lines."""
    s = inspection.summary
    assert s is not None
    section("Architecture", out)

    def told(name: str, words: str) -> str:
        return marked(inspection, name, f"{listed(getattr(s, name))}{words}")

    experts = ", ".join(
        (
            told("routed_experts", " routed experts"),
            told("experts_per_token", " per token"),
            told("shared_experts", " shared"),
        )
    )
    context = f"{exact(s.context_length)} tokens" if s.context_length else ""
    rows = [
        ("family", f"{s.family} ({safe(s.model_type, 40)})"),
        (
            "layers",
            f"{told('layers', '')}: {told('moe_layers', ' MoE')}, {told('dense_layers', ' dense')}"
            + (f", + {s.mtp_modules} prediction" if s.mtp_modules else "")
            + (f"; a token runs through {s.executed_layers}" if s.executed_layers not in (0, s.layers) else "")
            + (f"; all of a prompt through {s.prompt_layers}" if s.prompt_layers not in (0, s.layers) else ""),
        ),
        ("experts", experts if s.moe_layers else "none"),
        ("routing", marked(inspection, "experts_per_token", s.routing) if s.routing else ""),
        ("attention", s.attention),
        ("context", marked(inspection, "context_length", context) if context else ""),
        ("head", "tied to the input embedding" if s.tied_embeddings else ""),
        ("precision", inspection.precision),
    ]
    for label, text in rows:
        if text:
            labelled(label, text, out)


def folders(pipeline: Pipeline, out: Page) -> None:
    """Each folder of a pipeline with what it stores, or why that is not counted."""
    section("Folders", out)
    for one in pipeline.folders:
        count = exact(one.parameters) if one.parameters is not None else f"not counted: {one.why}"
        kind = f" {safe(one.kind, 34)}" if len(count) <= KIND_FITS else ""
        out.line(
            (f"  {safe(one.name, NAME):<{NAME}}", ""),
            (f"{count:>{EXACT}}", "bold" if one.parameters is not None else "yellow"),
            (kind, "dim"),
        )


def denominators(values: Mapping[str, Value], found: Settlement, out: Page) -> None:
    """Every denominator with its exact count and a bar, grouped; then what some of them rest on, where it is less than
    the others do, and those that do not apply."""
    counted = {name: value for name, value in values.items() if not isinstance(value, Absent)}
    largest = max((value.bounds[1] for value in counted.values()), default=0)
    for group, title in GROUPS:
        rows = {name: value for name, value in counted.items() if group_of(name) == group}
        if rows:
            section(title, out)
        for name, value in rows.items():
            row(name, value, largest, COLOURS[group], out, mark(value, found))
    weaker(counted.values(), found, out)
    reasons: dict[str, list[str]] = {}
    for name, missing in values.items():
        if isinstance(missing, Absent):
            reasons.setdefault(missing.reason, []).append(name)
    if reasons:
        section("Absent", out)
    for reason, names in reasons.items():
        labelled("", f"{', '.join(names)}: {reason}", out)


def group_of(name: str) -> str:
    if name in STORED:
        return "stored"
    word = name.split(".", maxsplit=1)[0]
    return word if word in ("total", "active", "executed", "prefill") else ""


def mark(value: Value, found: Settlement) -> str:
    """A word behind a value that rests on less than most, or of which something is open: `assumed, 1.20M open`."""
    if isinstance(value, Absent):
        return ""
    open = f"{short(value.open)} open" if value.open else ""
    return ", ".join(filter(None, (found.weaker(value) or "", open)))


def weaker(values: Iterable[Count | Range], found: Settlement, out: Page) -> None:
    """What the marks mean, and what they cost."""
    shown = list(values)
    bases = {found.weaker(value) for value in shown}
    open = any(value.open for value in shown)
    if open or bases - {None}:
        section("Marked above, with * where words do not fit", out)
    for basis in (basis for basis in Basis if basis in bases):
        labelled(basis.value, BASIS_TEXT[basis], out)
    if open:
        labelled("open", f"parameters that the evidence leaves unsettled; {found.way_out}", out)


def row(name: str, value: Value, largest: int, colour: str, out: Page, mark: str = "") -> None:
    """One denominator: name, exact integer, short form, bar; a range shows both ends and its reason."""
    assert not isinstance(value, Absent)
    low, high = value.bounds
    wide = max(out.width - NAME - EXACT - SHORT - 6, 0)
    drawn = bar(value.typical, largest, wide, ascii_only=plain_ascii(out)) if not mark else ""
    if isinstance(value, Range):
        out.line(
                (f"  {name:<{NAME}}", ""), (f" {short(low)} – {short(high)}, typically {short(value.typical)}", "bold")
            )
        labelled("", f"{exact(low)} to {exact(high)}: {value.reason}{f' ({mark})' if mark else ''}", out)
        return
    out.line(
            (f"  {name:<{NAME}}", ""),
            (f"{exact(low):>{EXACT}}", "bold"),
            (f" {short(low):>{SHORT}} ", ""),
            ((mark if len(mark) <= wide else "*"), "yellow") if mark else (drawn, colour),
        )


def claims(said: Sequence[Statement], out: Page) -> None:
    """What the card and the name claim, and which denominators give each figure."""
    if said:
        section("Claims of the card and the name", out)
    for statement in said:
        claim, judgement = statement.claim, statement.judgement
        what = claim.path.rpartition(".")[2].replace("_", " ")
        out.line(
                (f"  {safe(claim.printed, 20):<10} ", "bold"),
                (f"{what} ({claim.origin.value}): ", ""),
                (judgement.verdict.value, VERDICTS.get(judgement.verdict.value, "yellow")),
            )
        labelled("", reading(statement), out)


def components(inspection: Inspection, out: Page) -> None:
    """The partition: every stored parameter once."""
    ledger = inspection.ledger
    counts = ledger.components()
    whole = sum(counts.values())
    section(f"Components of total.stored, {BY[weakest(line.basis for line in ledger.lines if line.held)]}", out)
    wide = max(out.width - NAME - EXACT - SHORT - 13, 0)
    for component, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        drawn = bar(count, whole, wide, ascii_only=plain_ascii(out))
        out.line(
                (f"  {component.value:<{NAME}}", ""),
                (f"{exact(count):>{EXACT}}", "bold"),
                (f" {short(count):>{SHORT}} ", ""),
                (f"{100 * count / whole:5.1f}% ", "dim"),
                (drawn, "magenta"),
            )
    others = [
        f"{kind.value.replace('_', ' ')} {exact(count)}"
        for kind, count in ledger.non_parameters.items()
        if count and kind is not Kind.PARAMETER
    ]
    if others:
        labelled("not parameters", ", ".join(others) + " elements", out)


def disagreement(inspection: Inspection, out: Page) -> None:
    """Where witnesses disagree, both totals and the first names on either side."""
    agreement, ledgers = inspection.agreement, (inspection.config_ledger, inspection.weights_ledger)
    if agreement.verdict != "disagree" or inspection.converted is not None:
        return
    section("Where the witnesses disagree", out)
    totals = {
        ledger.witness: ledger.total(lambda entry: entry.held and not entry.optional)
        for ledger in ledgers
        if ledger is not None
    }
    if len(totals) > 1 and len(set(totals.values())) == 1:
        totals = {"both": next(iter(totals.values()))}
    for witness, total in totals.items():
        labelled(witness, f"total.stored {exact(total)}", out)
    if agreement.comparison:
        for label, table in (
            ("missing", agreement.comparison.missing),
            ("unexpected", agreement.comparison.unexpected),
        ):
            for group in table.groups[:4]:
                labelled(label, f"{group.tensors} × {safe(group.template, 100)}", out)
            if len(table.groups) > 4:
                labelled(label, f"and {len(table.groups) - 4} more templates", out)
        for odd in agreement.comparison.shapes[:4]:
            labelled(
                "shape",
                f"{odd.group.tensors} × {safe(odd.group.template, 100)} is {odd.group.shape}, expected {odd.expected}",
                out,
            )


def findings_list(findings: Sequence[Finding], out: Page) -> None:
    """Each finding with its severity, both sides and what to do."""
    section("Findings" if findings else "Findings: none", out)
    for finding in findings:
        out.line(
                (f"  {finding.severity.value}", SEVERITY[finding.severity.value]),
                (f" {finding.rule}", "bold"),
                (f" {finding.title}", ""),
            )
        labelled("", safe(finding.message), out)
        for label, text in (("claimed", finding.claimed), ("derived", finding.derived), ("tip", finding.tip)):
            if text:
                labelled(label, safe(text, 400), out)


def section(title: str, out: Page) -> None:
    out.line()
    out.line((title, "bold"))


def labelled(label: str, text: str, out: Page) -> None:
    """A label and its text, wrapped under itself."""
    out.labelled(label, text, 14 if label == "not parameters" else 10)


def listed(count: int | Iterable[int]) -> str:
    """One number, or the different ones that layers have."""
    return exact(count) if isinstance(count, int) else "/".join(exact(number) for number in count)
