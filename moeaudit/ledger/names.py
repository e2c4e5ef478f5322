"""One name for one weight, whoever wrote the checkpoint: prefixes with a level lost or added, and experts however they
are called and laid out.

A release, a re-save by another library and a conversion name the same tensors differently: `model.` for
`model.language_model.`, `switch_mlp.gate_proj` for `experts.{}.w1`. None of this depends on the family: a prefix is
recognised by the names below it, an expert's matrix by its place in the layer and by whether it leads into the hidden
width or out of it. Templates here are canonical: every number is a `{}`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import field
from enum import StrEnum

from moeaudit.later import dataclass, expression

EXPERTS = expression(
    r"(?P<stem>.*?)(?:^|\.)(?P<module>experts|switch_mlp|switch_glu|local_experts)"
    r"(?:\.(?:mlp|switch_mlp|switch_glu))?(?P<number>\.(?:expert_)?\{\})?(?:\.mlp)?"
    r"\.(?P<word>[A-Za-z0-9_]+?)(?P<kind>\.weight|\.bias|_weight|_bias)?"
)
"""Experts by their module's name: transformers, Megatron and vendors say `experts`, mlx-lm `switch_mlp` or
`switch_glu` (mlx_lm/models/switch_layers.py)."""

PARALLEL = expression(r"(?P<stem>.+)\.(?P<word>input_linear|output_linear)(?P<kind>\.weight|\.bias)?")
"""Experts as IBM's parallel linears: the words are of nothing else (transformers, GraniteMoeParallelExperts)."""

PLAIN = expression(r"(?P<stem>.+?)\.(?P<word>[A-Za-z0-9_]+?)(?P<kind>\.weight|\.bias|_weight|_bias)?")
"""Experts whose module is the layer's own (`block_sparse_moe.input_linear.weight`): only the family knows them."""

LAYER = expression(r"(?:^|[._])(?:layers|layer|blocks|block|h)\.\{\}")
"""Where the first number of a template counts layers."""

MODULES = frozenset({"mlp", "ffn", "feed_forward", "block_sparse_moe", "moe", "mixer", "sparse_moe"})
"""What a layer calls its feed-forward: conversions rename it, and no layer has two of them."""

DOWN = frozenset({"down_proj", "w2", "wo", "fc2", "down", "output_linear", "linear_1", "c_proj", "down_embed"})
"""The matrix that leads back to the hidden width. Every other one leads out of it."""

FUSED = frozenset({"gate_up_proj", "w13", "gate_up", "input_linear", "up_gate_proj"})
"""Gate and up in one matrix."""

SINGLE = frozenset(
    {"gate_proj", "up_proj", "w1", "w3", "v1", "wi", "wi_0", "wi_1", "fc1", "fc3", "gate", "up", "linear", "linear_v",
     "c_fc", "up_embed"}
)  # fmt: skip
"""Gate or up alone."""

WORDS = DOWN | FUSED | SINGLE
"""What experts' matrices are called by those who write checkpoints."""


class Role(StrEnum):
    """Which way an expert's matrix leads."""

    FIRST = "first"
    DOWN = "down"


@dataclass(frozen=True)
class ExpertName:
    """What a name says about a tensor of experts. `place`: the layer and what of it holds the experts, whatever their
    module is called; `numbered`: the last number of the name is the expert's."""

    place: str
    role: Role
    word: str
    bias: bool
    numbered: bool

    @property
    def depth(self) -> int:
        """How many of a template's numbers are the place's own."""
        return self.place.count("{}")

    @property
    def matrix(self) -> str:
        """Which tensor of an expert it is."""
        return f"{self.word} bias" if self.bias else self.word


def expert_name(template: str, *, known: bool = False) -> ExpertName | None:
    """The parts of an experts' tensor name; None where it is none. `known`: the family says that it is one, whatever
    its matrices are called."""
    match = EXPERTS.fullmatch(template)
    if match is not None:
        stem, numbered = match["stem"], match["number"] is not None
    elif (match := PARALLEL.fullmatch(template) or (PLAIN.fullmatch(template) if known else None)) is not None:
        stem, numbered = match["stem"], False
    else:
        return None
    word = match["word"]
    if "shared" in stem.rpartition(".")[2]:
        return None
    if word not in WORDS and (not known or word in ("bias", "weight")):
        return None
    role = Role.DOWN if word in DOWN else Role.FIRST
    return ExpertName(place_of(stem), role, word, match["kind"] in (".bias", "_bias"), numbered)


def place_of(stem: str) -> str:
    """A module's path without the last word where that only says `feed-forward`."""
    head, _, last = stem.rpartition(".")
    return head if last in MODULES else stem


