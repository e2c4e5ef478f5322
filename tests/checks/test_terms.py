"""Terms that are said in words: a card that allows no commercial use is not open source, whatever its front matter."""

from __future__ import annotations

import pytest

from moeaudit.checks.facts import Facts, statements
from moeaudit.checks.registry import run
from moeaudit.claims.card import read_card
from moeaudit.claims.claim import Distribution

FILE = "README.md"
OPEN = "It is an open-source model."
RULES = {"licence-against-text", "open-source-wording"}


def rules(text: str, licence: str = "apache-2.0") -> set[str]:
    text = f"---\nlicense: {licence}\n---\n\n# Model\n\n{text}\n"
    card = read_card(text, FILE, "org/Model")
    facts = Facts(None, statements(card.claims, None, Distribution.DOWNLOADABLE), cards=(card,), texts={FILE: text})
    return {one.rule for one in run(facts)} & RULES


@pytest.mark.parametrize(
    "terms",
    [
        "The weights are released under a non-commercial research licence.",
        "They may be used only for non-commercial purposes.",
        "Commercial use is not permitted.",
        "本模型仅供学术研究使用，不得用于商业用途。",
    ],
)
def test_terms_that_forbid_a_use_are_held_against_the_front_matter_and_the_word_open_source(terms: str) -> None:
    assert rules(f"{terms} {OPEN}") == RULES
    assert rules(terms) == {"licence-against-text"}
    assert rules(f"{terms} {OPEN}", "other") == {"open-source-wording"}


@pytest.mark.parametrize(
    "terms",
    [
        "It is free for commercial and non-commercial use.",
        "The training data is under a non-commercial licence.",
        "It is licensed for research and commercial use.",
        "Commercial use is permitted.",
        "完全支持学术研究与商业用途。",
    ],
)
def test_what_allows_it_or_speaks_of_data_is_no_such_term(terms: str) -> None:
    assert rules(f"{terms} {OPEN}") == set()
