"""Converted models of thirty types under eight quantisation mixes: every count is the origin's.

The origins' tensors are what transformers builds (tests/architecture/recorded: names, shapes, sums by role), named and
reshaped as llama.cpp's converter does it and written by `gguf.GGUFWriter`. transformers builds no prediction modules,
so these files hold none, as converted ones of most architectures.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.audits.inspect import inspect
from moeaudit.evidence.recorded import recorded_evidence
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Component, Part
from tests.architecture.recordings import Recording, numbers
from tests.gguf.conversion import Named, Rows, converted
from tests.gguf.writing import MIXES, write

TYPES = {
    "qwen2_moe": "qwen2moe", "qwen3_moe": "qwen3moe", "qwen3_next": "qwen3next", "qwen3_5_moe_text": "qwen35moe",
    "deepseek_v2": "deepseek2", "deepseek_v3": "deepseek2", "glm4_moe": "glm4moe", "glm_moe_dsa": "glm-dsa",
    "gpt_oss": "gpt-oss", "llama4_text": "llama4", "mixtral": "llama", "granitemoe": "granitemoe",
    "granitemoeshared": "granitemoe", "granitemoehybrid": "granitehybrid", "hunyuan_v1_moe": "hunyuan-moe",
    "minimax_m2": "minimax-m2", "ernie4_5_moe": "ernie4_5-moe", "olmoe": "olmoe", "phimoe": "phimoe",
    "dots1": "dots1", "lfm2_moe": "lfm2moe", "afmoe": "afmoe", "nemotron_h": "nemotron_h_moe",
    "gemma4_text": "gemma4", "mistral4": "mistral4", "exaone_moe": "exaone-moe", "jamba": "jamba", "dbrx": "dbrx",
    "kimi_linear": "kimi-linear", "mimo_v2_flash": "mimo2",
}  # fmt: skip
"""transformers' types and llama.cpp's architectures."""

ROLES = {
    "embedding": (Component.EMBEDDING, Component.TABLES),
    "head": (Component.HEAD,),
    "attention": (Component.ATTENTION, Component.MIXER, Component.INDEXER),
    "router": (Component.ROUTER, Component.ROUTER_BIAS),
    "routed_experts": (Component.ROUTED_EXPERTS,),
    "shared_experts": (Component.SHARED_EXPERTS,),
    "dense_ffn": (Component.DENSE_FFN,),
    "norm": (Component.NORM,),
    "other": (Component.OTHER,),
}
"""The recordings' roles in the components of the ledger."""


@cache
def tensors_of(model_type: str) -> tuple[Named, ...]:
    recording = Recording.load(model_type)
    rows = (
        Rows(name, tuple(shape), tuple(tuple(numbers(column)) for column in columns))
        for name, shape, *columns in recording.data["tensors"]
    )
    config = {**recording.config, **recording.config.get("text_config", {})}
    return tuple(converted(rows, TYPES[model_type], config, 200))


def blocks(tensors: Iterable[Named]) -> int:
    return 1 + max(int(one.name.split(".")[1]) for one in tensors if one.name.startswith("blk."))


def inspected(model_type: str, mix: str, folder: Path) -> Inspection:
    path, tensors = folder / f"model-{mix}.gguf", tensors_of(model_type)
    architecture = describe(Config(Recording.load(model_type).config))
    selected = {block.selected for block in architecture.find(_experts())}  # type: ignore[attr-defined]
    keys = {"block_count": blocks(tensors), "expert_used_count": max(selected)}
    write(path, tensors, TYPES[model_type], keys, mix)
    return inspect(str(path), offline=True)


def _experts() -> type:
    from moeaudit.architecture.blocks import Experts

    return Experts


