"""A Hub that fails now and then, and processes that are killed now and then: the same report, and nothing half kept.

The long runs are commands: `python -m tests.faults.chance 100` and `python -m tests.faults.herd 10`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.chance import unlucky
from tests.faults.herd import rounds
from tests.faults.playing import Good, Theatre
from tests.faults.stage import good_repo
from tests.hub.server import LoopbackHub


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_a_hub_that_fails_one_time_in_five(
    seed: int, hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hub.add(good_repo())
    theatre = Theatre(hub, monkeypatch, capsys, tmp_path)
    good = Good.of(theatre)
    hub.twist("", unlucky(seed))
    outcome = theatre.play()
    assert (outcome.code, outcome.out, outcome.err) == (0, good.out, "")
    assert outcome.kept == good.kept


def test_six_processes_and_half_of_them_killed() -> None:
    (one,) = rounds(1, together=6)
    assert one.killed > 0 and one.survived >= 3
    assert (one.same, one.wrong, one.after, one.offline) == (one.survived, (), True, True)
