"""Published claims held against counts derived from the published configurations themselves.

The expected verdicts are those of the shapes: DeepSeek-V3's 37B rounds from the active parameters with head and
truncates from all of them; its 36.7B "including embedding and head" is neither sum; Qwen3-30B-A3B's 3.3B is cut from
3.353B …
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from moeaudit.checks.audit import Audit, audit
from moeaudit.checks.facts import Facts, statements
from moeaudit.claims.file import read_claim_file
from moeaudit.evidence import open_evidence
from moeaudit.evidence.yaml_text import read_yaml
from moeaudit.ledger.inspect import inspect_evidence

ROOT = Path(__file__).parents[2]
CLAIMS = ROOT / "fixtures" / "claims"
ROWS: dict[str, str] = read_yaml(
    (ROOT / "tests/claims/published_rows.yaml").read_text(encoding="utf-8"), "published_rows.yaml"
).plain()


@cache
def audited(name: str, folder: Path | None) -> Audit:
    read = read_claim_file(CLAIMS / f"{name}.claims.yaml")
    inspection = inspect_evidence(open_evidence(str(folder), offline=True)) if folder else None
    facts = Facts(
        inspection, statements(read.claims, inspection, read.distribution), (read,), distribution=read.distribution
    )
    return audit(read.model_id, [read.file], facts)


def recorded(model: str, request: pytest.FixtureRequest) -> Path:
    """The evidence that ships for a model, else its published configuration in the corpus."""
    shipped = ROOT / "fixtures" / f"{model}.evidence.json"
    if shipped.exists():
        return shipped
    corpus: Path = request.getfixturevalue("corpus")
    return corpus / "hub" / model


def verdict(result: Audit, field: str) -> tuple[str, dict[str, str]]:
    statement = next(one for one in result.facts.statements if one.claim.path == f"architecture.{field}")
    return statement.judgement.verdict.value, dict(statement.judgement.fits)


EXPECTED = [
    (
        "deepseek-v3",
        "deepseek-ai--DeepSeek-V3",
        "active_parameters",
        "ambiguous",
        {"active.head": "rounds", "active.full": "truncates"},
    ),
    ("deepseek-v3", "deepseek-ai--DeepSeek-V3", "total_parameters", "inferred", {"total.full": "rounds"}),
    ("deepseek-v3-weights", "deepseek-ai--DeepSeek-V3", "active_parameters", "contradicted", {}),
    (
        "moonlight-16b-a3b",
        "moonshotai--Moonlight-16B-A3B",
        "active_non_embedding_parameters",
        "reproduced",
        {"active.body": "rounds"},
    ),
    ("qwen3-30b-a3b", "Qwen--Qwen3-30B-A3B", "active_parameters", "inferred", {"active.full": "truncates"}),
    ("gpt-oss-120b", "openai--gpt-oss-120b", "active_parameters", "reproduced", {"active.head": "rounds"}),
    ("glm-4.5", "zai-org--GLM-4.5", "total_parameters", "reproduced", {"total.body+mtp": "rounds"}),
    (
        "llama-4-scout-17b-16e",
        "meta-llama--Llama-4-Scout-17B-16E",
        "total_parameters",
        "inferred",
        {"total.full+encoders": "rounds"},
    ),
    ("mixtral-8x7b-v0.1", "mistralai--Mixtral-8x7B-v0.1", "total_parameters", "inferred", {"total.full": "rounds"}),
    ("mixtral-8x7b-v0.1", "mistralai--Mixtral-8x7B-v0.1", "active_parameters", "inferred", {"active.full": "rounds"}),
    (
        "nvidia-nemotron-3-nano-30b-a3b-bf16",
        "nvidia--Nemotron-3-Nano-30B-A3B",
        "total_parameters",
        "inferred",
        {"total.full": "rounds"},
    ),
]


@pytest.mark.parametrize(
    ("name", "model", "field", "word", "fits"), EXPECTED, ids=[f"{name}-{field}" for name, _, field, _, _ in EXPECTED]
)
def test_the_verdict_that_the_shapes_give(
    request: pytest.FixtureRequest, name: str, model: str, field: str, word: str, fits: dict[str, str]
) -> None:
    found, matches = verdict(audited(name, recorded(model, request)), field)
    assert found == word
    assert fits.items() <= matches.items()
    assert bool(fits) is bool(matches)


def test_a_rumour_about_a_closed_model_is_unsupported_whatever_its_number() -> None:
    result = audited("gpt-4", None)
    assert verdict(result, "routed_experts") == ("unsupported", {})
    assert "source-unsupported" in {finding.rule for finding in result.findings}
    assert result.checklist["A05"] == "stated"


def test_the_stated_sum_that_is_another(request: pytest.FixtureRequest) -> None:
    """36.7B "including embedding and head": that sum is 37.55B."""
    found = [
        finding
        for finding in audited("deepseek-v3-weights", recorded("deepseek-ai--DeepSeek-V3", request)).findings
        if finding.rule == "definition-contradicted"
    ]
    assert [finding.derived for finding in found if finding.claimed and finding.claimed.startswith("36.7B")] == [
        "active.full = 37,552,297,472"
    ]


def evidence_of(row: dict[str, str], hub: Path) -> Path | None:
    """The configuration that the table's row was derived from, where it stands beside it and describes the row's own
    model."""
    checked = row["shapes_checked_against"].partition(" ")[0].removeprefix("hub/")
    folder = hub / checked
    return folder if checked and (folder / "config.json").exists() else None


def test_every_row_is_derived_again_from_its_configuration(corpus: Path) -> None:
    """Totals and active parameters of the table, in billions to three decimals, against those derived here."""
    with (corpus / "published-claims.tsv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    compared = 0
    for row in rows:
        folder = evidence_of(row, corpus / "hub")
        if folder is None or not row["derived_total_B"]:
            continue
        known = audited(ROWS[row["model"]], folder).facts
        expected = [
            float(row["derived_total_B"].split()[0]),
            *map(float, row["derived_active_full/head_only/nonemb_B"].split("/")),
        ]
        names = ["total.full", "active.full", "active.head", "active.body"]
        found = [round((known.count(name) or 0) / 1e9, 3) for name in names]
        if known.inspection is not None and known.inspection.ledger.tied:
            expected, found = (
                expected[:2],
                found[:2],
            )  # the table leaves a tied matrix out of "head only"; the definition keeps it
        tolerance = 0.0035  # the table derived some rows without their smallest tensors
        assert found == pytest.approx(expected, abs=tolerance), row["model"]
        compared += 1
    assert len(rows) == 46
    assert compared >= 25


ERRORS: dict[str, set[tuple[str, str]]] = {
    "DeepSeek-V3": {("mtp-contradicted", "14B")},  # 11.61B of its own; with copies of embedding and head 13.46B
    "Nemotron 3 Nano 30B-A3B": {
        ("shared-experts-contradicted", "2")
    },  # two fused into one of twice the width: config.json says 1
}


def test_no_published_claim_file_is_called_wrong_without_reason(corpus: Path) -> None:
    """Errors on the vendors' own figures are exactly the contradictions that the table of published claims notes."""
    with (corpus / "published-claims.tsv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    found = {}
    for row in rows:
        folder = evidence_of(row, corpus / "hub")
        if folder is not None and "(same shapes)" not in row["shapes_checked_against"]:
            errors = {
                (finding.rule, finding.claimed)
                for finding in audited(ROWS[row["model"]], folder).findings
                if finding.severity == "error"
            }
            if errors:
                found[row["model"]] = errors
    assert found == ERRORS
