"""Amounts in words, by hand: bytes in either sort of unit, powers of ten, the bits of a precision."""

from __future__ import annotations

from fractions import Fraction

import pytest

from moeaudit.checks.amounts import amounts, bits_named, powers

GB, GIB = 10**9, 2**30


@pytest.mark.parametrize(
    ("text", "printed", "decimal", "binary", "most"),
    [
        ("80 GB", 80 * GB, 80 * GB, 80 * GIB, 81 * GIB),
        ("80 GiB", 80 * GIB, 80 * GB, 80 * GIB, 81 * GIB),
        ("8 × 80 GB", 640 * GB, 640 * GB, 640 * GIB, 648 * GIB),  # each may be one more
        ("1.5 TB", 1500 * GB, 1500 * GB, 1536 * GIB, 1638 * GIB + 429496729),  # 1.6 · 1024 = 1638.4
        ("12.25 MB", 12_250_000, 12_250_000, 12_845_056, 12_855_541),  # 12.25 and 12.26 · 1024²
        ("3 KB", 3_000, 3_000, 3_072, 4_096),
    ],
)
def test_an_amount_of_bytes(text: str, printed: int, decimal: int, binary: int, most: int) -> None:
    (one,) = amounts(f"It needs {text} of it.")
    assert one.text == text
    assert (one.bytes(), one.bytes(binary=False), one.bytes(binary=True), one.most) == (printed, decimal, binary, most)


@pytest.mark.parametrize(
    ("size", "binary", "prints"),
    [  # 60.8: from 60.75, rounded up, to below 60.9, cut off
        (60_750_000_000, False, True), (60_749_999_999, False, False),
        (60_899_999_999, False, True), (60_900_000_000, False, False),
        (65_229_815_808, True, True), (65_229_815_807, True, False),  # 60.75 · 2^30
        (65_390_877_081, True, True), (65_390_877_082, True, False),  # 60.9 · 2^30 = 65,390,877,081.6
        (60_750_000_000, True, False), (65_229_815_808, False, False),
    ],
)  # fmt: skip
def test_sizes_that_print_as_an_amount(size: int, binary: bool, prints: bool) -> None:
    for unit in ("GB", "GiB"):
        (one,) = amounts(f"60.8 {unit}")
        assert one.prints(size, binary=binary) is prints


@pytest.mark.parametrize("text", ["80 GBit", "80 GB/s", "v80GB", "1,80 GB", "80 G", "GB 80"])
def test_what_is_no_amount(text: str) -> None:
    assert not list(amounts(text))


def test_every_amount_of_a_text() -> None:
    assert [one.text for one in amounts("16GB, or 2 x 8GB, or 16 GiB")] == ["16GB", "2 x 8GB", "16 GiB"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10^25", [10**25]), ("10²³", [10**23]), ("10**6", [10**6]), ("10^{12}", [10**12]),
        ("3.3 × 10^24", [33 * 10**23]), ("2 * 10^3", [2000]), ("7.5 x 10²⁰", [75 * 10**19]),
        ("1e25", [10**25]), ("2.5E+24", [25 * 10**23]), ("3.35e3", [3350]),
        ("1e25 or 10^23", [10**25, 10**23]), ("1e", []), ("10 25", []), ("a1e25", []),
    ],
)  # fmt: skip
def test_powers_of_ten(text: str, values: list[int]) -> None:
    assert [value for value, _ in powers(text)] == [Fraction(value) for value in values]


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("in BF16", (16,)), ("fp8 weights", (8,)), ("AWQ", (4,)), ("Q4_K_M", (4,)), ("IQ2_XS", (2,)),
        ("1.58-bit", (2,)), ("float32", (32,)), ("FP8, or INT4 where it fits", (4, 8)), ("half precision", (16,)),
        ("fp160", ()),
        ("at full speed", ()),
    ],
)  # fmt: skip
def test_bits_of_precisions(text: str, bits: tuple[int, ...]) -> None:
    """From the least on."""
    assert bits_named(text) == bits
