"""What `tools/record/families.py` recorded: a reference configuration per model type with its tensors, and changed
ones with sums."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from moeaudit.architecture.model import Architecture
from tests.architecture.tables import derived_roles, derived_tensors, numbers

FOLDER = Path(__file__).parent / "recorded"
ABSENT = "<absent>"
ROLES = ("embedding", "head", "attention", "router", "routed_experts", "shared_experts", "dense_ffn", "norm", "other")
SPELLED = {"lm_head": "head", "dense_mlp": "dense_ffn"}

Change = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """Number of tensors, elements by role (none where a role has none), and the digest of sorted "name shape" lines."""

    tensors: int
    sums: Mapping[str, int]
    digest: str

    @classmethod
    def recorded(cls, tensors: int, sums: list[int], digest: str) -> Outcome:
        return cls(tensors, {role: count for role, count in zip(ROLES, sums, strict=True) if count}, digest)

    @classmethod
    def derived(cls, architecture: Architecture) -> Outcome:
        lines = sorted(f"{name} {'x'.join(map(str, shape))}" for name, shape in derived_tensors(architecture))
        sums = {SPELLED.get(role, role): count for role, count in derived_roles(architecture).items() if count}
        return cls(len(lines), sums, hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32])


@dataclass(frozen=True)
class Case:
    """A configuration near the reference: the recording's small one with one change."""

    model_type: str
    change: Change
    config: Mapping[str, Any]
    outcome: Outcome

    def __str__(self) -> str:
        text = ",".join(f"{path}={json.dumps(value)}" for path, value in self.change.items()) or "small"
        return f"{self.model_type}-{text if len(text) <= 90 else text[:87] + '...'}"

    @property
    def left_out(self) -> set[str]:
        return {path.rpartition(".")[2] for path, value in self.change.items() if value == ABSENT}


@dataclass(frozen=True)
class Recording:
    """One model type's file."""

    model_type: str
    data: Mapping[str, Any]

    @classmethod
    def load(cls, model_type: str) -> Recording:
        return cls(model_type, json.loads((FOLDER / f"{model_type}.json").read_text()))

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = copy.deepcopy(self.data["config"])
        return config

    @property
    def small(self) -> dict[str, Any]:
        return changed(self.config, self.data["small"]["change"])

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for template, shape, *columns in self.data["tensors"]:
            for combination in product(*map(numbers, columns)):
                yield template.format(*combination), tuple(shape)

    def cases(self) -> Iterator[Case]:
        same = Outcome.recorded(*self.data["small"]["result"])
        yield Case(self.model_type, {}, self.small, same)
        for change, *result in self.data["changed"]:
            yield Case(self.model_type, change, changed(self.small, change), Outcome.recorded(*result))
        for change in self.data["unchanged"]:
            yield Case(self.model_type, change, changed(self.small, change), same)


def changed(config: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """A copy of the config with dotted paths set, or removed where the value is `ABSENT`."""
    result = copy.deepcopy(dict(config))
    for path, value in change.items():
        *parents, name = path.split(".")
        section = result
        for parent in parents:
            section = section[parent]
        if value == ABSENT:
            section.pop(name, None)
        else:
            section[name] = copy.deepcopy(value)
    return result


MODEL_TYPES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
