"""Measured rows and what is predicted for each. A row that lacks a fact has no prediction, and says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import yaml

from moeaudit.costs.cache import StageCache
from moeaudit.costs.devices import GIB, Cell, device
from moeaudit.costs.engines.read import Engine
from moeaudit.costs.fleet import Fleet, Workload, settings_for
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment, StageMemory
from moeaudit.costs.pool import pool
from moeaudit.costs.search import Verdict, evaluate
from moeaudit.costs.serving import Serving, Span, serving
from moeaudit.costs.traffic import dispatched
from tools.calibration.models import DATA, served

GOALS = {"cache_tokens": 0.001, "cache_pool": 0.001, "cache_bytes": 0.001, "state_pool": 0.001, "concurrency": 0.01}
"""Largest error at tp 1; above it, logs show one worker while the engine takes the least of all, and the goal is
`SPREAD`. So it is where a fact of the run had to be assumed."""
SPREAD = 0.02


@dataclass(frozen=True)
class Row:
    """One logged figure. `fitted`: some of what predicts it was read from the same logs."""

    id: str
    quantity: str
    value: float
    unit: str
    run: Mapping[str, Any]
    settings: Mapping[str, Any]
    source: str
    quote: str
    assume: str = ""
    missing: str = ""
    why: str = ""
    fitted: bool = False

    @property
    def layout(self) -> Layout:
        return Layout(**self.run.get("layout", {}))

    @property
    def written(self) -> str:
        """The run in a few words, as the source names it."""
        words = [
            self.run.get("written", ""),
            str(self.layout),
            self.run.get("device", ""),
            self.run.get("engine", ""),
            self.run.get("version", ""),
        ]
        return ", ".join(word for word in words if word)


@dataclass(frozen=True)
class Prediction:
    """A predicted figure; `slack`: share by which the printed rounding of the row's own inputs moves it; the band
    where there is one."""

    value: float
    slack: float = 0.0
    band: tuple[float, float] | None = None


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Every row of measurements.yaml."""
    data = yaml.safe_load((DATA / "measurements.yaml").read_text(encoding="utf-8"))
    return tuple(
        Row(
            entry["id"],
            entry["figure"]["quantity"],
            entry["figure"]["value"],
            entry["figure"]["unit"],
            entry.get("run", {}),
            entry.get("settings", {}),
            entry["source"],
            entry["quote"],
            entry.get("assume", ""),
            entry.get("missing", ""),
            entry.get("why", ""),
            entry.get("fitted", False),
        )
        for entry in data["rows"]
    )


Change = Callable[[Engine], Engine]
"""An engine with other figures than its own."""


