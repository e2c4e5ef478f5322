"""Every field of every known configuration with a value that is none: a result or one clear line, never a bug."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import AuditError

HERE = Path(__file__).parent
CONFIGS = [*sorted((HERE / "sizes").glob("*.json")), *sorted((HERE / "recorded").glob("*_omni*.json"))]
ODD: list[Any] = [0, -1, 1.5, None, "x", True, [1, 2], {}]


def places(data: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in data.items():
        yield (*path, name)
        if isinstance(value, Mapping):
            yield from places(value, (*path, name))


def with_value(data: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    found = copy.deepcopy(data)
    section = found
    for name in path[:-1]:
        section = section[name]
    section[path[-1]] = value
    return found


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_an_odd_value_is_no_bug(path: Path) -> None:
    data = json.loads(path.read_text())["config"]
    for place in places(data):
        for value in ODD:
            try:
                found = describe(Config(with_value(data, place, value)))
            except AuditError as error:
                assert "\n" not in str(error)
                continue
            assert all(weight.elements >= 0 for weight in found.weights)


@pytest.mark.parametrize("ratio", [0, -0.5, 2, 1e-9])
@pytest.mark.parametrize("model_type", ["sizes/interns1", "sizes/internvl_chat", "recorded/nemotron_h_omni"])
def test_a_ratio_that_keeps_nothing(model_type: str, ratio: float) -> None:
    data = json.loads((HERE / f"{model_type}.json").read_text())["config"]
    with pytest.raises(AuditError, match="a ratio of the side that is kept lies between 0 and 1"):
        describe(Config({**data, "downsample_ratio": ratio}))
