"""The common fleets of a first answer: their memory is the catalogue's, and what they are said to have room for fits by
the whole estimate."""

from __future__ import annotations

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.costs.asked import served_model
from moeaudit.costs.common import FLEETS, FULL, with_room
from moeaudit.costs.fleet import short_fleet
from moeaudit.costs.search import search
from moeaudit.ledger.on_disk import size_of
from tests.cli.test_inspect import FIXTURES, SPECS


@pytest.mark.parametrize("one", FLEETS, ids=lambda one: one.gpus)
def test_their_memory_is_that_of_the_catalogue(one: object) -> None:
    known = short_fleet(one.gpus)  # type: ignore[attr-defined]
    assert known.devices == one.devices  # type: ignore[attr-defined]
    assert known.devices * known.device.memory_bytes == pytest.approx(one.bytes, rel=1e-9)  # type: ignore[attr-defined]


def test_the_smallest_with_room_is_named() -> None:
    assert [one.bytes for one in FLEETS] == sorted(one.bytes for one in FLEETS)
    for before, one in zip((None, *FLEETS), FLEETS, strict=False):
        most = int(FULL * one.bytes)
        assert with_room(most) is one
        assert before is None or with_room(int(FULL * before.bytes) + 1) is one
    assert with_room(int(FULL * FLEETS[-1].bytes) + 1) is None
    assert with_room(0) is FLEETS[0]


def test_what_has_room_fits_by_the_estimate() -> None:
    """Weights, the engine's own needs and a request of 8,192 tokens, as `moeaudit estimate` lays them out."""
    tried = []
    for name in (*FIXTURES, *SPECS):
        found = inspect(name, offline=True)
        size = size_of(found)
        fleet = with_room(size.bytes) if size is not None else None
        if fleet is None or found.architecture is None:
            continue
        best = search(served_model(found), short_fleet(fleet.gpus))[0]
        assert best.fits, f"{name} on {fleet.gpus}: {best.short:,} bytes short"
        tried.append(name)
    assert len(tried) > 35
