"""From steps to what a user feels and pays: time to first token, time per token, tokens per second, cost and energy."""

from __future__ import annotations

from moeaudit.costs.memory import Deployment
from moeaudit.costs.timing import Step, decode_step, prefill_step
from moeaudit.costs.waits import CASES, waits
from moeaudit.later import dataclass

MILLION = 1_000_000
KWH = 3.6e6


@dataclass(frozen=True)
class Span:
    """A figure for the best, the typical and the worst case."""

    best: float
    typical: float
    worst: float


@dataclass(frozen=True)
class Serving:
    """At `concurrency` requests over the whole fleet. `time_to_first`: of a request that finds no other prompt waiting;
    `time_to_first_together`: on the mean, where all come at once. Seconds; tokens per second; money per million tokens;
    joules per output token. `prefill`: a reason where only decode can be estimated; then no prompt is in the
    figures."""

    concurrency: int
    prefill: Step | str
    decode: Step
    time_to_first: Span | None
    time_to_first_together: Span | None
    time_per_output: Span
    output_per_second: Span
    devices: int
    input_cost: Span | None
    output_cost: Span | None
    watts: float | None

    @property
    def per_device(self) -> Span:
        rates = self.output_per_second
        return Span(*(rate / self.devices for rate in (rates.best, rates.typical, rates.worst)))

    @property
    def joules_per_output(self) -> Span | None:
        """At the devices' maximum power for as long as a token takes: an upper figure for that speed."""
        if self.watts is None:
            return None
        rates = self.output_per_second
        return Span(*(self.watts / rate for rate in (rates.best, rates.typical, rates.worst)))


def serving(deployment: Deployment, concurrency: int) -> Serving | str:
    """Times and costs under a layout; the reason where a device's figures are missing.

    Requests are spread over attention groups and replicas. A pipeline works on as many smaller batches as it has
    stages, so a request gets one token per pass through all of them. Prompts are taken in between decode steps: in
    the steady state a group of b requests spends b prefills and `output_tokens` steps per round.
    """
    fleet, layout, work = deployment.fleet, deployment.layout, deployment.fleet.workload
    batch = max(1, -(-concurrency // deployment.groups))
    in_flight = max(1, -(-batch // layout.pp))
    length = work.input_tokens + work.output_tokens // 2
    decode = decode_step(deployment, in_flight, length)
    prefill = prefill_step(deployment, work.input_tokens)
    if isinstance(decode, str):
        return decode
    together = max(1, min(batch, fleet.settings.tokens_per_step // work.input_tokens))
    prompts = prefill_step(deployment, work.input_tokens, together)
    known = not isinstance(prefill, str) and not isinstance(prompts, str)
    alone = dict.fromkeys(CASES, 0.0) if isinstance(prefill, str) else prefill.seconds
    shared_out = dict.fromkeys(CASES, 0.0) if isinstance(prompts, str) else prompts.seconds
    firsts, queues, steps, rates = [], [], [], []
    for case in CASES:
        step = decode.seconds[case]
        each = shared_out[case] / together / layout.pp
        # alone, a prompt waits for the step that runs, half of one on the mean
        firsts.append(alone[case] + waits()[case].front + step / 2)
        queues.append(firsts[-1] + (batch - 1) / 2 * each)
        steps.append(step if case == "best" else step + batch * each / work.output_tokens)
        rates.append(concurrency * work.output_tokens / (batch * each + work.output_tokens * step))
    power = fleet.power if fleet.power is not None else fleet.device.power.value
    watts = None if power is None else power * layout.devices * fleet.prices.overhead
    first_alone = Span(*(shared_out[case] / together / layout.pp for case in CASES))
    shared = Span(*(decode.seconds[case] / batch for case in CASES))
    return Serving(
        concurrency,
        prefill,
        decode,
        Span(*firsts) if known else None,
        Span(*queues) if known else None,
        Span(*steps),
        Span(*rates),
        layout.devices,
        _cost(deployment, first_alone, work.input_tokens, watts) if known else None,
        _cost(deployment, shared, 1, watts),
        watts,
    )


def _cost(deployment: Deployment, seconds: Span, tokens: int, watts: float | None) -> Span | None:
    """Money for a million tokens, when one attention group takes `seconds` for `tokens`: device time, and energy
    where it is priced."""
    prices = deployment.fleet.prices
    if prices.device_hour is None:
        return None
    per_second = prices.device_hour * deployment.layout.devices / 3600 / deployment.groups
    if prices.energy is not None and watts is not None:
        per_second += watts / deployment.groups / KWH * prices.energy
    return Span(*(per_second * time / tokens * MILLION for time in (seconds.best, seconds.typical, seconds.worst)))
