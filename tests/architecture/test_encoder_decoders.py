"""Switch and NLLB: which layers have experts, and what cross-attention keeps."""

from __future__ import annotations

from moeaudit.architecture.blocks import Attention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from tests.architecture.published import NLLB, SWITCH_C, described


def test_switch_places_experts_in_every_second_layer_from_the_second() -> None:
    fields = {
        **SWITCH_C,
        "num_layers": 6,
        "num_decoder_layers": 4,
        "num_experts": 2,
        "num_sparse_encoder_layers": 3,
        "num_sparse_decoder_layers": 1,
    }
    names = {
        name
        for weight in described("switch_transformers", fields).weights
        for name in weight.names()
        if "router" in name
    }
    assert names == {
        "encoder.block.1.layer.1.mlp.router.classifier.weight",
        "encoder.block.3.layer.1.mlp.router.classifier.weight",
        "encoder.block.5.layer.1.mlp.router.classifier.weight",
        "decoder.block.1.layer.2.mlp.router.classifier.weight",
    }


def test_switch_says_where_layers_do_not_divide() -> None:
    config = Config({"model_type": "switch_transformers", **SWITCH_C, "num_layers": 12, "num_sparse_encoder_layers": 5})
    describe(config)
    assert [(notice.rule, dict(notice.values)) for notice in config.notices] == [
        ("placement-differs", {"stated": 5, "placed": 6})
    ]


def test_an_encoder_keeps_nothing_that_grows_in_cross_attention() -> None:
    cross = [
        block for block in described("nllb-moe", NLLB).find(Attention) if isinstance(block, Attention) and block.cross
    ]
    assert cross and all(list(block.caches()) == [] for block in cross)
