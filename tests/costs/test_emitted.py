"""Launch commands word by word: what each setting adds to a line, and what each flag of a line changes in a fleet."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest

from moeaudit.costs.fleet import Fleet, Settings, short_fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.launch import EMIT, Command, parse_command
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError

HEAD = "schema: moeaudit/fleet/v1\ndevices: {type: H200-SXM, per_node: 8, nodes: 8}\n"
SGLANG = "python -m sglang.launch_server --model-path m/m"


def of(engine: str, **settings: Any) -> Fleet:
    fleet = short_fleet("8x8xH200", engine_name=engine)
    return replace(fleet, settings=replace(fleet.settings, **settings))


LAST = "--gpu-memory-utilization 0.9 --max-model-len 8192"
COPIES = "--enable-eplb --eplb-config '{\"num_redundant_experts\":32}'"
VLLM_LINES: dict[str, tuple[Layout, dict[str, Any], str]] = {
    "one device": (Layout(), {}, f"--tensor-parallel-size 1 {LAST}"),
    "tensor": (Layout(8), {}, f"--tensor-parallel-size 8 {LAST}"),
    "pipeline": (Layout(4, pp=2), {}, f"--tensor-parallel-size 4 --pipeline-parallel-size 2 {LAST}"),
    "data": (Layout(1, dp=2), {}, f"--tensor-parallel-size 1 --data-parallel-size 2 {LAST}"),
    "experts": (Layout(2, True), {}, f"--tensor-parallel-size 2 --enable-expert-parallel {LAST}"),
    "context": (Layout(8, dcp=2), {}, f"--tensor-parallel-size 8 --decode-context-parallel-size 2 {LAST}"),
    "replicas are servers of their own": (Layout(2, replicas=4), {}, f"--tensor-parallel-size 2 {LAST}"),
    "copies": (
        Layout(2, True, redundant=32),
        {},
        f"--tensor-parallel-size 2 --enable-expert-parallel {LAST} {COPIES}",
    ),
    "share": (
        Layout(),
        {"utilization": 0.855},
        "--tensor-parallel-size 1 --gpu-memory-utilization 0.855 --max-model-len 8192",
    ),
    "fp8": (Layout(), {"cache_dtype": "fp8"}, f"--tensor-parallel-size 1 {LAST} --kv-cache-dtype fp8"),
    "packed": (
        Layout(),
        {"cache_dtype": "fp8_ds_mla"},
        f"--tensor-parallel-size 1 {LAST} --kv-cache-dtype fp8_ds_mla",
    ),
    "block": (Layout(), {"block": 64}, f"--tensor-parallel-size 1 {LAST} --block-size 64"),
    "sequences": (Layout(), {"max_num_seqs": 128}, f"--tensor-parallel-size 1 {LAST} --max-num-seqs 128"),
    "step": (Layout(), {"step_tokens": 2048}, f"--tensor-parallel-size 1 {LAST} --max-num-batched-tokens 2048"),
    "budget": (
        Layout(),
        {"cache_budget_gib": 1.5},
        f"--tensor-parallel-size 1 {LAST} --kv-cache-memory-bytes 1610612736",
    ),
    "caching": (Layout(), {"prefix_caching": True}, f"--tensor-parallel-size 1 {LAST} --enable-prefix-caching"),
    "none": (Layout(), {"prefix_caching": False}, f"--tensor-parallel-size 1 {LAST} --no-enable-prefix-caching"),
    "drafts": (
        Layout(),
        {"prediction": True, "speculative_tokens": 2},
        f'--tensor-parallel-size 1 {LAST} --speculative-config \'{{"method":"mtp","num_speculative_tokens":2}}\'',
    ),
    "drafts, as many as it likes": (
        Layout(),
        {"prediction": True},
        f'--tensor-parallel-size 1 {LAST} --speculative-config \'{{"method":"mtp"}}\'',
    ),
    "drafts of another model": (Layout(), {"speculative_tokens": 2}, f"--tensor-parallel-size 1 {LAST}"),
}


@pytest.mark.parametrize("case", VLLM_LINES)
def test_lines_for_vllm(case: str) -> None:
    """Names of docs.vllm.ai, engine arguments; what is the engine's own default is left out."""
    layout, settings, words = VLLM_LINES[case]
    assert EMIT["vllm"]("m/m", of("vllm", **settings), layout) == f"vllm serve m/m {words}"


