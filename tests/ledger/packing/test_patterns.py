"""Which modules a config's patterns name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.weights import Weight, indices
from moeaudit.errors import UsageError
from moeaudit.evidence.regions import regions
from moeaudit.ledger.packing.patterns import Literals, Matcher
from moeaudit.ledger.packing.recipe import Recipe, Rule
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.schemes import Mxfp4, Scaled
from moeaudit.vocabulary import Component, Part

NAMED = [
    ("lm_head", "lm_head", True),
    ("lm_head", "language_model.lm_head", True),
    ("mlp.gate", "model.layers.0.mlp.gate", True),
    ("mlp.gate", "model.layers.0.mlp.gate_proj", False),
    ("model.layers.1", "model.layers.1.self_attn.q_proj", True),
    ("model.layers.1", "model.layers.11.self_attn.q_proj", False),
    ("gate", "model.layers.0.block_sparse_moe.gate", True),
    ("model.layers.*.self_attn", "model.layers.12.self_attn.q_proj", True),
    ("model.layers.61*", "model.layers.61.mlp.experts.3.up_proj", True),
    ("model.layers.61*", "model.layers.6.mlp.experts.3.up_proj", False),
    ("*.attn.*", "layers.3.attn.wkv", True),
    ("mtp.*", "layers.3.attn.wkv", False),
    ("re:.*self_attn.*", "model.layers.0.self_attn.q_proj", True),
    (r"re:.*mlp\.(gate|up|gate_up|down)_proj.*", "model.layers.0.mlp.up_proj", True),
    (r"re:.*mlp\.(gate|up|gate_up|down)_proj.*", "model.layers.1.mlp.experts.0.up_proj", False),
]
"""(pattern, module, named): the first lines as transformers' `should_convert_module` decides, globs as modelopt's,
`re:` as compressed-tensors' `match_name`."""


@pytest.mark.parametrize(("pattern", "module", "named"), NAMED)
def test_named(pattern: str, module: str, named: bool) -> None:
    assert Matcher.of([pattern]).matches(module) is named


@pytest.mark.parametrize(
    "pattern", ["re:(a+)+$", "re:[", r"re:(.*)\1", "re:" + ".*" * 9 + "x", "re:.{99999999999}", "x" * 9999, "", 5, None]
)
def test_refused(pattern: object) -> None:
    """Broken patterns, and those that could take long, name nothing."""
    matcher = Matcher.of([pattern])
    assert len(matcher.refused) == 1
    assert not matcher


def test_matching_ends() -> None:
    """However often the parts repeat: a pattern that backtracks would not come back."""
    matcher = Matcher.of(["re:" + ".*a" * 3 + "$", "*a" * 200])
    assert not matcher.matches("a" * 100 + "b")


ANY = None

TOLD: list[tuple[str, str, set[int] | None]] = [
    ("model.layers.0.mlp.gate", "layers", {0}),
    ("model.layers.0.mlp.gate", "experts", set()),
    ("model.layers.1.mlp.experts.7", "experts", {7}),
    ("mlp.expert_3.up", "expert_", {3}),
    ("3.mlp", "layers", {3}),
    ("lm_head", "layers", set()),
    ("model.layers.*.self_attn", "layers", set()),
    ("model.layers.61*", "layers", ANY),
    ("model.layers.61.*", "layers", {61}),
    ("*.5.mlp", "layers", {5}),
    ("*5.mlp", "experts", ANY),
    (r"re:model\.layers\.[0-3]\..*", "layers", ANY),
    (r"re:model\.layers\.[0-3]\..*", "experts", set()),
    (r"re:model\.layers\.(0|1)\.mlp", "layers", ANY),
    (r"re:model\.layers\.(0|1)\.mlp", "experts", set()),
    (r"re:.*layers\.7\.mlp\..*", "layers", {7}),
    (r"re:.*layers\.7.mlp\..*", "layers", ANY),
    (r"re:model.layers.7", "layers", ANY),
    (r"re:.*layers\.\d+\.mlp.*", "layers", set()),
    (r"re:.*layers\.[0-9]+\.mlp.*", "layers", set()),
    (r"re:.*layers\.\d\.mlp.*", "layers", ANY),
    (r"re:.*layers\..\.mlp.*", "layers", ANY),
    (r"re:.*mlp\.(gate|up)_proj.*", "layers", set()),
    (r"re:.*[qkv]_proj$", "layers", set()),
    (r"re:.*w1$", "experts", set()),
]
"""(pattern, word, the numbers after it that the pattern tells apart)."""


@pytest.mark.parametrize(("pattern", "word", "told"), TOLD)
def test_numbers_told_apart(pattern: str, word: str, told: set[int] | None) -> None:
    assert Matcher.of([pattern]).numbers_after(word) == (told if told is None else frozenset(told))


PIECE = st.sampled_from([
    "layers", "experts", "expert_", "mlp", "up", "w1", "0", "1", "2", "11", "12", ".", ".", r"\.", r"\.", "*", ".*",
    r"\d", "[0-9]+", "[01]", "[^1]", "(0|1)", "(up|w1)", "?", "+", "$", r"\w+", "{2}", "..",
])  # fmt: skip
PATTERN = st.builds(lambda kind, text: kind + text, st.sampled_from(["", "re:", "re:.*", "re:.*layers", "layers."]),
                    st.lists(PIECE, max_size=7).map("".join))  # fmt: skip
WEIGHT = Weight("layers.{}.mlp.experts.{}.w1.weight", (128, 128), Component.ROUTED_EXPERTS,
                index=(range(14), indices((0, 1, 3, 10, 11, 12))), linear=True)  # fmt: skip
