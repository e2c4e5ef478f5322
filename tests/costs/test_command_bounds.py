"""What a launch command may say: at each limit, one below and one above, and sizes with their letters."""

from __future__ import annotations

import json

import pytest

from moeaudit.costs.fleet import short_fleet
from moeaudit.costs.launch import EMIT, parse_command
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError

VLLM = "vllm serve m/m"


@pytest.mark.parametrize(("tokens", "read"), [(0, True), (1, True), (4096, True), (4097, False), (-1, False)])
def test_speculative_tokens(tokens: int, read: bool) -> None:
    line = f"{VLLM} --speculative-config '{json.dumps({'method': 'mtp', 'num_speculative_tokens': tokens})}'"
    if read:
        assert parse_command(line).model == "m/m"
    else:
        with pytest.raises(UsageError, match="num_speculative_tokens"):
            parse_command(line)


@pytest.mark.parametrize(
    ("share", "read"), [("1", True), ("0.01", True), ("0", False), ("1.001", False), ("-0.5", False)]
)
def test_a_share_of_memory(share: str, read: bool) -> None:
    line = f"{VLLM} --gpu-memory-utilization {share}"
    if read:
        assert parse_command(line).utilization == float(share)
    else:
        with pytest.raises(UsageError, match="above 0 and up to 1"):
            parse_command(line)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("4096", 4096), ("128k", 128_000), ("128K", 131_072), ("1m", 10**6), ("1M", 2**20), ("1.5k", 1500), ("1g", 10**9)],
)
def test_lengths_as_vllm_reads_them(text: str, tokens: int) -> None:
    """vllm/engine/arg_utils.py, human_readable_int: small letters are decimal, capitals binary."""
    assert parse_command(f"{VLLM} --max-model-len {text}").context == tokens


@pytest.mark.parametrize(
    ("words", "layout"),
    [
        ("", Layout()),
        ("-tp 8", Layout(8)),
        ("--tensor-parallel-size=4 -pp 2", Layout(4, pp=2)),
        ("-tp 2 -dp 4 --enable-expert-parallel", Layout(2, True, 4)),
        ("-tp 8 --decode-context-parallel-size 2", Layout(8, dcp=2)),
    ],
)
def test_vllms_sizes(words: str, layout: Layout) -> None:
    assert parse_command(f"{VLLM} {words}").layout == layout


@pytest.mark.parametrize(
    ("words", "layout"),
    [
        ("--tp 8", Layout(8)),
        ("--tp-size 8 --ep-size 8", Layout(8, True)),
        ("--tp 8 --dp 2 --enable-dp-attention", Layout(4, False, 2)),
        ("--tp 2 --dp 4", Layout(2, replicas=4)),
        ("--tp 2 --pp-size 4", Layout(2, pp=4)),
    ],
)
def test_sglangs_sizes(words: str, layout: Layout) -> None:
    assert parse_command(f"python -m sglang.launch_server --model-path m/m {words}").layout == layout


def test_emitted_words() -> None:
    """Settings that differ from the engine's own stand in the command, whole."""
    fleet = short_fleet("1x16xH200")
    assert EMIT["vllm"]("m/m", fleet, Layout(8, True, 2, 1)).split() == [
        "vllm", "serve", "m/m", "--tensor-parallel-size", "8", "--data-parallel-size", "2", "--enable-expert-parallel",
        "--gpu-memory-utilization", "0.9", "--max-model-len", "8192",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("fp8", "fp8"), ("fp8_e4m3", "fp8"), ("fp8_e5m2", "fp8"), ("fp8_ds_mla", "fp8_ds_mla"), ("auto", "bf16"),
        ("bfloat16", "bf16"),
    ],
)  # fmt: skip
def test_types_of_the_cache(word: str, kept: str) -> None:
    """vllm/config/cache.py: both forms of fp8 take a byte; auto is the model's own type."""
    assert parse_command(f"{VLLM} --kv-cache-dtype {word}").cache_dtype == kept
