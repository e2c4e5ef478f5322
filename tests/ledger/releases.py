"""Releases of small models and what they truly hold, with a reader that gives an index first and headers when asked.

Nothing here asks the code under test what it expects. Widths are those of real releases, layers and experts are few:
no file is written, so width costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Presence, Weight
from moeaudit.audits.inspect import settled
from moeaudit.errors import NoEvidence
from moeaudit.evidence.model import Beside, Depth, Evidence, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.reader import Reader
from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.inspection import Inspection
from moeaudit.vocabulary import Component, Kind, Part
from tests.architecture.recordings import Recording

INDEX_FILE = "model.safetensors.index.json"

# Families: where the config says how many experts there are and how many one token uses.


@dataclass(frozen=True)
class Family:
    """`experts`, `selected`, `hidden`: dotted paths of config fields; `root`: the prefix of the language model."""

    model_type: str
    experts: str
    selected: str = "num_experts_per_tok"
    hidden: str = "hidden_size"
    root: str = "model."

    @property
    def config(self) -> dict[str, Any]:
        return {**Recording.load(self.model_type).small, "torch_dtype": "bfloat16"}

    def stated(self, path: str, config: Mapping[str, Any]) -> int:
        value: Any = config
        for part in path.split("."):
            value = value[part]
        return int(value)


FAMILIES = {
    one.model_type: one
    for one in (
        Family("qwen3_moe", "num_local_experts"),
        Family("mixtral", "num_local_experts"),
        Family("minimax_m2", "num_local_experts"),
        Family("gpt_oss", "num_local_experts"),
        Family("dbrx", "ffn_config.moe_num_experts", "ffn_config.moe_top_k", "d_model", "transformer."),
        Family("deepseek_v3", "n_routed_experts"),
        Family(
            "qwen3_5_moe",
            "text_config.num_experts",
            "text_config.num_experts_per_tok",
            "text_config.hidden_size",
            "model.language_model.",
        ),
        Family(
            "llama4",
            "text_config.num_local_experts",
            "text_config.num_experts_per_tok",
            "text_config.hidden_size",
            "language_model.model.",
        ),
        Family("nemotron_h", "n_routed_experts", root="backbone."),
        Family("kimi_linear", "num_experts", "num_experts_per_token"),
        Family("glm_moe_dsa", "n_routed_experts"),
        Family("granitemoe", "num_local_experts"),
    )
}


@dataclass(frozen=True)
class Truth:
    """What a release holds, summed by hand."""

    total: int
    active: Fraction
    head: Fraction
    stored: int
    mtp: int
    vision: int

    @property
    def values(self) -> dict[str, Fraction]:
        """By the ids of the denominators."""
        return {
            "total.full": Fraction(self.total),
            "active.full": self.active,
            "active.head": self.head,
            "total.stored": Fraction(self.stored),
            "mtp.unique": Fraction(self.mtp),
            "modality.vision": Fraction(self.vision),
        }


def true_of(family: Family) -> Truth:
    """What the family's own small release holds."""
    config = family.config
    return truth(
        release(family, config), Fraction(family.stated(family.selected, config), family.stated(family.experts, config))
    )


def release(family: Family, config: Mapping[str, Any]) -> list[Weight]:
    """What a release with this config stores: all that the config settles."""
    return [one for one in describe(Config(config)).weights if one.presence is Presence.STORED]


def truth(weights: Iterable[Weight], share: Fraction, tied: bool = False) -> Truth:
    """Sums over a release before anything is packed; one token uses `share` of the routed experts."""
    kept = [one for one in weights if one.kind is Kind.PARAMETER]
    language = [one for one in kept if one.part is Part.LANGUAGE]
    total = sum(one.elements for one in language)
    routed = sum(one.elements for one in language if one.component is Component.ROUTED_EXPERTS)
    embedding = sum(one.elements for one in language if one.component is Component.EMBEDDING)
    active = total - routed + routed * share
    return Truth(
        total,
        active,
        active - (0 if tied else embedding),
        sum(one.elements for one in kept),
        sum(one.elements for one in kept if one.part is Part.MTP and not one.duplicate),
        sum(one.elements for one in kept if one.part is Part.VISION),
    )


# Evidence, and a reader of it.


@dataclass
class Held(Reader):
    """Index first, then headers: what a repo with both is to the loop that deepens."""

    evidence: Evidence

    @property
    def first(self) -> Depth:
        return Depth.INDEX if self.evidence.index is not None else Depth.HEADERS

    def has(self, depth: Depth) -> bool:
        return depth is not Depth.HEADERS or self.evidence.headers is not None

    def read(self, depth: Depth) -> Evidence:
        if not self.has(depth):
            raise NoEvidence("no shard is there")
        return self.evidence if depth is Depth.HEADERS else replace(self.evidence, headers=None)


def evidence_of(
    config: Mapping[str, Any],
    table: TensorTable,
    *,
    total_size: int | None = None,
    beside: tuple[Beside, ...] = (),
    missing: tuple[str, ...] = (),
    headers: TensorTable | None = None,
) -> Evidence:
    """A repo whose index names `table`; its headers are those of `table`, or others."""
    index = Index(INDEX_FILE, table.names_only(), total_size=total_size)
    return Evidence(
        ModelRef("org/model", Source.FOLDER), JsonFile("config.json", config), index=index,
        headers=table if headers is None else headers, beside=beside, missing_shards=missing,
    )  # fmt: skip


def by_default(config: Mapping[str, Any], table: TensorTable, **more: Any) -> Inspection:
    """What `inspect` says without `--depth`."""
    more.setdefault("total_size", table.bytes)
    return settled(Held(evidence_of(config, table, **more)))


def causes(inspection: Inspection) -> list[str]:
    return sorted(doubt.cause.value for doubt in inspection.account.doubts)
