"""Every field of a fleet, spec and claim file with values of other kinds: refused in one line that says where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from moeaudit.claims.file import parse_claims
from moeaudit.claims.models import ClaimFile
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.fleet_models import FleetFile
from moeaudit.errors import UsageError
from moeaudit.ledger.denominators import DENOMINATORS

ROOT = Path(__file__).parents[2]

KINDS: dict[str, tuple[str, ...]] = {
    "number": (
        "[]",
        "[1]",
        "{}",
        "{a: 1}",
        "true",
        "'8'",
        "word",
        "''",
        "٨",
        "８",
        ".nan",
        ".inf",
        "9" * 300,
        "-1",
        "1e400",
    ),
    "switch": ("[]", "{}", "'true'", "''", "2", "0.5"),
    "text": ("[]", "[a]", "{}", "{a: b}", "''", "true", "~"),
    "list": ("{}", "{a: b}", "word", "''", "7", "true"),
    "table": ("[]", "[a]", "word", "''", "7", "true"),
}
"""Values that nothing of a kind can be, as they are written in YAML."""


def refused(read: Any, text: str) -> UsageError | None:
    try:
        read(text)
    except UsageError as error:
        line = str(error)
        assert "\n" not in line and len(line) <= 290 and line.isprintable()
        assert error.place is not None and error.place.line is not None, line
        return error
    return None


# Fleet files


def kind_of(field: Any) -> str:
    """The kind that a field of a fleet file is, by its type."""
    said = str(field.annotation)
    if "Table" in said:
        return "table"
    if "Literal" in said or "str" in said:
        return "text"
    return "switch" if "bool" in said else "number"


def fields_of(model: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, field in model.model_fields.items():
        path = (*above, field.alias or name)
        yield path, field
        inner = next(
            (one for one in (field.annotation, *get_args(field.annotation)) if hasattr(one, "model_fields")), None
        )
        if inner is not None:
            yield from fields_of(inner, path)


FLEET = {
    "schema": "moeaudit/fleet/v1", "devices": {"type": "H200", "per_node": 8}, "host": {"memory_gib": 512},
}  # fmt: skip
TAKEN = {
    ("layout", "ep"): {"2"},  # a number of ranks: refused for the layout, by a line of its own
    ("engine", "speculative_tokens"): set(),
}
OPTIONAL_TEXT = {("name",), ("engine", "version"), ("engine", "kernel")}
"""Where nothing written is the same as nothing said."""


def written(tree: Mapping[str, Any], path: tuple[str, ...], value: str) -> str:
    """The file with a value, as it is written, at a path."""
    mark = "MARK"
    copy = yaml.safe_load(yaml.safe_dump(dict(tree)))
    holder = copy
    for step in path[:-1]:
        holder = holder.setdefault(step, {})
    holder[path[-1]] = mark
    return yaml.safe_dump(copy, sort_keys=False, allow_unicode=True).replace(mark, value)


FLEET_FIELDS = dict(fields_of(FleetFile))


@pytest.mark.parametrize("path", FLEET_FIELDS, ids=".".join)
def test_fleet_files(path: tuple[str, ...]) -> None:
    kind = kind_of(FLEET_FIELDS[path])
    may_be_left = "None" in str(FLEET_FIELDS[path].annotation)
    for value in KINDS[kind]:
        empty = value == "''" and path in OPTIONAL_TEXT
        if not empty and not (value == "~" and may_be_left):
            assert refused(lambda text: parse_fleet(text, "f.yaml"), written(FLEET, path, value)), (path, value)


# Claim files

CLAIMS = {
    "schema": "moeaudit/claims/v1",
    "model": {"id": "org/m"},
    "sources": {"id": "s", "kind": "primary"},  # of which a list is made
    "ignore": {"rule": "a", "reason": "b"},
    "evaluations": {"name": "MMLU"},
}
LISTS = ("sources", "ignore", "evaluations")
EMPTY_TEXT = {("sources", "title")}
CLAIM_FIELDS = {
    path: field
    for path, field in fields_of(ClaimFile)
    if path[0] in ("schema", "model", *LISTS, "architecture", "runtime", "evaluation", "governance", "deployment")
}


def claim_text(path: tuple[str, ...], value: str) -> str:
    tree = yaml.safe_load(written(CLAIMS, path, "MARK"))
    for name in LISTS:
        tree[name] = tree[name] if tree[name] == "MARK" else [tree[name]]
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).replace("MARK", value)


def claim_kind(path: tuple[str, ...]) -> str:
    if len(path) == 1:
        return "list" if path[0] in LISTS else "text" if path[0] == "schema" else "table"
    return "text" if path[0] in ("model", "sources", "ignore") else "item"


ITEM = ("[[1]]", "[{}]", "{}", "{value: ''}", "{value: [[1]]}", "{value: {a: {b: 1}}}", "{value: ~}", "''", "['']",
        "{not_disclosed: ''}", "{not_disclosed: 5, value: 1}", "{value: 1, denominator: ''}",
        "{value: 1, source: ''}", "{value: 1, note: []}", "{value: 1, quote: {}}", "{value: 1, more: x}")  # fmt: skip
"""What no item of the checklist can be."""


@pytest.mark.parametrize("path", CLAIM_FIELDS, ids=".".join)
def test_claim_files(path: tuple[str, ...]) -> None:
    kind = claim_kind(path)
    optional = "None" in str(CLAIM_FIELDS[path].annotation)
    for value in ITEM if kind == "item" else KINDS[kind]:
        if (value == "''" and path in EMPTY_TEXT) or (value == "~" and (optional or kind != "text")):
            continue
        assert refused(lambda text: parse_claims(text, "c.claims.yaml"), claim_text(path, value)), (path, value)


# Specs

SPECS = sorted((ROOT / "fixtures" / "specs").glob("*.moe.yaml"))


def spots(tree: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value but the sources, which are for their reader."""
    for key in tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        if key != "source":
            yield (*above, key)
            yield from spots(tree[key], (*above, key))


