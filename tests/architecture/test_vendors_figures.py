"""What vendors print of types whose reference configuration is the release's: which denominator gives it.

Hy4-preview: 770B and 49B, prediction module apart (its README). Mistral Large 4: 52B active (its name,
Mistral-Large-4-1T-A52B) is `active.head`; the 49B of one catalogue fits no denominator.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.claims.figures import parse_figure
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Absent, Count, Value
from tests.architecture.recordings import FOLDER


def counted(model_type: str) -> dict[str, Value]:
    config = json.loads((FOLDER / f"{model_type}.json").read_text())["config"]
    return measure_all(config_ledger(describe(Config(config))))


def billions(values: dict[str, Value], name: str) -> str:
    value = values[name]
    assert isinstance(value, Count)
    return f"{value.value / 1e9:.2f}"


@pytest.mark.parametrize(
    ("model_type", "name", "figure"),
    [
        ("hy_v4_vl", "total.full", "769.91"),
        ("hy_v4_vl", "active.full", "49.06"),
        ("mistral_large4", "active.full", "53.10"),
        ("mistral_large4", "active.head", "51.84"),
        ("mistral_large4", "active.body", "50.58"),
    ],
)
def test_printed_figures(model_type: str, name: str, figure: str) -> None:
    assert billions(counted(model_type), name) == figure


@pytest.mark.parametrize(
    ("source", "name", "printed"),
    [
        ("deepseek_v41", "total.full-tables", "552B"),
        ("deepseek_v41", "active.head-tables", "16B"),
        ("deepseek_v41", "prefill.body-tables", "8B"),
        ("longcat_flash_ngram", "active.head-tables", "2.9B-4.5B"),
    ],
)
def test_figures_that_leave_tables_out(source: str, name: str, printed: str) -> None:
    """DeepSeek-V4.1-Flash: 552B in its backbone, 16B per output token, 8B per prompt token (its card).
    LongCat-Flash-Lite: 2.9B to 4.5B active, 31.4B n-gram embeddings apart (arXiv:2601.21204)."""
    config = json.loads((Path(__file__).parent / f"sizes/{source}.json").read_text())["config"]
    value, figure = measure_all(config_ledger(describe(Config(config))))[name], parse_figure(printed)
    assert figure is not None and not isinstance(value, Absent)
    low, high = value.bounds
    assert figure.matches((low, value.typical, high)) == "rounds"
    assert figure.rounding.overlaps(low, low) and figure.rounding.overlaps(high, high)


def test_an_encoder_alone_has_no_sides() -> None:
    """nomic-embed-text-v2-moe reads tokens and writes none; Switch has both sides."""
    config = json.loads((Path(__file__).parent / "sizes/nomic_bert.json").read_text())["config"]
    assert "active.decoder" not in measure_all(config_ledger(describe(Config(config))))
    assert "active.decoder" in counted("switch_transformers")


def test_what_fits_nothing() -> None:
    active = [value for name, value in counted("mistral_large4").items() if name.startswith("active.")]
    assert not [one for one in active if isinstance(one, Count) and 48.5e9 <= one.value < 49.5e9]


def test_pangu_ultra_has_the_bytes_of_its_index() -> None:
    """openPangu-Ultra-MoE-718B's model.safetensors.index.json: total_size 1,470,152,125,440. With the prediction
    module's copies of table and head, and all in BF16 but for the final norm and the head, which lie in one shard and
    take four bytes, it is ours to the byte."""
    case = json.loads((Path(__file__).parent / "sizes/pangu_ultra_moe.json").read_text())
    weights = describe(Config(case["config"])).weights
    last = sum(weight.elements for weight in weights if weight.name in ("model.norm.weight", "lm_head.weight"))
    assert 2 * sum(weight.elements for weight in weights) + 2 * last == 1_470_152_125_440
