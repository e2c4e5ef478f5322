"""The JSON packet: its schema, its way back, and what --verify finds."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from moeaudit.errors import UsageError
from moeaudit.reports.packet.document import read_packet, render
from moeaudit.reports.packet.inputs import Inputs, make
from moeaudit.reports.packet.verify import verify
from moeaudit.reports.schemas import schema_text
from tests.packet.samples import FRESH, closed, evidence, hostile, mixtral

CASES = {"mixtral": mixtral(gpus="2xH200"), "closed": closed(), "fresh": closed(FRESH), "hostile": hostile()}


def written(inputs: Inputs) -> dict[str, Any]:
    return dict(json.loads(render(make(inputs), inputs)))


@pytest.mark.parametrize("name", CASES)
def test_it_follows_its_schema(name: str) -> None:
    schema = json.loads(schema_text("packet"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(written(CASES[name]), schema)


@pytest.mark.parametrize("name", CASES)
def test_it_reads_back_and_verifies(name: str) -> None:
    text = render(make(CASES[name]), CASES[name])
    assert text == render(make(CASES[name]), CASES[name]) and text.isascii()
    content, inputs = read_packet(text.encode(), "packet.json")
    assert inputs == CASES[name]
    result = verify(content, inputs)
    assert result.changes == () and result.figures > 100


def test_a_changed_figure_is_named() -> None:
    content = written(CASES["mixtral"])
    content["denominators"][0]["amount"]["typical"] += 1
    content["claims"][1]["verdict"] = "reproduced"
    del content["questions"][0]
    _, inputs = read_packet(json.dumps(content).encode(), "packet.json")
    changed = {change.path for change in verify(content, inputs).changes}
    assert "denominators[total.full].amount.typical" in changed
    assert "claims[architecture.active_parameters].verdict" in changed
    assert any(path.startswith("questions[1]") for path in changed)


def test_changed_evidence_changes_every_figure_that_rests_on_it() -> None:
    content = written(CASES["mixtral"])
    content["inputs"]["evidence"] = content["inputs"]["evidence"].replace(
        '"num_local_experts": 8', '"num_local_experts": 16'
    )
    _, inputs = read_packet(json.dumps(content).encode(), "packet.json")
    changed = {change.path for change in verify(content, inputs).changes}
    assert {"summary.headline[total.full].typical", "appendix.inputs[evidence file].sha256"} <= changed


def test_evidence_read_anew_gives_the_same_packet() -> None:
    content = written(CASES["mixtral"])
    _, inputs = read_packet(json.dumps(content).encode(), "packet.json")
    assert verify(content, inputs, evidence()).changes == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.update(schema="moeaudit/packet/v9"), "not the schema of a packet"),
        (lambda content: content.pop("denominators"), "not a whole packet"),
        (lambda content: content["inputs"].update(claims="x"), "not a whole packet"),
        (lambda content: content["inputs"].update(evidence="{}"), "schema"),
    ],
)
def test_what_is_no_packet_is_one_clear_line(change: Any, message: str) -> None:
    content = written(CASES["mixtral"])
    change(content)
    with pytest.raises(UsageError, match=message):
        verify(*read_packet(json.dumps(content).encode(), "packet.json"))


@pytest.mark.parametrize(("place", "value", "says"), [
    (("persona",), "-1.5", "persona '-1.5' is not known"), (("persona",), "", "persona '' is not known"),
    (("asked", "context"), -1, "--context is -1"), (("asked", "context"), 0, "--context is 0"),
    (("asked", "context"), 10**30, "--context is 1e+30"), (("asked", "concurrency"), 2**32 + 1, "--concurrency is"),
    (("asked", "price"), -1.0, "--price is -1"),
])  # fmt: skip
def test_inputs_that_no_command_takes_are_refused(place: tuple[str, ...], value: object, says: str) -> None:
    """Found by tests/fuzz: the first ended in a KeyError, the others in figures of a negative work."""
    content = written(CASES["mixtral"])
    holder = content["inputs"]
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    with pytest.raises(UsageError, match=re.escape(says)):
        verify(*read_packet(json.dumps(content).encode(), "packet.json"))
