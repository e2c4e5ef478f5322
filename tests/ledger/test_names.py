"""Names of weights on both sides, held against each other."""

from __future__ import annotations

import pytest

from moeaudit.ledger.names import (
    LAYER,
    WORDS,
    Naming,
    Role,
    base_of,
    expert_name,
    module_of,
    place_of,
    split_head,
    tail_module,
)


def test_a_single_name_stands_for_what_is_not_at_home() -> None:
    """Two norms end alike; the one that is there by its own name is not what another name stands for."""
    for free in "abcdefgh":
        wanted = [f"{prefix}.norm.weight" for prefix in "abcdefgh"]
        there = [name for name in wanted if not name.startswith(free)]
        naming = Naming.between(wanted, [*there, "model.final.norm.weight"])
        assert naming.wanted_name("model.final.norm.weight") == f"{free}.norm.weight"


def test_of_two_stacks_that_fit_alike_the_first_is_taken() -> None:
    wanted = [f"{stack}.{{}}.{part}.weight" for stack in ("z", "a", "m") for part in ("up", "down")]
    naming = Naming.between(wanted, ["layers.{}.up.weight", "layers.{}.down.weight"])
    assert naming.wanted_name("layers.{}.up.weight") == "z.{}.up.weight"


FIRST, DOWN = Role.FIRST, Role.DOWN

EXPERTS: list[tuple[str, tuple[str, Role, str, bool, bool]]] = [
    # transformers, Mixtral and DeepSeek
    ("model.layers.{}.block_sparse_moe.experts.{}.w1.weight", ("model.layers.{}", FIRST, "w1", False, True)),
    ("model.layers.{}.block_sparse_moe.experts.{}.w2.weight", ("model.layers.{}", DOWN, "w2", False, True)),
    ("model.layers.{}.mlp.experts.{}.down_proj.bias", ("model.layers.{}", DOWN, "down_proj", True, True)),
    # stacked: Llama 4, gpt-oss
    ("model.layers.{}.feed_forward.experts.gate_up_proj", ("model.layers.{}", FIRST, "gate_up_proj", False, False)),
    ("model.layers.{}.mlp.experts.gate_up_proj_bias", ("model.layers.{}", FIRST, "gate_up_proj", True, False)),
    ("model.layers.{}.mlp.experts.down_proj_weight", ("model.layers.{}", DOWN, "down_proj", False, False)),
    # mlx-lm, whose module renames the layer's or stands below it
    ("model.layers.{}.mlp.switch_mlp.gate_proj.weight", ("model.layers.{}", FIRST, "gate_proj", False, False)),
    ("model.layers.{}.mlp.switch_glu.down_proj.bias", ("model.layers.{}", DOWN, "down_proj", True, False)),
    ("model.layers.{}.experts.switch_glu.up_proj.weight", ("model.layers.{}", FIRST, "up_proj", False, False)),
    # Megatron, DBRX, Switch Transformers, Phi
    ("decoder.layers.{}.mlp.experts.local_experts.{}.linear.weight",
     ("decoder.layers.{}.mlp.experts", FIRST, "linear", False, True)),
    ("transformer.blocks.{}.ffn.experts.mlp.w1", ("transformer.blocks.{}", FIRST, "w1", False, False)),
    ("encoder.block.{}.layer.{}.mlp.experts.expert_{}.wo.weight",
     ("encoder.block.{}.layer.{}", DOWN, "wo", False, True)),
    ("model.layers.{}.moe.experts.{}.mlp.c_proj.weight", ("model.layers.{}", DOWN, "c_proj", False, True)),
    # a module that no layer calls its feed-forward is part of the place
    ("model.layers.{}.mlp_moe.experts.{}.w3.weight", ("model.layers.{}.mlp_moe", FIRST, "w3", False, True)),
    ("experts.{}.w3.weight", ("", FIRST, "w3", False, True)),
    # IBM's parallel linears
    ("model.layers.{}.block_sparse_moe.input_linear.weight", ("model.layers.{}", FIRST, "input_linear", False, False)),
    ("model.layers.{}.block_sparse_moe.output_linear.bias", ("model.layers.{}", DOWN, "output_linear", True, False)),
    ("model.layers.{}.block_sparse_moe.output_linear", ("model.layers.{}", DOWN, "output_linear", False, False)),
]  # fmt: skip
"""Template; the place, which way the matrix leads, its word, whether it is a bias and whether experts are numbered."""

