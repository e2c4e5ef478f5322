"""Bytes between devices: what tensor, expert and pipeline parallelism send per layer and step."""

from __future__ import annotations

from math import comb

from moeaudit.costs.memory import Deployment
from moeaudit.costs.served import ExpertShape
from moeaudit.later import dataclass

SCALES = 128
"""Elements per 32-bit scale of an 8-bit dispatch (DeepEP)."""
META = 16
"""Bytes of indices and weights that travel with a dispatched token (DeepEP)."""


def distinct_experts(experts: int, selected: int, tokens: float) -> float:
    """Experts of a layer that a batch touches, tokens choosing alike: E · (1 − (1 − k/E)^B)."""
    return float(experts * (1 - (1 - selected / experts) ** tokens))


def distinct_ranks(experts: int, selected: int, ranks: int) -> float:
    """Ranks that one token's experts lie on: R · (1 − C(E − E/R, k) / C(E, k)). Copies to the same rank travel once."""
    if ranks <= 1:
        return float(ranks)
    elsewhere = experts - experts // ranks
    return ranks * (1 - comb(elsewhere, selected) / comb(experts, selected)) if selected <= elsewhere else float(ranks)


def reached_ranks(shape: ExpertShape, ranks: int) -> float:
    """Ranks a token is sent to: the expected distinct ones, at most one per selected expert, and group-limited
    routing caps them."""
    cap = shape.top_groups * -(-ranks // shape.groups) if shape.groups > 1 else ranks
    return min(distinct_ranks(shape.experts, shape.selected, ranks), shape.selected, cap)


def dispatched(hidden: int) -> float:
    """Bytes of one token's copy on its way to an expert: 8 bits an element, a scale per 128, indices and weights."""
    return hidden + 4 * hidden / SCALES + META


def combined(hidden: int) -> int:
    """Bytes of one copy on its way back, in bf16."""
    return 2 * hidden


@dataclass(frozen=True)
class Traffic:
    """Bytes one device sends for one step of `tokens` tokens per attention group.

    `dispatch_per_layer` and `combine_per_layer` count a copy per distinct other rank; `every_copy`: both together if
    each selected expert got a copy of its own. `distinct_experts`: those of a layer that the step touches.
    """

    tokens: int
    dispatch_per_layer: int
    combine_per_layer: int
    every_copy: int
    distinct_experts: float
    reduce_per_layer: int
    expert_layers: int
    layers: int
    between_stages: int
    share_between_nodes: float

    @property
    def per_step(self) -> int:
        """Everything, over all layers of the model."""
        return (
            (self.dispatch_per_layer + self.combine_per_layer) * self.expert_layers
            + self.reduce_per_layer * self.layers
            + self.between_stages
        )


def traffic(deployment: Deployment, tokens: int) -> Traffic:
    """Dispatch in 8 bits with scales, combine in bf16 (DeepEP); two all-reduces per layer under tensor parallelism.

    Without expert parallelism the experts' sum is one of those all-reduces. A ring sends 2 · (n − 1) / n of what it
    reduces.
    """
    model, fleet, layout = deployment.model, deployment.fleet, deployment.layout
    hidden, shape = model.hidden, model.experts
    dispatch = combine = every_copy = 0
    if layout.ep and shape and layout.ranks > 1:
        away = reached_ranks(shape, layout.ranks) * (layout.ranks - 1) / layout.ranks
        mine = tokens / layout.tp
        dispatch, combine = int(mine * away * dispatched(hidden)), int(mine * away * combined(hidden))
        every_copy = int(mine * shape.selected * (dispatched(hidden) + combined(hidden)))
    touched = distinct_experts(shape.experts, shape.selected, tokens * layout.dp) if shape else 0.0
    ring = 2 * (layout.tp - 1) / layout.tp if layout.tp > 1 else 0.0
    per_layer = (1 if layout.ep else 2) * ring * tokens * hidden * 2
    if shape and not layout.ep and layout.dp > 1:
        per_layer += 2 * (layout.dp - 1) / layout.dp * tokens * layout.dp * hidden * 2
    handed_on = 2 * hidden * tokens * model.handovers(layout.pp)
    crossing = 0.0 if layout.ranks <= fleet.domain else 1 - (fleet.domain - 1) / (layout.ranks - 1)
    return Traffic(
        tokens,
        dispatch,
        combine,
        every_copy,
        touched,
        int(per_layer),
        model.expert_layers,
        model.executed_layers,
        handed_on,
        crossing,
    )


def link_seconds(deployment: Deployment, sent: Traffic, share: float) -> float | None:
    """Time one device's links are busy, at `share` of their peak. None where the link's speed is not known."""
    fleet, layout = deployment.fleet, deployment.layout
    inside = fleet.link
    if layout.ranks * layout.pp == 1:
        return 0.0
    if inside is None:
        return None
    stages_cross = layout.pp > 1 and layout.ranks * layout.pp > fleet.domain
    within_stage = sent.per_step - sent.between_stages
    slow = within_stage * sent.share_between_nodes + (sent.between_stages if stages_cross else 0)
    return (slow / fleet.between + (sent.per_step - slow) / inside) / 1e9 / share