@pytest.mark.parametrize("model_type", TYPES)
def test_every_count_is_the_origins(model_type: str, tmp_path: Path) -> None:
    """By role as transformers' recording sums them, and by every named denominator as the config's description has
    them."""
    found = inspected(model_type, "Q4_K_M", tmp_path)
    ours, recorded = found.ledger.components(), Recording.load(model_type).data["sums"]
    for role, components in ROLES.items():
        assert sum(ours.get(one, 0) for one in components) == recorded[role], role
    assert found.ledger.total() == sum(recorded.values())
    ledger = config_ledger(describe(Config(Recording.load(model_type).config)))
    theirs = measure_all(ledger)
    for name, value in found.denominators.items():
        if name.startswith(("total.full", "total.head", "total.body", "active.full", "active.head", "active.body")):
            assert isinstance(value, Count) and value.value == theirs[name].value, name  # type: ignore[union-attr]
    language = {one: count for one, count in ledger.components().items() if one is not Component.MTP}
    assert ours == language, "component by component"
    assert found.by_words == 0


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("model_type", ["qwen3_moe", "qwen3_next", "deepseek_v3", "glm4_moe", "gpt_oss", "llama4_text",
                                        "mixtral", "ernie4_5_moe", "minimax_m2", "hunyuan_v1_moe"])  # fmt: skip
def test_a_mix_changes_bytes_and_no_count(model_type: str, mix: str, tmp_path: Path) -> None:
    """Bytes are those of the file behind its head, which the writer's own sizes give."""
    found = inspected(model_type, mix, tmp_path)
    assert found.ledger.total() == sum(Recording.load(model_type).data["sums"].values())
    assert found.converted is not None and found.converted.mix == mix
    path = tmp_path / f"model-{mix}.gguf"
    assert found.evidence.headers is not None and found.evidence.headers.bytes is not None
    padding = 32 * found.evidence.headers.tensors
    head = next(file.bytes for file in found.evidence.files if "header" in file.file)
    assert 0 <= path.stat().st_size - head - found.evidence.headers.bytes <= padding
    assert sum(one.bytes for one in found.converted.stored.values()) == found.evidence.headers.bytes


PUBLISHED = {
    "Qwen/Qwen3-30B-A3B": ("qwen3moe", 30_532_122_624),
    "zai-org/GLM-4.5-Air": ("glm4moe", None),
    "openai/gpt-oss-20b": ("gpt-oss", 20_914_757_184),
    "mistralai/Mixtral-8x7B-v0.1": ("llama", 46_702_792_704),
    "MiniMaxAI/MiniMax-M2.7": ("minimax-m2", None),
    "allenai/OLMoE-1B-7B-0125-Instruct": ("olmoe", None),
    "deepseek-ai/DeepSeek-V2-Lite": ("deepseek2", None),
    "deepseek-ai/DeepSeek-V3": ("deepseek2", 671_026_419_200),
    "moonshotai/Kimi-K2-Instruct": ("deepseek2", None),
    "zai-org/GLM-5": ("glm-dsa", None),
}
"""Releases whose tensors are recorded (fixtures/), with the published counts of their language models."""


@pytest.mark.parametrize("model", PUBLISHED)
def test_a_release_and_its_conversion_count_alike(model: str, tmp_path: Path) -> None:
    """From the release's description; named as its origin, it is found among the evidence that ships, and agrees."""
    architecture, published = PUBLISHED[model]
    evidence = recorded_evidence(model, None)
    assert evidence is not None and evidence.config is not None
    described = describe(Config(evidence.config.data))
    kept = (Part.LANGUAGE, Part.MTP) if architecture in ("glm4moe", "glm-dsa") else (Part.LANGUAGE,)
    rows = [
        Rows(weight.name, weight.shape, weight.index)
        for weight in described.weights
        if weight.part in kept and not weight.duplicate and weight.kind.value == "parameter"
    ]
    tensors = converted(rows, architecture, evidence.config.data, 200)
    path = tmp_path / "x-Q4_K_M.gguf"
    experts = next(iter(described.find(_experts())))
    keys = {
        "block_count": blocks(tensors), "expert_used_count": experts.selected,  # type: ignore[attr-defined]
        "nextn_predict_layers": described.count_layers(part=Part.MTP) if Part.MTP in kept else 0,
        "general.base_model.count": 1, "general.base_model.0.repo_url": f"https://huggingface.co/{model}",
    }  # fmt: skip
    write(path, tensors, architecture, keys)
    found = inspect(str(path), offline=True)
    assert found.origin is not None and found.origin.model == model
    assert found.origin.agrees, found.origin.rows
    reasons = {row.component: row.reason for row in found.origin.rows if row.here != row.origin}
    assert set(reasons) <= {Component.MTP}
    origin = inspect(model, offline=True)
    for name in ("total.full", "active.full", "active.body"):
        assert found.denominators[name].value == origin.denominators[name].value, name  # type: ignore[union-attr]
    if published is not None:
        assert found.denominators["total.full"].value == published  # type: ignore[union-attr]