def split_head(template: str) -> tuple[str, str]:
    """A name cut behind its first number (layers of some stack), or before its last module where it has none."""
    head, brace, tail = template.partition("{}")
    if brace:
        return head + brace, tail
    parts = template.split(".")
    return "".join(f"{part}." for part in parts[:-2]), ".".join(parts[-2:])


def base_of(head: str) -> str:
    """What stands before the stack: `model.layers.{}` gives `model.`."""
    return head.removesuffix("{}").rstrip(".").rpartition(".")[0] + "." if "." in head.removesuffix(".{}") else ""


def tail_module(tail: str) -> str:
    """The module of a tail, with its experts called alike: packing only changes what stands behind it."""
    match = EXPERTS.search(tail) if "{}" in tail or "experts" in tail or "switch_" in tail else None
    if match is not None and match.start() == 0:
        return f"{match['stem']}.experts"
    return module_of(tail)


@dataclass
class Naming:
    """How the seen names stand for the wanted ones. `prefixes`: seen → wanted, where they differ."""

    wanted: frozenset[str]
    prefixes: dict[str, str] = field(default_factory=dict)
    singles: dict[str, str] = field(default_factory=dict)

    @classmethod
    def between(cls, wanted: Iterable[str], seen: Iterable[str]) -> Naming:
        """Find the prefixes under which names of one side stand on the other. A prefix is taken for another only where
        most names below it say so, and none of them is at home where it stands."""
        ordered = list(dict.fromkeys(wanted))
        known = frozenset(ordered)
        modules = {module_of(name) for name in known}
        at_home: list[str] = []
        strange: list[str] = []
        for name in dict.fromkeys(seen):
            (at_home if name in known or module_of(name) in modules else strange).append(name)
        made = cls(known)
        if strange:
            made._find_stacks(ordered, at_home, strange)
            made._find_singles(ordered, at_home, strange)
        return made

    def wanted_name(self, template: str) -> str:
        """The name that a seen template has in the architecture; itself where it is not known to differ."""
        if template in self.wanted or not (self.prefixes or self.singles):
            return template
        module = module_of(template)
        if module in self.singles:
            return self.singles[module] + template[len(module) :]
        for prefix, other in self.prefixes.items():
            if template.startswith(prefix):
                return other + template[len(prefix) :]
        return template

    def _find_stacks(self, known: list[str], at_home: list[str], strange: list[str]) -> None:
        ours, theirs, here = _by_head(known), _by_head(strange), _by_head(at_home)
        free = {head: tails - here.get(head, set()) for head, tails in ours.items()}
        for head, tails in sorted(theirs.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            votes = {other: len(tails & there) for other, there in free.items() if other != head}
            best = max(votes, key=lambda other: (votes[other], -len(free[other])), default=None)
            if best is None or votes[best] < MOST_ALIKE or 2 * votes[best] < len(tails):
                continue
            free.pop(best)
            self.prefixes[head] = best
            if (base := base_of(head)) and base not in self.prefixes:
                self.prefixes[base] = base_of(best)
        # the longest prefix first: `language_model.model.` before `language_model.`
        self.prefixes = dict(sorted(self.prefixes.items(), key=lambda pair: -len(pair[0])))

    def _find_singles(self, known: list[str], at_home: list[str], strange: list[str]) -> None:
        """Names without a number (a head, a final norm): by their last module, where that is one's alone."""
        modules = dict.fromkeys(module_of(name) for name in known if "{}" not in name)
        taken = {module_of(name) for name in at_home}
        free = [module for module in modules if module not in taken]
        words = Counter(module.rpartition(".")[2] for module in free)
        for module in dict.fromkeys(module_of(name) for name in strange if "{}" not in name):
            word = module.rpartition(".")[2]
            if module_of(self.wanted_name(f"{module}.weight")) not in modules and words[word] == 1:
                self.singles[module] = next(one for one in free if one.rpartition(".")[2] == word)


MOST_ALIKE = 2
"""Fewer modules below a prefix prove nothing."""


def module_of(template: str) -> str:
    """The name without its last part: `X.weight`, `X.qweight` and `X.weight.absmax` are of one module."""
    template = template.partition(".weight.")[0] + ".weight" if ".weight." in template else template
    return template.rpartition(".")[0] or template


def _by_head(names: Iterable[str]) -> dict[str, set[str]]:
    """The modules below each numbered prefix."""
    found: dict[str, set[str]] = {}
    for name in names:
        if "{}" in name:
            head, tail = split_head(name)
            found.setdefault(head, set()).add(tail_module(tail))
    return found