STATIC = "--mem-fraction-static 0.906 --context-length 8192"
SGLANG_LINES: dict[str, tuple[Layout, dict[str, Any], str]] = {
    "one device": (Layout(), {}, f"--tp-size 1 {STATIC}"),
    "tensor": (Layout(8), {}, f"--tp-size 8 {STATIC}"),
    "data": (Layout(2, dp=4), {}, f"--tp-size 8 --dp-size 4 --enable-dp-attention {STATIC}"),
    "experts": (Layout(2, True, 4), {}, f"--tp-size 8 --dp-size 4 --enable-dp-attention --ep-size 8 {STATIC}"),
    "pipeline": (Layout(4, pp=2), {}, f"--tp-size 4 --pp-size 2 {STATIC}"),
    "copies": (Layout(2, True, redundant=8), {}, f"--tp-size 2 --ep-size 2 {STATIC} --ep-num-redundant-experts 8"),
    "share": (Layout(), {"utilization": 0.7}, "--tp-size 1 --mem-fraction-static 0.7 --context-length 8192"),
    "fp8": (Layout(), {"cache_dtype": "fp8"}, f"--tp-size 1 {STATIC} --kv-cache-dtype fp8_e4m3"),
    "sequences": (Layout(), {"max_num_seqs": 64}, f"--tp-size 1 {STATIC} --max-running-requests 64"),
    "step": (Layout(), {"step_tokens": 4096}, f"--tp-size 1 {STATIC} --chunked-prefill-size 4096"),
    "page": (Layout(), {"block": 64}, f"--tp-size 1 {STATIC} --page-size 64"),
    "caching is its own default": (Layout(), {"prefix_caching": True}, f"--tp-size 1 {STATIC}"),
    "no caching": (Layout(), {"prefix_caching": False}, f"--tp-size 1 {STATIC} --disable-radix-cache"),
}


@pytest.mark.parametrize("case", SGLANG_LINES)
def test_lines_for_sglang(case: str) -> None:
    """Names of docs.sglang.ai, server arguments."""
    layout, settings, words = SGLANG_LINES[case]
    assert EMIT["sglang"]("m/m", of("sglang", **settings), layout) == f"{SGLANG} {words}"


@pytest.mark.parametrize("engine", sorted(EMIT))
def test_a_name_that_a_shell_would_split_is_quoted(engine: str) -> None:
    assert "a; rm b" in shlex.split(EMIT[engine]("a; rm b", of(engine), Layout()))


LEFT_ALONE = Command("vllm", "m/m", Layout(), program="vllm")


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("--gpu-memory-utilization 0.5", "utilization", 0.5),
        ("--max-model-len 4096", "context", 4096),
        ("--kv-cache-dtype fp8", "cache_dtype", "fp8"),
        ("--block-size 32", "block", 32),
        ("--max-num-seqs 7", "max_num_seqs", 7),
        ("--max-num-batched-tokens 2048", "step_tokens", 2048),
        ("--max-num-batched-tokens -1", "step_tokens", None),
        ("--kv-cache-memory-bytes 5000000", "cache_budget", 5_000_000),
        ("--enable-prefix-caching", "prefix_caching", True),
        ("--no-enable-prefix-caching", "prefix_caching", False),
        ("""--speculative-config '{"num_speculative_tokens": 3}'""", "speculative_tokens", 3),
        ("""--speculative-config '{"method": "deepseek_mtp"}'""", "prediction", True),
        ("""--speculative-config '{"method": "qwen3_next_MTP"}'""", "prediction", True),
        ("""--speculative-config '{"method": "eagle3"}'""", "prediction", False),
        ("--seed 1 --port 80", "ignored", ("--seed", "--port")),
        ("--dtype auto", "dtype", ""),
        ("--dtype bfloat16", "dtype", "bf16"),
        ("--enforce-eager", "eager", True),
        ("--no-enforce-eager", "eager", False),
        ("--language-model-only", "language_only", True),
        ("--disable-hybrid-kv-cache-manager", "hybrid", False),
        ("--mamba-ssm-cache-dtype float16", "state_dtype", "fp16"),
        ("--num-gpu-blocks-override 512", "cache_blocks", 512),
        ("--max-model-len auto", "fitted", True),
        ("--max-model-len -1", "fitted", True),
        ("--enable-eplb", "ignored", ()),
    ],
)
def test_one_flag_says_one_thing(words: str, field: str, value: object) -> None:
    """And nothing else of the command: it is the one without flags but for that field."""
    assert parse_command(f"vllm serve m/m {words}") == replace(LEFT_ALONE, **{field: value})


