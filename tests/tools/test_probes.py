"""Marks tell which statements ran: as a tracer would, but for what runs on import; a statement's lines as a whole."""

from __future__ import annotations

import builtins

import pytest

from tools.mutation import probes

SOURCE = b'''\
def f(x):
    """Words are no statement."""
    global G
    G = x
    if x > 2:
        return (
            1 +
            x
        )
    elif x == 2:
        try:
            raise ValueError
        except ValueError:
            return "two"
    for one in range(x):
        g = lambda y: y + 1
        g(one)

    def inner():
        return 3

    match x:
        case 0:
            return inner()
    return None

TABLE = {"a": lambda x: (
    x + 1
)}
'''


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setattr(probes, "marks", bytearray())
    monkeypatch.setattr(probes, "places", [])
    tree = probes.marked(SOURCE, "a.py")
    monkeypatch.setattr(builtins, probes.MARKS, probes.marks, raising=False)
    names: dict[str, object] = {}
    exec(compile(tree, "a.py", "exec"), names)
    return names


@pytest.mark.parametrize(
    ("call", "ran"),
    [
        ("f(0)", {4, 5, 10, 15, 19, 20, 22, 24}),
        ("f(1)", {4, 5, 10, 15, 16, 17, 19, 22, 25}),
        ("f(2)", {4, 5, 10, 11, 12, 14}),
        ("f(3)", {4, 5, 6, 7, 8, 9}),
        ("TABLE['a'](1)", {28}),
    ],
)
def test_the_lines_of_what_ran(call: str, ran: set[int], module: dict[str, object]) -> None:
    assert not any(probes.marks), "nothing on import"
    eval(call, module)
    seen = [probes.places[at] for at, mark in enumerate(probes.marks) if mark]
    assert {line for path, first, last in seen for line in range(first, last + 1)} == ran
    assert {path for path, *_ in seen} == {"a.py"}


def test_the_marked_module_does_the_same(module: dict[str, object]) -> None:
    plain: dict[str, object] = {}
    exec(compile(SOURCE, "a.py", "exec"), plain)
    for x in range(5):
        assert module["f"](x) == plain["f"](x)  # type: ignore[operator]
