"""Layer by layer: what the map says adds up to what the ledger says, by either witness."""

from __future__ import annotations

import pytest

from moeaudit.evidence import Depth, open_evidence
from moeaudit.evidence.model import Evidence
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.reports.packet.parts.architecture import architecture

MODELS = (
    "mistralai/Mixtral-8x7B-v0.1",
    "deepseek-ai/DeepSeek-V3",
    "openai/gpt-oss-120b",
    "moonshotai/Kimi-K2-Instruct",
    "meta-llama/Llama-4-Scout-17B-16E",
    "google/switch-base-8",
    "deepseek-ai/DeepSeek-V4-Flash",
)


@pytest.mark.parametrize("depth", [Depth.CONFIG, None])
@pytest.mark.parametrize("model", MODELS)
def test_layers_add_up_to_the_ledger(model: str, depth: Depth | None) -> None:
    evidence: Evidence = open_evidence(model, depth=depth, offline=True)
    inspection = inspect_evidence(evidence)
    found = architecture(inspection)
    for part in ("language", "mtp"):
        runs = [run for run in found.layers if run.part == part]
        lines = [
            line
            for line in inspection.ledger.lines
            if line.part.value == part and line.layer is not None and not line.optional
        ]
        assert sum(run.parameters * run.layers for run in runs) == sum(line.elements for line in lines)
    assert sum(kind.count for kind in found.kinds) == sum(run.layers for run in found.layers)
    assert inspection.summary is not None
    language = [run for run in found.layers if run.part == "language"]
    assert sum(run.layers for run in language) == inspection.summary.layers
    assert sum(run.layers for run in language if run.ffn_kind.startswith("moe")) == inspection.summary.moe_layers


def test_kinds_of_published_models() -> None:
    def kinds(model: str) -> list[tuple[str, str, str]]:
        found = architecture(inspect_evidence(open_evidence(model, depth=Depth.CONFIG, offline=True)))
        return [
            (kind.numbers, kind.like.mixer_kind, kind.like.ffn_kind)
            for kind in found.kinds
            if kind.like.part == "language"
        ]

    # DeepSeek-V3 report (arXiv:2412.19437), section 4.2: 61 layers, the first three dense, MLA throughout
    assert kinds("deepseek-ai/DeepSeek-V3") == [("0-2", "latent", "dense"), ("3-60", "latent", "moe+shared")]
    # gpt-oss model card (arXiv:2508.10925), section 2: alternating banded window and full attention
    assert kinds("openai/gpt-oss-120b") == [("0-34/2", "window", "moe"), ("1-35/2", "attention", "moe")]
    # Llama 4 Scout: chunked attention, every fourth layer full (config.json, no_rope_layers)
    assert {kind for _, kind, _ in kinds("meta-llama/Llama-4-Scout-17B-16E")} == {"window", "attention"}
