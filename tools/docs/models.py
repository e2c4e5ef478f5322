"""docs/models.md: the reference models, their counts and witnesses, and the rule that each vendor's figure follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from moeaudit.architecture.spec import read_spec
from moeaudit.checks.facts import proven, statements
from moeaudit.claims.figures import parse_figure
from moeaudit.claims.file import Claims, read_claim_file
from moeaudit.claims.verdicts import Judgement, judge
from moeaudit.evidence.evidence_file import SUFFIX
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.model import Evidence, ModelRef, Source
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent, Count, Range, Value
from moeaudit.text import exact
from tools.record.fixtures import systems

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
COUNTS = ("total.full", "active.full", "active.head", "active.body", "total.stored", "stored.elements")
SIZES = ("total_parameters", "active_parameters", "non_embedding_parameters", "active_non_embedding_parameters")
HEAD = f"""# Reference models

The evidence of these models ships with moeaudit: `moeaudit inspect ID --offline` shows the same figures, with all
denominators and what is behind them. `tools/record/fixtures.py` recorded the evidence;
`tools/record/named_systems.yaml` says from what.

Witnesses: *index* and *headers* are the release's own and agree with the config tensor by tensor. *Synthesised* headers
are what the config implies; where a published total settles or confirms them, it is said. They are no second witness.
A *spec* was written down from the paper, each number cited.

| model | id | {" | ".join(f"`{name}`" for name in COUNTS)} | witnesses |
|---|---|{"---:|" * len(COUNTS)}---|
"""
CLAIMED = """
## What the vendors' figures are

Every size that a vendor prints, and the denominators that give it. *Rounds* and *truncates* say how.

| model | printed | of | rule | source |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One model of the table: its inspection, and its vendor's claims where there are any."""

    name: str
    id: str
    inspection: Inspection
    claims: Claims | None = None
    published: str = ""


def models() -> Iterator[tuple[str, str]]:
    rows = [*recorded(), *specs()]
    lines = [f"| {row.name} | `{row.id}` | {' | '.join(counts(row.inspection))} | {witnesses(row)} |" for row in rows]
    said = [line for row in rows for line in claimed(row)]
    yield "docs/models.md", HEAD + "\n".join(lines) + "\n" + CLAIMED + "\n".join(said) + "\n"


def recorded() -> Iterator[Row]:
    for system in systems():
        path = FIXTURES / f"{system.id.replace('/', '--')}{SUFFIX}"
        inspection = inspect_evidence(read_evidence(path.read_bytes(), path.name, recorded=True))
        claims = read_claim_file(FIXTURES / "claims" / f"{system.claims}.claims.yaml") if system.claims else None
        total = "; the published total agrees" if system.elements or system.parameters else ""
        yield Row(system.name, system.id, inspection, claims, total)


def specs() -> Iterator[Row]:
    for path in sorted((FIXTURES / "specs").glob("*.yaml")):
        text = path.read_text()
        model = path.name.removesuffix(".moe.yaml").replace("--", "/", 1)
        inspection = inspect_evidence(Evidence(ModelRef(model, Source.SPEC, recorded=True), spec=text))
        yield Row(read_spec(text, path.name).family, model, inspection)


def counts(inspection: Inspection) -> list[str]:
    return [value(inspection.denominators[name]) for name in COUNTS]


def value(found: Value) -> str:
    if isinstance(found, Absent):
        return "–"
    if isinstance(found, Count):
        return exact(found.value)
    assert isinstance(found, Range)
    return f"{exact(found.low)} – {exact(found.high)}"


def witnesses(row: Row) -> str:
    """Which accounts there are and whether they agree."""
    inspection = row.inspection
    if inspection.evidence.spec is not None:
        return "spec"
    made = inspection.evidence.synthesised
    if made is not None:
        return f"config; headers synthesised{row.published}"
    read = " and ".join(
        name for name, witness in inspection.witnesses.items() if witness.available and name != "config"
    )
    if not read:
        return "config alone"
    return f"config, {read}: {inspection.agreement.verdict}, {exact(inspection.agreement.names_matched)} names"


def claimed(row: Row) -> Iterator[str]:
    if row.inspection.evidence.spec is not None:
        yield from published(row, row.inspection.evidence.spec)
    if row.claims is None:
        return
    if not any(claim.figure for claim in row.claims.claims if claim.path.rpartition(".")[2] in SIZES):
        yield f"| {row.name} | – | any size | not-disclosed: the vendor's README prints none | |"
    for statement in statements(row.claims.claims, row.inspection, row.claims.distribution):
        name = statement.claim.path.rpartition(".")[2]
        if name in SIZES and statement.claim.figure is not None:
            source = statement.claim.source.url if statement.claim.source else ""
            figure = f"{statement.claim.printed} | {name.replace('_', ' ')}"
            yield f"| {row.name} | {figure} | {rule(statement.judgement)} | {source} |"


def published(row: Row, spec: str) -> Iterator[str]:
    """The figures that a spec file quotes from its paper, each held against its stated denominator."""
    for figure in yaml.safe_load(spec)["published"]:
        name = figure["denominator"]
        judgement = judge(parse_figure(str(figure["value"])), name.partition(".")[0], proven(row.inspection), name)
        yield f"| {row.name} | {figure['value']} | `{name}` | {rule(judgement)} | {figure['source']} |"


def rule(judgement: Judgement) -> str:
    """The denominators that give the figure, or the nearest."""
    if judgement.fits:
        fits = ", ".join(f"`{name}` {match}" for name, match in judgement.fits.items())
        return f"{judgement.verdict.value}: {fits}"
    if judgement.nearest is not None:
        gap = float(100 * judgement.nearest.gap)
        return f"{judgement.verdict.value}: nearest is `{judgement.nearest.denominator}`, {gap:+.1f} % off"
    return f"{judgement.verdict.value}: {judgement.reason}"
