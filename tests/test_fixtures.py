"""The evidence that ships: every system that must work by name, offline, with the exact published counts."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from moeaudit.evidence import open_evidence
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Count

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "fixtures").glob("*.evidence.json"))
SPECS = sorted((ROOT / "fixtures/specs").glob("*.moe.yaml"))

NAMED = {
    "Mixtral 8x7B": "mistralai/Mixtral-8x7B-v0.1",
    "Mixtral 8x22B": "mistralai/Mixtral-8x22B-v0.1",
    "Llama 4 Scout": "meta-llama/Llama-4-Scout-17B-16E",
    "Llama 4 Maverick": "meta-llama/Llama-4-Maverick-17B-128E",
    "DeepSeek-V2": "deepseek-ai/DeepSeek-V2",
    "DeepSeek-V2-Lite": "deepseek-ai/DeepSeek-V2-Lite",
    "DeepSeek-V3": "deepseek-ai/DeepSeek-V3",
    "DeepSeek-R1": "deepseek-ai/DeepSeek-R1",
    "DeepSeek-V3.2": "deepseek-ai/DeepSeek-V3.2",
    "DeepSeek-V4-Pro": "deepseek-ai/DeepSeek-V4-Pro",
    "DeepSeek-V4-Flash": "deepseek-ai/DeepSeek-V4-Flash",
    "Qwen3-30B-A3B": "Qwen/Qwen3-30B-A3B",
    "Qwen3-235B-A22B": "Qwen/Qwen3-235B-A22B",
    "Kimi K2": "moonshotai/Kimi-K2-Instruct",
    "Kimi K2.7 Code": "moonshotai/Kimi-K2.7-Code",
    "GLM-4.5": "zai-org/GLM-4.5",
    "GLM-5": "zai-org/GLM-5",
    "GLM-5.1": "zai-org/GLM-5.1",
    "MiniMax-M2.7": "MiniMaxAI/MiniMax-M2.7",
    "gpt-oss-20b": "openai/gpt-oss-20b",
    "gpt-oss-120b": "openai/gpt-oss-120b",
    "Switch-Base": "google/switch-base-8",
    "Switch-C": "google/switch-c-2048",
    "NLLB-MoE": "facebook/nllb-moe-54b",
    "Grok-1": "xai-org/grok-1",
    "GShard 600B": "google/gshard-600b",
    "GLaM 64B/64E": "google/glam-64b-64e",
    "sparsely gated LSTM layer": "google/sparsely-gated-moe-4096-h",
    "DeepSpeed-MoE 1.3B+MoE-128": "microsoft/deepspeed-moe-1.3b-moe-128",
    "Expert Choice": "google/expert-choice-8b-64e",
}
"""What must work by name, and the id or spec that it goes by."""

EXACT = {
    # The Hub's safetensors totals (of elements, of parameters less packing), and sums that vendors state
    ("deepseek-ai/DeepSeek-V3", "total.full"): 671_026_419_200,  # microsoft/MAI-DS-R1, the same model without MTP
    ("deepseek-ai/DeepSeek-V3", "total.stored"): 684_489_845_504,
    ("deepseek-ai/DeepSeek-V3", "stored.elements"): 684_531_386_000,
    ("deepseek-ai/DeepSeek-V3", "active.full"): 37_552_297_472,
    ("deepseek-ai/DeepSeek-V3", "active.head"): 36_625_618_432,
    ("deepseek-ai/DeepSeek-V3", "active.body"): 35_698_939_392,
    ("deepseek-ai/DeepSeek-R1", "total.stored"): 684_489_845_504,
    ("deepseek-ai/DeepSeek-V3.2", "total.stored"): 685_355_329_792,
    ("deepseek-ai/DeepSeek-V2", "total.stored"): 235_741_434_880,
    ("deepseek-ai/DeepSeek-V2-Lite", "stored.elements"): 15_706_484_224,
    ("deepseek-ai/DeepSeek-V4-Flash", "stored.elements"): 158_069_433_298,
    ("deepseek-ai/DeepSeek-OCR", "stored.elements"): 3_336_106_240,
    ("openai/gpt-oss-20b", "total.full"): 20_914_757_184,
    ("openai/gpt-oss-20b", "active.head"): 3_608_307_264,
    ("openai/gpt-oss-20b", "stored.elements"): 11_956_805_184,
    ("openai/gpt-oss-120b", "total.full"): 116_829_156_672,
    ("Qwen/Qwen3-30B-A3B", "total.full"): 30_532_122_624,
    ("Qwen/Qwen3-30B-A3B", "active.full"): 3_353_032_704,
    ("Qwen/Qwen3-235B-A22B", "total.full"): 235_093_634_560,
    ("mistralai/Mixtral-8x7B-v0.1", "total.full"): 46_702_792_704,
    ("mistralai/Mixtral-8x7B-v0.1", "active.full"): 12_879_925_248,
    ("mistralai/Mixtral-8x22B-v0.1", "total.full"): 140_620_634_112,
    ("meta-llama/Llama-4-Scout-17B-16E", "total.stored"): 108_641_793_536,
    ("meta-llama/Llama-4-Maverick-17B-128E", "total.stored"): 401_583_781_376,
    ("moonshotai/Kimi-K2-Instruct", "stored.elements"): 1_026_470_731_056,
    ("moonshotai/Kimi-K2.5", "total.stored"): 1_026_879_376_368,  # huggingface.js, parse-safetensors-metadata.spec.ts
    ("moonshotai/Moonlight-16B-A3B", "stored.elements"): 15_960_111_936,
    ("zai-org/GLM-4.5", "total.stored"): 358_337_791_296,
    ("zai-org/GLM-4.5-Air", "total.stored"): 110_468_824_832,
    ("zai-org/GLM-5.1", "total.stored"): 753_864_139_008,
    ("XiaomiMiMo/MiMo-V2.5", "total.stored"): 310_756_322_688,  # huggingface.js, of V2.6 in MXFP4
    ("MiniMaxAI/MiniMax-M2.7", "stored.elements"): 228_703_644_928,
}

WITH_TABLES = {"deepseek-ai/DeepSeek-V4-Pro": 1_598_839_674_782, "deepseek-ai/DeepSeek-V4-Flash": 290_944_616_402}
"""Hub totals of parameters that count a table of expert ids (token → experts), which is no parameter here."""

INDEXES = {
    "mistralai/Mixtral-8x7B-Instruct-v0.1": (
        995,
        93_405_585_408,
        "f3921ddf01c93245bc823716a4f5b03139e272f4b7a128b8f895944e57a1c07a",
    ),
    "openai/gpt-oss-20b": (459, 13_761_264_768, "44d356658b1b19b7f101d0d35148bea68c5065601582ab859b90801e7a2c92c4"),
    "Qwen/Qwen3-VL-30B-A3B-Instruct": (
        882,
        62_141_508_064,
        "569228394aa03755ef2070af7228707670f0e1f0d41dcd1a0fea951d32d47692",
    ),
    "microsoft/Phi-tiny-MoE-instruct": (
        1957,
        7_510_440_576,
        "cb4174bff210a863ec9a8ff743a76ea0644028479518382eef6a5ad8347e2675",
    ),
    "deepseek-ai/DeepSeek-OCR": (
        2710,
        6_672_212_480,
        "c3bd0ecd3dacf3b8d6bc9a086ae866572e5653437df4ac7d4c4bb6da954331c9",
    ),
}
"""Published indexes: tensors, total_size, and the sha256 of the sorted names joined by newlines."""

HEADER_TABLES = {
    "XiaomiMiMo/MiMo-V2.5": 73_081,
    "deepseek-ai/DeepSeek-R1": 91_991,
    "deepseek-ai/DeepSeek-V2-Lite": 5291,
    "deepseek-ai/DeepSeek-V3.2": 92_425,
    "deepseek-ai/DeepSeek-V4-Flash": 69_187,
    "deepseek-ai/DeepSeek-V4-Pro": 145_116,
    "moonshotai/Kimi-K2-Instruct": 139_644,
    "moonshotai/Kimi-K2.5": 208_550,
    "openai/gpt-oss-20b": 459,
    "zai-org/GLM-5.1": 59_870,
}
"""Published tables of headers, and the tensors that their publishers counted."""


@pytest.fixture(autouse=True)
def nothing_cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))


def inspected(model: str) -> Inspection:
    return inspect_evidence(open_evidence(model, offline=True))


@pytest.mark.parametrize("model", NAMED.values(), ids=NAMED)
def test_named_systems_work_offline(model: str) -> None:
    inspection = inspected(model)
    assert inspection.evidence.model.recorded
    assert inspection.summary is not None and inspection.summary.moe_layers
    assert f"| `{model}` |" in (ROOT / "docs/models.md").read_text()


@pytest.mark.parametrize(("model", "denominator"), EXACT, ids=lambda text: text.rpartition("/")[2])
def test_published_counts(model: str, denominator: str) -> None:
    assert inspected(model).denominators[denominator] == Count(EXACT[model, denominator])


@pytest.mark.parametrize("model", WITH_TABLES)
def test_published_counts_with_integer_tables(model: str) -> None:
    inspection = inspected(model)
    tables = inspection.ledger.non_parameters["integer_tables"]  # type: ignore[index]  # keys are words
    assert inspection.denominators["total.stored"] == Count(WITH_TABLES[model] - tables)


@pytest.mark.parametrize("model", INDEXES)
def test_the_expanded_table_is_the_published_index(model: str) -> None:
    index = open_evidence(model, offline=True).index
    assert index is not None
    names = sorted(tensor.name for tensor in index.table.expand())
    assert (len(names), index.total_size, sha256("\n".join(names).encode()).hexdigest()) == INDEXES[model]


@pytest.mark.parametrize("model", INDEXES)
def test_the_recorded_index_is_the_one_in_the_corpus(corpus: Path, model: str) -> None:
    data = (corpus / "hub" / model.replace("/", "--") / "model.safetensors.index.json").read_bytes()
    evidence = open_evidence(model, offline=True)
    assert evidence.index is not None
    assert {tensor.name: tensor.shard for tensor in evidence.index.table.expand()} == json.loads(data)["weight_map"]
    assert sha256(data).hexdigest() in {file.sha256 for file in evidence.files}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".evidence")[0])
def test_the_witnesses_of_a_fixture(path: Path) -> None:
    """A real index or table of headers agrees with the config; a synthesised one never counts as agreeing."""
    inspection = inspected(path.name.removesuffix(".evidence.json").replace("--", "/", 1))
    model, agreement = inspection.evidence.model.id, inspection.agreement
    real = model in INDEXES or model in HEADER_TABLES
    assert agreement.verdict == ("agree" if real else "single-witness")
    assert (agreement.names_missing, agreement.names_unexpected) == (0, 0)
    assert agreement.bytes_difference in (0, None)
    assert (inspection.evidence.synthesised is None) == (real or inspection.evidence.headers is None)
    if model in HEADER_TABLES:
        assert inspection.witnesses["headers"].tensors == HEADER_TABLES[model]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".evidence")[0])
def test_fixtures_are_as_recorded(path: Path) -> None:
    """Writing what is read gives the same bytes: nothing was edited by hand. They are small, and name their sources."""
    data = path.read_bytes()
    evidence = read_evidence(data, path.name, recorded=True)
    assert evidence_bytes(evidence) == data
    assert path.name == f"{evidence.model.id.replace('/', '--')}.evidence.json"
    assert len(data) < 25_000
    origins = [file.origin for file in evidence.files if file.origin != "recorded"]
    assert origins and all(
        re.match(r"github:[\w.-]+/[\w.-]+[@:]|arXiv:|a published table|the fields|switch-base-8", origin)
        for origin in origins
    )


def test_every_fixture_has_a_row() -> None:
    page = (ROOT / "docs/models.md").read_text()
    for path in (*FILES, *SPECS):
        model = path.name.removesuffix(".evidence.json").removesuffix(".moe.yaml").replace("--", "/", 1)
        assert f"| `{model}` |" in page
