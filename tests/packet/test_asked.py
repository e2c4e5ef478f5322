"""What becomes a question and what does not, by the parts of a claim, a finding and a path; and what words they get."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeaudit.reports.packet.model import (
    Amount,
    ChecklistGroup,
    ChecklistItem,
    Claim,
    Difference,
    Finding,
    Fit,
    Place,
    Source,
)
from moeaudit.reports.packet.parts.paths import differences, status
from moeaudit.reports.packet.parts.questions import of_findings, of_paths, of_sources, questions, where

CONTRADICTED = Finding("files-disagree", "Files", "error", "high", "contradicted", "the files do not agree. ")
SAID = Claim("A03", "architecture.active_parameters", "Active parameters", "14B", "active", "contradicted")


@pytest.mark.parametrize(
    ("finding", "asked"),
    [
        (CONTRADICTED, True),
        (replace(CONTRADICTED, severity="warning", outcome="suspect"), True),
        (replace(CONTRADICTED, severity="note"), False),
        (replace(CONTRADICTED, suppressed="known"), False),
        (replace(CONTRADICTED, suppressed=""), False),
        (replace(CONTRADICTED, outcome="ambiguous"), False),
        (replace(CONTRADICTED, outcome="incomplete"), False),
        (replace(CONTRADICTED, outcome="reproduced"), False),
        (replace(CONTRADICTED, place=Place("config.json", 3)), True),
        (replace(CONTRADICTED, place=Place("config.json", 3, path="num_experts")), True),
        *(
            (replace(CONTRADICTED, place=Place("moeaudit.yaml", 3, path=path)), False)
            for path in (
                "architecture.layers", "runtime.context", "evaluation.path", "evaluations[0].name",
                "governance.licence", "deployment.precision",
            )
        ),
    ],
)  # fmt: skip
def test_which_findings_are_asked_about(finding: Finding, asked: bool) -> None:
    """Those that prove or suspect something, are not set aside, and are not on a claim, which is asked about itself."""
    expected = [("", "contradicted", "The files do not agree. Please explain or correct it.", "files-disagree")]
    assert list(of_findings((finding,))) == (expected if asked else [])


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (Difference("1: MMLU", "precision", "BF16", "FP8", "different"), "different"),
        (Difference("1", "precision", "BF16", "BF16", "same"), None),
        (Difference("1", "routing_policy", "BF16", "", "unknown"), "missing"),
        (Difference("1", "routing_policy", "", "FP8", "unknown"), "missing"),
        (Difference("1", "routing_policy", "", "", "unknown"), None),
    ],
)
def test_which_aspects_are_asked_about(one: Difference, why: str | None) -> None:
    found = list(of_paths((one,)))
    assert [(item, asked) for item, asked, *_ in found] == ([("E12", why)] if why else [])
    for _, _, text, _ in found:
        assert one.aspect.replace("_", " ") in text
        assert why != "different" or ("1: MMLU" in text and "BF16" in text and "FP8" in text)


@pytest.mark.parametrize(
    ("claim", "asked"),
    [
        (replace(SAID, verdict="unverifiable"), True),
        (replace(SAID, verdict="unverifiable", source=Source("news")), False),
        (replace(SAID, verdict="unverifiable", origin="card"), False),
        (replace(SAID, verdict="reproduced"), False),
    ],
)
def test_which_statements_are_asked_for_a_source(claim: Claim, asked: bool) -> None:
    found = list(of_sources((claim, claim)))
    assert [text for _, _, text, _ in found] == (
        ["Please name a primary source for: active parameters."] if asked else []
    )


ELSEWHERE = replace(SAID, verdict="reproduced-elsewhere", fits=(Fit("active.full", "rounds"), Fit("active.head", "")))
WORDS = {
    "contradicted, with what is nearest": (
        replace(SAID, stated="active.head", nearest=Amount("active.full", 12_879_925_248, 1, 12_879_925_248)),
        (
            "You state 14B for active parameters (active.head). The published files give active.full 12.88B "
            "(12,879,925,248). Which is right, and which text will you correct?"
        ),
    ),
    "contradicted, with nothing near": (
        SAID,
        (
            "You state 14B for active parameters. The published files give another value. Which is right, and "
            "which text will you correct?"
        ),
    ),
    "of something else": (
        replace(ELSEWHERE, stated="active.body"),
        (
            "You state 14B as active.body. The published files give that figure for active.full, active.head. "
            "Will you correct the denominator?"
        ),
    ),
    "of something else, by its field": (
        ELSEWHERE,
        (
            "You state 14B as active parameters. The published files give that figure for active.full, "
            "active.head. Will you correct the denominator?"
        ),
    ),
    "ambiguous": (
        replace(ELSEWHERE, verdict="ambiguous"),
        (
            "You state 14B for active parameters and do not say what it counts. active.full, active.head all fit."
            " Which one is meant?"
        ),
    ),
    "unsupported": (
        replace(SAID, verdict="unsupported", reason="a rumour"),
        (
            "Active parameters: 14B is reported, on a source that is not yours. Please confirm or deny it, and "
            "name a document of your own."
        ),
    ),
}


@pytest.mark.parametrize("case", WORDS)
def test_a_claim_as_a_question(case: str) -> None:
    claim, text = WORDS[case]
    (found,) = questions((claim,), (), (), ())
    assert (found.number, found.item, found.text, found.group) == (1, "A03", text, "statements")
    assert found.because == claim.reason


def test_the_sharpest_come_first_and_each_once() -> None:
    """Contradicted, elsewhere, ambiguous, unsupported; findings; paths; sources; then what is missing."""
    claims = tuple(replace(SAID, printed=verdict, verdict=verdict) for verdict in (
        "reproduced", "unverifiable", "unsupported", "ambiguous", "reproduced-elsewhere", "contradicted",
    ))  # fmt: skip
    items = (ChecklistItem("A02", "", "D", "missing", ""), ChecklistItem("A05", "", "D", "derived", ""),
             ChecklistItem("R03", "", "D", "missing", ""))  # fmt: skip
    path = Difference("1", "precision", "BF16", "FP8", "different")
    found = list(
        questions((*claims, *claims), (CONTRADICTED, CONTRADICTED), (ChecklistGroup("x", items),), (path, path))
    )
    assert [one.number for one in found] == list(range(1, 10))
    assert [one.why for one in found] == [
        "contradicted", "contradicted", "ambiguous", "unsupported", "contradicted", "different", "missing", "missing",
        "missing",
    ]  # fmt: skip
    assert [one.item for one in found] == ["A03", "A03", "A03", "A03", "", "E12", "", "A02", "R03"]
    assert [one.group for one in found] == ["statements"] * 7 + ["architecture", "runtime"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (None, ""),
        (Place("README.md"), "README.md"),
        (Place("README.md", 7), "README.md, line 7"),
        (Place("README.md", 7, 3, "x"), "README.md, line 7"),
    ],
)
def test_where_a_claim_stands(place: Place | None, words: str) -> None:
    assert where(replace(SAID, place=place)) == words


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("architecture.active_parameters", "active parameters"),
        ("deployment.routing_policy", "deployment: routing policy"),
        ("evaluations[0].precision", "evaluation 1: precision"),
        ("evaluations[11].name", "evaluation 12: name"),
        ("governance.licence", "licence"),
    ],
)
def test_a_field_in_words(path: str, field: str) -> None:
    assert replace(SAID, path=path).field == field


@pytest.mark.parametrize(
    ("evaluated", "delivered", "word"),
    [
        ("", "FP8", "unknown"), ("BF16", "", "unknown"), ("", "", "unknown"),
        ("BF16", "bf16", "same"), ("chat  mode", "Chat mode", "same"), ("BF16", "FP8", "different"),
        ("32768", "32768", "same"), ("32K", "32768", "same"), ("32768", "32K", "same"), ("32K", "64K", "different"),
        ("32K", "BF16", "different"),
    ],
)  # fmt: skip
def test_two_sides_of_an_aspect(evaluated: str, delivered: str, word: str) -> None:
    assert status(evaluated, delivered) == word


def test_every_evaluation_is_held_against_the_delivery_aspect_by_aspect() -> None:
    def claim(path: str, printed: str) -> Claim:
        return replace(SAID, path=path, printed=printed)

    claims = (
        claim("deployment.precision", "FP8"),
        claim("evaluations[0].name", "MMLU"), claim("evaluations[0].precision", "BF16"),
        claim("evaluations[1].precision", "fp8"),
        claim("evaluation.checkpoint", "unused where there are records"),
    )  # fmt: skip
    found = {(one.evaluation, one.aspect): (one.evaluated, one.delivered, one.status) for one in differences(claims)}
    assert len(found) == 2 * 6
    assert found["1: MMLU", "precision"] == ("BF16", "FP8", "different")
    assert found["2", "precision"] == ("fp8", "FP8", "same")
    assert found["2", "checkpoint"] == ("", "", "unknown")


def test_without_records_the_checklists_own_fields_are_one() -> None:
    claims = (
        replace(SAID, path="evaluation.checkpoint", printed="a/b"), replace(SAID, path="evaluation.harness"),
        replace(SAID, path="deployment.checkpoint", printed="a/b"),
    )  # fmt: skip
    found = {one.aspect: (one.evaluation, one.evaluated, one.status) for one in differences(claims)}
    assert found.pop("checkpoint") == ("", "a/b", "same")
    assert set(found.values()) == {("", "", "unknown")} and len(found) == 5
