"""The command's options for its report: how much, in which medium, into which file, in which currency."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.samples import CommandLine

MIXTRAL = ("estimate", "mistralai/Mixtral-8x7B-v0.1", "--offline", "--gpus")
FITS, SHORT = (*MIXTRAL, "1xH200"), (*MIXTRAL, "2xRTX-4090")


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("txt", b"FITS: "), ("md", b"# Estimate: "), ("html", b"<!DOCTYPE html>"), ("pdf", b"%PDF-"), ("json", b"{\n")],
)
def test_a_files_ending_names_its_format(cli: CommandLine, ending: str, begins: bytes) -> None:
    run = cli(*FITS, "-o", f"out.{ending}")
    assert (run.code, run.out) == (0, "")
    assert Path(f"out.{ending}").read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("form", "begins"), [("text", "FITS: "), ("markdown", "# Estimate: "), ("html", "<!DOCTYPE html>"), ("json", "{\n")]
)
def test_formats_by_name(cli: CommandLine, form: str, begins: str) -> None:
    assert cli(*FITS, "--format", form).out.startswith(begins)


def test_text_has_as_much_as_is_asked_for(cli: CommandLine) -> None:
    usual, explained, full = (cli(*FITS, *more).out for more in ((), ("--explain",), ("--all",)))
    assert "Weights by component" in explained and "Weights by component" not in usual
    assert "Assumptions" in full and "Assumptions" not in explained
    assert "more are in the JSON view" not in usual
    assert cli(*FITS, "--all", "--explain").out == full


def test_pages_show_everything(cli: CommandLine) -> None:
    for form in ("markdown", "html"):
        page = cli(*FITS, "--format", form).out
        assert "Assumptions" in page and "--price" not in page
        assert page == cli(*FITS, "--format", form, "--all").out


def test_exit_codes_are_of_the_command_and_not_of_the_verdict(cli: CommandLine) -> None:
    assert (cli(*FITS).code, cli(*SHORT).code) == (0, 0)


@pytest.mark.parametrize(
    ("price", "row"),
    [
        ("2.5", "per million tokens in, in the price's currency"),
        ("2.5USD", "USD per million tokens in"),
        ("2.50EUR", "EUR per million tokens in"),
    ],
)
def test_a_price_is_in_its_own_currency(cli: CommandLine, price: str, row: str) -> None:
    text = cli(*FITS, "--price", price).out
    assert row in text and ("USD" in text) == ("USD" in price)
    assert "--price" not in text.replace("price's", "")
    found = json.loads(cli(*FITS, "--price", price, "--json").out)
    assert found["fleet"]["currency"] == (price[-3:] if price[-1].isalpha() else None)


def test_a_fleet_files_price_likewise(cli: CommandLine) -> None:
    head = "schema: moeaudit/fleet/v1\ndevices: {type: H200-SXM}\ncosts: {price_per_device_hour: 2.5"
    for more, row in (("", "per million tokens in, in the price's currency"), (", currency: CHF", "CHF per million")):
        Path("fleet.yaml").write_text(f"{head}{more}}}\n")
        text = cli("estimate", "mistralai/Mixtral-8x7B-v0.1", "--offline", "--fleet", "fleet.yaml").out
        assert row in text and "USD" not in text


def test_what_to_ask_next(cli: CommandLine) -> None:
    """The smallest fleet as --gpus takes it, and it does fit; not where the fleet came from a file."""
    text = cli(*SHORT).out
    (option,) = [line.split()[1] for line in text.splitlines() if line.strip().startswith("--gpus")]
    assert cli(*MIXTRAL, option).out.startswith("FITS: ")
    Path("fleet.yaml").write_text("schema: moeaudit/fleet/v1\ndevices: {type: RTX-4090, per_node: 2}\n")
    run = cli("estimate", "mistralai/Mixtral-8x7B-v0.1", "--offline", "--fleet", "fleet.yaml")
    assert run.out.startswith("DOES NOT FIT: ") and "--gpus" not in run.out


def test_the_packet_lists_the_same_layouts_first(cli: CommandLine) -> None:
    """And all of them in the same order, with the roomiest at the end."""
    model = ("deepseek-ai/DeepSeek-V3", "--offline", "--gpus", "8xH200", "--format", "json")
    estimated = json.loads(cli("estimate", *model).out)["layouts"]
    packet = json.loads(cli("packet", *model).out)["estimates"]
    page = cli("estimate", *model[:-2], "--all").out
    listed = [row["words"] for row in packet["layouts"]]
    shown = [line.split("  ")[1] for line in page.splitlines() if line.startswith(("  TP ",))]
    assert listed == shown and len(listed) == 13
    best, last = estimated[0], packet["layouts"][-1]
    assert (best["tp"], best["ep"], best["dp"], best["pp"]) == (4, True, 2, 1) and listed[0] == "TP 4 · EP 8 · DP 2"
    assert last["requests"] == max(layout["concurrency"] for layout in estimated if layout["fits"])
