"""The constructions by which a figure finds its noun, each with sentences that it reads and sentences that it must not.

They are tried in order; the first whose noun states a field of the figure's size decides. A new one is a function and
its examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from moeaudit.claims.card.context import again
from moeaudit.claims.card.nouns import Marks, Phrase
from moeaudit.claims.card.pairs import pair
from moeaudit.claims.card.sides import adjective_before, adjective_behind, carried_noun, left_noun, one_word, right_noun
from moeaudit.claims.card.wholes import bracketed_size, chosen, of_which, part_of_it, plus, sized, symbol, whole
from moeaudit.later import dataclass

Reads = Callable[[Marks, int], Iterator[Phrase]]
Example = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Construction:
    """How a figure may stand to its noun. `examples` are sentences with the fields they state; `never` state none."""

    id: str
    reads: Reads
    examples: tuple[Example, ...]
    never: tuple[str, ...] = ()


CONSTRUCTIONS: tuple[Construction, ...] = (
    Construction(
        "one-word",
        one_word,
        (("Now out: a 397B-A17B MoE.", {"397B": "total_parameters", "17B": "active_parameters"}),),
        ("It beats Qwen3-30B-A3B.",),
    ),
    Construction(
        "pair",
        pair,
        (
            ("A 3B/16B-parameter MoE.", {"3B": "active_parameters", "16B": "total_parameters"}),
            ("Sparsity: 8/256 experts.", {"8": "experts_per_token", "256": "routed_experts"}),
            ("#Activated / #Total Params: 15B / 309B", {"15B": "active_parameters", "309B": "total_parameters"}),
            ("A 671B/37B (total/active) MoE.", {"671B": "total_parameters", "37B": "active_parameters"}),
        ),
        ("2B / 3B active users", "1/32 of all experts"),
    ),
    Construction(
        "chosen",
        chosen,
        (("采用128选8的专家路由", {"128": "routed_experts", "8": "experts_per_token"}),),
    ),
    Construction(
        "symbol",
        symbol,
        (("The MoE blocks use E=64, k=6.", {"64": "routed_experts", "6": "experts_per_token"}),),
        ("A grid with k=6 points.",),
    ),
    Construction(
        "noun-behind",
        right_noun,
        (
            ("It has 671B total parameters.", {"671B": "total_parameters"}),
            ("It uses only 37B of its 671B parameters.", {"37B": "active_parameters", "671B": "total_parameters"}),
            ("It was trained on 14.8T diverse and high-quality tokens.", {"14.8T": "training_tokens"}),
            ("256 routed and 1 shared experts", {"256": "routed_experts", "1": "shared_experts"}),
            ("A 45-layer Transformer.", {"45": "layers"}),
        ),
        ("It saw 3 billion images.", "Each expert has 3.4B parameters.", "It has 64 attention heads."),
    ),
    Construction(
        "whole",
        whole,
        (("8 experts out of 128 are used", {"8": "experts_per_token", "128": "routed_experts"}),),
    ),
    Construction(
        "adjective-behind",
        adjective_behind,
        (
            ("671B total, 37B active.", {"671B": "total_parameters", "37B": "active_parameters"}),
            ("256 routed experts plus 1 shared", {"256": "routed_experts", "1": "shared_experts"}),
        ),
    ),
    Construction(
        "of-which",
        of_which,
        (
            ("61 layers, the first 3 of which are dense", {"61": "layers", "3": "dense_layers"}),
            ("236B parameters, of which 21B", {"236B": "total_parameters", "21B": "active_parameters"}),
        ),
    ),
    Construction(
        "noun-before",
        left_noun,
        (
            ("Total parameters: 671B", {"671B": "total_parameters"}),
            ("a context length of up to 128K", {"128K": "context_length"}),
            ("参数总量为6710亿", {"6710亿": "total_parameters"}),
        ),
        ("The dense layer 0 is kept.",),
    ),
    Construction(
        "adjective-before",
        adjective_before,
        (
            ("It activates only 11B.", {"11B": "active_parameters"}),
            ("每个token激活370亿", {"370亿": "active_parameters"}),
        ),
    ),
    Construction(
        "part-of-it",
        part_of_it,
        (
            ("Of the 64 experts it takes 6.", {"64": "routed_experts", "6": "experts_per_token"}),
            ("64個のエキスパートのうち6個を使う", {"64": "routed_experts", "6": "experts_per_token"}),
        ),
        ("Of 200 users 6 agreed.",),
    ),
    Construction(
        "sized",
        sized,
        (("Nova weighs in at 1.2T.", {"1.2T": "total_parameters"}),),
        ("It weighs in at 40 kg.",),
    ),
    Construction(
        "bracketed-size",
        bracketed_size,
        (("It grew out of Qwen3-Next-Flash (100B).", {"100B": "total_parameters"}),),
        ("It costs (100B) much.",),
    ),
    Construction(
        "plus",
        plus,
        (("Experts: 160+2", {"160": "routed_experts", "2": "shared_experts"}),),
        ("Score: 160+2",),
    ),
    Construction(
        "context-again",
        again,
        (("A native context of 256K, extensible to 1M.", {"256K": "context_length", "1M": "context_length"}),),
        ("Grown to 128K users.",),
    ),
    Construction(
        "label",
        carried_noun,
        (("Layers: 61 (first 3 dense)", {"61": "layers", "3": "dense_layers"}),),
    ),
)
