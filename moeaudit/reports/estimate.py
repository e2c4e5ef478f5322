"""The estimate in a terminal: operations, training compute, layouts, one device's memory, times and cost. 80 columns
suffice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from moeaudit.architecture.blocks import CacheNeed, SequenceState
from moeaudit.checks.settlement import Settlement
from moeaudit.costs.devices import GIB
from moeaudit.costs.estimate import Estimate, Option, utilization_needed
from moeaudit.costs.flops import Flops
from moeaudit.costs.memory import StageMemory
from moeaudit.costs.search import Fit
from moeaudit.costs.serving import Serving, Span
from moeaudit.costs.traffic import Traffic
from moeaudit.costs.training import Training
from moeaudit.reports.terminal import safe
from moeaudit.text import exact, short

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 8
"""Layouts listed of a search; the JSON view has them all."""


def render(found: Estimate, out: Console, rests_on: Settlement | None = None, *, explain: bool = False) -> None:
    """Print the whole view. `rests_on`: the settlement of the counts that it is made from; `explain`: one device's
    memory as a stacked bar, and the sums behind it."""
    head(found, out)
    if rests_on is not None:
        settled(rests_on, out)
    operations(found, out)
    if found.training:
        training(found.training, out)
    layouts(found, out)
    verdict(found, out)
    chosen = found.chosen
    if chosen.fit.stages:
        memory(chosen.fit, found, out, explain=explain)
    times(chosen, found, out)
    if found.offload:
        local(found, out)
    out.print()
    out.print("Assumptions", style="bold")
    for sentence in found.assumptions:
        say(out, safe(sentence), style="dim")


def head(found: Estimate, out: Console) -> None:
    fleet = found.fleet
    nodes = f" in {fleet.nodes} nodes" if fleet.nodes > 1 else ""
    out.print(safe(found.model.name, 70), style="bold")
    engine = f"{fleet.settings.engine.title} {safe(fleet.settings.engine.version, 20)}".strip()
    where = f"on {fleet.devices} × {safe(fleet.device.name, 40)}{nodes}"
    out.print(f"{where} · {engine} · context {exact(fleet.workload.context)}", style="dim")


def settled(rests_on: Settlement, out: Console) -> None:
    """What the model's counts and bytes rest on, and what is open of them."""
    say(out, f"rests on: {rests_on.words}", style="dim" if rests_on.by_the_weights else "yellow")
    if rests_on.open:
        say(out, f"not settled: {rests_on.left_open}", style="yellow")


def operations(found: Estimate, out: Console) -> None:
    """FLOPs per token by component, prefill beside decode."""
    context = found.fleet.workload.context
    out.print()
    out.print(f"FLOPs for one token that sees {exact(context)} tokens", style="bold")
    rows = [("", "prefill", "decode"), ("total", flop(found.prefill.total), flop(found.decode.total))]
    prefill, decode = found.prefill.components, found.decode.components
    rows += [
        (component.value, flop(prefill.get(component, 0)), flop(decode.get(component, 0)))
        for component in dict.fromkeys((*prefill, *decode))
    ]
    table(rows, (20, 15, 15), out)
    for line in between(found.prefill):
        say(out, line, style="dim")
    say(
        out,
        f"{exact(found.benchmark.tokens)} prompt tokens: {found.benchmark.flop:.2e} FLOP ({found.benchmark.task})",
        style="dim",
    )


def between(flops: Flops) -> Iterable[str]:
    if flops.low != flops.high:
        yield f"from {flop(flops.low)} to {flop(flops.high)}: the routed share depends on the token"


def flop(count: int) -> str:
    """74,123,000,000 as 74.12 GFLOP."""
    for scale, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M")):
        if count >= scale:
            return f"{count / scale:.2f} {unit}FLOP"
    return f"{count} FLOP"


def training(found: Training, out: Console) -> None:
    tokens = f"{short(found.tokens)} tokens, sequences of {exact(found.sequence)}"
    out.print()
    out.print(f"Training compute for {tokens}", style="bold")
    band = f"from {power(found.low)} to {power(found.high)}"
    say(out, f"{power(found.typical)} FLOP ({band}): 3 × forward, recomputation excluded")
    say(out, "low: matrix products alone; high: unmasked attention, and prediction modules trained too", style="dim")
    for item in found.shorthands:
        say(out, f"{power(item.flop)} by the shorthand {item.label}", style="dim")
    for threshold, word in found.verdicts:
        say(out, f"{word} {threshold.flop:.0e}".replace("+", "") + f", {threshold.title}")
        say(out, f"{threshold.decides} ({threshold.source})", style="dim", indent=4)
    say(out, "these tokens alone: other runs that count, such as synthetic data, add to it", style="dim")


def power(count: float) -> str:
    """Two significant figures, as the notification form asks: 3.3e24."""
    return f"{count:.1e}".replace("e+", "e")


