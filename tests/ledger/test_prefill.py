"""Active parameters per prompt token, where the later layers are for a prompt's end alone (DeepSeek-V4.1).

Counted a second time by hand: the rule is vLLM 0.33.0's (models/deepseek_v41/nvidia/model.py) and SGLang 0.5.23's
(models/deepseek_v4.py): the last source of entries writes its entries and index keys for every token; the rest of it
and all layers behind it run on each request's last `sliding_window` tokens.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.spec import SCHEMA, read_spec, write_spec
from moeaudit.claims.figures import parse_figure
from moeaudit.costs.flops import causal, forward, products, prompt
from moeaudit.costs.training import training
from moeaudit.errors import UsageError
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count
from tests.architecture.recordings import MODEL_TYPES, Recording

SIZES = Path(__file__).parents[1] / "architecture/sizes/deepseek_v41.json"
FLASH: dict[str, Any] = json.loads(SIZES.read_text())["config"]

HIDDEN, WORDS, WIDTH, EXPERTS, SELECTED, WINDOW = 16, 50, 8, 6, 2, 4
SMALL: dict[str, Any] = {
    "model_type": "deepseek_v41_text",
    "vocab_size": WORDS,
    "hidden_size": HIDDEN,
    "num_hidden_layers": 5,
    "num_attention_heads": 4,
    "head_dim": 8,
    "q_lora_rank": 6,
    "o_lora_rank": 3,
    "o_groups": 2,
    "moe_intermediate_size": WIDTH,
    "n_routed_experts": EXPERTS,
    "num_experts_per_tok": SELECTED,
    "n_shared_experts": 1,
    "sliding_window": WINDOW,
    "compress_ratios": [0, 2, 2, 1, 1],
    "kv_source_layer_ids": [1, 3],
    "index_source_layer_ids": [1, 3, 4],
    "index_n_heads": 2,
    "index_head_dim": 4,
    "index_topk": 3,
    "hc_mult": 2,
}
"""Five layers, invented: the fourth is the last source, so that three run for every token of a prompt."""

MATRICES = {
    "attention": 6 * 16 + 4 * 8 * 6 + 8 * 16 + 2 * 3 * (4 * 8 // 2) + 16 * 2 * 3,
    "experts": (SELECTED + 1) * 3 * HIDDEN * WIDTH,
    "router": EXPERTS * HIDDEN,
    "streams": 2 * (2 * (2 + 2)) * (2 * HIDDEN),
    "indexer": 2 * 4 * 6 + 2 * 16,
    "keys": 4 * 8,
    "pool": 8 * 16,
}
VECTORS = 6 + 8 + 4 + EXPERTS + 2 * HIDDEN + 2 * (2 * (2 + 2) + 3)
"""Of a layer: norms of queries and keys, sinks, correction biases, two norms, offsets and scales of the streams."""
LAYER = sum(MATRICES[word] for word in ("attention", "experts", "router", "streams"))
POOLING = 2 * MATRICES["pool"] + MATRICES["keys"]  # values and gate, and index keys
LATE = MATRICES["pool"] + MATRICES["keys"]  # of the last source, which pools one token into one entry: no gate
EARLY = 3 * LAYER + POOLING + MATRICES["indexer"]


def small(**changes: Any) -> Architecture:
    return describe(Config(SMALL | changes))


def listed(architecture: Architecture) -> dict[str, object]:
    return {name: one for name, one in measure_all(config_ledger(architecture)).items() if name.startswith("prefill.")}


def test_by_hand() -> None:
    """Three layers whole; of the fourth its norm, its entries and its index keys, with their norms; the final norm."""
    body = EARLY + 3 * VECTORS + LATE + HIDDEN + 2 * (8 + 4) + HIDDEN
    ends = WORDS * HIDDEN
    assert listed(small()) == {
        "prefill.full": Count(body + 2 * ends),
        "prefill.head": Count(body + ends),
        "prefill.body": Count(body),
    }


def test_active_is_what_an_output_token_uses() -> None:
    """Whether the later layers are for a prompt's end or not, active.* and total.* are the same."""
    last, every = (measure_all(config_ledger(small(**changed))) for changed in ({}, {"candidate_source_layer_id": 1}))
    assert {name: value for name, value in last.items() if not name.startswith("prefill.")} == every


@pytest.mark.parametrize(
    "change",
    [
        {"candidate_source_layer_id": 1},
        {"index_source_layer_ids": [1, 4]},
        {"compress_ratios": [0, 2, 2, 2, 2]},
        {"compress_ratios": [0, 2, 2, 1, 2]},
        {"kv_source_layer_ids": [1, 3, 4]},
        {"num_hash_layers": 4},
        {
            "engram_layer_ids": [3],
            "engram_num_embeddings": [9],
            "engram_max_ngram_size": 2,
            "engram_n_heads": 1,
            "engram_head_dim": 4,
        },
    ],
    ids=["candidates", "choice", "pools", "pools-later", "last-layer", "hashes", "remembers"],
)
def test_engines_run_every_layer_where_a_later_one_reads_more(change: dict[str, Any]) -> None:
    """What SGLang asserts and vLLM's `_decoder_replay_supported` asks before they leave tokens out."""
    assert not listed(small(**change))


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_nothing_is_listed_elsewhere(model_type: str) -> None:
    assert not listed(describe(Config(Recording.load(model_type).small)))


