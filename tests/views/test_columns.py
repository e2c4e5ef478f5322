"""Every table of every report with its columns: how wide they are on a page, which hold figures, which narrow media do
without. As looked at in the pages; a table that no line here makes is not approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from moeaudit.reports.document.blocks import Block, Picture, Table
from moeaudit.reports.document.document import Document
from moeaudit.reports.writers import html
from tests.approved import approved
from tests.cli.samples import CommandLine
from tests.views.lines import ESTIMATES, PACKETS
from tests.views.test_gate_approved import RECIPE, WRONG_CARD

HERE = Path(__file__).parent / "expected"
CLAIMS = Path(__file__).parents[2] / "fixtures" / "claims"
LINES = (
    *(f"estimate {ESTIMATES[name]}" for name in ("deepseek-v3-two-nodes", "mixtral-on-a-4090", "gpt-oss-120b-long")),
    *(f"inspect {name}" for name in ("deepseek-ai/DeepSeek-V3", "Qwen/Qwen3-VL-30B-A3B-Instruct")),
    *(f"packet {CLAIMS}/{line.replace(' ', '.claims.yaml ', 1)}" for line in PACKETS.values()),
    "check README.md --model mistralai/Mixtral-8x7B-v0.1 --all --explain-reading",
    "check recipe.yaml --evidence . --all",
)


def tables(blocks: tuple[Block, ...]) -> Iterator[Table]:
    for block in blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Picture):
            yield from tables(block.otherwise)


def told(table: Table) -> str:
    """`Name 2 | Count 1 right | Meaning 3 spared`."""
    return " | ".join(
        " ".join([text_of(one.title) or "–", f"{one.width:g}", *["right"] * one.right, *["spared"] * (not one.brief)])
        for one in table.columns
    )


def text_of(runs: Any) -> str:
    return "".join(getattr(run, "text", "") or "" for run in runs)


def test_columns_of_every_report(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Document] = []
    monkeypatch.setattr(html, "render", lambda document, *_: made.append(document) or "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text(WRONG_CARD)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    for line in LINES:
        dated = ("--date", "2026-11-30") if line.startswith("packet") else ()
        run = cli(*line.split(), *dated, "--offline", "--format", "html")
        assert run.code in (0, 1), run.err
    assert len(made) == len(LINES)
    found = {
        f"{one.kind} {section.id} {table.name}: {told(table)}\n"
        for one in made
        for section in one.sections
        for table in tables(section.blocks)
    }
    approved(HERE / "columns.txt", "".join(sorted(found)))
