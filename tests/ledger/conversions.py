"""What conversions do to a checkpoint: experts laid out otherwise, matrices joined, prefixes moved. By this file's own
rules, from a release's weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from moeaudit.architecture.weights import Indices, Weight
from moeaudit.vocabulary import Component, Part
from tests.ledger.releases import Family

# Layouts of the routed experts.


@dataclass(frozen=True)
class Bank:
    """The routed experts of some layers: `inner` wide, of a model `hidden` wide."""

    stem: str
    layers: Indices
    experts: int
    inner: int
    hidden: int
    gated: bool
    biased: bool
    like: Weight

    def weight(self, suffix: str, shape: tuple[int, ...], numbers: Indices | None = None) -> Weight:
        index = (self.layers, *((numbers if numbers is not None else range(self.experts),) if "{}" in suffix else ()))
        return replace(self.like, name=f"{self.stem}.{suffix}", index=index, shape=shape)


EXPERTS = re.compile(r"(?P<stem>.+?)\.(?:experts\.|(?=(?:input|output)_linear))(?P<rest>.+)")
DOWN = re.compile(r"(down_proj|w2|output_linear)(\.weight)?$")
FIRST = re.compile(r"(gate_proj|up_proj|gate_up_proj|w1|w3|v1|input_linear)(\.weight)?$")


def banks(weights: Iterable[Weight], family: Family, config: Mapping[str, Any]) -> list[Bank]:
    """The routed experts of a release, layer by layer alike."""
    rows: dict[tuple[str, Part, Indices], list[Weight]] = {}
    for one in weights:
        if one.component is Component.ROUTED_EXPERTS:
            match = EXPERTS.fullmatch(one.name)
            assert match is not None, one.name
            rows.setdefault((match["stem"], one.part, tuple(one.index[0])), []).append(one)
    experts, hidden = family.stated(family.experts, config), family.stated(family.hidden, config)
    made = []
    for (stem, _, layers), each in rows.items():
        down = sum(one.elements for one in each if DOWN.search(one.name))
        first = sum(one.elements for one in each if FIRST.search(one.name))
        inner = down // (experts * hidden * len(layers))
        biased = any("bias" in one.name for one in each)
        made.append(Bank(stem, each[0].index[0], experts, inner, hidden, first == 2 * down, biased, each[0]))
    return made


Layout = Callable[[Bank], Iterator[Weight]]


def _numbered(pattern: str, gate: str, up: str, down: str) -> Layout:
    def lay(bank: Bank) -> Iterator[Weight]:
        words = ((gate, bank.inner, bank.hidden), (up, bank.inner, bank.hidden), (down, bank.hidden, bank.inner))
        for word, rows, columns in words[0 if bank.gated else 1 :]:
            yield bank.weight(f"{pattern}.{word}.weight", (rows, columns))
            if bank.biased:
                yield bank.weight(f"{pattern}.{word}.bias", (rows,))

    return lay


def _stacked(module: str, gate: str, up: str, down: str, ending: str = "", *, turned: bool = False) -> Layout:
    """Experts first. `ending`: of a weight's name; biases then end alike. `turned`: inputs before outputs."""

    def lay(bank: Bank) -> Iterator[Weight]:
        words = ((gate, bank.inner, bank.hidden), (up, bank.inner, bank.hidden), (down, bank.hidden, bank.inner))
        for word, rows, columns in words[0 if bank.gated else 1 :]:
            shape = (columns, rows) if turned else (rows, columns)
            yield bank.weight(f"{module}.{word}{ending}", (bank.experts, *shape))
            if bank.biased:
                yield bank.weight(f"{module}.{word}{'.bias' if ending else '_bias'}", (bank.experts, rows))

    return lay


def _fused(module: str, both: str, down: str, ending: str = "", *, turned: bool = False) -> Layout:
    def lay(bank: Bank) -> Iterator[Weight]:
        first, rows = (both, 2 * bank.inner) if bank.gated else (both.replace("gate_", ""), bank.inner)
        for word, outputs, inputs in ((first, rows, bank.hidden), (down, bank.hidden, bank.inner)):
            shape = (inputs, outputs) if turned else (outputs, inputs)
            yield bank.weight(f"{module}{word}{ending}", (bank.experts, *shape))
            if bank.biased:
                yield bank.weight(f"{module}{word}{'.bias' if ending else '_bias'}", (bank.experts, outputs))

    return lay


def _numbered_fused(bank: Bank) -> Iterator[Weight]:
    rows = 2 * bank.inner if bank.gated else bank.inner
    words = (("gate_up_proj" if bank.gated else "up_proj", rows, bank.hidden), ("down_proj", bank.hidden, bank.inner))
    for word, outputs, inputs in words:
        yield bank.weight(f"experts.{{}}.{word}.weight", (outputs, inputs))
        if bank.biased:
            yield bank.weight(f"experts.{{}}.{word}.bias", (outputs,))


