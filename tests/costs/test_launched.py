"""What a command's settings do to memory: each against the sum by hand, on models that ship with moeaudit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind
from moeaudit.audits.estimate import Asked, Worked, estimate
from moeaudit.cli.app import run
from moeaudit.costs.asked import placed
from moeaudit.costs.cache import CacheRules, entry_bytes, state_bytes
from moeaudit.costs.given import HOST
from moeaudit.costs.launched import overridden
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import StageMemory
from moeaudit.costs.search import Verdict
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Component

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
GIB = 2**30
QWEN, VISION, SWITCH = "Qwen--Qwen3-235B-A22B", "Qwen--Qwen3-VL-30B-A3B-Instruct", "google--switch-base-8"


def asked(model: str, command: str, gpus: str = "8xH200", **more: Any) -> Worked:
    return estimate(
        str(FIXTURES / f"{model}.evidence.json"), Asked(gpus=gpus, command=command, **more), offline=True
    )  # fmt: skip


def stage(model: str, flags: str = "", gpus: str = "8xH200") -> StageMemory:
    found = asked(model, f"vllm serve m -tp 8 --max-model-len 8192 {flags}", gpus)
    return found.estimate.chosen.fit.stages[0]


HIDDEN, HEADS, KV, HEAD, EXPERTS, WIDTH, LAYERS, WORDS = 4096, 64, 4, 128, 128, 1536, 94, 151936
"""Qwen3-235B-A22B's config.json."""

LINEAR = HIDDEN * HEAD * (2 * HEADS + 2 * KV) + EXPERTS * 3 * HIDDEN * WIDTH
"""One layer's projections and experts; router, norms, table and head stay in 16 bits."""


@pytest.mark.parametrize(("flag", "bits"), [("fp8", 8), ("mxfp8", 8.25)])
def test_weights_are_quantised_on_loading(flag: str, bits: float) -> None:
    """Sums over eight devices: key-value projections are twice on them, 4 heads on 8 ranks; all else is divided."""
    saved = sum(stage(QWEN).needs.weights.values()) - sum(stage(QWEN, f"--quantization {flag}").needs.weights.values())
    repeated = HIDDEN * HEAD * 2 * KV
    by_hand = LAYERS * (LINEAR + repeated) * (16 - bits) / 8 / 8
    assert saved == pytest.approx(by_hand, rel=1e-9)


def test_what_is_stored_quantised_is_not_quantised_again() -> None:
    command = "vllm serve m -tp 8 --quantization fp8"
    plain, again = asked("deepseek-ai--DeepSeek-V3", "vllm serve m -tp 8"), asked("deepseek-ai--DeepSeek-V3", command)
    first, second = (one.estimate.chosen.fit.stages[0].needs.weights for one in (plain, again))
    assert first == second
    assert "Weights are quantised as stored: fp8 quantises none on loading." in again.fleet.notes


def test_a_method_that_is_not_modelled_is_said() -> None:
    found = asked(QWEN, "vllm serve m -tp 8 --quantization torchao")
    assert found.fleet.unmodelled == ("quantization by torchao on loading (counted as stored)",)


def test_weights_stay_on_the_host() -> None:
    plain, moved = stage(QWEN), stage(QWEN, "--cpu-offload-gb 20")
    assert plain.weight_bytes - moved.weight_bytes == 20 * GIB
    assert moved.needs.weights[HOST] == -20 * GIB
    assert moved.budget.value - plain.budget.value == 20 * GIB


def test_no_more_than_all_weights_stay_on_the_host() -> None:
    assert stage(QWEN, "--cpu-offload-gb 500").weight_bytes == 0


LAYER = 3 * 2048 * 768 * 128 * 2
"""Qwen3-30B-A3B's routed experts of a layer in bf16: three matrices, hidden × width × experts × 2 bytes."""


@pytest.mark.parametrize(
    ("flag", "layers"),
    [("--cpu-moe", 48), ("-cmoe", 48), ("-ncmoe 30", 30), ("--n-cpu-moe 99", 48), ("-ncmoe 0", 0), ("-ngl 99", 0)],
)
def test_experts_stay_on_the_host(flag: str, layers: int) -> None:
    """llama.cpp keeps those of the first layers there, whole; no time is given for what the processor computes."""
    command = "llama-server -m x.gguf -c 4096 "
    plain, moved = (asked("Qwen--Qwen3-30B-A3B", command + more, "1xH200") for more in ("", flag))
    first, second = (one.estimate.chosen.fit.stages[0].weight_bytes for one in (plain, moved))
    assert first - second == layers * LAYER
    assert isinstance(moved.estimate.chosen.fit.times, str) == bool(layers)
    assert bool(moved.fleet.unmodelled) == bool(layers)


