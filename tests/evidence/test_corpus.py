"""Published indexes and header tables: each loads, collapses, and expands to the identical list."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import product
from math import prod
from pathlib import Path

import pytest

from moeaudit.evidence import Depth, open_evidence
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.evidence.weight_index import read_index
from tests.conftest import corpus_cases
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

INDEXES = corpus_cases("hub/*/*.index.json")
CONFIGS = corpus_cases("hub/*/config.json")
HEADERS = corpus_cases("hub/*/HEADER_COLLAPSED.tsv")

RAW_TOTALS = {
    "deepseek-ai--DeepSeek-V2-Lite": "deepseek-ai/DeepSeek-V2-Lite-Chat",
    "Qwen--Qwen3-Next-80B-A3B-Instruct-FP8": "Qwen/Qwen3-Next-80B-A3B-Instruct-FP8",
    "moonshotai--Kimi-K2-Instruct": "moonshotai/Kimi-K2 (FP8, 61 shards)",
    "deepseek-ai--DeepSeek-V4-Flash": "deepseek-ai/DeepSeek-V4-Flash",
    "openai--gpt-oss-20b": "openai/gpt-oss-20b",
}
"""Folders with a header table, and the row of known-counts.tsv that gives its raw element total."""


def numbers(text: str) -> list[int]:
    """`0-44` or `0:44:4,1:45:4`: inclusive ranges, as the tables write them."""
    found: list[int] = []
    for piece in text.split(","):
        first, last, step = (*map(int, re.split("[-:]", piece)), 1)[:3]
        found.extend(range(first, last + 1, step))
    return found


def published(path: Path) -> Iterator[Tensor]:
    """Every tensor of a header table."""
    with path.open() as file:
        for pattern, dtype, shape in list(csv.reader(file, delimiter="\t"))[1:]:
            literals = re.split(r"\{([^}]+)\}", pattern)
            template = "{}".join(literals[::2])
            for combination in product(*(numbers(text) for text in literals[1::2])):
                yield Tensor(template.format(*combination), dtype, tuple(json.loads(shape)))


def known(corpus: Path, folder: str) -> tuple[int, int]:
    """Tensors and raw elements that an independent report counted in the real files."""
    with (corpus / "known-counts.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            counted = re.match(r"raw element total over (?:all )?(\d+)", row["what it counts"])
            if row["model"] == RAW_TOTALS[folder] and counted:
                return int(counted[1]), int(row["figure"])
    raise AssertionError(f"no raw total of {folder}")


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: path.parent.name)
def test_header_tables(corpus: Path, path: Path) -> None:
    listed = list(published(path))
    table = TensorTable.collapse(listed)
    assert (table.tensors, table.elements) == known(corpus, path.parent.name)
    assert table.elements == sum(prod(tensor.shape or ()) for tensor in listed)
    assert sorted(table.expand(), key=lambda tensor: tensor.name) == sorted(listed, key=lambda tensor: tensor.name)
    assert len(table.groups) < 200


@pytest.mark.parametrize("path", INDEXES, ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}")
def test_indexes(corpus: Path, path: Path) -> None:
    content = json.loads(path.read_text())
    weight_map = content["weight_map"]
    index = read_index(path.read_bytes(), path.name)
    assert {tensor.name: tensor.shard for tensor in index.table.expand()} == weight_map
    assert index.table.names_sha256 == sha256("\n".join(sorted(weight_map)).encode()).hexdigest()
    assert index.total_size == content["metadata"]["total_size"]
    data = evidence_bytes(replace(open_evidence(str(path.parent), depth=Depth.CONFIG), index=index))
    assert read_evidence(data, "x").index == index
    assert len(data) < path.stat().st_size / 5


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parent.name)
def test_configs(corpus: Path, path: Path) -> None:
    config = open_evidence(str(path)).config
    assert config is not None and config.data == json.loads(path.read_text())


def test_a_checkpoint_of_fourteen_gigabytes_over_the_wire(corpus: Path, hub: LoopbackHub) -> None:
    """gpt-oss-20b with its published tensors and shards, at depth headers: all that is sent stays below 200 kB."""
    folder = corpus / "hub" / "openai--gpt-oss-20b"
    shards = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
    table = TensorTable.collapse(
        Tensor(tensor.name, tensor.dtype, tensor.shape, shards[tensor.name])
        for tensor in published(folder / "HEADER_COLLAPSED.tsv")
    )
    hub.add(model_repo("openai/gpt-oss-20b", (folder / "config.json").read_text(), table))
    evidence = open_evidence("openai/gpt-oss-20b", depth=Depth.HEADERS)
    assert evidence.headers == table
    assert (table.tensors, table.bytes) == (459, 13_761_264_768)
    assert hub.weights < 20_000
    assert hub.sent < 200_000
