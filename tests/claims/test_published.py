"""Claim files of published figures: each reads, is cited, and gets the verdict that its model's shapes give.

The counts are derived from the published configurations, in billions to three decimals; the figures are the
vendors' own.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from moeaudit.claims.claim import SourceKind, Status, judge_claim
from moeaudit.claims.file import Claims, read_claim_file
from moeaudit.evidence.yaml_text import read_yaml

FOLDER = Path(__file__).parents[2] / "fixtures" / "claims"
FILES = sorted(FOLDER.glob("*.claims.yaml"))
MILLION = 10**6


def counts(**billions: float) -> dict[str, int]:
    """`total_full=671.026` as {"total.full": 671026000000}; `_mtp` at the end is the modifier."""
    names = {
        name.replace("_", ".", 1).replace("_mtp", "+mtp").replace("_encoders", "+encoders"): value
        for name, value in billions.items()
    }
    return {name: round(Fraction(str(value)) * 1000) * MILLION for name, value in names.items()}


DEEPSEEK_V3 = counts(
    total_full=671.026,
    total_full_mtp=682.636,
    active_full=37.552,
    active_head=36.626,
    active_body=35.699,
    mtp_unique=11.610,
    mtp_stored=13.463,
)
GLM_4_5 = counts(
    total_full=352.798, total_full_mtp=356.786, total_body=351.246, total_body_mtp=355.234,
    active_full=33.632, active_head=32.856, active_body=32.080,
)  # fmt: skip
MOONLIGHT = counts(
    total_full=15.960, total_head=15.624, total_body=15.289, active_full=2.915, active_head=2.579, active_body=2.244
)

EXPECTED = [
    ("deepseek-v3", "total_parameters", DEEPSEEK_V3, "inferred", {"total.full": "rounds"}),
    (
        "deepseek-v3",
        "active_parameters",
        DEEPSEEK_V3,
        "ambiguous",
        {"active.full": "truncates", "active.head": "rounds"},
    ),
    ("deepseek-v3-weights", "active_parameters", DEEPSEEK_V3, "contradicted", {}),
    ("moonlight-16b-a3b", "active_non_embedding_parameters", MOONLIGHT, "reproduced", {"active.body": "rounds"}),
    ("moonlight-16b-a3b", "non_embedding_parameters", MOONLIGHT, "reproduced", {"total.body": "rounds"}),
    (
        "qwen3-30b-a3b",
        "active_parameters",
        counts(active_full=3.353, active_head=3.042, active_body=2.731),
        "inferred",
        {"active.full": "truncates"},
    ),
    (
        "gpt-oss-120b",
        "active_parameters",
        counts(active_full=5.712, active_head=5.133, active_body=4.554),
        "reproduced",
        {"active.head": "rounds"},
    ),
    ("gpt-oss-120b", "total_parameters", counts(total_full=116.829), "inferred", {"total.full": "rounds"}),
    ("glm-4.5", "total_parameters", GLM_4_5, "reproduced", {"total.body+mtp": "rounds"}),
    (
        "llama-4-scout-17b-16e",
        "total_parameters",
        counts(total_full=107.770, total_full_encoders=108.642),
        "inferred",
        {"total.full+encoders": "rounds"},
    ),
    (
        "mixtral-8x7b-v0.1",
        "active_parameters",
        counts(active_full=12.880, active_head=12.749, active_body=12.618),
        "inferred",
        {"active.full": "rounds"},
    ),
    ("grok-1", "active_parameters", counts(total_full=315.685, active_full=83.757), "contradicted", {}),
    (
        "ling-plus",
        "active_parameters",
        counts(active_full=29.004, active_head=28.324, active_body=27.644),
        "contradicted",
        {},
    ),
    ("minimax-m2.7", "total_parameters", counts(total_full=228.690), "not-disclosed", {}),
    ("gpt-4", "routed_experts", {}, "unsupported", {}),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".claims.yaml"))
def test_every_file_reads_and_every_figure_is_cited(path: Path) -> None:
    read = read_claim_file(path)
    assert read.claims
    for claim in read.claims:
        assert len(claim.quote.split()) <= 16, claim.quote
        if claim.status is Status.STATED:
            assert claim.source is not None and claim.source.kind is not None, claim.path
            assert claim.source.kind is SourceKind.PRIMARY or read.model_id == "GPT-4"


@pytest.mark.parametrize(
    ("name", "field", "values", "verdict", "fits"), EXPECTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_verdict_that_the_shapes_give(
    name: str, field: str, values: dict[str, int], verdict: str, fits: dict[str, str]
) -> None:
    read = read_claim_file(FOLDER / f"{name}.claims.yaml")
    claim = read.by_path(f"architecture.{field}")
    assert claim is not None
    found = judge_claim(claim, values, read.distribution)
    assert (found.verdict, dict(found.fits)) == (verdict, fits)


def _derived(row: dict[str, str]) -> dict[str, int]:
    """The counts of a row of the published table: total, and active with and without embeddings."""
    active = [float(part) for part in row["derived_active_full/head_only/nonemb_B"].split("/") if part]
    total = float(row["derived_total_B"].split()[0]) if row["derived_total_B"] else 0
    if not active or not total:
        return {}
    full, head, body = active
    return counts(
        active_full=full, active_head=head, active_body=body,
        total_full=total, total_head=round(total - full + head, 3), total_body=round(total - full + body, 3),
    )  # fmt: skip


NAMES = {
    "total[": "total.full", "total_no_input_emb[": "total.head", "nonemb_total[": "total.body",
    "act_full[": "active.full", "act_head_only[": "active.head", "act_nonemb[": "active.body",
}  # fmt: skip


def _read_rows(corpus: Path) -> list[tuple[dict[str, str], Claims]]:
    """Every row of the published table with its claim file."""
    names = read_yaml(
        (Path(__file__).parent / "published_rows.yaml").read_text(encoding="utf-8"), "published_rows.yaml"
    ).plain()
    with (corpus / "published-claims.tsv").open(encoding="utf-8") as table:
        return [
            (row, read_claim_file(FOLDER / f"{names[row['model']]}.claims.yaml"))
            for row in csv.DictReader(table, delimiter="\t")
        ]


EXPLAINED = {
    ("DeepSeek-V3", "37B"): "the table judges the 36.7B of the same repository, which has its own file here",
    ("Kimi K2", "1T"): "the table judges the report's 1.04T",
    ("Kimi K2", "32B"): "the table judges the report's 32.6B",
    ("Kimi K2 Thinking", "1T"): "the table takes 1T at the precision of 1.04T; as printed it has one figure",
    ("Kimi K2.7 Code", "1T"): "the table takes 1T at the precision of 1.04T; as printed it has one figure",
    ("Moonlight-16B-A3B", "16B"): "the table judges the 15.29B without embeddings, a field of its own here",
    ("Moonlight-16B-A3B", "3B"): "the table judges the 2.24B without embeddings, a field of its own here",
    ("Grok-1", "314B"): "the table takes the tied matrix out of total.head; the definition keeps it",
    ("Step-3.5-Flash", "~11B"): "about 11B widens by one unit, so 11.99B still rounds; the table reads 11B",
}


def test_every_row_of_the_published_table_has_its_file_and_its_matches(corpus: Path) -> None:
    """The fits are those of the table, row by row; where they are not, the reason is written down."""
    rows = _read_rows(corpus)
    different: dict[tuple[str, str], object] = {}
    compared = 0
    for row, read in rows:
        values = _derived(row)
        for column, field in (("total_matches", "total_parameters"), ("active_matches", "active_parameters")):
            claim = read.by_path(f"architecture.{field}")
            if not values or claim is None or claim.figure is None:
                continue
            words = [
                (word, name)
                for word in row[column].split()
                for prefix, name in NAMES.items()
                if word.startswith(prefix)
            ]
            expected = {name: {"R]": "rounds", "T]": "truncates"}[word[-2:]] for word, name in words}
            found = dict(judge_claim(claim, values).fits)
            compared += 1
            if found != expected:
                different[row["model"], claim.printed] = (expected, found)
    assert len(rows) == len({read.file for _, read in rows}) == 46
    assert compared > 70
    assert set(different) == set(EXPLAINED), different
