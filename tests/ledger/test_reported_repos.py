"""Repos rebuilt from public reports: each was once counted wrong. Their right values were worked out by hand.

The corpus holds them as small folders with the names, shapes and types of their tensors; here they are laid out with
sparse weight files and read as their command reads them.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from moeaudit.audits.headline import headline_claims
from moeaudit.audits.inspect import inspect
from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Severity
from moeaudit.checks.registry import run
from moeaudit.evidence.model import Depth
from moeaudit.evidence.tables import Tensor
from moeaudit.ledger.values import Absent
from tests.conftest import corpus_cases
from tests.hub.repos import shard_file

FIELDS = {"total_full": "total.full", "active_full": "active.full", "mtp_unique": "mtp.unique"}
OF_THE_WEIGHTS = ("packing suffix", "lists too long", "family unknown: a stacked")
"""Kinds of fault, beyond those with tensors of their own, that are about weights held against a config."""


def cases() -> list[Path]:
    """Those that are about how weights are counted: the others are of cards, launch commands and formats not read."""
    found = []
    for path in corpus_cases("../cases/*/case.json"):
        kind = json.loads(path.read_text())["kind"]
        if (path.parent / "tensors.json").exists() or kind.startswith(OF_THE_WEIGHTS):
            found.append(path.parent)
    return found


def write_shard(path: Path, tensors: dict[str, tuple[str, list[int]]]) -> int:
    """A sparse weight file; bytes of its tensors."""
    file = shard_file(Tensor(name, dtype, tuple(shape)) for name, (dtype, shape) in tensors.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.write(file.head)
        out.truncate(file.size)
    return file.size - len(file.head)


def lay_out(case: Path, folder: Path) -> None:
    """The case as a repo on disk."""
    shutil.copytree(case, folder, ignore=shutil.ignore_patterns("case.json", "tensors.json"))
    if not (case / "tensors.json").exists():
        return
    table: dict[str, Any] = json.loads((case / "tensors.json").read_text())
    total = sum(write_shard(folder / file, tensors) for file, tensors in table["files"].items())
    for file, tensors in table["unindexed"].items():
        write_shard(folder / file, tensors)
    if table["index"]:
        left_out = re.compile(table["index_omits"] or r"(?!)")
        names = {name: file for file, held in table["files"].items() for name in held if not left_out.search(name)}
        index = {"metadata": {"total_size": total}, "weight_map": names}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_reported_repo_is_counted_right(corpus: Path, case: Path, tmp_path: Path) -> None:
    said = json.loads((case / "case.json").read_text())
    want = said["want"]
    folder = tmp_path / "repo"
    lay_out(case, folder)
    words = shlex.split(said["command"].split("; ")[0])
    depth = Depth(words[words.index("--depth") + 1]) if "--depth" in words else None
    inspection = inspect(str(folder), depth=depth, offline=True)
    for field, name in FIELDS.items():
        value = inspection.denominators[name]
        if field in want:
            assert not isinstance(value, Absent) and value.typical == want[field], name
    if "verdict" in want:
        assert inspection.agreement.verdict == want["verdict"]
    errors = [one.rule for one in run(Facts(inspection, headline_claims(inspection))) if one.severity is Severity.ERROR]
    if "rc" in want:
        assert bool(errors) == bool(want["rc"]), errors
