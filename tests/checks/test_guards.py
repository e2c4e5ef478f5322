"""Where a rule holds back, or speaks all the same: each condition of a check by a claim that meets it, beside one that
does not. Mixtral 8x7B: 46,702,792,704 parameters, 12,879,925,248 active, 8 experts of which 2 are chosen, 32 layers,
32 heads over 8 pairs of keys and values, 32,768 positions, 93,405,585,408 bytes in BF16."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.checks.finding import Finding
from tests.checks.world import findings_of


def found(
    folder: Path,
    rule: str,
    said: dict[str, Any],
    evidence: str = "mixtral",
    model: dict[str, Any] | None = None,
    card: str = "",
    **changes: Any,
) -> list[Finding]:
    """What a rule says of a claim file with these sections, a card beside it, and evidence with these changes."""
    document = {"schema": "moeaudit/claims/v1", "model": {"id": "example/model", **(model or {})}, **said}
    files = [folder / "a.claims.yaml", folder / "a.json"]
    files[0].write_text(json.dumps(document))
    files[1].write_text(json.dumps({"evidence": evidence, **changes}))
    if card:
        files.append(folder / "README.md")
        files[-1].write_text(card)
    return [one for one in findings_of(files) if one.rule == rule]


def claim(path: str, value: Any) -> dict[str, Any]:
    section, _, name = path.partition(".")
    return {section: {name: value}}


def both(*claims: tuple[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path, value in claims:
        for section, fields in claim(path, value).items():
            made.setdefault(section, {}).update(fields)
    return made


HARDWARE, LAYOUT, MEMORY = "runtime.hardware", "deployment.layout", "runtime.memory"


@pytest.mark.parametrize(
    ("rule", "path", "value", "speaks"),
    [
        # memory of machines: 93.4 GB, of which 98 % are 91.5; an H100 has 80 GiB, an H200 141 GB
        ("hardware-below-weights", HARDWARE, "1 x H100", True),
        ("hardware-below-weights", HARDWARE, "2 x H100", False),
        ("hardware-below-weights", HARDWARE, "H100 x 2", False),
        ("hardware-below-weights", HARDWARE, "H100", True),
        ("hardware-below-weights", HARDWARE, "NVIDIA H100", True),
        ("hardware-below-weights", HARDWARE, "1 x H200", False),
        ("hardware-below-weights", HARDWARE, "AMD MI300X", False),
        ("hardware-below-weights", HARDWARE, "1 x L99", False),  # in no catalogue, and no memory is printed
        ("hardware-below-weights", HARDWARE, "1 x L99 80GB", True),
        ("hardware-below-weights", HARDWARE, "1 x L99 96GB", False),
        ("hardware-below-weights", HARDWARE, "1 x H100 in FP8", False),
        ("hardware-below-weights", HARDWARE, "1 x H100 with CPU offload", False),
        ("hardware-below-weights", HARDWARE, "a laptop", False),
        # 8 experts over ranks
        ("expert-parallel-uneven", LAYOUT, "EP 3", True),
        ("expert-parallel-uneven", LAYOUT, "EP 4", False),
        ("expert-parallel-uneven", LAYOUT, "EP 16", True),
        ("expert-parallel-uneven", LAYOUT, "EP 0", False),
        ("expert-parallel-uneven", LAYOUT, "EP 3 with 1 redundant", False),
        ("expert-parallel-uneven", LAYOUT, "EP 4, redundant experts: 2", True),
        ("expert-parallel-uneven", LAYOUT, "one node", False),
        # 32 heads, 8 of keys and values
        ("tensor-parallel-uneven", LAYOUT, "TP 6", True),
        ("tensor-parallel-uneven", LAYOUT, "TP 8", False),
        ("tensor-parallel-uneven", LAYOUT, "TP 0", False),
        ("kv-heads-replicated", LAYOUT, "TP 8", False),
        ("kv-heads-replicated", LAYOUT, "TP 9", True),
        ("kv-heads-replicated", LAYOUT, "TP 16", True),
        # how an amount is printed: 93,405,585,408 bytes are 93.4 GB and 87.0 GiB
        ("memory-unit", MEMORY, "93.4 GB", False),
        ("memory-unit", MEMORY, "93.4 GiB", True),
        ("memory-unit", MEMORY, "87.0 GB", True),
        ("memory-unit", MEMORY, "87.0 GiB", False),
        ("memory-unit", MEMORY, "50 GB", False),
        ("memory-below-weights", MEMORY, "80 GB", True),
        ("memory-below-weights", MEMORY, "80 GB for the cache", False),
        ("memory-below-weights", MEMORY, "80 GB per GPU", False),
        ("memory-below-weights", MEMORY, "80 GB, or 96 GB with a cache of its own", False),
        ("memory-below-weights", MEMORY, "16 GB or 80 GB", True),
        ("memory-below-weights", MEMORY, "80 GB in FP8", False),
        # figures that are none
        ("figure-in-words", "architecture.experts_per_token", "a few", True),
        ("figure-in-words", "architecture.experts_per_token", "top-2", False),
        ("figure-in-words", "architecture.routed_experts", "top-2", True),
        ("figure-in-words", "architecture.total_parameters", "many", True),
        ("figure-in-words", "architecture.total_parameters", "unknown", False),
        ("figure-in-words", "architecture.total_parameters", "93 GB", False),
        ("parameters-in-bytes", "architecture.total_parameters", "93 GB", True),
        ("parameters-in-bytes", "architecture.layers", "93 GB", False),
        ("routing-contradicted", "architecture.experts_per_token", "top-2 gating", False),
        ("routing-contradicted", "architecture.experts_per_token", "top-4 gating", True),
        ("routing-contradicted", "architecture.experts_per_token", "top-4 gating in every group", True),
        ("routing-contradicted", "architecture.routing", "top-4 softmax", True),
        ("routing-contradicted", "architecture.routing", "top-4 groups, then experts", False),
        ("unknown-though-public", "architecture.layers", "not disclosed", True),
        ("unknown-though-public", "architecture.layers", "32", False),
        ("unknown-though-public", "architecture.shared_experts", "unknown", False),  # there are none
        # dollars and hours
        ("hours-in-currency", "governance.gpu_hours", "$5.5M H100 hours", True),
        ("hours-in-currency", "governance.gpu_hours", "€2M H100 hours", True),
        ("hours-in-currency", "governance.gpu_hours", "5.5M H100 hours", False),
        ("gpu-hours-device-missing", "governance.gpu_hours", "5.5M", True),
        ("gpu-hours-device-missing", "governance.gpu_hours", "5.5M on TPU", False),
        ("gpu-hours-device-missing", "governance.gpu_hours", "5.5M H800 hours", False),
        # terms of release
        ("distribution-contradicted", "governance.distribution", "hosted", True),
        ("distribution-contradicted", "governance.distribution", "downloadable", False),
        ("distribution-contradicted", "governance.distribution", "hosted and downloadable", False),
        ("stack-version-missing", "deployment.stack", "vLLM", True),
        ("stack-version-missing", "deployment.stack", "vLLM 0.11", False),
        ("throughput-scope", "runtime.throughput", "2000 tokens per second", True),
        ("throughput-scope", "runtime.throughput", "2000 tokens per second per GPU", False),
        ("cost-unconditioned", "runtime.cost_per_million_tokens", "0.5", True),
        ("cost-unconditioned", "runtime.cost_per_million_tokens", {"value": "0.5", "note": "at full load"}, False),
        ("precision-contradicted", "runtime.precision", "FP8", True),
        ("precision-contradicted", "runtime.precision", "BF16", False),
        ("precision-contradicted", "runtime.precision", "BF16 or FP8", False),
        ("precision-contradicted", "runtime.precision", "whatever fits", False),
    ],
)  # fmt: skip
def test_one_claim(rule: str, path: str, value: Any, speaks: bool, tmp_path: Path) -> None:
    assert bool(found(tmp_path, rule, claim(path, value))) is speaks


TOKENS, FLOP, HOURS, COST = (
    f"governance.{name}" for name in ("training_tokens", "training_compute", "gpu_hours", "training_cost")
)
TOTAL, LAYERS, MOE, DENSE = (
    f"architecture.{name}" for name in ("total_parameters", "layers", "moe_layers", "dense_layers")
)
BODY, TABLES, STORED, MODULES = (
    f"architecture.{name}_parameters" for name in ("non_embedding", "embedding", "stored", "mtp")
)


@pytest.mark.parametrize(
    ("rule", "claims", "speaks"),
    [
        # 6 · 12.88B · 1T = 7.73e22
        ("training-flop-implausible", [(TOKENS, "1T"), (FLOP, "2.33 × 10^23")], True),
        ("training-flop-implausible", [(TOKENS, "1T"), (FLOP, "2.31 × 10^23")], False),
        ("training-flop-implausible", [(TOKENS, "1T"), (FLOP, "2.33 × 10²³")], True),
        ("training-flop-implausible", [(TOKENS, "1T"), (FLOP, "7.73e22")], False),
        ("training-flop-implausible", [(TOKENS, "0"), (FLOP, "1e25")], False),
        ("training-flop-implausible", [(TOKENS, "1"), (FLOP, "1e25")], True),
        ("training-flop-implausible", [(TOKENS, "1T"), (FLOP, "1e18")], False),  # that is no training
        ("training-flop-implausible", [(TOKENS, "1T"), (FLOP, "1.01e18")], True),
        ("training-flop-implausible", [(FLOP, "1e25")], False),
        ("training-flop-implausible", [(TOKENS, "1T"), (FLOP, "a great deal")], False),
        # the cost, given as hours: either may be the rounder of the two
        ("dollars-as-hours", [(HOURS, "5.576M H800 hours"), (COST, "$5.6M")], True),
        ("dollars-as-hours", [(HOURS, "5.6M H800 hours"), (COST, "$5.576M")], True),
        ("dollars-as-hours", [(HOURS, "2.788M H800 hours"), (COST, "$5.576M")], False),
        ("dollars-as-hours", [(HOURS, "many H800 hours"), (COST, "$5.576M")], False),
        ("dollars-as-hours", [(HOURS, "5.576M H800 hours")], False),  # that is another model's cost
        ("gpu-hours-implausible", [(HOURS, "many H800 hours"), (TOKENS, "1T")], False),
        ("gpu-hours-implausible", [(HOURS, "2000 H800 hours")], False),
        ("systemic-risk-missed", [("governance.systemic_risk", False), (FLOP, "2e25")], True),
        ("systemic-risk-missed", [("governance.systemic_risk", "below the threshold"), (FLOP, "2e25")], True),
        ("systemic-risk-missed", [("governance.systemic_risk", True), (FLOP, "2e25")], False),
        ("systemic-risk-missed", [("governance.systemic_risk", False)], False),
        ("systemic-risk-missed", [("governance.systemic_risk", False), (TOKENS, "200T")], True),  # 1.5e25
        # sums: exact ones, with the table counted once or for both ends
        ("sum-contradicted", [(TOTAL, 110), (BODY, 90), (TABLES, 10)], False),
        ("sum-contradicted", [(TOTAL, 100), (BODY, 90), (TABLES, 10)], False),
        ("sum-contradicted", [(TOTAL, 80), (BODY, 90), (TABLES, 10)], True),
        ("sum-contradicted", [(TOTAL, 109), (BODY, 90), (TABLES, 10)], True),
        ("sum-contradicted", [(LAYERS, 28), (MOE, 30), (DENSE, 2)], True),
        ("sum-contradicted", [(LAYERS, 34), (MOE, 30), (DENSE, 2)], True),
        ("sum-contradicted", [(LAYERS, 33), (MOE, 30), (DENSE, 3)], False),
        ("sum-contradicted", [(LAYERS, 32), (MOE, 30)], False),
        # rounded ones: 671B + 14B is from 684 to 687
        ("sum-contradicted", [(STORED, "685B"), (TOTAL, "671B"), (MODULES, "14B")], False),
        ("sum-contradicted", [(STORED, "699B"), (TOTAL, "671B"), (MODULES, "14B")], True),
        ("sum-contradicted", [(STORED, "670B"), (TOTAL, "671B"), (MODULES, "14B")], True),
        ("sum-contradicted", [(STORED, "over 670B"), (TOTAL, "671B"), (MODULES, "14B")], False),
        ("sum-contradicted", [(STORED, "many"), (TOTAL, "671B"), (MODULES, "14B")], False),
        # what throughput, latency and cost rest on
        ("speed-unconditioned", [("runtime.latency", "20 ms")], True),
        ("speed-unconditioned", [("runtime.latency", "20 ms"), (HARDWARE, "8 x H100")], True),
        ("speed-unconditioned", [("runtime.latency", "20 ms"), (HARDWARE, "8 x H100"),
                                 ("runtime.batch_conditions", "batch 1")], False),
        ("speed-unconditioned", [("runtime.latency", "20 ms"), ("deployment.hardware", "8 x H100"),
                                 ("deployment.batch_conditions", "batch 1")], False),
        ("cost-unconditioned", [("runtime.cost_per_million_tokens", "0.5"), (HARDWARE, "8 x H100")], False),
        ("stack-version-missing", [("deployment.stack", "vLLM"), ("deployment.version", "0.11")], False),
        ("active-not-below-total", [(TOTAL, "3B"), ("architecture.active_parameters", "30 %")], False),
        ("active-not-below-total", [(TOTAL, "many"), ("architecture.active_parameters", "30B")], False),
    ],
)  # fmt: skip
def test_claims_together(rule: str, claims: list[tuple[str, Any]], speaks: bool, tmp_path: Path) -> None:
    assert bool(found(tmp_path, rule, both(*claims))) is speaks


def score(name: str = "MMLU", **fields: Any) -> dict[str, Any]:
    return {"name": name, "score": 87.1, **fields}


@pytest.mark.parametrize(
    ("rule", "records", "rest", "speaks"),
    [
        ("evaluation-harness-missing", [score()], {}, True),
        ("evaluation-harness-missing", [score(harness="lm-eval 0.4")], {}, False),
        ("evaluation-harness-missing", [score()], {"evaluation": {"harness": "lm-eval 0.4"}}, False),
        ("evaluation-matched-on-missing", [score("MMLU beside a dense 70B")], {}, True),
        ("evaluation-matched-on-missing", [score("MMLU beside a dense 70B", matched_on="FLOP")], {}, False),
        ("evaluation-matched-on-missing", [score()], {}, False),
        ("evaluated-precision-differs", [score(precision="BF16")], {"deployment": {"precision": "FP8"}}, True),
        ("evaluated-precision-differs", [score(precision="fp-8")], {"deployment": {"precision": "FP8"}}, False),
        ("evaluated-precision-differs", [score(precision="FP8")], {"deployment": {"precision": "FP8 E4M3"}}, False),
        ("evaluated-precision-differs", [score(precision="FP8 E4M3")], {"deployment": {"precision": "FP8"}}, False),
        ("evaluated-precision-differs", [score(precision="BF16")], {}, False),
        ("evaluated-precision-differs", [score()], {"deployment": {"precision": "FP8"}}, False),
        ("evaluation-checkpoint-unpinned", [score(checkpoint="a/b")], {}, True),
        ("evaluation-checkpoint-unpinned", [score(checkpoint="a/b@0123abc")], {}, False),
        ("evaluation-of-product", [score(path="hosted API")], {}, True),
        ("evaluation-of-product", [score(path="self-hosted endpoint")], {}, False),
        ("evaluation-of-product", [score(path="vLLM")], {}, False),
    ],
)
def test_evaluations(
    rule: str, records: list[dict[str, Any]], rest: dict[str, Any], speaks: bool, tmp_path: Path
) -> None:
    assert bool(found(tmp_path, rule, {"evaluations": records, **rest})) is speaks


def test_of_a_hosted_product_a_hosted_path_is_what_is_meant(tmp_path: Path) -> None:
    records = {"evaluations": [score(path="hosted API")]}
    assert not found(tmp_path, "evaluation-of-product", records, model={"distribution": "hosted"})


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ([score("A")], "A: no harness is stated"),
        ([score("A"), score("B")], "A and 1 more score: no harness is stated"),
        ([score("A"), score("B", harness="own"), score("C")], "A and 1 more score: no harness is stated"),
        ([{"score": 87.1}], "87.1: no harness is stated"),
    ],
)
def test_scores_that_lack_the_same_are_told_once(records: list[dict[str, Any]], says: str, tmp_path: Path) -> None:
    (one,) = found(tmp_path, "evaluation-harness-missing", {"evaluations": records})
    assert one.message == says


@pytest.mark.parametrize(("chosen", "speaks"), [(8, False), (9, False), (7, True), (10, True)])
def test_a_recipe_may_count_the_shared_experts(chosen: int, speaks: bool, tmp_path: Path) -> None:
    """GLM-4.5 takes 8 of 160 routed experts and a shared one."""
    said = claim("architecture.routing", f"top-{chosen} sigmoid")
    told = found(tmp_path, "routing-contradicted", said, "glm-4.5")
    assert bool(told) is speaks
    assert all(one.derived == "1 shared and 8 of 160 routed" for one in told)


@pytest.mark.parametrize(
    ("id", "hours", "speaks"),
    [
        ("deepseek-ai/DeepSeek-V3", "5.576M", True),
        ("deepseek-ai/deepseek-v3-base", "5.576M", True),
        ("deepseek-ai/DeepSeek-V3", "2.788M", False),
        ("deepseek-ai/DeepSeek-V3.1", "5.576M", False),
    ],
)
def test_hours_that_are_the_published_dollars(id: str, hours: str, speaks: bool, tmp_path: Path) -> None:
    """$5.576M is what the report's 2.788M hours cost at $2 each. (arXiv:2412.19437, table 1)"""
    said = claim("governance.gpu_hours", f"{hours} H800 hours")
    assert bool(found(tmp_path, "dollars-as-hours", said, model={"id": id})) is speaks


