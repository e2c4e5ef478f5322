"""Claims from model cards, measured on twenty labelled cards in the style of real ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import find, given, settings
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


HEADS = "<tr><th>Model</th><th>Total Params</th><th>Activated Params</th></tr>"


@pytest.mark.parametrize(
    ("table", "stated"),
    [
        (
            (
                f"<table>{HEADS}<tr><td>Other-7B</td><td>7B</td><td>7B</td></tr>"
                "<tr><td><b>Model-30B-A3B</b></td><td>30B</td><td>3B</td></tr></table>"
            ),
            [("total_parameters", "30B"), ("active_parameters", "3B")],
        ),
        (
            (
                "<table>\n <tr>\n  <td>Number of Layers</td>\n  <td\n   align=right>48</td>\n </tr>\n\n"
                " <tr><td>Number of Experts<td>64\n</table>\n\nIt selects 8 experts."
            ),
            [("layers", "48"), ("routed_experts", "64"), ("experts_per_token", "8")],
        ),
        (
            (
                "<table><tr><th rowspan=2>Model</th><th colspan='2'>Parameters</th></tr><tr><th>Total Params</th>"
                "<th>Activated Params</th></tr><tr><td>Model-30B-A3B</td><td>30B</td><td>3B</td></tr></table>"
            ),
            [("total_parameters", "30B"), ("active_parameters", "3B")],
        ),
        (
            (
                "<table><tr><th colspan=2>Other-7B</th></tr><tr><th>Total Params</th><th>Layers</th></tr>"
                "<tr><td>7B</td><td>32</td></tr></table>"
            ),
            [],
        ),
        (
            "<table><tr><td><table><tr><td>Total Params</td><td>7B</td></tr></table></td></tr></table>",
            [("total_parameters", "7B")],  # its cells stand beside each other in one
        ),
        (
            (
                "<table><tr><td><table><tr><td>Total Params</td><td>Layers</td></tr>"
                "<tr><td>7B</td><td>32</td></tr></table></td></tr></table>"
            ),
            [],
        ),
        (
            "<table><tr><!-- <td>Layers</td><td>4</td></tr><tr> --><td>Layers</td><td>48</td></tr></table>",
            [("layers", "48")],
        ),
        ("<table><tr><td>MMLU</td><td>70.0</td></tr><tr><td>Parameters of Other-7B</td><td>7B</td></tr></table>", []),
    ],
    ids=[
        "rows",
        "lines and blank lines",
        "two heads",
        "another model above",
        "nested",
        "nested heads",
        "comment",
        "no labels",
    ],
)
def test_tables_in_html(table: str, stated: list[tuple[str, str]]) -> None:
    text = f"# Model-30B-A3B\n\n{table}\n"
    assert read(text) == stated
    lines = text.split("\n")
    for claim in read_card(text, "README.md", "org/Model-30B-A3B").claims:
        line, column = claim.location.line or 0, claim.location.column or 0
        assert lines[line - 1][column - 1 :].startswith(claim.printed)


def test_comments_claim_nothing() -> None:
    assert read("<!--\nThe model has 30B parameters.\n\nIt has 64 experts.\n-->\nIt has 48 layers.\n") == [
        ("layers", "48")
    ]
    assert read("It has 48 layers. <!-- The model has\n30B parameters --> It has 64 experts.\n") == [
        ("layers", "48"),
        ("routed_experts", "64"),
    ]


def test_a_table_of_properties_below_another_models_heading_is_left_alone() -> None:
    assert read("# Model-30B-A3B\n\n## Other-7B\n\n| Property | Value |\n|---|---|\n| Total Params | 7B |\n") == []


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        (
            "It has 64 routed experts, 8 of which are selected per token.",
            [("routed_experts", "64"), ("experts_per_token", "8")],
        ),
        ("It has 64 experts (8 active).", [("routed_experts", "64"), ("experts_per_token", "8")]),
        ("It has 64 experts and 3 active layers.", [("routed_experts", "64")]),
        ("30.5B / 3.3B activated", [("total_parameters", "30.5B"), ("active_parameters", "3.3B")]),
        ("2B / 3B active users", []),
        ("We hired 12 experts, 3 selected by us.", []),
        ("拥有 300 亿总参数量，其中 30 亿活跃参数", [("total_parameters", "300 亿"), ("active_parameters", "30 亿")]),
    ],
)
def test_selected_of_and_active_beside_total(text: str, stated: list[tuple[str, str]]) -> None:
    assert read(f"# Model-30B-A3B\n\n{text}\n") == stated


def test_hidden_characters_are_noticed_where_they_stand() -> None:
    card = read_card("# Model\n\ntotal \x1b[31m7B\u202e parameters\x00\n", "README.md")
    assert [(notice.message, notice.place.line, notice.place.column) for notice in card.notices] == [
        ("the text holds a control character U+001B", 3, 7),
        ("the text holds a bidirectional override U+202E", 3, 14),
        ("the text holds a control character U+0000", 3, 26),
    ]


@pytest.mark.parametrize(("signs", "noticed"), [(99, 99), (100, 100), (101, 100), (5000, 100)])
def test_hidden_characters_are_noticed_up_to_a_hundred(signs: int, noticed: int) -> None:
    """Marks of a text's direction are none, and take no place among them."""
    card = read_card("# Model\n\n" + "\u200e\u200f" * 200 + "\x00" * signs + "\n", "README.md")
    assert len(card.notices) == noticed


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
        ("Model-30B-A3B has 30B parameters.\n" * 320_000, "it was read up to 250,000"),
        ("Model-30B-A3B has 30B parameters. " + "x" * 1_000_000, "the line has 1,000,034 characters"),
        ("Model-30B-A3B has 30B parameters. " * 30_000, "characters; it was read up to 20,000"),
        ("Model-30B-A3B has 30B parameters.\n\n" * 9_000, "more than 3,000 numbers"),
    ],
    ids=["10 MB", "1 MB word", "1 MB line", "9,000 paragraphs"],
)
def test_a_huge_card_is_read_in_part_and_says_so(text: str, words: str) -> None:
    card = read_card(text, "README.md", "org/Model-30B-A3B")
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
        "<!--",
        "<table><tr><td>",
    ],
)
def test_no_repetition_keeps_reading_from_its_end(piece: str) -> None:
    text = (piece * (18_000 // len(piece)) + " 7B parameters\n") * 10
    assert read_card(text, "README.md", "org/Model-30B-A3B").file == "README.md"


def test_lines_that_end_the_windows_way_keep_their_numbers() -> None:
    card = read_card("# M\r\n\r\nThe model has 30B parameters.\r\n", "README.md", "org/Model")
    assert [(claim.location.line, claim.location.column) for claim in card.claims] == [(3, 15)]


PIECES = st.sampled_from([
    "# Model-30B-A3B", "## Model-30B-A3B vs Other-7B", "The model has 30B total parameters.", "", "- a", "---",
    "It activates 3B per token.", "**Total parameters:** 30B", "- Number of experts: 64", "| Layers | 48 |", "|-|-|",
    "| Model | Total Parameters |", "> The model has 45B total parameters. — John Smith", "Other-7B has 7B parameters.",
    "```", "<!-- 30B -->", "`30B`", "<table><tr><td>Total parameters</td><td>30B</td></tr></table>", "总参数量 300 亿",
    "compared to 20B",
])  # fmt: skip
PIECED = st.lists(PIECES | st.text(alphabet='7B38K|-*# []()<>`parmetsxct:.,_"$&', max_size=40), max_size=14)


def where(lines: list[str]) -> list[tuple[int, int]]:
    found = read_card("\n".join(lines), "README.md", "org/Model-30B-A3B").claims
    return [(claim.location.line or 0, claim.location.column or 0) for claim in found]


@settings(max_examples=200)
@given(PIECED)
def test_no_text_breaks_the_reader(lines: list[str]) -> None:
    """Cards made of what cards are made of, in any order, with noise between."""
    for line, column in where(lines):
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1])


