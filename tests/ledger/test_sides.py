"""Active parameters per side of encoder–decoder models."""

from __future__ import annotations

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.data import data_folder
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count, Value
from tests.architecture.recordings import MODEL_TYPES, Recording

TWO_SIDES = ("switch_transformers", "nllb-moe")


def of(name: str) -> dict[str, Value]:
    file = f"{name}.evidence.json"
    return dict(
        inspect_evidence(
            read_evidence(data_folder("fixtures").joinpath(file).read_bytes(), file, recorded=True)
        ).denominators
    )


T5_BASE_ENCODER, T5_BASE_TABLE = 109_628_544, 32_128 * 768
"""T5-Base's encoder alone (transformers' T5EncoderModel): 12 layers of 4 · 768² and 2 · 768 · 3072, norms, one table of
32 × 12 positions, and the word table."""


def test_switch_base_is_t5_base_for_a_token() -> None:
    """arXiv:2101.03961, section 2: FLOP-matched to T5-Base, one expert a token; and a router row an expert in six
    layers of each side."""
    values = of("google--switch-base-8")
    routers = 6 * 8 * 768
    assert values["active.encoder"] == Count(T5_BASE_ENCODER - T5_BASE_TABLE + routers)
    cross = 12 * (4 * 768 * 768 + 768)
    assert values["active.decoder"] == Count(T5_BASE_ENCODER - T5_BASE_TABLE + routers + cross)


@pytest.mark.parametrize("model_type", TWO_SIDES)
def test_the_sides_make_the_body(model_type: str) -> None:
    values = measure_all(config_ledger(describe(Config(Recording.load(model_type).config))))
    assert values["active.encoder"].typical + values["active.decoder"].typical == values["active.body"].typical


def test_the_larger_side_of_nllb_moe_by_hand() -> None:
    """NLLB-200 54B (arXiv:2207.04672): 24 + 24 layers of width 2048, feed-forwards of 8192, two of 128 experts in
    every fourth layer; the decoder's layers have cross-attention and its norm beside."""
    values = measure_all(config_ledger(describe(Config(Recording.load("nllb-moe").config))))
    config = Recording.load("nllb-moe").config
    hidden, layers = config["d_model"], config["decoder_layers"]
    assert (layers, config["encoder_layers"]) == (layers, layers)
    cross = 4 * (hidden * hidden + hidden) + 2 * hidden
    assert values["active.decoder"].typical - values["active.encoder"].typical == layers * cross


@pytest.mark.parametrize("model_type", sorted({*MODEL_TYPES} - {*TWO_SIDES}))
def test_nothing_is_listed_where_there_is_one_side(model_type: str) -> None:
    values = measure_all(config_ledger(describe(Config(Recording.load(model_type).small))))
    assert not {"active.encoder", "active.decoder"} & values.keys()
