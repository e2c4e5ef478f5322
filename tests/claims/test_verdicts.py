"""Verdicts on published figures. The counts are derived from published shapes; each figure is the vendor's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.claims.figures import find_figures, parse_figure
from moeaudit.claims.verdicts import DENOMINATORS, MEANINGS, Judgement, Values, Verdict, judge, resolve
from moeaudit.ledger.denominators import DENOMINATORS as LEDGER_DENOMINATORS

MILLION = 10**6

DEEPSEEK_V3 = {
    "total.full": 671_026 * MILLION,
    "total.full+mtp": 682_636 * MILLION,
    "total.stored": 684_490 * MILLION,
    "active.full": 37_552 * MILLION,
    "active.head": 36_626 * MILLION,
    "active.body": 35_699 * MILLION,
    "mtp.unique": 11_610 * MILLION,
    "mtp.stored": 13_463 * MILLION,
}
MOONLIGHT = {
    "total.full": 15_960 * MILLION,
    "total.body": 15_289 * MILLION,
    "active.full": 2_915 * MILLION,
    "active.head": 2_579 * MILLION,
    "active.body": 2_244 * MILLION,
}
QWEN3_30B = {
    "total.full": 30_532 * MILLION,
    "total.stored": 30_532 * MILLION,
    "active.full": 3_353 * MILLION,
    "active.head": 3_042 * MILLION,
    "active.body": 2_731 * MILLION,
    "active.checkpoint": 3_353 * MILLION,
    "total.body": 29_910 * MILLION,
}
GPT_OSS_120B = {
    "total.full": 116_829 * MILLION,
    "active.full": 5_712 * MILLION,
    "active.head": 5_133 * MILLION,
    "active.body": 4_554 * MILLION,
}
GROK_1 = {
    "total.full": 315_685 * MILLION,
    "total.body": 314_880 * MILLION,
    "active.full": 83_757 * MILLION,
    "active.body": 82_951 * MILLION,
}


def verdict(text: object, kind: str, values: Values, stated: str | None = None) -> Judgement:
    return judge(parse_figure(text), kind, values, stated)


def test_an_unstated_figure_that_fits_two_counts_is_ambiguous() -> None:
    found = verdict("37B", "active", DEEPSEEK_V3)
    assert found.verdict is Verdict.AMBIGUOUS
    assert dict(found.fits) == {"active.full": "truncates", "active.head": "rounds"}


def test_a_stated_rule_that_does_not_give_the_figure_is_contradicted() -> None:
    # README_WEIGHTS: "36.7B (including 0.9B for Embedding and 0.9B for the output Head)"; that sum is 37.55B
    found = verdict("36.7B", "active", DEEPSEEK_V3, "active.full")
    assert found.verdict is Verdict.CONTRADICTED
    assert found.nearest is not None and found.nearest.denominator == "active.head"
    assert f"{float(found.nearest.gap):.3%}" == "0.202%"


@pytest.mark.parametrize(
    ("text", "kind", "values", "stated", "expected", "named"),
    [
        ("37B", "active", DEEPSEEK_V3, "active.head", "reproduced", "active.head"),
        ("36.6B", "active", DEEPSEEK_V3, "active.full", "reproduced-elsewhere", "active.head"),
        ("671B", "total", DEEPSEEK_V3, None, "inferred", "total.full"),
        ("2.24B", "active", MOONLIGHT, None, "inferred", "active.body"),
        ("15.29B", "non-embedding", MOONLIGHT, None, "reproduced", "total.body"),
        ("3.3B", "active", QWEN3_30B, None, "inferred", "active.full"),
        ("30.5B", "total", QWEN3_30B, None, "inferred", "total.full"),
        ("5.13B", "active", GPT_OSS_120B, "active.head", "reproduced", "active.head"),
        ("116.83B", "total", GPT_OSS_120B, "total.full", "reproduced", "total.full"),
        ("45B", "total", {"total.full": 46_703 * MILLION}, None, "contradicted", None),
        ("56B", "total", {"total.full": 46_703 * MILLION}, None, "contradicted", None),
        ("22B", "active", {"active.head+encoders": 41_400 * MILLION}, None, "contradicted", None),
        ("37B", "active", {"active.full": None}, None, "unverifiable", None),
        ("unknown", "active", DEEPSEEK_V3, None, "unverifiable", None),
    ],
)
def test_published_figures(
    text: str, kind: str, values: dict[str, int], stated: str | None, expected: str, named: str | None
) -> None:
    found = verdict(text, kind, values, stated)
    assert (found.verdict, found.denominator) == (expected, named)


def test_a_figure_cut_short_is_said_to_truncate() -> None:
    assert dict(verdict("3.3B", "active", QWEN3_30B).fits) == {"active.full": "truncates"}


def test_a_share_of_the_weights_is_held_against_active_over_total() -> None:
    # "314B parameter Mixture-of-Experts model with 25% of the weights active": the real share is 26.5%
    found = verdict("25%", "active", GROK_1)
    assert found.verdict is Verdict.CONTRADICTED
    assert verdict("27%", "active", GROK_1).verdict is Verdict.INFERRED


def test_filled_zeros_are_said_to_be_filled() -> None:
    found = verdict("230 billion", "total", {"total.full": 228_690 * MILLION, "total.body": 227_461 * MILLION})
    assert (found.verdict, found.coarse) == (Verdict.AMBIGUOUS, True)


@pytest.mark.parametrize(
    ("experts", "expected"),
    [(256, "reproduced"), (257, "reproduced-elsewhere"), (8, "contradicted"), ("~250", "contradicted")],
)
def test_counts_of_things_are_exact(experts: object, expected: str) -> None:
    values = {"routed_experts": 256, "routed_experts+shared_experts": 257}
    assert verdict(experts, "routed_experts", values).verdict == expected


@pytest.mark.parametrize(
    ("text", "tokens"), [("128K", 131_072), ("128K", 128_000), ("1M", 1_048_576), ("131072", 131_072)]
)
def test_context_is_read_in_decimal_and_binary_thousands(text: str, tokens: int) -> None:
    assert verdict(text, "context", {"context_length": tokens}).fits == {"context_length": "rounds"}


def test_a_range_claim_against_a_range() -> None:
    values = {"active.full": (18_584 * MILLION, 27_060 * MILLION, 31_266 * MILLION)}
    assert judge(parse_figure("18.6B–31.3B"), "active", values).verdict is Verdict.INFERRED


def test_a_modifier_that_changes_nothing_stands_for_the_plain_denominator() -> None:
    assert resolve("total.full+mtp", {"total.full": 1}) == "total.full"
    assert resolve("total.full+mtp+encoders", {"total.full": 1, "total.full+mtp": 2}) == "total.full+mtp"
    assert verdict("30.5B", "total", QWEN3_30B, "total.full+mtp").verdict is Verdict.REPRODUCED


V41_FLASH = {
    "total.full": 748_495 * MILLION, "total.full-tables": 551_881 * MILLION, "total.full+mtp": 762_700 * MILLION,
    "active.full": 213_406 * MILLION, "active.full-tables": 16_793 * MILLION, "active.head": 212_744 * MILLION,
    "active.head-tables": 16_131 * MILLION, "active.body": 212_083 * MILLION, "active.body-tables": 15_469 * MILLION,
    "prefill.full": 205_833 * MILLION, "prefill.full-tables": 9_219 * MILLION, "prefill.head-tables": 8_557 * MILLION,
    "prefill.body-tables": 7_896 * MILLION,
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "fits"), [
    ("552B", "total", {"total.full-tables": "rounds"}),
    ("16B", "active", {"active.full-tables": "truncates", "active.head-tables": "rounds"}),
    ("8B", "active", {"prefill.head-tables": "truncates", "prefill.body-tables": "rounds"}),
    ("213B", "active", {"active.full": "rounds", "active.head": "rounds"}),
])  # fmt: skip
def test_tables_that_a_token_looks_up_may_be_left_out(text: str, kind: str, fits: dict[str, str]) -> None:
    """DeepSeek-V4.1-Flash: 552B backbone, 16B per output token, 8B per prompt token."""
    assert dict(verdict(text, kind, V41_FLASH).fits) == fits


def test_tables_that_are_not_there_change_nothing() -> None:
    assert resolve("total.full-tables", {"total.full": 1}) == "total.full"
    assert resolve("total.full+mtp", {"total.full": 1, "total.full-tables": 2}) == "total.full"
    assert resolve("total.full-tables", V41_FLASH) == "total.full-tables"


EXPERT_WORK = {
    "active.experts": 22_989 * MILLION,
    "active.routed": 20_435 * MILLION,
    "active.checkpoint": 51_016 * MILLION,
}


@pytest.mark.parametrize(("text", "name"), [("23.0B", "active.experts"), ("20.4B", "active.routed")])
def test_a_sum_that_nobody_means_by_active_fits_only_where_it_is_stated(text: str, name: str) -> None:
    values = DEEPSEEK_V3 | EXPERT_WORK
    assert verdict(text, "active", values).verdict is Verdict.CONTRADICTED
    assert verdict(text, "active", values, name).verdict is Verdict.REPRODUCED
    elsewhere = verdict(text, "active", values, "active.full")
    assert (elsewhere.verdict, elsewhere.denominator) == (Verdict.REPRODUCED_ELSEWHERE, name)


@given(st.integers(1, 700).map(lambda tenths: f"{tenths / 10:.1f}B"))
def test_what_a_bare_active_fits_lies_on_the_path_of_a_token(text: str) -> None:
    fits = verdict(text, "active", DEEPSEEK_V3 | EXPERT_WORK).fits
    assert all(name.partition("+")[0] in ("active.full", "active.head", "active.body") for name in fits)


def test_an_average_is_held_against_the_typical_value() -> None:
    """LongCat-Flash: 18.6B to 31.3B, averaging 27B. Its range covers other figures, which are no average."""
    value = {"active.full": (18_584 * MILLION, 27_072 * MILLION, 31_266 * MILLION)}
    for text, right in (("27B on average", True), ("22B on average", False), ("22B", True), ("18.6B–31.3B", True)):
        found = judge(next(find_figures(text))[0], "active", value)
        assert (found.verdict is Verdict.INFERRED) is right, text


GPT_OSS_20B = {
    "embedding.input": 579_133_440,
    "embedding.output": 579_133_440,
    "embedding.both": 1_158_266_880,
    "components.attention": 637_203_456,
    "components.dense_ffn+routed_experts+shared_experts": 19_116_933_120,
    "components.dense_ffn+router+routed_experts+shared_experts": 19_119_145_728,
}


@pytest.mark.parametrize(
    ("text", "kind", "word", "name"),
    [
        ("1.16B", "embedding", Verdict.INFERRED, "embedding.both"),
        ("0.58B", "embedding", Verdict.INFERRED, "embedding.input"),
        ("0.87B", "embedding", Verdict.CONTRADICTED, None),
        ("0.64B", "attention", Verdict.INFERRED, "components.attention"),
        ("0.96B", "attention", Verdict.CONTRADICTED, None),
        ("19.12B", "mlp", Verdict.AMBIGUOUS, None),
    ],
)
def test_the_parts_of_a_table_are_held_against_components(
    text: str, kind: str, word: Verdict, name: str | None
) -> None:
    """OpenAI's table of gpt-oss-20b: embed and unembed 1.16B, attention 0.64B, MLP 19.12B (arXiv:2508.10925)."""
    found = verdict(text, kind, GPT_OSS_20B)
    assert (found.verdict, found.denominator) == (word, name)