FLAT = Weight("layers.{}.expert_{}.up.weight", (128, 128), Component.ROUTED_EXPERTS,
              index=(range(13), range(13)), linear=True)  # fmt: skip


@given(
    patterns=st.lists(PATTERN, max_size=4), named=st.lists(PATTERN, max_size=2), weight=st.sampled_from([WEIGHT, FLAT])
)
@settings(max_examples=400)
def test_a_weight_is_split_as_if_every_name_were_asked(patterns: list[str], named: list[str], weight: Weight) -> None:
    recipe = Recipe("any", Scaled(), rules=(Rule(Matcher.of(named), Mxfp4()),), excluded=Matcher.of(patterns))
    found: dict[str, Scheme | None] = {}
    for part, scheme in recipe.split(weight):
        for name in part.names():
            assert name not in found
            found[name] = scheme
    assert found == {name: recipe.scheme_of(weight, name.removesuffix(".weight")) for name in weight.names()}


NAMES = st.builds(
    "{}layers.{}{}".format, st.sampled_from(["", "model."]), st.integers(0, 15),
    st.sampled_from(["", ".mlp", ".mlp.experts", ".mlp.experts.3", ".mlp.experts.10.w1", ".expert_7", ".expert_7.up"]),
) | st.builds(
    "{}{}{}".format, st.sampled_from(["experts.", "mlp.experts.", "decoder.mlp.experts.", "expert_", "w1"]),
    st.integers(0, 13) | st.just("03"), st.sampled_from(["", ".w1", ".up", ".weight", ".w1.weight"]),
)  # fmt: skip


@given(patterns=st.lists(NAMES, max_size=9), named=st.lists(NAMES, max_size=5),
       weight=st.sampled_from([WEIGHT, FLAT]), part=st.sampled_from([Part.LANGUAGE, Part.MTP]))  # fmt: skip
@settings(max_examples=400)
def test_so_it_is_with_lists_of_names(patterns: list[str], named: list[str], weight: Weight, part: Part) -> None:
    test_a_weight_is_split_as_if_every_name_were_asked.hypothesis.inner_test(  # type: ignore[attr-defined]
        patterns, named, replace(weight, part=part)
    )


@pytest.mark.parametrize(("patterns", "alike"), [
    ([f"layers.{n}" for n in range(1000)] + [f"experts.{n}" for n in range(1000)], 2),
    ([f"layers.{n}.mlp.experts.{n}" for n in range(1000)], 1999),
    ([f"layers.{n}.mlp.experts.{m}" for n in range(60) for m in range(0, 256, 2)], 2),
])  # fmt: skip
def test_names_on_two_axes_cost_their_sum(patterns: list[str], alike: int) -> None:
    """Rows and columns named; a diagonal named; every second expert of each layer named."""
    recipe = Recipe("any", Scaled(), excluded=Matcher.of(patterns))
    weight = replace(WEIGHT, index=(range(2000), range(1200)))
    parts = list(recipe.split(weight))
    assert sum(part.tensors for part, _ in parts) == weight.tensors
    assert len(parts) <= 3 * alike


@pytest.mark.parametrize("patterns", [
    [r"re:.*layers\.\d\.mlp\.experts\.\d\."],
    [f"layers.{n}.mlp.experts.{n % 7}.*" for n in range(2000)] + [f"layers.0.mlp.experts.{n}.*" for n in range(7_000)],
])  # fmt: skip
def test_what_would_take_long_is_refused_by_name(patterns: list[str]) -> None:
    recipe = Recipe("any", Scaled(), excluded=Matcher.of(patterns))
    with pytest.raises(UsageError, match=r"the limit is [\d,]+ (?:modules|numbers looked at|trials)"):
        list(recipe.split(replace(WEIGHT, index=(range(2000), range(100_000)))))


def test_the_bound_is_held_before_the_work() -> None:
    """What two axes cost is known before the first box: numbers that nothing names are not written out till then."""
    spent: list[int] = []
    named = [(number, (range(number, number + 1), range(2 * number, 2 * number + 1))) for number in range(50)]
    boxes = regions((range(100), range(1000)), named, spent.append)
    next(boxes)
    before = sum(spent)
    assert len(list(boxes)) == 100 and sum(spent) == before > 50 * 1000


def test_one_expert_named_costs_no_more_than_that() -> None:
    """550 bytes of config over 10,000 layers of 10,000 experts."""
    recipe = Recipe("any", Scaled(), excluded=Matcher.of(["model.layers.7.mlp.experts.3.w1", "lm_head"]))
    weight = replace(WEIGHT, name="model.layers.{}.mlp.experts.{}.w1.weight", index=(range(10_000), range(10_000)))
    parts = list(recipe.split(weight))
    assert sum(part.tensors for part, _ in parts) == 10_000**2
    assert [(part.index, scheme) for part, scheme in parts if scheme is None] == [((range(7, 8), range(3, 4)), None)]


@pytest.mark.parametrize("listed", [("b", "a.b", "a"), ("a.b", "b", "a"), ("a", "b", "a.b"), ("b", "b", "a.b")])
def test_the_first_of_several_that_name_a_module_is_taken(listed: tuple[str, ...]) -> None:
    assert Literals(frozenset({one}) for one in listed).first("a.b") == 0
    assert Literals(frozenset({one}) for one in ("c", *listed)).first("a.b") == 1
    assert Literals(frozenset({one}) for one in listed).first("c.d") is None
