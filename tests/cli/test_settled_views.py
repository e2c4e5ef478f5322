"""Every view says what its counts rest on, marks what rests on less, and says the cost of what is open."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from moeaudit.checks.audit import audit
from moeaudit.checks.facts import Facts
from moeaudit.checks.registry import run
from moeaudit.checks.settlement import settlement
from moeaudit.costs.asked import served_model
from moeaudit.costs.estimate import estimate as work_out
from moeaudit.costs.fleet import short_fleet
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent
from moeaudit.reports import (
    check_json,
    draft,
    estimate_json,
    inspection_json,
)
from moeaudit.reports.inspected import Inspected, views
from moeaudit.reports.packet.bom.facts import facts as bill
from moeaudit.reports.packet.inputs import Inputs, make, with_evidence
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.writers.templates import Templates
from moeaudit.vocabulary import BASIS_TEXT, Basis
from tests.checks.world import inspection_of
from tests.cli.samples import CommandLine
from tests.cli_check.samples import as_comment, as_text
from tests.documents.read_back import MEDIA, Medium
from tests.estimates.pages import said
from tests.packet import pages

SCHEMAS = Path(__file__).parents[2] / "schemas"

BLOBS: dict[str, Any] = {
    "headers": True,
    "drop": "q_proj",
    "add": {f"model.layers.{number}.self_attn.q_proj.blob": ["U8", [2048]] for number in (0, 1)},
    "config": {"quantization_config": {"quant_method": "own-format"}},
}
"""The tiny Mixtral (87,360 parameters) whose query matrices are stored in a format that nobody knows."""

STALE: dict[str, Any] = {"index": {"total_size": 174_000}}
"""The same with an index whose bytes do not fit the config's shapes."""


def seen(changes: dict[str, Any] | None = None) -> Inspection:
    return inspection_of("tiny", changes)


def text(inspection: Inspection) -> str:
    """Everything that the text view says."""
    made = views(Inspected(inspection, tuple(run(Facts(inspection)))), everything=True)["text"]()
    assert isinstance(made, str)
    return " ".join(made.split())


def packet(inspection: Inspection) -> Packet:
    return make(with_evidence(Inputs(""), inspection.evidence))


@pytest.mark.parametrize(
    ("changes", "basis", "words"),
    [
        ({}, "predicted", "predicted: config.json alone"),
        ({"index": {}}, "matched", "matched: names and bytes of the index, shapes of config.json"),
        ({"headers": True}, "read", "read from the headers"),
        (STALE, "predicted", "predicted: shapes of config.json, which the weights do not confirm"),
        (BLOBS, "assumed", "assumed: storage, names or defaults that are not known"),
    ],
    ids=["config", "index", "headers", "stale index", "unknown storage"],
)
def test_what_counts_rest_on(changes: dict[str, Any], basis: str, words: str) -> None:
    inspection = seen(changes)
    found = settlement(inspection)
    assert (found.basis.value, found.words) == (basis, words)
    assert f"rests on {words}" in text(inspection)
    assert bool(found.open) is (changes in (STALE, BLOBS))


def test_only_what_was_read_or_matched_is_said_by_the_weights() -> None:
    assert "by the weights witness, the weakest of them read" in text(seen({"headers": True}))
    assert "by the weights witness, the weakest of them matched" in text(seen({"index": {}}))
    for changes in ({}, STALE, BLOBS):
        assert "by the weights witness" not in text(seen(changes))


def test_an_open_count_is_marked_with_its_cost_and_way_out() -> None:
    shown = text(seen(STALE))
    assert "open 360 parameters are open; --depth headers would settle it" in shown
    assert re.search(r"total\.full 87\.36K 87,360 (█+. )?360 parameters open", shown)
    assert "error weights-bytes" in shown


def test_a_settled_account_is_not_marked() -> None:
    shown = text(seen({"headers": True}))
    assert " open" not in shown and "Where a row says nothing else, a count is read." in shown


