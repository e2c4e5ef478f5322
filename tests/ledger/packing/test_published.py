"""Published checkpoints: predicted from config.json alone, and understood from their headers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.ledger.packing import Storage, bytes_on_disk, pack
from moeaudit.vocabulary import Kind
from tests.conftest import corpus_cases
from tests.ledger.packing.checkpoints import listing, parameters, read_header_table, stored_weights, table_of, undone

PREDICTED = {
    "deepseek-ai--DeepSeek-V3": 684_531_386_000,
    "moonshotai--Kimi-K2-Instruct": 1_026_470_727_640,
    "Qwen--Qwen3-30B-A3B-FP8": 30_533_947_392,
    "Qwen--Qwen3-235B-A22B-FP8": 235_107_904_512,
    "openai--gpt-oss-20b": 11_956_805_184,
    "deepseek-ai--DeepSeek-V4-Flash": 158_069_433_298,
    "deepseek-ai--DeepSeek-V2-Lite": 15_706_484_224,
}
"""Elements that the headers list, as the Hub and public reports of the headers give them (hub-totals.tsv,
known-counts.tsv). Kimi-K2's is less its 61 tables of 56 rotary frequencies, which the config does not settle."""

HEADERS = {
    "Qwen--Qwen3-Next-80B-A3B-Instruct-FP8": (81_329_784_384, 151_479, 81_324_862_720, 4_921_664, 0, 0),
    "deepseek-ai--DeepSeek-V2-Lite": (15_706_484_224, 5_291, 15_706_484_224, 0, 0, 0),
    "deepseek-ai--DeepSeek-V4-Flash": (158_069_433_298, 69_187, 290_942_289_362, 8_858_737_664, 0, 2_327_040),
    "moonshotai--Kimi-K2-Instruct": (1_026_470_731_056, 139_644, 1_026_408_232_448, 62_495_192, 3_416, 0),
    "openai--gpt-oss-20b": (11_956_805_184, 459, 20_914_757_184, 597_196_800, 0, 0),
}
"""Stored elements and tensors; parameters (the Hub's totals: Qwen3-Next and gpt-oss as they stand, Kimi-K2's
1,026,408,235,864 is with 3,416 rotary frequencies, DeepSeek-V4-Flash's 290,944,616,402 with three integer tables
of 129,280 × 6); scales, buffers, integer tables."""

FILES = {"deepseek-ai--DeepSeek-R1": 163, "openai--gpt-oss-20b": 3, "mistralai--Mixtral-8x7B-Instruct-v0.1": 19}


