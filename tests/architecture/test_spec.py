"""Spec files: what is written is read back equal, mistakes are named with their place, and the shipped ones
reproduce what was published."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args, get_origin

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.architecture.blocks import Block, Embedding, EveryToken, Experts, FeedForward, Head, Module, Norm, Vectors
from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture, Single, Stack
from moeaudit.architecture.spec import SCHEMA, line_of, read_spec, repeats, write_spec
from moeaudit.architecture.spec_kinds import KINDS
from moeaudit.architecture.spec_schema import spec_schema
from moeaudit.architecture.spec_values import CHOICES, hints_of
from moeaudit.architecture.weights import Share, indices
from moeaudit.claims.figures import parse_figure
from moeaudit.errors import UsageError
from moeaudit.evidence.yaml_text import read_yaml
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Absent
from tests.conftest import corpus_cases

SHIPPED = sorted((Path(__file__).parents[2] / "fixtures" / "specs").glob("*.moe.yaml"))
TABLES = corpus_cases("tensor-shapes/*.config.json")

ONE_DIGIT = ("600B",)
"""GShard's table 1 prints 200B, 150B and 600B where its own dimensions make 207B, 155B and 619B: its zeros are
filling."""

SMALL = f"""
schema: {SCHEMA}
family: Example
tied: true
pieces:
  - prefix: embed
    block: {{kind: embedding, vocabulary: 32, hidden: 8}}
  - prefix: layers.{{}}
    layers:
      - times: 2
        pattern:
          - kind: module
            parts: {{mlp: {{kind: feed_forward, hidden: 8, width: 16}}}}
          - kind: module
            parts: {{experts: {{kind: experts, hidden: 8, width: 4, experts: 4, selected: 2}}}}
  - prefix: head
    block: {{kind: head, vocabulary: 32, hidden: 8, tied: true}}
"""


def test_a_spec_is_the_blocks_it_names() -> None:
    dense, sparse = Module((("mlp", FeedForward(8, 16)),)), Module((("experts", Experts(8, 4, 4, 2)),))
    assert read_spec(SMALL, "small.moe.yaml") == Architecture(
        family="Example",
        model_type="spec",
        tied=True,
        pieces=(
            Single("embed", Embedding(32, 8)),
            Stack("layers.{}", (dense, sparse, dense, sparse)),
            Single("head", Head(32, 8, tied=True)),
        ),
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.removesuffix(".moe.yaml"))
def test_shipped_specs_reproduce_the_published_figures(path: Path) -> None:
    """Each file says in `published` which paper or README prints which figure; the value is derived from the blocks
    alone."""
    data = yaml.safe_load(path.read_text())
    measured = measure_all(config_ledger(read_spec(path.read_text(), path.name)))
    assert data["published"]
    for row in data["published"]:
        value, figure = measured[row["denominator"]], parse_figure(row["value"])
        assert figure is not None and not isinstance(value, Absent)
        reading = figure.coarse() if row["value"] in ONE_DIGIT else figure
        assert reading is not None and reading.matches(value.bounds[0]), (row, value)


def test_every_shipped_figure_has_a_source() -> None:
    for path in SHIPPED:
        assert all(row["source"] for row in yaml.safe_load(path.read_text())["published"])
    assert [path.name.partition("--")[2].partition(".moe")[0] for path in SHIPPED] == [
        "expert-choice-8b-64e",
        "glam-64b-64e",
        "gshard-600b",
        "sparsely-gated-moe-4096-h",
        "deepspeed-moe-1.3b-moe-128",
        "grok-1",
    ]


def test_expert_choice_leaves_a_range() -> None:
    path = next(path for path in SHIPPED if "expert-choice" in path.name)
    active = measure_all(config_ledger(read_spec(path.read_text(), path.name)))["active.routed"]
    experts = 16 * 64 * 2 * 4096 * 16384  # table 1: layers with experts, experts, two matrices, widths
    assert active.bounds == (0, experts) and active.typical == experts * 2 // 64  # type: ignore[union-attr]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.removesuffix(".moe.yaml"))
def test_shipped_specs_survive_writing(path: Path) -> None:
    architecture = read_spec(path.read_text(), path.name)
    assert read_spec(write_spec(architecture), path.name) == architecture


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name.removesuffix(".config.json"))
def test_every_family_can_be_written_down(corpus: Path, path: Path) -> None:
    architecture = describe(Config(json.loads(path.read_text())))
    assert read_spec(write_spec(architecture), path.name) == architecture


def values_of(hint: Any, name: str, block: type[Block]) -> st.SearchStrategy[Any]:
    """Values a field can have, from its type."""
    words = st.text("abcdefgh_", min_size=1, max_size=8)
    if hint == Names:
        return st.dictionaries(words, words, max_size=2).map(lambda found: tuple(found.items()))
    if get_origin(hint) is tuple and get_args(hint)[0] is int:
        return st.tuples(st.integers(1, 9), st.integers(1, 9))
    if name in CHOICES and hint is str:
        return st.sampled_from(CHOICES[name])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if hint is Share or Share in get_args(hint):
        fractions = st.fractions(0, 1, max_denominator=64)
        exact = fractions.map(lambda part: Share(part, part, part))
        return exact | st.tuples(fractions, fractions, fractions).map(
            lambda parts: Share(*sorted(parts), reason="varies")
        )
    if get_origin(hint) is tuple:  # Tensor.index and Module.parts have tests of their own
        return st.just(())
    plain = {int: st.integers(1, 64), bool: st.booleans(), str: words, float: st.floats(0, 8)}
    return plain[next(kind for kind in (hint, *get_args(hint)) if kind in plain)]


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """Any block but those that hold others, with any values of its fields' types."""
    kind = draw(st.sampled_from([block for block in KINDS.values() if block not in (Module, EveryToken, Vectors)]))
    required = [f.name for f in fields(kind) if f.default is MISSING]
    chosen = required + draw(
        st.lists(st.sampled_from([f.name for f in fields(kind) if f.default is not MISSING]), unique=True)
        if len(required) < len(fields(kind))
        else st.just([])
    )
    given_values = {name: draw(values_of(hints_of(kind)[name], name, kind)) for name in chosen}
    if "selected" in given_values and "experts" in given_values:
        given_values["selected"] = min(given_values["selected"], given_values["experts"])
    return kind(**given_values)


