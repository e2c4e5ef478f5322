"""The measure itself: it sees the scans that counted calls are blind to, and changes nothing of what code does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scaling.measure import SIZES, slope
from tests.scaling.steps import HELPERS, rewritten, steps_of

ROOT = Path(__file__).resolve().parents[2]

SQUARES = {
    "in a list": "seen = []\nfor one in items:\n    if one not in seen: seen.append(one)",
    "in a comprehension": "found = [one for one in items if one not in items[::-1]]",
    "a tuple that grows": "found = ()\nfor one in items: found += (one,)",
    "a tuple in a new one": "found = ()\nfor one in items: found = (*found, one)",
    "a set at a time": "for one in items: set(items)",
    "the place in a list": "for one in items: items.index(one)",
    "the first of a list": "left = list(items)\nwhile left: left.pop(0)",
    "an inner loop": "for one in items: any(one == other for other in items[::-1])",
    "sorted each time": "for one in items: sorted(items)",
    "text up to here": "text = '\\n' * 100 * len(items)\nfor one in items: text.count('\\n', 0, 100 * one)",
    "text from here": "import re\ntext = 'a' * 100 * len(items)\nfor one in items: re.compile('b').search(text, one)",
    "a union at a time": "found = frozenset()\nfor one in items: found = found | {one}",
}

LINES = {
    "in a set": "seen = set()\nfor one in items:\n    if one not in seen: seen.add(one)",
    "a list that grows": "found = []\nfor one in items:\n    found += [one]",
    "the next line": "text, at = 'line\\n' * len(items), 0\nwhile at >= 0: at = text.find('\\n', at + 1)",
    "a search in halves": "from bisect import bisect_left\nfor one in items: bisect_left(items, one)",
    "the last of a list": "left = list(items)\nwhile left: left.pop()",
    "the first that fits": "for one in items: next(other for other in items if other >= 0)",
    "sorted once": "sorted(set(items), key=lambda one: -one)",
    "a look into a mapping": "known = {one: one for one in items}\nfor one in items: known[one] + len(items)",
}


def power(code: str) -> float:
    def work(size: int) -> None:
        exec(rewritten(code), {**HELPERS, "items": list(range(40 * size))})

    return slope([steps_of(lambda size=size: work(size)) for size in SIZES])  # type: ignore[misc]


@pytest.mark.parametrize("code", SQUARES.values(), ids=SQUARES)
def test_a_square_is_seen(code: str) -> None:
    assert power(code) > 1.6


@pytest.mark.parametrize("code", LINES.values(), ids=LINES)
def test_a_line_is_a_line(code: str) -> None:
    assert power(code) <= 1.05


SOURCE = '''
"""Text."""
from __future__ import annotations
from dataclasses import dataclass, field

class Base:
    def __init__(self, *given, **named):
        self.__given, self.named = given, named
    def told(self):
        """What it was given."""
        return [*self.__given], {**self.named}

class Own(Base):
    def __init__(self, text="a" + "b", *more):
        super().__init__(text, *more, key=text[1:])
        self.count = 0
        for place, one in enumerate(more):
            self.count += place

@dataclass
class Data:
    numbers: list[int] | None = field(default_factory=list)

def walk(items):
    total = 0
    def inner():
        nonlocal total
        total += 1
    while items:
        inner()
        yield (items := items[1:])
    return total

first, *rest = sorted({3, 1, 2} & {1, 2, 3} | {4} - {5})
found = [Own("x", 1, 2).told(), Own().count, Data().numbers, list(walk((1, 2, 3))), first, rest, 2 in rest,
         9 not in rest, {a: b for a, b in zip("ab", [1, 2], strict=True)}, f"{len(rest)}",
         Base.told.__doc__, Data.__annotations__]
'''


def test_the_code_does_what_it_did() -> None:
    plain: dict[str, Any] = {"__name__": "plain"}
    counted: dict[str, Any] = {"__name__": "counted", **HELPERS}
    sys.modules["plain"] = sys.modules["counted"] = sys  # where dataclasses look
    try:
        exec(compile(SOURCE, "plain", "exec", dont_inherit=True), plain)
        assert steps_of(lambda: exec(rewritten(SOURCE), counted)) > 20
    finally:
        del sys.modules["plain"], sys.modules["counted"]
    assert counted["found"] == plain["found"] and len(plain["found"]) == 12


def test_the_command_prints_what_it_did(tmp_path: Path) -> None:
    words = ["inspect", str(ROOT / "fixtures/openai--gpt-oss-20b.evidence.json"), "--format", "json"]
    plain = subprocess.run([sys.executable, "-m", "moeaudit", *words], cwd=ROOT, capture_output=True, check=True)
    code = (
        "import sys, pathlib\nfrom tests.scaling.steps import count_steps\n"
        "count_steps(pathlib.Path(sys.argv.pop(1)))\nfrom moeaudit.cli import main\nmain()"
    )
    counted = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *words], cwd=ROOT, capture_output=True, check=True
    )
    assert counted.stdout == plain.stdout and counted.stdout