def _flat(bank: Bank) -> Iterator[Weight]:
    """As dbrx: every matrix (experts × inner, hidden), the last one turned."""
    for word in ("w1", "v1", "w2") if bank.gated else ("w1", "w2"):
        yield bank.weight(f"experts.mlp.{word}", (bank.experts * bank.inner, bank.hidden))


LAYOUTS: dict[str, Layout] = {
    "numbered": _numbered("experts.{}", "gate_proj", "up_proj", "down_proj"),
    "numbered w": _numbered("experts.{}", "w1", "w3", "w2"),
    "numbered expert_": _numbered("experts.expert_{}", "gate_proj", "up_proj", "down_proj"),
    "numbered fused": _numbered_fused,
    "stacked": _fused("experts.", "gate_up_proj", "down_proj"),
    "stacked .weight": _fused("experts.", "gate_up_proj", "down_proj", ".weight"),
    "stacked split": _stacked("experts", "gate_proj", "up_proj", "down_proj"),
    "stacked w": _stacked("experts", "w1", "w3", "w2"),
    "turned": _fused("experts.", "gate_up_proj", "down_proj", turned=True),
    "turned split": _stacked("experts", "gate_proj", "up_proj", "down_proj", turned=True),
    "flat": _flat,
    "switch_mlp": _stacked("switch_mlp", "gate_proj", "up_proj", "down_proj", ".weight"),
    "switch_glu": _stacked("experts.switch_glu", "gate_proj", "up_proj", "down_proj", ".weight"),
    "linear": _fused("", "input_linear", "output_linear", ".weight"),
}
"""transformers (numbered, stacked, turned), vendors (w1/w2/w3), dbrx (flat), mlx-lm (switch_*), granite (linear)."""

UNGATED: dict[str, Layout] = {"switch fc": _stacked("switch_mlp", "gate", "fc1", "fc2", ".weight")}
"""mlx-lm's names for experts without a gate (mlx_lm/models/switch_layers.py, SwitchMLP)."""


def relaid(weights: Sequence[Weight], layout: Layout, family: Family, config: Mapping[str, Any]) -> list[Weight]:
    """The release with its experts laid out so."""
    rest = [one for one in weights if one.component is not Component.ROUTED_EXPERTS]
    return rest + [one for bank in banks(weights, family, config) for one in layout(bank)]


# Matrices joined, modules renamed, prefixes moved.


def _join(words: Sequence[str], joined: str) -> Callable[[Sequence[Weight]], list[Weight]]:
    """The matrices (and biases) of these words in one, where all are there with as many inputs."""

    def join(weights: Sequence[Weight]) -> list[Weight]:
        rows: dict[tuple[str, str, tuple[Indices, ...]], dict[str, Weight]] = {}
        for one in weights:
            match = re.fullmatch(rf"(.+\.)({'|'.join(words)})(\.weight|\.bias)", one.name)
            if match and one.component is not Component.ROUTED_EXPERTS and one.part in (Part.LANGUAGE, Part.MTP):
                rows.setdefault((match[1], match[3], one.index), {})[match[2]] = one
        made, gone = [], set()
        for (stem, ending, _), each in rows.items():
            if len(each) == len(words) and len({one.shape[1:] for one in each.values()}) == 1:
                first = next(iter(each.values()))
                shape = (sum(one.shape[0] for one in each.values()), *first.shape[1:])
                made.append(replace(first, name=f"{stem}{joined}{ending}", shape=shape))
                gone |= set(map(id, each.values()))
        return [one for one in weights if id(one) not in gone] + made

    return join


JOINS: dict[str, Callable[[Sequence[Weight]], list[Weight]]] = {
    "apart": list,
    "gate_up_proj": _join(("gate_proj", "up_proj"), "gate_up_proj"),
    "qkv_proj": _join(("q_proj", "k_proj", "v_proj"), "qkv_proj"),
}

Move = Callable[[str, str], str]
"""(name, the family's root) → name."""


def _lost(name: str, root: str) -> str:
    levels = root.removesuffix(".").split(".")
    shorter = ".".join(levels[:-1] if levels[0] != "language_model" else levels[1:])
    if levels[0] == "language_model" and not name.startswith(root):
        return name.removeprefix("language_model.")
    return f"{shorter}.{name[len(root) :]}".lstrip(".") if name.startswith(root) else name


PREFIXES: dict[str, Move] = {
    "own": lambda name, root: name,
    "a level lost": _lost,
    "language_model. before": lambda name, root: f"language_model.{name}",
    "language_model. within": lambda name, root: (
        f"{root}language_model.{name[len(root) :]}" if name.startswith(root) else name
    ),
    "base_model.model. before": lambda name, root: f"base_model.model.{name}",
    "the head elsewhere": lambda name, root: f"{root}{name}" if name.startswith("lm_head") else name,
}


def moved(weights: Iterable[Weight], move: Move, root: str) -> list[Weight]:
    """The language model (and its prediction modules) under another prefix; encoders stay."""
    return [
        replace(one, name=move(one.name, root)) if one.part in (Part.LANGUAGE, Part.MTP) else one for one in weights
    ]
