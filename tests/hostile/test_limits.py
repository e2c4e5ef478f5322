"""Every limit one below, at, and one above: only above it is anything held back, in a line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.limits import every
from tests.hostile.edges import CUT, edges

EDGES = edges()


def test_every_limit_is_tried() -> None:
    assert list(EDGES.keys() ^ every().keys()) == []


@pytest.mark.parametrize("name", every())
def test_only_what_is_above_is_held_back(name: str, tmp_path: Path) -> None:
    limit, edge = every()[name], EDGES[name]
    said = []
    for count in (limit - 1, int(limit), limit + 1):
        (folder := tmp_path / str(count)).mkdir()
        said.append(edge(count, folder))
    assert said[:2] == ["", ""]
    assert limit.words() in said[2] if limit.says else said[2]
    assert said[2] == CUT or len(said[2]) <= 300


@pytest.mark.parametrize("name", every())
def test_each_says_what_it_is_for(name: str) -> None:
    limit = every()[name]
    assert limit > 0 and limit.unit and limit.why, name
    assert not limit.says or limit.words() != limit.says or "{}" not in limit.says
