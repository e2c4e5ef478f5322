"""What keys and tensors come to: experts, prediction modules, chunks, old files, and keys that lie."""

from __future__ import annotations

import json
from math import comb
from pathlib import Path
from typing import Any

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.errors import AuditError, Exit
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Count, Range
from moeaudit.vocabulary import Component
from tests.cli.conftest import cli  # noqa: F401 - the fixture
from tests.cli.samples import CommandLine
from tests.gguf.conversion import Named
from tests.gguf.samples import ACTIVE, EXPERT, EXPERTS, HIDDEN, KEYS, LAYERS, SELECTED, TOTAL, VOCABULARY, one, small


def counted(path: Path, **options: Any) -> Inspection:
    return inspect(str(one(path / "a.gguf", **options)), offline=True)


def value(found: Inspection, name: str) -> int:
    said = found.denominators[name]
    assert isinstance(said, Count), (name, said)
    assert said.open == 0
    return said.value


def test_by_hand(tmp_path: Path) -> None:
    """Sums of the shapes, written out in samples.py."""
    found = counted(tmp_path)
    assert value(found, "total.full") == value(found, "total.stored") == TOTAL
    assert value(found, "active.full") == ACTIVE
    assert value(found, "active.body") == ACTIVE - 2 * VOCABULARY * HIDDEN
    assert value(found, "active.routed") == LAYERS * SELECTED * EXPERT
    assert found.summary is not None
    assert (found.summary.routed_experts, found.summary.experts_per_token) == (EXPERTS, SELECTED)
    assert (found.summary.layers, found.summary.moe_layers, found.summary.context_length) == (LAYERS, LAYERS, 4096)
    assert found.summary.executed_layers == LAYERS