NO_EXPERTS = [
    "model.layers.{}.mlp.gate_proj.weight",  # a dense layer's
    "model.layers.{}.mlp.shared_experts.gate_proj.weight",
    "model.layers.{}.mlp.shared.experts.{}.gate_proj.weight",
    "model.layers.{}.mlp.experts.{}.router.weight",  # a word that no expert's matrix has
    "model.layers.{}.mlp.experts.weight",
    "model.layers.{}.mlp.myexperts.{}.w1.weight",
    "model.layers.{}.mlp.experts.{}.w1.scales",
    "model.shared_mlp.input_linear.weight",
    "input_linear.weight",
]


@pytest.mark.parametrize(("template", "parts"), EXPERTS)
def test_an_experts_name(template: str, parts: tuple[str, Role, str, bool, bool]) -> None:
    for known in (False, True):
        found = expert_name(template, known=known)
        assert found is not None
        assert (found.place, found.role, found.word, found.bias, found.numbered) == parts
        assert found.depth == parts[0].count("{}")
        assert found.matrix == (f"{parts[2]} bias" if parts[3] else parts[2])


@pytest.mark.parametrize("template", NO_EXPERTS)
def test_no_experts_name(template: str) -> None:
    assert expert_name(template) is None


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("model.layers.{}.moe.w_in.weight", ("model.layers.{}", Role.FIRST, "w_in", False)),
        ("model.layers.{}.moe.down.bias", ("model.layers.{}", Role.DOWN, "down", True)),
        ("model.layers.{}.moe.w_in", ("model.layers.{}", Role.FIRST, "w_in", False)),
        ("model.layers.{}.mlp.experts.{}.odd_bias", ("model.layers.{}", Role.FIRST, "odd", True)),
        ("model.layers.{}.mlp.experts.weight", None),
        ("model.layers.{}.mlp.experts.{}.bias", None),
        ("model.layers.{}.shared_mlp.w_in.weight", None),
        ("w_in", None),
    ],
)
def test_a_name_that_the_family_knows_as_an_experts(template: str, parts: tuple[str, Role, str, bool] | None) -> None:
    """Whatever its matrices are called; but a tensor that is only a weight of its module says nothing."""
    found = expert_name(template, known=True)
    assert (found and (found.place, found.role, found.word, found.bias)) == parts


@pytest.mark.parametrize("word", sorted(WORDS))
def test_each_word_of_an_experts_matrix_leads_one_way(word: str) -> None:
    """By the code that names them: the last linear of a feed-forward, and the one or two before it."""
    found = expert_name(f"layers.{{}}.mlp.experts.{{}}.{word}.weight")
    last = {"down_proj", "w2", "wo", "fc2", "down", "output_linear", "linear_1", "c_proj", "down_embed"}
    assert found is not None and found.role is (Role.DOWN if word in last else Role.FIRST)


