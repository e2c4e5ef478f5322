"""Machines in a sentence or a cell: counted ones, single ones, recommended ones; none that it was trained on."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.machines import advised, hardware, set_up


@pytest.mark.parametrize(
    ("sentence", "machines"),
    [
        ("It runs on 8×H200.", ["8×H200"]),
        ("It runs on 8x NVIDIA H100.", ["8x NVIDIA H100"]),
        ("It runs on 8 * A100.", ["8 * A100"]),
        ("It runs on H200 x 8.", ["H200 x 8"]),
        ("It runs on 8× Kunlun P800.", ["8× Kunlun P800"]),
        ("It runs on 8 H100 GPUs.", ["8 H100 GPUs"]),
        ("It runs on two H100 GPUs.", ["two H100 GPUs"]),
        ("It runs on 8 GPUs with 80 GB.", ["8 GPUs with 80 GB"]),
        ("It runs on 8x80GB GPUs.", ["8x80GB GPUs"]),
        ("推理需要16 张 H800", ["16 张 H800"]),
        # one: a word for it before the chip, or behind it
        ("It runs on a single H100.", ["a single H100"]),
        ("It runs on one A100 (80GB).", ["one A100 (80GB)"]),
        ("It runs on a single RTX 4090 GPU.", ["a single RTX 4090 GPU"]),
        ("H800单机部署，推理很快", ["H800单机"]),
        ("部署在单卡H800，推理很快", ["单卡H800"]),
        ("It runs on H100.", []),
        ("It runs on a single H100x9.", ["H100x9"]),
        # a quantised one says nothing of what is published; a counted one does
        ("It runs on a single H100 when quantized.", []),
        ("It runs on 8×H100 when quantized.", ["8×H100"]),
        # both in one sentence, each once
        ("It runs on 8×H200 or a single B200.", ["8×H200", "a single B200"]),
        # recommended
        ("We recommend H100.", ["H100"]),
        ("We recommend to use H100 or H200.", ["H100", "H200"]),
        ("We recommend H100, H200.", ["H100", "H200"]),
        ("We recommend H100 and H200.", ["H100"]),
        ("We recommend H100 x 8.", ["H100 x 8"]),
        # too little, trained on, nothing of running
        ("It runs, but 8×H100 is insufficient.", []),
        ("It runs, but 8×H100, it is insufficient.", ["8×H100"]),
        ("It was trained on 8×H100 and runs.", []),
        ("Here are 8×H100.", []),
        ("It runs fast.", []),
    ],
)
def test_machines_of_a_sentence(sentence: str, machines: list[str]) -> None:
    found = list(hardware(sentence))
    assert [one.text for one in found] == machines
    assert all(sentence[one.start :].startswith(one.text) for one in found)
    assert {one.path for one in found} <= {"runtime.hardware"}


@pytest.mark.parametrize(
    ("sentence", "machines"),
    [
        ("H100", ["H100"]),
        ("GPU: H100 or H200", ["H100", "H200"]),
        ("GPU: H100 (80GB)", ["H100 (80GB)"]),
        ("8×H100", ["8×H100"]),
        ("The GPU is H100", []),
        ("H100 when quantized", []),
        ("Trained on H100", []),
    ],
)
def test_under_a_heading_on_machines_a_chip_needs_no_count(sentence: str, machines: list[str]) -> None:
    assert [one.text for one in hardware(sentence, asked=True)] == machines
    assert [one.text for one in hardware(sentence)] == []


@pytest.mark.parametrize(
    ("cell", "machines"),
    [
        ("8×H100", ["8×H100"]),
        ("H100", ["H100"]),
        ("8×H100 or 4×H200", ["8×H100", "4×H200"]),
        ("fast", []),
        ("on H100", []),
    ],
)
def test_machines_of_a_cell(cell: str, machines: list[str]) -> None:
    assert [one.text for one in set_up(cell)] == machines


def test_without_a_recommendation_none_is_recommended() -> None:
    assert not list(advised("It runs on H100 or H200."))
