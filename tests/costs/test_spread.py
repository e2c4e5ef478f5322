"""How a weight is spread over devices: how many experts its tensors hold, numbered or stacked."""

from __future__ import annotations

import pytest

from moeaudit.architecture.blocks import Experts
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.costs.placement import Rule, _rule
from moeaudit.vocabulary import Component

EXPERTS = Experts(64, 32, 8, 2)
ROUTED, SPREAD = Component.ROUTED_EXPERTS, Sharding.EXPERTS


@pytest.mark.parametrize(
    ("index", "shape", "block", "experts"),
    [
        ((range(3), range(8)), (32, 64), EXPERTS, 8),  # numbered, in three layers
        ((range(3), range(8)), (32, 64), None, 8),
        ((range(3),), (8, 32, 64), EXPERTS, 8),  # stacked: the first axis
        ((range(8),), (32, 64), None, 8),  # numbered, of one layer
    ],
)
def test_experts_of_a_row(
    index: tuple[range, ...], shape: tuple[int, ...], block: Experts | None, experts: int
) -> None:
    weight = Weight("w", shape, ROUTED, index=index, sharding=SPREAD)
    sizes = (block.hidden, block.width) if block is not None else (0, 0)
    assert _rule(weight, block) == Rule(ROUTED, SPREAD, 0, experts, *sizes)


def test_what_is_not_spread_by_experts_has_none() -> None:
    weight = Weight("w", (64, 64), Component.ATTENTION, index=(range(3),), sharding=Sharding.REPLICATED, pieces=4)
    assert _rule(weight, EXPERTS) == Rule(Component.ATTENTION, Sharding.REPLICATED, 4)
