"""The catalogues: every number with its source, every gap with its reason."""

from __future__ import annotations

from itertools import pairwise

import pytest

from moeaudit.costs.devices import PRECISIONS, Device, catalogue, device
from moeaudit.costs.engines.read import engine, number
from moeaudit.costs.fleet import short_fleet
from moeaudit.costs.timing import efficiency
from moeaudit.costs.waits import measured
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
    for precision, (wide, narrow) in zip(PRECISIONS[1:], pairwise(peaks), strict=True):
        if wide and narrow:
            assert 1 <= narrow / wide <= STEEPER.get((found.name, precision), 3.2)  # type: ignore[attr-defined]


STEEPER = {
    ("RTX-5090", "fp4"): 4.01,  # half rate for FP8 where it sums in FP32, and none for FP4 (the white paper's table)
    ("RTX-5080", "fp4"): 4.01,
    ("Trainium3", "fp8"): 3.76,  # 2517 MXFP8 and 671 BF16, both without sparsity (the vendor's page)
}


def test_a_shared_memory_is_split_as_it_is_documented() -> None:
    """Metal's working set is three quarters (llama.cpp#3213 logs 73728 MiB of 96 GiB); amdgpu's is half of what it
    sees (ds4#475: 63968 MiB of 128 GB)."""
    apple = [found for found in catalogue() if found.name.startswith(("M3-", "M4-"))]
    assert len(apple) == 5 and all(found.memory.value == 0.75 * installed(found) for found in apple)
    assert device("M3-Ultra-96G").memory_bytes == 73728 * 2**20
    strix = device("Strix-Halo")
    assert strix.memory.value == pytest.approx(63968 / 1024, abs=0.01) and installed(strix) == 2 * strix.memory.value
    assert (strix.beside, device("DGX-Spark").beside, device("H100").beside) == (pytest.approx(62.47), 0, 0)
    for found in catalogue():
        assert found.unified is None or found.unified.raising


def installed(found: Device) -> float:
    assert found.unified is not None and found.unified.installed.value is not None
    return found.unified.installed.value


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("M3-Ultra", "M3-Ultra-512G"), ("m4 max", "M4-Max-128G"), ("910B", "Ascend-910B"), ("910C", "Ascend-910C-Die"),
        ("DGX-Spark", "DGX-Spark-GB10"), ("4090-48G", "RTX-4090-48G"), ("Thor", "Jetson-Thor"), ("A6000", "RTX-A6000"),
        ("NVIDIA A40", "A40"), ("strix_halo", "Strix-Halo"), ("V100", "V100-32G-SXM"),
        ("PRO-4500", "RTX-PRO-4500-Blackwell"),
        ("GH200-96G", "GH200-96G"), ("H20-3e", "H20-3e"), ("Inf2", "Inferentia2"), ("5080", "RTX-5080"),
        ("AMD R9700", "R9700"), ("Arc-Pro-B70", "B70"), ("MI300A", "MI300A"), ("Apple-M4-Max", "M4-Max-128G"),
        ("Intel Arc Pro B70", "B70"), ("Huawei Ascend 910B", "Ascend-910B"), ("GeForce RTX 5090", "RTX-5090"),
    ],
)  # fmt: skip
def test_devices_as_people_write_them(typed: str, name: str) -> None:
    assert device(typed).name == name


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("M2-Ultra", "M3-Ultra"),
        ("M5-Max", "M4-Max"),
        ("910D", "910"),
        ("B580", "B60"),
        ("RTX-4080", "RTX"),
        ("H999", "H"),
    ],
)
def test_the_nearest_names_are_of_the_same_kind(typed: str, kind: str) -> None:
    """Whoever misses by a digit is shown the series that was meant first, never another maker's."""
    with pytest.raises(UsageError) as raised:
        device(typed)
    assert kind in str(raised.value.hint).split(",")[0].removeprefix("Did you mean ")


def test_the_h100_is_not_sparse() -> None:
    assert (device("h100").peaks["bf16"].value, device("h100").peaks["fp8"].value) == (989, 1979)


def test_products_run_in_the_next_wider_precision_that_has_units() -> None:
    assert device("H200").peak("fp4") == (1979e12, "fp8")
    assert device("A100").peak("fp4") == (312e12, "bf16")


def test_memory_is_what_the_driver_shows() -> None:
    assert device("H100").memory_bytes == int(79.18 * 2**30)
    with pytest.raises(UsageError, match=r"devices\.memory_gib"):
        device("Gaudi3").memory_bytes  # noqa: B018


@pytest.mark.parametrize(
    ("version", "span"),
    [
        ("0.6.6", "0.0 to before 0.8"),
        ("0.11.0", "0.11 to before 0.17"),
        ("v0.17.1", "0.17 to before 0.18"),
        ("0.19", "0.18 to before 0.20"),
        ("0.20.2", "0.20 to before 0.21"),
        ("0.22", "0.21 to before 0.28"),
        ("0.33.0", "0.28 and later"),
        ("", "0.28 and later"),
    ],
)
def test_overheads_are_chosen_by_version(version: str, span: str) -> None:
    assert engine("vllm", version).range == span


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("H100", (1024, 8192)),
        ("A100", (256, 2048)),
        ("4090", (256, 2048)),
        ("H200", (1024, 8192)),
        ("B200", (1024, 16384)),
    ],
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


def test_waits_are_ordered_and_have_their_sources() -> None:
    rows = measured()["waits"]
    assert all(0 < row["best"] < row["typical"] < row["worst"] for row in rows.values())
    assert all(row["source"] and row["why"] for row in rows.values())
