"""The whole estimate: the command on small config files, and the JSON contract."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from moeaudit.cli.app import run
from moeaudit.cli.estimate import assumed
from moeaudit.cli.estimate import estimate as command
from moeaudit.costs.estimate import TrainingRun, estimate
from moeaudit.costs.fleet import Fleet, Prices, short_fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.errors import AuditError, UsageError
from moeaudit.reports.estimate_document import EstimateDocument
from moeaudit.reports.estimate_json import document
from tests.conftest import corpus_cases
from tools.calibration.models import DATA, served

MODELS = yaml.safe_load((DATA / "models.yaml").read_text(encoding="utf-8"))["models"]
GIB = 2**30


@pytest.fixture
def deepseek(tmp_path: Path) -> str:
    (tmp_path / "config.json").write_text(json.dumps(MODELS["DeepSeek-V3"]["config"]))
    return str(tmp_path)


def fleet(text: str = "") -> Fleet:
    return parse_fleet(f"schema: moeaudit/fleet/v1\ndevices: {{type: H200-SXM, per_node: 8}}\n{text}", "fleet.yaml")


def test_json_of_a_fixed_layout() -> None:
    """DeepSeek-V3 under TP 8: 70,272 bytes of cache per token on every device, 79.5 GiB of weights."""
    found = document(estimate(served("DeepSeek-V3"), fleet("layout: {tp: 8}\nworkload: {context: 131072}\n")))
    (layout,) = found["layouts"]
    one = layout["per_device"]
    assert (layout["tp"], layout["ep"], layout["dp"], layout["pp"], layout["fits"]) == (8, False, 1, 1, True)
    assert (one["kv_bytes_per_token"], one["kv_bytes_per_request"]) == (70_272, 70_272 * 131_072)
    assert one["weights_bytes"] == pytest.approx(79.5 * GIB, rel=0.003)
    assert one["kv_tokens"] == one["kv_budget_bytes"] // (70_272 * 16) * 16


@pytest.mark.parametrize("model", ["DeepSeek-V3", "gpt-oss-120b", "Qwen3.5-27B-FP8", "Nemotron-3-Nano", "MiniMax-M2"])
@pytest.mark.parametrize("gpus", ["1xH100", "8xH200", "2x8xB200", "1x4090", "8xH100-NVL"])
def test_json_keeps_its_contract(model: str, gpus: str) -> None:
    found = document(estimate(served(model), short_fleet(gpus), TrainingRun(10**13)))
    EstimateDocument.model_validate(json.loads(json.dumps(found)))
    assert found["layouts"] and found["assumptions"]


def test_a_given_budget_decides_the_tokens() -> None:
    found = document(estimate(served("DeepSeek-V3"), fleet("engine: {cache_budget_gib: 10}\nlayout: {tp: 8}\n")))
    assert found["layouts"][0]["per_device"]["kv_tokens"] == 10 * GIB // (70_272 * 16) * 16


def test_a_layout_the_model_forbids_is_an_error_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"fleet\.yaml \(layout\): tp 3 does not divide the 128 attention heads"):
        estimate(served("DeepSeek-V3"), fleet("layout: {tp: 3}\n"))
    with pytest.raises(UsageError, match=r"EP 256 .* is above the 8 experts"):
        devices, layout = "{type: H200, per_node: 8, nodes: 32}", "{tp: 8, dp: 32, ep: true}"
        many = parse_fleet(f"schema: moeaudit/fleet/v1\ndevices: {devices}\nlayout: {layout}\n", "f")
        estimate(served("Mixtral-8x7B"), many)


def test_json_says_what_text_says() -> None:
    """The verdict, what the model's own length needs, who named the context, and that what never starts has no time."""
    found = document(estimate(served("DeepSeek-V3"), short_fleet("8xH200")))
    assert (found["verdict"], found["fits"], found["workload"]["context_assumed"]) == ("fits", True, True)
    longest = found["longest_context"]
    assert (longest["context"], longest["verdict"], longest["smallest_fleet"]) == (163_840, "fits", None)
    found = document(estimate(served("Mixtral-8x7B"), short_fleet("4x4090")))
    assert (found["verdict"], found["layouts"][0]["verdict"]) == ("too-close-to-call", "too-close-to-call")
    longest = found["longest_context"]
    assert longest["verdict"] == "does-not-fit" and longest["short_bytes"] > 0
    assert longest["smallest_fleet"]["devices"] == 8
    found = document(estimate(served("DeepSeek-V3"), short_fleet("8xH100")))
    assert (found["verdict"], found["longest_context"]) == ("does-not-fit", None)
    for layout in found["layouts"][:12]:
        assert layout["time"] == {"absent": "it does not fit, so it never starts"} and layout["traffic"] is None


