"""Claims from model cards, measured on twenty labelled cards in the style of real ones."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.claims.card import name_claims, read_card
from moeaudit.evidence.yaml_text import read_yaml

CARDS = Path(__file__).parent / "cards"
LABELS = read_yaml((CARDS / "labels.yaml").read_text(encoding="utf-8"), "labels.yaml").plain()

Found = Counter[tuple[int, str, str]]


def stated(name: str) -> Found:
    rows = (row.split(" ", 2) for row in LABELS[name]["claims"])
    return Counter((int(line), field, text) for line, field, text in rows)


def extracted(name: str) -> Found:
    card = read_card((CARDS / name).read_text(encoding="utf-8"), name, LABELS[name]["model"])
    return Counter((claim.location.line or 0, claim.path.split(".")[1], claim.printed) for claim in card.claims)


@pytest.mark.parametrize("name", list(LABELS))
def test_every_claim_of_the_card_is_right(name: str) -> None:
    wrong = extracted(name) - stated(name)
    assert not wrong, f"read as claims, but none: {sorted(wrong)}"


def test_precision_and_recall_over_all_cards() -> None:
    found = sum((extracted(name) for name in LABELS), Counter())
    wanted = sum((stated(name) for name in LABELS), Counter())
    right = sum(sum((extracted(name) & stated(name)).values()) for name in LABELS)
    missed = [(name, claim) for name in LABELS for claim in stated(name) - extracted(name)]
    assert len(LABELS) == 20
    assert right / found.total() >= 0.98
    assert right / wanted.total() >= 0.9, missed


def test_every_claim_points_at_its_own_characters() -> None:
    for name in LABELS:
        text = (CARDS / name).read_text(encoding="utf-8")
        lines = text.split("\n")
        for claim in read_card(text, name, LABELS[name]["model"]).claims:
            line, column = claim.location.line or 0, claim.location.column or 0
            at = lines[line - 1][column - 1 : column - 1 + claim.length]
            assert at.replace("**", "").split() == claim.printed.split(), (name, claim.printed)


def read(text: str, model: str = "org/Model-30B-A3B") -> list[tuple[str, str]]:
    return [(claim.path.split(".")[1], claim.printed) for claim in read_card(text, "README.md", model).claims]


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("Qwen/Qwen3-235B-A22B", [("total_parameters", "235B"), ("active_parameters", "22B")]),
        ("ibm-granite/granite-3.1-1b-a400m-instruct", [("total_parameters", "1b"), ("active_parameters", "400m")]),
        ("mistralai/Mixtral-8x7B-v0.1", [("routed_experts", "8")]),
        ("meta-llama/Llama-4-Scout-17B-16E", [("active_parameters", "17B"), ("routed_experts", "16")]),
        ("allenai/OLMoE-1B-7B-0924", [("active_parameters", "1B"), ("total_parameters", "7B")]),
        ("Qwen/Qwen1.5-MoE-A2.7B", [("active_parameters", "2.7B")]),
        ("openai/gpt-oss-120b", [("total_parameters", "120b")]),
        ("deepseek-ai/DeepSeek-V3", []),
    ],
)
def test_what_a_name_states(name: str, stated: list[tuple[str, str]]) -> None:
    claims = list(name_claims(name))
    assert [(claim.path.split(".")[1], claim.printed) for claim in claims] == stated
    for claim in claims:
        column = claim.location.column or 0
        assert name[column - 1 : column - 1 + claim.length] == claim.printed


def test_other_models_in_a_sentence_are_left_alone() -> None:
    assert read("Compared with Mixtral-8x22B, which has 141B parameters, Model-30B-A3B has 30B parameters.") == [
        ("total_parameters", "30B")
    ]
    assert read("Llama-3.1-405B has 405B parameters. It was trained on 15T tokens.") == []
    assert read("# X\n## Llama 3.1 405B\nA dense model with 405B parameters.\n") == []


def test_hidden_characters_are_noticed_where_they_stand() -> None:
    card = read_card("# Model\n\ntotal \x1b[31m7B\u202e parameters\x00\n", "README.md")
    assert [(notice.message, notice.place.line, notice.place.column) for notice in card.notices] == [
        ("the text holds a control character U+001B", 3, 7),
        ("the text holds a bidirectional override U+202E", 3, 14),
        ("the text holds a control character U+0000", 3, 26),
    ]


def test_front_matter_that_cannot_be_read_is_a_notice_and_the_body_is_read() -> None:
    card = read_card(
        "---\nlicense: mit\nlicense: apache-2.0\n---\nModel-30B-A3B has 30B parameters.\n",
        "README.md",
        "org/Model-30B-A3B",
    )
    assert [claim.printed for claim in card.claims] == ["30B"]
    assert "the key 'license' stands twice" in card.notices[0].message
    assert (card.notices[0].place.line, card.notices[0].place.column) == (3, 1)


def test_suppressions_keep_their_reason_and_place() -> None:
    card = read_card("# M\n\ntext <!-- moeaudit: ignore[CL01, CL02] rounded in the paper -->\n", "README.md")
    assert [(ignore.rule, ignore.reason, ignore.place.line, ignore.place.column) for ignore in card.ignores] == [
        ("CL01", "rounded in the paper", 3, 6),
        ("CL02", "rounded in the paper", 3, 6),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Model-30B-A3B has 30B parameters.\n" * 320_000, "it was read up to 1,048,576"),
        ("Model-30B-A3B has 30B parameters. " + "x" * 1_000_000, "the line has 1,000,034 characters"),
        ("Model-30B-A3B has 30B parameters. " * 30_000, "characters; it was read up to 20,000"),
        ("Model-30B-A3B has 30B parameters.\n\n" * 9_000, "more than 5,000 numbers"),
    ],
    ids=["10 MB", "1 MB word", "1 MB line", "9,000 paragraphs"],
)
def test_a_huge_card_is_read_in_part_and_says_so(text: str, words: str) -> None:
    started = time.process_time()
    card = read_card(text, "README.md", "org/Model-30B-A3B")
    assert time.process_time() - started < 15
    assert any(words in notice.message for notice in card.notices)
    assert card.claims


@pytest.mark.parametrize(
    "piece",
    [
        '"1B parameters ',
        "[",
        "<a ",
        "](",
        "**1 ",
        "Qwen-a-",
        "| 1B ",
        "> ",
        "1,111 ",
        "激活",
        "up to ",
        ":",
        "licensed under Aa ",
    ],
)
def test_no_repetition_makes_reading_slow(piece: str) -> None:
    text = (piece * (18_000 // len(piece)) + " 7B parameters\n") * 10
    started = time.process_time()
    read_card(text, "README.md", "org/Model-30B-A3B")
    assert time.process_time() - started < 10


def test_lines_that_end_the_windows_way_keep_their_numbers() -> None:
    card = read_card("# M\r\n\r\nThe model has 30B parameters.\r\n", "README.md", "org/Model")
    assert [(claim.location.line, claim.location.column) for claim in card.claims] == [(3, 15)]


@given(st.text(alphabet='7B38K|-*# \n[]()<>`parmetsxct:.,_"$&', max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    lines = text.split("\n")
    for claim in read_card(text, "README.md", "org/Model-30B-A3B").claims:
        assert 1 <= (claim.location.line or 0) <= len(lines)
        assert 1 <= (claim.location.column or 0) <= len(lines[(claim.location.line or 1) - 1])


def test_a_line_that_ends_in_a_colon_heads_the_list_below_it() -> None:
    text = """\
# Model-30B-A3B
For Model-VL-30B, the additional vision encoder is as follows:
- Total parameters: 303M

For Other-7B, the details are:
- Total parameters: 7B

The details of this model are:
- Total parameters: 30B
- Experts:
  - Number of experts: 64
"""
    assert read(text) == [("total_parameters", "30B"), ("routed_experts", "64")]


def test_only_the_new_value_of_a_change_is_claimed() -> None:
    text = (
        "Compared to Model-20B-A2B, Model-30B-A3B scales from 20B parameters (2B active) to 30B parameters (3B active)."
    )
    assert read(text) == [("total_parameters", "30B"), ("active_parameters", "3B")]
    assert read("It is trained from scratch on 2T English and Chinese tokens.") == [("training_tokens", "2T")]
    assert read("We also release four base models trained on 5T, 10T, 15T, and 20T tokens.") == []
