"""What speaks of experts in a config that describes none: a copy of a sparse model that lost their fields is not dense
for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moeaudit.architecture.field_names import FIELDS
from moeaudit.later import expression
from moeaudit.text import quoted

NAMED = expression(r"(?i:experts?|mixtral)|MoE|Moe(?![a-z])|MOE(?![A-Z])|(?<![a-z])moe(?![a-z])|[a-z0-9]moe(?![a-z])")
"""Words of types, classes and modules that speak of experts."""

SIZED = expression(r"(?i)(?<![a-z0-9])(?:\d+x\d+(?:\.\d+)?b|a\d+(?:\.\d+)?b)(?![a-z0-9])")
"""How the names of sparse models give a size: 8x7B, 30B-A3B."""

ROUTES = (
    "router",
    "decoder_sparse_step",
    "norm_topk_prob",
    "topk_group",
    "topk_method",
    "scoring_func",
    "first_k_dense_replace",
    "routed_scaling_factor",
    "mlp_only_layers",
)
"""Further fields, beside those with experts or moe in their name, that only models with experts need."""

DENIES = ("is_moe", "use_moe", "enable_moe_block")
"""Fields that say by false that there are none, whatever else stands beside them."""


def trace_of_experts(data: Mapping[str, Any]) -> str:
    """The first thing in a config that speaks of experts, in words; empty where nothing does, or where the config says
    itself that there are none (a count of 0 or 1, `is_moe: false`)."""
    fields = list(_fields(data))
    counts = [value for path, value in fields if path.rpartition(".")[2] in FIELDS["experts"]]
    if any(value is False for path, value in fields if path.rpartition(".")[2] in DENIES):
        return ""
    if any(type(value) is int and value in (0, 1) for value in counts):
        return ""
    return next(iter((*_names(data), *_settings(fields), *_modules(fields))), "")


def speaks_of_experts(name: str) -> bool:
    """Whether a model's name, or its type's or class's, tells of experts."""
    return bool(NAMED.search(name) or SIZED.search(name))


def _names(data: Mapping[str, Any]) -> list[str]:
    """The type, the class and where it came from, as far as they speak of experts. `auto_map` is not asked: what an
    evidence file leaves out may not decide."""
    classes = data.get("architectures")
    told = [("model_type", data.get("model_type"))]
    told += [("class", name) for name in (classes if isinstance(classes, list) else ())]
    found = [(what, name) for what, name in told if isinstance(name, str) and NAMED.search(name)]
    origin = data.get("_name_or_path")
    last = origin.rstrip("/").rpartition("/")[2] if isinstance(origin, str) else ""
    if speaks_of_experts(last):
        found.append(("_name_or_path", last))
    return [f"{what} {quoted(name)}" for what, name in found]


def _settings(fields: list[tuple[str, object]]) -> list[str]:
    """The fields that only a model with experts needs, with a value that counts."""
    return [path[:80] for path, value in fields if _about(path.rpartition(".")[2]) and _counts(value)]


def _modules(fields: list[tuple[str, object]]) -> list[str]:
    """The fields that list modules, as formats do which leave some out, with an expert's among them."""
    lists = [(path, value) for path, value in fields if isinstance(value, list)]
    return [path for path, value in lists if any(isinstance(one, str) and "experts" in one for one in value)]


def _about(key: str) -> bool:
    return "expert" in key or key.startswith(("moe", *ROUTES))


def _counts(value: object) -> bool:
    return bool(value) if isinstance(value, list | str) else value is True or value not in (None, False, 0, 1)


def _fields(data: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Every field that is no section, with its path."""
    for key, value in data.items():
        if not isinstance(value, Mapping):
            yield f"{path}{key}", value
        elif depth < 8:
            yield from _fields(value, f"{path}{key}.", depth + 1)
