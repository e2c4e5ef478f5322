"""What an index settles of a small model whose bytes are counted here: names are seen, bytes must come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from moeaudit.evidence.model import Depth, Evidence, Index
from moeaudit.evidence.tables import Shards, TensorTable
from moeaudit.ledger.by_index import HEADER_ENTRY, HEADER_REST, sizes_fit
from moeaudit.ledger.doubts import Doubt
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.packing import Storage
from moeaudit.vocabulary import Basis
from tests.ledger.packing.checkpoints import SMALL, config_of, parameters, stored_weights, table_of
from tests.ledger.releases import evidence_of

PARAMETERS = 2 * 512 * 256 + 256 + 3 * (256 * 256 * 2 + 2 * 256 * 128 + 2 * 256 + 2 * 64 + 4 * 256 + 4 * 3 * 256 * 128)
"""Two tables and a norm; in each of three layers queries and output, keys and values, norms, a router and experts."""


def inspected(config: Mapping[str, Any], more: int | None = 0, missing: tuple[str, ...] = ()) -> Inspection:
    """The index of a release in this format, with so many bytes more (None: it states no size)."""
    table = table_of(Storage.of(config).pack(stored_weights(config)))
    size = None if more is None else (table.bytes or 0) + more
    return inspect_evidence(replace(evidence_of(config, table, total_size=size, missing=missing), headers=None))


def doubt(inspection: Inspection) -> Doubt:
    (only,) = inspection.account.doubts
    return only


def test_the_sum_by_hand() -> None:
    assert parameters(stored_weights(SMALL)) == PARAMETERS


@pytest.mark.parametrize("name", ["plain", "fp8 blocks", "gptq 4", "mlx 4", "modelopt nvfp4", "pack-quantized"])
def test_bytes_that_come_out_match(name: str) -> None:
    inspection = inspected(config_of(name))
    total = inspection.denominators["total.full"]
    assert (total.typical, total.basis, total.open) == (PARAMETERS, Basis.MATCHED, 0)  # type: ignore[union-attr]
    assert not [one for one in inspection.account.doubts if one.open or one.bytes]


SMALL_TYPES = (3 * 4 * 256 + 3 * (2 * 256 + 2 * 64) + 256) * 2
"""What routers and norms take more in four bytes than in two."""


@pytest.mark.parametrize(("more", "by_types"), [
    (1_000, True), (SMALL_TYPES - 2, True), (SMALL_TYPES + 2, False), (999, False), (-1_000, False),
])  # fmt: skip
def test_bytes_that_single_small_tensors_in_another_type_would_take(more: int, by_types: bool) -> None:
    """An index tells no types: it contradicts nothing by as many bytes, and how many are open is said."""
    inspection = inspected(SMALL, more)
    told = doubt(inspection)
    assert ("no more than small tensors in another type would" in told.message) is by_types
    assert told.open == abs(more) // 2 and told.settled_by is Depth.HEADERS
    assert inspection.agreement.verdict == ("agree" if by_types else "disagree")
    assert (told.claimed == "") is by_types


@pytest.mark.parametrize("more", [100_002, -1_000, 1, -1, 7_777])
def test_bytes_that_do_not_come_out_leave_as_much_open(more: int) -> None:
    """Of two bytes a parameter: half as many parameters as bytes, of either sign."""
    inspection = inspected(SMALL, more)
    total, told = inspection.denominators["total.full"], doubt(inspection)
    assert total.basis is Basis.PREDICTED  # type: ignore[union-attr]
    assert told.message == f"the weights' bytes differ from config.json's by {more:+,}"
    assert told.open == abs(more) // 2
    assert told.claimed == f"total_size {2 * PARAMETERS + more:,}"
    assert (told.path, told.settled_by) == ("metadata.total_size", Depth.HEADERS)


def test_without_a_size_all_is_open() -> None:
    inspection = inspected(SMALL, None)
    told = doubt(inspection)
    assert told.message == "the index states no total_size, so nothing confirms the shapes behind its names"
    assert (told.open, told.claimed) == (PARAMETERS, "")


@pytest.mark.parametrize(("dtype", "stated"), [("F32", "bfloat16"), ("BF16", "float32")])
def test_a_copy_in_another_type(dtype: str, stated: str) -> None:
    """All of it in four bytes where the config says two, or the other way: the type is the files'."""
    size = {"F32": 4, "BF16": 2}[dtype] * PARAMETERS
    config = {**SMALL, "torch_dtype": stated}
    table = table_of(Storage.of(config).pack(stored_weights(config)))
    inspection = inspect_evidence(replace(evidence_of(config, table, total_size=size), headers=None))
    told = doubt(inspection)
    said = {"bfloat16": "BF16", "float32": "F32"}[stated]
    assert (told.claimed, told.derived) == (f"torch_dtype = {said}", f"total_size = {size}")
    assert told.open == 0
    assert inspection.denominators["total.full"].basis is Basis.MATCHED  # type: ignore[union-attr]


