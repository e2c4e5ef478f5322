"""The parts of the recorder that need no torch: tables in few lines, changed configurations, translated keys."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.architecture.recordings import ABSENT, MODEL_TYPES, Recording, changed
from tests.architecture.tables import numbers

RECORDER = Path(__file__).parents[2] / "tools" / "record"


@pytest.fixture(scope="module")
def recorder() -> Iterator[dict[str, ModuleType]]:
    sys.path.insert(0, str(RECORDER))
    yield {name: import_module(name) for name in ("collapse", "corrections", "perturb", "variants")}
    sys.path.remove(str(RECORDER))


ROOT = RECORDER.parents[1]
ROWS = [line.split("|")[1:-1] for line in (RECORDER / "README.md").read_text().splitlines() if line.startswith("| `")]


def test_every_recorder_is_listed_with_what_it_writes() -> None:
    """`peer.py` is the inside of another program's process, which `peers.py` starts."""
    scripts = {path.name for path in RECORDER.glob("*.py") if "__main__" in path.read_text()} - {"peer.py"}
    assert scripts == {row[0].strip(" `") for row in ROWS}
    for row in ROWS:
        written = re.findall(r"`([^`]+/[^`]*)`", row[2])
        assert written and all(list(ROOT.glob(path.rstrip("/"))) for path in written), row


ASK_NOBODY = {
    "moeaudit/claims/catalogues/record.py",  # a record of a catalogue
    "moeaudit/evidence/recorded.py",
    "moeaudit/reports/sections/records_left.py",
    "tests/architecture/recordings.py",  # reads what was recorded
    "tests/guard/record.py",  # of our own code
}


def test_no_recorder_stands_elsewhere() -> None:
    rooms = ("moeaudit", "tests", "tools", "benchmarks")
    named = {path.relative_to(ROOT).as_posix() for room in rooms for path in (ROOT / room).rglob("record*.py")}
    assert named - ASK_NOBODY == set()


SHAPES = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.integers(0, 4), st.integers(0, 4)).map(lambda part: "{}.{}.w.{}".format(*part)),
    st.sampled_from([(2, 3), (4,)]),
    max_size=20,
)


@given(shapes=SHAPES)
def test_collapsed_tables_expand_to_the_same_tensors(
    recorder: dict[str, ModuleType], shapes: dict[str, tuple[int, ...]]
) -> None:
    expanded = [
        (template.format(*combination), tuple(shape))
        for template, shape, *columns in recorder["collapse"].collapse(shapes)
        for combination in product(*map(numbers, columns))
    ]
    assert sorted(expanded) == sorted(shapes.items())


def test_a_regular_table_is_one_line(recorder: dict[str, ModuleType]) -> None:
    shapes = {f"layers.{layer}.experts.{expert}.w": (8, 4) for layer in range(3, 60) for expert in range(256)}
    assert recorder["collapse"].collapse(shapes) == [["layers.{}.experts.{}.w", [8, 4], "3-59", "0-255"]]


def test_every_type_is_named_once(recorder: dict[str, ModuleType]) -> None:
    variants = recorder["variants"]
    assert variants.TYPES == MODEL_TYPES
    assert not set(variants.AS_IS) & set(variants.CHANGED)
    assert {*variants.TOGETHER, *variants.UNLIKE_RELEASES} <= set(variants.TYPES)


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_small_configurations_keep_every_kind_of_layer(recorder: dict[str, ModuleType], model_type: str) -> None:
    recording = Recording.load(model_type)
    change = recorder["perturb"].small(recording.config)
    assert changed(recording.config, change) == recording.small
    for path, value in change.items():
        before = recorder["perturb"].value_at(recording.config, path)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            assert set(value) == set(before)


def test_changes_are_applied_to_a_copy(recorder: dict[str, ModuleType]) -> None:
    config = {"a": {"b": [1]}, "c": 2}
    change = {"a.b": [3], "c": ABSENT}
    assert recorder["perturb"].applied(config, change) == changed(config, change) == {"a": {"b": [3]}}
    assert config == {"a": {"b": [1]}, "c": 2}


def test_published_keys_are_translated(recorder: dict[str, ModuleType]) -> None:
    """MiniMax-Text-01's config.json lists its layers as 0 (lightning) and 1 (softmax)."""
    raw = {"model_type": "minimax", "attn_type_list": [0, 0, 1]}
    assert recorder["corrections"].translated(raw) == {
        "model_type": "minimax",
        "layer_types": ["linear_attention", "linear_attention", "full_attention"],
    }
