"""Whatever is written in a file of others, AuditError alone comes out of it, in time.

Some thousand inputs of a fixed seed for every target, and every input that ever found a fault (`regressions/TARGET/*`,
kept there by `python -m tests.fuzz`). No atheris is needed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from moeaudit import text
from moeaudit.errors import UsageError
from moeaudit.evidence.json_text import read_object
from tests.fuzz.execute import REGRESSIONS, Tally, bounded, execute, plainly
from tests.fuzz.mutate import Mutator
from tests.fuzz.targets import REGISTRY, Target

KEPT = sorted(path for path in REGRESSIONS.glob("*/*") if path.is_file())


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def told(tally: Tally) -> str:
    return "\n".join(f"{kind}\n{data[:2000]!r}\n{trace}" for kind, (data, trace) in tally.found.items())


@pytest.mark.parametrize("name", REGISTRY)
def test_audit_errors_alone_come_out(name: str) -> None:
    target = REGISTRY[name]
    tally = plainly(target, Random(name), executions=target.executions)
    assert not tally.found, told(tally)
    assert tally.refused == [], "a seed that is refused leads nowhere"


@pytest.mark.parametrize("path", KEPT, ids=[f"{path.parent.name}-{path.name}" for path in KEPT])
def test_what_was_found_stays_mended(path: Path) -> None:
    tally = Tally()
    execute(REGISTRY[path.parent.name], path.read_bytes(), tally)
    assert not tally.found, told(tally)


def test_inputs_are_the_same_every_time() -> None:
    target = REGISTRY["claims"]
    one, other = (Mutator(target.form, target.seeds(), Random(7), target.repair) for _ in range(2))
    assert [one.next() for _ in range(50)] == [other.next() for _ in range(50)]


# What a run would notice


def planted(data: bytes) -> None:
    """Faults that only a change of structure finds: deep in a value, behind a key of another's name."""
    content = read_object(data, "a.json")
    deep = content.get("a", {})
    if isinstance(deep, dict) and isinstance(deep.get("b"), list) and len(deep["b"]) > 3:
        raise TypeError("a list of more than three")
    if content.get("size") == 2**63:
        raise OverflowError("a number at its end")
    if isinstance(content.get("name"), str) and "\x1b" in content["name"]:
        raise AssertionError("an escape")
    raise UsageError("nothing")


def test_planted_faults_are_found() -> None:
    target = Target("planted", "json", lambda: [b'{"a": {"b": [1]}, "size": 3, "name": "x"}'], planted, 0)
    found = plainly(target, Random(1), executions=2000).found
    assert {kind.split()[0] for kind in found} == {"TypeError", "OverflowError", "AssertionError"}


def test_a_case_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_data: bytes) -> None:
        while True:
            with suppress(Exception):  # as a careless reader would
                sum(range(1000))

    monkeypatch.setattr("tests.fuzz.execute.SECONDS", 0.1)
    monkeypatch.setattr("tests.fuzz.execute.bounded", lambda: bounded(0.1))
    tally = Tally()
    execute(Target("endless", "text", lambda: [b"x"], endless, 0), b"x", tally)
    assert [kind.split()[0] for kind in tally.found] == ["TooSlowError"]


def test_a_wrong_short_form_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The differential targets see what raises nothing: a unit printed a thousand times too small."""
    right = text.short
    monkeypatch.setattr(text, "short", lambda number: right(number).replace("B", "M"))
    found = plainly(REGISTRY["figure"], Random(1), executions=200).found
    assert any(kind.startswith("AssertionError") for kind in found)


def test_a_refusal_of_another_kind_is_found() -> None:
    target = replace(REGISTRY["launch"], may_raise=())
    assert plainly(target, Random(1), executions=100).found
