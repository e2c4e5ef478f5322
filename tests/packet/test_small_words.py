"""The small words of a packet: figures, sizes, shares, bands, places, and what an item's status rests on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import get_args

import pytest

from moeaudit.checks.status import MEANINGS, ItemStatus
from moeaudit.reports.document.fill import filled, gaps
from moeaudit.reports.document.runs import Band, Decimal, Figure, Form, Gap, Number, Power, Share, Value
from moeaudit.reports.packet.model import Amount, Claim, Estimated, Estimates, Fit, Place, Tally
from moeaudit.reports.packet.parts.checklist import bearing, estimated, reason
from moeaudit.reports.packet.parts.claims import LINKS, amount, source
from moeaudit.reports.packet.views import place
from moeaudit.reports.packet.words import brief, figure, left_open, plain, power, quantity, rests_on, size_band, value
from moeaudit.reports.writers.escape import code, web_address
from moeaudit.reports.writers.values import band, decimal, share, shown, sort_key
from tests.packet import pages
from tests.packet_pictures.samples import sample

EXACT = Amount("total.full", 37_552_297_472, 37_552_297_472, 37_552_297_472)
RANGE = Amount("active.full", 18_600_000_000, 27_000_000_000, 31_300_000_000)
NONE = Amount("mtp.unique", absent="no such module")
FEW = Amount("layers", 61, 61, 61)


@pytest.mark.parametrize(
    ("one", "long", "short", "whole"),
    [
        (EXACT, "37,552,297,472", "37.55B", "total.full 37.55B (37,552,297,472)"),
        (
            RANGE,
            "18,600,000,000 to 31,300,000,000",
            "18.60B to 31.30B",
            "active.full 18.60B to 31.30B (18,600,000,000 to 31,300,000,000)",
        ),
        (NONE, "none", "none", "mtp.unique: none (no such module)"),
        (FEW, "61", "61", "layers 61"),
        (Amount("layers", 61, 61, 61, open=2000), "61", "61", "layers 61 (2,000 parameters open)"),
        (
            Amount("x", 2_000_000, 2_000_000, 2_000_000, open=3),
            "2,000,000",
            "2.00M",
            "x 2.00M (2,000,000; 3 parameters open)",
        ),
        (Amount("x", 2_000_000, 2_000_000, 2_000_001), "2,000,000 to 2,000,001", "2.00M", None),
    ],
)
def test_a_figure_in_words(one: Amount, long: str, short: str, whole: str | None) -> None:
    assert (value(one), brief(one)) == (long, short)
    assert whole is None or figure(one) == whole


@pytest.mark.parametrize(
    ("basis", "left", "words"),
    [
        ("", 0, ""), ("read", 0, "read"), ("", 12, "12 parameters open"),
        ("assumed", 1200, "assumed, 1,200 parameters open"),
    ],
)  # fmt: skip
def test_what_a_figure_rests_on(basis: str, left: int, words: str) -> None:
    one = Amount("x", 1, 1, 1, basis=basis, open=left)
    assert rests_on(one) == words
    assert left_open(one) == (words.removeprefix("assumed, ") if left else "")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (1, "1–500M"), (500_000_000, "1–500M"), (500_000_001, "500M–5B"), (5 * 10**9, "500M–5B"),
        (5 * 10**9 + 1, "5B–15B"), (15 * 10**9, "5B–15B"), (15 * 10**9 + 1, "15B–50B"), (50 * 10**9, "15B–50B"),
        (50 * 10**9 + 1, "50B–100B"), (100 * 10**9, "50B–100B"), (100 * 10**9 + 1, "100B–500B"),
        (500 * 10**9, "100B–500B"), (500 * 10**9 + 1, "500B–1T"), (10**12, "500B–1T"), (10**12 + 1, "above 1T"),
    ],
)  # fmt: skip
def test_size_ranges_of_the_documentation_form(parameters: int, words: str) -> None:
    """Model Documentation Form, Code of Practice, transparency chapter: `1-500M`, `500M-5B`, …, `500B-1T`, `>1T`."""
    assert size_band(parameters) == words


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        (2**20 - 1, "bytes", "1,048,575 bytes"), (2**20, "bytes", "1.0 MiB"), (2**30 - 2**20, "bytes", "1,023.0 MiB"),
        (2**30, "bytes", "1.00 GiB"), (1500 * 2**30, "bytes", "1,500.00 GiB"),
        (999e12, "FLOP", "999,000.00 GFLOP"), (1e15, "FLOP", "1.0e15 FLOP"), (3.3e24, "FLOP", "3.3e24 FLOP"),
        (74_120_000_000, "FLOP", "74.12 GFLOP"), (0.0123456, "s", "0.0123 s"), (2.0, "s", "2 s"),
        (1000.4, "tokens/s", "1,000 tokens/s"), (123.4, "tokens/s", "123 tokens/s"),
        (1234, "requests", "1,234 requests"), (-1000.5, "J", "-1,000 J"), (2.345, "USD", "2.35 USD"),
        (0.093, "", "0.093"),
    ],
)  # fmt: skip
def test_a_quantity_with_its_unit(number: float, unit: str, words: str) -> None:
    assert quantity(number, unit) == words
    assert power(1e25) == "1.0e25" and plain(0.0) == "0" and (plain(999.4), plain(999.5)) == ("999", "1,000")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (1, 2, "50.0 %"), (0, 2, "0.0 %"), (0, 0, "0.0 %"), (1, 0, "0.0 %"), (1, 10_000, "under 0.1 %"),
        (1, 2000, "0.1 %"), (974, 1000, "97.4 %"), (2, 2, "100.0 %"),
    ],
)  # fmt: skip
def test_a_share(part: int, whole: int, words: str) -> None:
    assert share(part, whole) == words


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        (1.2, 3.4, "s", "1.2 to 3.4 s"), (None, 3.4, "s", ""), (1.2, None, "s", ""), (1.2, 1.2, "s", ""),
        (2**30, 2**31, "bytes", "1.00 GiB to 2.00 GiB"), (1e24, 2e24, "FLOP", "1.0e24 FLOP to 2.0e24 FLOP"),
    ],
)  # fmt: skip
def test_a_band(low: float | None, high: float | None, unit: str, words: str) -> None:
    assert band(low, high, unit) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (Place("f"), "f"), (Place("f", 3), "f:3"), (Place("f", 3, 4), "f:3:4"),
        (Place("f", 3, 4, "a.b"), "f:3:4 (a.b)"),
        (Place("f", path="a"), "f (a)"),
    ],
)  # fmt: skip
def test_a_place(at: Place, words: str) -> None:
    assert place(at) == words


def test_counts_of_what_is_no_parameter_in_a_row() -> None:
    """Kinds in words, each with its count."""
    counted = (Tally("scales", 1234), Tally("integer_tables", 56))
    packet = sample("mixtral-8x7b-v0.1")
    for tallies, line in ((counted, "Not parameters, in elements: scales 1,234, integer tables 56."), ((), "")):
        found = pages.markdown(replace(packet, architecture=replace(packet.architecture, non_parameters=tallies)))
        lines = [one for one in found.splitlines() if one.startswith("Not parameters")]
        assert lines == ([line] if line else [])


VALUES: tuple[tuple[Value, str, float | None], ...] = (
    (Figure(EXACT), "37,552,297,472", 37_552_297_472),
    (Figure(EXACT, Form.SHORT), "37.55B", 37_552_297_472),
    (Figure(EXACT, Form.NAMED), "total.full 37.55B (37,552,297,472)", 37_552_297_472),
    (Figure(RANGE), "18,600,000,000 to 31,300,000,000", 27_000_000_000),
    (Figure(replace(RANGE, typical=None)), "18,600,000,000 to 31,300,000,000", 18_600_000_000),
    (Figure(NONE), "none", None),
    (Number(1234), "1,234", 1234),
    (Number(0.5), "0.5", 0.5),
    (Number(2**30, "bytes"), "1.00 GiB", 2**30),
    (Decimal(688_586_727_753), "689 GB", 688_586_727_753),
    (Band(1.2, 3.4, "s"), "1.2 to 3.4 s", 1.2),
    (Band(1.2, 3.4), "1.2 to 3.4", 1.2),
    (Band(None, None, "s"), "", None),
    (Share(1, 3), "33.3 %", 1 / 3),
    (Share(1, 0), "0.0 %", 0),
    (Gap(0.04), "+4.0 %", 0.04),
    (Power(3.3e24), "3.3e24", 3.3e24),
)


@pytest.mark.parametrize(("one", "words", "key"), VALUES)
def test_a_value_as_every_medium_shows_it_and_what_it_sorts_by(one: Value, words: str, key: float | None) -> None:
    assert (shown(one), sort_key(one)) == (words, key)


def test_every_kind_of_value_is_among_them() -> None:
    assert {type(one) for one, *_ in VALUES} == set(get_args(Value))


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1 KB"), (99_949, "99.9 KB"), (99_950, "100 KB"),
        (100_000, "100 KB"), (1_500_000, "1.5 MB"), (99_949_999, "99.9 MB"), (99_950_000, "100 MB"),
        (10**8, "100 MB"), (13_761_264_768, "13.8 GB"), (93_405_585_408, "93.4 GB"), (99_949_999_999, "99.9 GB"),
        (99_950_000_000, "100 GB"), (999_499_999_999, "999 GB"), (999_500_000_000, "1 TB"),
        (1_024_000_000_000, "1.02 TB"),
    ],
)  # fmt: skip
def test_bytes_as_files_are_sold(size: int, words: str) -> None:
    """GB of 10^9, three figures: `689 GB` is what the Hub shows of DeepSeek-V3."""
    assert decimal(size) == words


SAID = Claim("A03", "architecture.active_parameters", "Active", "14B", "active", "contradicted", reason="why")
FITS = (Fit("active.full", "rounds"), Fit("active.head", "truncates"))


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (0.04, "Nearest: layers 61, +4.0 % from it"),
        (-0.123, "Nearest: layers 61, -12.3 % from it"), (0.0, "Nearest: layers 61, +0.0 % from it"),
    ],
)  # fmt: skip
def test_how_far_a_claim_is_off(by: float, words: str) -> None:
    packet = replace(sample("mixtral-8x7b-v0.1"), claims=(replace(SAID, nearest=FEW, gap=by),))
    assert words in pages.markdown(packet).replace("\\", "")


def test_where_nothing_is_near_nothing_is_said_of_it() -> None:
    packet = replace(sample("mixtral-8x7b-v0.1"), claims=(SAID,))
    assert "Nearest" not in pages.markdown(packet)


@pytest.mark.parametrize(
    ("fits", "nearest", "status", "words"),
    [
        (FITS, None, ItemStatus.VERIFIED, "14B: active.full rounds, active.head truncates"),
        (FITS, None, ItemStatus.CONTRADICTED, "14B: active.full rounds, active.head truncates"),
        (FITS, None, ItemStatus.STATED, "why"),
        ((), FEW, ItemStatus.CONTRADICTED, "14B: nearest is layers 61"),
        ((), FEW, ItemStatus.VERIFIED, ""),
        ((), FEW, ItemStatus.STATED, "why"),
        ((), None, ItemStatus.CONTRADICTED, ""),
        ((), None, ItemStatus.NOT_DISCLOSED, "why"),
    ],
)
def test_what_a_claim_brings_to_its_item(
    fits: tuple[Fit, ...], nearest: Amount | None, status: ItemStatus, words: str
) -> None:
    claim = replace(SAID, fits=fits, nearest=nearest)
    assert bearing(claim, status) == words
    assert reason(status, (claim, claim)) == (words or MEANINGS[status])


def test_estimates_beside_an_item() -> None:
    figures = (
        Estimated("time_to_first_token", "s", "per request", 0.5), Estimated("weights", "bytes", "per device", 2**30),
        Estimated("time_per_output_token", "s", "per token", 0.02),
    )  # fmt: skip
    found = Estimates(
        "", "", "", None, "", figures, (), (), "", (Estimated("training_compute", "FLOP", "per run", 1e24),), (), ()
    )
    assert estimated("R04", found) == "time to first token 0.5 s per request; time per output token 0.02 s per token"
    assert estimated("G10", found) == "training compute 1.0e24 FLOP per run"
    assert estimated("R13", found) == estimated("A01", found) == estimated("R04", None) == ""


def test_an_exact_value_and_a_range_under_their_names() -> None:
    assert amount("x", Fraction(7, 2)) == Amount("x", 4, 4, 4)
    assert amount("x", (1, 2, 3)) == Amount("x", 1, 2, 3)  # type: ignore[arg-type]
    assert source(None) is None and LINKS == ("http://", "https://")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.example/b?c=d#e", "https://a.example/b?c=d#e"), ("http://a.example", "http://a.example"),
        ("https://a.example/ü", "https://a.example/%C3%BC"), ("https://a.example/(b)", "https://a.example/%28b%29"),
        ("ftp://a.example", ""), ("javascript:a", ""), ("https://a b", ""),
        ("https://a<b", ""), ("https://a`b", ""),
        ("x https://a.example", ""), ("", ""), ("https://", ""),
    ],
)  # fmt: skip
def test_addresses_of_the_web(url: str, address: str) -> None:
    assert web_address(url) == address


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a", "`a`"), ("a|b", "`a¦b`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a``", "``` a`` ```"), ("", "``")],
)
def test_names_in_code(text: str, shown: str) -> None:
    assert code(text) == shown


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("a {x} b {y}", {"x": "1", "y": 2}, "a 1 b 2"), ("{{x}}", {"x": "1"}, "{x}"), ("a", {}, "a"),
        ("{x}{x}", {"x": 1.5}, "1.51.5"), ("{{{x}}}", {"x": "1"}, "{1}"),
    ],
)  # fmt: skip
def test_gaps_are_filled(text: str, values: dict[str, str | int | float], words: str) -> None:
    assert filled(text, **values) == words


@pytest.mark.parametrize(
    "text", ["{", "}", "{x.y}", "{x[0]}", "{0}", "{x!r}", "{x:>9}", "{ x }", "{}", "{x" + "y" * 41 + "}"]
)
def test_other_braces_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no gap"):
        gaps(text)


def test_what_a_gap_needs() -> None:
    assert gaps("{a} {{b}} {c_1} {a}") == {"a", "c_1"}
    with pytest.raises(ValueError, match=r"nothing to fill \{x\} with; there is: y, z"):
        filled("{x}", y=1, z=2)
    with pytest.raises(ValueError, match="there is: nothing"):
        filled("{x}")
    with pytest.raises(ValueError, match="no plain value"):
        filled("{x}", x=[1])  # type: ignore[arg-type]