def layouts(found: Estimate, out: Console) -> None:
    fitting = sum(option.fit.fits for option in found.options)
    if found.searched:
        out.print()
        out.print(f"Layouts: {fitting} of {len(found.options)} fit", style="bold")
    else:
        out.print()
        out.print("Layout", style="bold")
    rows = [("", "weights", "cache/token", "budget", "requests")]
    for option in found.options[:SHOWN]:
        if not option.fit.stages:
            rows.append((str(option.fit.layout), option.fit.binds, "", "", ""))
            continue
        stage = option.fit.tightest
        room = exact(option.fit.concurrency) if option.fit.fits else f"− {gib(option.fit.short)}"
        rows.append(
            (
                str(option.fit.layout),
                gib(stage.weight_bytes),
                f"{exact(round(stage.cache.marginal(stage.length)))} B",
                gib(stage.budget.value),
                room,
            )
        )
    table(rows, (29, 12, 12, 12, 13), out)
    if found.searched and fitting:
        best = found.roomiest
        say(
            out,
            f"most requests at once: {exact(best.fit.concurrency)} with {best.fit.layout}; then {best.fit.binds}",
            style="dim",
        )


def verdict(found: Estimate, out: Console) -> None:
    fit = found.chosen.fit
    wanted = found.fleet.workload.concurrency
    asked = (
        f"{exact(wanted)} request{'s' * (wanted > 1)} of {exact(found.fleet.workload.context)} tokens"
        if wanted
        else f"a request of {exact(found.fleet.workload.context)} tokens"
    )
    if fit.fits:
        say(out, f"fits: {asked}", style="green")
    else:
        say(out, f"does not fit: {asked}; {gib(fit.short)} short on every device; {fit.binds}", style="bold red")
    if found.smallest:
        say(out, f"smallest fleet of this device: {found.smallest.layout.devices} ({found.smallest.layout})")
    elif not fit.fits:
        say(out, f"no fleet of up to {found.tried} of this device holds it")


def memory(fit: Fit, found: Estimate, out: Console, *, explain: bool) -> None:
    """The tightest device: parts of its memory, and with `explain` the bar and the sums."""
    stage = fit.tightest
    out.print()
    out.print(f"One device of stage {stage.number + 1} (GiB, 2^30 bytes)", style="bold")
    settings = found.fleet.settings
    unused = (
        stage.total
        - stage.weight_bytes
        - stage.needs.activation.value
        - stage.needs.overhead
        - max(stage.budget.value, 0)
    )
    parts = [
        ("weights", stage.weight_bytes),
        ("activation peak", stage.needs.activation.value),
        ("outside torch", stage.needs.non_torch.value),
        ("CUDA graphs", stage.needs.graphs.value),
        ("cache", max(stage.budget.value, 0)),
        ("left alone", max(unused, 0)),
    ]
    for (name, size), mark in zip(parts, MARKS, strict=True):
        out.print(f"  {mark if explain else ' '} {name:<18}{gib(size):>12}")
    if explain:
        out.print(f"  {stacked([size for _, size in parts], stage.total, 72)}")
    pool = stage.pool
    if pool:
        requests = f"{pool.concurrency:.2f} × requests of {exact(stage.length)} tokens"
        say(out, f"the engine will log a cache of {exact(pool.tokens)} tokens, {requests}")
        if pool.groups > 1:
            say(out, "that is the length times the requests that fit: another length logs another size", style="dim")
    band = f"from {gib(stage.budget.low)} to {gib(stage.budget.high)}"
    request = f"{exact(stage.cache.per_request(stage.length))} B per request"
    say(out, f"cache budget {gib(stage.budget.value)} ({band}); {request}", style="dim")
    if settings.cache_budget_gib is None:
        needed = utilization_needed(stage, found.fleet, fit.per_group)
        boots = "at no utilisation up to 1" if needed is None else f"with this from utilisation {needed:.3f} on"
        say(out, f"boots {boots} (set: {settings.utilization:g})")
    for line in sums(stage, found) if explain else ():
        say(out, line, style="dim", indent=4)


MARKS = "#%+=:."
"""One mark for each part of a device's memory, in the stacked bar and its legend; every terminal shows them."""


def stacked(sizes: Sequence[int], total: int, width: int) -> str:
    """Parts of a whole side by side; ends are rounded, so the bar never drifts."""
    drawn, done = "", 0
    for size, mark in zip(sizes, MARKS, strict=True):
        done += size
        drawn += mark * (min(width, round(width * done / total)) - len(drawn))
    return f"|{drawn:<{width}}|"


def sums(stage: StageMemory, found: Estimate) -> Iterable[str]:
    """The weights by component, the budget's arithmetic, and what each layer keeps."""
    padding = {"padding": stage.needs.padding} if stage.needs.padding else {}
    for name, size in {**stage.needs.weights, **padding}.items():
        yield f"{name:<34}{gib(size):>12}{exact(size):>20} B"
    if found.fleet.settings.cache_budget_gib is None:
        yield f"{RULES[found.fleet.settings.engine.reserve]} = {gib(stage.budget.value)}"
    for need, layers in stage.cache.needs:
        yield f"{layers} layers keep {kept(need)}"


