"""The JSON packet: its schema, its way back, and what --verify finds."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from moeaudit.errors import UsageError
from moeaudit.limits import CARD_LINES
from moeaudit.reports.packet.document import read_packet, render
from moeaudit.reports.packet.inputs import Inputs, Text, make
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


def doctored(change: Callable[[dict[str, Any]], object]) -> tuple[set[str], int]:
    """What is said of a packet that somebody changed: the paths of changes, and how many values are not held."""
    content = written(CASES["mixtral"])
    change(content)
    result = verify(*read_packet(json.dumps(content).encode(), "packet.json"))
    return {change.path for change in result.changes}, result.unheld


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda content: content.update(total=46_702_792_704), "total"),
        (lambda content: content["denominators"][0]["amount"].pop("low"), "denominators[total.full].amount.low"),
        (lambda content: content["summary"].pop("agreement"), "summary.agreement"),
        (lambda content: content.update(architecture={}), "architecture.layers"),
        (lambda content: content["architecture"].pop("agreement"), "architecture.agreement"),
        (lambda content: content["subject"].update(recorded=int(content["subject"]["recorded"])), "subject.recorded"),
    ],
)
def test_what_is_taken_out_or_put_in_is_a_change(change: Callable[[dict[str, Any]], object], path: str) -> None:
    changed, unheld = doctored(change)
    assert any(one.startswith(path) for one in changed) and unheld == 0


def test_what_another_version_did_not_write_is_no_change_but_is_counted() -> None:
    def older(content: dict[str, Any]) -> None:
        content["appendix"]["version"] = "0.0.9"
        content["architecture"] = {}

    changed, unheld = doctored(older)
    assert changed == set() and unheld > 10
    whole = verify(*read_packet(json.dumps(written(CASES["mixtral"])).encode(), "packet.json"))
    content = written(CASES["mixtral"])
    older(content)
    assert verify(*read_packet(json.dumps(content).encode(), "packet.json")).figures == whole.figures - unheld


def test_a_place_at_a_limit_goes_into_a_packet() -> None:
    """The notice that a card is read up to its 10,000th line names that line by the limit itself."""
    inputs = replace(CASES["mixtral"], cards=(Text("README.md", "\n" * 10_001),))
    placed = [one["place"]["line"] for one in written(inputs)["findings"] if one["place"]]
    assert 10_000 in placed
    assert pickle.loads(pickle.dumps(CARD_LINES)) == 10_000
