"""Inspections of published repos: every clean index agrees tensor by tensor, every published total is reproduced."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import AuditError
from moeaudit.evidence import open_evidence
from moeaudit.evidence.model import Evidence
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Kind
from tests.conftest import corpus_cases
from tests.ledger.packing.checkpoints import read_header_table

CLEAN = {
    "mistralai--Mixtral-8x7B-Instruct-v0.1": (995, 93_405_585_408),
    "cognitivecomputations--dolphin-mixtral-8x7b": (995, 93_405_618_176),
    "openai--gpt-oss-20b": (459, 13_761_264_768),
    "Qwen--Qwen3-VL-30B-A3B-Instruct": (882, 62_141_508_064),
    "microsoft--Phi-tiny-MoE-instruct": (1957, 7_510_440_576),
    "bryce-hoehn--Qwen3.5-18B-REAP-A3B-Coding": (15_973, 37_087_995_136),
    "deepseek-ai--DeepSeek-OCR": (2710, 6_672_212_480),
    "local--DeepSeek-OCR-fp32-resave": (2711, 13_344_427_016),
}
"""Tensors and total_size of the real indexes, as their publishers wrote them."""

HUB = {
    "Mixtral-8x7B": ("mistralai--Mixtral-8x7B-v0.1", "total.stored"),
    "Mixtral-8x22B": ("mistralai--Mixtral-8x22B-v0.1", "total.stored"),
    "Qwen1.5-MoE-A2.7B": ("Qwen--Qwen1.5-MoE-A2.7B-Chat-GPTQ-Int4", "total.stored"),
    "Qwen3-30B-A3B": ("Qwen--Qwen3-30B-A3B", "total.stored"),
    "Qwen3-235B-A22B": ("Qwen--Qwen3-235B-A22B", "total.stored"),
    "Qwen3-30B-A3B-FP8": ("Qwen--Qwen3-30B-A3B-FP8", "stored.elements"),
    "Qwen3-235B-A22B-FP8": ("Qwen--Qwen3-235B-A22B-FP8", "stored.elements"),
    "DeepSeek-V2": ("deepseek-ai--DeepSeek-V2", "total.stored"),
    "DeepSeek-V2-Lite": ("deepseek-ai--DeepSeek-V2-Lite", "total.stored"),
    "MAI-DS-R1 (V3, no MTP)": ("deepseek-ai--DeepSeek-V3", "total.full"),
    "DeepSeek-R1 (V3 + MTP)": ("deepseek-ai--DeepSeek-R1", "total.stored"),
    "DeepSeek-V3 (FP8 + MTP)": ("deepseek-ai--DeepSeek-V3", "stored.elements"),
    "DeepSeek-V3.2 (+MTP)": ("deepseek-ai--DeepSeek-V3.2", "total.stored"),
    "GLM-4.5": ("zai-org--GLM-4.5", "total.stored"),
    "GLM-4.5-Air": ("zai-org--GLM-4.5-Air", "total.stored"),
    "Qwen3-Next-80B (+MTP)": ("Qwen--Qwen3-Next-80B-A3B-Instruct-FP8", "total.stored"),
    "Qwen3-Coder-Next (no MTP)": ("Qwen--Qwen3-Next-80B-A3B-Instruct-FP8", "total.full"),
    "gpt-oss-20b": ("openai--gpt-oss-20b", "total.stored"),
    "gpt-oss-120b": ("openai--gpt-oss-120b", "total.stored"),
    "Kimi-K2-Instruct": ("moonshotai--Kimi-K2-Instruct", "total.stored"),
    "Kimi-K2-Base FP8": ("moonshotai--Kimi-K2-Instruct", "stored.elements"),
    "Moonlight-16B-A3B": ("moonshotai--Moonlight-16B-A3B", "total.stored"),
    "Kimi-Linear-48B-A3B": ("moonshotai--Kimi-Linear-48B-A3B", "total.stored"),
    "Llama-4-Scout (full VL)": ("meta-llama--Llama-4-Scout-17B-16E", "total.stored"),
    "Llama-4-Maverick (full VL)": ("meta-llama--Llama-4-Maverick-17B-128E", "total.stored"),
}
"""Rows of the published totals whose config is at hand, and the denominator their figure is."""

PUBLISHED_SIZES: dict[str, tuple[int, dict[str, object]]] = {
    "Qwen2-57B-A14B": (
        57_408_658_944,
        {  # arXiv:2407.10671, table 1
            "model_type": "qwen2_moe",
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "moe_intermediate_size": 2560,
            "shared_expert_intermediate_size": 20480,
            "num_experts": 64,
            "num_experts_per_tok": 8,
            "vocab_size": 151936,
        },
    ),
    "MiniMax-M1/Text-01": (
        456_089_655_296,
        {  # arXiv:2501.08313, section 2
            "model_type": "minimax_m1",
            "hidden_size": 6144,
            "intermediate_size": 9216,
            "num_hidden_layers": 80,
            "num_attention_heads": 64,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "num_local_experts": 32,
            "num_experts_per_tok": 2,
            "vocab_size": 200064,
            "attn_type_list": ([0] * 7 + [1]) * 10,
        },
    ),
}
"""Rows of which no config is in the corpus: the published total (Hub) and the sizes their papers give."""

INTEGER_TABLES = {
    "DeepSeek-V4-Flash (+MTP)": "deepseek-ai--DeepSeek-V4-Flash",
    "DeepSeek-V4-Pro (+MTP)": "deepseek-ai--DeepSeek-V4-Pro",
}
"""Published totals that count a hash table of ids; no parameter here, and exactly the difference."""

INV_FREQ = {"Moonlight-16B-A3B": 27 * 64, "Kimi-K2-Instruct": 61 * 56, "Kimi-K2-Base FP8": 61 * 56}
"""What Hub totals add to the parameters: one rotary inv_freq buffer per layer (64 elements, or 56 as K2 stores it)."""


KNOWN = {
    ("openai/gpt-oss-20b", 20_914_757_184): ("openai--gpt-oss-20b", "total.stored"),
    ("openai/gpt-oss-120b", 116_829_156_672): ("openai--gpt-oss-120b", "total.stored"),
    ("moonshotai/Kimi-K2.5", 1_026_879_376_368): ("moonshotai--Kimi-K2.5", "total.stored"),
    ("deepseek-ai/DeepSeek-V4-Pro", 1_598_839_674_782): ("deepseek-ai--DeepSeek-V4-Pro", "total.stored"),
    ("deepseek-ai/DeepSeek-V2-Lite-Chat", 15_706_484_224): ("deepseek-ai--DeepSeek-V2-Lite", "stored.elements"),
    ("Qwen/Qwen3-30B-A3B-Thinking-2507-FP8", 30_533_947_392): ("Qwen--Qwen3-30B-A3B-FP8", "stored.elements"),
    ("Qwen/Qwen3-Next-80B-A3B-Instruct-FP8", 81_329_784_384): (
        "Qwen--Qwen3-Next-80B-A3B-Instruct-FP8",
        "stored.elements",
    ),
    ("moonshotai/Kimi-K2 (FP8, 61 shards)", 1_026_470_731_056): ("moonshotai--Kimi-K2-Instruct", "stored.elements"),
    ("deepseek-ai/DeepSeek-V4-Flash", 158_069_433_298): ("deepseek-ai--DeepSeek-V4-Flash", "stored.elements"),
    ("openai/gpt-oss-20b", 11_956_805_184): ("openai--gpt-oss-20b", "stored.elements"),
    ("deepseek-ai/DeepSeek-OCR", 3_336_106_240): ("deepseek-ai--DeepSeek-OCR", "stored.elements"),
}
"""Exact figures of known-counts.tsv, and what each of them is."""


def inspected(corpus: Path, folder: str) -> Inspection:
    return inspect_evidence(open_evidence(str(corpus / "hub" / folder)))


def fits(inspection: Inspection, denominator: str, published: int) -> bool:
    """Exact, or inside the range that the config alone leaves open, at one of its ends."""
    value = inspection.denominators[denominator]
    return value == Count(published) or published in getattr(value, "bounds", ())


@pytest.mark.parametrize("folder", CLEAN)
def test_clean_indexes_agree_to_the_byte(corpus: Path, folder: str) -> None:
    inspection = inspected(corpus, folder)
    tensors, size = CLEAN[folder]
    agreement = inspection.agreement
    assert (agreement.verdict, agreement.names_missing, agreement.names_unexpected, agreement.bytes_difference) == (
        "agree",
        0,
        0,
        0,
    )
    assert agreement.names_matched == tensors
    assert inspection.witnesses["index"].bytes == size


@pytest.mark.parametrize("path", corpus_cases("hub/*/HEADER_COLLAPSED.tsv"), ids=lambda path: path.parent.name)
def test_header_tables_agree_and_count_alike(corpus: Path, path: Path) -> None:
    """The same total.stored from published headers, packing undone, as from the config; the same elements."""
    config_only = open_evidence(str(path.parent / "config.json"))
    table = read_header_table(path)
    seen = inspect_evidence(replace(config_only, headers=table))
    derived = inspect_evidence(config_only)
    assert seen.agreement.verdict == "agree"
    assert seen.denominators["stored.elements"] == Count(table.elements or 0)
    assert isinstance(seen.denominators["total.stored"], Count)
    assert fits(derived, "total.stored", seen.denominators["total.stored"].value)
    assert fits(derived, "stored.elements", table.elements or 0)
    assert seen.weights_ledger is not None
    assert "unclassified" not in seen.weights_ledger.components()
    assert seen.by_words == 0


def totals(corpus: Path) -> dict[str, dict[str, str]]:
    with (corpus / "hub-totals.tsv").open() as file:
        return {row["model"]: row for row in csv.DictReader(file, delimiter="\t")}


@pytest.mark.parametrize("model", HUB)
def test_published_totals(corpus: Path, model: str) -> None:
    folder, denominator = HUB[model]
    row = totals(corpus)[model]
    inspection = inspected(corpus, folder)
    published = int(row["hub_total"]) - INV_FREQ.get(model, 0) * (denominator == "total.stored")
    assert fits(inspection, denominator, published)


@pytest.mark.parametrize("model", PUBLISHED_SIZES)
def test_published_totals_from_published_sizes(model: str) -> None:
    total, sizes = PUBLISHED_SIZES[model]
    assert measure_all(config_ledger(describe(Config(sizes))))["total.full"] == Count(total)


@pytest.mark.parametrize("model", INTEGER_TABLES)
def test_published_totals_with_an_integer_table(corpus: Path, model: str) -> None:
    inspection = inspected(corpus, INTEGER_TABLES[model])
    tables = inspection.ledger.non_parameters
    published = int(totals(corpus)[model]["hub_total"])
    assert fits(inspection, "total.stored", published - tables["integer_tables"])  # type: ignore[index]  # keys are words


def test_every_published_total_is_accounted_for(corpus: Path) -> None:
    mxfp4 = {
        "gpt-oss-20b MXFP4"
    }  # elements with one scale per 32 weights but blocks unpacked: neither stored nor logical
    assert set(totals(corpus)) == HUB.keys() | INTEGER_TABLES.keys() | PUBLISHED_SIZES.keys() | mxfp4


@pytest.mark.parametrize(("model", "figure"), KNOWN, ids=str)
def test_known_counts(corpus: Path, model: str, figure: int) -> None:
    folder, denominator = KNOWN[model, figure]
    inspection = inspected(corpus, folder)
    tables = inspection.ledger.non_parameters.get(Kind.INTEGER_TABLE, 0)  # parameters, where the figure counts them
    assert fits(inspection, denominator, figure - tables * (denominator == "total.stored"))


def test_every_known_count_is_accounted_for(corpus: Path) -> None:
    with (corpus / "known-counts.tsv").open() as file:
        listed = {(row["model"], int(row["figure"])) for row in csv.DictReader(file, delimiter="\t")}
    assert listed == set(KNOWN)


def config_only(evidence: Evidence) -> Evidence:
    return replace(evidence, index=None, headers=None)


@pytest.mark.parametrize("path", corpus_cases("hub/*/config.json"), ids=lambda path: path.parent.name)
def test_denominators_are_monotone(corpus: Path, path: Path) -> None:
    """Each sum contains the next: what one token uses of the experts up to everything stored."""
    try:
        inspection = inspect_evidence(config_only(open_evidence(str(path))))
    except AuditError:
        assert path.parent.name in {"adversarial--Kimi2-PCL-1T-plan"}
        return
    order = (
        "active.routed",
        "active.experts",
        "active.body",
        "active.head",
        "active.full",
        "total.full",
        "total.stored",
    )
    values = [inspection.denominators[name] for name in order]
    for smaller, larger in pairwise(values):
        assert smaller.bounds[0] <= larger.bounds[0]  # type: ignore[union-attr]
        assert smaller.bounds[1] <= larger.bounds[1]  # type: ignore[union-attr]
