"""Which count the shorthands take of models with look-up tables and with loops, in estimates and packets alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.costs.asked import training_run
from moeaudit.ledger.inspection import Inspection
from moeaudit.reports.packet.inputs import trained

ARCHITECTURE = Path(__file__).parents[1] / "architecture"
TOKENS = 10**12


def inspected(folder: Path, source: str) -> Inspection:
    config = json.loads((ARCHITECTURE / source).read_text())["config"]
    (folder / "config.json").write_text(json.dumps(config))
    return inspect(str(folder), offline=True)


def shorthands(found: Inspection) -> dict[str, int]:
    made = trained(found, training_run(TOKENS, found))
    assert made is not None
    return {one.denominator: one.flop for one in made.shorthands}


@pytest.mark.parametrize("source", ["sizes/deepseek_v41.json", "sizes/longcat_flash_ngram.json"])
def test_tables_multiply_nothing(tmp_path: Path, source: str) -> None:
    """What a token looks up is no product: the shorthand without tables comes out near the sum over all matrices."""
    found = inspected(tmp_path, source)
    made, flop = trained(found, training_run(TOKENS, found)), shorthands(found)
    assert made is not None and list(flop) == ["active.head-tables", "total.full-tables"]
    assert flop["active.head-tables"] == pytest.approx(made.low, rel=0.05)


def test_loops_are_counted_in_a_packet_too(tmp_path: Path) -> None:
    """Inkling-2-Mini: 4,886,573,568 uses of parameters a token, less the input embedding."""
    flop = shorthands(inspected(tmp_path, "recorded/inkling2_loop.json"))
    assert flop["executed.head"] == 6 * 4_886_573_568 * TOKENS
