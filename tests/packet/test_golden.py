"""The JSON of packets stays what it was, field for field; test_carried.py says that those of 0.1.0 still verify."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.reports.packet.document import document, read_packet
from moeaudit.reports.packet.inputs import make
from moeaudit.reports.packet.verify import verify
from tests.packet.golden import FILE, digests, written
from tests.packet.samples import mixtral
from tests.packet_pictures.samples import FLEETS

GOLDEN = json.loads(FILE.read_text("utf-8"))
MADE_BEFORE = sorted((Path(__file__).parent / "made_before").glob("*.json"))


@pytest.mark.parametrize("name", FLEETS)
def test_every_part_of_a_packet_is_what_it_was(name: str) -> None:
    found = digests(written(name))
    assert {path: found.get(path, "") for path in GOLDEN[name]} == GOLDEN[name]
    assert list(found) == list(GOLDEN[name])


@pytest.mark.parametrize("path", MADE_BEFORE, ids=lambda path: path.name)
def test_a_doctored_packet_of_the_first_version_does_not(path: Path) -> None:
    content, inputs = read_packet(path.read_bytes(), path.name)
    content["questions"][0]["text"] += "?"
    assert [change.path for change in verify(content, inputs).changes] == ["questions[1].text"]


def test_estimates_of_another_version_are_told_apart() -> None:
    """Engines are measured anew from version to version. A count that differs is a change all the same."""
    path = next(one for one in MADE_BEFORE if one.name.startswith("mixtral-0.1.0"))
    content, inputs = read_packet(path.read_bytes(), path.name)
    found = verify(content, inputs)
    assert found.estimates > 10
    assert not found.changes
    content["denominators"][0]["amount"]["typical"] += 1
    content["estimates"]["figures"][0]["typical"] += 1
    assert [change.path.partition("[")[0] for change in verify(content, inputs).changes] == ["denominators"]


def test_estimates_of_this_version_are_held() -> None:
    inputs = mixtral(gpus="2xH200")
    content = json.loads(json.dumps(document(make(inputs), inputs)))
    content["estimates"]["figures"][0]["typical"] += 1
    assert [change.path for change in verify(content, inputs).changes] == [
        f"estimates.figures[{content['estimates']['figures'][0]['name']}].typical"
    ]
