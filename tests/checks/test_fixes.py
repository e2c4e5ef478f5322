"""Fixes: the one figure that a finding proves, and why others have none; a text once fixed stays fixed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.audits.fix import edited
from moeaudit.checks.audit import Settings, audit
from moeaudit.checks.facts import Facts, statements
from moeaudit.checks.finding import Finding, Fix, Severity
from moeaudit.claims.card import read_card
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import parse_claims
from moeaudit.claims.reprinted import reprinted
from tests.checks.test_examples import CASES, files_of
from tests.checks.world import facts_of, inspection_of

ID = "mistralai/Mixtral-8x7B-v0.1"
MIXTRAL = inspection_of("mixtral")
TOTAL = 46_702_792_704


def facts_of_card(text: str) -> Facts:
    card = read_card(text, "README.md", ID)
    said = statements(card.claims, MIXTRAL, Distribution.DOWNLOADABLE)
    return Facts(MIXTRAL, said, cards=(card,), texts={"README.md": text})


def facts_of_claims(text: str) -> Facts:
    claims = parse_claims(text, "a.claims.yaml")
    return Facts(MIXTRAL, statements(claims.claims, MIXTRAL, Distribution.DOWNLOADABLE), claim_files=(claims,))


def found(facts: Facts) -> tuple[Finding, ...]:
    return audit(ID, ("README.md",), facts, Settings()).findings


def fixes(findings: tuple[Finding, ...]) -> list[tuple[Finding, Fix]]:
    return [(finding, finding.fix) for finding in findings if finding.fix is not None]


def fixed(text: str, facts: Facts) -> str:
    return edited(text, fixes(found(facts)))[0]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("It has 45B total parameters.", "It has 47B total parameters."),
        ("It has **45B** total parameters.", "It has **47B** total parameters."),
        (
            "It has [45.0B](https://example.org/45) total parameters.",
            "It has [46.7B](https://example.org/45) total parameters.",
        ),
        ("It has ~41 billion total parameters.", "It has ~47 billion total parameters."),
        ("总参数量为 **450亿**。", "总参数量为 **470亿**。"),  # as exact as 45B
        ("总参数量为 **451亿**。", "总参数量为 **467亿**。"),
        ("| Total parameters | 45,000,000,000 |\n|---|---|\n", "| Total parameters | 46,702,792,704 |\n|---|---|\n"),
    ],
)  # fmt: skip
def test_only_the_number_changes_in_a_card(wrong: str, right: str) -> None:
    title = "# Mixtral-8x7B-v0.1\n\n"
    assert fixed(title + wrong, facts_of_card(title + wrong)) == title + right


def test_a_claim_file_keeps_comments_order_and_quotes() -> None:
    text = """# ours
schema: moeaudit/claims/v1
model: {id: mistralai/Mixtral-8x7B-v0.1}
architecture:
  layers: 30   # counted twice
  total_parameters: {denominator: total.full, value: '45B'}  # 45B
  non_embedding_parameters:
    value: "45.0 billion parameters"
  experts_per_token: 3
