"""Weight indexes: `model.safetensors.index.json`, and the older one of pickled weights, which are never opened."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from moeaudit.errors import NoEvidence, Place, UsageError, placed
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.model import Index
from moeaudit.evidence.pairs_text import around, holds_control, text_pairs
from moeaudit.evidence.rows import check_names, numbering
from moeaudit.evidence.tables import Listed, Tensor, TensorTable
from moeaudit.later import expression
from moeaudit.limits import INDEX_KEYS, SHARDS, STRICT_INDEX_BYTES, STRICT_INDEX_VALUES
from moeaudit.text import quoted

SAFETENSORS_INDEX = "model.safetensors.index.json"
PYTORCH_INDEX = "pytorch_model.bin.index.json"
CONSOLIDATED_INDEX = "consolidated.safetensors.index.json"
FORMATS = {SAFETENSORS_INDEX: "safetensors", PYTORCH_INDEX: "pytorch", CONSOLIDATED_INDEX: "safetensors"}
"""Index files, with the format of the weights they list. The last is that of Mistral's own layout."""

SHARD = expression(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[\w.+=@ -]+(?:/[\w.+=@ -]+)*")
"""A file name below the repo: no way up, no root, no drive, no backslash, no control character."""


def read_index(data: bytes, file: str) -> Index:
    """The index in `data`. UsageError where it is not JSON, has no weight_map, or names shards outside the repo."""
    with placed(file):
        check_names(data.count(b'":') - INDEX_KEYS, ())  # before any of them is made
        content, table = _plain(data) or _strict(data, file)
    if table.shards is not None and len(table.shards.files) > SHARDS:
        raise UsageError(f"the index names {SHARDS.words()}", place=Place(file), hint="No published model has as many.")
    metadata = content.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    return Index(
        file,
        table,
        FORMATS.get(file.rpartition("/")[2], "safetensors"),
        _count(metadata, "total_size", file),
        _count(metadata, "total_parameters", file),
    )


def _plain(data: bytes) -> tuple[Mapping[str, object], TensorTable] | None:
    """What stands beside the weight_map, and the names in it, a piece at a time. None where it is not plain."""
    found = around(data, "weight_map")
    if found is None:
        return None
    content, start, end = found
    good: set[str] = set()
    try:
        table = TensorTable.of(_listed(names, shards, good) for names, shards in text_pairs(data, start, end))
    except ValueError:  # not plain, a name twice, or no name of a shard
        return None
    return None if holds_control("".join(group.template for group in table.groups)) else (content, table)


def _listed(names: Sequence[str], shards: Sequence[str], good: set[str]) -> Listed:
    """The file of each tensor, all that an index says of it. `good`: names of shards met so far."""
    known: dict[str, int] = numbering()
    which = list(map(known.__getitem__, shards))
    new = known.keys() - good
    if not all(map(SHARD.fullmatch, new)):
        raise ValueError
    good |= new
    return Listed(names, which, [(None, None, shard) for shard in known])


def _strict(data: bytes, file: str) -> tuple[Mapping[str, object], TensorTable]:
    """The same, all at once and with every check. UsageError says what is wrong."""
    if len(data) > STRICT_INDEX_BYTES:
        raise UsageError(f"the index holds {STRICT_INDEX_BYTES.words()}", place=Place(file), hint="No model's does.")
    content = read_object(data, file, most=STRICT_INDEX_VALUES)
    weight_map = content.get("weight_map")
    if not isinstance(weight_map, dict):
        raise UsageError(
            "the index has no weight_map object",
            place=Place(file, path="weight_map"),
            hint="It should map each tensor name to its shard.",
        )
    _check_shard_names(weight_map, file)
    return content, TensorTable.collapse(Tensor(name, shard=shard) for name, shard in weight_map.items())


def _check_shard_names(weight_map: Mapping[str, object], file: str) -> None:
    """Every shard's name is a path that stays below the repo."""
    good: set[str] = set()
    for name, shard in weight_map.items():
        if isinstance(shard, str) and (shard in good or SHARD.fullmatch(shard)):
            good.add(shard)
            continue
        raise UsageError(
            f"{quoted(shard)} is not a file name inside the repo",
            place=Place(file, path=f"weight_map.{quoted(name)}"),
            hint="Shards must stand beside the index; this one is refused.",
        )


def check_shards_exist(shards: Iterable[str], present: Collection[str], file: str) -> None:
    """NoEvidence where the index names shards that the repo does not hold."""
    missing = sorted(set(shards) - set(present))
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise NoEvidence(
            f"the index names {quoted(missing[0])}{more}, not in the repo",
            place=Place(file, path="weight_map"),
            hint="The upload or download is incomplete.",
        )


def _count(metadata: dict[str, object], key: str, file: str) -> int | None:
    """A count of the metadata. Some writers store it as a float or as text."""
    value = metadata.get(key)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        value = int(value)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise UsageError(f"{key} is {quoted(value)}, expected a count", place=Place(file, path=f"metadata.{key}"))
    return value
