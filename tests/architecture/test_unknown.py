"""Configs of unknown families: a known language model inside is counted, and fields about experts are found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.unknown import Hint, hints
from moeaudit.architecture.unread import FRAMES, Frame
from moeaudit.errors import AuditError, NothingToAudit
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Absent
from tests.architecture.configurations import HOSTILE
from tests.architecture.test_laws import CONFIGS

QWEN3_235B = {
    "model_type": "qwen3_moe",
    "architectures": ["Qwen3MoeForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "moe_intermediate_size": 1536,
    "num_hidden_layers": 94,
    "num_attention_heads": 64,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "vocab_size": 151936,
    "tie_word_embeddings": False,
}
"""Qwen3-235B-A22B's fields, as Qwen publishes them."""


def full(config: dict[str, Any]) -> list[int]:
    figures = measure_all(config_ledger(describe(Config(config))))
    values = [figures["total.full"], figures["active.full"]]
    return [value.bounds[0] for value in values if not isinstance(value, Absent)]


@pytest.mark.parametrize("section", ["llm_config", "text_config", "language_config", "thinker_config"])
def test_a_known_language_model_in_an_unknown_wrapper(section: str) -> None:
    """As InternVL wraps Qwen3-235B-A22B, of which the Hub counts 235,093,634,560 parameters; a token leaves 120 of 128
    experts of 3 · 4096 · 1536 in each of 94 layers."""
    total = 235_093_634_560
    config = Config({"model_type": "painted_chat", "vision_config": {"hidden_size": 1}, section: QWEN3_235B})
    architecture = describe(config)
    assert full(dict(config.data)) == full(QWEN3_235B) == [total, total - 94 * 120 * 3 * 4096 * 1536]
    assert architecture.wrapped == "model_type 'painted_chat'"
    assert [notice.rule for notice in config.notices] == ["wrapper-unknown"]


@pytest.mark.parametrize("row", FRAMES, ids=lambda row: row.name)
def test_of_a_frame_the_language_model_is_read_and_why_no_more_is_said(row: Frame) -> None:
    for named in ({"model_type": row.name}, *({"model_type": "x", "architectures": [name]} for name in row.classes)):
        config = Config({**named, "vision_config": {"depth": 1}, "text_config": QWEN3_235B})
        assert full(dict(config.data))[0] == 235_093_634_560
        describe(config)
        assert [(notice.rule, row.reason in notice.message) for notice in config.notices] == [("wrapper-unknown", True)]


def test_a_text_type_without_a_head_has_one_in_a_wrapper() -> None:
    """Qwen3-VL-MoE's language model: the head is the wrapper's, and as large as the input table."""
    text = CONFIGS["qwen3_vl_moe_text"] | {"tie_word_embeddings": False}
    alone, wrapped = full(text)[0], full({"model_type": "painted", "text_config": text})[0]
    assert wrapped - alone == text["vocab_size"] * text["hidden_size"]
    tied = {"model_type": "painted", "tie_word_embeddings": True, "text_config": {**text, "tie_word_embeddings": None}}
    assert full(tied)[0] == alone


def test_wrappers_in_wrappers_and_sections_known_by_their_class() -> None:
    unnamed = {name: value for name, value in QWEN3_235B.items() if name != "model_type"}
    assert full({"model_type": "a", "thinker_config": {"model_type": "b", "text_config": unnamed}}) == full(QWEN3_235B)


def test_an_unknown_language_model_stays_unknown() -> None:
    with pytest.raises(NothingToAudit):
        describe(Config({"model_type": "a", "text_config": {**QWEN3_235B, "model_type": "b", "architectures": None}}))


@pytest.mark.parametrize(
    ("config", "experts", "selected"),
    [
        pytest.param(
            {"num_experts": 8, "moe_top_k": 2},  # nomic-embed-text-v2-moe
            Hint(8, "num_experts"),
            Hint(2, "moe_top_k"),
            id="plain",
        ),
        pytest.param(
            {"ffn_config": {"moe_num_experts": 16, "moe_top_k": 4}},  # DBRX
            Hint(16, "ffn_config.moe_num_experts"),
            Hint(4, "ffn_config.moe_top_k"),
            id="nested",
        ),
        pytest.param(
            {
                "block_configs": [
                    {"type": "mamba"},
                    {"ffn": {"moe": {"num_local_experts": 64}}, "num_experts_per_tok": 4},
                ]
            },
            Hint((None, 64), "block_configs[].ffn.moe.num_local_experts"),
            Hint((None, 4), "block_configs[].num_experts_per_tok"),
            id="one object a layer",
        ),
        pytest.param(
            {"num_experts": [8, 0, 4], "per_layer_config": {"1": {"topk": 3}}, "topk": 2},
            Hint((8, None, 4), "num_experts"),
            Hint((None, 3), "per_layer_config[].topk"),
            id="a list, and objects by number",
        ),
        pytest.param(
            {"vision_config": {"num_experts": 4}, "text_config": {"num_experts": [16], "num_experts_per_tok": "2"}},
            Hint(16, "text_config.num_experts"),
            None,
            id="other modalities and words are passed over",
        ),
    ],
)
def test_hints(config: dict[str, Any], experts: Hint, selected: Hint | None) -> None:
    found = hints(Config(config))
    if "topk" in config:
        assert found.selected is not None
        assert [found.selected.at(layer) for layer in range(3)] == [2, 3, None]
        assert found.experts == experts
    else:
        assert (found.experts, found.selected) == (experts, selected)


def test_a_width_is_the_experts_own_before_any_other() -> None:
    fields = {"n_inner": 3072, "text_config": {"intermediate_size": 512, "moe_intermediate_size": 96}}
    assert hints(Config(fields)).width == Hint(96, "text_config.moe_intermediate_size")
    assert hints(Config({"n_inner": 3072})).width == Hint(3072, "n_inner")


JSON = st.recursive(
    st.sampled_from([value for value in HOSTILE if value != "<absent>"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text_config", "block_configs", "num_experts", "topk", "0", "x"]), inner)
    ),
    max_leaves=12,
)


@given(config=st.dictionaries(st.sampled_from(["text_config", "block_configs", "per_layer_config", "topk"]), JSON))
def test_whatever_stands_there_is_read_or_passed_over(config: dict[str, Any]) -> None:
    found = hints(Config(config))
    for hint in (found.experts, found.selected, found.width, found.hidden, found.layers):
        assert hint is None or hint.at(0) is None or isinstance(hint.at(0), int)
    with pytest.raises(AuditError):
        describe(Config({"model_type": "unknown", **config}))