RULES = {
    "utilization": "budget: utilisation × memory − weights − activations − outside torch − budgeted graphs",
    "static": "budget: memory − weights − outside torch − (1 − utilisation) × memory",
    "free": "budget: utilisation × (memory − weights − activations − outside torch)",
}
"""How each kind of engine works out the cache's budget."""


def kept(need: CacheNeed) -> str:
    """One cache need in words."""
    if isinstance(need, SequenceState):
        return f"{exact(need.recurrent)} recurrent and {exact(need.convolution)} convolution elements per request"
    heads = f" × {need.heads} heads" if need.heads > 1 else ""
    window = f", the last {exact(need.window)} tokens only" if need.window else ""
    stride = f", one entry per {need.stride} tokens" if need.stride > 1 else ""
    return f"{exact(need.width)} elements{heads} per token ({need.kind.value}){window}{stride}"


def times(option: Option, found: Estimate, out: Console) -> None:
    out.print()
    out.print("Time and cost", style="bold")
    if not isinstance(option.serving, Serving):
        say(out, f"not estimated: {safe(option.serving)}")
        return
    served, work, money = option.serving, found.fleet.workload, found.fleet.prices.currency
    asked = f"{exact(served.concurrency)} request{'s' * (served.concurrency > 1)} at once"
    sizes = f"{exact(work.input_tokens)} tokens in, {exact(work.output_tokens)} out"
    say(out, f"{asked}, {sizes} (best · typical · worst case)", style="dim")
    rows = [
        ("time to first token", span(served.time_to_first, "s", 3)),
        ("time per output token", span(served.time_per_output, "s", 4)),
        ("output tokens per second", span(served.output_per_second, "", 1)),
        ("… per device", span(served.per_device, "", 1)),
    ]
    if served.input_cost and served.output_cost:
        rows += [
            (f"{safe(money, 8)} per million input tokens", span(served.input_cost, "", 3)),
            (f"{safe(money, 8)} per million output tokens", span(served.output_cost, "", 3)),
        ]
    if served.joules_per_output:
        rows.append(("joules per output token", span(served.joules_per_output, "", 2)))
    for name, text in rows:
        out.print(f"  {name:<32}{text}")
    binding = ", ".join(f"{component} by {bound}" for component, bound in list(served.decode.binding.items())[:4])
    links, waits = (
        f"{seconds * 1e3:.2f} ms" for seconds in (served.decode.link_seconds, served.decode.latency_seconds)
    )
    say(out, f"decode is bound: {binding}; links {links}, fixed latency {waits}", style="dim")
    for line in sent(option.traffic):
        say(out, line, style="dim")


def sent(found: Traffic | None) -> Iterable[str]:
    """What a decode step touches and a device sends for it."""
    if found is None:
        return
    if found.expert_layers:
        yield f"a step touches {found.distinct_experts:.1f} experts of a layer, tokens choosing alike"
    if found.dispatch_per_layer:
        ways = f"dispatches {exact(found.dispatch_per_layer)} B and combines {exact(found.combine_per_layer)} B"
        yield f"a device {ways} per expert layer"
    if found.per_step:
        yield f"a device sends {exact(found.per_step)} B per step"


def local(found: Estimate, out: Console) -> None:
    """Experts in host memory, on one device of the fleet."""
    kept = found.offload
    if kept is None:
        return
    out.print()
    out.print(f"One {safe(found.fleet.device.name, 40)} with experts in host memory", style="bold")
    if kept.missing:
        say(out, f"does not fit: {gib(kept.missing)} short before any expert")
        return
    resident = f"{kept.resident:.0%} of {gib(kept.experts)} routed experts"
    say(out, f"{resident} stay on the device, {gib(kept.host_bytes)} in host memory")
    if kept.tokens_per_second:
        low, high = kept.tokens_per_second
        link = f"{found.fleet.host_link:g} GB/s from host memory"
        say(out, f"{low:.1f} to {high:.1f} tokens per second for one request over {link}")
    if kept.host_fits is False:
        say(out, "host memory is too small for them")


def say(out: Console, text: str, *, style: str | None = None, indent: int = 2) -> None:
    """A sentence under its heading; lines that it wraps to stay there."""
    for line in wrap(text, max(40, out.width - indent), break_long_words=False, break_on_hyphens=False):
        out.print(" " * indent + line, style=style)


def gib(size: int) -> str:
    return f"{size / GIB:.2f} GiB"


def span(found: Span, unit: str, digits: int) -> str:
    unit = f" {unit}" if unit else ""
    return " · ".join(f"{value:,.{digits}f}{unit}" for value in (found.best, found.typical, found.worst))


def table(rows: Iterable[tuple[str, ...]], widths: tuple[int, ...], out: Console) -> None:
    """Columns side by side; a first cell that is too long gets a line of its own."""
    for number, (first, *others) in enumerate(rows):
        fits = len(first) < widths[0]
        if not fits:
            out.print(f"  {first}")
        row = (first if fits else "", *others)
        cells = [
            f"{cell:<{width}}" if place == 0 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        out.print("  " + "".join(cells).rstrip(), style="dim" if number == 0 else None)
