"""Matrices of one module that are stored joined or taken apart, by names that are known for it: an index tells no
numbers that could add up."""

from __future__ import annotations

from collections.abc import Sequence

from moeaudit.ledger.names import Naming, expert_name
from moeaudit.ledger.packing.unpacked import Logical
from moeaudit.ledger.pairs import Pair, Wanted
from moeaudit.ledger.together import together
from moeaudit.vocabulary import Component

PARTS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"kv_b_proj"}), frozenset({"embed_q", "unembed_out"})),
    (frozenset({"q_a_proj", "kv_a_proj_with_mqa"}), frozenset({"fused_qkv_a_proj_with_mqa"})),
    (frozenset({"q_proj", "k_proj", "v_proj"}), frozenset({"qkv_proj"})),
    (frozenset({"gate_proj", "up_proj"}), frozenset({"gate_up_proj"})),
)
"""What stands for what, either way round: mlx-lm takes the second projection of latent attention apart (0.32.2,
models/deepseek_v3.py, `sanitize`); SGLang and vLLM join the first ones, queries with keys and values, and gates."""

OF = {word: number for number, sides in enumerate(PARTS) for side in sides for word in side}


def parted(wanted: list[Wanted], seen: list[Logical], naming: Naming) -> tuple[list[Pair], list[Wanted], list[Logical]]:
    """Pairs of such matrices, layer by layer; what is left on either side."""
    mine = [(one, cut(one.weight.name)) for one in wanted]
    theirs = [(one, cut(naming.wanted_name(one.group.template))) for one in seen]
    ours = [(one, place, one.weight.index, role) for one, (place, role) in mine if role and not _routed(one)]
    there = [(one, place, one.group.index, role) for one, (place, role) in theirs if role]

    def same(some: Sequence[Wanted], others: Sequence[Logical]) -> bool:
        left = frozenset(_word(one.weight.name) for one in some)
        right = frozenset(_word(naming.wanted_name(one.group.template)) for one in others)
        return (left, right) in PARTS or (right, left) in PARTS

    pairs, left, extra = together(ours, there, same)
    kept = [one for one, (_, role) in mine if not role or _routed(one)]
    return pairs, kept + left, [one for one, (_, role) in theirs if not role] + extra


def cut(name: str) -> tuple[str, str]:
    """Where a matrix stands, and which row of `PARTS` it is of, weights and biases apart; no row for an expert's."""
    place, number = _module(name).rpartition(".")[0], OF.get(_word(name))
    if number is None or expert_name(name) is not None:
        return place, ""
    return place, f"{number}{name.removeprefix(_module(name))}"


def _module(name: str) -> str:
    return name.removesuffix(".weight").removesuffix(".bias")


def _word(name: str) -> str:
    return _module(name).rpartition(".")[2]


def _routed(one: Wanted) -> bool:
    return one.weight.component is Component.ROUTED_EXPERTS
