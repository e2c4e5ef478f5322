"""What a model's name looks like: versions, capitals inside, hyphens; and words that look so and name none."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.shape import Shape, is_benchmark, is_company, is_no_name, like_a_name, shape_of


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("Zorblat-3", Shape.STRONG),
        ("ZorBlat", Shape.STRONG),
        ("GENiac", Shape.STRONG),
        ("Zorblat_X", Shape.STRONG),
        ("Zor3", Shape.STRONG),
        ("Zo3", Shape.NONE),
        ("Zorblat", Shape.WEAK),
        ("Zorblat-x", Shape.WEAK),
        ("Zorb", Shape.WEAK),
        ("Zor", Shape.NONE),
        ("GENIAC", Shape.NONE),
        ("GENIACs", Shape.NONE),
        *((f"Zorb{end}", Shape.NONE) for end in ("ing", "tion", "ity", "ness", "ment", "ance", "ence", "ly", "ed")),
        ("Air-Max", Shape.NONE),
        ("Air-Zorblat", Shape.STRONG),
        ("MMLU-Pro", Shape.NONE),
        ("FP8", Shape.NONE),
    ],
)
def test_shapes_of_words(word: str, shape: Shape) -> None:
    assert shape_of(word) is shape


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("Zorblat-3", True),
        ("org/Zorblat-3", True),
        ("zorblat", False),
        ("Zorblat", False),
        ("Chinese-Zorblat-8x7B", True),
        ("Z3" + 77 * "a", True),
        ("Z3" + 78 * "a", False),
        ("H100", False),
        ("SWE-Bench", False),
        ("ZorMoE", False),
    ],
)
def test_titles_that_are_like_a_name(text: str, like: bool) -> None:
    assert like_a_name(text) == like


@pytest.mark.parametrize(
    ("word", "no_name"),
    [
        # a stem of four letters or fewer stands for three letters more at most
        ("gsm", True), ("gsmqqq", True), ("gsmqqqq", False), ("tulu", True), ("tuluqqq", True), ("tuluqqqq", False),
        ("alpacaqqqqqqqq", True), ("SWE-Bench", True), ("H100 Zorblat", True), ("Zorblat H100", False),
        ("FP8", True), ("vLLM", True), ("Zorblat", False),
    ],
)  # fmt: skip
def test_words_that_name_no_model(word: str, no_name: bool) -> None:
    assert is_no_name(word) == no_name


def test_benchmarks_and_companies() -> None:
    assert [one for one in ("AIME", "aime", "GSM8K", "Zorblat", "MATH", "Ma") if is_benchmark(one)] == [
        "AIME", "GSM8K", "MATH",
    ]  # fmt: skip
    assert [one for one in ("Google", "google", "Zorblat", "AIME") if is_company(one)] == ["Google", "google"]
