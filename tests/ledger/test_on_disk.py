"""How many bytes weights take: by the headers where they are whole, else by the index, else by the config."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.ledger.on_disk import Size, size_of
from tests.checks.world import inspection_of

BYTES = 174_720
"""The tiny Mixtral has 87,360 parameters of two bytes."""


@pytest.mark.parametrize(
    ("changes", "told_by"),
    [
        ({}, "config"),
        ({"index": {}}, "index"),
        ({"headers": True}, "headers"),
        ({"headers": True, "index": {}}, "headers"),
    ],
)
def test_the_best_witness_is_asked(changes: dict[str, Any], told_by: str) -> None:
    assert size_of(inspection_of("tiny", changes)) == Size(BYTES, told_by)


def test_what_an_index_states_is_told_as_that() -> None:
    assert size_of(inspection_of("tiny", {"index": {"total_size": 174_000}})) == Size(174_000, "index")


def test_headers_that_lack_a_file_say_no_size() -> None:
    found = inspection_of("tiny", {"headers": True})
    lacking = replace(found, evidence=replace(found.evidence, missing_shards=("model-00002-of-00002.safetensors",)))
    assert size_of(lacking) == Size(BYTES, "config")
    made = replace(found, evidence=replace(found.evidence, synthesised="from the config"))
    assert size_of(made) == Size(BYTES, "config")


def test_published_sizes() -> None:
    """The indexes of the repos state 688,586,727,753 bytes of DeepSeek-R1's files, 688,574,839,360 of them tensors, and
    13,761,264,768 for gpt-oss-20b; of an unknown format nobody knows."""
    sizes = {
        "deepseek-ai/DeepSeek-R1": Size(688_574_839_360, "headers"),
        "openai/gpt-oss-20b": Size(13_761_264_768, "headers"),
        "mistralai/Mixtral-8x7B-Instruct-v0.1": Size(93_405_585_408, "index"),
        "moonshotai/Kimi-K2.7-Code": None,
    }
    assert {name: size_of(inspect(name, offline=True)) for name in sizes} == sizes