def test_two_names_for_the_same_count_do_not_make_a_figure_ambiguous() -> None:
    tied = {"active.full": 96_604 * MILLION, "active.head": 96_604 * MILLION, "active.body": 94_507 * MILLION}
    found = verdict("96.6B", "active", tied)
    assert (found.verdict, found.denominator) == (Verdict.INFERRED, "active.full")
    assert set(found.fits) == {"active.full", "active.head"}


def test_every_verdict_has_a_meaning_and_every_denominator_one_id() -> None:
    assert set(MEANINGS) == set(Verdict)
    assert len(set(DENOMINATORS)) == len(DENOMINATORS) == 55


def test_the_denominators_are_those_of_the_ledger() -> None:
    assert set(DENOMINATORS) == set(LEDGER_DENOMINATORS)


def test_packed_elements_are_named_only_where_nothing_else_fits() -> None:
    values = {"total.full": 15_960 * MILLION, "stored.elements": 15_961 * MILLION}
    assert dict(verdict("16B", "total", values).fits) == {"total.full": "rounds"}
    # The Hub page shows 685B for DeepSeek-V3: every element, scales among them.
    page = {**DEEPSEEK_V3, "stored.elements": 684_531 * MILLION}
    assert verdict("685B", "stored", page).denominator == "stored.elements"