@pytest.mark.parametrize(
    ("modules", "total", "speaks"),
    [  # in BF16: 671.0B, or 684.5B with the prediction module, which is 2 % more
        (1, "671B", True),  # 8 · 1,369.0 / 671 = 16.32 bits
        (1, "0.7T", False),  # 15.65 bits
        (0, "671B", False),
        (0, "0.6T", False),  # 17.9 bits, by rounding alone: nothing is stored beside the total
        (1, "many", False),
    ],
)
def test_bits_that_the_figure_leaves_out(modules: int, total: str, speaks: bool, tmp_path: Path) -> None:
    """More than a hundredth above the type's 16 bits, and as much stored beside the total."""
    config = {"quantization_config": None, "num_nextn_predict_layers": modules}
    said = claim("architecture.total_parameters", total)
    assert bool(found(tmp_path, "bits-per-parameter", said, "deepseek-v3", config=config)) is speaks


WORD = "x" * 300


@pytest.mark.parametrize(
    ("rule", "said", "side", "length"),
    [
        ("figure-in-words", claim("architecture.total_parameters", WORD), "claimed", 80),
        ("open-source-wording", claim("governance.licence", f"research-{WORD}"), "derived", 80),
        ("ignore-unknown-rule", {"ignore": [{"rule": WORD, "reason": "so"}]}, "claimed", 60),
        ("ignore-without-reason", {"ignore": [{"rule": WORD, "reason": " "}]}, "claimed", 60),
        ("source-undefined", {"architecture": {"layers": {"value": 32, "source": WORD}}}, "claimed", 60),
        ("fits-unqualified", {}, "claimed", 160),
        ("sparse-means-safe", {}, "claimed", 160),
        ("closed-model-called-moe", {}, "claimed", 80),
    ],
)
def test_of_long_words_the_beginning_is_shown(
    rule: str, said: dict[str, Any], side: str, length: int, tmp_path: Path
) -> None:
    sentences = ("It fits on one GPU", "Being sparse makes it safe", "GPT-4 is a mixture of experts", "Open source")
    card = "\n\n".join(["# M", *(f"{sentence} {WORD}." for sentence in sentences), ""])
    shown = [getattr(one, side) for one in found(tmp_path, rule, said, card=card)]
    assert shown and all(len(text) == length and text.endswith("…") for text in shown)


