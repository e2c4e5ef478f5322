"""`estimate --format json`, schema moeaudit/estimate/v1: counts as integers, sizes in bytes, rates per second."""

from __future__ import annotations

import json
from math import ceil
from typing import Any

from moeaudit.checks.settlement import Settlement
from moeaudit.costs.estimate import Estimate, Longer, Option, utilization_needed
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.flops import Flops
from moeaudit.costs.memory import StageMemory
from moeaudit.costs.search import Fit
from moeaudit.costs.serving import Serving, Span
from moeaudit.costs.traffic import Traffic
from moeaudit.costs.training import Training

SCHEMA = "moeaudit/estimate/v1"


def render(found: Estimate, rests_on: Settlement | None = None) -> str:
    return json.dumps(document(found, rests_on), indent=2, ensure_ascii=True) + "\n"


def document(found: Estimate, rests_on: Settlement | None = None) -> dict[str, Any]:
    """The estimate as plain data. `rests_on`: the settlement of the counts that it is made from."""
    fleet, work = found.fleet, found.fleet.workload
    return {
        "schema": SCHEMA,
        "model": {
            "id": found.model.name,
            "family": found.model.architecture.family,
            "storage": found.model.storage.origin,
        },
        "storage": None
        if rests_on is None
        else {"basis": rests_on.basis.value, "open": rests_on.open, "needs": rests_on.needs},
        "fleet": {
            "device": fleet.device.name,
            "devices": fleet.devices,
            "nodes": fleet.nodes,
            "engine": fleet.settings.engine.name,
            "engine_version": fleet.settings.engine.version or None,
            "memory_utilization": fleet.settings.utilization,
            "cache_dtype": fleet.settings.cache_dtype,
            "price_per_device_hour": fleet.prices.device_hour,
            "currency": fleet.prices.currency,
        },
        "workload": {
            "context": work.context,
            "context_assumed": work.assumed,
            "concurrency": work.concurrency,
            "input_tokens": work.input_tokens,
            "output_tokens": work.output_tokens,
            "request_tokens": work.length,
        },
        "flops": {
            "prefill_per_token": found.prefill.total,
            "decode_per_token": found.decode.total,
            "prefill": _flops(found.prefill),
            "decode": _flops(found.decode),
            "context": work.context,
            "inference_benchmark": {
                "tokens": found.benchmark.tokens,
                "flop": found.benchmark.flop,
                "task": found.benchmark.task,
            },
            "training": _training(found.training),
        },
        "fits": found.fits,
        "verdict": found.verdict.value,
        "layouts": [_layout(option, found) for option in found.options],
        "smallest_fleet": _smallest(found.smallest),
        "longest_context": _longer(found.longer),
        "offload": _offload(found),
        "unmodelled": list(fleet.unmodelled),
        "assumptions": list(found.assumptions),
    }


def _flops(flops: Flops) -> dict[str, Any]:
    return {
        "total": flops.total,
        "low": flops.low,
        "high": flops.high,
        "matmuls": flops.matmuls,
        "between_positions": flops.positions,
        "components": {component.value: count for component, count in flops.components.items()},
    }


def _training(found: Training | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "tokens": found.tokens,
        "sequence": found.sequence,
        "low": found.low,
        "typical": found.typical,
        "high": found.high,
        "shorthands": [
            {"label": item.label, "denominator": item.denominator, "flop": item.flop} for item in found.shorthands
        ],
        "thresholds": [
            {
                "flop": threshold.flop,
                "title": threshold.title,
                "verdict": verdict,
                "meaning": threshold.decides,
                "source": threshold.source,
            }
            for threshold, verdict in found.verdicts
        ],
    }


def _smallest(fit: Fit | None) -> dict[str, Any] | None:
    return None if fit is None else {"devices": fit.layout.devices, **_shape(fit.layout)}


def _longer(found: Longer | None) -> dict[str, Any] | None:
    return None if found is None else {
        "context": found.context,
        "verdict": found.fit.verdict.value,
        "concurrency": found.fit.concurrency,
        "short_bytes": found.fit.short,
        "layout": _shape(found.fit.layout),
        "smallest_fleet": _smallest(found.smallest),
    }  # fmt: skip


def _shape(layout: Any) -> dict[str, Any]:
    return {
        "tp": layout.tp,
        "ep": layout.ep,
        "dp": layout.dp,
        "pp": layout.pp,
        "dcp": layout.dcp,
        "redundant_experts": layout.redundant,
        "replicas": layout.replicas,
        "expert_ranks": layout.expert_ranks,
    }


