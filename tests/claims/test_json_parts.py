"""JSON of catalogues: what an entry is where it is sound, and what is said of one that is not, with its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.claims.catalogues.json_parts import JsonText, list_at, records, unread
from moeaudit.claims.catalogues.record import Record, Unread
from moeaudit.errors import UsageError

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text('ab"\\\né{}[],:', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcde", min_size=1, max_size=3), PLAIN, max_size=5), st.sampled_from([None, 2]))
def test_sound_entries_are_what_json_reads(value: dict[str, object], indent: int | None) -> None:
    source = JsonText(json.dumps(value, indent=indent), "f")
    assert [part.key for part in source.entries] == list(value)
    for part in source.entries:
        assert json.loads(source.text[part.start : part.end]) == value[part.key]
        assert part.plain == (value[part.key] if isinstance(value[part.key], dict | list) else None)


BROKEN = {
    # the entry: (what is said, where in the second line)
    '{"a": 1,\n"b": "x}': ("a string without an end", 6),
    '{"a": 1,\n"b": "\\x"}': ("no JSON string: Invalid \\escape", 6),
    '{"a": 1,\n"b": "\\ud800"}': ("a string holds half of a surrogate pair, which is no character", 6),
    '{"a": 1\n"b": 2}': ("expected a comma, found '\"b\"'", 1),
    '{"a": 1,\n2: 3}': ("expected a key, found '2'", 1),
    '{"a": 1,\n}': ("expected a key, found '}'", 1),
    '{"a": 1,\n"a": 2}': ("the key 'a' stands twice in one object", 1),
    '{"a": 1,\n"b" 2}': ("expected a colon after the key", 5),
    '{"a": 1,\n"b": NaN}': ("'NaN' is no JSON value", 6),
    '{"a": 1,\n"b": 01}': ("'01' is no JSON value", 6),
    '{"a": 1,\n"b": True}': ("'True' is no JSON value", 6),
    '{"a": 1,\n"b": ]}': ("']' is no JSON value", 6),
    '{"a": 1,\n"b": [1,]}': ("']' is no JSON value", 9),
    '{"a": 1,\n"b": [1 2]}': ("expected a comma, found '2'", 9),
    '{"a": 1,\n"b": [1': ("the value breaks off", 7),
    '{"a": 1,\n"b":': ("the value breaks off", 4),
}


@pytest.mark.parametrize("entry", BROKEN)
def test_what_is_wrong_with_an_entry_and_where(entry: str) -> None:
    words, column = BROKEN[entry]
    source = JsonText(f"[{entry}", "f")
    (part, *_) = source.parts(0)
    assert part.plain is None or "surrogate" in words  # which json itself lets pass
    with pytest.raises(UsageError) as caught:
        source.node(part)
    place = caught.value.place
    assert (caught.value.message, place and (place.line, place.column)) == (words, (2, column))


@pytest.mark.parametrize("text", ["1e2", "-0.5", "10", "0", "true", "null", '"a"', "-1E+3"])
def test_scalars_that_are_json(text: str) -> None:
    source = JsonText(f'{{"a": {text}}}', "f")
    assert source.node(source.top["a"]).plain() == json.loads(text)


@pytest.mark.parametrize(("digits", "read"), [(60, True), (61, False)])
def test_digits_of_a_number(digits: int, read: bool) -> None:
    source = JsonText('{"a": ' + "1" * digits + "}", "f")
    if read:
        assert source.node(source.top["a"]).text == "1" * digits
    else:
        with pytest.raises(UsageError, match="is no JSON value"):
            source.node(source.top["a"])


def test_nesting_has_an_end() -> None:
    for deep, read in ((32, True), (33, False), (5000, False)):
        source = JsonText('{"a": ' + "[" * deep + "]" * deep + "}", "f")
        if read:
            source.node(source.top["a"])
        else:
            with pytest.raises(UsageError, match="nested deeper than 32 levels"):
                source.node(source.top["a"])


def test_of_a_key_that_stands_twice_the_first_is_looked_up() -> None:
    source = JsonText('{"a": [1], "b": [2], "a": [3]}', "f")
    assert source.top["a"].plain == [1] and len(source.entries) == 3


@pytest.mark.parametrize("text", ['{"a": , "b": [1]}', '{"a", "b": [1]}', '{"a": }', '{"a"}'])
def test_a_key_without_a_value_is_no_entry(text: str) -> None:
    assert [part.key for part in JsonText(text, "f").entries] == (["b"] if "b" in text else [])


@pytest.mark.parametrize("text", ["", "1", '"a"', "]", ":"])
def test_what_is_no_container_has_no_entries(text: str) -> None:
    assert JsonText(text, "f").entries == ()


@pytest.mark.parametrize(
    ("text", "needed", "at"),
    [
        ('{"data": [{"id": 1, "x": 2}]}', ["id"], 9),
        ('{"data": [{"id": 1, "x": 2}]}', ["id", "x"], 9),
        ('{"data": [{"id": 1}]}', ["id", "x"], None),
        ('{"data": [{"x": 1}, {"id": 2}]}', ["id"], None),
        ('{"data": []}', ["id"], None),
        ('{"data": {"id": 1}}', ["id"], None),
        ('{"other": [{"id": 1}]}', ["id"], None),
    ],
)
def test_a_list_by_what_its_first_entry_has(text: str, needed: list[str], at: int | None) -> None:
    assert list_at(JsonText(text, "f"), "data", needed) == at


def test_records_one_by_one() -> None:
    text = '[{"id": "a"},\n {"id": 1},\n {"id": },\n 7,\n {"id": "b"}]'
    source, seen = JsonText(text, "f"), []

    def read(part: object) -> Record:
        seen.append(part.plain["id"])  # type: ignore[attr-defined]
        return None  # type: ignore[return-value]

    found = list(records(source, 0, "id", "no id", read))  # type: ignore[arg-type]
    told = [(one.reason, one.place.line) for one in found if isinstance(one, Unread)]
    assert seen == ["a", "b"]
    assert told == [("no id", 2), ("'}' is no JSON value", 3), ("not an object", 4)]


def test_more_than_one_value_where_one_is_due() -> None:
    source = JsonText("[1 2]", "f")
    (first, *_) = source.parts(0)
    whole = type(first)(first.key, first.at, first.start, source.text.index("]"))
    assert unread(source, whole).reason == "more than one value"


def test_places_count_lines_and_columns_from_1() -> None:
    source = JsonText("ab\ncd\n", "f")
    assert [(source.place(at).line, source.place(at).column) for at in (0, 1, 3, 4)] == [(1, 1), (1, 2), (2, 1), (2, 2)]
