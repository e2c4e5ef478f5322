"""Hostile files, hundreds of each kind, made here: every one ends within 5 seconds of CPU and 300 MB, with the right
exit code, in one line of at most 300 characters, and never as a bug of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile import carried, configs, converted, fleets, kept, others, tables, texts, weights
from tests.hostile.batch import Ran
from tests.hostile.case import FINDINGS, NOTHING, OK, Case

ROOT = Path(__file__).resolve().parents[2]
SECONDS, BYTES, CHARACTERS = 5.0, 300_000_000, 300
KINDS = {
    module.__name__.rpartition(".")[2]: tuple(module.cases())
    for module in (weights, converted, configs, texts, tables, fleets, kept, carried, others)
}
TOGETHER = 60
"""Cases of one test: all run from one process that has everything loaded."""

PARTS = {
    f"{kind} {at + 1}-{min(at + TOGETHER, len(cases))}": cases[at : at + TOGETHER]
    for kind, cases in KINDS.items()
    for at in range(0, len(cases), TOGETHER)
}


@pytest.mark.parametrize("part", PARTS)
def test_it_ends_soon_and_in_one_line(part: str, tmp_path: Path) -> None:
    cases = PARTS[part]
    failures = [
        f"{case.name}: {fault} [{' '.join(case.words)[:60]}] {ran.err[-300:]!r}"
        for case, ran in zip(cases, ran_of(cases, tmp_path), strict=True)
        for fault in faults(case, ran)
    ]
    assert not failures, "\n".join(failures)


def test_there_are_hundreds_and_no_name_twice() -> None:
    names = [case.name for cases in KINDS.values() for case in cases]
    assert len(names) >= 400
    assert len(set(names)) == len(names), sorted({name for name in names if names.count(name) > 1})


def ran_of(cases: tuple[Case, ...], folder: Path) -> list[Ran]:
    jobs = []
    for number, case in enumerate(cases):
        own = folder / str(number)
        own.mkdir()
        case.write(own)
        jobs.append([str(own), case.words])
    (folder / "jobs").write_text(json.dumps(jobs))
    words = [sys.executable, "-m", "tests.hostile.batch", str(folder / "jobs"), str(folder / "results")]
    subprocess.run(words, cwd=ROOT, check=True, stdin=subprocess.DEVNULL)
    return [Ran(*one) for one in json.loads((folder / "results").read_text())]


def faults(case: Case, ran: Ran) -> list[str]:
    """What is wrong with how a case ended; nothing where it ended as it must."""
    lines = ran.err.splitlines()
    found = []
    if ran.code not in case.codes:
        found.append(f"exit {ran.code}, not {case.codes}")
    if ran.cpu > SECONDS:
        found.append(f"{ran.cpu:.1f} s")
    if ran.peak > BYTES:
        found.append(f"{ran.peak / 1e6:.0f} MB")
    if max(map(len, lines), default=0) > CHARACTERS:
        found.append(f"a line of {max(map(len, lines))} characters")
    if ran.code not in (OK, FINDINGS, NOTHING) and len(lines) != 1:
        found.append(f"{len(lines)} lines")
    if case.said and case.said not in ran.err:
        found.append(f"without the words {case.said!r}")
    return found
