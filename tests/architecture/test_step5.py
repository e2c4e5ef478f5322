"""Step-5-Preview as the headers of its BF16 weights list it: 2,449 tensors, the same in every mirror of the release.

The listing (exllamav3's notes for its port of Step-5, "Tensor Ground Truth") gives each kind of tensor once; the totals
are those that the Hub shows of the BF16 weights and of a GGUF made from them.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Weight
from moeaudit.vocabulary import Part
from tests.architecture.test_published_sizes import CASES

CONFIG: dict[str, Any] = json.loads(next(path for path in CASES if path.stem == "step3p5v").read_text())["config"]

FULL = list(range(3, 92, 4))
MODULES = [92, 93, 94]
ATTENTION = {
    "self_attn.q_proj.weight": (12288, 4096),
    "self_attn.k_proj.weight": (768, 4096),
    "self_attn.v_proj.weight": (768, 4096),
    "self_attn.o_proj.weight": (4096, 12288),
    "self_attn.g_proj.weight": (64, 4096),
    "self_attn.q_norm.weight": (192,),
    "self_attn.k_norm.weight": (192,),
    "input_layernorm.weight": (4096,),
    "post_attention_layernorm.weight": (4096,),
}
INDEXER = {
    "self_attn.sparse_indexer_q.weight": (4096, 4096),
    "self_attn.sparse_indexer_q_norm.weight": (256,),
    "self_attn.sparse_indexer_k.weight": (256, 4096),
    "self_attn.sparse_indexer_k_norm.weight": (256,),
    "self_attn.sparse_indexer_k_norm.bias": (256,),
    "self_attn.sparse_indexer_w.weight": (16, 4096),
    "self_attn.sparse_indexer_z.weight": (256, 4096),
    "self_attn.ssmax_s": (64,),
}
SPARSE = {
    "moe.gate.weight": (352, 4096),
    "moe.router_bias": (352,),
    "moe.gate_proj.weight": (352, 1536, 4096),
    "moe.up_proj.weight": (352, 1536, 4096),
    "moe.down_proj.weight": (352, 4096, 1536),
    "share_expert.gate_proj.weight": (1536, 4096),
    "share_expert.up_proj.weight": (1536, 4096),
    "share_expert.down_proj.weight": (4096, 1536),
}
DENSE = {
    "mlp.gate_proj.weight": (13824, 4096),
    "mlp.up_proj.weight": (13824, 4096),
    "mlp.down_proj.weight": (4096, 13824),
}
PREDICTION = {
    "eh_proj.weight": (4096, 8192),
    "enorm.weight": (4096,),
    "hnorm.weight": (4096,),
    "transformer.shared_head.norm.weight": (4096,),
    "transformer.shared_head.output.weight": (128896, 4096),
}
OUTSIDE = {
    "model.embed_tokens.weight": (128896, 4096),
    "model.norm.weight": (4096,),
    "lm_head.weight": (128896, 4096),
}


def listed() -> dict[str, tuple[int, ...]]:
    """Every tensor of language model and prediction modules, by the listing."""
    found: dict[str, tuple[int, ...]] = dict(OUTSIDE)
    for layer in range(95):
        kinds = {**ATTENTION, **(SPARSE if 3 <= layer <= 90 else DENSE)}
        kinds |= INDEXER if layer in FULL else PREDICTION if layer in MODULES else {}
        found |= {f"model.layers.{layer}.{name}": shape for name, shape in kinds.items()}
    return found


@pytest.fixture(scope="module")
def weights() -> list[Weight]:
    return list(describe(Config(CONFIG)).weights)


def test_every_tensor_is_as_listed(weights: list[Weight]) -> None:
    derived = {
        name: weight.shape for weight in weights if weight.part in (Part.LANGUAGE, Part.MTP) for name in weight.names()
    }
    assert derived == listed()


def test_all_names_with_the_tower(weights: list[Weight]) -> None:
    """667 of the 2,449 names are the vision tower's and its projector's."""
    names = [name for weight in weights for name in weight.names()]
    assert len(names) == len(set(names)) == 2449
    assert sum(not name.startswith(("model.", "lm_head")) for name in names) == 667


def test_vectors_and_scores_of_the_indexer_are_floats(weights: list[Weight]) -> None:
    """`norm_dtype` float32: every norm; the weights of the indexer's heads and the scales are F32 whatever it says."""
    kept = {weight.name.rsplit("layers.{}.")[-1] for weight in weights if weight.dtype == "F32"}
    matrices = {name for name in {*SPARSE, *ATTENTION, *INDEXER, *DENSE, *PREDICTION} if name not in kept}
    assert "self_attn.sparse_indexer_w.weight" in kept and "moe.router_bias" in kept and "enorm.weight" in kept
    assert {"moe.gate.weight", "self_attn.sparse_indexer_z.weight", "eh_proj.weight"} <= matrices
    shapes = {**SPARSE, **ATTENTION, **INDEXER, **DENSE, **PREDICTION}
    assert all(len(shapes[name]) > 1 for name in matrices)


def test_the_totals_that_were_published(weights: list[Weight]) -> None:
    """The GGUF has 600,991,912,608 elements: all but the tower, and a rotary table of half a head. The Hub's
    604,339,504,832 adds up whole shards: one of them holds layer 92 a second time, and one more table of tokens."""
    sizes = {part: sum(weight.elements for weight in weights if weight.part is part) for part in Part}
    assert sizes[Part.LANGUAGE] + sizes[Part.MTP] + 192 // 2 == 600_991_912_608
    again, table = sizes[Part.MTP] // len(MODULES), 128896 * 4096
    assert sum(sizes.values()) + again + table == 604_339_504_832


def test_the_language_model_alone() -> None:
    alone = describe(Config(CONFIG["text_config"]))
    assert alone.model_type == "step4"
    assert {weight.part for weight in alone.weights} == {Part.LANGUAGE, Part.MTP}