def test_modules_of_prediction_are_kept_where_the_architecture_keeps_them(tmp_path: Path) -> None:
    """Ling 2.0 by its config's description alone: transformers has no such type. Copies are left out."""
    from tests.architecture.outside import OUTSIDE

    config = {**OUTSIDE["bailing_moe_v2"], "model_type": "bailing_moe_v2"}
    described = describe(Config(config))
    rows = [
        Rows(one.name, one.shape, one.index)
        for one in described.weights
        if not one.duplicate and one.kind.value == "parameter"
    ]
    tensors = converted(rows, "bailingmoe2", config, 200)
    keys = {"block_count": blocks(tensors), "expert_used_count": config["num_experts_per_tok"],
            "nextn_predict_layers": 1}  # fmt: skip
    write(tmp_path / "a.gguf", tensors, "bailingmoe2", keys, "Q8_0")
    found, theirs = inspect(str(tmp_path / "a.gguf"), offline=True), measure_all(config_ledger(described))
    for name in ("total.full", "active.full", "mtp.unique", "total.full+mtp", "active.body+mtp"):
        assert found.denominators[name].value == theirs[name].value, name  # type: ignore[union-attr]


def test_encoders_lie_in_a_file_of_their_own(tmp_path: Path) -> None:
    """Qwen3-VL: the language model's file, its encoder's beside it, and the release's config that counts both."""
    model = "Qwen/Qwen3-VL-30B-A3B-Instruct"
    evidence = recorded_evidence(model, None)
    assert evidence is not None and evidence.config is not None
    described, config = describe(Config(evidence.config.data)), evidence.config.data["text_config"]
    rows = [Rows(one.name, one.shape, one.index) for one in described.weights if one.part is Part.LANGUAGE]
    tensors = converted(rows, "qwen3vlmoe", config, 200)
    write(tmp_path / "a-Q4_K_M.gguf", tensors, "qwen3vlmoe", {"block_count": 48, "expert_used_count": 8})
    write(tmp_path / "mmproj-F16.gguf", [Named("v.blk.0.attn_q.weight", (64, 64))], "clip", {}, "")
    found = inspect(str(tmp_path), offline=True, against=model)
    assert found.origin is not None and found.origin.agrees, found.origin
    reasons = {row.component: row.reason for row in found.origin.rows if row.here != row.origin}
    assert set(reasons.values()) == {"in mmproj-F16.gguf"}
    assert Component.VISION in reasons


def test_rotary_frequencies_are_no_parameters(tmp_path: Path) -> None:
    """Llama 4's converter adds `rope_freqs`, which no checkpoint has; and version 2 is read like version 3."""
    tensors = [*tensors_of("mixtral"), Named("rope_freqs.weight", (64,))]
    write(tmp_path / "a.gguf", tensors, "llama", {"block_count": 32, "expert_used_count": 2})
    with (tmp_path / "a.gguf").open("r+b") as file:
        file.write(b"GGUF\2")
    found = inspect(str(tmp_path / "a.gguf"), offline=True)
    assert found.ledger.total() == 46_702_792_704
    assert sum(found.ledger.non_parameters.values()) == 64