@pytest.mark.parametrize(
    ("experts", "chosen", "rate", "speaks"),
    [  # an expert has 5.637B parameters, everything else 1.605B
        (5, 3, "59.6 GFLOPs", True),  # 29.8B in all are 1.61 times the 18.5B active
        (3, 2, "37.0 GFLOPs", False),  # 18.5B are 1.44 times 12.9B
        (8, 2, "93.4 GFLOPs", True),
    ],
)
def test_a_rate_from_the_total_where_it_is_far_from_the_active(
    experts: int, chosen: int, rate: str, speaks: bool, tmp_path: Path
) -> None:
    card = f"# Mixtral 8x7B\n\nMixtral needs {rate} per token.\n"
    config = {"num_local_experts": experts, "num_experts_per_tok": chosen}
    assert bool(found(tmp_path, "flops-from-total", {}, card=card, config=config)) is speaks


@pytest.mark.parametrize(
    ("peak", "speaks"),
    [("1979", True), ("1997", True), ("1998", False), ("1959", True), ("1958", False), ("989", False)],
)
def test_a_peak_with_sparsity(peak: str, speaks: bool, tmp_path: Path) -> None:
    """An H100 does 989 TFLOP/s in BF16, dense: twice that is 1,978, and from 1,958.2 to 1,997.8 it is meant."""
    card = f"# M\n\nAn H100 does {peak} TFLOP/s in BF16.\n"
    assert bool(found(tmp_path, "sparse-peak", {}, card=card)) is speaks
