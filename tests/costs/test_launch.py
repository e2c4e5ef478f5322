"""Launch commands out and back in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.costs.fleet import short_fleet
from moeaudit.costs.launch import EMIT, parse_command
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError

LAYOUTS = st.builds(
    lambda tp, ep, dp, pp, redundant: Layout(tp, ep and tp * dp > 1, dp, pp, redundant=redundant),
    st.integers(1, 64), st.booleans(), st.integers(1, 16), st.integers(1, 8), st.integers(0, 32),
)  # fmt: skip


@given(st.sampled_from(["vllm", "sglang"]), LAYOUTS)
def test_an_emitted_command_reads_back_as_its_layout(engine: str, layout: Layout) -> None:
    assert parse_command(EMIT[engine]("org/model", short_fleet("8xH200", engine_name=engine), layout)).layout == layout


NUMBER = st.none() | st.integers(1, 100_000)


@given(st.sampled_from(sorted(EMIT)), NUMBER, NUMBER, NUMBER, st.none() | st.booleans())
def test_an_emitted_command_reads_back_as_its_settings(
    engine: str, block: int | None, sequences: int | None, step: int | None, caching: bool | None
) -> None:
    fleet = short_fleet("8xH200", engine_name=engine)
    settings = replace(
        fleet.settings, block=block, max_num_seqs=sequences, step_tokens=step, prefix_caching=caching, prediction=True,
        speculative_tokens=2,
    )  # fmt: skip
    found = parse_command(EMIT[engine]("org/model", replace(fleet, settings=settings), Layout(8)))
    assert (found.block, found.max_num_seqs, found.step_tokens) == (block, sequences, step)
    assert found.prefix_caching is ({False: False}.get(caching) if engine == "sglang" else caching)
    assert (found.prediction, found.speculative_tokens) == (True, 2)
    assert (found.context, found.utilization, found.ignored) == (8192, settings.utilization, ())


def test_a_vllm_command() -> None:
    found = parse_command(
        "VLLM_USE_V1=1 vllm serve deepseek-ai/DeepSeek-V3 -tp 8 --enable-expert-parallel --max-model-len=128k \\\n"
        " --kv_cache_dtype fp8 --gpu-memory-utilization 0.95 --trust-remote-code"
    )
    assert (found.engine, found.model, found.layout) == ("vllm", "deepseek-ai/DeepSeek-V3", Layout(8, True))
    assert (found.context, found.cache_dtype, found.utilization, found.ignored) == (
        128_000,
        "fp8",
        0.95,
        ("--trust-remote-code",),
    )


def test_sglangs_tp_is_the_whole_group() -> None:
    found = parse_command(
        "python -m sglang.launch_server --model x/y --tp 8 --dp 8 --enable-dp-attention --mem-fraction-static 0.8"
    )
    assert found.layout == Layout(1, False, 8)
    assert parse_command("python -m sglang.launch_server --model x/y --tp 2 --dp 4").layout == Layout(2, replicas=4)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("rm -rf x", "not a launch command"),
        ("vllm serve", "names no model"),
        ("vllm serve m -tp eight", "expected a number"),
        ("vllm serve m -tp 0", "is 0"),
        ("vllm serve 'm", "cannot be read"),
        ("vllm serve m --kv-cache-dtype fp3", "is not known"),
        ("python -m sglang.launch_server --model m --tp 8 --dp 3 --enable-dp-attention", "does not divide"),
        ("vllm serve m --eplb-config nonsense", "is not the JSON"),
        ("vllm serve m --eplb-config '[1]'", "is not the JSON"),
        ('vllm serve m --speculative-config \'{"num_speculative_tokens": "two"}\'', "expected a whole number"),
        ("vllm serve m --speculative-config '{\"num_speculative_tokens\": true}'", "expected a whole number"),
        ("python -m sglang.launch_server --model-path m --ep-size -9999999999999999999999", "from 1 to 65,536"),
        ("vllm serve m --enable-eplb --eplb-config '{\"num_redundant_experts\": 1.0}'", "expected a whole number"),
        ("vllm serve m --gpu-memory-utilization 1.5", "above 0 and up to 1"),
        ("vllm serve m --gpu-memory-utilization -1", "above 0 and up to 1"),
        ("vllm serve m --max-model-len 0", "1 or more"),
        ("vllm serve m --max-model-len 99999999999999999", "1 or more"),
        ("vllm serve m --max-model-len infk", "expected a number"),
    ],
)
def test_commands_that_cannot_be_read(command: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_command(command)


def test_a_command_brings_its_engine() -> None:
    """SGLang's static fraction is no vLLM utilisation: the engine's rule and defaults come with the command."""
    found = parse_command("python -m sglang.launch_server --model m --tp 8").applied(short_fleet("8xH200"))
    assert (found.settings.engine.name, found.settings.utilization, found.layout) == ("sglang", 0.906, Layout(8))


def test_what_decides_the_cache_is_read() -> None:
    """Prefix caching and drafted tokens decide the recurrent states kept; given bytes replace the budget."""
    found = parse_command(
        "vllm serve m --no-enable-prefix-caching --kv-cache-memory-bytes 2G --enforce-eager"
        ' --speculative-config \'{"method": "deepseek_mtp", "num_speculative_tokens": 2}\''
    )
    fleet = found.applied(short_fleet("8xH200"))
    assert (fleet.settings.state_slots, fleet.settings.prediction, fleet.settings.cache_budget_gib) == (3, True, 2)
    assert (fleet.settings.eager, fleet.notes) == (True, ())


def test_sglangs_chunks_can_be_off() -> None:
    found = parse_command("python -m sglang.launch_server --model m --chunked-prefill-size -1 --disable-radix-cache")
    assert (found.step_tokens, found.prefix_caching) == (None, False)
