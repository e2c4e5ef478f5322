"""Names of models that no list knows, by their shape and their place: in sentences, in headings, in a card's text."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.marks import mark
from moeaudit.claims.card.subject import Relation, Subject
from moeaudit.claims.card.whose.strangers import called_otherwise, with_strangers
from moeaudit.claims.card.whose.tells import links_of, names_in

OURS = Subject("org/Auriga-2")


def strangers(text: str, subject: Subject = OURS) -> list[str]:
    """Names in a sentence that are another model's and of no family that is known."""
    known = list(subject.mentions(text))
    marks = with_strangers(text, mark(text, known), subject)
    told = {one.start for one in known}
    return [one.text for one in marks if one.relation is Relation.OTHER and one.start not in told]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # at the beginning of a clause, at most two small words before it
        ("Zorblat3 has 70B parameters.", ["Zorblat3"]),
        ("The Zorblat3 has 70B parameters.", ["Zorblat3"]),
        ("The only Zorblat3 has 70B parameters.", ["Zorblat3"]),
        ("The only only Zorblat3 has 70B parameters.", []),
        ("Today Zorblat3 has 70B parameters.", []),
        ("Our Zorblat3 has 70B parameters.", []),
        ("It is fast, our Zorblat3 has 70B parameters.", []),
        *((f"It is fast{sign} Zorblat3 has 70B parameters.", ["Zorblat3"]) for sign in ",;:，；：、。(（.|"),
        ("It is fast! Zorblat3 has 70B parameters.", []),
        ("It is fast while Zorblat3 has 70B parameters.", ["Zorblat3"]),
        ("It is faster than Zorblat3 has 70B parameters.", ["Zorblat3"]),
        ("It is fast and Zorblat3 has 70B parameters.", ["Zorblat3"]),
        ("It is fast of Zorblat3 has 70B parameters.", []),
        # or with brackets behind it
        ("We use Zorblat3 (70B) today.", ["Zorblat3"]),
        ("We use Zorblat3 (fast) today.", []),
        ("We use our Zorblat3 (70B) today.", []),
        # something is said of it
        ("Zorblat3", []),
        ("Zorblat3 model", []),
        ("Zorblat3 model has 70B parameters.", ["Zorblat3"]),
        ("Zorblat3's 70B parameters", ["Zorblat3's"]),
        ("Zorblat3's parameters", []),
        *((f"Zorblat3 {sign} 70B", ["Zorblat3"]) for sign in (":", "：", "–", "—", "=")),
        *((f"Zorblat3 {sign} fast", []) for sign in (":", "：", "–", "—", "=")),
        ("Zorblat: 70B", []),
        ("Zorblat has 70B", ["Zorblat"]),
        ("Zorblat3, 70B", ["Zorblat3"]),
        ("Zorblat3, with 61 layers", ["Zorblat3"]),
        ("Zorblat3, fast", []),
        ("Zorblat3, 61 layers", ["Zorblat3"]),
        ("Zorblat3, big fast 61 layers", ["Zorblat3"]),
        ("Zorblat3, very big fast 61 layers", []),
        ("Zorblat3, very big fast 70B", ["Zorblat3"]),
        ("Zorblat3, very big quick fast 70B", []),
        ("Zorblat, 61 layers", []),
        ("Zorblat3 and GLM-4.5 are fast.", ["Zorblat3"]),
        ("Zorblat3 and experts are fast.", []),
        ("Zorblat3 of 70B", []),
        ("Zorblat3 from 70B", []),
        ("Zorblat3 to 70B", []),
        ("Zorblat3 supports 70B", ["Zorblat3"]),
        ("Zorblat3 costs 4", ["Zorblat3"]),
        ("Zorblat3 noticed 4", ["Zorblat3"]),
        ("Zorblat3 cost 4", []),
        ("Zorblat3 activates 4", ["Zorblat3"]),
        ("Zorblat3 shared 4", []),
        ("Zorblat3采用70B参数", ["Zorblat3"]),
        # a word and a size right behind it, that counts nothing
        ("We like GENIAC 172B today.", ["GENIAC 172B"]),
        ("We like GENIAC 1T today.", ["GENIAC 1T"]),
        ("We like GENIAC 172B", ["GENIAC 172B"]),
        ("We like GENI 172B today.", ["GENI 172B"]),
        ("We like GEN 172B today.", []),
        ("We like GENIAC 172M today.", []),
        ("We like GENIAC 172 billion today.", []),
        ("We like GENIAC 172B active today.", []),
        ("We like GENIAC 172B per token today.", []),
        ("We like GENIAC 172B parameters today.", []),
        ("We like GENIAC  172B today.", []),
        ("We like GENIAC.172B today.", []),
        # the words of a name: at most four, in capitals
        ("Zorblat Air Max Mini has 70B", ["Zorblat Air Max Mini"]),
        ("Zorblat Air Max Mini Pro has 70B", []),
        ("Zorblat Corvus has 70B", ["Zorblat Corvus"]),
        ("Zorblat air has 70B", []),
        # and a version, which counts nothing
        ("Zorblat 3 has 70B", ["Zorblat 3"]),
        ("Zorblat 99 has 70B", ["Zorblat 99"]),
        ("Zorblat 100 has 70B", []),
        ("Zorblat three has 70B", []),
        ("Zorblat 3 experts have 70B", []),
        ("Zorblat 3 costs 70B", ["Zorblat 3"]),
        ("Zorblat 3 fast 70B", []),
        ("Zorblat 3: 70B", ["Zorblat 3"]),
        # an edition of the family
        ("We like the Flash model.", ["Flash model"]),
        ("We like the Flash checkpoint.", ["Flash checkpoint"]),
        ("We like the Flash.", []),
        ("We like the Flash layers.", []),
        ("We like the Flash", []),
        ("We like the Plus model.", []),
        # in Chinese characters, with a version or as a model
        ("星火4有700亿参数", ["星火4"]),
        ("星火大模型有700亿参数", ["星火大模型"]),
        ("星火有700亿参数", []),
        ("专家4有700亿参数", []),
        # nobody's
        ("Auriga-2 has 70B parameters.", []),
        ("AurigaX3 has 70B parameters.", []),
        ("Installation has 70B parameters.", []),
        ("SWE-Bench has 70B parameters.", []),
    ],
)
def test_strangers_in_a_sentence(text: str, names: list[str]) -> None:
    assert strangers(text) == names


