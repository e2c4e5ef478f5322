"""What rules look at, and whether it is there: a rule whose needs are lacking is skipped, and that is said.

A rule states its needs (`Rule.needs`), so its check may take them for granted: no guard in a check, and no rule that
says nothing in silence because it saw nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moeaudit.checks.facts import Facts


class Need(StrEnum):
    """A part of the facts."""

    EVIDENCE = "evidence"
    CONFIG = "config"
    INDEX = "index"
    HEADERS = "headers"
    SIZES = "sizes"
    CARD = "card"
    CLAIM_FILE = "claim-file"
    STATEMENTS = "statements"


LACKING: Mapping[Need, str] = {
    Need.EVIDENCE: "no public files of the model were read",
    Need.CONFIG: "no config.json was read",
    Need.INDEX: "no weight index was read",
    Need.HEADERS: "no headers of weight files were read",
    Need.SIZES: "the sizes of the weight files are not known",
    Need.CARD: "no model card was given",
    Need.CLAIM_FILE: "no claim file was given",
    Need.STATEMENTS: "nothing is stated that could be held against anything",
}
"""What is said where it is not there."""

THERE: Mapping[Need, Callable[[Facts], bool]] = {
    Need.EVIDENCE: lambda facts: facts.inspection is not None,
    Need.CONFIG: lambda facts: facts.inspection is not None and facts.inspection.evidence.config is not None,
    Need.INDEX: lambda facts: facts.inspection is not None and facts.inspection.evidence.index is not None,
    Need.HEADERS: lambda facts: facts.inspection is not None and facts.inspection.evidence.headers is not None,
    Need.SIZES: lambda facts: facts.inspection is not None and bool(facts.inspection.evidence.shard_sizes),
    Need.CARD: lambda facts: bool(facts.cards),
    Need.CLAIM_FILE: lambda facts: bool(facts.claim_files),
    Need.STATEMENTS: lambda facts: bool(facts.statements),
}
"""How each is looked up."""


def lacking(needs: tuple[Need, ...], facts: Facts) -> Need | None:
    """The first need that is not there."""
    return next((need for need in needs if not THERE[need](facts)), None)
