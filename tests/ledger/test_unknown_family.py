"""What one token uses of a family that nobody knows: as its config says, and a range where it says nothing usable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from moeaudit.evidence.model import Evidence, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.packing import pack
from moeaudit.ledger.values import Absent, Count, Range
from moeaudit.vocabulary import Basis
from tests.ledger.packing.checkpoints import SMALL, parameters, stored_weights, table_of

TOTAL = parameters(stored_weights(SMALL))
EXPERT = 3 * 3 * 128 * 256
"""One expert of each of three layers: gate, up and down of 128 × 256."""


def inspected(**fields: Any) -> Inspection:
    config = {**SMALL, "model_type": "nobody_knows", **fields}
    return inspect_evidence(
        Evidence(
            ModelRef("org/model", Source.FOLDER),
            JsonFile("config.json", config),
            headers=table_of(pack(stored_weights(SMALL), SMALL)),
        )
    )


def test_the_configs_own_number() -> None:
    assert inspected().denominators["active.full"] == Count(TOTAL - 2 * EXPERT)


@pytest.mark.parametrize(
    ("value", "reason", "rules"),
    [
        (None, "no field", []),
        (99, "99 experts per token, and there are 4", []),
        ("lots", "no field", ["config-unusable"]),
    ],
)
def test_a_range_where_it_says_nothing_usable(value: Any, reason: str, rules: list[str]) -> None:
    inspection = inspected(num_experts_per_tok=value)
    active = inspection.denominators["active.full"]
    assert isinstance(active, Range) and reason in active.reason
    assert active.bounds == (TOTAL - 3 * EXPERT, TOTAL)
    assert inspection.denominators["total.full"] == Count(TOTAL)
    assert [notice.rule for notice in inspection.notices] == rules


def test_two_names_that_contradict_each_other_are_a_notice() -> None:
    assert [notice.rule for notice in inspected(moe_topk=3).notices] == ["config-aliases-contradict"]


@pytest.mark.parametrize(("list_", "experts"), [([2, 2, 2], 6), ([1, 2, 4], 7), ([4, 4, 4], 12)])
def test_a_number_for_each_layer(list_: list[int], experts: int) -> None:
    """Three layers of four experts; so many of the twelve are used."""
    active = inspected(num_experts_per_tok=list_).denominators["active.full"]
    assert active == Count(TOTAL - (12 - experts) * EXPERT // 3)


def test_a_list_that_ends_early_leaves_the_last_layer_open() -> None:
    """Two layers use two experts of four; the third from one to all."""
    active = inspected(num_experts_per_tok=[2, 2]).denominators["active.full"]
    assert isinstance(active, Range) and "no field" in active.reason
    assert active.bounds == (TOTAL - 7 * EXPERT // 3, TOTAL - 4 * EXPERT // 3)


# Layouts: what is an expert in a tensor of many.

HIDDEN, INNER, LAYERS = 96, 40, 3
PLAIN: dict[str, Any] = {"model_type": "nobody_knows", "hidden_size": HIDDEN, "num_hidden_layers": LAYERS}
REST = [("embed_tokens.weight", (500, HIDDEN)), ("norm.weight", (HIDDEN,))]


def counted(config: dict[str, Any], tensors: Iterable[tuple[str, tuple[int, ...]]], dtype: str = "BF16") -> Inspection:
    table = TensorTable.collapse(Tensor(name, dtype, shape) for name, shape in [*REST, *tensors])
    return inspect_evidence(
        Evidence(ModelRef("org/model", Source.FOLDER), JsonFile("config.json", PLAIN | config), headers=table)
    )


def layer(number: int, experts: int, layout: str, router: bool = True) -> list[tuple[str, tuple[int, ...]]]:
    """One layer's experts, stacked flat, in three axes, turned or numbered, with the router that scores them."""
    stem = f"layers.{number}.mlp"
    shapes: dict[str, dict[str, tuple[int, ...]]] = {
        "flat": {"experts.mlp.w1": (experts * INNER, HIDDEN), "experts.mlp.w2": (experts * INNER, HIDDEN)},
        "three axes": {"experts.up_proj": (experts, INNER, HIDDEN), "experts.down_proj": (experts, HIDDEN, INNER)},
        "turned": {"experts.up_proj": (experts, HIDDEN, INNER), "experts.down_proj": (experts, INNER, HIDDEN)},
        "numbered": {
            f"experts.{expert}.{word}.weight": shape
            for expert in range(experts)
            for word, shape in (("up_proj", (INNER, HIDDEN)), ("down_proj", (HIDDEN, INNER)))
        },
    }
    scored = {"router.layer.weight": (experts, HIDDEN)} if router else {}
    return [(f"{stem}.{name}", shape) for name, shape in (shapes[layout] | scored).items()]