def test_bits_by_hand(tmp_path: Path) -> None:
    """4.5 bits are Q4_K's 144 bytes for 256, 6.5625 Q6_K's 210; the router and norms stay in F32."""
    found = counted(tmp_path)
    assert found.converted is not None
    stored = found.converted.stored
    assert stored[Component.ROUTED_EXPERTS].types == {"Q4_K": 5 * LAYERS * EXPERTS * EXPERT // 6,
                                                      "Q6_K": LAYERS * EXPERTS * EXPERT // 6}  # fmt: skip
    assert stored[Component.ROUTED_EXPERTS].bits == pytest.approx((5 * 4.5 + 6.5625) / 6)
    assert stored[Component.EMBEDDING].bits == 6.5625
    assert stored[Component.ROUTER].bits == stored[Component.NORM].bits == 32


def test_a_tied_head_is_the_input_table(tmp_path: Path) -> None:
    found = counted(tmp_path, tensors=[one for one in small() if one.name != "output.weight"])
    assert found.ledger.tied
    assert value(found, "total.full") == value(found, "total.head") == TOTAL - VOCABULARY * HIDDEN


def test_prediction_modules_are_the_last_blocks(tmp_path: Path) -> None:
    """As GLM-4.5's: the whole block is the module's, its copies of embedding and head are no unique part of it."""
    own = [Named(f"blk.{LAYERS}.nextn.eh_proj.weight", (HIDDEN, 2 * HIDDEN)),
           Named(f"blk.{LAYERS}.nextn.embed_tokens.weight", (VOCABULARY, HIDDEN)),
           Named(f"blk.{LAYERS}.nextn.shared_head_head.weight", (VOCABULARY, HIDDEN))]  # fmt: skip
    block = small(range(LAYERS, LAYERS + 1), ends=False)
    keys = {"block_count": LAYERS + 1, "nextn_predict_layers": 1}
    found = counted(tmp_path, tensors=[*small(), *block, *own], keys=keys)
    unique = sum(one.elements for one in block) + 2 * HIDDEN * HIDDEN
    assert value(found, "total.full") == TOTAL and value(found, "active.full") == ACTIVE
    assert value(found, "mtp.unique") == unique
    assert value(found, "mtp.stored") == unique + 2 * VOCABULARY * HIDDEN
    assert value(found, "active.full+mtp") == ACTIVE + unique - (EXPERTS - SELECTED) * EXPERT
    assert found.summary is not None and found.summary.mtp_modules == 1


def test_experts_one_by_one(tmp_path: Path) -> None:
    """Mixtral's files of 2023: a tensor for each expert."""
    whole = [one for one in small() if "_exps" not in one.name]
    each = [Named(f"blk.{layer}.ffn_{word}.{expert}.weight", shape)
            for layer in range(LAYERS) for expert in range(EXPERTS)
            for word, shape in {"gate": (512, 256), "up": (512, 256), "down": (256, 512)}.items()]  # fmt: skip
    found = counted(tmp_path, tensors=[*whole, *each], architecture="llama")
    assert (value(found, "total.full"), value(found, "active.full")) == (TOTAL, ACTIVE)


def test_both_forms_of_the_second_latent_projection(tmp_path: Path) -> None:
    """Early DeepSeek conversions hold the whole and its halves: the halves are copies."""
    heads, rank, keys, values = 4, 128, 64, 64
    latent = {"attn_kv_b": (heads * (keys + values), rank), "attn_k_b": (heads, rank, keys),
              "attn_v_b": (heads, values, rank)}  # fmt: skip
    more = [Named(f"blk.{n}.{name}.weight", shape) for n in range(LAYERS) for name, shape in latent.items()]
    found = counted(tmp_path, tensors=[*small(), *more], architecture="deepseek2")
    once = LAYERS * heads * (keys + values) * rank
    assert value(found, "total.full") == TOTAL + once
    assert value(found, "total.stored") == TOTAL + 2 * once


def test_linear_attention_has_its_own_projections(tmp_path: Path) -> None:
    more = [Named("blk.0.ssm_beta.weight", (4, HIDDEN)), Named("blk.0.ssm_a", (4,))]
    found = counted(tmp_path, tensors=[*small(), *more], architecture="kimi-linear")
    projections = 2 * HIDDEN * 256 + 2 * HIDDEN * 128
    assert found.ledger.components()[Component.MIXER] == projections + 4 * HIDDEN + 4


def test_chunks_shared_by_experts(tmp_path: Path) -> None:
    """GroveMoE: two experts share a chunk. Of 8 experts, 2 are chosen: 1 chunk in 4 of the 28 pairs, else 2."""
    chunk = [Named(f"blk.{n}.ffn_{word}_chexps.weight", (EXPERTS // 2, 256, 256))
             for n in range(LAYERS) for word in ("gate", "up", "down")]  # fmt: skip
    found = counted(tmp_path, tensors=[*small(), *chunk], keys={"experts_per_group": 2}, architecture="grovemoe")
    said, each = found.denominators["active.full"], LAYERS * 3 * 256 * 256
    assert isinstance(said, Range)
    assert (said.low, said.high) == (ACTIVE + each, ACTIVE + 2 * each)
    assert comb(8, 2) == 28
    assert said.typical == round(ACTIVE + each * (4 * 1 + 24 * 2) / 28)


def test_experts_per_token_by_layer(tmp_path: Path) -> None:
    found = counted(tmp_path, keys={"expert_used_count": [1, 2, 2, 4]})
    assert value(found, "active.routed") == 9 * EXPERT
    assert found.summary is not None and found.summary.experts_per_token == (1, 2, 4)


def test_what_the_keys_leave_open_is_a_range(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    from tests.gguf.writing import write

    write(path, small(), "qwen3moe", {key: number for key, number in KEYS.items() if key != "expert_used_count"})
    found = inspect(str(path), offline=True)
    said = found.denominators["active.full"]
    assert isinstance(said, Range) and "qwen3moe.expert_used_count" in said.reason
    assert found.summary is not None and found.summary.experts_per_token == ()


@pytest.mark.parametrize("number", [0, EXPERTS + 1, [0] * LAYERS])
def test_a_number_that_experts_do_not_allow_is_nowhere_told_as_theirs(
    tmp_path: Path,
    cli: CommandLine,  # noqa: F811 - the fixture of the same name
    number: Any,
) -> None:
    """Neither in the head of the report, nor in its table of facts, nor as a number of the JSON."""
    path = str(one(tmp_path / "a.gguf", keys={"expert_used_count": number}))
    head = cli("inspect", path, "--offline", "--all").out
    assert f"all {LAYERS} have {EXPERTS} experts; context" in head and "a token uses" not in head
    assert "Experts per token                 not known" in head
    assert json.loads(cli("inspect", path, "--offline", "--json").out)["architecture"]["experts_per_token"] == []


def test_layers_that_lack_a_matrix_of_their_experts_are_named(tmp_path: Path) -> None:
    tensors = [one for one in small() if one.name != "blk.2.ffn_up_exps.weight"]
    doubts = [one.message for one in counted(tmp_path, tensors=tensors).account.doubts]
    assert "blk.{}.ffn_up_exps.weight is in 3 layers with experts and not in 1, first 2" in doubts


def test_a_vocabulary_alone_is_no_model(tmp_path: Path, cli: CommandLine) -> None:  # noqa: F811
    said = cli("inspect", str(one(tmp_path / "a.gguf", tensors=[])), "--offline")
    assert said.code == Exit.NOTHING_TO_AUDIT and not said.out
    assert said.err.count("\n") == 1 and "holds keys and no tensor" in said.err


@pytest.mark.parametrize(("keys", "said"), [
    ({"expert_count": 16}, "expert_count is 16, the tensors hold 8 experts in a layer"),
    ({"block_count": 6}, "block_count is 6, and 2 of these layers hold no tensor, first 4"),
    ({"block_count": 3}, "block_count is 3, and there are tensors of layer 3"),
    ({"expert_used_count": 0}, "expert_used_count is 0 for layer 0, which holds 8 experts"),
    ({"expert_used_count": 9}, "expert_used_count is 9 for layer 0, which holds 8 experts"),
    ({"expert_used_count": [2, 2, 2]}, "expert_used_count has no entry for layer 3, which holds 8 experts"),
    ({"embedding_length": 128}, "embedding_length is 128, the tensors are 256 wide"),
    ({"expert_feed_forward_length": 256}, "expert_feed_forward_length is 256, the tensors are 512 wide"),
    ({"nextn_predict_layers": 3}, "nextn_predict_layers is 3, no tensor is a prediction module's own"),
    ({"expert_shared_count": 1}, "expert_shared_count is 1, no layer with routed experts holds a shared one"),
    ({"nextn_predict_layers": 4}, "all layers are counted as the model's"),
])  # fmt: skip
def test_keys_that_contradict_the_tensors_are_said(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    found = counted(tmp_path, keys=keys)
    assert said in next(doubt.message for doubt in found.account.doubts)
    assert value(found, "total.full") == TOTAL


@pytest.mark.parametrize(("keys", "said"), [
    ({"expert_used_count": "two"}, "'qwen3moe.expert_used_count' is 'two', expected a whole number"),
    ({"expert_used_count": [2, -1, 2, 2]}, "expected a whole number"),
    ({"block_count": [1, 2]}, "expected one whole number"),
    ({"general.name": 7}, "'general.name' is 7, expected a text"),
    ({"general.type": "adapter"}, "is an adapter (LoRA), not a model"),
    ({"general.type": "imatrix"}, "is an importance matrix"),
])  # fmt: skip
def test_keys_of_a_wrong_type_are_refused(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    with pytest.raises(AuditError) as caught:
        counted(tmp_path, keys=keys)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_more_experts_than_there_are_settle_nothing(tmp_path: Path) -> None:
    said = counted(tmp_path, keys={"expert_used_count": 9}).denominators["active.full"]
    assert isinstance(said, Range) and "is 9, and there are 8 experts" in said.reason


def test_what_is_not_known_is_counted_without_a_role(tmp_path: Path) -> None:
    found = counted(tmp_path, tensors=[*small(), Named("blk.0.novel.weight", (256, 256))])
    assert found.by_words == 256 * 256
    assert value_of_open(found) == 256 * 256


def value_of_open(found: Inspection) -> int:
    said = found.denominators["total.full"]
    assert isinstance(said, Count) and said.value == TOTAL + 256 * 256
    return said.open