@given(st.lists(blocks(), min_size=1, max_size=4), st.integers(1, 3))
def test_what_is_written_is_read_back(parts: list[Block], times: int) -> None:
    """The block itself; whether its names clash or its sizes divide is not this test's matter."""
    layer = Module(tuple((f"part{number}", block) for number, block in enumerate(parts)))
    written = yaml.safe_load(write_spec(Architecture("Any", "any", (Stack("layers.{}", (layer, Module()) * times),))))
    from moeaudit.architecture.spec import SpecReader
    from moeaudit.architecture.spec_values import Spot

    piece = SpecReader(Spot("any", lambda path: None)).piece(written["pieces"][0], Spot("any", lambda path: None))
    assert piece == Stack("layers.{}", (layer, Module()) * times)


@given(st.lists(st.sampled_from([Norm(1), Norm(2), Norm(3)]), max_size=40))
def test_layer_groups_stand_for_the_layers(layers: list[Block]) -> None:
    groups = list(repeats(tuple(layers)))
    assert [block for pattern, times in groups for block in pattern * times] == layers


def test_alternating_layers_are_one_group() -> None:
    assert list(repeats((Norm(1), Norm(2)) * 8)) == [((Norm(1), Norm(2)), 8)]


def test_numbers_of_a_template() -> None:
    spec = SMALL.replace(
        "{kind: embedding, vocabulary: 32, hidden: 8}",
        "{kind: tensor, name: 'table.{}', shape: [4, 2], component: tables, holds: integer_tables, index: ['1-7/3']}",
    )
    (table,) = [weight for weight in read_spec(spec, "x").weights if "table" in weight.name]
    assert list(table.names()) == ["embed.table.1", "embed.table.4", "embed.table.7"]
    assert table.index == (indices((1, 4, 7)),) and table.kind.value == "integer_tables"


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("hidden: 8, width: 16", "hiden: 8, width: 16", 13, "'hiden' is no field here. Did you mean hidden?"),
        ("width: 16", "depth: 16", 13, "'depth' is no field here"),
        ("kind: embedding", "kind: embeding", 7, "'embeding' is none of"),
        ("width: 16", "width: wide", 13, "'wide' where a whole number of at least 1 is expected"),
        ("width: 16", "width: -1", 13, "-1 where a whole number of at least 1"),
        ("hidden: 8, width: 16", "hidden: 8", 13, "width is missing"),
        ("selected: 2", "selected: 5", 15, "5 experts per token, but only 4 experts"),
        ("selected: 2", "selected: 2, layout: heaped", 15, "'heaped' is none of each, stacked"),
        ("selected: 2", "selected: 2, share: half", 15, "'half' where a fraction such as 2/64 is expected"),
        ("selected: 2", "selected: 2, share: {low: 0, high: 1}", 15, "typical, reason missing"),
        ("times: 2", "times: 0", 10, "0 where a whole number of at least 1"),
        ("times: 2", "times: 20000", 10, "40000 layers, expected at most 10000"),
        ("layers.{}", "layers", 8, "the prefix of a stack holds one {}"),
        ("prefix: head", "prefix: 'head{0.x}'", 16, "'head{0.x}' is no tensor name"),
        ("family: Example", "famly: Example", 3, "'famly' is no field here. Did you mean family?"),
        (SCHEMA, "moeaudit/architecture/v9", 2, "is none of moeaudit/architecture/v1"),
        ("prefix: head", "prefix: embed", 5, "tensor embed.weight is described twice"),
    ],
)
def test_mistakes_are_named_with_their_place(before: str, after: str, line: int, message: str) -> None:
    text = (
        SMALL.replace(before, after).replace("tied: true}", "tied: false}")
        if "twice" in message
        else SMALL.replace(before, after)
    )
    with pytest.raises(UsageError) as caught:
        read_spec(text, "small.moe.yaml")
    assert message in str(caught.value)
    assert caught.value.place is not None and (caught.value.place.file, caught.value.place.line) == (
        "small.moe.yaml",
        line,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid YAML"),
        ("[" * 1200, "exceeded maximum nesting depth"),
        ("[" * 40 + "]" * 40, "nested deeper than 32 levels"),
        ("", "where a mapping is expected"),
        ("- a", "where a mapping is expected"),
        (f"schema: {SCHEMA}\nfamily: A", "pieces are missing"),
        (f"schema: {SCHEMA}\nfamily: A\npieces: [{{prefix: a}}]", "a piece has either a block or layers"),
        (
            f"schema: {SCHEMA}\nfamily: A\npieces:\n- prefix: a\n  block: &a\n    kind: module\n    parts: {{a: *a}}",
            r"the alias \*a has no anchor before it",
        ),
    ],
)
def test_broken_files_are_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_spec(text, "broken.moe.yaml")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("model",), 1), (("model", "name"), 2), (("model", "none"), 1), (("model", "name", "none"), 2), (("none",), 1),
        (("layers", 0), 4), (("layers", 1, "b"), 6), (("layers", 1, "none"), 5), (("layers", 2), 3),
    ],
)  # fmt: skip
def test_what_is_missing_stands_at_the_deepest_part_that_is_there(path: tuple[str | int, ...], line: int) -> None:
    text = "model:\n  name: x\nlayers:\n  - 1\n  - a: 1\n    b: 2\n"
    assert line_of(read_yaml(text, "f"), path) == line


