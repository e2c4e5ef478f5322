"""Bytes as shops and vendors print them: three figures, in units of 10^3."""

from __future__ import annotations

import pytest

from moeaudit.reports.writers.values import decimal


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"), (2, "2 B"), (999, "999 B"), (1_000, "1 KB"), (37_600, "37.6 KB"), (99_999, "100 KB"),
        (100_000, "100 KB"), (4_073_728, "4.07 MB"), (99_940_000, "99.9 MB"), (99_960_000, "100 MB"),
        (999_400, "999 KB"), (999_500, "1 MB"),
        (100_000_000, "100 MB"), (13_761_264_768, "13.8 GB"), (93_405_585_408, "93.4 GB"), (688_574_839_360, "689 GB"),
        (999_499_999_999, "999 GB"), (999_500_000_000, "1 TB"), (1_029_173_256_720, "1.03 TB"),
        (3_142_522_098_240, "3.14 TB"), (1_234_567_000_000_000, "1,235 TB"),
    ],
)  # fmt: skip
def test_decimal(size: int, text: str) -> None:
    assert decimal(size) == text