def read(corpus: Path, folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((corpus / "hub" / folder / "config.json").read_text())
    return found


@pytest.mark.parametrize("folder", PREDICTED)
def test_predicted_elements(corpus: Path, folder: str) -> None:
    config = read(corpus, folder)
    assert sum(tensor.elements for tensor in pack(stored_weights(config), config)) == PREDICTED[folder]


DEEPSEEK_V3 = {
    "model_type": "deepseek_v3", "torch_dtype": "bfloat16", "vocab_size": 129280, "hidden_size": 7168,
    "intermediate_size": 18432, "moe_intermediate_size": 2048, "num_hidden_layers": 61, "num_nextn_predict_layers": 1,
    "num_attention_heads": 128, "num_key_value_heads": 128, "q_lora_rank": 1536, "kv_lora_rank": 512,
    "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "n_routed_experts": 256, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "n_group": 8, "topk_group": 4, "first_k_dense_replace": 3, "topk_method": "noaux_tc",
    "scoring_func": "sigmoid", "norm_topk_prob": True, "routed_scaling_factor": 2.5, "tie_word_embeddings": False,
    "quantization_config": {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
                            "weight_block_size": [128, 128]},
}  # fmt: skip
"""deepseek-ai/DeepSeek-V3, config.json."""

GPT_OSS_20B = {
    "model_type": "gpt_oss", "vocab_size": 201088, "hidden_size": 2880, "intermediate_size": 2880,
    "num_hidden_layers": 24, "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 64,
    "num_local_experts": 32, "num_experts_per_tok": 4, "experts_per_token": 4, "attention_bias": True,
    "layer_types": ["sliding_attention", "full_attention"] * 12, "sliding_window": 128, "tie_word_embeddings": False,
    "quantization_config": {"quant_method": "mxfp4", "modules_to_not_convert": [
        "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]},
}  # fmt: skip
"""openai/gpt-oss-20b, config.json."""


def test_deepseek_v3_from_its_config() -> None:
    weights = stored_weights(DEEPSEEK_V3)
    tensors = list(pack(weights, DEEPSEEK_V3))
    assert sum(tensor.elements for tensor in tensors) == PREDICTED["deepseek-ai--DeepSeek-V3"]
    assert sum(tensor.group.tensors for tensor in tensors) == 91_991  # design, section 6
    assert undone(table_of(tensors), DEEPSEEK_V3).parameters == parameters(weights) == 684_489_845_504


def test_gpt_oss_from_its_config() -> None:
    tensors = list(pack(stored_weights(GPT_OSS_20B), GPT_OSS_20B))
    assert sum(tensor.bytes for tensor in tensors) == 13_761_264_768
    assert sum(tensor.group.tensors for tensor in tensors) == 459
    assert undone(table_of(tensors), GPT_OSS_20B).parameters == 20_914_757_184


@pytest.mark.parametrize("folder", HEADERS)
def test_headers_are_understood(corpus: Path, folder: str) -> None:
    table = read_header_table(corpus / "hub" / folder / "HEADER_COLLAPSED.tsv")
    unpacked = undone(table, read(corpus, folder))
    kinds = [unpacked.elements_of(kind) for kind in (Kind.SCALE, Kind.BUFFER, Kind.INTEGER_TABLE)]
    assert (table.elements, table.tensors, unpacked.parameters, *kinds) == HEADERS[folder]
    assert {one.confidence for one in unpacked.logical} == {"high"}


@pytest.mark.parametrize("folder", HEADERS)
def test_predicted_names_types_and_shapes(corpus: Path, folder: str) -> None:
    """The prediction is the published table, tensor by tensor; rotary frequencies are the only ones a config does not
    settle."""
    config = read(corpus, folder)
    weights = stored_weights(config, optional="Next" in folder)  # its prediction module is there
    seen = listing(read_header_table(corpus / "hub" / folder / "HEADER_COLLAPSED.tsv").groups)
    settled = {name: what for name, what in seen.items() if not name.endswith("inv_freq")}
    assert listing(tensor.group for tensor in pack(weights, config)) == settled


def test_header_tables_are_all_listed() -> None:
    assert {path.parent.name for path in corpus_cases("hub/*/HEADER_COLLAPSED.tsv")} <= HEADERS.keys()


def test_gpt_oss_index(corpus: Path) -> None:
    config = read(corpus, "openai--gpt-oss-20b")
    index = json.loads((corpus / "hub/openai--gpt-oss-20b/model.safetensors.index.json").read_text())
    tensors = list(pack(stored_weights(config), config))
    assert sum(tensor.bytes for tensor in tensors) == index["metadata"]["total_size"] == 13_761_264_768
    assert set(listing(tensor.group for tensor in tensors)) == index["weight_map"].keys()


@pytest.mark.parametrize("folder", FILES)
def test_files_are_as_large_as_predicted(corpus: Path, folder: str) -> None:
    """What the files hold beyond the predicted bytes is their headers: 100 to 140 bytes of JSON per tensor."""
    config = read(corpus, folder)
    rows = csv.reader((corpus / "hub" / folder / "LFS_SHARD_SIZES.tsv").read_text().splitlines(), delimiter="\t")
    sizes = [int(row[1]) for row in rows if row[0].endswith(".safetensors")]
    weights = stored_weights(config)
    tensors = sum(tensor.group.tensors for tensor in pack(weights, config))
    assert len(sizes) == FILES[folder]
    assert 100 < (sum(sizes) - bytes_on_disk(weights, config)) / tensors < 140


QUANTISED = [
    path
    for path in corpus_cases("hub/*/config.json")
    if '"quantization_config"' in path.read_text() or (path.parent / "hf_quant_config.json").exists()
]


@pytest.mark.parametrize("path", QUANTISED, ids=lambda path: path.parent.name)
def test_every_published_quantisation_is_known(corpus: Path, path: Path) -> None:
    """No unknown scheme, and what is packed comes back whole."""
    config = json.loads(path.read_text())
    separate = path.parent / "hf_quant_config.json"
    quant_config = json.loads(separate.read_text()) if separate.exists() else None
    if path.parent.name.startswith("adversarial--CreateBot"):
        config["model_type"] = "kimi_k2"  # renamed by its publisher; the storage is what is looked at here
    weights = stored_weights(config)
    unpacked = undone(table_of(pack(weights, config, quant_config)), config, quant_config)
    assert unpacked.parameters == parameters(weights)
    assert unpacked.doubts == () and unpacked.unknown == ()
    assert Storage.of(config, quant_config).recipe.known
