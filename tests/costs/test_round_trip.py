"""Commands written and read again: what was asked comes back, and every word is one that the engine's version takes."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.costs.engines.emit import EMITTED, HEAD
from moeaudit.costs.engines.flags import table
from moeaudit.costs.engines.said import effects
from moeaudit.costs.engines.shell import launch, style_of
from moeaudit.costs.engines.tokens import Reader
from moeaudit.costs.fleet import Fleet, Settings, settings_for, short_fleet
from moeaudit.costs.launch import parse_command
from moeaudit.costs.layout import Layout

SIZES = st.sampled_from([1, 2, 4, 8])
SOME = st.none() | st.integers(1, 10**6)

CACHES = {
    "vllm": ["bf16", "fp16", "fp8", "nvfp4", "int8_per_token_head", "fp8_ds_mla", "turboquant_3bit_nc"],
    "sglang": ["bf16", "fp8", "nvfp4", "mxfp8"],
    "tensorrt-llm": ["bf16", "fp8", "nvfp4"],
}
ALSO = {
    "vllm": {
        "prefix_caching": st.none() | st.booleans(), "hybrid": st.booleans(),
        "quantization": st.sampled_from(["", "fp8"]), "eager": st.booleans(),
        "dtype": st.sampled_from(["", "fp16", "fp32"]), "offload_gib": st.sampled_from([0.0, 2.5]),
        "language_only": st.booleans(), "cache_blocks": SOME, "state_dtype": st.sampled_from(["", "fp16"]),
    },
    "sglang": {
        "prefix_caching": st.sampled_from([None, False]), "quantization": st.sampled_from(["", "fp8"]),
        "dtype": st.sampled_from(["", "bf16"]), "offload_gib": st.sampled_from([0.0, 2.0]), "eager": st.booleans(),
        "language_only": st.booleans(), "cache_tokens": SOME, "state_dtype": st.sampled_from(["", "bf16"]),
    },
    "tensorrt-llm": {
        "prefix_caching": st.none() | st.booleans(), "cache_tokens": SOME, "state_dtype": st.sampled_from(["", "bf16"]),
    },
}  # fmt: skip


def settings_of(engine: str) -> st.SearchStrategy[dict[str, Any]]:
    common = {
        "utilization": st.sampled_from([0.5, 0.875, 0.9, 1.0]), "cache_dtype": st.sampled_from(CACHES[engine]),
        "block": st.none() | st.sampled_from([16, 64]), "max_num_seqs": SOME, "step_tokens": SOME,
        "prediction": st.booleans(), "speculative_tokens": st.integers(1, 8),
    }  # fmt: skip
    return st.fixed_dictionaries({**common, **ALSO[engine]})


def layouts(engine: str) -> st.SearchStrategy[Layout]:
    if engine == "tensorrt-llm":  # attention groups are ranks, or there is one
        one = st.builds(lambda tp, ep, pp: Layout(tp, ep and tp > 1, 1, pp), SIZES, st.booleans(), SIZES)
        return one | st.builds(lambda dp, ep, pp: Layout(1, ep and dp > 1, dp, pp), SIZES, st.booleans(), SIZES)
    return st.builds(
        lambda tp, ep, dp, pp, pcp, more: Layout(tp, ep and tp * dp * pcp > 1, dp, pp, redundant=more, pcp=pcp),
        SIZES, st.booleans(), SIZES, SIZES, st.sampled_from([1, 1, 2]), st.sampled_from([0, 16]),
    )  # fmt: skip


def asked(engine: str, chosen: dict[str, Any], per_node: int) -> Fleet:
    fleet = short_fleet(f"16x{per_node}xH200", engine_name=engine)
    return replace(fleet, settings=replace(fleet.settings, **chosen))


@pytest.mark.parametrize("engine", EMITTED)
def test_what_is_written_is_read_as_it_was_asked(engine: str) -> None:
    @given(layouts(engine), settings_of(engine), st.sampled_from([4, 8, 64]))
    def check(layout: Layout, chosen: dict[str, Any], per_node: int) -> None:
        fleet = asked(engine, chosen, per_node)
        written = EMITTED[engine]("org/m", fleet, layout)
        assert written.unsaid == ()
        for text in (written.text(), written.docker()):
            found = parse_command(text)
            assert (found.model, found.layout, found.context) == ("org/m", layout, fleet.workload.context), text
            assert (found.unmodelled, found.remarks) == (untimed(found.unmodelled), ()), text
            bare = short_fleet("16x8xH200", engine_name=engine)
            read = found.applied(bare).settings
            assert read == expected(fleet.settings, engine), text

    check()


def untimed(told: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in told if "in memory, not in time" in one)


def expected(chosen: Settings, engine: str) -> Settings:
    """The settings without what an engine that drafts nothing is not told."""
    drafted = chosen.speculative_tokens if chosen.prediction else 0
    bits = effects(engine).quantises.get(chosen.quantization)
    return replace(chosen, speculative_tokens=drafted, load_bits=bits)


VERSIONS = [(engine, version) for engine in EMITTED for version in table(engine).versions]


@pytest.mark.parametrize(("engine", "version"), VERSIONS)
def test_every_word_is_one_of_its_version(engine: str, version: str) -> None:
    """Whatever is set, each node's command holds flags of that version alone, with values that it takes."""
    everything = {
        "cache_dtype": "fp8", "block": 64, "max_num_seqs": 9, "step_tokens": 99, "prefix_caching": False, "eager": True,
        "prediction": True, "speculative_tokens": 2, "quantization": "fp8", "dtype": "bf16", "offload_gib": 1.0,
        "language_only": True, "state_dtype": "fp32", "cache_tokens": 1000, "cache_blocks": 10, "hybrid": False,
    }  # fmt: skip
    fleet = asked(engine, everything, 8)
    newest = settings_for(engine, version, fleet.device)
    fleet = replace(fleet, settings=replace(newest, **everything))
    written = EMITTED[engine]("org/m", fleet, Layout(8, True, 4, 2))
    reader = Reader(table(engine, version), style_of(engine))
    for words in written.nodes:
        read = reader.read(words[1:])
        assert read.rest == ()
        for one in read.given:
            assert one.flag is not None and not one.odd and one.flag in table(engine, version).flags
            assert not one.flag.closed or set(one.values) <= set(one.flag.choices)