def test_json_carries_basis_and_settlement() -> None:
    inspection = seen(STALE)
    document = json.loads(inspection_json.render(inspection, ()))
    jsonschema.validate(document, json.loads((SCHEMAS / "inspection.schema.json").read_text()))
    assert document["denominators"]["total.full"] == {"value": 87_360, "basis": "predicted", "open": 360}
    assert document["settlement"] | {"basis": "predicted", "open": 360, "needs": "headers"} == document["settlement"]
    [doubt] = document["settlement"]["doubts"]
    assert (doubt["cause"], doubt["open"], doubt["settled_by"]) == ("weights-bytes", 360, "headers")


def test_a_settled_value_has_no_open_field() -> None:
    document = json.loads(inspection_json.render(seen({"headers": True}), ()))
    assert document["denominators"]["total.full"] == {"value": 87_360, "basis": "read"}
    assert document["settlement"] == {"basis": "read", "open": 0, "needs": None, "doubts": []}


def test_a_check_says_what_it_holds_claims_against() -> None:
    checked = audit("example/tiny", ["README.md"], Facts(seen(STALE)))
    words = "predicted: shapes of config.json, which the weights do not confirm"
    assert words in " ".join(as_text(checked).split())
    assert f"| Counts rest on | {words}; 360 parameters are open" in as_comment(checked)
    document = json.loads(check_json.render([checked]))
    jsonschema.validate(document, json.loads((SCHEMAS / "check.schema.json").read_text()))
    assert document["models"][0]["settlement"]["open"] == 360


def test_a_check_without_evidence_rests_on_nothing() -> None:
    checked = audit("acme/closed", ["README.md"], Facts(None))
    assert "rests on" not in as_text(checked) and "rest on" not in as_comment(checked)
    assert json.loads(check_json.render([checked]))["models"][0]["settlement"] is None


def test_a_packet_carries_the_basis_beside_every_denominator() -> None:
    inspection = seen(STALE)
    made = packet(inspection)
    for one in made.denominators:
        value = inspection.denominators[one.id]
        if not isinstance(value, Absent):
            assert (one.amount.basis, one.amount.open) == (value.basis.value, value.open)
    assert made.architecture.witness == "config", "the weights confirm nothing"
    assert made.architecture.settlement is not None
    assert [one.cause for one in made.architecture.settlement.doubts] == [Cause.WEIGHTS_BYTES.value]
    assert made.summary.left_open == "360 parameters are open; --depth headers would settle it"


@pytest.mark.parametrize("medium", MEDIA, ids=lambda one: one.name)
def test_every_writer_says_the_basis(medium: Medium) -> None:
    shown = " ".join(medium.read(pages.document(packet(seen(STALE))), Templates()).split())
    assert "which the weights do not confirm; 360 parameters are open" in shown
    assert "Where a row says nothing else, a count is predicted." in shown
    assert shown.count("360 parameters open") > 10, "a row each"


def test_the_bill_of_materials_carries_it_too() -> None:
    found = dict(bill(packet(seen(STALE))))
    assert found["moeaudit:denominator:total.full:basis"] == "predicted"
    assert found["moeaudit:denominator:total.full:open"] == "360"


def test_a_draft_puts_no_unsettled_figure_in() -> None:
    settled, open = (draft.render(seen(changes), (), "example/tiny") for changes in ({"headers": True}, STALE))
    assert "  total_parameters:\n    value: 87360" in settled
    assert "total_parameters:\n    value" not in open
    assert "# not settled: 87360 (total.full) by the files, 360 parameters are open" in open


def test_no_total_stands_twice_where_the_witnesses_disagree() -> None:
    """What was fetched of a release stood beside the config's total as that same total."""
    shown = text(
        seen({"headers": True, "drop": r"layers\.1\.", "missing_shards": ["model-00002-of-00002.safetensors"]})
    )
    sides = shown.partition("Where the witnesses disagree")[2].partition("missing")[0]
    numbers = re.findall(r"[\d,]{5,}", sides)
    assert "87,360" in numbers
    assert len(numbers) == len(set(numbers)) == 2


