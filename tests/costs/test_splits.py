"""Layouts that cut a quantised matrix. The sums are by hand; what engines do is from their own files, named in
data/engines/splits.yaml, and from the reports vllm#17569, #25292 and #17604."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families.registry import describe
from moeaudit.costs.engines.read import engine, names
from moeaudit.costs.engines.splits import Does, table
from moeaudit.costs.layout import Layout
from moeaudit.costs.served import Served
from moeaudit.costs.storage import packed, uniform
from moeaudit.ledger.packing.storage import Storage

QWEN: dict[str, Any] = {
    "model_type": "qwen3_moe", "architectures": ["Qwen3MoeForCausalLM"], "hidden_size": 4096, "head_dim": 128,
    "intermediate_size": 12288, "moe_intermediate_size": 1536, "num_attention_heads": 64, "num_key_value_heads": 4,
    "num_experts": 128, "num_experts_per_tok": 8, "num_hidden_layers": 94, "vocab_size": 151936,
    "torch_dtype": "bfloat16", "decoder_sparse_step": 1, "mlp_only_layers": [], "tie_word_embeddings": False,
}  # fmt: skip
FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128]}
GPTQ = {"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": False, "sym": True}
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True, "version": "gemm"}
NVFP4 = {"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16}


def served(quantization: dict[str, Any] | None, **fields: Any) -> Served:
    config = {**QWEN, **fields}
    if quantization is not None:
        config["quantization_config"] = quantization
    architecture = describe(Config(config))
    return Served(architecture, packed(Storage.of(config), architecture))


def refused(model: Served, layout: Layout, name: str = "vllm", version: str = "") -> list[str]:
    return [str(cut) for cut in model.cuts(layout, engine(name, version)) if cut.refused]


@pytest.mark.parametrize(
    ("layout", "version", "cut"),
    [
        (Layout(tp=8), "", "1536 / 8 = 192"),
        (Layout(tp=8), "0.9", "1536 / 8 = 192"),
        (Layout(tp=8), "0.28.1", "1536 / 8 = 192"),
        (Layout(tp=8), "0.29", ""),  # scales repeated for tiles of 64
        (Layout(tp=8), "0.33", ""),
        (Layout(tp=4), "", ""),  # 384 = 3 × 128
        (Layout(tp=4, dp=2), "", "1536 / 8 = 192"),  # without expert parallelism all eight ranks split an expert
        (Layout(tp=8, ep=True), "", ""),
        (Layout(tp=4, ep=True, dp=2), "", ""),
        (Layout(tp=1, pp=8), "", ""),
        (Layout(tp=64), "0.33", "1536 / 64 = 24"),  # tiles of 8, below the 32 that its kernels take
    ],
)
def test_experts_in_blocks(layout: Layout, version: str, cut: str) -> None:
    found = refused(served(FP8), layout, version=version)
    assert any(cut in one for one in found) if cut else not found


def test_the_reason_names_matrix_sum_block_and_engine() -> None:
    assert refused(served(FP8), Layout(tp=8))[0] == (
        "mlp.experts.gate_proj: 1536 / 8 = 192 outputs, no multiple of its block of 128 (FP8 E4M3, 128×128 blocks): "
        "vLLM before 0.29 refuses it"
    )


@pytest.mark.parametrize(("quantization", "said"), [(GPTQ, "GPTQ INT4"), (AWQ, "AWQ INT4")])
def test_groups_are_of_inputs_so_only_down_is_cut(quantization: dict[str, Any], said: str) -> None:
    (only,) = refused(served(quantization), Layout(tp=8), version="0.9.2")
    assert only.startswith("mlp.experts.down_proj: 1536 / 8 = 192 inputs, no multiple of its group of 128")
    assert said in only
    assert only.endswith("vLLM starts, and requests fail")


def test_small_groups_are_not_cut() -> None:
    assert not refused(served(NVFP4), Layout(tp=8))
    assert not refused(served({**GPTQ, "group_size": 64}), Layout(tp=8))


def test_a_dense_row_is_cut_like_an_expert() -> None:
    """Shared experts and dense layers are split by tensor parallelism even where experts stay whole."""
    dense = served(FP8, mlp_only_layers=[0], intermediate_size=1024)
    (only,) = refused(dense, Layout(tp=16, ep=True), version="0.33")
    assert only.startswith("mlp.down_proj: 1024 / 16 = 64 inputs")


def test_heads_of_keys_and_values_are_never_cut_below_one() -> None:
    """4 heads of 64 on 8 ranks: 64 outputs each, half a block; loaded into one matrix with the queries."""
    model = served(FP8, head_dim=64)
    layout = Layout(tp=8, ep=True)
    assert [cut.matrix.short for cut in model.cuts(layout, engine("vllm", "0.13"))] == ["self_attn.k_proj"]
    assert "256 / 4 = 64 outputs" in refused(model, layout, version="0.13")[0]
    assert not refused(model, layout, version="0.14")
    assert refused(model, layout, "sglang")


@pytest.mark.parametrize("name", ["tensorrt-llm", "generic"])
def test_an_engine_without_rules_is_not_settled(name: str) -> None:
    found = served(FP8).cuts(Layout(tp=8), engine(name))
    assert found
    assert all(str(cut).endswith("whether the engine runs it is not settled") for cut in found)
    assert not any(cut.refused for cut in found)


def test_what_may_be_cut_anywhere_is_not_asked() -> None:
    assert not served(None).matrices
    assert not served({"quant_method": "fbgemm_fp8"}).matrices
    plain = served(None)
    assert not Served(plain.architecture, uniform(4.5)).matrices


def test_ways_out_are_tried() -> None:
    model = served(FP8)
    assert model.ways_out(Layout(tp=8), engine("vllm")) == ["TP 4", "expert parallelism (EP 8)", "vLLM 0.29 or newer"]
    assert model.ways_out(Layout(tp=8), engine("sglang")) == ["TP 4", "expert parallelism (EP 8)"]
    for layout in (Layout(tp=4), Layout(tp=8, ep=True)):
        assert not refused(model, layout)


def test_the_search_leaves_such_layouts_out() -> None:
    from moeaudit.costs.fleet import short_fleet
    from moeaudit.costs.search import candidates

    model = served(FP8)
    found = {(layout.tp, layout.ep) for layout in candidates(model, short_fleet("8xH200"))}
    assert (8, False) not in found
    assert {(8, True), (4, False)} <= found
    newer = {(one.tp, one.ep) for one in candidates(model, short_fleet("8xH200", engine_version="0.33"))}
    assert (8, False) in newer


def test_rules_are_of_engines_that_are_known_and_hold_for_every_version() -> None:
    """For a form and matrix of an engine, each version has exactly one rule."""
    assert {rule.engine for rule in table()} <= set(names())
    for key in {(rule.engine, rule.form, rule.matrix) for rule in table()}:
        mine = [rule for rule in table() if (rule.engine, rule.form, rule.matrix) == key]
        for version in ("0.5", "0.13.9", "0.14", "0.28.9", "0.29", "0.33"):
            assert sum(rule.holds(version) for rule in mine) == 1, (key, version)
    assert all(rule.least for rule in table() if rule.does is Does.REFINE)
