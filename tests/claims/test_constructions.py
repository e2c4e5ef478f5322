"""Every construction reads its own examples, and nothing in its counter-examples; every term of every language is held
by the constructions that its kind belongs to."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.bind import bind
from moeaudit.claims.card.constructions import CONSTRUCTIONS
from moeaudit.claims.card.fields import FIELDS_OF
from moeaudit.claims.card.lexicon import APART, entries, lexicon, tokens_of, words_of
from moeaudit.claims.card.marks import mark
from moeaudit.claims.card.subject import Subject

EXAMPLES = [(one.id, text, fields) for one in CONSTRUCTIONS for text, fields in one.examples]
NEVER = [(one.id, text) for one in CONSTRUCTIONS for text in one.never]
KINDS = {
    "noun", "adjective", "per", "verb", "link", "stop", "deny", "suppose", "compare", "parent", "who", "setting",
    "people", "change", "shrink", "drop", "keep", "phase", "helper", "generic", "service", "number", "unit", *APART,
}  # fmt: skip


def fields(text: str) -> dict[str, str]:
    marks = mark(text, Subject("org/Model").mentions(text))
    return {one.mark.text: one.row.path.split(".")[1] for one in bind(marks) if one.row is not None}


@pytest.mark.parametrize(("_id", "text", "stated"), EXAMPLES, ids=[text[:40] for _, text, _ in EXAMPLES])
def test_a_construction_reads_its_examples(_id: str, text: str, stated: dict[str, str]) -> None:
    assert {name.removeprefix("up to "): field for name, field in fields(text).items()} == stated


@pytest.mark.parametrize(("_id", "text"), NEVER, ids=[text[:40] for _, text in NEVER])
def test_and_nothing_in_its_counter_examples(_id: str, text: str) -> None:
    assert fields(text) == {}


@pytest.mark.parametrize("one", CONSTRUCTIONS, ids=lambda one: one.id)
def test_no_construction_is_idle(one: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, one of its own examples is read otherwise."""
    rest = tuple(other for other in CONSTRUCTIONS if other is not one)
    monkeypatch.setattr("moeaudit.claims.card.bind.CONSTRUCTIONS", rest)
    assert any(fields(text) != stated for text, stated in one.examples)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("kind", "sense", "phrase"), list(entries()))
def test_every_term_is_found_where_it_stands_alone(kind: str, sense: str, phrase: str) -> None:
    assert kind in KINDS
    if kind in APART:
        assert phrase in words_of(kind)
        return
    words = [token for token, _ in tokens_of(phrase.rstrip("*") + ("x" if phrase.endswith("*") else ""))]
    assert lexicon().longest(words, 0, len(words)) is not None


NOUNS = {row.noun for row in FIELDS_OF}
PARAMETERS = [phrase for kind, sense, phrase in entries() if (kind, sense) == ("noun", "parameters")]
ACTIVE = [phrase for kind, sense, phrase in entries() if (kind, sense) == ("adjective", "active")]


@pytest.mark.parametrize("noun", PARAMETERS)
def test_every_word_for_parameters_takes_a_size_before_and_behind_it(noun: str) -> None:
    assert fields(f"671B {noun}") == fields(f"{noun}: 671B") == {"671B": "total_parameters"}


@pytest.mark.parametrize("word", ACTIVE)
def test_every_word_for_active_makes_a_size_the_active_one(word: str) -> None:
    assert fields(f"37B {word}") == fields(f"{word}: 37B") == {"37B": "active_parameters"}
