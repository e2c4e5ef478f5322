"""A small Qwen3-MoE, as its repo would hold it, and the command line as a function."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moeaudit.cli import main
from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.packing import Storage
from tests.hub.repos import HubFile, weight_files
from tests.ledger.packing.checkpoints import SMALL, stored_weights, table_of

ID = "org/small-moe"
CONFIG: dict[str, Any] = {**SMALL, "architectures": ["Qwen3MoeForCausalLM"]}


def table(config: Mapping[str, Any] = CONFIG, shards: int = 2) -> TensorTable:
    """The tensors that a release with this config stores, in so many files."""
    stored = table_of(Storage.of(config).pack(stored_weights(config))).expand()
    files = [f"model-{number:05d}-of-{shards:05d}.safetensors" for number in range(1, shards + 1)]
    return TensorTable.collapse(
        tensor._replace(shard=files[place * shards // len(stored)] if shards > 1 else "model.safetensors")
        for place, tensor in enumerate(stored)
    )


def folder(
    path: Path, config: Mapping[str, Any] | str = CONFIG, weights: TensorTable | None = None, **files: str
) -> Path:
    """A model's folder: config.json, weights with genuine headers before holes, and whatever else is named."""
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    for name, content in (weight_files(weights) if weights else {}).items():
        put(path / name, content)
    for name, text in files.items():
        (path / name.replace("__", ".")).write_text(text)
    return path


def put(path: Path, file: HubFile) -> None:
    """A file with its head written and the rest a hole."""
    with path.open("wb") as out:
        out.write(file.head)
        out.truncate(file.size)


@dataclass(frozen=True)
class Run:
    """What one command line left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


@dataclass
class CommandLine:
    """`cli("inspect", "org/name")` runs moeaudit in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str | Path) -> Run:
        self.monkeypatch.setattr(sys, "argv", ["moeaudit", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = self.capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Run(left.value.code, out, err)
