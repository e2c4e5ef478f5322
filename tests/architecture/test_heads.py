"""Seven heads, which divide no width of the references: `tools/record/heads.py` records what transformers makes of it.

Either the same number of elements is counted, or the config is refused in one line.
"""

from __future__ import annotations

import json

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import UsageError
from tests.architecture.recordings import FOLDER, Outcome, changed

RECORDED: dict[str, int | str] = json.loads((FOLDER.parent / "heads.json").read_text())

COUNTED_ALL_THE_SAME = {
    "dots3_note": "its numbers of keys and of queries must be equal; only the latter are read",
    "dots3_note_text": "its numbers of keys and of queries must be equal; only the latter are read",
    "ernie4_5_vl_moe": "it fails on its positions, not on its sizes",
    "glm5_next": "its numbers of keys and of queries must be equal; only the latter are read",
    "glm5_next_text": "its numbers of keys and of queries must be equal; only the latter are read",
}
"""Types whose text section transformers refuses for what no count depends on."""


def read(case: str) -> int | None:
    """Elements; None where the config is refused, and the heads are named."""
    model_type, path = case.split()
    recording = json.loads((FOLDER / f"{model_type}.json").read_text())
    config = changed(recording["config"], {**recording["small"]["change"], path: 7})
    try:
        return sum(Outcome.derived(describe(Config(config))).sums.values())
    except UsageError as error:
        assert "heads" in error.message
        return None


@pytest.mark.parametrize("case", [case for case, made in RECORDED.items() if isinstance(made, int)])
def test_what_is_built_is_counted_or_refused(case: str) -> None:
    """transformers builds some towers whose first pass then fails: their matrices are as wide as the model, their heads
    are not."""
    assert read(case) in (RECORDED[case], None)


@pytest.mark.parametrize("case", [case for case, made in RECORDED.items() if isinstance(made, str)])
def test_what_is_refused_is_not_counted(case: str) -> None:
    known = case.split(maxsplit=1)[0] in COUNTED_ALL_THE_SAME and "vision" not in case and "audio" not in case
    assert known or read(case) is None


def test_most_of_what_is_built_is_counted() -> None:
    built = [case for case, made in RECORDED.items() if isinstance(made, int)]
    assert len(built) > 90 and sum(read(case) is None for case in built) == 13