def fleet(row: Row, change: Change | None = None) -> Fleet:
    """The row's run as a fleet."""
    given, layout = row.settings, row.layout
    chosen = device(row.run.get("device") or "H100-SXM")
    if "memory_gib" in given:
        chosen = replace(chosen, memory=Cell(given["memory_gib"], row.source))
    settings = replace(
        settings_for(row.run.get("engine") or "generic", row.run.get("version", ""), chosen, given.get("utilization")),
        cache_dtype=given.get("cache_dtype", "bf16"),
        hybrid=given.get("hybrid", True),
        kernel=given.get("kernel", ""),
        step_tokens=given.get("step_tokens"),
        state_slots_override=given.get("state_slots"),
        max_num_seqs=given.get("max_num_seqs"),
        prefix_caching=given.get("prefix_caching"),
        prediction=given.get("prediction", False),
        eager=given.get("eager", False),
    )
    settings = replace(settings, engine=change(settings.engine)) if change else settings
    work = Workload(
        given.get("context", 8192),
        given.get("concurrency"),
        given.get("input_tokens", 1000),
        given.get("output_tokens", 1000),
    )
    return Fleet(chosen, min(8, layout.devices), -(-layout.devices // 8), settings, workload=work, layout=layout)


def deployment(row: Row, change: Change | None = None) -> Deployment:
    """The row's model on the row's fleet."""
    return Deployment(served(row.run["model"]), fleet(row, change), row.layout)


def stage(row: Row, change: Change | None = None) -> StageMemory:
    """The stage whose log line was read: the first, unless the row says that it is the fullest."""
    found = deployment(row, change).stages
    return max(found, key=lambda one: one.weight_bytes) if "max stage" in row.unit else found[0]


def _cache(row: Row) -> StageCache:
    """What the stage keeps; with the windows of a drafter beside it, where the row says how many layers it has."""
    found, drafts = stage(row).cache, row.settings.get("draft_windows", 0)
    windows = [need for need, _ in found.entries if need.window is not None]
    return replace(found, needs=(*found.needs, (windows[0], drafts))) if drafts else found


def rounding(text: float, digits: int = 2) -> float:
    """Share by which a figure printed with that many digits may be off."""
    return 0.5 * 10**-digits / abs(text)


def weights(row: Row) -> Prediction:
    return Prediction(stage(row).weight_bytes / GIB)


def available(row: Row, change: Change | None = None) -> Prediction:
    found = stage(row, change)
    budget, held = found.budget, row.settings.get("held_gib")
    more = 0.0 if held is None else found.weight_bytes / GIB - held  # weights as the run logged them
    return Prediction(budget.value / GIB + more, band=(budget.low / GIB + more, budget.high / GIB + more))


def cache_tokens(row: Row) -> Prediction:
    """Tokens in the memory that the row says was available."""
    budget = row.settings["budget_gib"]
    found, length = _cache(row), row.settings.get("context", 8192)
    if found.states and row.run.get("engine") == "sglang":  # the row's memory is the tokens' pool alone
        found = replace(
            found, needs=tuple((need, layers) for need, layers in found.needs if (need, layers) in found.entries)
        )
    made = pool(found, int(budget * GIB), length)
    return Prediction(made.blocks if row.settings.get("block_count") else made.tokens, rounding(budget))


def concurrency(row: Row) -> Prediction:
    """Requests of the row's length in the memory that it says was available."""
    budget = row.settings["budget_gib"]
    made = pool(_cache(row), int(budget * GIB), row.settings["context"])
    return Prediction(made.concurrency, rounding(budget) + rounding(row.value))


def cache_pool(row: Row) -> Prediction:
    """GiB that the logged tokens take."""
    return Prediction(row.settings["tokens"] * _cache(row).per_token / GIB, rounding(row.value))


def cache_bytes(row: Row) -> Prediction:
    """GiB for a million tokens."""
    return Prediction(1_000_000 * _cache(row).per_token / GIB, rounding(row.value, -1))


def state_pool(row: Row) -> Prediction:
    """GiB for the logged number of recurrent states."""
    found = _cache(row)
    return Prediction(row.settings["slots"] * found.state / found.rules.state_slots / GIB, rounding(row.value))


def activation_peak(row: Row) -> Prediction:
    peak = deployment(row).activation(last=row.layout.pp == 1)
    return Prediction(peak.value / GIB, band=(peak.low / GIB, peak.high / GIB))


def max_context(row: Row) -> Prediction:
    """Tokens of one request that fill the budget."""
    found = stage(row)
    return Prediction(found.budget.value / found.cache.per_token_unwindowed)


def timed(row: Row) -> Serving:
    """Times at the stated concurrency."""
    found = serving(deployment(row), row.settings["concurrency"])
    if not isinstance(found, Serving):
        raise ValueError(found)
    return found


def throughput(row: Row) -> Prediction:
    """Output tokens per second at the stated concurrency."""
    rates = timed(row).output_per_second
    return Prediction(rates.typical, band=(rates.worst, rates.best))


def milliseconds(span: Span) -> Prediction:
    return Prediction(span.typical * 1e3, band=(span.best * 1e3, span.worst * 1e3))


def per_token(row: Row) -> Prediction:
    """Milliseconds from one output token to the next."""
    return milliseconds(timed(row).time_per_output)


def first_token(row: Row) -> Prediction:
    """Milliseconds to the first token, of requests that come one after another."""
    return milliseconds(timed(row).time_to_first)


def first_token_together(row: Row) -> Prediction:
    """The same on the mean, of requests that all come at once."""
    return milliseconds(timed(row).time_to_first_together)


def dispatch_bandwidth(row: Row) -> Prediction:
    """GB/s: bytes that one rank dispatches for its batch, over the measured time."""
    model = served(row.run["model"])
    assert model.experts is not None
    sent = row.settings["batch"] * model.experts.selected * dispatched(model.hidden)
    return Prediction(
        sent / row.settings["microseconds"] / 1e3, rounding(row.settings["microseconds"], 0) + rounding(row.value, 0)
    )


def boots(row: Row) -> Prediction:
    """Whether one request of the row's length starts: 1 where it surely fits, 0 where it surely does not, between them
    where that is too close to call."""
    verdict = evaluate(served(row.run["model"]), fleet(row), row.layout).verdict
    return Prediction(BOOTS[verdict], band=(0.0, 1.0) if verdict is Verdict.CLOSE else None)


BOOTS = {Verdict.FITS: 1.0, Verdict.CLOSE: 0.5, Verdict.SHORT: 0.0}

PREDICT: dict[str, Callable[[Row], Prediction]] = {
    "weights": weights,
    "available": available,
    "cache_tokens": cache_tokens,
    "concurrency": concurrency,
    "cache_pool": cache_pool,
    "cache_bytes": cache_bytes,
    "state_pool": state_pool,
    "activation": activation_peak,
    "boots": boots,
    "max_context": max_context,
    "throughput": throughput,
    "per_token": per_token,
    "first_token": first_token,
    "first_token_together": first_token_together,
    "dispatch_bandwidth": dispatch_bandwidth,
}


def predict(row: Row) -> Prediction | None:
    """The prediction, None where a fact is missing."""
    return None if row.missing else PREDICT[row.quantity](row)


def error(row: Row, found: Prediction) -> float:
    """Signed, as a share of the measured figure."""
    return (found.value - row.value) / (abs(row.value) or 1.0)


def goal(row: Row) -> float | None:
    """The largest error that this row may have, None where only the median counts."""
    if row.quantity not in GOALS:
        return None
    return GOALS[row.quantity] if row.layout.tp == 1 and not row.assume else SPREAD
