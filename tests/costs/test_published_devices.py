"""The device catalogue held against what is published, cell by cell: `published_devices.tsv`, written down apart from
it, and the corpus' own table of devices."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeaudit.costs.devices import Cell, Device, catalogue, device
from moeaudit.costs.fleet import SHORT

PUBLISHED = Path(__file__).parent / "published_devices.tsv"
NAMES = {"link per direction": "link", "bf16 dense": "bf16", "fp8 dense": "fp8", "fp4 dense": "fp4"}
ROUNDED = 0.01
"""Datasheets round: 362 and 362.05, 2610 and 2615."""

CORPUS_COLUMNS = {
    "memory": "mem_gib_driver_or_torch",
    "bandwidth": "hbm_gbps",
    "bf16": "bf16_dense_tflops",
    "fp8": "fp8_dense_tflops",
    "fp4": "fp4_dense_tflops",
    "link": "scaleup_gbps_per_dir",
    "power": "tdp_w",
}
OTHERWISE = {
    ("H100-NVL", "link"): "300 is for a bridged pair; the catalogue has PCIe 5, which joins the rest",
    ("RTX-6000-Ada", "memory"): "47.4 is without ECC; the catalogue has the log of a board with it",
    ("H800-SXM", "link"): "200 is half of NVLink's 400; the catalogue has DeepEP's 160, which the row names too",
    ("RTX-4090", "link"): "32 is before the encoding's 2 of 130 bits",
    ("RTX-5090", "link"): "64 is before the encoding's 2 of 130 bits",
    ("Gaudi2", "link"): "262 is 21 of the 24 ports, 300 all of them",
    ("Gaudi3", "link"): "525 is 21 of the 24 ports, 600 all of them",
    ("Gaudi3", "bf16"): "1835 is the white paper's clock; the row names the later 1678",
    ("Gaudi3", "fp8"): "1835 is the white paper's clock; the row names the later 1678",
    ("TPU-v5e", "memory"): "15.75 is what a runtime leaves; the catalogue says that 16 is the vendor's figure",
    ("TPU-v6e", "memory"): "31.25 is what a runtime leaves; the catalogue says that 32 is the vendor's figure",
}


def table() -> dict[str, dict[str, str]]:
    lines = [line for line in PUBLISHED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["name"]: row for row in csv.DictReader(lines, delimiter="\t")}


def numbers(found: Device) -> Iterator[tuple[str, Cell]]:
    """Every number that the catalogue may give, the size of a domain too."""
    yield from ((NAMES.get(quantity, quantity), cell) for quantity, _, cell in found.cells())
    yield "domain", Cell(float(found.domain))


def span(text: str) -> tuple[float, float] | None:
    """The figure or range that a cell begins with, widened by what datasheets round."""
    said = re.match(r"~?(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?", text)
    return (float(said[1]) * (1 - ROUNDED), float(said[2] or said[1]) * (1 + ROUNDED)) if said else None


def test_a_device_has_these_numbers() -> None:
    for found in catalogue():
        assert [name for name, _ in numbers(found)] == [
            "memory", "bandwidth", "bf16", "fp8", "fp4", "link", "power", "domain",
        ]  # fmt: skip
    assert [unit for _, unit, _ in device("H100").cells()] == ["GiB", "GB/s", *["TFLOP/s"] * 3, "GB/s", "W"]


def test_both_tables_have_the_same_devices_in_one_order() -> None:
    assert list(table()) == [found.name for found in catalogue()]


@pytest.mark.parametrize("found", catalogue(), ids=lambda found: found.name)
def test_every_number_is_as_published(found: Device) -> None:
    row = table()[found.name]
    for name, cell in numbers(found):
        published = span(row[name])
        assert (cell.value is None) == (published is None), (name, cell)
        if published and cell.value is not None:
            assert published[0] <= cell.value <= published[1], (name, cell, row[name])


def test_pictures_of_one_rate() -> None:
    """What several boards share stands in all of them: links by generation, and memory by chip."""
    assert {device(name).link.value for name in ("A100-40G", "A100-80G")} == {12 * 25}
    assert {device(name).link.value for name in ("H100", "H200", "H20", "GH200")} == {18 * 25}
    assert {device(name).link.value for name in ("B200", "B300", "GB200", "GB300")} == {18 * 50}
    assert {device(name).link.value for name in ("MI300X", "MI325X")} == {7 * 64}
    assert {device(name).link.value for name in ("MI350X", "MI355X")} == {7 * 76.5}


def test_the_corpus_lists_the_same(corpus: Path) -> None:
    with (corpus / "gpus.tsv").open(encoding="utf-8") as opened:
        rows = {row["name"]: row for row in csv.DictReader(opened, delimiter="\t")}
    compared, apart = 0, set()
    for found in (found for found in catalogue() if found.name in rows):
        for name, cell in numbers(found):
            listed = span(rows[found.name].get(CORPUS_COLUMNS.get(name, ""), "") or "")
            if listed is None or cell.value is None:
                continue
            compared += 1
            if not listed[0] <= cell.value <= listed[1]:
                apart.add((found.name, name))
    assert compared >= 130
    assert apart == set(OTHERWISE)


@pytest.mark.parametrize("found", catalogue(), ids=lambda found: found.name)
def test_every_name_is_one_of_a_short_form(found: Device) -> None:
    for name in (found.name, *found.aliases):
        assert device(name) is found
        for text in (f"8x{name}", f"2x8x{name}"):
            match = SHORT.fullmatch(text)
            assert match is not None and (match["name"], match["count"]) == (name, "8"), text


@pytest.mark.parametrize("text", ["8x100", "1x8x8", "1x1234567", "x4090", "8x", "8x8x"])
def test_what_is_no_short_form(text: str) -> None:
    assert SHORT.fullmatch(text) is None