@pytest.mark.parametrize(
    ("stem", "place"),
    [
        *((f"model.layers.{{}}.{word}", "model.layers.{}") for word in
          ("mlp", "ffn", "feed_forward", "block_sparse_moe", "moe", "mixer", "sparse_moe")),
        ("model.layers.{}.attention", "model.layers.{}.attention"),
        ("model.layers.{}", "model.layers.{}"),
        ("mlp", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_where_a_feed_forward_stands(stem: str, place: str) -> None:
    assert place_of(stem) == place


@pytest.mark.parametrize(
    ("template", "head", "tail", "base"),
    [
        ("model.layers.{}.mlp.experts.{}.w1.weight", "model.layers.{}", ".mlp.experts.{}.w1.weight", "model."),
        ("layers.{}.w1.weight", "layers.{}", ".w1.weight", ""),
        ("{}.w1.weight", "{}", ".w1.weight", ""),
        ("a.b.c.{}.w", "a.b.c.{}", ".w", "a.b."),
        ("model.norm.weight", "model.", "norm.weight", "."),
        ("language_model.model.norm.weight", "language_model.model.", "norm.weight", "language_model."),
        ("lm_head.weight", "", "lm_head.weight", ""),
        ("weight", "", "weight", ""),
    ],
)
def test_a_name_is_cut_behind_its_first_number(template: str, head: str, tail: str, base: str) -> None:
    assert split_head(template) == (head, tail)
    assert head + tail == template
    if "{}" in template:
        assert base_of(head) == base


@pytest.mark.parametrize(
    ("tail", "module"),
    [
        (".mlp.experts.{}.w1.weight", ".mlp.experts"),
        (".mlp.switch_mlp.gate_proj.weight", ".mlp.experts"),
        (".experts.gate_up_proj", ".experts"),
        (".moe.local_experts.{}.fc1.weight", ".moe.experts"),
        (".self_attn.q_proj.weight", ".self_attn.q_proj"),
        (".self_attn.q_proj.weight.absmax", ".self_attn.q_proj"),
        (".attn.{}.q_proj.qweight", ".attn.{}.q_proj"),
        ("weight", "weight"),
    ],
)
def test_the_module_behind_a_prefix(tail: str, module: str) -> None:
    """Packing changes only what stands behind it; experts are called alike."""
    assert tail_module(tail) == module


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("a.b.weight", "a.b"),
        ("a.b.qweight", "a.b"),
        ("a.b.weight.absmax", "a.b"),
        ("a.b.weight.quant_state.bitsandbytes__nf4", "a.b"),
        ("a.weights.b", "a.weights"),
        ("a", "a"),
        ("a.weight.b.weight.c", "a"),
    ],
)
def test_the_module_of_a_name(name: str, module: str) -> None:
    assert module_of(name) == module


@pytest.mark.parametrize(
    ("template", "layers"),
    [
        ("model.layers.{}.x", True),
        ("layers.{}.x", True),
        ("h.{}.x", True),
        ("transformer.h.{}.x", True),
        ("model_layers.{}", True),
        ("encoder.block.{}.x", True),
        ("enc.blocks.{}.x", True),
        ("a.layer.{}.x", True),
        ("a.slayers.{}.x", False),
        ("model.experts.{}.x", False),
        ("model.layers.x", False),
        ("mesh.{}.x", False),
    ],
)
def test_where_layers_are_counted(template: str, layers: bool) -> None:
    assert (LAYER.search(template) is not None) is layers


STACK = ("attn.q.weight", "attn.k.weight", "mlp.up.weight", "mlp.down.weight")


def under(prefix: str, tails: tuple[str, ...] = STACK) -> list[str]:
    return [f"{prefix}.{{}}.{tail}" for tail in tails]


@pytest.mark.parametrize(
    ("wanted", "seen", "names"),
    [
        # a level lost, a level added, another word; the base goes with its stack
        ("model.layers", "layers", {"layers.{}.attn.q.weight": "model.layers.{}.attn.q.weight"}),
        ("layers", "model.layers", {"model.layers.{}.attn.q.weight": "layers.{}.attn.q.weight", "model.x": "x"}),
        ("model.layers", "model.language_model.layers", {
            "model.language_model.layers.{}.attn.q.qweight": "model.layers.{}.attn.q.qweight",
            "model.language_model.embed.weight": "model.embed.weight",
            "model.embed.weight": "model.embed.weight",
            "model.visual.{}.x": "model.visual.{}.x",
        }),
        ("model.layers", "transformer.h", {"transformer.h.{}.new.weight": "model.layers.{}.new.weight",
                                           "transformer.wte.weight": "model.wte.weight"}),
    ],
)  # fmt: skip
def test_a_stack_under_another_prefix(wanted: str, seen: str, names: dict[str, str]) -> None:
    naming = Naming.between(under(wanted), under(seen))
    assert {name: naming.wanted_name(name) for name in names} == names


def test_names_at_home_stay_at_home() -> None:
    naming = Naming.between(under("model.layers"), under("model.layers"))
    assert (naming.prefixes, naming.singles) == ({}, {})
    packed = [name.replace(".weight", ".qweight") for name in under("model.layers")]
    naming = Naming.between(under("model.layers"), packed)  # of the same modules
    assert naming.wanted_name(packed[0]) == packed[0]


@pytest.mark.parametrize(
    ("below", "strange", "taken"),
    [
        (STACK[:1], STACK[:1], False),  # one module alone proves nothing
        (STACK[:2], STACK[:2], True),
        (STACK[:2], (*STACK[:2], "a.x.weight", "b.x.weight"), True),  # half of them
        (STACK[:2], (*STACK[:2], "a.x.weight", "b.x.weight", "c.x.weight"), False),  # fewer than half
        (STACK, (*STACK[:1], "a.x.weight"), False),
    ],
)
def test_how_much_below_a_prefix_must_agree(below: tuple[str, ...], strange: tuple[str, ...], taken: bool) -> None:
    naming = Naming.between(under("model.layers", below), under("h", strange))
    assert naming.wanted_name("h.{}.new.weight") == ("model.layers.{}.new.weight" if taken else "h.{}.new.weight")


def test_of_two_stacks_the_one_that_says_more_is_taken_and_then_gone() -> None:
    """Two towers: the larger is told first, by what most agrees; the smaller gets what is left."""
    wanted = [*under("text.layers"), *under("vision.layers", (*STACK[:2], "patch.weight"))]
    seen = [*under("a.layers"), *under("b.layers", STACK[:2])]
    naming = Naming.between(wanted, seen)
    assert naming.wanted_name("a.layers.{}.x.weight") == "text.layers.{}.x.weight"
    assert naming.wanted_name("b.layers.{}.x.weight") == "vision.layers.{}.x.weight"
    assert naming.wanted_name("a.x.weight") == "text.x.weight"
    assert naming.wanted_name("b.x.weight") == "vision.x.weight"


def test_of_two_that_agree_alike_the_smaller_is_taken() -> None:
    wanted = [*under("large.layers", (*STACK, "c.x.weight", "c.y.weight")), *under("small.layers")]
    naming = Naming.between(wanted, under("layers"))
    assert naming.wanted_name("layers.{}.attn.q.weight") == "small.layers.{}.attn.q.weight"


def test_what_is_at_home_under_a_prefix_is_not_what_others_stand_for() -> None:
    wanted = [*under("one.layers"), *under("two.layers")]
    naming = Naming.between(wanted, [*under("one.layers"), *under("layers")])
    assert naming.wanted_name("layers.{}.attn.q.weight") == "two.layers.{}.attn.q.weight"


def test_the_longest_prefix_counts() -> None:
    wanted = under("model.layers")
    naming = Naming.between(wanted, under("a.model.layers"))
    assert list(naming.prefixes) == ["a.model.layers.{}", "a.model."]
    assert naming.wanted_name("a.model.layers.{}.attn.q.weight") == "model.layers.{}.attn.q.weight"
    assert naming.wanted_name("a.model.embed.weight") == "model.embed.weight"


def test_the_first_stack_below_a_base_says_what_the_base_is() -> None:
    wanted = [*under("m.layers"), *under("n.blocks", STACK[:3])]
    naming = Naming.between(wanted, [*under("x.layers"), *under("x.blocks", STACK[:3])])
    assert naming.prefixes["x."] == "m."
    assert naming.prefixes["x.blocks.{}"] == "n.blocks.{}"


@pytest.mark.parametrize(
    ("wanted", "seen", "name", "found"),
    [
        # by the last module, where one alone ends so
        (["model.norm.weight"], ["final.norm.weight"], "final.norm.weight", "model.norm.weight"),
        (["model.norm.weight"], ["final.norm.weight"], "final.norm.bias", "model.norm.bias"),
        (["model.norm.weight"], ["final.ln.weight"], "final.ln.weight", "final.ln.weight"),
        (["a.norm.weight", "b.norm.weight"], ["c.norm.weight"], "c.norm.weight", "c.norm.weight"),
        (["a.norm.weight", "a.{}.norm.weight"], ["c.norm.weight"], "c.norm.weight", "a.norm.weight"),
        (["a.norm.weight"], ["c.{}.norm.weight"], "c.{}.norm.weight", "c.{}.norm.weight"),
        (["lm_head.weight"], ["language_model.lm_head.weight"], "language_model.lm_head.weight", "lm_head.weight"),
    ],
)
def test_names_without_a_number(wanted: list[str], seen: list[str], name: str, found: str) -> None:
    assert Naming.between(wanted, seen).wanted_name(name) == found


def test_a_name_that_its_prefix_explains_needs_no_other() -> None:
    wanted = [*under("model.layers"), "model.norm.weight", "head.norm.weight"]
    seen = [*under("model.text.layers"), "model.text.norm.weight"]
    naming = Naming.between(wanted, seen)
    assert naming.singles == {}
    assert naming.wanted_name("model.text.norm.weight") == "model.norm.weight"
