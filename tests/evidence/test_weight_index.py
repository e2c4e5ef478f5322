"""Indexes read piece by piece against the strict reader: the same table, or its word on what is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.errors import UsageError
from moeaudit.evidence import pairs_text, weight_index
from moeaudit.evidence.weight_index import read_index
from tests.evidence.strategies import NAMES, NUMBERED

WEIGHT_MAPS = st.dictionaries(NUMBERED | NAMES | st.text(max_size=6), st.sampled_from(["a", "b/c.bin", "d e", "../f"]))
EXTRA = st.dictionaries(
    st.sampled_from(["metadata", "weight_map ", "x"]),
    st.none() | st.just({"total_size": 5}) | st.just({"weight_map": {"a": "b"}}),
    max_size=2,
)


def outcome(data: bytes) -> object:
    try:
        return read_index(data, "index.json")
    except UsageError as error:
        return str(error)


def strictly(data: bytes, monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as patch:
        patch.setattr(weight_index, "around", lambda data, key: None)
        return outcome(data)


@given(WEIGHT_MAPS, EXTRA, st.booleans(), st.sampled_from([None, 2]), st.booleans(), st.sampled_from([40, 1 << 19]))
def test_written_by_programs(
    weight_map: dict[str, str], extra: dict[str, object], first: bool, indent: int | None, ascii_only: bool, piece: int
) -> None:
    content = {"weight_map": weight_map, **extra} if first else {**extra, "weight_map": weight_map}
    data = json.dumps(content, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs_text, "PIECE", piece)
        assert outcome(data) == strictly(data, patch)


@pytest.mark.parametrize(
    "text",
    [
        '{"weight_map": {}}',
        '{"weight_map": { }, "x": 1}',
        '{"weight_map": {"a": "b",}}',
        '{"weight_map": {,"a": "b"}}',
        '{"weight_map": {"a": "b" "c": "d"}}',
        '{"weight_map": {"a": "b", "a": "c"}}',
        '{"weight_map": {"a.1.b": "b", "a.1.b": "b"}}',
        '{"weight_map": {"a": "b"}, "weight_map": {"c": "d"}}',
        '{"weight_map": {"a": {"b": "c"}}}',
        '{"weight_map": {"a": 1}}',
        '{"weight_map": {"a": "b"}',
        '{"weight_map": {"a": "b}"}}',
        '{"weight_map": {"a\\u0041": "b"}}',
        '{"weight_map": {"a\tb": "c"}}',
        '{"weight_map": {"a.1.b": "c", "a.2.b\x01": "c"}}',
        '{"weight_map": {"a": "b\n"}}',
        '{"weight_map": {"a", "b"}}',
        '{"weight_map": {"a": "b", : "c"}}',
        '{"weight_map": {"a": "b": "c", "d"}}',
        '{"weight_map": {"a":, "b": "c"}}',
        '{"weight_map": {"a" "b": "c"}}',
        '{"weight_map": {"a":\u00a0"b"}}',
        '{"weight_map": {"a": "b"}, "x": NaN}',
        '{"metadata": {"weight_map": {"a": "b"}}}',
        '{"metadata": "weight_map", "weight_map": {"a": "b"}}',
        '{"x": "\\"weight_map\\": {", "weight_map": {"a": "b"}}',
        '{"weight_map": ["a"]}',
        '\ufeff{"weight_map": {"a": "b"}}',
        "",
    ],
)
def test_hostile_or_broken(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome(text.encode()) == strictly(text.encode(), monkeypatch)


def test_what_programs_write_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the two would be one."""
    monkeypatch.setattr(weight_index, "_strict", None)
    data = json.dumps({"metadata": {}, "weight_map": {f"layers.{n}.w": f"{n // 10}.safetensors" for n in range(90)}})
    assert read_index(data.encode(), "index.json").table.tensors == 90
