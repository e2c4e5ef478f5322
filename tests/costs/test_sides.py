"""Encoder–decoder models: a token of the input passes the encoder, one of the output the decoder and the head.

Counted a second time from the recorded tables of transformers' meta-device models, with nothing but tensor names; what
each layer does between positions is by hand.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.costs.cache import CacheRules, StageCache, stage_needs
from moeaudit.costs.flops import causal, forward, prompt, side_of
from moeaudit.costs.layout import Layout
from moeaudit.costs.training import inference_benchmark
from tests.architecture.recordings import Recording

SELECTED = {"switch_transformers": Fraction(1, 8), "nllb-moe": Fraction(2, 128)}
TYPES = sorted(SELECTED)


def described(model_type: str) -> Architecture:
    return describe(Config(Recording.load(model_type).config))


def matrices(model_type: str, side: str) -> Fraction:
    """Elements of the matrices that one token of a side multiplies with: no tables, norms, biases, routers' biases."""
    total = Fraction(0)
    for name, shape in Recording.load(model_type).tensors():
        passed = f"{side}." in name and name.endswith(".weight") and len(shape) > 1
        if passed and "embed" not in name and "relative_attention_bias" not in name:
            total += prod(shape) * (SELECTED[model_type] if ".experts." in name else 1)
    return total


@pytest.mark.parametrize("model_type", TYPES)
def test_a_token_multiplies_with_its_own_side(model_type: str) -> None:
    model = described(model_type)
    found = {
        decode: forward(model, 1, decode=decode, side=side_of(model, decode=decode)).matmuls for decode in (False, True)
    }
    head = 2 * model.vocabulary * model.hidden  # tied in both: the table again
    assert found == {False: 2 * matrices(model_type, "encoder"), True: 2 * matrices(model_type, "decoder") + head}
    assert sum(found.values()) == forward(model, 1, decode=True).matmuls


@pytest.mark.parametrize("model_type", TYPES)
def test_an_encoder_keeps_nothing_between_tokens(model_type: str) -> None:
    """bf16: 12 decoder layers × 2 × the attention's width × 2 bytes; either a token of the output, for which the
    decoder's own attention keeps as much, or one of the input, for which its cross-attention does."""
    width = {"switch_transformers": 12 * 64, "nllb-moe": 16 * 64}[model_type]
    decoder = {"switch_transformers": 12, "nllb-moe": 12}[model_type]
    (needs,) = stage_needs(described(model_type), 1)
    assert StageCache(needs, Layout(), CacheRules()).per_token_unwindowed == decoder * 2 * width * 2


@pytest.mark.parametrize("model_type", TYPES)
def test_every_token_of_the_input_sees_all_of_it(model_type: str) -> None:
    model = described(model_type)
    once = forward(model, 100, decode=False, side="encoder").total
    assert prompt(model, 100) == 100 * once
    assert inference_benchmark(model, 100).task == "one forward pass over a prompt of 100 tokens, through the encoder"


@pytest.mark.parametrize("model_type", TYPES)
def test_training_runs_through_both_sides(model_type: str) -> None:
    model = described(model_type)
    assert causal(model, 20) == sum(forward(model, at, decode=False).total for at in range(1, 21))


def test_a_decoder_alone_has_no_sides() -> None:
    assert side_of(described("mixtral"), decode=True) is None
