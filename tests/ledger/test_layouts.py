"""Storage × layout × prefix × depth for twelve families: every count is the truth, or says that it is not settled.

44,064 combinations; one in seventeen of them by default (2,592), all with MOEAUDIT_EXAMPLES=100 or more. The truth is
summed by hand over what the release stores, which `conversions.py` lays out and renames and `writers.py` packs, by
their own rules. Where headers are read and what they list is understood, every count is exact, `read`, and the sides
agree.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import count
from typing import Any

import pytest

from moeaudit.architecture.weights import Weight
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent, Count, Value
from moeaudit.vocabulary import Basis
from tests.ledger.conversions import JOINS, LAYOUTS, PREFIXES, UNGATED, banks, moved, relaid
from tests.ledger.releases import FAMILIES, Family, Truth, evidence_of, release, truth
from tests.ledger.writers import PACKINGS, can_store, packed

STRIDE = 1 if int(os.environ.get("MOEAUDIT_EXAMPLES", "12")) >= 100 else 17
"""One in so many; prime, so that every pair of choices is met."""

JOINED = ("numbered", "stacked", "switch_mlp")
"""Layouts with which joined matrices are tried too."""

DEPTHS = ("headers", "index", "index without total_size")

SURE = (Basis.READ, Basis.MATCHED)


def is_true(value: Value, true: Fraction) -> bool:
    return isinstance(value, Count) and abs(value.value - true) < 1


def is_marked(value: Value) -> bool:
    """Whether a reader is told that the value is not settled. "Dense" is an answer, not a mark."""
    if isinstance(value, Absent):
        return not value.reason.startswith(("dense", "no prediction", "no vision"))
    return value.open > 0 or value.basis not in SURE


def wrong_and_unmarked(inspection: Inspection, true: Truth) -> list[str]:
    """The law: no value that is wrong goes unmarked."""
    return [
        f"{name} = {inspection.denominators[name]} instead of {int(wanted)}"
        for name, wanted in true.values.items()
        if not (wanted == 0 and isinstance(inspection.denominators[name], Absent))
        and not is_true(inspection.denominators[name], wanted)
        and not is_marked(inspection.denominators[name])
    ]


def not_read(inspection: Inspection, true: Truth, sure: tuple[Basis, ...] = (Basis.READ,)) -> list[str]:
    """What is not exact and settled, although headers are there and the format is understood, or nothing deeper is
    asked for."""
    found = [] if inspection.agreement.verdict == "agree" else [f"verdict {inspection.agreement.verdict}"]
    for name, wanted in true.values.items():
        value = inspection.denominators[name]
        if wanted == 0 and isinstance(value, Absent):
            continue
        if not is_true(value, wanted):
            found.append(f"{name} = {value} instead of {int(wanted)}")
        elif value.basis not in sure or value.open:
            found.append(f"{name} is {value.basis}, {value.open} open")
    return found


@dataclass(frozen=True)
class Combination:
    layout: str
    join: str
    prefix: str
    packing: str
    depth: str

    def __str__(self) -> str:
        return " · ".join((self.layout, self.join, self.prefix, self.packing, self.depth))


@cache
def laid(model_type: str, layout: str, join: str) -> list[Weight]:
    """The family's release with its experts laid out and its matrices joined so."""
    family = FAMILIES[model_type]
    weights = release(family, family.config)
    return JOINS[join](relaid(weights, {**LAYOUTS, **UNGATED}[layout], family, family.config))


def combinations(family: Family) -> Iterator[Combination]:
    """All that this family can be laid out, joined, moved and packed as."""
    each = banks(release(family, family.config), family, family.config)
    layouts = [name for name in LAYOUTS if name != "flat" or not any(bank.biased for bank in each)]
    layouts += [] if any(bank.gated for bank in each) else list(UNGATED)
    for layout in layouts:
        for join in JOINS if layout in JOINED else ("apart",):
            apart, joined = (len(laid(family.model_type, layout, one)) for one in ("apart", join))
            if join != "apart" and joined == apart:
                continue  # the family has no such matrices
            for prefix in PREFIXES:
                for packing in PACKINGS:
                    if can_store(PACKINGS[packing], layout):
                        yield from (Combination(layout, join, prefix, packing, depth) for depth in DEPTHS)


def read(family: Family, config: Mapping[str, Any], one: Combination) -> Inspection:
    """The release in this combination, read to its depth."""
    weights = moved(laid(family.model_type, one.layout, one.join), PREFIXES[one.prefix], family.root)
    packing = PACKINGS[one.packing]
    table = packed(weights, packing)
    evidence = evidence_of(packing.config(config), table, total_size=None if one.depth == DEPTHS[2] else table.bytes)
    return inspect_evidence(evidence if one.depth == "headers" else replace(evidence, headers=None))


def faults(inspection: Inspection, true: Truth, one: Combination) -> list[str]:
    """What a combination gets wrong: see the head of this file."""
    if found := wrong_and_unmarked(inspection, true):
        return found
    if one.depth == "headers":
        packing = PACKINGS[one.packing]
        told = packing.understood and not (packing.fills_up and one.join != "apart")
        return not_read(inspection, true) if told else []
    return not_read(inspection, true, SURE) if inspection.account.needs is None else []


@pytest.mark.parametrize("model_type", FAMILIES)
def test_no_value_is_wrong_and_unmarked(model_type: str, record_property: pytest.RecordProperty) -> None:
    family = FAMILIES[model_type]
    config = family.config
    share = Fraction(family.stated(family.selected, config), family.stated(family.experts, config))
    true = truth(release(family, config), share)
    read_so_far, found = count(), []
    for place, one in enumerate(combinations(family)):
        if place % STRIDE == 0:
            next(read_so_far)
            found += [f"{one}: {fault}" for fault in faults(read(family, config, one), true, one)[:1]]
    combinations_read = next(read_so_far)
    record_property("combinations", combinations_read)
    assert not found, f"{len(found)} of {combinations_read}:\n" + "\n".join(found[:20])
    assert combinations_read * STRIDE > 2800