def test_json_names_a_currency_or_none() -> None:
    for prices, currency in ((Prices(2.5), None), (Prices(2.5, "EUR"), "EUR")):
        found = document(estimate(served("Mixtral-8x7B"), replace(short_fleet("1xH200"), prices=prices)))
        assert (found["fleet"]["currency"], found["fleet"]["price_per_device_hour"]) == (currency, 2.5)
        assert found["layouts"][0]["cost"]["currency"] == currency
        assert found["layouts"][0]["cost"]["per_million_input_tokens"]["typical"] > 0


def test_the_command_from_a_folder(deepseek: str, capsys: pytest.CaptureFixture[str]) -> None:
    command(deepseek, gpus="8xH200", formats=["json"], training_tokens="14.8T", offline=True)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["schema"] == "moeaudit/estimate/v1"
    labels = {item["denominator"]: f"{item['flop']:.1e}" for item in found["flops"]["training"]["shorthands"]}
    assert labels == {"active.head": "3.3e+24", "total.full": "6.0e+25"}


def test_a_launch_command_read_back_says_whether_it_boots(deepseek: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = "vllm serve deepseek-ai/DeepSeek-V3 -tp 8 --max-model-len 32768 --gpu-memory-utilization 0.55"
    command(deepseek, gpus="8xH200", from_command=line, formats=["json"], offline=True)
    (layout,) = json.loads(capsys.readouterr().out)["layouts"]
    assert not layout["fits"]
    needed = layout["per_device"]["utilization_needed"]
    assert 0.55 < needed < 0.65
    command(
        deepseek,
        gpus="8xH200",
        from_command=line.replace("0.55", f"{needed + 0.001:.3f}"),
        formats=["json"],
        offline=True,
    )
    assert json.loads(capsys.readouterr().out)["fits"]


def test_a_command_without_a_length_takes_the_configs_own(deepseek: str, capsys: pytest.CaptureFixture[str]) -> None:
    """vLLM takes max_position_embeddings, 163,840 tokens for DeepSeek-V3, and boots only if one request of it fits."""
    for utilization, fits in (("0.9", True), ("0.62", False)):
        line = f"vllm serve deepseek-ai/DeepSeek-V3 -tp 8 --gpu-memory-utilization {utilization}"
        command(deepseek, gpus="8xH200", from_command=line, formats=["json"], offline=True)
        found = json.loads(capsys.readouterr().out)
        assert (found["workload"]["context"], found["fits"]) == (163_840, fits)
        assert any("163,840 positions" in sentence for sentence in found["assumptions"])


def test_every_attention_group_needs_one_request_to_start() -> None:
    """64 requests over 8 data-parallel groups: each starts if one of them has its context, 32,768 tokens of 70,272
    bytes; 8 of 2,000 tokens are on each device."""
    text = "layout: {tp: 1, dp: 8, ep: true}\nworkload: {context: 32768, concurrency: 64}\n"
    found = document(estimate(served("DeepSeek-V3"), fleet(text)))
    one = found["layouts"][0]["per_device"]
    fixed = one["weights_bytes"] + one["activation_bytes"] + one["overhead_bytes"]
    assert found["fits"]
    assert one["utilization_needed"] == pytest.approx((fixed + 32768 * 70_272) / one["total_bytes"], rel=1e-6)


def test_an_emitted_command_that_does_not_fit_says_so(deepseek: str, capsys: pytest.CaptureFixture[str]) -> None:
    command(deepseek, gpus="1xH100", emit="vllm", offline=True)
    assert "does not hold what is asked: weights" in capsys.readouterr().err


def test_emitting_a_command(deepseek: str, capsys: pytest.CaptureFixture[str]) -> None:
    command(deepseek, gpus="8xH200", emit="sglang", offline=True)
    assert capsys.readouterr().out.startswith("python -m sglang.launch_server --model-path")


@pytest.mark.parametrize(
    ("layout", "line"),
    [
        ("{tp: 2, replicas: 4}", "Start it 4 times, on 2 devices each.\n"),
        ("{tp: 4, replicas: 2}", "Start it 2 times, on 4 devices each.\n"),
        ("{tp: 8}", ""),
    ],
)
def test_a_command_that_is_to_be_started_several_times(
    layout: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight devices in all."""
    (tmp_path / "config.json").write_text(json.dumps(MODELS["Mixtral-8x7B"]["config"]))
    (tmp_path / "fleet.yaml").write_text(
        f"schema: moeaudit/fleet/v1\ndevices: {{type: H200-SXM, per_node: 8}}\nlayout: {layout}\n"
    )
    command(str(tmp_path), fleet=tmp_path / "fleet.yaml", emit="vllm", offline=True)
    told = capsys.readouterr()
    assert told.out.startswith("vllm serve") and told.err == line


@pytest.mark.parametrize(
    ("words", "engine"),
    [
        ({"from_command": "vllm serve m -tp 8"}, "vllm"),
        ({"from_command": "python -m sglang.launch_server --model-path m --tp 8"}, "sglang"),
        ({"engine": "sglang"}, "sglang"),
        ({"engine": "vllm@0.11"}, "vllm"),
        ({}, "vllm"),
    ],
)
def test_the_engine_is_the_options_or_else_the_commands(
    words: dict[str, Any], engine: str, deepseek: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command(deepseek, gpus="8xH200", formats=["json"], offline=True, **words)
    assert json.loads(capsys.readouterr().out)["fleet"]["engine"].partition("@")[0] == engine


@pytest.mark.parametrize(("bits", "taken"), [("", None), ("1", 1), ("64", 64), ("4", 4), ("q4_k_m", "Q4_K_M")])
def test_numbers_at_their_bounds_are_numbers(bits: str, taken: float | str | None) -> None:
    assert assumed(bits) == taken


@pytest.mark.parametrize("given", [{}, {"gpus": "8xH200", "fleet": Path("fleet.yaml")}])
def test_one_fleet_and_one_only(given: dict[str, Any], deepseek: str) -> None:
    with pytest.raises(UsageError, match="give either --fleet FILE or --gpus 8xH200"):
        command(deepseek, offline=True, **given)


def test_a_model_is_the_arguments_or_else_the_commands(deepseek: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="no model is named"):
        command(gpus="8xH200", offline=True)
    command(gpus="8xH200", from_command=f"vllm serve {deepseek} -tp 8", formats=["json"], offline=True)
    assert json.loads(capsys.readouterr().out)["model"]["id"]
    command(deepseek, gpus="8xH200", from_command="vllm serve no/such-model -tp 8", formats=["json"], offline=True)
    assert json.loads(capsys.readouterr().out)["fits"]


@pytest.mark.parametrize(("tokens", "taken"), [("1", True), ("0.5", False), ("0", False), ("5 %", False), ("1T", True)])
def test_training_tokens_are_a_number_of_them(
    tokens: str, taken: bool, deepseek: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if taken:
        command(deepseek, gpus="8xH200", training_tokens=tokens, formats=["json"], offline=True)
        assert json.loads(capsys.readouterr().out)["flops"]["training"]
    else:
        with pytest.raises(UsageError, match="is not a number of tokens"):
            command(deepseek, gpus="8xH200", training_tokens=tokens, offline=True)


@pytest.mark.parametrize(("options", "words"), [
    ({}, "give either --fleet FILE or --gpus"),
    ({"gpus": "8xH2000"}, "Did you mean"),
    ({"gpus": "8xH200", "emit": "tgi"}, "is not known"),
    ({"gpus": "8xH200", "training_tokens": "lots"}, "not a number of tokens"),
    ({"gpus": "8xH200", "price": "nan"}, "--price 'nan' is not a price"),
    ({"gpus": "8xH200", "price": "2.5 USD"}, "Write it as 2.5USD"),
    ({"gpus": "8xH200", "bits": "nan"}, "neither a number from 1 to 64 nor a type"),
    ({"training_tokens": "14.8T"}, "Training compute without a fleet: moeaudit packet MODEL --training-tokens N"),
    ({"gpus": "4xH200", "from_command": "vllm serve m -tp 8"}, "takes 8 devices, the fleet has 4"),
])  # fmt: skip
def test_wrong_options_get_one_line(deepseek: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        command(deepseek, offline=True, **options)


def test_the_help_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    assert "estimate" in capsys.readouterr().out


@pytest.mark.parametrize("path", corpus_cases("hub/*/config.json")[::5], ids=lambda path: path.parent.name)
def test_published_configs_can_be_estimated(path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is published gets an estimate; a config that lacks a field, one clear line."""
    try:
        command(str(path), gpus="8xB200", formats=["json"], offline=True)
    except AuditError as error:
        assert path.parent.name == "adversarial--Kimi2-PCL-1T-plan", error
        assert str(error).startswith(f"{path} (kv_lora_rank): required field kv_lora_rank is missing")
    else:
        found = EstimateDocument.model_validate_json(capsys.readouterr().out)
        assert found.layouts[0].per_device.weights_bytes > 0
        assert found.flops.decode_per_token > 0


def test_the_example_of_the_docs_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "estimates.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert parse_fleet(example, "example").devices == 16