@pytest.mark.parametrize(
    ("flag", "layout"),
    [
        ("-tp 2", Layout(2)), ("--tensor_parallel_size 2", Layout(2)), ("--tensor-parallel-size=2", Layout(2)),
        ("--tensor 2", Layout(2)), ("-tp=2", Layout(2)), ("-tp2", Layout(2)),
        ("-pp 2", Layout(pp=2)), ("--pipeline-parallel-size 2", Layout(pp=2)),
        ("-dp 2", Layout(dp=2)), ("--data-parallel-size 2", Layout(dp=2)),
        ("-tp 2 -dcp 2", Layout(2, dcp=2)), ("-tp 2 --decode-context-parallel-size 2", Layout(2, dcp=2)),
        ("-pcp 2", Layout(pcp=2)), ("-ep", Layout(ep=True)),
        ("--enable-expert-parallel", Layout(ep=True)), ("--no-enable-expert-parallel", Layout()),
        ("""--eplb-config '{"num_redundant_experts": 4}'""", Layout(redundant=4)), ("--eplb-config '{}'", Layout()),
        ("--eplb-config.num_redundant_experts 4", Layout(redundant=4)),
    ],
)  # fmt: skip
def test_spellings_of_the_sizes(flag: str, layout: Layout) -> None:
    assert parse_command(f"vllm serve m/m {flag}").layout == layout


@pytest.mark.parametrize(
    ("flag", "layout"),
    [
        ("--tp 2", Layout(2)), ("--tp-size 2", Layout(2)), ("--tensor-parallel-size 2", Layout(2)),
        ("--tp_size 2", Layout(2)), ("--pp-size 2", Layout(pp=2)), ("--dp-size 2", Layout(replicas=2)),
        ("--tp 2 --dp 2 --enable-dp-attention", Layout(1, dp=2)), ("--tp 4 --attn-dp-size 2", Layout(2, dp=2)),
        ("--tp 8 --attn-cp-size 2", Layout(4, pcp=2)), ("--tp 8 --dcp-size 4", Layout(8, dcp=4)),
        ("--ep 2", Layout(ep=True)), ("--ep-size 2", Layout(ep=True)), ("--expert-parallel-size 2", Layout(ep=True)),
        ("--ep-size 1", Layout()), ("--tp 8 --moe-a2a-backend deepep", Layout(8, True)),
        ("--tp 8 --moe-a2a-backend none", Layout(8)), ("--enable-ep-moe", Layout(ep=True)),
        ("--ep-num-redundant-experts 3", Layout(redundant=3)), ("--ep-num-redundant-experts 0", Layout()),
    ],
)  # fmt: skip
def test_sglangs_spellings_of_the_sizes(flag: str, layout: Layout) -> None:
    assert parse_command(f"{SGLANG} {flag}").layout == layout


@pytest.mark.parametrize(
    ("flag", "field", "value"),
    [
        ("--mem-fraction-static 0.5", "utilization", 0.5),
        ("--context-length 4096", "context", 4096),
        ("--max-running-requests 7", "max_num_seqs", 7),
        ("--chunked-prefill-size 2048", "step_tokens", 2048),
        ("--page-size 64", "block", 64),
        ("--disable-radix-cache", "prefix_caching", False),
        ("--disable-cuda-graph", "eager", True),
        ("--max-total-tokens 64k", "cache_tokens", 64_000),
        ("--mamba-ssm-dtype bfloat16", "state_dtype", "bf16"),
    ],
)
def test_sglangs_names_for_the_same(flag: str, field: str, value: object) -> None:
    assert parse_command(f"{SGLANG} {flag}") == replace(LEFT_ALONE, engine="sglang", program="sglang", **{field: value})


@pytest.mark.parametrize(
    "switch",
    [
        "enable-expert-parallel", "enable-dp-attention", "enable-eplb", "trust-remote-code", "enforce-eager",
        "enable-prefix-caching", "no-enable-prefix-caching", "enable-chunked-prefill", "async-scheduling",
        "disable-radix-cache", "disable-cuda-graph", "enable-auto-tool-choice", "enable-deepep-moe",
    ],
)  # fmt: skip
def test_a_switch_takes_no_word(switch: str) -> None:
    assert parse_command(f"vllm serve --{switch} m/m").model == "m/m"


@pytest.mark.parametrize("words", ["--seed 1", "--seed=1", "--model-path m/m --seed 1", "--model=m/m"])
def test_any_other_flag_takes_the_word_behind_it(words: str) -> None:
    assert parse_command(f"vllm serve {words} m/m").model == "m/m"


@pytest.mark.parametrize(
    ("line", "engine"),
    [
        ("vllm serve m/m", "vllm"),
        ("python -m vllm.entrypoints.openai.api_server --model m/m", "vllm"),
        ("CUDA_VISIBLE_DEVICES=0,1 python3 -m vllm.entrypoints.openai.api_server --model m/m", "vllm"),
        ("python3 -m sglang.launch_server --model m/m", "sglang"),
        ("SGL_X=1 HF_HUB_OFFLINE=1 sglang serve --model-path m/m", "sglang"),
        ("vllm serve --model m/m", "vllm"),
    ],
)
def test_ways_to_start_an_engine(line: str, engine: str) -> None:
    assert parse_command(line) == replace(LEFT_ALONE, engine=engine, program=engine)


