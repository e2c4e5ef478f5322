"""Parameter uses: layers that one token runs through more than once.

Counted a second time from what transformers 5.24 builds on the meta device (the recorded table), with nothing but the
names of its tensors and its modeling code's rule: layers 6 to 17 run three times, messages pass between runs two times.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from math import prod

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.costs.cache import CacheRules, StageCache, stage_needs
from moeaudit.costs.flops import forward
from moeaudit.costs.layout import Layout
from moeaudit.costs.served import Served
from moeaudit.costs.storage import uniform
from moeaudit.errors import UsageError
from moeaudit.ledger.denominators import DENOMINATORS, measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count
from moeaudit.reports.packet.parts.architecture import stack_layers
from tests.architecture.recordings import FOLDER, MODEL_TYPES, Recording, changed

RECORDING = Recording.load("inkling2_loop_text")
LOOP, PASSES = range(6, 18), 3
EXPERTS, SELECTED = 128, 8


def uses(name: str) -> int:
    """How often one token runs through a tensor, by its name alone (modeling_inkling2_loop.py, 5.24)."""
    number = re.search(r"\.layers\.(\d+)\.|queries\.(\d+)$", name)
    if "controllers" in name or "cross_pass" in name:
        return PASSES - 1
    if number is None:
        return 1
    layer = int(number[1] or number[2]) + ("attn_queries" in name)  # the first layer's attention asks nothing
    return PASSES if layer in LOOP else 1


def counted(dropped: tuple[str, ...] = (), *, once: bool = False) -> int:
    total = Fraction(0)
    for name, shape in RECORDING.tensors():
        if not any(word in name for word in dropped):
            share = Fraction(SELECTED, EXPERTS) if ".experts." in name else Fraction(1)
            total += prod(shape) * share * (1 if once else uses(name))
    assert total.denominator == 1
    return int(total)


INPUT, OUTPUT = "llm.embed.weight", "unembed"


@pytest.mark.parametrize(
    ("rule", "dropped"), [("full", ()), ("head", (INPUT,)), ("body", (INPUT, OUTPUT))], ids=["full", "head", "body"]
)
def test_inkling_2_mini_against_the_recorded_table(rule: str, dropped: tuple[str, ...]) -> None:
    values = measure_all(config_ledger(describe(Config(RECORDING.config))))
    assert values[f"executed.{rule}"] == Count(counted(dropped))
    assert values[f"active.{rule}"] == Count(counted(dropped, once=True))


def test_what_runs_once_uses_no_message_gate_and_lists_no_second_figure() -> None:
    """One pass: transformers builds the gates between passes all the same (`Inkling2LoopTextModel`), and its loop over
    further passes, which alone reads them, is empty."""
    values = measure_all(config_ledger(describe(Config({**RECORDING.config, "loop_num_passes": 1}))))
    gates = sum(prod(shape) for name, shape in RECORDING.tensors() if "controllers" in name or "cross_pass" in name)
    assert gates
    assert values["active.full"] == Count(counted(once=True) - gates)
    assert not [name for name in values if name.startswith("executed.")]


def test_the_figure_of_the_registry() -> None:
    """What `moeaudit explain executed.full` names: 5.35B."""
    assert [f"{counted() / 1e9:.2f}B"] == DENOMINATORS["executed.full"].known[0].split()[1:2]


def test_total_and_active_count_parameters_once() -> None:
    """Three passes or two: the same tensors, used as often or less."""
    three, two = (
        measure_all(config_ledger(describe(Config(changed(RECORDING.config, {"loop_num_passes": passes})))))
        for passes in (3, 2)
    )
    assert {name: value for name, value in three.items() if not name.startswith("executed.")} == {
        name: value for name, value in two.items() if not name.startswith("executed.")
    }


@pytest.mark.parametrize("model_type", [name for name in MODEL_TYPES if not name.startswith("inkling2_loop")])
def test_nothing_is_listed_where_nothing_repeats(model_type: str) -> None:
    values = measure_all(config_ledger(describe(Config(Recording.load(model_type).small))))
    assert not [name for name in values if name.startswith("executed.")]


def test_operations_follow_executions() -> None:
    """Per token 2 FLOPs for each use of a matrix's element: what executed.head counts, less norms, scales and biases,
    which multiply nothing."""
    architecture = describe(Config(RECORDING.config))
    idle = ("norm.weight", "l2_clip", "gate.bias", "rel_logits_proj")
    assert forward(architecture, 1, decode=True).matmuls == 2 * counted((INPUT, *idle))


def test_every_pass_keeps_keys_and_values_of_its_own() -> None:
    """transformers 5.24, Inkling2LoopTextModel.forward: "Each pass uses its own copies of the loop cache layers". By
    hand, bf16, a context below the window: 24 + 2 · 12 layers × 8 heads × (128 + 128) × 2 bytes."""
    (needs,) = stage_needs(describe(Config(RECORDING.config)), 1)
    cache = StageCache(needs, Layout(), CacheRules())
    assert cache.per_token_unwindowed == (24 + 2 * 12) * 8 * 256 * 2
    convolutions = (24 + 2 * 12) * 2 * (2304 + 1024) * 3 * 2  # of keys, values, attention and experts: 3 tokens each
    assert cache.state == convolutions


def test_layers_that_send_and_wait() -> None:
    served = Served(describe(Config(RECORDING.config)), uniform())
    assert (served.layers, served.executed_layers, served.expert_layers) == (24, 48, 48)
    assert (served.handovers(1), served.handovers(2), served.handovers(4), served.handovers(24)) == (0, 3, 3, 3)
    assert Served(describe(Config(Recording.load("mixtral").config)), uniform()).handovers(2) == 1


@pytest.mark.parametrize(
    "loop",
    [{"loop_layer_index_start": 18, "loop_layer_index_end": 6}, {"loop_num_passes": 9_000}],
    ids=["back", "many"],
)
def test_a_loop_that_no_model_runs_is_refused(loop: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="are no loop that a model runs"):
        describe(Config(changed(RECORDING.config, loop)))


def test_the_map_of_layers_says_which_are_looped() -> None:
    """Layers 6 to 17 three times, and no other; of DeepSeek-V4.1's, which are a prompt's end's alone."""
    [stack] = [one for one in describe(Config(RECORDING.config)).stacks() if one.prefix.endswith("layers.{}")]
    told = {run.first: run.mixer for run in stack_layers(stack, {})}
    assert {number for number, words in told.items() if "3 times for each token" in words} == set(LOOP)
    flash = json.loads((FOLDER.parent / "sizes/deepseek_v41.json").read_text())["config"]
    [stack] = describe(Config(flash)).stacks()
    told = {run.first: run.mixer for run in stack_layers(stack, {})}
    late = {number for number, words in told.items() if "of a prompt the last 128 tokens alone" in words}
    assert late == set(range(20, 40))