def counted(name: str) -> int:
    value = measure_all(config_ledger(describe(Config(FLASH))))[name]
    assert isinstance(value, Count)
    return value.value


@pytest.mark.parametrize(
    ("printed", "name", "fits"),
    [
        ("552B", "total.full", "rounds"),
        ("16B", "active.full", "truncates"),
        ("16B", "active.head", "rounds"),
        ("16B", "active.body", None),
        ("8B", "prefill.full", None),
        ("8B", "prefill.head", "truncates"),
        ("8B", "prefill.body", "rounds"),
    ],
)
def test_the_published_figures(printed: str, name: str, fits: str | None) -> None:
    """DeepSeek-V4.1-Flash: 552B backbone, 8B per prompt token, 16B per output token; with the configuration that
    gives the release's 763,205,315,794 elements."""
    figure = parse_figure(printed)
    assert figure is not None
    assert figure.matches(counted(f"{name}-tables")) == fits


def test_what_leaves_tables_out() -> None:
    """The tables' own elements, by their sizes: two of 384,006,168 and 384,016,682 rows, 256 wide."""
    tables = (384_006_168 + 384_016_682) * 256
    for name in ("total.full", "active.full", "active.head", "active.body", "prefill.full"):
        assert counted(name) - counted(f"{name}-tables") == tables
    plain = measure_all(config_ledger(describe(Config(Recording.load("qwen3_moe").config))))
    assert not [name for name in plain if name.endswith("-tables")]


def test_operations_of_a_prompt_follow() -> None:
    """2 FLOPs for every element of a matrix: early layers and the head for all ten tokens, late ones for the last
    four."""
    model, head = small(), WORDS * HIDDEN
    early, late = EARLY + LATE, 2 * (LAYER + MATRICES["indexer"])
    assert forward(model, 1, decode=False).matmuls == 2 * (early + head)
    assert forward(model, 1, decode=True).matmuls == 2 * (early + late + head)
    assert products(model, 10).total() == 2 * (10 * (early + head) + WINDOW * late)
    assert products(model, 3).total() == 3 * forward(model, 1, decode=True).matmuls


def test_a_prompt_no_longer_than_the_window_runs_through_everything() -> None:
    model = small()
    assert prompt(model, WINDOW) == causal(model, WINDOW)
    assert prompt(model, WINDOW + 1) < causal(model, WINDOW + 1)


def test_a_prompt_is_the_sum_of_its_tokens() -> None:
    """Token by token, each with as many more to come as stand behind it; an entry a token, for `prompt` takes chords
    of costs with steps."""
    model = small(compress_ratios=[0, 1, 1, 1, 1])
    tokens = sum(forward(model, at, decode=False, ahead=20 - at).total for at in range(1, 21))
    assert prompt(model, 20) == tokens


def test_training_runs_every_token_through_every_layer() -> None:
    found = training(small(), 8, sequence=8)
    assert found.low == 3 * 8 * forward(small(), 1, decode=True).matmuls


def test_a_spec_file_keeps_tails() -> None:
    assert read_spec(write_spec(small()), "a.moe.yaml") == small()


def test_a_spec_file_states_tails_one_for_each_layer() -> None:
    """What a spec file says of three layers, the last of them for a prompt's end but for one norm."""
    norm = "{kind: norm, size: 4}"
    text = f"""schema: {SCHEMA}
family: invented
pieces:
  - prefix: layers.{{}}
    layers:
      - {{times: 2, layer: {norm}}}
      - {{layer: {{kind: module, parts: {{a: {norm}, b: {{kind: every_token, block: {norm}}}}}}}}}
    tails: TAILS
"""
    model = read_spec(text.replace("TAILS", "[0, 0, 7]"), "a.moe.yaml")
    assert [(weight.name, weight.decode_only) for weight in model.weights] == [
        ("layers.{}.weight", False),
        ("layers.{}.a.weight", True),
        ("layers.{}.b.weight", False),
    ]
    with pytest.raises(UsageError, match="2 tails for 3 layers"):
        read_spec(text.replace("TAILS", "[0, 7]"), "a.moe.yaml")
    with pytest.raises(UsageError, match="a prompt has one end"):
        read_spec(text.replace("TAILS", "[0, 7, 8]"), "a.moe.yaml")
    beside = "  - {prefix: 'sides.{}', role: encoder, layers: [{layer: {kind: norm, size: 4}}]}\n"
    with pytest.raises(UsageError, match="tails beside an encoder"):
        read_spec(text.replace("TAILS", "[0, 0, 7]") + beside, "a.moe.yaml")