def test_whose_a_name_is_asks_for_a_model() -> None:
    assert strangers("Zorblat3 has 70B parameters.", Subject("")) == []
    assert strangers("We like the Flash model.", Subject("org/Auriga-2-Flash")) == []


@pytest.mark.parametrize(
    ("text", "sure", "weakly"),
    [
        ("Zorblat-3", True, True),
        ("**Zorblat-3**:", True, True),
        ("Zorblat", False, True),
        ("Zorblat 3", True, True),
        ("Zorblat v2.5", True, True),
        ("Zorblat Air", False, True),
        ("Zorblat-3 Air", True, True),
        ("Zorblat-3 air", True, True),
        ("Zorblat-3 Corvus", True, True),
        ("Zorblat-3 Corvus-9", True, True),
        ("Zorblat-3 apple", False, False),
        ("Zorblat-3 Installation", False, False),
        ("Zorblat-3 123", False, False),
        ("Zorblat-3 Air Max Mini", True, True),
        ("Zorblat-3 Air Max Mini Pro", False, False),
        ("apple Zorblat-3", False, False),
        ("Installation 3", False, False),
        ("Auriga-3", False, False),
        ("SWE-Bench", False, False),
        ("", False, False),
    ],
)
def test_a_heading_that_is_anothers_name(text: str, sure: bool, weakly: bool) -> None:
    assert called_otherwise(text, OURS) == sure
    assert called_otherwise(text, OURS, weak=True) == weakly
    assert not called_otherwise(text, Subject(""), weak=True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We use Zorblat-3 today.", [("Zorblat-3", True)]),
        ("Zorblat-3", [("Zorblat-3", True)]),
        ("We use Zorblat today.", [("Zorblat", False)]),
        ("We use Zorblat 3 today.", [("Zorblat 3", True)]),
        ("We use Zorblat Air today.", [("Zorblat Air", False)]),
        ("We use Zorblat air 7B today.", [("Zorblat air 7B", True)]),
        ("We use Zorblat 7B parameters.", [("Zorblat", False)]),
        ("We use Zorblat 3 experts.", [("Zorblat", False)]),
        ("Zorblat-3 beats Qwen3-8B.", [("Zorblat-3", True), ("Qwen3-8B", True)]),
        # what a setting is set to is none, nor a path, a call or an address
        ("revision=Zorblat1000", []),
        ("model=Qwen3-8B", []),
        ("revision= Zorblat1000", [("Zorblat1000", True)]),
        ("a=b Zorblat1000", [("Zorblat1000", True)]),
        ("some/Zorblat", []),
        ("@Zorblat", []),
        ("Zorblat/some", []),
        ("Zorblat(some)", []),
        ("Zorblat=some", []),
        ("Installation", []),
        ("SWE-Bench", []),
        ("zorblat", []),
    ],
)
def test_names_in_a_text(text: str, names: list[tuple[str, bool]]) -> None:
    assert [(one.name, one.sure) for one in names_in(text)] == names


@pytest.mark.parametrize(
    ("text", "repositories"),
    [
        ("See huggingface.co/org/Zorblat-3.", ["org/Zorblat-3"]),
        ("See hf.co/org/Zorblat-3", ["org/Zorblat-3"]),
        *((f"See modelscope.{end}/models/org/Zorblat-3", ["org/Zorblat-3"]) for end in ("cn", "com", "ai")),
        ("See modelscope.cn/org/Zorblat-3", ["org/Zorblat-3"]),
        *(
            (f"See huggingface.co/{folder}/Zorblat-3", [])
            for folder in ("datasets/org", "spaces/org", "papers", "collections/org", "docs/org", "blog", "profile")
        ),
        *((f"See huggingface.co/{folder}/Zorblat-3", []) for folder in ("organization", "organizations", "join")),
        ('from_pretrained("org/Zorblat-3")', ["org/Zorblat-3"]),
        ("model_name = 'org/Zorblat-3'", ["org/Zorblat-3"]),
        ("model: org/Zorblat-3", ["org/Zorblat-3"]),
        *((f"{option} org/Zorblat-3", ["org/Zorblat-3"]) for option in ("--model", "--model-path", "--model-name")),
        ("vllm serve org/Zorblat-3", ["org/Zorblat-3"]),
        ("repo_id = 'org/Zorblat-3'", ["org/Zorblat-3"]),
        ("download org/Zorblat-3", ["org/Zorblat-3"]),
        ("path = 'org/Zorblat-3'", []),
        ("load org/Zorblat-3", []),
    ],
)
def test_repositories_that_a_card_points_to(text: str, repositories: list[str]) -> None:
    assert links_of(text) == repositories
