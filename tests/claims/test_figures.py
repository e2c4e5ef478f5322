"""Printed figures: what they stand for, and the laws of rounding and truncation."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.claims.figures import Figure, find_figures, parse_figure

BILLION = 10**9


def figure(text: object) -> Figure:
    found = parse_figure(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("printed", "value", "step"),
    [
        ("671B", 671 * BILLION, BILLION),
        ("37 billion", 37 * BILLION, BILLION),
        ("37 billion parameters", 37 * BILLION, BILLION),
        ("1.6T", 1_600 * BILLION, 100 * BILLION),
        ("46.7B", 46_700_000_000, 100_000_000),
        ("128K", 128_000, 1_000),
        ("16384", 16_384, 1),
        (16384, 16_384, 1),
        ("2.788M", 2_788_000, 1_000),
        ("2.788M H800 GPU hours", 2_788_000, 1_000),
        ("131,072 tokens", 131_072, 1),
        ("671e9", 671 * BILLION, BILLION),
        (1e23, 10**23, 10**23),
        ("6710亿", 671 * BILLION, BILLION),
        ("6715亿", 671_500_000_000, 10**8),
        ("370 亿参数", 37 * BILLION, BILLION),
        ("3.70亿", 370_000_000, 1_000_000),
        ("1250万", 12_500_000, 100_000),
        ("14.8万亿", 14_800 * BILLION, 100 * BILLION),
        ("3万", 30_000, 10_000),
        ("400M", 400_000_000, 1_000_000),
        ("671-billion", 671 * BILLION, BILLION),
    ],
)
def test_a_printed_figure_keeps_its_value_and_its_last_place(printed: object, value: int, step: int) -> None:
    found = figure(printed)
    assert (found.low, found.high, found.low_step) == (value, value, step)


@pytest.mark.parametrize(
    "text",
    [
        "FP8 (E4M3), 128×128 blocks",
        "8x7B",
        "16x3.8B",
        "671B (37B active)",
        "v3.5",
        "A3B",
        "",
        "not stated",
        True,
        None,
        [1],
    ],
)
def test_text_that_is_not_one_figure_is_none(text: object) -> None:
    assert parse_figure(text) is None


def test_a_whole_billion_rounds_from_half_below_and_truncates_from_itself() -> None:
    # design, section 4
    active = figure("37B")
    assert active.matches(36_626_000_000) == "rounds"
    assert active.matches(37_552_000_000) == "truncates"
    assert active.matches(36_499_999_999) is None
    assert active.matches(38 * BILLION) is None
    assert active.matches(36_500_000_000) == "rounds"


def test_rounds_wins_where_both_hold() -> None:
    assert figure("37B").matches(37_200_000_000) == "rounds"


def test_about_widens_by_one_unit_in_the_last_place() -> None:
    for text in ("~27B", "about 27B", "≈27B", "约270亿"):
        assert figure(text).matches(28_200_000_000 if "亿" not in text else 27_090_000_000)
    assert figure("~27B").matches(28_499_999_999) == "rounds"
    assert figure("~27B").matches(25_500_000_000) == "rounds"
    assert figure("~27B").matches(28_700_000_000) == "truncates"
    assert figure("~27B").matches(25_400_000_000) is None


@given(
    st.integers(1, 99_999), st.sampled_from([("0亿", "B"), ("0億", "B"), ("0억", "B"), ("00万", "M"), ("00만", "M")])
)
def test_a_grouped_unit_gives_no_more_figures_than_another_language(number: int, units: tuple[str, str]) -> None:
    grouped, english = figure(f"{number}{units[0]}"), figure(f"{number}{units[1]}")
    assert (grouped.low, grouped.low_step) == (english.low, english.low_step)
    assert (grouped.rounding, grouped.truncation) == (english.rounding, english.truncation)


@given(st.integers(1, 9_999), st.integers(0, 3))
def test_about_widens_by_no_more_than_a_twentieth(number: int, places: int) -> None:
    printed = f"{number / 10**places:.{places}f}B"
    plain, about = figure(printed), figure(f"~{printed}")
    assert plain.rounding.low is not None and about.rounding.low is not None
    widened = plain.rounding.low - about.rounding.low
    assert widened == min(plain.low_step, plain.low / 20)


@pytest.mark.parametrize(
    "text",
    [
        "(averaging ~27B)",
        "an average of 27B per token",
        "27B on average",
        "avg. 27B",
        "平均27B",
        "27B parameters on average",
    ],
)
def test_a_figure_that_is_called_an_average_says_so(text: str) -> None:
    assert [one.average for one, _, _ in find_figures(text)] == [True]


def test_other_figures_are_no_averages() -> None:
    assert not any(one.average for one, _, _ in find_figures("on average users write 3 lines; it has 27B parameters"))


def test_ranges_match_by_overlap() -> None:
    printed = figure("18.6B–31.3B")
    assert printed.is_range
    assert printed.matches((18_584_000_000, 27 * BILLION, 31_266_000_000)) == "rounds"
    assert printed.matches((31_340_000_000, 32 * BILLION, 40 * BILLION)) == "rounds"
    assert printed.matches((31_400_000_000, 32 * BILLION, 40 * BILLION)) is None
    assert figure("27B").matches((18_584_000_000, 27 * BILLION, 31_266_000_000)) == "rounds"
    assert figure("18.6-31.3B").low == figure("18.6B").low


def test_a_bound_is_open_on_one_side() -> None:
    assert figure("over 600 billion").matches(700 * BILLION)
    assert figure("over 600 billion").matches(500 * BILLION) is None
    assert figure("20T+").matches(22 * 10**12)
    assert figure("up to 128K").matches(32_768)


def test_trailing_zeros_may_be_filling_but_not_the_whole_figure() -> None:
    # MiniMax-M2 prints 230 billion for 228.690B; Granite prints 400M for 429M; 10B would fit anything from
    # 5B at one digit
    wider = figure("230 billion").coarse()
    assert wider is not None and wider.matches(228_690_000_000) == "rounds"
    granite = figure("400M").coarse()
    assert granite is not None and granite.matches(429_000_000) == "rounds"
    assert figure("10B").coarse() is None
    assert figure("671B").coarse() is None


def test_context_lengths_have_a_binary_reading() -> None:
    for text, tokens in (("128K", 131_072), ("1M", 1_048_576), ("10M", 10_485_760), ("256k", 262_144)):
        binary = figure(text).binary()
        assert binary is not None and binary.low == tokens
    assert figure("131072").binary() is None


def test_figures_in_running_text() -> None:
    text = (
        "A 671B-parameter model, 37B activated (GPT-4, 8x7B, H100, v3.5); 共6710亿参数,激活370亿, from 18.6B to 31.3B."
    )
    assert [str(found) for found, _, _ in find_figures(text)] == ["671B", "37B", "6710亿", "370亿", "18.6B to 31.3B"]
    for found, start, end in find_figures(text):
        assert text[start:end].strip() == found.text


values = st.integers(min_value=10**6, max_value=10**14)


@given(values, st.integers(0, 4), st.sampled_from([("M", 10**6), ("B", 10**9), ("T", 10**12), ("亿", 10**8)]))
def test_any_count_printed_by_rounding_rounds(value: int, places: int, unit: tuple[str, int]) -> None:
    scaled = Decimal(value) / unit[1]
    printed = scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if printed > 0:
        assert figure(f"{printed}{unit[0]}").matches(value) == "rounds"


@given(values, st.integers(0, 4))
def test_any_count_printed_by_cutting_is_matched(value: int, places: int) -> None:
    printed = (Decimal(value) / 10**9).quantize(Decimal(1).scaleb(-places), ROUND_DOWN)
    assert figure(f"{printed:,}B").matches(value) in {"rounds", "truncates"}


@given(values, values)
def test_a_match_is_never_further_than_one_last_place(printed: int, value: int) -> None:
    found = figure(f"{Decimal(printed) / 10**9:.1f}B")
    if found.matches(value) is not None:
        assert abs(found.low - value) <= found.low_step


@given(values, values, values)
def test_a_range_matches_whatever_one_of_its_values_matches(low: int, step: int, printed: int) -> None:
    found = figure(str(printed))
    interval = (low, low, low + step)
    if found.matches(low) or found.matches(low + step):
        assert found.matches(interval)


@given(st.text(alphabet="0123456789.,~-–+ BKMTeE%亿万x×about", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = parse_figure(text)
    assert found is None or isinstance(found.low, Fraction)
    assert all(low <= high for low, high in ((f.low, f.high) for f, _, _ in find_figures(text)))
