"""The reporting checklist as data: every item, and the field of a claim file that states it.

`derive` says what can be found out without being told: D derived exactly from public files, E estimated with a
stated method, P partly (presence or plausibility), - only stated by someone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from moeaudit.later import dataclass

Derive = Literal["D", "E", "P", "-"]


class Group(StrEnum):
    """The four groups of the checklist; each is a section of a claim file."""

    ARCHITECTURE = "architecture"
    RUNTIME = "runtime"
    EVALUATION = "evaluation"
    GOVERNANCE = "governance"


@dataclass(frozen=True)
class Item:
    """One item of the checklist. `field` is its main field in the claim file, in the section of its group."""

    id: str
    group: Group
    field: str
    title: str
    derive: Derive

    @property
    def path(self) -> str:
        return f"{self.group}.{self.field}"


def _items(group: Group, *rows: tuple[str, str, str, Derive]) -> tuple[Item, ...]:
    return tuple(Item(id, group, field, title, derive) for id, field, title, derive in rows)


ITEMS: tuple[Item, ...] = (
    *_items(
        Group.ARCHITECTURE,
        ("A01", "total_parameters", "total parameters, with denominator", "D"),
        ("A02", "non_embedding_parameters", "non-embedding parameters", "D"),
        ("A03", "active_parameters", "active parameters per token", "D"),
        ("A04", "active_counts", "what active counts: routed only, routed and shared, or the full path", "D"),
        ("A05", "routed_experts", "routed experts per layer", "D"),
        ("A06", "experts_per_token", "experts selected per token", "D"),
        ("A07", "shared_experts", "shared experts, their number and width", "D"),
        ("A08", "moe_layers", "which layers are MoE", "D"),
        ("A09", "routing", "routing method", "P"),
        ("A10", "load_balancing", "load balancing", "P"),
        ("A11", "capacity_policy", "capacity policy, in training and in serving", "P"),
        ("A12", "stored_capacity", "stored capacity: bytes in the checkpoint, weight format", "D"),
        ("A13", "side_modules", "modules beside the main path, and whether they are in the totals", "D"),
    ),
    *_items(
        Group.RUNTIME,
        ("R01", "context_length", "context length: trained, configured, served", "P"),
        ("R02", "precision", "precision or quantisation, per part", "D"),
        ("R03", "batch_conditions", "batch and concurrency behind any speed figure", "-"),
        ("R04", "latency", "latency at a target batch size", "E"),
        ("R05", "throughput", "throughput, and whether per device or whole", "E"),
        ("R06", "memory", "peak memory and memory footprint", "E"),
        ("R07", "interconnect", "interconnect requirement", "E"),
        ("R08", "hardware", "serving hardware: kind, count, layout", "-"),
        ("R09", "expert_placement", "expert-parallel layout and expert placement, redundant experts", "-"),
        ("R10", "fallback", "fallback behaviour and load shedding", "-"),
        ("R11", "capacity_events", "token dropping or capacity events in serving", "-"),
        ("R12", "router_telemetry", "router telemetry: what is recorded, kept how long, read by whom", "-"),
        ("R13", "cost_per_million_tokens", "cost per million input and output tokens, with the assumptions", "E"),
        ("R14", "serving_stack", "serving stack and version, flags", "P"),
        ("R15", "modes", "mode switches: thinking, safety wrapper, tools, retrieval", "-"),
    ),
    *_items(
        Group.EVALUATION,
        ("E01", "checkpoint", "exact checkpoint evaluated", "P"),
        ("E02", "variant", "base or instruction-tuned variant", "P"),
        ("E03", "path", "hosted or self-hosted path", "-"),
        ("E04", "harness", "harness, version, task revisions", "-"),
        ("E05", "coverage", "languages and domains covered", "-"),
        ("E06", "route_coverage", "route-coverage tests: which experts and layers were exercised", "P"),
        ("E07", "long_context", "long-context tests, by position", "-"),
        ("E08", "safety", "safety tests, adversarial inputs", "-"),
        ("E09", "mitigation_differences", "differences before and after mitigation", "-"),
        ("E10", "matched_on", "what a dense comparison is matched on", "-"),
        ("E11", "reporter", "who reports it: provider, paper, or independently reproduced", "-"),
        ("E12", "delivered_path", "evaluated path = delivered path", "P"),
        ("E13", "route_regression", "route-conditioned regression testing on update", "P"),
        ("E14", "buyer_domain", "quality and safety on the buyer's own domain, prompts and tools", "-"),
        ("E15", "unevenness", "unevenness across languages, dialects, rare topics, positions", "-"),
    ),
    *_items(
        Group.GOVERNANCE,
        ("G01", "licence", "licence of weights and of code; changes within the family", "P"),
        ("G02", "weights_location", "where the weights are, and their digests", "D"),
        ("G03", "weight_security", "model-weight security for the full stored capacity", "-"),
        ("G04", "downstream_documentation", "downstream documentation (AI Act Annex XII)", "P"),
        ("G05", "incident_evidence", "incident evidence kept", "-"),
        ("G06", "router_log_policy", "retention, access and purpose for router logs", "-"),
        ("G07", "general_purpose_duties", "AI Act general-purpose duties and the 10^23 FLOP criterion", "E"),
        ("G08", "systemic_risk", "AI Act systemic-risk presumption above 10^25 FLOP", "E"),
        ("G09", "training_tokens", "training tokens", "-"),
        ("G10", "training_compute", "training compute and how counted; GPU-hours are not dollars", "E"),
        ("G11", "release_date", "release date, with every number", "-"),
        ("G12", "distribution", "downloadable checkpoint or hosted product", "-"),
        ("G13", "energy", "energy, training and inference", "E"),
    ),
)

BY_ID: dict[str, Item] = {item.id: item for item in ITEMS}


@dataclass(frozen=True)
class Field:
    """A field of a claim file: the item it answers, and what its figure counts (`None` for text)."""

    path: str
    item: str
    kind: str | None = None


KINDS_OF_ITEMS: dict[str, str] = {
    "A01": "total",
    "A02": "non-embedding",
    "A03": "active",
    "A05": "routed_experts",
    "A06": "experts_per_token",
    "A07": "shared_experts",
    "A08": "moe_layers",
    "A12": "bytes",
    "R01": "context",
    "R06": "bytes",
    "G09": "tokens",
    "G10": "flop",
}

MORE_FIELDS: tuple[Field, ...] = (
    Field("architecture.active_non_embedding_parameters", "A02", "active-non-embedding"),
    Field("architecture.embedding_parameters", "A02", "embedding"),
    Field("architecture.attention_parameters", "A02", "attention"),
    Field("architecture.mlp_parameters", "A02", "mlp"),
    Field("architecture.expert_parameters", "A02", "experts"),
    Field("architecture.shared_expert_width", "A07", "width"),
    Field("architecture.layers", "A08", "layers"),
    Field("architecture.dense_layers", "A08", "dense_layers"),
    Field("architecture.mtp_parameters", "A13", "mtp"),
    Field("architecture.vision_parameters", "A13", "vision"),
    Field("architecture.audio_parameters", "A13", "audio"),
    Field("architecture.stored_parameters", "A12", "stored"),
    Field("governance.code_licence", "G01"),
    Field("governance.gpu_hours", "G10", "gpu_hours"),
    Field("governance.training_cost", "G10", "dollars"),
)
"""Further figures that answer an item beside its main field."""

FIELDS: dict[str, Field] = {
    field.path: field
    for field in (*(Field(item.path, item.id, KINDS_OF_ITEMS.get(item.id)) for item in ITEMS), *MORE_FIELDS)
}

DEPLOYMENT_ITEMS: dict[str, str] = {
    "checkpoint": "E12",
    "path": "E12",
    "stack": "R14",
    "version": "R14",
    "hardware": "R08",
    "layout": "R09",
    "expert_placement": "R09",
    "routing_policy": "E12",
    "precision": "R02",
    "context": "R01",
    "mode": "R15",
    "batch_conditions": "R03",
    "fallback": "R10",
    "load_shedding": "R10",
    "capacity_events": "R11",
    "telemetry_policy": "R12",
    "tools": "R15",
    "filters": "R15",
    "post_processing": "R15",
}
"""Fields of the serving record, and the item that each answers."""

EVALUATION_ITEMS: dict[str, str] = {
    "name": "E05",
    "score": "E11",
    "checkpoint": "E01",
    "variant": "E02",
    "path": "E03",
    "harness": "E04",
    "mode": "R15",
    "precision": "R02",
    "routing_policy": "E12",
    "context": "R01",
    "reporter": "E11",
    "matched_on": "E10",
}
"""Fields of one evaluation record, and the item that each answers."""
