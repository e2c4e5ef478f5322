"""Whole views at 80 columns, as they were looked at and approved. What the numbers must sum to is in test_sums.py."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from moeaudit import __version__
from moeaudit.cli.packet import FORMATS
from moeaudit.reports.writers.wrapping import cells
from tests.approved import approved
from tests.cli.samples import CommandLine
from tests.cli.test_inspect import FIXTURES, SPECS
from tests.views.lines import DRAFTS, ESTIMATES, EXPLAINED, INSPECTIONS, PACKETS

HERE = Path(__file__).parent / "expected"
CLAIMS = Path(__file__).parents[2] / "fixtures" / "claims"


def rounded(value: Any) -> Any:
    """JSON with floats to nine figures: the last ones differ between machines."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def kept(text: str) -> str:
    """Without the tool's version, which each release changes."""
    return re.sub(rf"(moeaudit[ @/]|version\W{{1,4}}){re.escape(__version__)}", r"\1VERSION", text)


@pytest.mark.parametrize("name", ESTIMATES)
def test_estimate(cli: CommandLine, name: str) -> None:
    words = ESTIMATES[name].split()
    run = cli("estimate", *words, "--offline")
    assert all(cells(line) <= 80 for line in run.out.splitlines())
    if not {"--all", "--explain", "--training-tokens"} & set(words):
        assert len(run.out.splitlines()) <= 23, "a screen has 24 lines, and the prompt takes one"
    approved(HERE / "estimate" / f"{name}.txt", f"exit {run.code}\n{run.out}\n{run.err}")


@pytest.mark.parametrize("name", ESTIMATES)
def test_estimate_as_json(cli: CommandLine, name: str) -> None:
    words = [word for word in ESTIMATES[name].split() if word not in ("--all", "--explain")]
    found = json.loads(cli("estimate", *words, "--offline", "--format", "json").out)
    found["layouts"] = found["layouts"][:3] + found["layouts"][-1:]  # the nearest and the farthest
    approved(HERE / "estimate" / f"{name}.json", json.dumps(rounded(found), indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_emitted_command(cli: CommandLine, engine: str) -> None:
    run = cli("estimate", *ESTIMATES["kimi-nvfp4-command"].split(), "--offline", "--emit", engine)
    approved(HERE / "estimate" / f"emitted-{engine}.txt", f"exit {run.code}\n{run.out}\n{run.err}")


@pytest.mark.parametrize("name", INSPECTIONS)
def test_inspect(cli: CommandLine, name: str) -> None:
    run = cli("inspect", INSPECTIONS[name], "--offline", "--all")
    assert all(cells(line) <= 80 and line == line.rstrip() for line in run.out.splitlines())
    approved(HERE / "inspect" / f"{name}.txt", f"exit {run.code}\n{run.out}\n{run.err}")


@pytest.mark.parametrize("model", [*FIXTURES, *SPECS])
def test_inspect_as_json(cli: CommandLine, model: str) -> None:
    found = json.loads(cli("inspect", model, "--offline", "--format", "json").out)
    parts, sums = found["components"], found["denominators"]
    apart = ("mtp", "vision", "audio", "projector", "unclassified")
    language = sum(count for name, count in parts.items() if name not in apart)
    assert isinstance(sums["total.full"], dict)
    if "value" in sums["total.full"] and not parts.get("unclassified"):
        assert sums["total.full"]["value"] == language
    name = model.rpartition("/")[2]
    approved(HERE / "inspect" / f"{name}.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", DRAFTS)
def test_draft(cli: CommandLine, name: str) -> None:
    run = cli("draft", *DRAFTS[name].split(), "--offline")
    approved(HERE / "draft" / f"{name}.yaml", f"# exit {run.code}\n{kept(run.out)}\n# {run.err}")


def test_explain(cli: CommandLine) -> None:
    runs = {name: cli("explain", name) for name in EXPLAINED}
    text = "\n".join(f"== {name}: exit {run.code}\n{run.out}{run.err}" for name, run in runs.items())
    approved(HERE / "explain.txt", text)


@pytest.mark.parametrize("name", PACKETS)
@pytest.mark.parametrize("form", ["md", "json"])
def test_packet(cli: CommandLine, name: str, form: str) -> None:
    file, *words = PACKETS[name].split()
    common = ("--offline", "--date", "2026-11-30")
    run = cli("packet", CLAIMS / f"{file}.claims.yaml", *words, *common, "--format", form)
    text = re.sub(r"(JSON twin, sha256 `)\w{64}", r"\1DIGEST", run.out)  # each version's JSON has another
    if form == "json":
        found = rounded(json.loads(text))
        found.get("appendix", {}).pop("evidence_file", None)
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    approved(HERE / "packet" / f"{name}.{form}", kept(text.replace(str(CLAIMS), "CLAIMS")))


def test_every_format_of_a_packet_is_made(cli: CommandLine) -> None:
    """Each under every name it has; `markdown` is `md`."""
    made = {}
    for form in ("md", *FORMATS):
        run = cli("packet", CLAIMS / "gpt-4.claims.yaml", "--offline", "--date", "2026-11-30", "--format", f"{form}=x")
        assert (run.code, run.out) == (0, "")
        made[form] = Path("x").read_bytes()
    assert made["markdown"] == made["md"] and all(made.values())
    assert len(set(made.values())) == len(FORMATS)
