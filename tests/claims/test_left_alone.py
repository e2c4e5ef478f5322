"""What a card says of others, or nobody says; and forms that are rare: each read, or left alone, as written by hand."""

from __future__ import annotations

import pytest

from moeaudit.claims.card import read_card
from moeaudit.claims.catalogues import Record, read_catalogue
from moeaudit.claims.file import parse_claims
from moeaudit.errors import UsageError


def read(text: str, model: str = "org/Model-30B-A3B") -> list[tuple[str, str]]:
    return [(claim.path.split(".")[1], claim.printed) for claim in read_card(text, "README.md", model).claims]


@pytest.mark.parametrize(
    "text",
    [
        "> The model has 45B total parameters. — John Smith",
        '> "45B total parameters"\n> — a reader',
        "相比20B总参数",
        "versus 20B total parameters",
        "Against 45B total parameters of before",
        "Compared to 45B total parameters",
        "```\nTotal parameters: 45B\n```",
        "<!-- Total parameters: 45B -->",
    ],
)
def test_nothing_is_claimed(text: str) -> None:
    assert read(f"# Model-30B-A3B\n\n{text}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "## Model-30B-A3B vs Other-7B\n\nTotal parameters: 30B",
        "> Total parameters: 30B",
        "Total parameters: 30B",
        "- **Total parameters**: 30B",
        "| Total parameters | 30B |\n|---|---|",
    ],
)
def test_the_models_own_figure_is_claimed(text: str) -> None:
    assert read(f"# Model-30B-A3B\n\n{text}\n") == [("total_parameters", "30B")]


@pytest.mark.parametrize("front", ["- a\n- b", "just words", "42", "null", ""])
def test_front_matter_that_is_no_table_says_nothing(front: str) -> None:
    card = read_card(f"---\n{front}\n---\n# Model-30B-A3B\n\nTotal parameters: 30B\n", "README.md", "org/Model-30B-A3B")
    assert [(claim.path, claim.printed, claim.location.line) for claim in card.claims] == [
        ("architecture.total_parameters", "30B", 4 + front.count("\n") + 3 - 1 if front else 6)
    ]


def test_models_dev_with_a_table_in_a_line() -> None:
    """TOML may have a table in one line: the value stands there."""
    text = 'name = "Model 30B"\nopen_weights = true\nlimit = { context = 131_072, output = 8_192 }\n'
    records = [record for record in read_catalogue(text, "models/model.toml") if isinstance(record, Record)]
    claims = [claim for record in records for claim in record.claims if claim.path == "runtime.context_length"]
    assert [(str(claim.value), claim.location.file, claim.location.line) for claim in claims] == [
        ("131072", "models/model.toml", 3)
    ]


def test_an_unknown_key_is_said_before_other_problems() -> None:
    text = (
        "schema: moeaudit/claims/v1\nmodel: {id: a/b}\narchitecture:\n"
        "  active_parameters: {value: 3B, denominator: [x]}\n  totl_parameters: 30B\n"
    )
    with pytest.raises(UsageError) as caught:
        parse_claims(text, "a.claims.yaml")
    assert str(caught.value).startswith("a.claims.yaml:5:3: unknown key 'totl_parameters'")
    assert "total_parameters" in str(caught.value)


@pytest.mark.parametrize(
    ("between", "stated"),
    [("", True), ("alpha beta gamma ", True), ("alpha beta gamma delta ", False), ("alpha beta, gamma ", False)],
)
@pytest.mark.parametrize(
    "text", ["Its context supports {}128K.", "The context of a model such as this, long as it is, supports {}128K."]
)
def test_a_verb_reaches_over_three_words(between: str, stated: bool, text: str) -> None:
    """No noun stands beside the length: what is said of it is said by the verb before."""
    found = read(f"# Model-30B-A3B\n\n{text.format(between)}\n")
    assert found == ([("context_length", "128K")] if stated else [])


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("FineGrained Routing uses 8 experts per token.", ("experts_per_token", "8")),
        ("FineGrained routing uses 8 experts per token.", ("experts_per_token", "8")),
        ("YaRN Scaling extends the context to 128K tokens.", ("context_length", "128K")),
        ("MoE Layers have 128 experts.", ("routed_experts", "128")),
    ],
)
def test_what_a_technique_does_the_model_does(text: str, stated: tuple[str, str]) -> None:
    """A capital letter after a word that looks like a name makes no longer name of it."""
    assert read(f"# Model-30B-A3B\n\n{text}\n") == [stated]


@pytest.mark.parametrize(
    "text",
    [
        "As GPT-4 was, Llama-2-7B and Model-30B-A3B are sparse: 7B and 30B parameters respectively, with 128K context.",
        "Llama-2-7B and Model-30B-A3B have 7B and 30B parameters respectively, with 128K context, as GPT-4 has.",
    ],
)
def test_a_figure_that_stands_alone_is_not_given_out_in_turn(text: str) -> None:
    """Two names and two figures are; the one length is of both, and not of the one other name."""
    assert read(f"# Model-30B-A3B\n\n{text}\n") == [("total_parameters", "30B"), ("context_length", "128K")]
