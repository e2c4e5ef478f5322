"""What a section or a sentence before says of a paragraph: whose it is, what it is about, what is quoted."""

from __future__ import annotations

import pytest

from moeaudit.claims.card import read_card
from moeaudit.claims.card.prose import is_evaluation, is_licence, is_on_machines, section_owner, side_module
from moeaudit.claims.card.subject import Subject
from moeaudit.claims.card.whose.owner import Owner

OURS = Subject("org/Auriga-2-30B")
HEAD = "# Auriga-2-30B\n\nAuriga-2-30B is a Mixture-of-Experts language model.\n\n"


@pytest.mark.parametrize(
    ("headings", "owner"),
    [
        ((), None),
        (("Overview",), None),
        (("Auriga-2-30B",), Owner.STATED),
        (("Overview of Auriga-2-30B",), Owner.STATED),
        (("Auriga-2-30B and Qwen3-8B",), Owner.STATED),
        (("Qwen3-8B",), Owner.OTHER),
        (("Auriga-2-90B",), Owner.OTHER),
        (("Zorblat-3",), Owner.OTHER),
        (("Changelog",), Owner.OTHER),
        (("- Changelog",), Owner.OTHER),
        (("The Changelog",), None),
        (("Previous models",), Owner.OTHER),
        (("The baseline",), Owner.OTHER),
        (("The old baseline",), None),
        # the deepest heading that says anything decides
        (("Auriga-2-30B", "Qwen3-8B"), Owner.OTHER),
        (("Qwen3-8B", "Auriga-2-30B"), Owner.STATED),
        (("Qwen3-8B", "Overview"), Owner.OTHER),
    ],
)
def test_whose_section_it_is(headings: tuple[str, ...], owner: Owner | None) -> None:
    found = section_owner(headings, OURS)
    assert (found.owner if found else None) == owner


@pytest.mark.parametrize(
    ("headings", "licence", "machines", "evaluation", "side"),
    [
        ((), False, False, False, None),
        (("License",), True, False, False, None),
        (("License", "Overview"), False, False, False, None),
        (("Overview", "License"), True, False, False, None),
        (("Hardware",), False, True, False, None),
        (("Hardware", "Overview"), False, True, False, None),
        (("Hardware", "Overview", "Usage"), False, False, False, None),
        (("Hardware", "Trained on"), False, False, False, None),
        (("Evaluation",), False, False, True, None),
        (("Evaluation", "Overview"), False, False, True, None),
        (("vLLM",), False, False, False, None),
        (("Vision encoder",), False, False, False, "architecture.vision_parameters"),
        (("MTP module",), False, False, False, "architecture.mtp_parameters"),
        (("MTP module", "Vision encoder"), False, False, False, "architecture.mtp_parameters"),
        (("Active experts",), False, False, False, None),
    ],
)
def test_what_a_section_is_about(
    headings: tuple[str, ...], licence: bool, machines: bool, evaluation: bool, side: str | None
) -> None:
    assert is_licence(headings) == licence
    assert is_on_machines(headings) == machines
    assert is_evaluation(headings) == evaluation
    assert side_module(headings) == side


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        # a sentence without a name is of whom the one before spoke, until one speaks of nobody
        ("It has 30B total parameters.", ["30B"]),
        ("Qwen3-8B is another model. It has 30B total parameters.", []),
        ("Qwen3-8B is another model. The weather is good. It has 30B total parameters.", ["30B"]),
        ("Qwen3-8B is another model. It is fast. It has 30B total parameters.", []),
        ("Qwen3-8B is another model. Auriga-2-30B is ours. It has 30B total parameters.", ["30B"]),
        # what is quoted is somebody else's
        ('They say "it has 30B total parameters" today.', []),
        ("They say “it has 30B total parameters” today.", []),
        ("They say «it has 30B total parameters» today.", []),
        ('It is "fast", it has 30B total parameters, and it is "good".', ["30B"]),
        ('It is "fast, and it has 30B total parameters.', ["30B"]),
    ],
)
def test_whom_a_sentence_carries_on(text: str, stated: list[str]) -> None:
    claims = read_card(HEAD + text + "\n", "README.md", "org/Auriga-2-30B").claims
    assert [one.printed for one in claims] == stated
