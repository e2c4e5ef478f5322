"""Numbers that config.json does not state and that move a count: what is assumed, and what another value would make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from moeaudit.architecture.config import Config, Defaulted, Notice
from moeaudit.architecture.families.aliases import section_at
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.summary import Summary, summarise
from moeaudit.architecture.unknown import OTHER_MODALITIES
from moeaudit.architecture.weights import Presence
from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression
from moeaudit.limits import DEFAULTS_TRIED
from moeaudit.text import file_name, short
from moeaudit.vocabulary import Component, Kind, Part

Describe = Callable[[Config], Architecture]

THRESHOLD = Fraction(1, 100)
"""A default that moves total or active parameters by less is no finding."""

NEUTRAL = frozenset(
    (
        "n_group",
        "num_expert_group",
        "topk_group",
        "sliding_window",
        "attention_chunk_size",
        "index_topk",
        "index_topk_blocks",
        "index_block_size",
        "index_kpool",
        "index_skip_topk_offset",
        "num_hash_layers",
        "max_window_layers",
        "chunk_size",
        "mamba_chunk_size",
        "conv_kernel",
        "linear_conv_kernel_dim",
        "mtp_num_hidden_layers",
        "num_nextn_predict_layers",
        "num_mtp_layers",
        "max_position_embeddings",
    )
)
"""Numbers that do not move the language model's parameters and the part a token uses, or by a few of a million."""

STEP = expression(r"(_freq|_frequency|_interval|_step)$")
"""Every how many layers something stands. 1 is no assumption: it says that no layer is left out."""

FACTS = ("layers", "moe_layers", "dense_layers", "routed_experts", "experts_per_token", "shared_experts")
"""Counts of the summary that claims are held against."""


@dataclass(frozen=True)
class Assumed:
    """A number that config.json leaves open, and what follows from it.

    `path`: the field (`text_config.n_shared_experts`); `null`: it is there, without a value. `total`, `active`: the
    language model's parameters, and those one token uses, with the assumed `value`; `other_…`: with `alternative`.
    `moves`: components whose stored parameters change, none where only the share changes that a token uses. `facts`:
    the summary's counts that rest on it (`experts_per_token`). `matters`: it moves a count by more than 1 %.
    """

    path: str
    value: int
    alternative: int
    total: int
    active: int
    other_total: int
    other_active: int
    null: bool
    moves: tuple[Component, ...]
    facts: tuple[str, ...]
    matters: bool

    @property
    def settled_by_weights(self) -> bool:
        """Whether the stored tensors tell which value holds."""
        return bool(self.moves)

    def notice(self, file: str = "config.json") -> Notice:
        name = file_name(file)
        left_open = f"{self.path} is null in {name}" if self.null else f"{name} does not state {self.path}"
        return Notice(
            "default-assumed",
            f"{left_open}; {self.value} is assumed: total {short(self.total)}, active {short(self.active)}; "
            f"with {self.alternative} it is {short(self.other_total)} and {short(self.other_active)}",
            self.path,
            (("assumed", self.value),),
            file,
        )


def assumed(config: Config, describe: Describe, architecture: Architecture) -> tuple[Assumed, ...]:
    """The defaults in `architecture`, read from `config` by `describe`, that a count of the model rests on.

    `config.defaulted` holds what that reading did not find stated. Each such number is described again with another
    value: none where a part may be absent, else twice or half of it.
    """
    found = []
    stated, summary = _counts(architecture), summarise(architecture)
    first = {one.path: one for one in reversed(config.defaulted or ())}
    for one in [one for one in reversed(first.values()) if _decides(one, config.data)][:DEFAULTS_TRIED]:
        value, other = next(_others(one, config, describe), (0, None))
        judged = _judged(one, value, stated, other, summary) if other is not None else None
        found += [judged] if judged is not None and (judged.matters or judged.facts) else []
    return tuple(found)


def _decides(one: Defaulted, data: Mapping[str, Any]) -> bool:
    """Whether it is an assumption about the language model: not the absence of a part, and nothing that follows from
    fields that are stated, as the size of a head does."""
    sections = one.section.split(".")
    elsewhere = any(word in section or section.isdecimal() for section in sections for word in OTHER_MODALITIES)
    every = one.value == 1 and STEP.search(one.names[0])
    return bool(one.value) and not (NEUTRAL & set(one.names) or elsewhere or every or _follows(one, data))


def _follows(one: Defaulted, data: Mapping[str, Any]) -> bool:
    """Whether the value is what every family takes: heads of hidden size ÷ heads, keys and values for each head."""
    section = section_at(data, one.section)
    heads, hidden = section.get("num_attention_heads"), section.get("hidden_size")
    if not isinstance(heads, int) or not isinstance(hidden, int) or heads < 1:
        return False
    return ("head_dim" in one.names and one.value == hidden // heads) or (
        "num_key_value_heads" in one.names and one.value == heads
    )


def _others(one: Defaulted, config: Config, describe: Describe) -> Iterator[tuple[int, Architecture]]:
    """The config described with other values of one field, those that the family refuses left out."""
    for value in (0,) if one.least == 0 else (2 * one.value, one.value // 2):
        data = with_field(config.data, one.path, value)
        if data is None or value < one.least:
            continue
        try:
            yield value, describe(replace(config, data=data, notices=[], asked=None, defaulted=None))
        except UsageError:
            continue


def with_field(data: Mapping[str, Any], path: str, value: int) -> Mapping[str, Any] | None:
    """A copy of the data with one dotted path set; None where its section is not there."""
    name, _, rest = path.partition(".")
    if not rest:
        return {**data, name: value}
    inside = data.get(name)
    changed = with_field(inside, rest, value) if isinstance(inside, Mapping) else None
    return None if changed is None else {**data, name: changed}


def _judged(
    one: Defaulted, value: int, stated: Mapping[Component, tuple[int, int]], other: Architecture, summary: Summary
) -> Assumed:
    moved = _counts(other)
    total, active = _sums(stated.values())
    other_total, other_active = _sums(moved.values())
    matters = abs(other_total - total) > total * THRESHOLD or abs(other_active - active) > active * THRESHOLD
    changed = summarise(other)
    facts = tuple(name for name in FACTS if getattr(summary, name) != getattr(changed, name))
    parts = tuple(part for part in {**stated, **moved} if stated.get(part, (0,))[0] != moved.get(part, (0,))[0])
    return Assumed(
        one.path, one.value, value, total, active, other_total, other_active, bool(one.null), parts, facts, matters
    )


def _counts(architecture: Architecture) -> dict[Component, tuple[int, int]]:
    """(stored, used by one token) of the language model's parameters by component."""
    sums: dict[Component, tuple[int, int]] = {}
    for weight in architecture.weights:
        if (
            weight.part is Part.LANGUAGE
            and weight.kind is Kind.PARAMETER
            and weight.presence is Presence.STORED
            and not weight.duplicate
        ):
            total, active = sums.get(weight.component, (0, 0))
            used = int(weight.elements * weight.share.typical)
            sums[weight.component] = (total + weight.elements, active + used)
    return sums


def _sums(counts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    counts = list(counts)
    return sum(total for total, _ in counts), sum(active for _, active in counts)
