"""Copies of sparse models that lost their experts' fields or tensors are not called dense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.traces import trace_of_experts
from moeaudit.evidence.tables import Tensor, TensorTable
from tests.cli.samples import CONFIG, CommandLine, folder, table
from tests.gguf import samples

SPARSE = ("expert", "moe_", "norm_topk_prob", "decoder_sparse_step", "mlp_only_layers", "router_")
DENSE: dict[str, Any] = {
    **{name: value for name, value in CONFIG.items() if not any(word in name for word in SPARSE)},
    "model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"],
}  # fmt: skip

TOLD: list[dict[str, Any]] = [
    {"router_aux_loss_coef": 0.001},
    {"norm_topk_prob": True},
    {"_name_or_path": "Qwen/Qwen3-30B-A3B"},
    {"_name_or_path": "./out/mixtral-8x7b-pruned"},
    {"architectures": ["Qwen3ForCausalLM", "Qwen3MoeForCausalLM"]},
    {"moe": True},
    {"quantization_config": {"modules_to_not_convert": ["lm_head", "model.layers.0.mlp.experts.3.up_proj"]}},
]
SILENT: list[dict[str, Any]] = [
    {},
    {"router_aux_loss_coef": 0.0, "output_router_logits": False},
    {"_name_or_path": "Qwen/Qwen3-8B"},
    {"_name_or_path": "homoeo/A-Model-7B"},
    {"num_experts": 0, "router_aux_loss_coef": 0.001},
    {"num_local_experts": 1, "num_experts_per_tok": 2},
    {"is_moe": False, "moe_topk": 6},
]


@pytest.mark.parametrize("told", TOLD)
def test_what_speaks_of_experts_leaves_it_open(cli: CommandLine, tmp_path: Path, told: dict[str, Any]) -> None:
    place = folder(tmp_path / "copy", {**DENSE, **told})
    done = cli("inspect", place)
    shown = " ".join(done.out.split())
    assert done.code == 0 and "A dense model" not in shown
    assert "speaks of experts: whether it is sparse is not settled" in shown
    found = json.loads(cli("inspect", place, "--json").out)
    assert "is not settled" in found["denominators"]["active.full"]["absent"]
    assert "is a Mixture-of-Experts model is not settled" in cli("packet", place).out
    unknown = {**DENSE, **told, "model_type": "strange", "architectures": told.get("architectures", ["StrangeModel"])}
    done = cli("inspect", folder(tmp_path / "unknown", unknown))
    assert done.code != 0 and "dense" not in done.err


@pytest.mark.parametrize("told", SILENT)
def test_what_says_that_there_are_none_is_believed(cli: CommandLine, tmp_path: Path, told: dict[str, Any]) -> None:
    assert trace_of_experts({**DENSE, **told}) == ""


@pytest.mark.parametrize(("model_type", "name"), [
    ("strange_moe", "StrangeForCausalLM"), ("strange", "StrangeMoEForCausalLM"), ("strange", "StrangeMoeModel"),
    ("strange2moe", "Strange"), ("strange", "StrangeExpertsModel"),
])  # fmt: skip
def test_an_unknown_type_that_is_called_sparse(cli: CommandLine, tmp_path: Path, model_type: str, name: str) -> None:
    config = {**DENSE, "model_type": model_type, "architectures": [name]}
    done = cli("inspect", folder(tmp_path / "copy", config))
    assert done.code == 3 and "whether it is sparse is not settled" in done.err


def test_weights_that_are_whole_settle_it(cli: CommandLine, tmp_path: Path) -> None:
    """A dense model made of a sparse one, as its fields tell, whose every tensor is there."""
    config = {**DENSE, "_name_or_path": "Qwen/Qwen3-30B-A3B"}
    done = cli("inspect", folder(tmp_path / "whole", config, table(config)))
    assert done.code == 0 and "A dense model" in done.out


def test_a_router_without_experts(cli: CommandLine, tmp_path: Path) -> None:
    """Weights that lost their experts and kept what chooses among them, beside no config, and beside one of a type that
    nobody knows."""
    kept = TensorTable.collapse(one for one in table().expand() if ".experts." not in one.name)
    place = folder(tmp_path / "lost", {**DENSE, "model_type": "strange", "architectures": ["StrangeModel"]}, kept)
    for _ in range(2):
        shown = " ".join(cli("inspect", place).out.split())
        assert "A dense model" not in shown and "its tensors hold a router" in shown
        (place / "config.json").unlink(missing_ok=True)


def test_experts_that_a_dense_config_does_not_name(cli: CommandLine, tmp_path: Path) -> None:
    """A config that was made dense beside weights that still hold all experts."""
    done = cli("inspect", folder(tmp_path / "kept", DENSE, table()))
    assert "A dense model" not in done.out


@pytest.mark.parametrize("kept", [".mlp.", ".mlp.gate."])
@pytest.mark.parametrize("model_type", ["qwen3", "strange"])
def test_an_index_that_names_what_a_dense_config_does_not(
    cli: CommandLine, tmp_path: Path, model_type: str, kept: str
) -> None:
    """Experts and routers, or the routers alone, beside a config of a dense type and of one that nobody knows."""
    names = [one.name for one in table().expand() if ".mlp." not in one.name or kept in one.name]
    index = {"metadata": {"total_size": 10**6}, "weight_map": dict.fromkeys(names, "model-00001-of-00001.safetensors")}
    config = {**DENSE, "model_type": model_type, "architectures": ["StrangeModel"]}
    place = folder(tmp_path / "kept", config, model__safetensors__index__json=json.dumps(index))
    done = cli("inspect", place)
    shown = " ".join((done.out + done.err).split())
    assert done.code in (1, 3) and "dense" not in shown.lower().replace("dense_layers", "")
    assert "in the index tells of experts" in shown


def test_a_config_of_experts_beside_weights_without_them(cli: CommandLine, tmp_path: Path) -> None:
    kept = TensorTable.collapse(one for one in table().expand() if ".mlp." not in one.name)
    done = cli("inspect", folder(tmp_path / "lost", CONFIG, kept))
    assert done.code == 1 and "A dense model" not in done.out


@pytest.mark.parametrize(("keys", "says"), [
    ({"expert_count": 8, "expert_used_count": 2}, "its tensors hold a router"),
    ({}, "its tensors hold a router"),
])  # fmt: skip
def test_a_gguf_file_that_lost_its_experts(cli: CommandLine, tmp_path: Path, keys: dict[str, Any], says: str) -> None:
    kept = [one for one in samples.small() if "_exps" not in one.name]
    done = cli("inspect", samples.one(tmp_path / "lost.gguf", tensors=kept, keys=keys))
    shown = " ".join(done.out.split())
    assert "A dense model" not in shown and says in shown


def test_a_gguf_file_that_lost_its_router_too(cli: CommandLine, tmp_path: Path) -> None:
    kept = [one for one in samples.small() if "_exps" not in one.name and "_inp" not in one.name]
    shown = " ".join(cli("inspect", samples.one(tmp_path / "lost.gguf", tensors=kept)).out.split())
    assert "A dense model" not in shown and "expert_count says 8" in shown


def test_tensors_keep_their_names(tmp_path: Path) -> None:
    """What the tests above take out is there before."""
    assert any(".experts." in one.name for one in table().expand()) and isinstance(table().expand()[0], Tensor)