@pytest.mark.parametrize(
    ("engine", "kind", "word"),
    [("vllm", "fp16", "float16"), ("vllm", "int8", None), ("sglang", "fp16", None), ("sglang", "int8", None),
     ("sglang", "fp8", "fp8_e4m3"), ("vllm", "fp8", "fp8"), ("vllm", "fp32", None)],
)  # fmt: skip
def test_types_of_cache_that_an_engine_does_not_know_are_not_written(engine: str, kind: str, word: str | None) -> None:
    """vllm/config/cache.py knows float16 and no int8; SGLang neither: what is left out is said."""
    written = EMITTED[engine]("org/m", asked(engine, {"cache_dtype": kind}, 8), Layout(8))
    line = written.text()
    assert ("--kv-cache-dtype" in line) is (word is not None)
    assert word is None or f"--kv-cache-dtype {word}" in line
    assert bool(written.unsaid) is (word is None)


@pytest.mark.parametrize(
    ("engine", "layout", "extra"),
    [
        ("vllm", Layout(8, pp=2), [["--nnodes", "2", "--node-rank", "0", "--master-addr", HEAD],
                                   ["--nnodes", "2", "--node-rank", "1", "--master-addr", HEAD, "--headless"]]),
        ("vllm", Layout(1, True, 16), [
            ["--data-parallel-size-local", "8", "--data-parallel-address", HEAD, "--data-parallel-rpc-port", "13345"],
            ["--data-parallel-size-local", "8", "--data-parallel-address", HEAD, "--data-parallel-rpc-port", "13345",
             "--data-parallel-start-rank", "8", "--headless"],
        ]),
        ("vllm", Layout(8), [[]]),
        ("sglang", Layout(16), [["--nnodes", "2", "--node-rank", "0", "--dist-init-addr", f"{HEAD}:5000"],
                                ["--nnodes", "2", "--node-rank", "1", "--dist-init-addr", f"{HEAD}:5000"]]),
        ("sglang", Layout(8), [[]]),
    ],
)  # fmt: skip
def test_one_line_for_each_node(engine: str, layout: Layout, extra: list[list[str]]) -> None:
    """docs.vllm.ai, data parallel deployment and parallelism; docs.sglang.ai, multi-node deployment."""
    lines = EMITTED[engine]("org/m", asked(engine, {}, 8), layout).text().splitlines()
    assert len(lines) == len(extra)
    for line, words in zip(lines, extra, strict=True):
        assert not words or shlex.split(line)[-len(words) :] == words
        assert "--nnodes" in words or "--nnodes" not in line


def test_an_old_version_has_an_old_image() -> None:
    fleet = asked("vllm", {}, 8)
    old = replace(fleet, settings=settings_for("vllm", "0.11", fleet.device))
    assert "vllm/vllm-openai:v0.11.2 org/m" in EMITTED["vllm"]("org/m", old, Layout(8)).docker()
    assert "vllm/vllm-openai:latest org/m" in EMITTED["vllm"]("org/m", fleet, Layout(8)).docker()


def test_what_trtllm_has_no_flags_for_is_in_its_file() -> None:
    text = EMITTED["tensorrt-llm"]("org/m", asked("tensorrt-llm", {"cache_dtype": "fp8"}, 8), Layout(1, True, 8)).text()
    assert launch(text).files["options.yaml"] == "enable_attention_dp: true\nkv_cache_config:\n  dtype: fp8\n"
