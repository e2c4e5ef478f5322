"""Each cause of doubt is one rule; what it says is one finding, with its cost and the depth that settles it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeaudit.checks.causes import CAUSES
from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Finding, Outcome, Severity
from moeaudit.checks.registry import RULES, run
from moeaudit.evidence.model import Depth
from moeaudit.ledger.doubts import Cause, Doubt
from tests.checks.world import inspection_of

ERRORS = {"weights-missing", "weights-shapes", "experts-missing", "weights-bytes", "files-forgotten"}
NOTES = {
    "stored-unpacked",
    "stored-packed",
    "stored-dtype",
    "weights-relaid",
    "packing-assumed",
    "packing-misdeclared",
    "files-second-copy",
    "files-only-copy",
    "files-sidecar",
}


def found(*doubts: Doubt, missing_shards: tuple[str, ...] = ()) -> list[Finding]:
    """What the rules of causes say about a tiny model with these doubts."""
    seen = inspection_of("tiny")
    evidence = replace(seen.evidence, missing_shards=missing_shards)
    inspection = replace(seen, evidence=evidence, account=replace(seen.account, doubts=doubts))
    return list(run(Facts(inspection), rules=CAUSES))


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_exactly_one_rule(cause: Cause) -> None:
    assert [rule.id for rule in CAUSES].count(cause.value) == 1
    assert RULES[cause.value] in CAUSES


def test_every_rule_of_causes_is_a_cause() -> None:
    assert [rule.id for rule in CAUSES] == [cause.value for cause in Cause]


@pytest.mark.parametrize("cause", Cause)
def test_a_cause_is_one_finding_as_grave_as_its_rule(cause: Cause) -> None:
    [one] = found(Doubt(cause, "something is odd", claimed="one thing", derived="another"))
    expected = Severity.ERROR if cause in ERRORS else Severity.NOTE if cause in NOTES else Severity.WARNING
    assert (one.rule, one.severity, one.message) == (cause.value, expected, "something is odd")


def test_an_index_without_total_size_proves_nothing_wrong() -> None:
    [one] = found(Doubt(Cause.WEIGHTS_BYTES, "the index states no total_size", open=9, settled_by=Depth.HEADERS))
    assert (one.severity, one.outcome) == (Severity.NOTE, Outcome.UNVERIFIABLE)


def test_an_assumption_that_moves_a_count_is_a_warning() -> None:
    [one] = found(Doubt(Cause.PACKING_ASSUMED, "4 bits assumed", open=9))
    assert one.severity is Severity.WARNING


def test_a_finding_says_the_cost_and_the_way_out() -> None:
    [one] = found(Doubt(Cause.WEIGHTS_BYTES, "bytes differ", open=1234, settled_by=Depth.HEADERS, claimed="x"))
    assert one.message == "bytes differ (1,234 parameters are open; --depth headers would settle it)"


def test_many_doubts_of_one_cause_are_one_finding() -> None:
    doubts = [Doubt(Cause.PACKING_ORPHAN, f"scale {number} is alone", open=2) for number in range(16)]
    [one] = found(*doubts)
    assert one.message == (
        "scale 0 is alone; scale 1 is alone; scale 2 is alone; and 13 more like it (32 parameters are open)"
    )


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("", "model.safetensors"),
        ("torch_dtype", "config.json"),
        ("quantization_config.ignore", "config.json"),
        ("metadata.total_size", "model.safetensors"),
    ],
)
def test_a_finding_stands_in_the_file_that_it_is_about(path: str, file: str) -> None:
    [one] = found(Doubt(Cause.DTYPE_CONTRADICTS, "F32, not BF16", path=path))
    assert one.place is not None
    assert (one.place.file, one.place.path) == (file, path or None)


def test_missing_shards_are_to_be_fetched() -> None:
    [one] = found(Doubt(Cause.WEIGHTS_MISSING, "3 tensors are missing"), missing_shards=("model-2.safetensors", "x"))
    assert one.tip.startswith("Fetch what is missing: model-2.safetensors and 1 more")


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause.name.startswith("FILES_")])
def test_nobody_is_told_to_delete_a_file(cause: Cause) -> None:
    """The only copy of a prediction module was once called a second copy, to be removed."""
    text = f"{RULES[cause.value].fix} {found(Doubt(cause, 'a file'))[0].tip}".lower()
    assert not any(word in text for word in ("remove", "delete", "drop"))