def test_experts_of_several_devices_are_said_to_be_counted() -> None:
    found = asked("Qwen--Qwen3-30B-A3B", "llama-server -m x.gguf -c 4096 --cpu-moe", "2xH200")
    assert "experts that the command keeps in host memory (counted on the devices)" in found.fleet.unmodelled


def test_a_shared_memory_holds_its_experts_all_the_same() -> None:
    command = "llama-server -m x.gguf -c 4096 "
    plain, moved = (asked("Qwen--Qwen3-30B-A3B", command + more, "1xM4-Max") for more in ("", "--cpu-moe"))
    first, second = (one.estimate.chosen.fit.stages[0].weight_bytes for one in (plain, moved))
    assert first == second


@pytest.mark.parametrize(
    ("flag", "said"), [("-ngl 20", True), ("-ngl 0", True), ("-ngl 48", False), ("-ngl all", False)]
)
def test_layers_that_stay_on_the_host_are_said_to_be_counted(flag: str, said: int) -> None:
    found = asked("Qwen--Qwen3-30B-A3B", f"llama-server -m x.gguf -c 4096 {flag}", "1xH200")
    assert sum(one.startswith("layers that stay on the host") for one in found.fleet.unmodelled) == said


@pytest.mark.parametrize(
    ("command", "gib"),
    [
        ("vllm serve m -dp 8 -ep --all2all-backend deepep_low_latency", 4 * 256 * 256 * (2 * 7168 + 4 * 56) / GIB),
        ("vllm serve m -dp 8 -ep --all2all-backend deepep_high_throughput", 1.0),
        ("vllm serve m -dp 8 -ep --all2all-backend allgather_reducescatter", 0.0),
        ("vllm serve m -dp 8 -ep --all2all-backend mori_low_latency", 0.0),
        ("python -m sglang.launch_server --model m --tp 8 --ep 8 --moe-a2a-backend deepep", 2.0),
    ],
)
def test_buffers_of_the_backend_that_a_command_names(command: str, gib: float) -> None:
    """DeepEP's own sum for V3's 256 experts and 7,168 wide tokens; what is not known is said, what has none is not."""
    found = asked("deepseek-ai--DeepSeek-V3", command)
    assert found.estimate.chosen.fit.deployment.buffers() == pytest.approx(gib * GIB)
    assert bool(found.fleet.unmodelled) == ("allgather" not in command)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("vllm serve m -tp 8 --max-model-len 40961", "VLLM_ALLOW_LONG_MAX_MODEL_LEN=1"),
        ("python -m sglang.launch_server --model m --tp 8 --context-length 65536", "SGLANG_ALLOW_OVERWRITE"),
        ("vllm serve m -tp 8 --max-model-len 40960", ""),
        ("vllm serve m -tp 8", ""),
        ("""vllm serve m -tp 8 --max-model-len 65536 --hf-overrides '{"max_position_embeddings": 131072}'""", ""),
        ("trtllm-serve m --tp_size 8 --max_seq_len 65536", ""),
    ],
)
def test_a_length_that_the_engine_refuses_is_said(command: str, said: str) -> None:
    """Qwen3-235B-A22B's config allows 40,960 positions."""
    found = [one for one in asked(QWEN, command).fleet.unmodelled if "the config allows 40,960" in one]
    assert (said in found[0]) if said else not found


def test_no_graphs() -> None:
    plain, eager = stage(QWEN), stage(QWEN, "--enforce-eager")
    assert (plain.needs.graphs.value > 0, eager.needs.graphs.value) == (True, 0)
    libraries = plain.needs.non_torch.value - eager.needs.non_torch.value  # as logged without compiling
    assert libraries >= 0
    assert eager.budget.value - plain.budget.value == plain.needs.graphs.value + libraries


def test_no_encoders() -> None:
    """Qwen3-VL's vision tower and merger go; what is left is the text model's, byte for byte."""
    plain, text = (stage(VISION, flag, "8xH100").needs.weights for flag in ("-tp 4", "-tp 4 --language-model-only"))
    vision = {Component.VISION.value, Component.PROJECTOR.value}
    assert vision & set(plain) and not vision & set(text)
    assert text == {name: size for name, size in plain.items() if name not in vision}


def test_another_type_of_weights() -> None:
    """Switch stores float32: half of it in 16 bits. A type that is stored already changes nothing."""
    plain, half = (asked(SWITCH, f"vllm serve m {flag}", "1xH200") for flag in ("", "--dtype bfloat16"))
    first, second = (one.estimate.chosen.fit.stages[0].weight_bytes for one in (plain, half))
    assert first == 2 * second
    assert stage(QWEN, "--dtype bfloat16").weight_bytes == stage(QWEN).weight_bytes


