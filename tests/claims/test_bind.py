"""Figures beside each other in one sentence: parts, products, fractions, sums, groups, people."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.bind import bind
from moeaudit.claims.card.marks import mark
from moeaudit.claims.card.subject import Subject

TOTAL, ACTIVE, ROUTED, CHOSEN = "total_parameters", "active_parameters", "routed_experts", "experts_per_token"


def stated(text: str) -> list[str | None]:
    found = bind(mark(text, Subject("org/Model").mentions(text)))
    return [one.row.path.rpartition(".")[2] if one.row else None for one in found]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        # the clause's subject is a part of the model
        ("The attention holds 6B parameters.", [None]),
        ("The experts hold 6B parameters.", [None]),
        ("The layers hold 6B parameters.", [None]),
        ("The experts hold it: 6B parameters.", [TOTAL]),
        ("Each expert has 44M parameters.", [None]),
        ("The model holds 6B parameters.", [TOTAL]),
        ("The tokenizer was trained on 40B tokens.", [None]),
        ("The model was trained on 40B tokens.", ["training_tokens"]),
        # a share; one alone
        ("It has 8 % experts.", [None]),
        ("It has one expert.", [None]),
        ("It has one shared expert.", ["shared_experts"]),
        ("It has two experts.", [ROUTED]),
        # the second of two behind a stroke
        ("It uses 8/256 experts.", [CHOSEN, ROUTED]),
        # the same again in brackets, or a part of it
        ("It has 720B parameters (720B).", [TOTAL, TOTAL]),
        ("It has 1.4B active parameters (non-embedding 789M).", [ACTIVE, "active_non_embedding_parameters"]),
        ("It has 197B parameters (196B + 1B).", [TOTAL, None, None]),
        # a sum of two others
        ("It has 8 routed plus 1 shared experts (9 experts in total).", [ROUTED, "shared_experts", None]),
        ("It has 8 routed plus 1 shared experts (10 experts in total).", [ROUTED, "shared_experts", ROUTED]),
        # the fewer routed ones are those of a token
        ("It has 256 experts (8 routed + 1 shared per token).", [ROUTED, CHOSEN, "shared_experts"]),
        ("It has 256 experts (128 routed).", [ROUTED, CHOSEN]),
        ("It has 256 experts (129 routed).", [ROUTED, ROUTED]),
        ("It has 256 experts, 8 routed experts.", [ROUTED, ROUTED]),
        # of several counts of layers the largest
        ("It has 48 layers in blocks of 24 layers.", ["layers", None]),
        ("It has 48 layers in blocks of 25 layers.", ["layers", "layers"]),
        # people
        ("It has 256 experts in law reviewed by humans.", [None]),
        ("It has 256 experts.", [ROUTED]),
    ],
)
def test_figures_beside_each_other(text: str, fields: list[str | None]) -> None:
    assert stated(text) == fields
