"""What each gain cost in lines, as git counts them in the commits and files that gains.yaml names."""

from __future__ import annotations

import subprocess
from typing import NamedTuple

import yaml

from benchmarks.models import ROOT


class Gain(NamedTuple):
    """`effect`: what it bought, as measured when it was made. `paths`: the files of the commits that belong to it."""

    gain: str
    why: str
    effect: str
    commits: list[str]
    paths: list[str]


def gains() -> list[Gain]:
    return [Gain(**row) for row in yaml.safe_load((ROOT / "benchmarks/gains.yaml").read_text(encoding="utf-8"))]


def lines() -> dict[str, list[int]]:
    """By gain: lines of the package added and removed, and those of tests. Empty where git does not know a commit."""
    return {gain.gain: counted for gain in gains() if (counted := _lines(gain))}


def _lines(gain: Gain) -> list[int] | None:
    found = [0, 0, 0, 0]
    for commit in gain.commits:
        asked = ["git", "show", "--numstat", "--format=", commit, "--", *gain.paths]
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            return None
        for line in done.stdout.splitlines():
            added, removed, path = line.split("\t")
            place = {"moeaudit": 0, "tests": 2}.get(path.partition("/")[0])
            if place is not None and added != "-":
                found[place] += int(added)
                found[place + 1] += int(removed)
    return found