LAYOUTS = ("flat", "three axes", "turned", "numbered")
EACH = 2 * INNER * HIDDEN
"""Parameters of one expert."""


@pytest.mark.parametrize("router", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_configs_own_count_before_any_first_dimension(layout: str, router: bool) -> None:
    tensors = [one for number in range(LAYERS) for one in layer(number, 8, layout, router)]
    inspection = counted({"num_experts": 8, "num_experts_per_tok": 2}, tensors)
    total = 501 * HIDDEN + LAYERS * (8 * EACH + (8 * HIDDEN if router else 0))
    assert inspection.denominators["total.full"] == Count(total)
    assert inspection.denominators["active.full"] == Count(total - LAYERS * 6 * EACH)
    assert inspection.denominators["active.routed"] == Count(LAYERS * 2 * EACH)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_routers_width_where_the_config_is_silent(layout: str) -> None:
    tensors = [one for number in range(LAYERS) for one in layer(number, 8, layout)]
    inspection = counted({"num_experts_per_tok": 2}, tensors)
    assert inspection.denominators["active.routed"] == Count(LAYERS * 2 * EACH)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_neither_config_nor_router(layout: str) -> None:
    """A flat stack alone does not say how many experts it is; what is said is a range, never an exact one."""
    tensors = [one for number in range(LAYERS) for one in layer(number, 8, layout, router=False)]
    value = counted({"num_experts_per_tok": 2}, tensors).denominators["active.routed"]
    assert not isinstance(value, Absent)
    assert value.bounds[0] <= LAYERS * 2 * EACH <= value.bounds[1]
    assert value == Count(LAYERS * 2 * EACH) or (isinstance(value, Range) and "how many experts" in value.reason)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layers_own_block(layout: str) -> None:
    """`block_configs`: 4, 8 and 16 experts, of which 1, 2 and 3 are used."""
    own = ((4, 1), (8, 2), (16, 3))
    blocks = [{"ffn": {"num_experts": experts, "num_experts_per_tok": used}} for experts, used in own]
    tensors = [one for number, (experts, _) in enumerate(own) for one in layer(number, experts, layout)]
    inspection = counted({"block_configs": blocks}, tensors)
    assert inspection.denominators["active.routed"] == Count(6 * EACH)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layers_of_different_size_under_one_number(layout: str) -> None:
    """The config's 8 is a lie for the second layer, whose router scores 6: the share is of six."""
    tensors = [*layer(0, 8, layout), *layer(1, 6, layout), *layer(2, 8, layout)]
    inspection = counted({"num_experts": 8, "num_experts_per_tok": 2}, tensors)
    assert inspection.denominators["active.routed"] == Count(LAYERS * 2 * EACH)


# Storage that nobody knows, in a family that nobody knows.

PAYLOADS: dict[str, list[tuple[str, str, tuple[int, ...]]]] = {
    "codes and a book": [("zq_codes", "I16", (8, INNER * HIDDEN // 4)), ("zq_book", "F16", (16, 8))],
    "bytes in place": [("weight", "U8", (8, INNER * HIDDEN // 2)), ("weight_lattice", "F16", (8, 4))],
    "a payload alone": [("blob", "I32", (8 * INNER * HIDDEN // 8,))],
}


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("section", [{}, {"quantization_config": {"quant_method": "zq"}}])
def test_a_part_is_never_a_total(payload: str, section: dict[str, Any]) -> None:
    """What is packed and not understood may be most of the model: there is no total, and the reason says so."""
    tensors = [Tensor(name, "BF16", shape) for name, shape in REST]
    for number in range(LAYERS):
        stem = f"layers.{number}.mlp"
        tensors.append(Tensor(f"{stem}.router.layer.weight", "BF16", (8, HIDDEN)))
        tensors += [
            Tensor(f"{stem}.experts.{word}.{suffix}", dtype, shape)
            for word in ("up_proj", "down_proj")
            for suffix, dtype, shape in PAYLOADS[payload]
        ]
    inspection = inspect_evidence(
        Evidence(
            ModelRef("org/model", Source.FOLDER),
            JsonFile("config.json", PLAIN | {"num_experts": 8, "num_experts_per_tok": 2} | section),
            headers=TensorTable.collapse(tensors),
        )
    )
    for name in ("total.full", "active.full", "total.stored", "active.checkpoint"):
        value = inspection.denominators[name]
        assert isinstance(value, Absent) and "not understood" in value.reason, name


def test_a_known_type_tells_nothing_of_roles() -> None:
    """Names are words there: the sum is read, the roles are assumed."""
    inspection = inspected()
    stored, active = inspection.denominators["total.stored"], inspection.denominators["active.full"]
    assert isinstance(stored, Count) and (stored.basis, stored.open) == (Basis.READ, 0)
    assert isinstance(active, Count) and active.basis is Basis.ASSUMED and active.open > 0
