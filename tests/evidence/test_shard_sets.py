"""Shards by their names, as published repos write them, and whatever else a listing may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.evidence.shard_sets import ShardSet, grouped, in_words, is_near, unindexed, weight_files


def numbered(form: str, *numbers: int) -> list[str]:
    return [form.format(number) for number in numbers]


@pytest.mark.parametrize(
    "files",
    [
        ["model.safetensors"],
        ["pytorch_model.safetensors"],  # one file, whatever its name
        numbered("model-{:05d}-of-00003.safetensors", 1, 2, 3),
        numbered("model-{:05d}-of-000096.safetensors", *range(1, 97)),  # moonshotai/Kimi-K3: five digits of six
        numbered("model.safetensors-{:05d}-of-00014.safetensors", *range(1, 15)),  # Qwen/Qwen3.5-35B-A3B
        numbered("quant_model_weights-{:05d}-of-00179.safetensors", *range(1, 180)),  # Eco-Tech/GLM-5.1-w8a8
        numbered("pytorch_model-{:05d}-of-00002.safetensors", 1, 2),
        numbered("model-{:05d}-of-00002.safetensors", 0, 1, 2),  # openai/gpt-oss-20b counts from 0 to 2
        numbered("model-{:05d}-of-00002.safetensors", 0, 1),
        ["model_mtp.safetensors", "model_pp0_ep0_shard1.safetensors", "model_pp0_ep1_shard1.safetensors"],  # MiMo-V2.5
    ],
)
def test_complete_sets(files: list[str]) -> None:
    found = unindexed([*reversed(files), "onnx/model.safetensors"])
    assert (sorted(found.files), found.missing) == (files, ())


def test_the_models_own_set_among_others() -> None:
    own, other = numbered("model-{:05d}-of-00002.safetensors", 1, 2), numbered("x-{}-of-3.safetensors", 1, 2, 3)
    layout = numbered("consolidated-{:05d}-of-00002.safetensors", 1, 2)
    assert unindexed([*own, *other, *layout, "mtp.safetensors"]) == ShardSet(tuple(own))
    assert unindexed([*own, "model.safetensors"]) == ShardSet(("model.safetensors",))
    assert unindexed([own[0], *other]) == ShardSet(tuple(other)), "a complete set before one that lacks a shard"
    assert unindexed([own[0], *layout]) == ShardSet((own[0],), (own[1],)), "Mistral's layout last"
    assert unindexed(["consolidated.safetensors", "a.safetensors"]) == ShardSet(("a.safetensors",))
    assert unindexed(layout) == ShardSet(tuple(layout)), "unless it is all there is"
    assert unindexed(["sub/model.safetensors"]) == ShardSet()


@given(
    st.sampled_from(["model", "model.safetensors", "quant_model_weights", "a-1-of-2"]),
    st.integers(2, 40),
    st.integers(1, 6),
    st.integers(1, 6),
    st.data(),
)
def test_what_is_taken_away_is_missing(stem: str, total: int, width: int, of_width: int, data: st.DataObject) -> None:
    files = [f"{stem}-{number:0{width}d}-of-{total:0{of_width}d}.safetensors" for number in range(1, total + 1)]
    there = data.draw(st.sets(st.sampled_from(files), min_size=1))
    found = unindexed(there)
    assert set(found.files) == there and not found.loose
    assert len(found.missing) == total - len(there)
    if min(map(len, there)) == len(files[0]):  # else the width of the numbers is not seen
        assert set(found.missing) == set(files) - there


def test_a_listing_of_huge_numberings_costs_nothing() -> None:
    files = [f"m{place}-1-of-9999.safetensors" for place in range(20_000)]
    assert len(unindexed(files).missing) == 9_998
    assert unindexed(["m-1-of-99999.safetensors"]).loose is False, "no numbering: no model has so many shards"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (numbered("model-{:05d}-of-00016.safetensors", 3), "shard 3 of 16"),
        (numbered("model-{:05d}-of-00016.safetensors", 3, 7, 8, 9), "shards 3, 7-9 of 16"),
        (numbered("model-{:05d}-of-00016.safetensors", 1, 3, 5, 7), "shards 1, 3, 5, 7 of 16"),
        (["mtp.safetensors"], "'mtp.safetensors'"),
        (["b.safetensors", "a.safetensors"], "'a.safetensors' and 1 more"),
        (["a-1-of-2.safetensors", "b-1-of-2.safetensors"], "'a-1-of-2.safetensors' and 1 more"),
    ],
)
def test_in_words(files: list[str], words: str) -> None:
    assert in_words(files) == words


def test_groups() -> None:
    assert grouped(
        [
            "mtp/model.safetensors",
            "consolidated.01.safetensors",
            "consolidated.00.safetensors",
            "model-2-of-3.safetensors",
            "model-00003-of-00003.safetensors",
            "model-1-of-4.safetensors",
        ]
    ) == [
        ["consolidated.00.safetensors", "consolidated.01.safetensors"],
        ["model-00003-of-00003.safetensors", "model-2-of-3.safetensors"],
        ["model-1-of-4.safetensors"],
        ["mtp/model.safetensors"],
    ]


def test_adapters_are_no_part_of_the_model() -> None:
    listing = [
        "adapter_model.safetensors",
        "speech/adapter_model.safetensors",
        "lora/adapter_config.json",
        "lora/x.safetensors",
        "vision_adapter.safetensors",
        "pytorch_model.bin",
        "a.gguf",
    ]
    assert weight_files(listing) == ["vision_adapter.safetensors"]


@pytest.mark.parametrize("file", ["a/b/c.safetensors", ".cache/x.safetensors", "../x.safetensors", "a\\x.safetensors"])
def test_what_is_never_read_beside(file: str) -> None:
    assert not is_near(file)