def _layout(option: Option, found: Estimate) -> dict[str, Any]:
    fit = option.fit
    return {
        **_shape(fit.layout),
        "devices": fit.layout.devices,
        "fits": fit.fits,
        "verdict": fit.verdict.value,
        "starts": fit.starts,
        "concurrency": fit.concurrency,
        "concurrency_at_request_tokens": fit.runs,
        "requests_asked": found.fleet.workload.concurrency,
        "requests_served": fit.served,
        "short_bytes": fit.short,
        "binds": fit.binds,
        "per_device": device(fit.tightest, found.fleet),
        "stages": [device(stage, found.fleet) for stage in fit.stages if option.serving is not None],
        "traffic": _traffic(option.traffic),
        **_times(option.serving, found.fleet.prices.currency),
    }


def device(stage: StageMemory, fleet: Fleet) -> dict[str, Any]:
    """One device of a stage."""
    pool, cache = stage.pool, stage.cache
    return {
        "stage": stage.number,
        "total_bytes": stage.total,
        "weights_bytes": stage.weight_bytes,
        "padding_bytes": stage.needs.padding,
        "weights": dict(stage.needs.weights),
        "kv_bytes_per_token": ceil(cache.marginal(stage.length)),
        "kv_bytes_per_token_all_layers": ceil(cache.per_token_unwindowed),
        "kv_bytes_per_request": stage.request,
        "kv_state_bytes_per_request": cache.state,
        "kv_budget_bytes": stage.budget.value,
        "kv_budget_band": [stage.budget.low, stage.budget.high],
        "kv_tokens": pool.tokens if pool else 0,
        "kv_requests": stage.requests,
        "kv_requests_at_request_tokens": stage.runs,
        "kv_block_tokens": pool.block if pool else None,
        "activation_bytes": stage.needs.activation.value,
        "overhead_bytes": stage.needs.overhead,
        "utilization_needed": utilization_needed(stage, fleet),
        "activation_band": [stage.needs.activation.low, stage.needs.activation.high],
    }


def _traffic(sent: Traffic | None) -> dict[str, Any] | None:
    if sent is None:
        return None
    return {
        "tokens_per_group": sent.tokens,
        "dispatch_bytes_per_layer": sent.dispatch_per_layer,
        "combine_bytes_per_layer": sent.combine_per_layer,
        "every_copy_bytes_per_layer": sent.every_copy,
        "distinct_experts_per_layer": sent.distinct_experts,
        "all_reduce_bytes_per_layer": sent.reduce_per_layer,
        "bytes_per_step": sent.per_step,
        "share_between_nodes": sent.share_between_nodes,
    }


def _times(found: Serving | str | None, currency: str | None) -> dict[str, Any]:
    if found is None:
        return {"time": None, "cost": None}
    if isinstance(found, str):
        return {"time": {"absent": found}, "cost": {"currency": currency, "absent": found}}
    time: dict[str, Any] = {
        "concurrency": found.concurrency,
        "time_to_first_token_seconds": _span(found.time_to_first),
        "time_to_first_token_together_seconds": _span(found.time_to_first_together),
        "time_per_output_token_seconds": _span(found.time_per_output),
        "output_tokens_per_second": _span(found.output_per_second),
        "output_tokens_per_second_per_device": _span(found.per_device),
        "decode_binding": found.decode.binding,
        "prefill_binding": {} if isinstance(found.prefill, str) else found.prefill.binding,
    }
    if isinstance(found.prefill, str):
        time["prefill_absent"] = found.prefill
    return {
        "time": time,
        "cost": {
            "currency": currency,
            "per_million_input_tokens": _span(found.input_cost),
            "per_million_output_tokens": _span(found.output_cost),
            "joules_per_output_token": _span(found.joules_per_output),
            "watts": found.watts,
        },
    }


def _span(span: Span | None) -> dict[str, float] | None:
    return None if span is None else {"best": span.best, "typical": span.typical, "worst": span.worst}


def _offload(found: Estimate) -> dict[str, Any] | None:
    kept = found.offload
    if kept is None:
        return None
    return {
        "on_device_bytes": kept.on_device,
        "expert_bytes": kept.experts,
        "resident_share": kept.resident,
        "host_bytes": kept.host_bytes,
        "host_fits": kept.host_fits,
        "fits": kept.fits,
        "missing_bytes": kept.missing,
        "read_bytes_per_token": kept.read_per_token,
        "tokens_per_second": list(kept.tokens_per_second) if kept.tokens_per_second else None,
        "typical_tokens_per_second": kept.typical,
        "computed_by": "device over the link" if kept.over_link else "processor",
        "host": {
            "memory_gib": kept.host.memory_gib,
            "memory_gb_s": kept.host.memory_gb_s,
            "link_gb_s": kept.host.link_gb_s,
            "sockets": kept.host.sockets,
            "shared_with_device": kept.host.shared,
            "assumed": kept.host.assumed,
        },
    }