def test_bytes_are_not_said_to_agree_where_nothing_confirms_them() -> None:
    inspection = seen({"headers": True})
    assert "0 bytes apart" in text(inspection)
    values = {
        name: value if isinstance(value, Absent) else replace(value, basis=Basis.PREDICTED)
        for name, value in inspection.denominators.items()
    }
    assert "0 bytes apart" not in text(replace(inspection, denominators=values))


def test_an_unusable_config_is_said_as_that() -> None:
    shown = text(seen({"headers": True, "config": {"num_experts_per_tok": 5}}))
    assert "config.json could not be used. What follows is read off the names of its tensors" in shown
    assert "family is not known" not in shown


SILENT: dict[str, Any] = {"config": {"num_experts_per_tok": None, "num_experts": None}}
"""Qwen3-30B whose config states neither number; the family's defaults are 8 and 128."""

ASSUMED = "(assumed: config.json does not state num_experts_per_tok)"


def silent() -> Inspection:
    return inspection_of("qwen3-30b", SILENT)


def test_the_text_says_what_nobody_states() -> None:
    shown = text(silent())
    assert "128 (assumed: config.json does not state num_experts) experts, a token uses 8 " + ASSUMED in shown


def test_a_packet_says_what_nobody_states() -> None:
    made = packet(silent())
    assert {one.name: one.value for one in made.architecture.facts}["experts_per_token"] == f"8 {ASSUMED}"
    items = {item.id: item.status for group in made.checklist for item in group.items}
    assert {items[name] for name in ("A02", "A05", "A06", "A09")} == {"missing"}, "nothing of it is derived"


@pytest.mark.parametrize("medium", MEDIA, ids=lambda one: one.name)
def test_every_writer_says_what_nobody_states(medium: Medium) -> None:
    shown = " ".join(medium.read(pages.document(packet(silent())), Templates()).split())
    assert "128 (assumed: config.json does not state num_experts) routed experts" in shown
    assert f"8 {ASSUMED} per token" in shown


def test_json_says_what_nobody_states() -> None:
    document = json.loads(inspection_json.render(silent(), ()))
    jsonschema.validate(document, json.loads((SCHEMAS / "inspection.schema.json").read_text()))
    assert document["architecture"]["unstated"]["experts_per_token"] == "num_experts_per_tok"


def test_a_draft_takes_no_default_for_a_fact_of_the_files() -> None:
    written = draft.render(silent(), (), "example/tiny")
    facts = yaml.safe_load(written)["architecture"]
    left_out = {"routed_experts", "experts_per_token", "total_parameters", "active_parameters", "routing"}
    assert not left_out & set(facts)
    assert "stored_capacity" not in facts, "bytes at shapes that rest on the default"
    told = "not settled: 8 by the family's default, config.json does not state num_experts_per_tok; 8 is assumed"
    assert told in written.replace("\n  # ", " ")
    assert "parameters are open: \n" not in written


@pytest.mark.parametrize("word", ["basis", "settled", *(basis.value for basis in BASIS_TEXT), *Cause])
def test_every_word_of_it_is_explained(cli: CommandLine, word: str) -> None:
    shown = cli("explain", word)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(f"{word} (")


def estimated(inspection: Inspection) -> tuple[dict[str, Any], str]:
    """The estimate on one small fleet: as JSON, and as text."""
    found, rests_on = work_out(served_model(inspection), short_fleet("1xH200")), settlement(inspection)
    document = estimate_json.document(found, rests_on)
    jsonschema.validate(document, json.loads((SCHEMAS / "estimate.schema.json").read_text()))
    return document, said(found, rests_on=rests_on)


def test_an_estimate_carries_what_it_rests_on() -> None:
    document, shown = estimated(seen(STALE))
    assert document["storage"] == {"basis": "predicted", "open": 360, "needs": "headers"}
    assert "Not settled: 360 parameters are open; --depth headers would settle it" in shown


def test_a_settled_estimate_has_nothing_open() -> None:
    document, shown = estimated(seen({"headers": True}))
    assert document["storage"] == {"basis": "read", "open": 0, "needs": None}
    assert "Counts rest on read from the headers" in shown and "ot settled" not in shown