def test_such_cards_have_claims() -> None:
    assert len(where(find(PIECED, lambda lines: len(where(lines)) >= 3))) >= 3


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


def test_columns_of_what_the_model_was_made_from_are_left_alone() -> None:
    head = "| Parameter | Original | Target |\n|---|---|---|\n"
    table = f"{head}| Total Parameters | 1.07T | 30B |\n| Layers | 61 | 48 |\n"
    assert read(f"# Model-30B-A3B\n\n{table}") == [("total_parameters", "30B"), ("layers", "48")]


def test_both_lengths_of_a_context_that_grows_are_claims() -> None:
    table = "| Model | Context Length |\n|---|---|\n| Model-30B-A3B | 256K -> 1M |\n"
    assert read(f"# Model-30B-A3B\n\n{table}") == [("context_length", "256K"), ("context_length", "1M")]


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("由于仅激活3B参数，只需6GB显存即可部署。", [("active_parameters", "3B"), ("memory", "6GB")]),
        ("Training took 3.3 × 10^24 FLOP.", [("training_compute", "3.3 × 10^24")]),
        ("It was trained with 5e27 FLOPs.", [("training_compute", "5e27")]),
        ("Inference takes 6e9 FLOPs a token.", []),
    ],
)
def test_memory_beside_a_word_without_spaces_and_the_compute_of_a_training(
    text: str, stated: list[tuple[str, str]]
) -> None:
    assert read(f"# Model-30B-A3B\n\n{text}\n") == stated


@pytest.mark.parametrize(
    "title",
    [
        "Zeta-2", "Zeta-2 Model Card", "Model Card for Zeta-2", "Introducing Zeta-2", "Zeta-2: the best one",
        "Zeta-2 - an agentic model", "Welcome to Zeta-2", "🚀 Zeta-2 🚀", "Zeta-2 Technical Report", "Zeta-2 | Agentic",
        "The Zeta-2 family of models", "Zeta-2 模型介绍", "README", "Model Information", "A new model for agents",
    ],
)  # fmt: skip
def test_what_stands_around_a_name_in_a_title_is_no_part_of_it(title: str) -> None:
    card = read_card(f"# {title}\n\nZeta-2 is a MoE model with 456B total parameters (45.9B active).\n", "README.md")
    assert [claim.printed for claim in card.claims] == ["456B", "45.9B"]