def test_blocks_that_are_given() -> None:
    """1,000 blocks of 16 are 16,000 tokens, one request of 8,192."""
    found = stage(QWEN, "--num-gpu-blocks-override 1000")
    assert found.pool is not None
    assert (found.pool.tokens, found.requests) == (16_000, 1)
    assert found.budget.value == int(1000 * found.pool.page)


def test_more_blocks_than_there_is_room_for_do_not_start() -> None:
    found = asked(QWEN, "vllm serve m -tp 8 --max-model-len 8192 --num-gpu-blocks-override 10000000")
    assert found.estimate.verdict is Verdict.SHORT


def test_tokens_that_are_given() -> None:
    """SGLang's pool holds no more than that: 3 requests of 8,192 of 30,000."""
    command = "python -m sglang.launch_server --model-path m --tp 8 --context-length 8192 --max-total-tokens"
    assert asked(QWEN, f"{command} 30000").estimate.chosen.fit.concurrency == 3
    plenty, plain = asked(QWEN, f"{command} 1000000000"), asked(QWEN, command.removesuffix(" --max-total-tokens"))
    assert plenty.estimate.chosen.fit.concurrency == plain.estimate.chosen.fit.concurrency


def test_fields_of_the_config_are_replaced() -> None:
    """Four experts fewer per token and layer: 3 matrices of 4096 × 1536 each, 2 operations per element."""
    plain = asked(QWEN, "vllm serve m -tp 8 --max-model-len 8192")
    fewer = asked(QWEN, """vllm serve m -tp 8 --max-model-len 8192 --hf-overrides '{"num_experts_per_tok": 4}'""")
    assert plain.estimate.decode.total - fewer.estimate.decode.total == LAYERS * 4 * 3 * HIDDEN * WIDTH * 2
    assert "Fields of the config that the command replaces: num_experts_per_tok." in fewer.fleet.notes


@pytest.mark.parametrize(
    "command",
    [
        """vllm serve m -tp 8 --hf-overrides '{"max_position_embeddings": 100000}'""",
        "vllm serve m -tp 8 --hf-overrides.max_position_embeddings 100000",
        (
            "python -m sglang.launch_server --model m --tp 8 "
            """--json-model-override-args '{"max_position_embeddings":100000}'"""
        ),
    ],
)
def test_the_length_of_a_config_that_is_replaced(command: str) -> None:
    assert asked(QWEN, command).fleet.workload.context == 100_000


def test_tables_of_a_config_are_replaced_field_by_field() -> None:
    config = {"a": 1, "text_config": {"b": 2, "c": 3}}
    assert overridden(config, {"text_config": {"b": 4}, "d": 5}) == {"a": 1, "text_config": {"b": 4, "c": 3}, "d": 5}
    assert config["text_config"] == {"b": 2, "c": 3}


def test_the_longest_that_fits() -> None:
    """`--max-model-len auto` (vllm/v1/core/kv_cache_utils.py, estimate_max_model_len): one token more does not fit."""
    told = "vllm serve m -tp 4 --max-model-len"
    found = asked("Qwen--Qwen3-30B-A3B", f"{told} auto --gpu-memory-utilization 0.3", "4xH100").fleet.workload.context
    for length, fits in ((found, True), (found + 16, False)):
        other = asked("Qwen--Qwen3-30B-A3B", f"{told} {length} --gpu-memory-utilization 0.3", "4xH100")
        assert other.estimate.fits is fits or length > 40960
    assert asked(QWEN, "vllm serve m -tp 8 --max-model-len auto").fleet.workload.context == 40_960


def test_the_longest_is_found_below_the_configs_own() -> None:
    found = asked(QWEN, "vllm serve m -tp 8 --max-model-len auto --gpu-memory-utilization 0.78", "8xH100")
    context = found.fleet.workload.context
    assert 1000 < context < 40_960
    assert f"the longest that fits: {context:,} tokens" in found.fleet.notes[-1]
    lengths = {size: asked(QWEN, f"vllm serve m -tp 8 --max-model-len {size} --gpu-memory-utilization 0.78", "8xH100")
               for size in (context, context + 16)}  # fmt: skip
    assert [one.estimate.fits for one in lengths.values()] == [True, False]