def test_anchors_cannot_stand_for_more_than_memory_holds() -> None:
    levels = "".join(
        f"          - &l{n} {{kind: module, parts: {{a: *l{n - 1}, b: *l{n - 1}, c: *l{n - 1}, d: *l{n - 1}}}}}\n"
        for n in range(1, 20)
    )
    text = (
        f"schema: {SCHEMA}\nfamily: A\npieces:\n  - prefix: l.{{}}\n    layers:\n      - pattern:\n"
        f"          - &l0 {{kind: norm, size: 1}}\n{levels}"
    )
    with pytest.raises(UsageError, match="more than 50,000 values once aliases are followed"):
        read_spec(text, "bomb.moe.yaml")


def test_the_share_is_exact() -> None:
    spec = SMALL.replace("selected: 2", "selected: 2, share: 1/3")
    (share,) = {
        weight.share
        for weight in read_spec(spec, "x").weights
        if weight.name.endswith("up_proj.weight") and "experts" in weight.name
    }
    assert share.typical == Fraction(1, 3)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.removesuffix(".moe.yaml"))
def test_the_schema_accepts_shipped_and_written_specs(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(spec_schema())
    for text in (path.read_text(), write_spec(read_spec(path.read_text(), path.name))):
        assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("width: 16", "depth: 16"),
        ("selected: 2", "selected: two"),
        ("kind: embedding", "kind: embeding"),
        (SCHEMA, "v9"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(before: str, after: str) -> None:
    text = SMALL.replace(before, after)
    assert not jsonschema.Draft202012Validator(spec_schema()).is_valid(yaml.safe_load(text))
    with pytest.raises(UsageError):
        read_spec(text, "small.moe.yaml")
