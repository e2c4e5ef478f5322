"""The YAML reader: the 1.2 core rules, positions, and everything it refuses."""

from __future__ import annotations

import pytest

from moeaudit.errors import UsageError
from moeaudit.evidence.yaml_text import as_written, read_yaml
from moeaudit.limits import NESTED_YAML, YAML_BYTES, Limit


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e23", 10**23),
        ("671e9", 671 * 10**9),
        ("1.6e12", 1_600_000_000_000),
        ("256", 256),
        ("0x10", 16),
        ("46.7", 46.7),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2024-12-26", "2024-12-26"),
        ("1_000", "1_000"),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ('"1e23"', "1e23"),
        ("!!str 256", "256"),
        ("671B", "671B"),
    ],
)
def test_scalars_follow_the_core_rules(written: str, value: object) -> None:
    assert read_yaml(f"key: {written}", "a.yaml").plain() == {"key": value}


def test_numbers_remember_how_they_were_written() -> None:
    assert as_written(read_yaml("revision: 9e3", "a.yaml").plain()["revision"]) == "9e3"


def test_every_node_knows_its_place() -> None:
    root = read_yaml("architecture:\n  total_parameters:\n    value: 671B\nlist: [1, {a: 2}]\n", "a.yaml")
    assert (
        str(root.at(("architecture", "total_parameters", "value")).place)
        == "a.yaml:3:12 (architecture.total_parameters.value)"
    )
    assert str(root.at(("list", 1, "a")).place) == "a.yaml:4:15 (list[1].a)"
    assert read_yaml("a: 1", "card.md", line_offset=1).at(("a",)).place.line == 2


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "stands twice, first in line 1"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
        ("a: [1, 2\nb: 3\n", 2, 2, "not valid YAML"),
        ("a:\n\tb: 1\n", 2, 1, "not valid YAML"),
        ("a: !!python/object:os.system x\n", 1, 4, "tag"),
        ("a: *nothing\n", 1, 4, "no anchor"),
        ("a: &x [*x]\n", 1, 8, "no anchor"),
        ("? [a, b]\n: 1\n", 1, 3, "key must be plain text"),
        ("a: 1\nb: x\x1b[31m\n", 2, 5, "control character U+001B"),
        ("a: 1\nb: abc\u202edef\n", 2, 7, "bidirectional override U+202E"),
    ],
)
def test_hazards_are_refused_where_they_stand(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_yaml(text, "a.yaml")
    assert words in refused.value.message
    assert refused.value.place is not None
    assert (refused.value.place.line, refused.value.place.column) == (line, column)


def test_an_alias_bomb_is_refused_without_following_it() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
    with pytest.raises(UsageError, match="once aliases are followed"):
        read_yaml(bomb, "a.yaml")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(UsageError, match="nested deeper"):
        read_yaml("[" * (NESTED_YAML + 2) + "]" * (NESTED_YAML + 2), "a.yaml")


def test_plain_aliases_are_followed() -> None:
    assert read_yaml("a: &x {b: 1}\nc: *x\n", "a.yaml").plain() == {"a": {"b": 1}, "c": {"b": 1}}


def test_bytes_that_are_not_utf8_and_files_too_large() -> None:
    with pytest.raises(UsageError, match=r"a\.yaml:2:4: the file is not UTF-8"):
        read_yaml(b"a: 1\nb: \xff\n", "a.yaml")
    with pytest.raises(UsageError, match="more than the limit of 10"):
        read_yaml("a: 1234567890", "a.yaml", max_bytes=Limit(10, "", "", YAML_BYTES.says))


def test_an_empty_file_is_an_empty_document() -> None:
    assert read_yaml("", "a.yaml").plain() is None
