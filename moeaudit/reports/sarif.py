"""A check as SARIF 2.1.0 (OASIS Standard, Errata 01), for code scanning.

Results stand in the checked files, with line and column counted in Unicode code points. What a rule found in the
evidence stands at the top of the first checked file, and names its place as a logical location.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import moeaudit
from moeaudit.checks.audit import RULES, Audit, Failed
from moeaudit.checks.finding import Finding, Fix
from moeaudit.checks.registry import ORDER
from moeaudit.checks.rule import Rule
from moeaudit.errors import Place
from moeaudit.limits import SARIF_RESULTS
from moeaudit.reports.statements import Seen
from moeaudit.text import visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "moeaudit/v1"
ROOT = "%SRCROOT%"

PROBLEM = {"error": "error", "warning": "warning", "note": "recommendation"}


def render(audits: Sequence[Audit], failures: Sequence[Failed] = ()) -> str:
    """The log as text. ASCII only: foreign text cannot steer a terminal."""
    return json.dumps(document(audits, failures), indent=2, ensure_ascii=True) + "\n"


def document(audits: Sequence[Audit], failures: Sequence[Failed] = ()) -> dict[str, Any]:
    """One run for everything that was checked; what was not is a notification of the run."""
    pairs = [(finding, seen) for seen in map(Seen.of, audits) for finding in seen.audit.findings]
    if len(pairs) > SARIF_RESULTS:
        pairs = sorted(pairs, key=lambda pair: ORDER[pair[0].severity])[:SARIF_RESULTS]
    used = {finding.rule for finding, _ in pairs}
    rules = [rule for rule in RULES.values() if rule.id in used]
    places = {rule.id: number for number, rule in enumerate(rules)}
    times: Counter[str] = Counter()
    results = []
    for finding, seen in pairs:
        times[finding.fingerprint] += 1
        results.append(result(finding, seen, places[finding.rule], times[finding.fingerprint]))
    driver = {
        "name": "moeaudit",
        "version": moeaudit.__version__,
        "semanticVersion": moeaudit.__version__,
        "rules": [descriptor(rule) for rule in rules],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "moeaudit/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "the folder that moeaudit ran in"}}},
        "results": results,
    }
    if failures:
        told = [{"level": "error", "message": {"text": visible(str(one.error))}} for one in failures]
        run["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": told}]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def descriptor(rule: Rule) -> dict[str, Any]:
    """A rule with its help: why it matters, how it is decided, an example from the wild, how to fix it."""
    parts = [
        ("Why", rule.why),
        ("Decided", rule.decided),
        ("In the wild", f"{rule.example} {rule.url}".strip()),
        ("Fix", rule.fix),
    ]
    told = [(label, text) for label, text in parts if text]
    return {
        "id": rule.id,
        "shortDescription": {"text": sentence(rule.title)},
        "fullDescription": {"text": sentence(rule.why)},
        "help": {
            "text": "\n".join(f"{label}: {text}" for label, text in told),
            "markdown": "\n".join(f"**{label}:** {text}\n" for label, text in told),
        },
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {
            "tags": [rule.family],
            "precision": rule.confidence.value,
            "problem.severity": PROBLEM[rule.severity.value],
        },
    }


def result(finding: Finding, seen: Seen, rule: int, occurrence: int) -> dict[str, Any]:
    """One result. The fingerprint is the finding's own, numbered where one statement is made several times."""
    found = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": message(finding)},
        "locations": [location(finding, seen)],
        "partialFingerprints": {FINGERPRINT: f"{finding.fingerprint}:{occurrence}"},
        "suppressions": [suppression(finding.suppressed, seen.audit)] if finding.suppressed is not None else [],
        "properties": {"outcome": finding.outcome.value, "confidence": finding.confidence.value},
    }
    return found | ({"fixes": [fixed(finding.fix)]} if finding.fix is not None else {})


def fixed(fix: Fix) -> dict[str, Any]:
    """What `check --fix` would write: one figure in place of another, where it stands."""
    line, column = fix.place.line or 1, fix.place.column or 1
    deleted = {"startLine": line, "startColumn": column, "endColumn": column + len(fix.old)}
    change = {
        "artifactLocation": artifact(fix.place.file),
        "replacements": [{"deletedRegion": deleted, "insertedContent": {"text": fix.new}}],
    }
    return {"description": {"text": f"Write {fix.new} for {fix.old}."}, "artifactChanges": [change]}


def message(finding: Finding) -> str:
    """What is wrong, both sides, and what to write."""
    sides = [("Claimed", finding.claimed), ("Evidence", finding.derived), ("Fix", finding.tip)]
    return "\n".join(
        [sentence(visible(finding.message)), *(f"{label}: {visible(text)}" for label, text in sides if text)]
    )


def location(finding: Finding, seen: Seen) -> dict[str, Any]:
    """Where the result stands among the checked files; its key, or its place in the evidence, as a logical location."""
    place, evidence = seen.anchor(finding)
    found: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": artifact(place.file), "region": region(place, finding, seen)}
    }
    named = [evidence.file, evidence.path] if evidence is not None else [place.path]
    if any(named):
        found["logicalLocations"] = [{"fullyQualifiedName": visible(": ".join(name for name in named if name))}]
    return found


def region(place: Place, finding: Finding, seen: Seen) -> dict[str, int]:
    """Line and columns of the claim; the first line where there is none. The end column is the one after the last."""
    found = {"startLine": place.line or 1}
    if place.line and place.column:
        held = seen.claim(finding)
        found |= {"startColumn": place.column, "endColumn": place.column + max(held.claim.length if held else 0, 1)}
    return found


def artifact(file: str) -> dict[str, str]:
    """A file below the working folder by its relative URI, another by its absolute one."""
    path = Path(file)
    if path.is_absolute():
        if not path.is_relative_to(Path.cwd()):
            return {"uri": path.as_uri()}
        path = path.relative_to(Path.cwd())
    return {"uri": quote(str(PurePosixPath(*path.parts)), safe="/"), "uriBaseId": ROOT}


def suppression(reason: str, audit: Audit) -> dict[str, str]:
    """In the file itself, or by the project's settings; the reason stays with it."""
    return {"kind": "inSource" if reason in set(ignores(audit)) else "external", "justification": visible(reason)}


def ignores(audit: Audit) -> Iterable[str]:
    """The reasons that stand in the checked files."""
    yield from (ignore.reason for claims in audit.facts.claim_files for ignore in claims.ignores)
    yield from (ignore.reason for card in audit.facts.cards for ignore in card.ignores)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    first = text.partition(" ")[0]
    if not set(first) & set("._/-"):  # a field, a file or a path keeps its letters
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
