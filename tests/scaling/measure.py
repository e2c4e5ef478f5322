"""Steps along axes, in a process of its own: `python -m tests.scaling.measure FOLDER [AXIS …]` prints them as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from math import log2
from pathlib import Path

from tests.scaling.steps import count_steps, steps_of

SIZES = (1, 2, 4, 8)
STEEPEST = 1.15
FLAT = 0.1
"""What grows by less than this share from ×4 to ×8 is called flat: its slope would be that of a rounding."""


def slope(counts: Sequence[int]) -> float:
    """The exponent with which the work grows between the last steps, what it costs at any size left out: 1 where twice
    the size adds twice as much, 2 where four times as much."""
    *_, before, middle, last = counts
    if last - middle < FLAT * middle:
        return 0.0
    return log2((last - middle) / max(1, middle - before))


def main() -> None:
    _, folder, *chosen = sys.argv
    count_steps(Path(folder) / "counted")
    from tests.scaling.axes import AXES

    found = {}
    for name in chosen or AXES:
        works = [AXES[name](Path(folder) / name / str(size), size) for size in SIZES]
        works[0]()  # what is imported and kept on first use is not of any size
        found[name] = [steps_of(work) for work in works]
        print(name, *found[name], f"{slope(found[name]):.2f}", file=sys.stderr, flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
