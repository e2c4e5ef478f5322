"""Where a rule begins to speak: the last figure that it lets pass and the first that it does not, by hand.

Mixtral 8x7B: 46,702,792,704 parameters, of which a token uses 12,879,925,248 (12,748,853,248 without the input table,
12,617,781,248 without both), 93,405,585,408 bytes in BF16, 32,768 positions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.checks.world import FIRST, SECOND, findings_of

T = "1T"
BF16 = 2 * 46_702_792_704


def fired(folder: Path, rule: str, said: dict[str, Any], changes: dict[str, Any] | None = None, card: str = "") -> bool:
    """Whether the rule speaks of a claim file with these fields, beside a card, and evidence with these changes."""
    document: dict[str, Any] = {"schema": "moeaudit/claims/v1", "model": {"id": "example/model"}}
    for path, value in said.items():
        section, _, name = path.partition(".")
        document.setdefault(section, {})[name] = value
    files = [folder / "a.claims.yaml", folder / "a.json"]
    files[0].write_text(json.dumps(document))
    files[1].write_text(json.dumps({"evidence": "mixtral", **(changes or {})}))
    if card:
        files.append(folder / "README.md")
        files[-1].write_text(card)
    return rule in {found.rule for found in findings_of(files)}


@pytest.mark.parametrize(
    ("rule", "flop", "speaks"),
    [  # 6 · active.full · 1T = 7.728e22: three times above it or below
        ("training-flop-implausible", "2.31e23", False),
        ("training-flop-implausible", "2.33e23", True),
        ("training-flop-implausible", "2.60e22", False),
        ("training-flop-implausible", "2.30e22", True),
        # 6 · total · 1T: product / figure within 8 % of 1, so from 2.786e23 (total.body) / 1.08 = 2.580e23 to
        # 2.802e23 (total.full) / 0.92 = 3.046e23
        ("training-flop-from-total", "2.59e23", True),
        ("training-flop-from-total", "2.58e23", False),
        ("training-flop-from-total", "3.04e23", True),
        ("training-flop-from-total", "3.05e23", False),
        # 2 · active · 1T: from 2.5236e22 / 1.08 = 2.337e22 to 2.576e22 / 0.92 = 2.800e22
        ("training-flop-2nd", "2.34e22", True),
        ("training-flop-2nd", "2.33e22", False),
        ("training-flop-2nd", "2.79e22", True),
        ("training-flop-2nd", "2.81e22", False),
        # the presumption of systemic risk, a tenth above and below
        ("systemic-risk-missed", "1.4e25", True),
        ("systemic-risk-missed", "1.3e25", False),
    ],
)
def test_training_compute(rule: str, flop: str, speaks: bool, tmp_path: Path) -> None:
    said = {"governance.training_tokens": T, "governance.training_compute": flop, "governance.systemic_risk": False}
    assert fired(tmp_path, rule, said) is speaks


@pytest.mark.parametrize(
    ("hours", "speaks"),
    [  # 7.728e22 / 3600 s: at 5e15 FLOP/s 4,293.3 hours, at 1e12 21,466,542
        ("4293", True), ("4294", False), ("21466000", False), ("21467000", True), ("1000", True), ("999", False),
    ],
)  # fmt: skip
def test_gpu_hours(hours: str, speaks: bool, tmp_path: Path) -> None:
    said = {"governance.training_tokens": T, "governance.gpu_hours": f"{hours} H100 hours"}
    assert fired(tmp_path, "gpu-hours-implausible", said) is speaks


@pytest.mark.parametrize(("tokens", "speaks"), [("12.8B", True), ("12.9B", False), ("300T", False), ("301T", True)])
def test_training_tokens(tokens: str, speaks: bool, tmp_path: Path) -> None:
    """Fewer tokens than active parameters, or more than 3 · 10^14, are a wrong unit."""
    assert fired(tmp_path, "training-tokens-implausible", {"governance.training_tokens": tokens}) is speaks


@pytest.mark.parametrize(
    ("rule", "memory", "speaks"),
    [  # 98 % of the bytes are 91,537,473,700; 85.1 GB can mean 85.2 · 2^30 = 91,482,803,405
        ("memory-below-weights", "85.1 GB in BF16", True),
        ("memory-below-weights", "85.2 GB in BF16", False),
        # active × 2 bytes within a tenth: from 25.236 / 1.1 / 1.0737 = 21.37 to 25.760 / 0.9 = 28.62
        ("memory-from-active", "28.6 GB in BF16", True),
        ("memory-from-active", "28.7 GB in BF16", False),
        ("memory-from-active", "21.4 GB in BF16", True),
        ("memory-from-active", "21.3 GB in BF16", False),
        ("memory-below-weights", "28.7 GB in BF16", True),
        ("memory-below-weights", "28.6 GB in BF16", False),  # that is the other rule's
    ],
)
def test_memory(rule: str, memory: str, speaks: bool, tmp_path: Path) -> None:
    assert fired(tmp_path, rule, {"runtime.memory": memory}) is speaks


@pytest.mark.parametrize(
    ("capacity", "speaks"),
    [("95.3 GB", False), ("95.4 GB", True), ("85.3 GB", False), ("85.2 GB", True)],
)
def test_stored_bytes(capacity: str, speaks: bool, tmp_path: Path) -> None:
    """93.41 GB: from 93.41 / 1.02 / 1.0737 = 85.28 to 93.41 / 0.98 = 95.31 is let pass."""
    said = {"architecture.stored_capacity": capacity}
    assert fired(tmp_path, "stored-bytes-contradicted", said, {"index": {}}) is speaks


@pytest.mark.parametrize(
    ("context", "speaks"), [("32768", False), ("32769", True), ("33K", False), ("34K", True), ("16384", False)]
)
def test_context(context: str, speaks: bool, tmp_path: Path) -> None:
    assert fired(tmp_path, "context-above-config", {"runtime.context_length": context}) is speaks


@pytest.mark.parametrize(
    ("context", "speaks"), [("100K", False), ("131072", False), ("131073", True), ("40960", False)]
)
def test_context_that_scaling_reaches(context: str, speaks: bool, tmp_path: Path) -> None:
    """40,960 positions, and YaRN of 4 × 32,768 = 131,072."""
    scaling = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32_768}
    changes = {"config": {"max_position_embeddings": 40_960, "rope_scaling": scaling}}
    assert fired(tmp_path, "context-above-config", {"runtime.context_length": context}, changes) is speaks


@pytest.mark.parametrize(
    ("more", "speaks"), [(-1, True), (0, False), (150_000_000, False), (200_000_000, False), (200_000_001, True)]
)
def test_headers_may_take_a_hundred_megabytes_a_shard(more: int, speaks: bool, tmp_path: Path) -> None:
    changes = {
        "index": {"total_size": BF16, "add": ["extra.weight"]},
        "shard_sizes": {FIRST: BF16 - 1000, SECOND: 1000 + more},
    }
    assert fired(tmp_path, "shard-sizes", {}, changes) is speaks


@pytest.mark.parametrize(
    ("active", "total", "speaks"),
    [("3B", "3B", True), ("2.9B", "3B", False), ("30B", "3B", True), ("3.1B", "3B", True)],
)
def test_active_below_total(active: str, total: str, speaks: bool, tmp_path: Path) -> None:
    said = {"architecture.active_parameters": active, "architecture.total_parameters": total}
    assert fired(tmp_path, "active-not-below-total", said) is speaks


@pytest.mark.parametrize(
    ("body", "speaks"),
    [("666.3B", True), ("666.6B", False), ("669.1B", False), ("669.9B", False), ("670.1B", False), ("670.3B", True)],
)
def test_parts_add_up_as_printed(body: str, speaks: bool, tmp_path: Path) -> None:
    """671B may be anything from 670.5 to 672 billion. 1.9B is 1.85 to 2.0, once or twice (both tables): the rest is
    between 670.5 − 4.0 = 666.5 and 672 − 1.85 = 670.15."""
    said = {
        "architecture.total_parameters": "671B",
        "architecture.non_embedding_parameters": body,
        "architecture.embedding_parameters": "1.9B",
    }
    assert fired(tmp_path, "sum-contradicted", said) is speaks


@pytest.mark.parametrize(
    ("card", "speaks"),
    [
        ("# M\n\nIt is released under the MIT License.\n", False),  # prose is no front matter
        ("---\nlicense: mit\n---\n# M\n", True),
        ("---\nlicense: apache-2.0\n---\n# M\n", False),
    ],
)
def test_licence_of_the_front_matter(card: str, speaks: bool, tmp_path: Path) -> None:
    said = {"governance.licence": "apache-2.0"}
    assert fired(tmp_path, "licence-against-claim-file", said, card=card) is speaks


@pytest.mark.parametrize(
    ("rate", "speaks"),
    [  # 2 · total.full = 93.4056 GFLOP, 6 · total.full = 280.217: within 8 % of either
        ("93405 MFLOPs", True), ("93.4 GFLOPs", True), ("0.0934 TFLOPs", True), ("0.0000934 PFLOPs", True),
        ("100.8 GFLOPs", True), ("100.9 GFLOPs", False), ("86.0 GFLOPs", True), ("85.9 GFLOPs", False),
        ("302.6 GFLOPs", True), ("302.7 GFLOPs", False), ("25.8 GFLOPs", False), ("93.4 TFLOPs", False),
    ],
)  # fmt: skip
def test_operations_of_a_token(rate: str, speaks: bool, tmp_path: Path) -> None:
    card = f"# Mixtral 8x7B\n\nMixtral needs {rate} per token.\n"
    assert fired(tmp_path, "flops-from-total", {}, card=card) is speaks


@pytest.mark.parametrize(
    ("text", "speaks"),
    [  # dense: H100 989 in BF16 and 1979 in FP8, A100 312 in BF16; within 1 % of twice as much
        ("H100 reaches 3,958 TFLOPS", True), ("H100 reaches 3.958 PFLOPS", True), ("H100 reaches 1,979 TFLOPS", False),
        ("H100 reaches 1,979 BF16 TFLOPS", False), ("H100 reaches 1,979 TFLOPS in BF16", True),
        ("H100 reaches 3,958 TFLOPS in FP8", True), ("H100 reaches 3,958 TFLOPS in BF16", False),
        ("H100 reaches 1,979 TFLOPS in FP8", False), ("H100 reaches 989 TFLOPS in BF16", False),
        ("H100 reaches 1,997 TFLOPS in BF16", True), ("H100 reaches 1,998 TFLOPS in BF16", False),
        ("H100 reaches 1,959 TFLOPS in BF16", True), ("H100 reaches 1,958 TFLOPS in BF16", False),
        ("A100 reaches 624 TFLOPS", True), ("A100 reaches 624 TFLOPS in FP8", False),
        ("it reaches 3,958 TFLOPS", False),
        ("H100 reaches 3,958 TFLOPS with sparsity", False), ("H100 reaches 3,958 TFLOPS (2:4)", False),
        ("H100 reaches 3,958 GFLOPS", False),
    ],
)  # fmt: skip
def test_peaks_with_structured_sparsity(text: str, speaks: bool, tmp_path: Path) -> None:
    """In the precision that is named, else in the fastest."""
    assert fired(tmp_path, "sparse-peak", {}, card=f"# Mixtral 8x7B\n\n{text}.\n") is speaks


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Systemic risk is presumed above 10^23 FLOP", "systemic-risk-threshold"),
        ("Systemic risk is presumed above 1e23 FLOP", "systemic-risk-threshold"),
        ("Systemic risk is presumed above 10^25 FLOP", ""),
        ("Systemic risk is presumed above 10^24 FLOP", ""),
        ("Systemic risk begins at 10^25 FLOP, general-purpose at 10^23 FLOP", ""),
        ("A general-purpose AI model takes more than 10^25 FLOP", "general-purpose-threshold"),
        ("A general-purpose AI model takes more than 10^23 FLOP", ""),
        ("A general-purpose AI model with systemic risk takes more than 10^25 FLOP", ""),
        ("Training took 10^25 FLOP", ""),
        ("Training took 10^23 FLOP", ""),
    ],
)
def test_the_two_thresholds(text: str, rule: str, tmp_path: Path) -> None:
    card = f"# Mixtral 8x7B\n\n{text}.\n"
    rules = ("systemic-risk-threshold", "general-purpose-threshold")
    assert [one for one in rules if fired(tmp_path, one, {}, card=card)] == ([rule] if rule else [])
