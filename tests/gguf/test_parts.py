"""What a part of a split model says of its place: `split.count` and `split.no` against its name and the others'."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from moeaudit.errors import UsageError
from moeaudit.evidence.formats.gguf_reader import check_part

ALONE, PART = "model.gguf", "model-00002-of-00003.gguf"


@pytest.mark.parametrize(
    ("keys", "file", "place", "files", "says"),
    [
        ({}, ALONE, 0, 1, ""),
        ({"split.count": 0}, ALONE, 0, 1, ""),
        ({"split.count": 1}, ALONE, 0, 1, ""),
        ({"split.count": 1, "split.no": 5}, ALONE, 0, 1, ""),
        ({"split.count": 2}, ALONE, 0, 1, "the file is one of 2 parts, and its name does not say of which"),
        ({"split.count": True}, ALONE, 0, 1, "the file is one of True parts, and its name does not say of which"),
        ({"split.count": "1"}, ALONE, 0, 1, "the file is one of '1' parts, and its name does not say of which"),
        ({"split.count": 3, "split.no": 1}, PART, 1, 3, ""),
        ({"split.count": 3, "split.no": 0}, PART, 1, 3, "says part 0 of 3, counted from 0, its name says part 1 of 3"),
        ({"split.count": 2, "split.no": 1}, PART, 1, 3, "says part 1 of 2, counted from 0, its name says part 1 of 3"),
        ({"split.no": 1}, PART, 1, 3, "says part 1 of None, counted from 0, its name says part 1 of 3"),
        ({"split.count": 1, "split.no": 1}, PART, 1, 3, "says part 1 of 1, counted from 0, its name says part 1 of 3"),
        ({}, ALONE, 0, 2, "and its name does not say of which"),
    ],
)
def test_a_part(keys: dict[str, Any], file: str, place: int, files: int, says: str) -> None:
    header: Any = SimpleNamespace(keys=keys)
    if not says:
        check_part(header, file, place, files)
        return
    with pytest.raises(UsageError) as caught:
        check_part(header, file, place, files)
    assert says in caught.value.message
    assert caught.value.place is not None and caught.value.place.file == file
