"""The JSON Schema of spec files, derived from the blocks themselves."""

from __future__ import annotations

from dataclasses import MISSING, fields
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from moeaudit.architecture.blocks import Block
from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.model import Architecture, Single, Stack
from moeaudit.architecture.spec import BESIDES, FIELDS, FIGURE, HOLDS, PUBLISHED, SCHEMA
from moeaudit.architecture.spec_kinds import KINDS
from moeaudit.architecture.spec_values import CHOICES, IGNORED, TEMPLATES, hints_of, least_of
from moeaudit.architecture.weights import Indices, Share

Json = dict[str, Any]

BLOCK: Json = {"$ref": "#/$defs/block"}
FRACTION: Json = {"type": ["string", "integer"], "pattern": r"^\d+(/\d+)?$"}
SHARE: Json = {
    "anyOf": [
        FRACTION,
        {
            "type": "object",
            "properties": {"low": FRACTION, "typical": FRACTION, "high": FRACTION, "reason": {"type": "string"}},
            "required": ["low", "typical", "high", "reason"],
            "additionalProperties": False,
        },
    ]
}
WORDS: Json = {"type": "string", "pattern": r"\S"}
FIGURES: Json = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": f"^{FIGURE.pattern}$"}]}
SOURCE: Json = {"description": "where the figures come from"}


def spec_schema() -> Json:
    """The schema of `*.moe.yaml` (draft 2020-12)."""
    definitions = {name: block_schema(name, block) for name, block in sorted(KINDS.items())}
    any_block = {"type": "object", "required": ["kind"], "oneOf": [{"$ref": f"#/$defs/{name}"} for name in definitions]}
    own = {name: field_schema(Architecture, name) for name in FIELDS}
    besides: dict[str, Json] = {name: {} for name in BESIDES} | {
        "schema": {"const": SCHEMA},
        "id": WORDS,
        "published": {"type": "array", "items": closed({"denominator": WORDS, "value": FIGURES}, list(PUBLISHED))},
        "pieces": {"type": "array", "items": {"anyOf": [single_schema(), stack_schema()]}, "minItems": 1},
        "notes": {"type": "array", "items": WORDS},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Architecture spec",
        "type": "object",
        "properties": own | besides | {IGNORED: SOURCE},
        "required": ["schema", "family", "pieces"],
        "additionalProperties": False,
        "$defs": definitions | {"block": any_block},
    }


def block_schema(name: str, block: type) -> Json:
    described = (block.__doc__ or "").strip().split("\n\n")[0]
    own = {HOLDS if field == "kind" else field: field_schema(block, field) for field in hints_of(block)}
    needed = [f.name for f in fields(block) if f.default is MISSING]
    return closed({"kind": {"const": name}} | own, ["kind", *needed]) | {"description": " ".join(described.split())}


def single_schema() -> Json:
    own = {name: field_schema(Single, name) for name in hints_of(Single)}
    return closed(own, ["prefix", "block"])


def stack_schema() -> Json:
    own = {name: field_schema(Stack, name) for name in hints_of(Stack) if name != "layers"}
    times = {"type": "integer", "minimum": 1}
    group = closed({"times": times, "layer": BLOCK, "pattern": {"type": "array", "items": BLOCK, "minItems": 1}}, [])
    return closed(own | {"layers": {"type": "array", "items": group, "minItems": 1}}, ["prefix", "layers"])


def closed(properties: Json, required: list[str]) -> Json:
    """An object with these fields and no others, besides where they come from."""
    return {
        "type": "object",
        "properties": properties | {IGNORED: SOURCE},
        "required": required,
        "additionalProperties": False,
    }


def field_schema(owner: type, name: str) -> Json:
    """The schema of one field of a dataclass."""
    hint = hints_of(owner)[name]
    if name in CHOICES and hint is str:
        return {"enum": list(CHOICES[name])}
    return WORDS if hint is str and name not in TEMPLATES else value_schema(hint, least_of(owner, name))


def value_schema(hint: Any, least: int = 0) -> Json:
    """The schema of a field's type; `least` bounds whole numbers."""
    if get_origin(hint) in (Union, UnionType):
        inner = next(arg for arg in get_args(hint) if arg is not NoneType)
        return {"anyOf": [value_schema(inner, least), {"type": "null"}]}
    if hint == Names:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if hint == tuple[Indices, ...]:
        numbers = {"type": "array", "items": {"type": "integer", "minimum": 0}}
        return {"type": "array", "items": {"anyOf": [{"type": "string", "pattern": r"^\d+(-\d+)?(/\d+)?$"}, numbers]}}
    if get_origin(hint) is tuple and get_args(hint)[0] is int:
        return {"type": "array", "items": {"type": "integer", "minimum": 0}}
    if get_origin(hint) is tuple:  # the parts of a module
        named = {"type": "object", "additionalProperties": BLOCK}
        return {"anyOf": [named, {"type": "array", "items": named}]}
    if hint is Share:
        return SHARE
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [word.value for word in hint]}
    if isinstance(hint, type) and issubclass(hint, Block):
        return BLOCK
    plain: dict[type, Json] = {
        bool: {"type": "boolean"},
        int: {"type": "integer", "minimum": least},
        float: {"type": "number"},
        str: {"type": "string"},
    }
    return plain[hint]