"""
    right = (
        text.replace("30 ", "32 ").replace("'45B'", "'47B'").replace("45.0 b", "46.4 b").replace("token: 3", "token: 2")
    )
    assert fixed(text, facts_of_claims(text)) == right


def reasons(facts: Facts) -> dict[str, str]:
    return {finding.rule: finding.unfixed for finding in found(facts) if finding.fix is None}


@pytest.mark.parametrize(
    ("sentence", "rule", "reason"),
    [
        ("It uses 9.9B active parameters.", "active-contradicted", "several counts may be meant: active.full, "),
        ("It has over 450B total parameters.", "total-contradicted", "it is a bound"),
        ("It has 450B to 460B total parameters.", "total-contradicted", "it is a range"),
        ("It has 45B total parameters. <!-- moeaudit: ignore[total-contradicted] as others say -->",
         "total-contradicted", "it is set aside: as others say"),
        ("It has 2 experts.", "experts-are-selected", "the sentence is to give both numbers"),
    ],
)  # fmt: skip
def test_why_a_card_keeps_its_figure(sentence: str, rule: str, reason: str) -> None:
    assert reasons(facts_of_card(f"# Mixtral-8x7B-v0.1\n\n{sentence}\n"))[rule].startswith(reason)


@pytest.mark.parametrize(
    ("entry", "rule", "reason"),
    [
        ("total_parameters: {value: 12.9B, denominator: total.full, quote: 12.9B in all}", None, "the quoted source"),
        ("total_parameters: {value: 46.4B, denominator: total.full}", "denominator-wrong", "either the figure or its"),
        ("active_parameters: {value: 99.5B}", "active-contradicted", "several counts may be meant"),
    ],
)
def test_why_a_claim_file_keeps_its_figure(entry: str, rule: str | None, reason: str) -> None:
    text = f"schema: moeaudit/claims/v1\nmodel: {{id: {ID}}}\narchitecture:\n  {entry}\n"
    left = reasons(facts_of_claims(text))
    assert any(why.startswith(reason) for name, why in left.items() if rule in (None, name)), left


def test_an_assumed_owner_has_no_fix() -> None:
    facts = facts_of_card("# Mixtral-8x7B-v0.1\n\nIt has 45B total parameters and 30 layers.\n")
    assert len(fixes(found(facts))) == 2
    assumed = (replace(one, claim=replace(one.claim, owner="assumed")) for one in facts.statements)
    findings = found(replace(facts, statements=tuple(assumed)))
    assert not fixes(findings) and any("assumed" in finding.unfixed for finding in findings)


def test_nothing_but_a_proved_error_has_a_fix() -> None:
    for rule, stem in CASES:
        for finding in audit("", (), facts_of(files_of(rule, stem))).findings:
            assert finding.fix is None or (finding.severity is Severity.ERROR and finding.suppressed is None)
            assert (finding.fix is None) == bool(finding.unfixed)


@pytest.mark.parametrize(("rule", "stem"), [(rule, stem) for rule, stem in CASES if "positive" in stem])
def test_a_planted_mistake_once_fixed_is_found_no_more(rule: str, stem: str, tmp_path: Path) -> None:
    files = []
    for file in files_of(rule, stem):
        files.append(tmp_path / file.name)
        files[-1].write_bytes(file.read_bytes())
    first = fixes(audit("", (), facts_of(files)).findings)
    for file in files:
        here = [(finding, fix) for finding, fix in first if fix.place.file == file.name]
        text, done, left = edited(file.read_text("utf-8"), here)
        assert (len(done), left) == (len(here), [])
        file.write_text(text, "utf-8")
    second = audit("", (), facts_of(files)).findings
    gone = {
        (finding.rule, finding.place.file, finding.place.line, finding.place.path)
        for finding, _ in first
        if finding.place
    }
    assert not gone & {(one.rule, one.place.file, one.place.line, one.place.path) for one in second if one.place}
    assert not fixes(second)


STYLES = ("{}B", "**{}B**", "~{}B", "{} billion", "[{}B](https://example.org/a)", "_{}B_", "{}0亿")


@given(st.integers(52, 900), st.sampled_from(STYLES), st.integers(0, 2))
def test_any_total_is_put_right_in_its_own_style(size: int, style: str, decimals: int) -> None:
    figure = style.format(f"{size}.{'5' * decimals}" if decimals and "亿" not in style else size)
    text = f"# Mixtral-8x7B-v0.1\n\nMixtral-8x7B-v0.1 has {figure} total parameters.\n"
    once = fixed(text, facts_of_card(text))
    errors = [finding for finding in found(facts_of_card(once)) if finding.severity is Severity.ERROR]
    assert once != text and not errors, (once, errors)
    assert re.sub(r"\d[\d.]*", "#", once) == re.sub(r"\d[\d.]*", "#", text)
    assert fixed(once, facts_of_card(once)) == once


@pytest.mark.parametrize(
    ("printed", "value", "number"),
    [
        ("447B", 743_921_000_000, ("447", "744")),
        ("447e9", 743_921_000_000, ("447e9", "744e9")),
        ("44,7 Mrd", TOTAL, ("44,7", "46,7")),
        ("40B", 3_300_000_000, ("40", "3.3")),
        ("2T", 743_921_000_000, ("2", "0.74")),
        ("12B–13B", TOTAL, None),
        ("447B-A32B", TOTAL, None),
        ("46.7B", TOTAL, None),
        ("45B", 0, None),
    ],
)
def test_a_figure_with_another_value(printed: str, value: int, number: tuple[str, str] | None) -> None:
    assert reprinted(printed, value) == number


def test_two_wishes_for_one_figure_are_both_left() -> None:
    text = "# Mixtral-8x7B-v0.1\n\nIt has 45B total parameters.\n"
    ((finding, fix),) = fixes(found(facts_of_card(text)))
    again, done, left = edited(text, [(finding, fix), (finding, replace(fix, new="48"))])
    assert "47B" in again and len(done) == len(left) == 1
    assert edited(text, [(finding, replace(fix, old="46"))])[0] == text
