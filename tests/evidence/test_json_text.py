import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.errors import AuditError, UsageError
from moeaudit.evidence.json_text import read_object


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "config.json: the file is empty"),
        (b" \n", "config.json: the file is empty"),
        (b'{"a": 1,\n "b": }', "config.json:2:7: the file is not JSON: Expecting value"),
        (b'{"a": 1', "config.json:1:8: the file is not JSON"),
        (b"[1]", "config.json:1:1: the file holds a list, expected a JSON object"),
        (b"null", "the file holds null"),
        (b"3", "the file holds a number"),
        (b'{"a": 1,\n"a": 2}', "config.json:2:1: the key 'a' stands twice in one object"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": 1e999}', "the number 1e999 is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "the file is not JSON: Exceeds the limit"),
        (b'\n{"a": "\xff"}', "config.json:2:8: the file is not UTF-8 (byte 8)"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "more than 60 levels deep"),
        (b'{"a": ' * 100_000, "more than 60 levels deep"),
        (b'{"a\x1b[2J": 1, "a\x1b[2J": 2}', "Invalid control character"),
    ],
)
def test_refused_with_the_place(data: bytes, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_object(data, "config.json")
    assert says in str(caught.value)
    assert str(caught.value).isprintable()


def test_numbers_that_python_writes() -> None:
    """`time_step_limit` of published Nemotron configs is [0.0, Infinity]."""
    assert read_object(b'{"a": [0.0, Infinity, NaN]}', "config.json", finite=False)["a"][1] == math.inf


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0dea1eN', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert isinstance(read_object(data, "x"), dict)
    except AuditError as error:
        assert str(error).isprintable()