def test_small_tensors_in_another_type() -> None:
    """Three routers of four by 256 in four bytes instead of two."""
    inspection = inspected(SMALL, 3 * 4 * 256 * 2)
    told = doubt(inspection)
    assert "+6,144 bytes against the config's types are explained to the byte" in told.message
    assert told.derived == "router F32"
    # … or twelve rows of both tables, of 512 bytes each: no count hangs on the types, but these would change it
    assert "+6 rows of the vocabulary would explain them too" in told.message
    assert (told.open, told.settled_by) == (6_144 // 2, Depth.HEADERS)
    # norms: two of 256 in each layer, two of 64, and the last
    inspection = inspected(SMALL, (3 * (2 * 256 + 2 * 64) + 256) * 2)
    told = doubt(inspection)
    assert told.derived == "norms F32" and told.open == 0 and told.settled_by is None
    assert inspection.denominators["total.full"].basis is Basis.MATCHED  # type: ignore[union-attr]


SCALES = 3 * (2 * 2 * 2 + 2 * (1 * 2) + 4 * 3 * 2)
"""Blocks of 128 × 128: of queries and output (256 × 256) four each, of keys and values (128 × 256) two, of an expert's
three matrices two."""


@pytest.mark.parametrize(("more", "by_scales"), [(4, True), (4 * SCALES, True), (4 * SCALES + 4, False), (-4, True)])
def test_bytes_that_scales_of_another_size_would_take(more: int, by_scales: bool) -> None:
    """As many as all scales take, and no more."""
    told = doubt(inspected(config_of("fp8 blocks"), more))
    assert told.message.endswith("no more than scales of another size would") is by_scales
    assert told.message.startswith(f"the weights' bytes differ from config.json's by {more:+,}")
    if by_scales:
        assert told.open == abs(more)


def test_what_is_missing_says_it_alone() -> None:
    inspection = inspected(SMALL, -1_000, missing=("model-00002-of-00002.safetensors",))
    assert "weights-bytes" not in {one.cause.value for one in inspection.account.doubts}


TABLE = table_of(Storage.of(SMALL).pack(stored_weights(SMALL)))


def fitting(held: int, *, shards: int = 2, total_size: int | None = 10**6, **others: object) -> bool:
    """Whether files of so many bytes together hold what the index lists."""
    files = tuple(f"model-{number}.safetensors" for number in range(shards))
    runs = ((TABLE.tensors - 1, 0), (1, 1))[:shards]
    sharded = replace(TABLE.names_only(), shards=Shards(files, runs) if shards else None)
    index = replace(Index("model.safetensors.index.json", sharded, total_size=total_size), **others)  # type: ignore[arg-type]
    sizes = {name: held // 2 + (number == 0) * (held % 2) for number, name in enumerate(files)}
    return sizes_fit(Evidence(evidence_of(SMALL, TABLE).model, index=index, shard_sizes=sizes))


NAMES = sum(group.tensors * (len(group.template) + 8 * len(group.index)) for group in TABLE.groups)
ROOM = NAMES + HEADER_ENTRY * TABLE.tensors + 2 * HEADER_REST


@pytest.mark.parametrize(
    ("held", "fits"),
    [(10**6 - 1, False), (10**6, True), (10**6 + 1, True), (10**6 + ROOM, True), (10**6 + ROOM + 1, False)],
)
def test_shards_hold_their_tensors_and_headers(held: int, fits: bool) -> None:
    assert fitting(held) is fits


def test_sizes_that_are_not_known_prove_nothing() -> None:
    assert fitting(5, total_size=None)
    assert fitting(5, format="pytorch")
    assert fitting(5, shards=0)
    assert sizes_fit(Evidence(evidence_of(SMALL, TABLE).model))
    assert sizes_fit(Evidence(evidence_of(SMALL, TABLE).model, headers=TensorTable(())))