def spec_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "switch"
    if isinstance(value, dict | list):
        return "table" if isinstance(value, dict) else "list"
    return "text" if isinstance(value, str) else "number"


MAY_BE = {
    ("parts", "list"),  # pairs, where a name stands twice
    ("value", "number"), ("value", "text"), ("share", "text"), ("share", "table"),  # a figure; a fraction or a range
}  # fmt: skip


def spec_fields() -> dict[str, tuple[Path, tuple[str | int, ...]]]:
    """One place for every name of a field that the shipped files have, under every kind of block."""
    from moeaudit.evidence.yaml_text import read_yaml

    found = {}
    for path in SPECS:
        tree = read_yaml(path.read_text(), path.name).plain()
        for spot in spots(tree):
            holder = tree
            for step in spot[:-1]:
                holder = holder[step]
            if isinstance(spot[-1], str) and spot[-2:-1] != ("parts",):
                found.setdefault(f"{holder.get('kind', 'top')}.{spot[-1]}", (path, spot))
    return found


SPEC_FIELDS = spec_fields()
EMPTY_NAMES = {"prefix", "name", "suffix", "infix", "stem", "correction_bias"}


@pytest.mark.parametrize("field", SPEC_FIELDS)
def test_specs(field: str) -> None:
    from moeaudit.architecture.spec import read_spec

    path, spot = SPEC_FIELDS[field]
    plain = yaml.safe_load(path.read_text())
    holder = plain
    for step in spot[:-1]:
        holder = holder[step]
    kind, name = spec_kind(holder[spot[-1]]), str(spot[-1])
    holder[spot[-1]] = "MARK"
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    for value in KINDS[kind]:
        if (
            value == "~"
            or (value in ("''", '""') and name in EMPTY_NAMES)
            or (name, spec_kind(yaml.safe_load(value))) in MAY_BE
        ):
            continue
        assert refused(lambda text: read_spec(text, "a.moe.yaml", DENOMINATORS), text.replace("MARK", value)), (
            field,
            value,
        )


def test_the_fields_are_those_of_real_files() -> None:
    assert len(SPEC_FIELDS) > 40 and len(CLAIM_FIELDS) > 80 and len(FLEET_FIELDS) > 40
