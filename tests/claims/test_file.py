"""The claim file: what it may say, where everything stands, and clear words for what it may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.claims.checklist import BY_ID, FIELDS, ITEMS
from moeaudit.claims.claim import Distribution, Origin, SourceKind, Status, judge_claim
from moeaudit.claims.file import Claims, parse_claims, read_claim_file
from moeaudit.errors import NoEvidence, UsageError

FILE = """\
schema: moeaudit/claims/v1
model: {id: org/model, revision: 9e3, release_date: 2024-12-26, distribution: downloadable}
sources:
  - {id: readme, title: README, url: "https://example.org/readme", kind: primary, read: 2026-11-22}
  - {id: news, url: "https://example.org/news", kind: secondary}
architecture:
  total_parameters: 671B
  active_parameters: {value: 37B, denominator: active.head, source: readme, quote: 37B activated, note: checked}
  routed_experts: 256
  experts_per_token: {value: 8, source: news}
  shared_experts: {not_applicable: no shared experts}
  routing: {not_disclosed: no reason given}
runtime:
  precision: FP8 (E4M3), 128×128 blocks
  context_length: 128K
deployment:
  stack: vllm
evaluations:
  - {name: MMLU, score: 88.5, reporter: provider}
ignore:
  - {rule: CL01, reason: corrected upstream, path: architecture.total_parameters}
"""


def changed(old: str, new: str) -> str:
    assert old in FILE
    return FILE.replace(old, new, 1)


@pytest.fixture(scope="module")
def claims() -> Claims:
    return parse_claims(FILE, "model.claims.yaml")


def test_a_bare_value_and_a_table_are_the_same_claim(claims: Claims) -> None:
    total, active = claims.by_path("architecture.total_parameters"), claims.by_path("architecture.active_parameters")
    assert total is not None and active is not None
    assert (total.item, total.kind, total.printed, total.denominator, total.origin) == (
        "A01",
        "total",
        "671B",
        None,
        Origin.CLAIM_FILE,
    )
    assert (active.printed, active.denominator, active.quote, active.note) == (
        "37B",
        "active.head",
        "37B activated",
        "checked",
    )
    assert active.source is not None and active.source.kind is SourceKind.PRIMARY


def test_every_claim_knows_its_line_and_column(claims: Claims) -> None:
    lines = FILE.splitlines()
    for claim in claims.claims:
        if claim.status is Status.STATED:
            line = lines[(claim.location.line or 0) - 1]
            assert line[(claim.location.column or 0) - 1 :].startswith(claim.printed), claim.path


def test_undisclosed_and_inapplicable_items_keep_their_reason(claims: Claims) -> None:
    routing, shared = claims.by_path("architecture.routing"), claims.by_path("architecture.shared_experts")
    assert routing is not None and shared is not None
    assert (routing.status, routing.reason) == (Status.NOT_DISCLOSED, "no reason given")
    assert judge_claim(shared, {"shared_experts": 1}).verdict == "not-applicable"


def test_text_stays_text(claims: Claims) -> None:
    assert (claims.revision, claims.release_date) == ("9e3", "2024-12-26")
    precision = claims.by_path("runtime.precision")
    assert precision is not None and precision.figure is None and precision.printed == "FP8 (E4M3), 128×128 blocks"


def test_records_and_suppressions(claims: Claims) -> None:
    paths = {claim.path for claim in claims.claims}
    assert {"deployment.stack", "evaluations[0].name", "evaluations[0].score"} <= paths
    assert [(ignore.rule, ignore.reason, ignore.place.line) for ignore in claims.ignores] == [
        ("CL01", "corrected upstream", 21)
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        (
            changed("total_parameters", "total_paramters"),
            7,
            3,
            "unknown key 'total_paramters'. Did you mean 'total_parameters'?",
        ),
        (
            changed("total_parameters:", "layers: {value: 8, not_disclosed: secret}\n  total_parameters:"),
            7,
            12,
            "'value' cannot stand beside 'not_disclosed'",
        ),
        (
            changed("total_parameters:", "layers: {not_disclosed: ''}\n  total_parameters:"),
            7,
            27,
            "'not_disclosed' is empty",
        ),
        (changed("stack: vllm", "stak: vllm"), 17, 3, "Did you mean 'stack'?"),
        (changed("source: readme", "sauce: readme"), 8, 61, "Did you mean 'source'?"),
        (changed("active.head", "active.haed"), 8, 48, "Did you mean 'active.head'?"),
        (changed("claims/v1", "claims/v2"), 1, 9, "written for 'moeaudit/claims/v2'"),
        (changed("claims/v1", "fleet/v1"), 1, 9, "not the schema of a claim file"),
        (changed("kind: primary", "kind: main"), 4, 74, "'primary'"),
        (changed('"https://example.org/readme"', "javascript:alert(1)"), 4, 38, "pattern"),
        (changed("{id: org/model, ", "{"), 2, 8, "'id' is missing"),
        (changed("{not_disclosed: no reason given}", "{not_disclosed: }"), 12, 28, "valid string"),
        (changed(", reason: corrected upstream", ""), 21, 5, "'reason' is missing"),
        (changed("routed_experts: 256", "routed_experts: [[1]]"), 9, 19, "not a value that an item can take"),
        (changed("model: {id", "model: {id: twice, id"), 2, 20, "stands twice"),
        ("just words", 1, 1, "a claim file is a table of keys"),
        ("model: {id: a/b}", 1, 1, "no schema is named"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_claims(text, "model.claims.yaml")
    assert words in str(refused.value)
    assert refused.value.place is not None
    assert (refused.value.place.line, refused.value.place.column) == (line, column)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoEvidence, match="no such file"):
        read_claim_file(tmp_path / "none.claims.yaml")


def test_a_rumour_about_a_closed_model_is_unsupported_whatever_its_number() -> None:
    text = """\
schema: moeaudit/claims/v1
model: {id: GPT-4, distribution: hosted}
sources: [{id: article, url: "https://example.org/a", kind: secondary}]
architecture:
  routed_experts: {value: 16, source: article}
  total_parameters: 1.8T
"""
    read = parse_claims(text, "gpt-4.claims.yaml")
    assert read.distribution is Distribution.HOSTED
    assert [judge_claim(claim, {}, read.distribution).verdict for claim in read.claims] == ["unsupported"] * 2


def test_files_decide_even_where_the_source_is_weak(claims: Claims) -> None:
    selected = claims.by_path("architecture.experts_per_token")
    assert selected is not None and selected.source is not None and selected.source.kind is SourceKind.SECONDARY
    assert judge_claim(selected, {"experts_per_token": 8}).verdict == "reproduced"
    assert judge_claim(selected, {"experts_per_token": 2}).verdict == "contradicted"


def test_the_checklist_is_whole() -> None:
    counts = {letter: sum(item.id.startswith(letter) for item in ITEMS) for letter in "AREG"}
    assert counts == {"A": 13, "R": 15, "E": 15, "G": 13}
    assert len(BY_ID) == len(ITEMS)
    assert all(item.path in FIELDS for item in ITEMS)
    assert {field.item for field in FIELDS.values()} == set(BY_ID)
