"""Types of llama.cpp's quantiser: sizes as its own table and a header print them, and what a mix gives each matrix."""

from __future__ import annotations

import pytest

from moeaudit.costs.asked import bits_of
from moeaudit.costs.mixes import mix_named, mixed, mixes
from moeaudit.costs.placement import held_by_layers
from moeaudit.costs.served import Served
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Kind, Part
from tools.calibration.models import served

PUBLISHED = {
    "IQ1_S": 2.0042, "IQ1_M": 2.1460, "IQ2_XXS": 2.3824, "IQ2_XS": 2.5882, "IQ2_S": 2.7403, "IQ2_M": 2.9294,
    "IQ3_XXS": 3.2548, "IQ3_XS": 3.4977, "IQ3_S": 3.6606, "IQ3_M": 3.7628, "IQ4_XS": 4.4597, "IQ4_NL": 4.6818,
    "Q2_K_S": 2.9697, "Q2_K": 3.1593, "Q3_K_S": 3.6429, "Q3_K_L": 4.2979, "Q4_K_S": 4.6672, "Q4_K_M": 4.8944,
    "Q5_K_S": 5.5704, "Q5_K_M": 5.7036, "Q6_K": 6.5633, "Q8_0": 8.5008, "F16": 16.0005,
}  # fmt: skip
"""Bits per weight of Llama-3.1-8B, tools/quantize/README.md of llama.cpp at 311c2c9f."""


def size(name: str, model: Served) -> tuple[int, int]:
    """Bytes and elements of the language model."""
    own = [one for one in model.architecture.weights if one.part is Part.LANGUAGE and one.kind is Kind.PARAMETER]
    return sum(mixed(name, model.architecture).stored_bytes(one) for one in own), sum(one.elements for one in own)


@pytest.mark.parametrize(("name", "bits"), PUBLISHED.items())
def test_llama_as_the_quantiser_prints_it(name: str, bits: float) -> None:
    stored, elements = size(name, served("Llama-3.1-8B"))
    assert 8 * stored / elements == pytest.approx(bits, abs=6e-5)


def test_deepseek_as_a_bench_prints_it() -> None:
    """llama-bench on DeepSeek-R1 in Q4_K_M: 376.65 GiB, 671.03 B parameters (ikawrakow/ik_llama.cpp#259)."""
    stored, elements = size("Q4_K_M", served("DeepSeek-V3"))
    assert (round(stored / 2**30, 2), round(elements / 1e9, 2)) == (376.65, 671.03)


def types(name: str, model: str, word: str) -> list[float]:
    """Bits per element of the matrices that end so, by layer."""
    architecture = served(model).architecture
    own = [one for one in architecture.weights if one.name.endswith(word) and one.part is Part.LANGUAGE]
    found = {}
    for one in own:
        for layers, stored in mixed(name, architecture).layer_bytes(one):
            found.update(dict.fromkeys(layers, 8 * float(stored) * len(one.index[0]) / one.elements))
    return [found[layer] for layer in sorted(found)]


def test_a_mix_gives_layers_different_types() -> None:
    """Q4_K_M of 32 layers: the first and last eighth, and every third between, in Q6_K (210 bytes of 256)."""
    more = {layer for layer in range(32) if layer < 4 or layer >= 28 or (layer - 4) % 3 == 2}
    expected = [210 / 32 if layer in more else 144 / 32 for layer in range(32)]
    assert types("q4_k_m", "Llama-3.1-8B", "down_proj.weight") == pytest.approx(expected)
    assert set(types("q4_k_m", "Llama-3.1-8B", "gate_proj.weight")) == {4.5}


def test_eight_experts_keep_keys_and_values_wide() -> None:
    assert set(types("q4_k_m", "Mixtral-8x7B", "k_proj.weight")) == {8.5}
    assert set(types("q4_k_m", "Mixtral-8x7B", "v_proj.weight")) == {8.5}
    assert set(types("q4_k_m", "Mixtral-8x7B", "o_proj.weight")) == {5.5}
    assert set(types("q4_k_m", "DeepSeek-V3", "o_proj.weight")) == {4.5}


def test_routers_norms_and_odd_rows() -> None:
    """Routers are F32; gpt-oss' rows of 2,880 hold no whole blocks of 256, so Q4_K becomes Q5_0 (22 bytes of 32)."""
    assert set(types("q4_k_m", "DeepSeek-V3", "mlp.gate.weight")) == {32.0}
    assert set(types("q4_k_s", "gpt-oss-120b", "q_proj.weight")) == {5.5}
    assert set(types("mxfp4_moe", "DeepSeek-V3", "experts.{}.gate_proj.weight")) == {4.25}
    assert set(types("mxfp4_moe", "DeepSeek-V3", "q_b_proj.weight")) == {8.5}


@pytest.mark.parametrize("model", ["DeepSeek-V3", "Mixtral-8x7B", "Qwen3.5-27B-FP8", "Nemotron-3-Nano", "gpt-oss-120b"])
@pytest.mark.parametrize("name", mixes())
def test_layers_add_up_to_the_whole(name: str, model: str) -> None:
    """What is placed layer by layer is what is stored."""
    architecture = served(model).architecture
    storage = mixed(name, architecture)
    for weight in architecture.weights:
        if weight.index:
            parts = [(len(layers), stored) for layers, stored in storage.layer_bytes(weight)]
            assert sum(number for number, _ in parts) == len(weight.index[0])
            assert int(sum(number * stored for number, stored in parts)) == storage.stored_bytes(weight)
    assert held_by_layers(architecture, storage)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("4", 4.0), ("4.5", 4.5), ("q4_k_m", "Q4_K_M"), ("Q4-K-M", "Q4_K_M"), ("q5_k", "Q5_K_M"), ("iq4_xs", "IQ4_XS"),
     ("q8_0", "Q8_0")],
)  # fmt: skip
def test_bits_are_a_number_or_a_type(text: str, meant: float | str) -> None:
    assert bits_of(text) == meant


@pytest.mark.parametrize("text", ["0", "65", "-4", "nan", "four", "UD-Q4_K_XL", "q4", "４", ""])
def test_other_bits_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        bits_of(text)
    assert "--bits" in raised.value.message and raised.value.hint


def test_every_name_is_found() -> None:
    assert [mix_named(name.lower()) for name in mixes()] == list(mixes())
