"""What a clause speaks of, asked of the clause alone: models in general, a helper, a setting, two figures in a row."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.bind import bind
from moeaudit.claims.card.clauses import clause_start, generic, helper, setting
from moeaudit.claims.card.marks import Mark, mark
from moeaudit.claims.card.subject import Subject


def placed(text: str) -> tuple[list[Mark], int]:
    """The marks of a sentence, and its last figure."""
    marks = mark(text, Subject("org/Model").mentions(text))
    return marks, max(at for at, one in enumerate(marks) if one.figure is not None)


@pytest.mark.parametrize(
    ("text", "spoken_of"),
    [
        ("The text encoder has 300M parameters.", "text encoder"),
        ("An assistant model of 1B parameters.", "assistant model"),
        ("The size of the text encoder is 300M parameters.", "text encoder"),
        ("It is fast, and the text encoder has 300M parameters.", "text encoder"),
        ("It has 61 layers and the text encoder has 300M parameters.", "text encoder"),
        ("It has a text encoder and 671B parameters.", None),
        ("We use a text encoder with 671B parameters.", None),
        ("Having a text encoder it has 671B parameters.", None),
        ("Model has a text encoder beside 671B parameters.", None),
        ("61 layers, a text encoder and 671B parameters.", None),
        ("Than a text encoder of 300M parameters.", None),
        ("Layers of text encoder have 300M parameters.", "text encoder"),
        ("It has 671B parameters.", None),
        ("The model of 671B parameters.", None),
        ("The projector has 300M parameters.", "projector"),
        ("The only only only only text encoder has 300M parameters.", "text encoder"),
        ("The only only only only only text encoder has 300M parameters.", None),
        ("Supports a text encoder with 300M parameters.", None),
        ("Based on a text encoder with 300M parameters.", None),
        ("Fast (text encoder of 300M parameters)", "text encoder"),
        ("Fast, a text encoder of 300M parameters", None),
        ("Size, text encoder of 300M parameters", None),
    ],
)
def test_a_helper_that_a_clause_speaks_of(text: str, spoken_of: str | None) -> None:
    found = helper(*placed(text))
    assert (None if found is None else found.text.lower()) == spoken_of


@pytest.mark.parametrize(
    ("text", "in_general"),
    [
        ("Any sparse model of 70B parameters is slower.", True),
        ("Models of 70B parameters are slower.", True),
        ("Open models of over 100B parameters are rare.", True),
        ("A 16B model would be slower.", True),
        ("A 16B model is slower.", True),
        ("A 16B model costs more.", True),
        ("A 16B model from us.", False),
        ("A 16B model of others costs more.", True),
        ("The models with 70B parameters are slower.", False),
        ("Our models have 70B parameters.", False),
        ("These models have 70B parameters.", False),
        ("A new 16B model is released.", False),
        ("A 16B model was released today.", False),
        ("A 16B model that is fast.", False),
        ("It is a 16B model.", False),
        ("Model is a 16B model.", False),
        ("The 16B model is slower.", False),
        # any: so many marks before and behind the figure, and as far as the noun
        ("16B only only only any model", True),
        ("16B only only only only any model", False),
        (f"Any {8 * 'only '}model 70B", True),
        (f"Any {8 * 'only '}model only 70B", False),
        (f"Any {7 * 'only '}70B model", True),
        (f"Any {8 * 'only '}70B model", False),
        ("For any 16B model", True),
        ("For the typical 16B model", False),
        ("For its typical 16B model", False),
        ("For our typical 16B model", False),
        ("Typical 16B model beats the", True),
        ("Any 16B parameters", False),
        # nothing in between that says something of its own, and one clause
        ("Any 70B-parameter model", True),
        ("Any 70B experts model", False),
        ("Any sparse model with 70B", True),
        ("Any sparse model, with 70B", False),
        ("Any sparse model while 70B", False),
        ("Any sparse model it 70B", False),
        # several: among the first four marks, without an article, and something said of them
        ("It is fast, models of 70B parameters", False),
        ("It is fast; models of 70B parameters", True),
        ("Sparse fast small models of 70B parameters", True),
        ("Sparse fast small sparse models of 70B parameters", False),
        ("Models and 70B parameters", False),
        ("Models supporting 70B parameters", True),
        ("Models today 70B parameters", False),
        ("Model of 70B parameters", False),
        ("Images of models of 70B parameters", False),
        *((f"{word} fast models of 70B parameters", False) for word in ("The", "These", "Our", "Both", "All", "Its")),
        ("Fast models of 70B parameters", True),
        # one: an article, the noun near it, nothing new, and a verb
        ("A only only only 16B model is slower", True),
        ("A only only only only 16B model is slower", False),
        ("A 16B experts model is slower", False),
        ("A 16B image model is slower", False),
        *((f"A {word} 16B model is slower", False) for word in ("new", "our", "first", "open", "next", "here", "now")),
        ("A fast 16B model is slower", True),
        ("A 16B model, fast, is slower", False),
        ("A 16B model while it is slower", False),
        ("A 16B model that costs more", False),
        ("A 16B model which costs more", False),
        ("A 16B model who costs more", False),
        *((f"A 16B model is {word}", False) for word in ("available", "introduced", "presented", "trained", "built")),
        *((f"A 16B model is {word}", False) for word in ("called", "named", "here")),
        ("A 16B model is only only released", False),
        ("A 16B model is only only only released", True),
        ("A 16B model activates more", True),
        ("A 16B model helps", True),
        ("A 16B model unless", False),
        ("A 16B model Helps", False),
    ],
)
def test_models_in_general(text: str, in_general: bool) -> None:
    assert (generic(*placed(text)) is not None) == in_general


@pytest.mark.parametrize(
    ("text", "set_by_somebody"),
    [
        ("Set the context length to 32K.", True),
        ("Please set the context length to 32K.", True),
        ("For long texts, set the context length to 32K.", True),
        ("It supports a context length of 32K.", False),
        ("The context length is 32K.", False),
        ("The API serves a context of 32K.", True),
        # a phase of training, unless it is what the model then takes
        ("In the RL stage the context is 32K.", True),
        ("In the RL stage it supports a context of 32K.", False),
        ("In the RL stage the context was expanded to 32K.", False),
        ("SFT, and then more, a context of 32K.", True),
        ("And then more, in SFT, a context of 32K.", False),
        ("And more SFT, a context of 32K.", True),
        ("And only more SFT, a context of 32K.", False),
        # a benchmark before it
        ("On AIME the context is 32K.", True),
        ("The context is 32K on AIME.", False),
        # as far as the clause goes
        ("The context is 32K on the API.", True),
        ("The context is 32K, on the API.", False),
        ("The context is 32K (on the API).", False),
        ("(On the API) the context is 32K.", False),
        ("On the API, the context is 32K.", False),
        ("The context is 32K while on the API.", False),
        ("The context is 32K and is on the API.", False),
        ("The context is 32K and fast on the API.", True),
        ("The context is 32K and many are on the API.", False),
        ("The context is 32K and many only are on the API.", True),
        # what its reader is told
        ("Please just set the context length to 32K.", True),
        ("Please just also set the context length to 32K.", False),
        ("Today set the context length to 32K.", False),
        ("Set it to a context length of 32K.", False),
        ("For long texts, please set the context length to 32K.", True),
    ],
)
def test_a_length_that_somebody_sets(text: str, set_by_somebody: bool) -> None:
    assert setting(*placed(text)) == set_by_somebody


def stated(text: str) -> dict[str, str | None]:
    found = bind(mark(text, Subject("org/Model").mentions(text)))
    return {one.mark.text: one.row.path.rpartition(".")[2] if one.row else None for one in found}


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("It uses 8B parameters per token in prefill and 16B in decode.", "active_parameters"),
        ("It uses 8B parameters per token in prefill, 16B in decode.", "active_parameters"),
        ("It activates 8B parameters per token and 16B in total.", "total_parameters"),
        ("It has 8B total parameters and 16B in decode.", None),
        ("It uses 8B parameters per token in prefill or 16B in decode.", "active_parameters"),
        ("It uses 8B parameters per token in prefill and 16M in decode.", None),
        ("It uses 8B parameters per token in prefill and 16B.", None),
        ("It uses 8B parameters per token in prefill, compared to 16B in decode.", None),
        ("It uses 8B parameters per token in prefill; and 16B of images in decode.", None),
        ("It uses 8B parameters per token and 16B users in Asia.", None),
    ],
)
def test_the_second_of_two_is_what_the_first_is(text: str, second: str | None) -> None:
    assert list(stated(text).values())[1] == second


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("We mask 10 experts.", [None]),
        ("10 experts were removed.", [None]),
        ("10 experts are masked.", [None]),
        ("10 experts masked.", [None]),
        ("We mask only 10 experts.", [None]),
        ("It has 10 experts.", ["routed_experts"]),
        ("33B active parameters (8 experts + 1 shared)", ["active_parameters", "experts_per_token", "shared_experts"]),
        ("33B total parameters (8 experts + 1 shared)", ["total_parameters", "routed_experts", "shared_experts"]),
        ("61 layers (1 dense + 60 MoE)", ["layers", "dense_layers", "moe_layers"]),
        ("61 layers (1 dense + 60 MoE blocks)", ["layers", "dense_layers", None]),
        ("30 layers (1 dense + 60 MoE)", ["layers", "dense_layers", None]),
        ("61 layers", ["layers"]),
        ("4 layers", ["layers"]),
        ("3 layers", [None]),
        ("36 KDA layers", [None]),
        ("8 layers of reasoning", [None]),
        ("It keeps only 24 of the 61 layers.", ["layers", None]),
        ("It retains 24 of the 61 layers.", ["layers", None]),
        ("It keeps only 61 of the 24 layers.", [None, "layers"]),
        ("Phase 2 has 61 layers.", [None, "layers"]),
        ("Table 3: 61 layers", [None, "layers"]),
    ],
)
def test_counts_that_stand_beside_each_other(text: str, counts: list[str | None]) -> None:
    assert list(stated(text).values()) == counts


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("It has 671B parameters.", "It"),
        ("It is fast; our encoder has 300M parameters.", "our"),
        ("Sizes: our encoder has 300M parameters.", "our"),
        ("Es ist schnell：our encoder has 300M parameters.", "our"),
        ("It is fast, our encoder has 300M parameters.", "our"),
        ("For speed, 300M parameters.", "For"),
        ("It is fast；our encoder has 300M parameters.", "our"),
        ("It is fast。our encoder has 300M parameters.", "our"),
        ("It is fast，our encoder has 300M parameters.", "our"),
        ("It is fast while our encoder has 300M parameters.", "our"),
        ("It is fast, our encoder supports 300M parameters.", "our"),
        ("It is fast, our encoder costs 300M parameters.", "our"),
        ("It is fast, our encoder. 300M parameters.", "It"),
        ("- our encoder has 300M parameters.", "our"),
    ],
)
def test_where_a_clause_begins(text: str, first: str) -> None:
    """Behind a semicolon or colon; behind a comma only where a verb follows; never at a sign."""
    marks, at = placed(text)
    assert marks[clause_start(marks, at)].text == first
