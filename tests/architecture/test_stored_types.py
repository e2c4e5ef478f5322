"""In which type released checkpoints store each weight: the config predicts it, header tables of releases prove it."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.evidence import open_evidence
from moeaudit.evidence.model import Evidence, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.packing.storage import Storage
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis
from tests.architecture.recordings import Recording
from tests.conftest import corpus_cases

OTHERWISE = {
    "moonshotai--Kimi-K2.5": "packed shapes are I32",
    "Qwen--Qwen3-30B-A3B-Thinking-2507-FP8": "scales are BF16",
    "XiaomiMiMo--MiMo-V2.5": "scale grids of the fused projections are laid out by slice",
}
"""Releases whose scales and shapes are not stored as their config says: names and bytes alone do not tell how."""

CONVERTED = "Eco-Tech--GLM-5.1-w8a8"
"""Not its maker's release: the tool that packed it turned every norm into F32."""

RELEASES = [
    path.parent
    for path in corpus_cases("headers/*/headers.tsv")
    if "__" not in path.parent.name and path.parent.name != CONVERTED
]


def table(path: Path) -> TensorTable:
    """Rows of (name pattern, type, shape); `{0,5,11-13}` in a pattern are numbers, both ends included."""
    with path.open() as file:
        return TensorTable(tuple(group(*row) for row in list(csv.reader(file, delimiter="\t"))[1:]))


def group(pattern: str, dtype: str, shape: str) -> TensorGroup:
    template, *columns = re.split(r"\{([^}]+)\}", pattern)
    index = tuple(tuple(numbers(column)) for column in columns[::2])
    plain = TensorGroup("{}".join([template, *columns[1::2]]), index, dtype, tuple(json.loads(shape)))
    return plain.canonical()


def numbers(column: str) -> Iterator[int]:
    for piece in column.split(","):
        first, _, last = piece.partition("-")
        yield from range(int(first), int(last or first) + 1)


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_a_release_stores_each_weight_in_the_predicted_type(corpus: Path, folder: Path) -> None:
    """Of the weights that are stored as they are."""
    seen, config = table(folder / "headers.tsv"), json.loads((folder / "config.json").read_text())
    tensors = Storage.of(config).pack(describe(Config(config)).weights)
    predicted, stored = plain_types(tensor.group for tensor in tensors), plain_types(seen.groups)
    both = predicted.keys() & stored.keys()
    assert both and {name: predicted[name] for name in both} == {name: stored[name] for name in both}


def plain_types(groups: Iterable[TensorGroup]) -> dict[str, set[str]]:
    """The types of what is not packed, and is no scale."""
    found: dict[str, set[str]] = {}
    for one in groups:
        if one.dtype in ("F32", "BF16") and "scale" not in one.template:
            found.setdefault(one.canonical().template, set()).add(one.dtype)
    return found


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_names_and_bytes_alone_agree_with_the_config(corpus: Path, folder: Path) -> None:
    """What an index tells: to the byte, and no type has to be sought to explain the difference."""
    seen, config = table(folder / "headers.tsv"), json.loads((folder / "config.json").read_text())
    unread = TensorTable(tuple(replace(one, dtype=None, shape=None) for one in seen.groups))
    index = Index("model.safetensors.index.json", unread, total_size=seen.bytes)
    model = ModelRef("org/model", Source.FOLDER)
    inspection = inspect_evidence(Evidence(model, JsonFile("config.json", config), index=index))
    typed = any(doubt.cause is Cause.STORED_DTYPE for doubt in inspection.account.doubts)
    agreed = (inspection.agreement.verdict, inspection.agreement.bytes_difference) == ("agree", 0)
    assert (agreed and not typed) == (folder.name not in OTHERWISE)


def test_minimax_m2_stores_routers_and_their_biases_in_float32() -> None:
    """What a public port read from the shards of MiniMax-M2, whose shapes M2.7 has too: 251 tensors in bfloat16, 47,988
    in float32 (47,864 of them scales, one for each matrix in FP8), such as the gate, float32 [256, 3072]
    (whn09/neuronx-distributed-inference, examples/minimax_m2_misc/model_precision_report.txt)."""
    headers = open_evidence("MiniMaxAI/MiniMax-M2.7", offline=True).headers
    assert headers is not None
    tensors: Counter[str | None] = Counter()
    for one in headers.groups:
        tensors[one.dtype] += one.tensors
    assert tensors == {"BF16": 251, "F32": 47_988, "F8_E4M3": 47_864}


@pytest.mark.parametrize(
    ("model_type", "kept"),
    [
        ("deepseek_v3", {"e_score_correction_bias"}),
        ("minimax_m3_vl", {"e_score_correction_bias", "gate.weight", "patch_embedding.weight"}),
        ("qwen3_5_moe", {"A_log", "linear_attn.norm.weight"}),
        ("qwen3_next", set()),
        ("kimi_linear", {"A_log", "dt_bias"}),
    ],
)
def test_what_is_kept_in_float32(model_type: str, kept: set[str]) -> None:
    """As in the headers of DeepSeek-R1, MiniMax-M3, Qwen3.5-35B-A3B, Qwen3-Next-80B-A3B-Instruct-FP8 and
    Kimi-Linear-48B-A3B-Instruct."""
    names = {one.name for one in describe(Config(Recording.load(model_type).config)).weights if one.dtype == "F32"}
    assert all(any(name.endswith(word) for word in kept) for name in names)
    assert all(any(name.endswith(word) for name in names) for word in kept)


def test_mlx_packs_even_routers_that_releases_keep_in_float32() -> None:
    """mlx-lm quantises every linear layer: MiniMax-M2's routers in 8 bits, four to a number."""
    gate = {"model.layers.0.block_sparse_moe.gate": {"group_size": 64, "bits": 8}}
    config = Recording.load("minimax_m2").config
    storage = Storage.of(config | {"quantization": {"group_size": 64, "bits": 4} | gate})
    routers = [one for one in describe(Config(config)).weights if one.name.endswith("gate.weight")]
    stored = {tensor.group.shape for tensor in storage.pack(routers) if tensor.group.dtype == "U32"}
    experts, hidden = routers[0].shape
    assert stored == {(experts, hidden // 4), (experts, hidden // 8)}


def test_the_weights_are_the_same_however_their_experts_are_packed(corpus: Path) -> None:
    """DeepSeek-V4-Pro's config as its release prints it does not say that the experts are FP4."""
    folder = corpus / "headers/deepseek-ai--DeepSeek-V4-Pro"
    stated, silent = (json.loads((folder / name).read_text()) for name in ("config.json", "config.as-released.json"))
    assert stated.pop("expert_dtype") == "fp4" and "expert_dtype" not in silent
    assert describe(Config(silent)).weights == describe(Config(stated)).weights
    seen = table(folder / "headers.tsv")
    evidence = Evidence(ModelRef("org/model", Source.FOLDER), JsonFile("config.json", silent), headers=seen)
    inspection = inspect_evidence(evidence)
    assert inspection.agreement.verdict == "agree"
    assert inspection.denominators["total.stored"] == Count(1_598_837_347_742, basis=Basis.READ)