def test_data_parallelism_of_a_dense_model_is_replicas() -> None:
    dense, sparse = SimpleNamespace(experts=None), SimpleNamespace(experts=object())
    assert placed(dense, Layout(2, dp=4)) == Layout(2, replicas=4)  # type: ignore[arg-type]
    assert placed(sparse, Layout(2, dp=4)) == Layout(2, dp=4)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        ("bf16", 512), ("fp8", 256), ("int8_per_token_head", 264), ("fp8_per_token_head", 264), ("nvfp4", 144),
        ("int4_per_token_head", 136), ("turboquant_k8v4", 196), ("turboquant_4bit_nc", 134),
        ("turboquant_k3v4_nc", 118), ("turboquant_3bit_nc", 102), ("mxfp8", 264), ("q8_0", 272), ("q4_0", 144),
    ],
)  # fmt: skip
def test_bytes_of_a_head_of_128(dtype: str, size: int) -> None:
    """Keys and values of one token. vLLM 0.33: triton_attn.customize_spec, TurboQuantConfig.slot_size,
    nvfp4_kv_cache_full_dim; SGLang: MHATokenToKVPoolMXFP8; llama.cpp: blocks of 32 of 34 and 18 bytes."""
    need = TokenCache(CacheKind.HEADS, 256)
    assert entry_bytes(need, Layout(), CacheRules(dtype)) == size


@pytest.mark.parametrize(("dtype", "size"), [("fp8_ds_mla", 656), ("nvfp4_ds_mla", 352), ("bf16", 1152)])
def test_bytes_of_deepseeks_latent(dtype: str, size: int) -> None:
    """vllm/model_executor/layers/attention/mla_attention.py, state_content_bytes."""
    need = TokenCache(CacheKind.LATENT, 576, rotary=64)
    assert entry_bytes(need, Layout(), CacheRules(dtype)) == size


@pytest.mark.parametrize(("dtype", "size"), [("", 420), ("fp32", 420), ("fp16", 220), ("bf16", 220)])
def test_bytes_of_a_state(dtype: str, size: int) -> None:
    """100 elements of a recurrent state in its type, 10 of a convolution in 16 bits."""
    assert state_bytes(SequenceState(100, 10), Layout(), CacheRules(state_dtype=dtype)) == size


def test_prompts_shared_by_ranks_take_devices_and_repeat_attention() -> None:
    """vllm/config/parallel.py: the world is tp · pp · pcp; attention and cache are on each rank, experts divided."""
    one, two = (asked(QWEN, f"vllm serve m -tp 4 {more} -ep --max-model-len 8192").estimate.chosen.fit
                for more in ("", "-pcp 2"))  # fmt: skip
    assert (one.layout.devices, two.layout.devices) == (4, 8)
    first, second = (fit.stages[0].needs.weights for fit in (one, two))
    assert first[Component.ATTENTION.value] == second[Component.ATTENTION.value]
    assert first[Component.ROUTED_EXPERTS.value] == 2 * second[Component.ROUTED_EXPERTS.value]
    assert one.stages[0].cache.per_token == two.stages[0].cache.per_token


def test_a_model_that_is_a_placeholder() -> None:
    with pytest.raises(UsageError, match=r"the command's model is the placeholder \$MODEL"):
        estimate("", Asked(gpus="8xH200", command="vllm serve $MODEL -tp 8"), offline=True)
    assert asked(QWEN, "vllm serve $MODEL -tp 8").estimate.model.name == "Qwen/Qwen3-235B-A22B"


def test_the_image_names_the_version() -> None:
    found = asked(QWEN, "docker run vllm/vllm-openai:v0.11.0 --model m -tp 8")
    assert found.fleet.settings.engine.version == "0.11.0"


def test_the_first_screen_says_what_is_not_modelled(capsys: pytest.CaptureFixture[str]) -> None:
    line = "vllm serve m -tp 8 --moe-backend triton --seed 1"
    code = run(
        ["estimate", str(FIXTURES / f"{QWEN}.evidence.json"), "--gpus", "8xH200", "--offline", "--from-command", line]
    )
    out = " ".join(capsys.readouterr().out.split())
    assert code == 0
    assert "Not in this estimate, though it changes the answer: --moe-backend (the kernel's padding, workspace" in out


@pytest.mark.parametrize("form", ["vllm", "sglang", "tensorrt-llm", "vllm:docker"])
def test_emitted_from_the_command_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["estimate", str(FIXTURES / f"{QWEN}.evidence.json"), "--gpus", "2x8xH200", "--offline", "--emit", form])
    told = capsys.readouterr()
    assert code == 0 and "Qwen/Qwen3-235B-A22B" in told.out
    assert "\n\n" not in told.out and told.out.endswith("\n")


def test_settings_stay_with_a_change_of_engine() -> None:
    fleet = asked(QWEN, "vllm serve m -tp 8 --enforce-eager").fleet
    assert replace(fleet).with_engine("vllm").settings.eager
