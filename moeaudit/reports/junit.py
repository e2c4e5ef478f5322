"""A check as JUnit XML: one suite a model, one case for each finding and for each rule that found nothing.

Errors and warnings fail their case, notes pass with their text as output, suppressed findings are skipped with
the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as Xml

from moeaudit.checks.audit import RULES, Audit, Failed
from moeaudit.checks.finding import Finding, Severity
from moeaudit.reports.statements import Seen
from moeaudit.text import visible


def render(audits: Sequence[Audit], failures: Sequence[Failed] = ()) -> str:
    """The document, with its declaration. Foreign text is written out visibly: XML takes no control characters."""
    root = Xml.Element("testsuites", name="moeaudit")
    for audit in audits:
        root.append(suite(audit))
    for failure in failures:
        root.append(not_checked(failure))
    for counted in ("tests", "failures", "skipped", "errors"):
        root.set(counted, str(sum(int(child.get(counted, "0")) for child in root)))
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def suite(audit: Audit) -> Xml.Element:
    cases = list(suite_cases(audit))
    element = Xml.Element(
        "testsuite", name=visible(audit.model_id or "unnamed model", limit=200), tests=str(len(cases)), errors="0"
    )
    element.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    element.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    element.extend(cases)
    return element


def not_checked(failure: Failed) -> Xml.Element:
    """A suite whose one case could not be run."""
    name = visible(", ".join(failure.files[:3]) or "check", limit=200)
    element = Xml.Element("testsuite", name=name, tests="1", errors="1", failures="0", skipped="0")
    case = Xml.SubElement(element, "testcase", classname="moeaudit", name="check")
    Xml.SubElement(case, "error", message=visible(str(failure.error)))
    return element


def suite_cases(audit: Audit) -> Iterator[Xml.Element]:
    """Cases in the order of the registry."""
    seen = Seen.of(audit)
    found: dict[str, list[Finding]] = {}
    for finding in audit.findings:
        found.setdefault(finding.rule, []).append(finding)
    for rule in RULES.values():
        findings = found.get(rule.id, [])
        if not findings:
            yield Xml.Element("testcase", classname=f"moeaudit.{rule.family}", name=rule.id)
        for number, finding in enumerate(findings, 1):
            name = rule.id if len(findings) == 1 else f"{rule.id} ({number})"
            yield case(finding, seen, f"moeaudit.{rule.family}", name)


def case(finding: Finding, seen: Seen, family: str, name: str) -> Xml.Element:
    """One finding, standing in the file that it is shown in."""
    place, _ = seen.anchor(finding)
    element = Xml.Element("testcase", classname=family, name=name, file=visible(place.file))
    if place.line:
        element.set("line", str(place.line))
    if finding.suppressed is not None:
        Xml.SubElement(element, "skipped", message=visible(finding.suppressed))
    elif finding.severity is Severity.NOTE:
        Xml.SubElement(element, "system-out").text = told(finding)
    else:
        Xml.SubElement(element, "failure", type=finding.severity.value, message=visible(finding.message)).text = told(
            finding
        )
    return element


def told(finding: Finding) -> str:
    """Where, what, both sides, and what to do."""
    rows = [
        ("", finding.place),
        ("", finding.message),
        ("claimed: ", finding.claimed),
        ("evidence: ", finding.derived),
        ("fix: ", finding.tip),
    ]
    return "\n".join(f"{label}{visible(str(text))}" for label, text in rows if text)
