"""Configurations near the recorded ones, drawn by hypothesis: plausible ones, and ones that nobody should write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from tests.architecture.recordings import ABSENT, Change, changed

Config = dict[str, Any]

HOSTILE: tuple[Any, ...] = (
    "",
    "many",
    "7",
    "\x1b[31m\u202e",
    -1,
    -(2**70),
    0,
    1,
    2**31,
    2**40,
    2**70,
    1e300,
    float("nan"),
    float("inf"),
    0.5,
    True,
    False,
    None,
    [],
    [[]],
    [0],
    [-1],
    [1] * 500,
    ["full_attention"],
    ["?"] * 6,
    [None],
    {},
    {"a": 1},
    {"0": {"head_dim": 1}},
    {"-1": None},
    ABSENT,
)


def fields(config: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of every section with its dotted path, sections themselves included."""
    for name, value in config.items():
        yield f"{path}{name}", value
        if isinstance(value, dict):
            yield from fields(value, f"{path}{name}.")


def plausible(value: Any) -> st.SearchStrategy[Any]:
    """Other values of the same type."""
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        return st.sampled_from(
            sorted({value, value + 1, max(value - 1, 0), value * 2, max(value // 2, 1), 1})
        ) | st.integers(1, 64)
    if isinstance(value, list) and value:
        return st.permutations(value) | st.just(value)
    return st.just(value)


@st.composite
def plausible_configs(draw: st.DrawFn, base: Config) -> Config:
    """A configuration with up to six fields changed to values of their own type, or left out."""
    known = [(path, value) for path, value in fields(base) if path != "model_type"]
    chosen = draw(st.lists(st.sampled_from(known), max_size=6, unique_by=lambda field: field[0]))
    change: Change = {
        path: draw(plausible(value) | st.just(ABSENT) if draw(st.integers(0, 9)) == 0 else plausible(value))
        for path, value in chosen
        if not isinstance(value, dict)
    }
    return changed(base, change)


@st.composite
def hostile_configs(draw: st.DrawFn, base: Config) -> Config:
    """The same with one to three fields, sections included, set to something that does not belong there."""
    paths = [path for path, _ in fields(base) if path != "model_type"]
    chosen = draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True))
    outermost = [path for path in chosen if not any(path.startswith(f"{other}.") for other in chosen)]
    return changed(base, {path: draw(st.sampled_from(HOSTILE)) for path in outermost})
