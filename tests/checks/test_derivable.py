"""Which items of the checklist the files answer by themselves: none whose count is open, whatever the others are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from moeaudit.checks.status import COUNTED, FROM_ARCHITECTURE, FROM_FILES, derivable
from moeaudit.claims.checklist import BY_ID

ALWAYS = {"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A13", "A12", "R02", "G02"}
"""Sizes, experts, layers, side modules of a described model; stored bytes, precision and licence of its files."""

RESTS_ON = {
    "A01": {"total.full"}, "A02": {"total.body"}, "A03": {"active.full"}, "A05": {"routed_experts"},
    "A06": {"experts_per_token"}, "A07": {"shared_experts"}, "A08": {"moe_layers", "dense_layers"},
    "A09": {"experts_per_token"}, "R01": {"context_length"},
}  # fmt: skip
"""Item → the counts that its own title speaks of."""


def facts(open_one: str = "", *, summary: bool = True, routing: str = "top-8", context: int | None = 4096) -> Any:
    described = SimpleNamespace(routing=routing, context_length=context) if summary else None
    return SimpleNamespace(inspection=SimpleNamespace(summary=described), settled=lambda *names: open_one not in names)


def test_what_the_files_answer() -> None:
    assert set(derivable(facts())) == ALWAYS | {"A09", "R01"}
    assert set(derivable(facts(routing="", context=None))) == ALWAYS
    assert set(derivable(facts(summary=False))) == set(FROM_FILES) == {"A12", "R02", "G02"}
    assert set(derivable(SimpleNamespace(inspection=None))) == set()  # type: ignore[arg-type]
    assert FROM_ARCHITECTURE | FROM_FILES | COUNTED.keys() <= BY_ID.keys()


@pytest.mark.parametrize("name", sorted(set().union(*RESTS_ON.values())))
def test_what_rests_on_an_open_count_is_not_derived(name: str) -> None:
    lost = {item for item, names in RESTS_ON.items() if name in names}
    assert set(derivable(facts(name))) == (ALWAYS | {"A09", "R01"}) - lost
