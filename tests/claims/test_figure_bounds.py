"""The ends of what a printed figure stands for, by rules written out a second time in whole numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.claims.figures import UNITS, Figure, find_figures, halves, parse_figure

WORDS = {
    10**3: ("K", "k", " thousand"),
    10**6: ("M", " million", " millions", "mn", " Millionen", " millones", "百万"),
    10**9: ("B", " billion", "bn", " Milliarden", " Mrd", " milliards", " mil millones", "十亿"),
    10**12: ("T", " trillion", "tn", " Billionen", " billones", "万亿", "兆", "조"),
    10**4: ("万", "만"),
    10**7: ("千万",),
    10**8: ("亿", "億", "억"),
    10**10: ("百亿",),
    10**11: ("千亿",),
}


def figure(text: str) -> Figure:
    found = parse_figure(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(("value", "word"), [(value, word) for value, words in WORDS.items() for word in words])
def test_a_unit_is_worth(value: int, word: str) -> None:
    found = figure(f"3.5{word}")
    assert found.low * 2 == 7 * value
    assert found.low_step * 10 == value


def test_every_unit_is_tried() -> None:
    assert set(UNITS.values()) == {*WORDS, 1}


@given(
    st.integers(1, 9999), st.integers(0, 3), st.sampled_from([("K", 10**3), ("M", 10**6), ("B", 10**9), ("T", 10**12)])
)
def test_both_intervals_end_where_whole_numbers_say(digits: int, places: int, unit: tuple[str, int]) -> None:
    """d.dd rounds from half a last place below to half above, and truncates from itself to a whole one above; the
    lower ends belong to it, the upper ones do not."""
    step = unit[1] // 10**places if unit[1] >= 10**places else 1
    text = f"{digits / 10**places:.{places}f}{unit[0]}"
    value, found = digits * unit[1] // 10**places, figure(text)
    assert (found.low, found.low_step) == (value, step)
    if step % 2 == 0:
        assert found.matches(value - step // 2) == "rounds"
        assert found.matches(value - step // 2 - 1) is None
        assert found.matches(value + step // 2 - 1) == "rounds"
        assert found.matches(value + step // 2) == "truncates"
        assert found.matches(value + step - 1) == "truncates"
    assert found.matches(value + step) is None


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [  # [least, most): about widens by a last place, by 5 % of the value at most
        ("37B", 36_500_000_000, 38_000_000_000),
        (
            "~37B",
            35_500_000_000,
            39_000_000_000,
        ),  # upper: 38 + min(1, 5 % of 37 = 1.85) = 39 less … see below
        ("~3B", 2_350_000_000, 4_150_000_000),  # 2.5 − 0.15, 4 + 0.15
        ("at least 37B", 36_500_000_000, None),
        ("37B+", 36_500_000_000, None),
        ("up to 37B", None, 38_000_000_000),
        (">37B", 36_500_000_000, None),
        ("≤37B", None, 38_000_000_000),
        ("18.6B–31.3B", 18_550_000_000, 31_400_000_000),
        ("32–128K", 31_500, 129_000),
    ],
)
def test_widened_bounded_and_ranged(text: str, least: int | None, most: int | None) -> None:
    found = figure(text)
    if least is not None:
        assert found.matches(least) and found.matches(least - 1) is None
    else:
        assert found.matches(0)
    if most is not None:
        assert found.matches(most - 1) and found.matches(most) is None
    else:
        assert found.matches(10**18)


def test_ranges_match_by_overlap() -> None:
    found = figure("18.6B–31.3B")
    assert found.is_range and not found.is_exact
    assert found.matches((10**10, 2 * 10**10, 18_550_000_000)) == "rounds"
    assert found.matches((10**10, 2 * 10**10, 18_549_999_999)) is None
    assert found.matches((31_350_000_000, 4 * 10**10, 5 * 10**10)) == "truncates"
    assert found.matches((31_400_000_000, 4 * 10**10, 5 * 10**10)) is None


def test_binary_thousands() -> None:
    """128K is 131,072 tokens; 32–128K ends there too, and rounds half a binary thousand beyond: 131,584."""
    assert figure("128K").binary() is not None
    for text in ("128K", "32–128K"):
        found = figure(text).binary()
        assert found is not None
        assert (found.high, found.high_step) == (131_072, 1024)
        assert found.matches(131_072 + 511) == "rounds"
        assert found.matches(131_072 + 512) == "truncates"
        assert found.matches(131_072 + 1024) is None
    million = figure("1M").binary()
    assert million is not None and million.low == 1_048_576
    low = figure("32–128K").binary()
    assert low is not None and (low.low, low.low_step) == (32_768, 1024)
    assert figure("128B").binary() is None and figure("131072").binary() is None


@pytest.mark.parametrize(
    ("text", "value", "gap"),
    [
        ("22B", 20 * 10**9, Fraction(1, 10)),
        ("18B", 20 * 10**9, Fraction(-1, 10)),
        ("20B", 20 * 10**9, Fraction(0)),
        ("3B", 0, Fraction(1)),
        ("10B–30B", 20 * 10**9, Fraction(0)),
        ("10B–30B", 40 * 10**9, Fraction(-1, 4)),
        ("10B–30B", 8 * 10**9, Fraction(1, 4)),
        ("22B", (18 * 10**9, 19 * 10**9, 20 * 10**9), Fraction(1, 10)),
        ("18B", (20 * 10**9, 21 * 10**9, 25 * 10**9), Fraction(-1, 10)),
    ],
)
def test_a_gap_is_a_share_of_the_value(text: str, value: object, gap: Fraction) -> None:
    assert figure(text).gap(value) == gap  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "step"),
    [  # zeros are filling while a step stays at or under a quarter of the figure
        ("230B", 10 * 10**9), ("400B", 100 * 10**9), ("300B", 10 * 10**9), ("37B", None), ("10B", None),
        ("40B", 10 * 10**9), ("1000B", 100 * 10**9), ("0B", None), ("18B–30B", None), ("20%", None),
    ],
)  # fmt: skip
def test_zeros_as_filling(text: str, step: int | None) -> None:
    found = figure(text).coarse()
    assert (found and found.low_step) == step
    assert found is None or found.high_step == step


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("16384", True),
        ("128K", False),
        ("~16384", False),
        ("16384+", False),
        ("12–16", False),
        ("20%", False),
        ("1.5", True),
    ],
)
def test_printed_to_the_unit(text: str, exact: bool) -> None:
    assert figure(text).is_exact is exact


def test_what_falls_is_no_range() -> None:
    assert [(str(found), start, end) for found, start, end in find_figures("from 384 to 16 experts")] == [
        ("384", 5, 8), ("16", 12, 14),
    ]  # fmt: skip
    text = "from 20B to 30B"
    ((whole, start, _),) = find_figures(text)
    assert (whole.low, whole.high) == (20 * 10**9, 30 * 10**9)
    assert [(found.low, text[at:end]) for found, at, end in halves(whole, text, start)] == [
        (20 * 10**9, "20B"), (30 * 10**9, "30B"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "average"),
    [
        ("averaging 27B", True),
        ("about 27B on average", True),
        ("27B (on average)", True),
        ("平均约27B", True),
        ("27B", False),
    ],
)
def test_averages(text: str, average: bool) -> None:
    ((found, _, _),) = find_figures(text)
    assert found.average is average
