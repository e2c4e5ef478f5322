"""The catalogues: every number with its source, every gap with its reason."""

from __future__ import annotations

from itertools import pairwise

import pytest

from moeaudit.costs.devices import PRECISIONS, catalogue, device
from moeaudit.costs.engines.read import engine, number
from moeaudit.costs.fleet import short_fleet
from moeaudit.costs.timing import efficiency
from moeaudit.errors import UsageError


def test_at_least_thirty_devices_with_unique_names() -> None:
    spelled = [name.lower() for found in catalogue() for name in (found.name, *found.aliases)]
    assert len(catalogue()) >= 30
    assert len(spelled) == len(set(spelled))


@pytest.mark.parametrize("found", catalogue(), ids=lambda found: found.name)
def test_every_number_has_a_source_and_every_gap_a_reason(found: object) -> None:
    for _, _, cell in found.cells():  # type: ignore[attr-defined]
        assert cell.source.startswith("https://") if cell.value is not None else cell.reason


@pytest.mark.parametrize("found", catalogue(), ids=lambda found: found.name)
def test_peaks_are_dense(found: object) -> None:
    """Halving the width at most about doubles the rate (FP4 on Blackwell Ultra triples it); a sparse figure would
    stand out."""
    peaks = [found.peaks[precision].value for precision in PRECISIONS]  # type: ignore[attr-defined]
    for wide, narrow in pairwise(peaks):
        if wide and narrow:
            assert 1 <= narrow / wide <= 3.2


def test_the_h100_is_not_sparse() -> None:
    assert (device("h100").peaks["bf16"].value, device("h100").peaks["fp8"].value) == (989, 1979)


def test_products_run_in_the_next_wider_precision_that_has_units() -> None:
    assert device("H200").peak("fp4") == (1979e12, "fp8")
    assert device("A100").peak("fp4") == (312e12, "bf16")


def test_memory_is_what_the_driver_shows() -> None:
    assert device("H100").memory_bytes == int(79.18 * 2**30)
    with pytest.raises(UsageError, match=r"devices\.memory_gib"):
        device("L4").memory_bytes  # noqa: B018


@pytest.mark.parametrize(
    ("version", "span"),
    [
        ("0.6.6", "0.0 to before 0.8"),
        ("0.11.0", "0.11 to before 0.17"),
        ("v0.17.1", "0.17 to before 0.18"),
        ("0.19", "0.18 to before 0.20"),
        ("0.22", "0.20 and later"),
        ("", "0.20 and later"),
    ],
)
def test_overheads_are_chosen_by_version(version: str, span: str) -> None:
    assert engine("vllm", version).range == span


@pytest.mark.parametrize(
    ("name", "sizes"), [("H100", (1024, 8192)), ("A100", (256, 2048)), ("4090", (256, 2048)), ("H200", (1024, 8192))]
)
def test_batch_defaults_follow_the_device(name: str, sizes: tuple[int, int]) -> None:
    """vLLM's own test of its defaults: large ones from 70 GiB on, but not on an A100."""
    found = short_fleet(f"1x{name}").settings
    assert (found.sequences, found.tokens_per_step) == sizes


def test_versions_are_numbers_not_text() -> None:
    assert number("0.9") < number("0.11.0rc1") < number("0.20")


def test_shares_of_peak_are_ordered() -> None:
    best, typical, worst = (efficiency()[case] for case in ("best", "typical", "worst"))
    assert 1 > best.matmul > typical.matmul > worst.matmul > 0
    assert best.latency < typical.latency < worst.latency