@pytest.mark.parametrize("line", ["", "vllm", "vllm bench m/m", "sglang", "sglang m/m", "serve vllm m/m"])
def test_what_starts_none(line: str) -> None:
    with pytest.raises(UsageError, match="not a launch command"):
        parse_command(line)


@pytest.mark.parametrize("flag", ["--max-model-len", "--max-model-len --seed 1", "--max-model-len="])
def test_a_flag_without_its_number(flag: str) -> None:
    with pytest.raises(UsageError, match=r"--max-model-len (expects a value|is '', expected a number)"):
        parse_command(f"vllm serve m/m {flag}")


@pytest.mark.parametrize(("size", "read"), [(0, False), (1, True), (65_536, True), (65_537, False)])
def test_ranks_of_experts(size: int, read: bool) -> None:
    if read:
        assert parse_command(f"{SGLANG} --ep-size {size}").layout == Layout(ep=size > 1)
    else:
        with pytest.raises(UsageError, match=f"--ep-size is {size}"):
            parse_command(f"{SGLANG} --ep-size {size}")


OWN = """
engine: {memory_utilization: 0.7, cache_dtype: fp8, cache_budget_gib: 3, block_size: 32, prefix_caching: false,
  speculative_tokens: 2, prediction_modules: true, max_num_seqs: 9, max_batched_tokens: 512}
workload: {context: 1000}
layout: {tp: 4}
"""


def read_back(line: str) -> tuple[Settings, Fleet]:
    fleet = parse_command(line).applied(parse_fleet(HEAD + OWN, "fleet.yaml"))
    return fleet.settings, fleet


def test_what_a_command_leaves_out_stays_the_fleets_own() -> None:
    """But the layout and the cache's type, whose default in an engine is one device and the model's own type."""
    own = parse_fleet(HEAD + OWN, "fleet.yaml")
    settings, fleet = read_back("vllm serve m/m")
    assert settings == replace(own.settings, cache_dtype="bf16")
    assert (fleet.layout, fleet.workload, fleet.notes) == (Layout(), own.workload, ())


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("--gpu-memory-utilization 0.5", "utilization", 0.5),
        ("--kv-cache-dtype int8", "cache_dtype", "int8"),
        ("--block-size 64", "block", 64),
        ("--max-num-seqs 7", "max_num_seqs", 7),
        ("--max-num-batched-tokens 2048", "step_tokens", 2048),
        ("--kv-cache-memory-bytes 1G", "cache_budget_gib", 1),
        ("--enable-prefix-caching", "prefix_caching", True),
        ("""--speculative-config '{"num_speculative_tokens": 3}'""", "speculative_tokens", 3),
    ],
)
def test_what_a_command_says_takes_its_place(words: str, field: str, value: object) -> None:
    own = read_back("vllm serve m/m")[0]
    assert getattr(own, field) != value
    assert read_back(f"vllm serve m/m {words}")[0] == replace(own, **{field: value})


def test_a_commands_length_is_the_work() -> None:
    own = parse_fleet(HEAD + OWN, "fleet.yaml").workload
    assert read_back("vllm serve m/m --max-model-len 2000")[1].workload == replace(own, context=2000)


def test_flags_without_meaning_are_named_in_their_order() -> None:
    assert read_back("vllm serve m/m --seed 1 --port 80")[1].notes == (
        "Flags of the command that change nothing here: --seed, --port.",
    )


@pytest.mark.parametrize(
    ("word", "kept"), [("fp16", "fp16"), ("float16", "fp16"), ("int8", "int8"), ("bf16", "bf16"), ("auto", "bf16")]
)
def test_more_types_of_the_cache(word: str, kept: str) -> None:
    assert parse_command(f"vllm serve m/m --kv-cache-dtype {word}").cache_dtype == kept


@pytest.mark.parametrize("text", ["1_000", "\u0663", "0x10", "1 000", "1e400", "1.5", "one", "1kk", "k", "+", "1_0k"])
def test_what_is_no_number_of_tokens(text: str) -> None:
    """Python alone reads the first two: no shell command has them."""
    with pytest.raises(UsageError, match="expected a number"):
        parse_command(f"vllm serve m/m --max-model-len '{text}'")


@pytest.mark.parametrize("text", ["0.1_0", "\u0663", "nan", "inf", "0.5.5", "half"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(UsageError, match="expected a number"):
        parse_command(f"vllm serve m/m --gpu-memory-utilization '{text}'")
