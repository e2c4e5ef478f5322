"""Suppressions: a reason is required, the finding stays counted, and an idle suppression is said."""

from __future__ import annotations

import pytest

from moeaudit.checks.audit import Audit, Settings, audit
from moeaudit.checks.facts import Facts, statements
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import parse_claims
from tests.checks.world import inspection_of

WRONG = """\
schema: moeaudit/claims/v1
model: {id: mistralai/Mixtral-8x7B-v0.1}
architecture: {layers: 24, total_parameters: 45B}
"""


def audited(more: str = "", off: dict[str, str] | None = None) -> Audit:
    inspection = inspection_of("mixtral")
    read = parse_claims(WRONG + more, "a.claims.yaml")
    facts = Facts(inspection, statements(read.claims, inspection, Distribution.DOWNLOADABLE), (read,))
    return audit(read.model_id, ["a.claims.yaml"], facts, Settings(off=off))


def reasons(result: Audit) -> dict[str, str | None]:
    return {finding.rule: finding.suppressed for finding in result.findings}


def test_what_is_suppressed_stays_counted() -> None:
    plain, quiet = audited(), audited("ignore: [{rule: layers-contradicted, reason: the paper counts another way}]\n")
    assert plain.summary["error"] == 2
    assert quiet.summary["error"] == 1 and quiet.summary["suppressed"] == 1
    assert reasons(quiet)["layers-contradicted"] == "the paper counts another way"
    assert reasons(quiet)["total-contradicted"] is None


@pytest.mark.parametrize(("path", "suppressed"), [("architecture.layers", True), ("architecture.moe_layers", False)])
def test_a_suppression_limited_to_a_claim(path: str, suppressed: bool) -> None:
    result = audited(f"ignore: [{{rule: layers-contradicted, reason: so, path: {path}}}]\n")
    assert bool(reasons(result)["layers-contradicted"]) is suppressed
    assert ("ignore-unused" in reasons(result)) is not suppressed


def test_a_rule_switched_off_by_the_settings() -> None:
    assert (
        reasons(audited(off={"total-contradicted": "third-party figure"}))["total-contradicted"] == "third-party figure"
    )


WIDE = "{rule: layers-contradicted, reason: wide}"
NARROW = "{rule: layers-contradicted, reason: narrow, path: architecture.layers}"


@pytest.mark.parametrize(
    ("ignores", "reason"),
    [
        (f"{WIDE}, {WIDE.replace('wide', 'second')}", "wide"),
        (f"{WIDE}, {NARROW}", "wide"),
        (f"{NARROW}, {WIDE}", "narrow"),
        (f"{WIDE.replace('layers', 'total')}, {NARROW}", "narrow"),
    ],
)
def test_of_several_suppressions_the_first_gives_the_reason(ignores: str, reason: str) -> None:
    """In the order of the file, whether or not they are limited to a claim; the settings' come before all."""
    assert reasons(audited(f"ignore: [{ignores}]\n"))["layers-contradicted"] == reason
    switched = audited(f"ignore: [{ignores}]\n", {"layers-contradicted": "by the settings"})
    assert reasons(switched)["layers-contradicted"] == "by the settings"
