"""The words around a figure, each rule alone: what modifies it, its noun on either side, parts and their wholes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from moeaudit.claims.card.marks import mark
from moeaudit.claims.card.nouns import Marks, Phrase, after, ahead, before, behind, opening
from moeaudit.claims.card.sides import adjective_before, adjective_behind, carried_noun, left_noun, one_word, right_noun
from moeaudit.claims.card.subject import Subject
from moeaudit.claims.card.wholes import (
    bracketed_size,
    chosen,
    is_part,
    is_whole,
    leads,
    of_which,
    part_of_it,
    plus,
    sized,
    symbol,
    whole,
)

Reads = Callable[[Marks, int], Iterator[Phrase]]


def marked(text: str) -> tuple[Marks, int]:
    """The marks of a sentence in which one figure or word stands in `<>`, and where it is among them."""
    start = text.index("<")
    bare = text.replace("<", "").replace(">", "")
    marks = mark(bare, Subject("org/Model").mentions(bare))
    return marks, next(at for at, one in enumerate(marks) if one.start == start)


def said(reads: Reads, text: str) -> tuple[str, set[str]] | None:
    """The first noun that a construction reads, and what modifies it."""
    found = next(reads(*marked(text)), None)
    return None if found is None else (found.noun, set(found.modifiers))


ONLY = "only "


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It activates only <8>", {"active"}),
        ("shared: <8>", {"shared"}),
        ("routed and shared <8>", {"shared"}),
        ("routed and <8>", set()),
        ("routed from <8>", set()),
        ("routed of <8>", {"routed"}),
        ("256 routed of <8>", set()),
        ("routed + <8>", set()),
        ("routed is <8>", {"routed"}),
        ("routed (<8>", set()),
        ("routed experts <8>", set()),
        ("routed it <8>", {"routed"}),
        *((f"routed {sign} <8>", {"routed"}) for sign in ":=|†‡*#"),
        (f"routed {6 * ONLY}<8>", {"routed"}),
        (f"routed {7 * ONLY}<8>", set()),
        ("256 routed routed routed of <8>", set()),
        ("256 routed routed routed routed of <8>", {"routed"}),
    ],
)
def test_what_stands_before_a_figure(text: str, words: set[str]) -> None:
    assert before(*marked(text)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<37B> active", {"active"}),
        ("<37B> (active)", {"active"}),
        ("<37B> of which are active", {"active"}),
        ("<37B> active is dense", {"active"}),
        ("<37B> and active", set()),
        ("<37B> only active", {"active"}),
        ("<37B> (active 3.2B)", set()),
        ("<37B> active 3.2B", {"active"}),
        ("<37B> only (active)", set()),
        ("<37B> experts active", set()),
        ("<37B>", set()),
        (f"<37B> {6 * ONLY}active", {"active"}),
        (f"<37B> {7 * ONLY}active", set()),
    ],
)
def test_what_stands_behind_a_figure(text: str, words: set[str]) -> None:
    assert after(*marked(text)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("active <experts>", {"active"}),
        ("active only shared <experts>", {"active", "shared"}),
        ("active (<experts>", {"active"}),
        ("active # <experts>", {"active"}),
        ("active: <experts>", set()),
        ("active of <experts>", set()),
        (f"active {6 * ONLY}<experts>", {"active"}),
        (f"active {7 * ONLY}<experts>", set()),
    ],
)
def test_what_stands_ahead_of_a_noun(text: str, words: set[str]) -> None:
    assert ahead(*marked(text)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<experts> active", {"active"}),
        ("<experts> are selected per token", {"selected", "token"}),
        ("<experts> (active)", {"active"}),
        ("<experts> (active) shared", {"active"}),
        ("<experts> (active, shared)", set()),
        ("<experts> (active", set()),
        ("<experts> active (shared)", {"active"}),
        ("<experts> ((active)", set()),
        ("<experts> of active", set()),
        ("<experts> ) active", set()),
        (f"<experts> {6 * ONLY}active", {"active"}),
        (f"<experts> {7 * ONLY}active", set()),
    ],
)
def test_what_stands_behind_a_noun(text: str, words: set[str]) -> None:
    assert behind(*marked(text)) == words


@pytest.mark.parametrize(("text", "place"), [("(8 experts<)>", 0), ("(8 (6 experts<)>", 2), ("8 experts<)>", -1)])
def test_the_bracket_that_a_closing_one_belongs_to(text: str, place: int) -> None:
    assert opening(*marked(text)) == place


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("8 <experts> out of 128", True),
        ("8 <experts> only out of 128", True),
        ("8 <experts> out of many", False),
        ("8 <experts> out of", False),
        ("8 <experts> and 128", False),
        ("8 <experts> only only out of 128", True),
        ("8 <experts> only only only out of 128", False),
    ],
)
def test_a_noun_that_the_whole_follows(text: str, part: bool) -> None:
    """Among the four marks behind it."""
    assert is_part(*marked(text)) == part


@pytest.mark.parametrize(
    ("text", "of_it"),
    [
        ("37B of its <671B>", True),
        ("37B active parameters (are) of <671B>", False),
        ("37B active parameters are of <671B>", True),
        ("37B (active of <671B>", True),
        ("37B active of only only total <671B>", True),
        ("37B of only only only <671B>", True),
        ("37B of only only only only <671B>", False),
        ("37B with <671B>", False),
        ("parameters of <671B>", False),
        ("37B it of <671B>", False),
        ("37B from many of <671B>", False),
        (f"37B {7 * ONLY}of <671B>", True),
        (f"37B {8 * ONLY}of <671B>", False),
    ],
)
def test_a_figure_of_which_another_is_a_part(text: str, of_it: bool) -> None:
    assert is_whole(*marked(text)) == of_it


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("of <160> experts it fires 6", True),
        ("It is fast: of <160> experts it fires 6", True),
        ("of <160> experts it fires many", False),
        ("of <160> it fires 6", False),
        ("of <160> and 6 experts", False),
        ("a pool of <160> experts, 6 of them", False),
        ("8 layers: of <160> experts it fires 6", False),
        ("256<個>のエキスパートのうち8個", False),
        ("<256>個のエキスパートのうち8個", True),
        ("<256>個のエキスパートと8個", False),
        ("of many <160> experts it fires 6", False),
        ("of total <160> experts it fires 6", True),
        ("of active <160> experts it fires 6", False),
        (f"of <160> experts {17 * ONLY}6", True),
        (f"of <160> experts {18 * ONLY}6", False),
    ],
)
def test_a_whole_that_is_named_before_its_part(text: str, first: bool) -> None:
    assert leads(*marked(text)) == first


@pytest.mark.parametrize(
    ("reads", "text", "phrase"),
    [
        # in one word
        (one_word, "<397B>-A17B", ("parameters", {"total"})),
        (one_word, "A<17B> active", ("parameters", {"active"})),
        (one_word, "<397B>", None),
        # what is said of the part is not said of the whole, be it named behind the part or before it
        (right_noun, "37B of the <671B> parameters are active", ("parameters", set())),
        (right_noun, "The <671B> parameters are active", ("parameters", {"active"})),
        (right_noun, "Of <160> experts are active 6", ("experts", set())),
        (right_noun, "The <160> experts are active", ("experts", {"active"})),
        (right_noun, "37B of the <671B> parameters are shared", ("parameters", {"shared"})),
        (right_noun, "<37B> parameters of 671B", ("parameters", {"part"})),
        (right_noun, "<37B> of 671B parameters", ("parameters", {"part"})),
        (right_noun, "<37B> 671B parameters", None),
        # classes of models, and somebody else's
        (right_noun, "<10B> scale", ("other", set())),
        (right_noun, "<10B> parameters level", ("other", set())),
        (right_noun, "<10B> parameters", ("parameters", set())),
        (right_noun, "<7B> parameter student", ("other", set())),
        (right_noun, "<7B> parameter only student", ("other", set())),
        (right_noun, "<7B> parameters of the student", ("parameters", set())),
        # unknown words between, at most four
        (right_noun, "<8> apple pear plum lemon experts", ("experts", set())),
        (right_noun, "<8> apple pear plum lemon melon experts", None),
        # a model's size stands right before it
        (right_noun, "<671B> model", ("model", set())),
        (right_noun, "<671B> apple pear plum lemon model", ("model", set())),
        (right_noun, "<671B> only apple pear plum lemon model", None),
        (right_noun, "<61> model", None),
        (right_noun, "<671B> MoE parameters", ("parameters", {"moe"})),
        (right_noun, "<671B> model parameters", ("parameters", set())),
        # brackets that hold the same in another form, or more
        (right_noun, "<26B> (4B active) parameters", ("parameters", set())),
        (right_noun, "<26B> (active) parameters", None),
        (right_noun, "<26B> (4B, active) parameters", None),
        (right_noun, "<26B> (4B active 5B) parameters", None),
        (right_noun, "<26B> (4B and 5B) parameters", None),
        # two with one noun
        (right_noun, "<256> routed and 1 shared experts", ("experts", {"routed"})),
        (right_noun, "<256> routed and 1 shared images", None),
        (right_noun, "<256> routed and 1 and experts", None),
        (right_noun, "<256> routed and shared experts", ("experts", {"routed", "shared"})),
        (right_noun, "<256> routed, shared experts", None),
        # how far
        (right_noun, f"<35B>{12 * '科'}模型", ("model", set())),
        (right_noun, f"<35B>{13 * '科'}模型", None),
        (right_noun, "<26B> (4B active only only only) parameters", ("parameters", set())),
        (right_noun, "<26B> (4B active only only only only) parameters", None),
        (right_noun, "<256> routed and 1 shared only experts", ("experts", {"routed"})),
        (right_noun, "<256> routed and 1 shared only only experts", None),
        (part_of_it, f"Of 160 experts {17 * ONLY}<6>", ("experts", {"part"})),
        (part_of_it, f"Of 160 experts {18 * ONLY}<6>", None),
        # without a noun
        (adjective_behind, "<37B> active", ("parameters", {"active"})),
        (adjective_behind, "<37B> per token", ("parameters", {"token"})),
        (adjective_behind, "<37M> per token", None),
        (adjective_behind, "<37M> active", ("parameters", {"active"})),
        (adjective_behind, "<37B> shared", None),
        (adjective_behind, "MoE layers only: <8> active", ("experts", {"active"})),
        (adjective_behind, "Experts: <8> routed", ("experts", {"routed"})),
        (adjective_behind, "Layers: <8> routed", None),
        (adjective_behind, "Experts: <8> dense", None),
        (adjective_behind, "Experts <active>", None),
        (adjective_before, "activates <37B>", ("parameters", {"active"})),
        (adjective_before, "<37B> active", None),
        # the noun before
        (left_noun, "parameters: <671B>", ("parameters", set())),
        (left_noun, "total parameters: <671B>", ("parameters", {"total"})),
        (left_noun, "parameters: <671B> total", ("parameters", {"total"})),
        (left_noun, "active parameters: <37B> per token", ("parameters", {"active", "token"})),
        (left_noun, "dense parameters: <37B> total", ("parameters", {"total"})),
        (left_noun, "parameters (active): <37B>", ("parameters", {"active"})),
        (left_noun, "parameters (active, images): <37B>", ("parameters", set())),
        (left_noun, "experts is from 384 to <16>", ("experts", set())),
        (left_noun, "experts: 384 → <16>", ("experts", set())),
        (left_noun, "experts: 384 is <16>", None),
        (left_noun, "parameters are <671B>", ("parameters", set())),
        (left_noun, "parameters and <671B>", None),
        (left_noun, "parameters supports <671B>", ("parameters", set())),
        (left_noun, "parameters trained <671B>", None),
        (left_noun, "parameters apple: <671B>", ("parameters", set())),
        (left_noun, "parameters apple pear: <671B>", None),
        (left_noun, "parameters apple <671B>", None),
        (left_noun, "parameters of <over 671B>", ("parameters", set())),
        (left_noun, "parameters <over 671B>", ("parameters", set())),
        (left_noun, f"parameters: {11 * ONLY}<671B>", ("parameters", set())),
        (left_noun, f"parameters: {12 * ONLY}<671B>", None),
        (left_noun, "context model size: <671B>", ("context", set())),
        # a label and its value
        (left_noun, "Context <128K>", ("context", set())),
        (left_noun, "Layers <61>", ("layers", set())),
        (left_noun, "Layer <61>", None),
        (left_noun, "Model <671B>", None),
        (left_noun, "Total parameters <671B>, layers 61", ("parameters", {"total"})),
        (left_noun, "Fast, total parameters <671B>.", ("parameters", {"total"})),
        (left_noun, "Fast total parameters <671B>", None),
        (left_noun, "Parameters <671B> today", None),
        (left_noun, "Parameters <671B> | Layers", ("parameters", set())),
        (left_noun, "Parameters <671B> + more", None),
        # a label before several
        (carried_noun, "Parameters: 671B total, <37B> active", ("parameters", {"active"})),
        (carried_noun, "Parameters: 671B total, <37B>", None),
        (carried_noun, "Parameters 671B total, <37B> active", None),
        (carried_noun, "Size of parameters, fast: <37B> active", ("parameters", {"active"})),
        (carried_noun, "Fast: <37B> active", None),
        (carried_noun, "<37B> active: parameters", None),
        # parts and wholes
        (whole, "8 experts out of <128>", ("experts", set())),
        (whole, "8 out of <128>", None),
        (whole, "8 experts with <128>", None),
        (of_which, "671B parameters, <37B> of which are active", ("parameters", {"active"})),
        (of_which, "671B parameters, of which <37B> are active", ("parameters", {"active"})),
        (of_which, "671B parameters, of which <37B>", ("parameters", {"part"})),
        (of_which, "671B parameters, <37B> of which", None),
        (of_which, "671B parameters, <37B> active", None),
        (of_which, "671B, of which <37B> are active", None),
        (of_which, "671B parameters, of which active <37B>", ("parameters", {"active"})),
        (of_which, "671B parameters, of which it <37B>", None),
        (of_which, f"671B parameters, of which {7 * ONLY}<37B>", ("parameters", {"part"})),
        (of_which, f"671B parameters, of which {8 * ONLY}<37B>", None),
        (part_of_it, "Of 160 experts it fires <6>", ("experts", {"part"})),
        (part_of_it, "Of 160 experts it has <6> shared", ("experts", {"shared"})),
        (part_of_it, "Of 160 experts it has <6> active", ("experts", {"part"})),
        (part_of_it, "160 experts and it fires <6>", None),
        (part_of_it, "Of experts it fires <6>", None),
        # signs
        (chosen, "<128>选8", ("experts", set())),
        (chosen, "128选<8>", ("experts", {"selected"})),
        (chosen, "<128>和8", None),
        (chosen, "选<8>", None),
        (chosen, "<128>选", None),
        (symbol, "Routing with E=<128>, k=8", ("experts", set())),
        (symbol, "Routing with E=128, k=<8>", ("experts", {"selected"})),
        (symbol, "MoE with k=<8>", ("experts", {"selected"})),
        (symbol, "Here E=<128>, k=8", None),
        (symbol, "Routing with n=<128>", None),
        (symbol, "Routing with E: <128>", None),
        (symbol, "Routing with E=<128B>", None),
        (sized, "It weighs in at <1T>", ("parameters", set())),
        (sized, "It weighs in at <1T> active", ("parameters", {"active"})),
        (sized, "It weighs in at only only <1T>", ("parameters", set())),
        (sized, "It weighs in at only only only <1T>", None),
        (sized, "It weighs in at many <1T>", None),
        (sized, "It weighs in at <100M>", None),
        (sized, "It weighs in at <100>", None),
        (bracketed_size, "GLM-4.5 (<100B>)", ("parameters", set())),
        (bracketed_size, "GLM-4.5 (<100M>)", None),
        (bracketed_size, "GLM-4.5 (<100B> today)", None),
        (bracketed_size, "GLM-4.5: <100B>)", None),
        (bracketed_size, "Tables (<100B>)", None),
        (bracketed_size, "(<100B>)", None),
        (plus, "Experts: <128>+1", ("experts", set())),
        (plus, "Experts: 128+<1>", ("experts", {"shared"})),
        (plus, "Experts: <128>+64", ("experts", set())),
        (plus, "Experts: <128>+65", None),
        (plus, "Experts have <128>+1", None),
        (plus, "Layers: <128>+1", None),
        (plus, "Experts: <128>/1", None),
        (plus, ": <128>+1", None),
    ],
)
def test_what_a_construction_reads(reads: Reads, text: str, phrase: tuple[str, set[str]] | None) -> None:
    assert said(reads, text) == phrase
