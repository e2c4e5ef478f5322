"""Storage formats: what a checkpoint stores for a model's weights, and which weights stand behind what it stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moeaudit.architecture.weights import Weight
from moeaudit.ledger.packing.storage import Storage, StoredTensor
from moeaudit.ledger.packing.unpack import Expected, unpack
from moeaudit.ledger.packing.unpacked import Logical, NonParameter, Unknown, Unpacked


def pack(
    weights: Iterable[Weight],
    config: Mapping[str, Any],
    quant_config: Mapping[str, Any] | None = None,
    model_dtype: str | None = None,
) -> Iterator[StoredTensor]:
    """What a checkpoint of this config stores for these weights."""
    return Storage.of(config, quant_config, model_dtype).pack(weights)


def bytes_on_disk(
    weights: Iterable[Weight], config: Mapping[str, Any], quant_config: Mapping[str, Any] | None = None
) -> int:
    """Bytes of these weights in the model's own format, scales included."""
    return sum(tensor.bytes for tensor in pack(weights, config, quant_config))


def precision(config: Mapping[str, Any], quant_config: Mapping[str, Any] | None = None) -> str:
    """The format in one line: "FP8 E4M3, 128×128 blocks; the rest BF16"."""
    return Storage.of(config, quant_config).precision()


__all__ = [
    "Expected",
    "Logical",
    "NonParameter",
    "Storage",
    "StoredTensor",
    "Unknown",
    "Unpacked",
    "bytes_on_disk",
    "pack",
    "precision",
    "unpack",
]
