"""What one token uses of a family that nobody knows: as its config says, and a range where it says nothing usable."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.evidence.model import Evidence, JsonFile, ModelRef, Source
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.packing import pack
from moeaudit.ledger.values import Count, Range
from tests.ledger.packing.checkpoints import SMALL, parameters, stored_weights, table_of

TOTAL = parameters(stored_weights(SMALL))
EXPERT = 3 * 3 * 128 * 256
"""One expert of each of three layers: gate, up and down of 128 × 256."""


def inspected(**fields: Any) -> Inspection:
    config = {**SMALL, "model_type": "nobody_knows", **fields}
    return inspect_evidence(
        Evidence(
            ModelRef("org/model", Source.FOLDER),
            JsonFile("config.json", config),
            headers=table_of(pack(stored_weights(SMALL), SMALL)),
        )
    )


def test_the_configs_own_number() -> None:
    assert inspected().denominators["active.full"] == Count(TOTAL - 2 * EXPERT)


@pytest.mark.parametrize(
    ("value", "reason", "rules"),
    [
        (None, "no field", []),
        (99, "99 experts per token, and there are 4", []),
        ("lots", "no field", ["config-unusable"]),
        ([2, 2, 2], "no field", ["config-unusable"]),
    ],
)
def test_a_range_where_it_says_nothing_usable(value: Any, reason: str, rules: list[str]) -> None:
    inspection = inspected(num_experts_per_tok=value)
    active = inspection.denominators["active.full"]
    assert isinstance(active, Range) and reason in active.reason
    assert active.bounds == (TOTAL - 3 * EXPERT, TOTAL)
    assert inspection.denominators["total.full"] == Count(TOTAL)
    assert [notice.rule for notice in inspection.notices] == rules


def test_two_names_that_contradict_each_other_are_a_notice() -> None:
    assert [notice.rule for notice in inspected(moe_topk=3).notices] == ["config-aliases-contradict"]
