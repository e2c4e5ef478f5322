"""Training compute, training tokens, GPU-hours and dollars."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from moeaudit.checks.amounts import powers
from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.checks.sides import printed
from moeaudit.claims.claim import Origin
from moeaudit.claims.figures import Figure, find_figures
from moeaudit.later import dataclass
from moeaudit.text import exact, short

FAMILY = "compute"

FLOP, TOKENS, HOURS, COST = (
    f"governance.{name}" for name in ("training_compute", "training_tokens", "gpu_hours", "training_cost")
)

USED = tuple(
    f"{kind}.{rule}{tables}"
    for kind, tables in (("executed", ""), ("active", "-tables"), ("active", ""))
    for rule in ("full", "head", "body")
)
"""What one token uses: with looped layers each parameter as often as it is used, else without look-up tables, which
multiply nothing."""

NEAR = 0.08
"""How close a product must come to a printed figure to be what it was computed from."""

FASTEST, SLOWEST = 5e15, 1e12
"""FLOP/s of one accelerator: no dense FP8 peak on the market lies above, and no training run worth its power below."""


@dataclass(frozen=True)
class Budget:
    """A published training budget: its hours and its dollars, to tell one from the other."""

    name: str
    hours: int
    dollars: int
    source: str


BUDGETS = (
    Budget("deepseek-v3", 2_788_000, 5_576_000, "https://arxiv.org/abs/2412.19437"),
    Budget("deepseek-v3-base", 2_788_000, 5_576_000, "https://arxiv.org/abs/2412.19437"),
)


def _model_names(facts: Facts) -> set[str]:
    """The last parts of the model's names, in lower case."""
    names = [*(claims.model_id for claims in facts.claim_files), *(card.subject for card in facts.cards)]
    if facts.inspection is not None:
        names.append(facts.inspection.evidence.model.id)
    return {name.lower().rpartition("/")[2].removesuffix(".evidence.json") for name in names}


def _figure(facts: Facts, path: str) -> Figure | None:
    """The first figure that is stated for a field, a currency sign before it set aside."""
    return next(
        (figure for statement in facts.written(path) for figure, _, _ in find_figures(str(statement.claim.value))), None
    )


def training_flop(facts: Facts) -> Iterator[tuple[Statement, float]]:
    """Every stated training compute, in FLOP."""
    for statement in facts.written(FLOP):
        found = next(powers(str(statement.claim.value)), None)
        figure = statement.claim.figure
        value = float(found[0]) if found else float(figure.low) if figure is not None else 0.0
        if value > 1e18:
            yield statement, value


def products_of(facts: Facts) -> tuple[int, dict[str, int]] | None:
    """Training tokens, and N by name; None where either is not stated, or no token is."""
    tokens = _figure(facts, TOKENS)
    counts = {name: value for name in (*USED, "total.full", "total.body") if (value := facts.count(name))}
    return (int(tokens.low), counts) if tokens is not None and tokens.low >= 1 and "active.full" in counts else None


def used(products: tuple[int, dict[str, int]]) -> tuple[str, int]:
    """N of the products, by the name it is known by."""
    name = next(name for name in USED if name in products[1])
    return name, products[1][name]


def _source(facts: Facts, flop: float) -> tuple[int, str] | None:
    """The passes × N whose product with the tokens is the figure: the right ones first."""
    products = products_of(facts)
    if products is None:
        return None
    tokens, counts = products
    return next(
        (
            (passes, name)
            for passes in (6, 2)
            for name, count in counts.items()
            if abs(passes * count * tokens / flop - 1) <= NEAR
        ),
        None,
    )


def _wrong_n(facts: Facts) -> Iterable[Report]:
    for statement, flop in training_flop(facts):
        source, products = _source(facts, flop), products_of(facts)
        if source and products and source[1].startswith("total"):
            name, count = used(products)
            right = f"{6 * count * products[0]:.3g}"
            yield Report(
                f"{printed(statement.claim)} is {source[0]}·N·D with N = {source[1]}; one token trains active "
                f"parameters: {right} FLOP",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"6 · {name} · tokens = {right}",
            )


def _two_passes(facts: Facts) -> Iterable[Report]:
    for statement, flop in training_flop(facts):
        source, products = _source(facts, flop), products_of(facts)
        if source and products and source[0] == 2:
            name, count = used(products)
            right = f"{6 * count * products[0]:.3g}"
            yield Report(
                f"{printed(statement.claim)} is 2·N·D with N = {source[1]}, the forward pass alone; training takes "
                f"three times that: {right} FLOP",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"6 · {name} · tokens = {right}",
            )


def _implausible_flop(facts: Facts) -> Iterable[Report]:
    products = products_of(facts)
    if products is None:
        return
    name, count = used(products)
    expected = 6 * count * products[0]
    for statement, flop in training_flop(facts):
        if _source(facts, flop) is None and not expected / 3 <= flop <= 3 * expected:
            yield Report(
                f"{printed(statement.claim)} is {flop / expected:.2g} times 6 · {name} · tokens",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"6 · {name} · tokens = {expected:.3g}",
            )


def _dollars(facts: Facts) -> Iterable[Report]:
    cost, names = _figure(facts, COST), _model_names(facts)
    for statement in facts.written(HOURS):
        figure = statement.claim.figure
        if figure is None:
            continue
        if cost is not None and (figure.matches(int(cost.low)) or cost.matches(int(figure.low))):
            yield Report(
                f"{printed(statement.claim)} GPU-hours is the cost in dollars ({cost.text}); the two are not the same",
                statement.claim.location,
                claimed=f"{printed(statement.claim)} GPU-hours",
                derived=f"cost {cost.text}",
            )
            continue
        for budget in BUDGETS:
            if budget.name in names and figure.matches(budget.dollars) and not figure.matches(budget.hours):
                yield Report(
                    f"{printed(statement.claim)} GPU-hours is the published cost in dollars; the hours are "
                    f"{exact(budget.hours)} ({budget.source})",
                    statement.claim.location,
                    claimed=f"{printed(statement.claim)} GPU-hours",
                    derived=f"{exact(budget.hours)} hours",
                )


def _speed(facts: Facts) -> Iterable[Report]:
    """The largest figure of each file is the whole run's; smaller ones are its stages'."""
    products = products_of(facts)
    whole: dict[str, Statement] = {}
    for statement in facts.written(HOURS) if products else ():
        file, figure = statement.claim.location.file, statement.claim.figure
        if figure is not None and (file not in whole or figure.low > (whole[file].claim.figure or figure).low):
            whole[file] = statement
    for statement in whole.values():
        figure = statement.claim.figure
        if figure is None or products is None or figure.low < 1000:
            continue
        rate = 6 * used(products)[1] * products[0] / (float(figure.low) * 3600)
        if not SLOWEST <= rate <= FASTEST:
            yield Report(
                f"{printed(statement.claim)} GPU-hours for these tokens are {rate / 1e12:,.3g} TFLOP/s per device",
                statement.claim.location,
                claimed=f"{printed(statement.claim)} GPU-hours",
                derived=f"{rate / 1e12:,.3g} TFLOP/s",
            )


def _tokens(facts: Facts) -> Iterable[Report]:
    active = facts.count("active.full")
    for statement in facts.written(TOKENS):
        figure = statement.claim.figure
        if figure is not None and figure.low and active and not active <= figure.high <= 3 * 10**14:
            yield Report(
                f"{printed(statement.claim)} training tokens for {short(active)} active parameters: a unit may be "
                f"wrong",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"active.full = {exact(active)}",
            )


def _devices(facts: Facts) -> Iterable[Report]:
    for statement in facts.written(HOURS):
        claim = statement.claim
        text = f"{claim.value} {claim.note} {claim.quote}"
        if claim.origin is Origin.CLAIM_FILE and not re.search(r"[A-Z]{1,3}\d{1,3}|TPU|Ascend|Gaudi", text):
            yield Report(
                f"{printed(claim)} GPU-hours of which device is not said", claim.location, claimed=printed(claim)
            )


def _currency(facts: Facts) -> Iterable[Report]:
    for statement in facts.written(HOURS):
        claim = statement.claim
        before = _before(facts, statement) if claim.origin is Origin.CARD else str(claim.value)[:1]
        if before and before in "$€¥£":
            yield Report(
                f"{before}{printed(claim)} GPU-hours: dollars or hours?",
                claim.location,
                claimed=f"{before}{printed(claim)} GPU-hours",
            )


def _before(facts: Facts, statement: Statement) -> str:
    """The character before a card's figure, which the reader of prose blanks out with the markup."""
    place = statement.claim.location
    lines = facts.texts.get(place.file, "").split("\n")
    line = lines[place.line - 1] if place.line and place.line <= len(lines) else ""
    return line[: (place.column or 1) - 1].rstrip("~ ")[-1:]


COMPUTE: tuple[Rule, ...] = (
    Rule(
        "training-flop-from-total",
        FAMILY,
        "training compute is computed from total parameters",
        why="A token trains the experts it is routed to; the figure is too high by the sparsity.",
        decided="The figure equals 6 (or 2) × total × tokens within 8 %.",
        example="287.8 TFLOP from total, 80.0 from active parameters (Mixtral)",
        url="https://github.com/AI-Hypercomputer/maxtext/issues/678",
        fix="Use active parameters: 6 · active · tokens, or count operations.",
        check=_wrong_n,
    ),
    Rule(
        "training-flop-2nd",
        FAMILY,
        "training compute counts the forward pass alone",
        why="The backward pass takes twice the forward pass, so the figure is three times too low.",
        decided="The figure equals 2 × active × tokens within 8 %.",
        example="2ND instead of 6ND for DeepSeek-V3: an MFU of 7.2 %",
        url="https://github.com/jax-ml/scaling-book/issues/31",
        fix="Use 6 · active · tokens.",
        check=_two_passes,
    ),
    Rule(
        "training-flop-implausible",
        FAMILY,
        "training compute does not go with the tokens",
        why="It decides whether duties of the AI Act apply.",
        decided="More than three times above or below 6 · active.full · tokens.",
        fix="Say how it was counted.",
        check=_implausible_flop,
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
        example="one framework counts five times the operations of another for Qwen3-30B-A3B",
        url="https://github.com/pytorch/torchtitan/issues/4300",
    ),
    Rule(
        "dollars-as-hours",
        FAMILY,
        "dollars are given as GPU-hours",
        why="The hours, and all energy and compute derived from them, are off by the hourly price.",
        decided="The hours equal the stated cost, or the published cost of the same model.",
        example='DeepSeek-V3 "5.5 million GPU-hours": 2.788M hours, 5.576M dollars',
        url="https://arxiv.org/abs/2412.19437",
        fix="Give hours and dollars apart, with the hourly price.",
        check=_dollars,
        severity=Severity.ERROR,
    ),
    Rule(
        "hours-in-currency",
        FAMILY,
        "hours carry a currency sign",
        why="The reader cannot tell the cost from the time.",
        decided="A currency sign stands before the figure of GPU-hours.",
        fix="Give hours and dollars apart.",
        check=_currency,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "gpu-hours-implausible",
        FAMILY,
        "GPU-hours that no device can turn into these tokens",
        why="Hours, tokens or parameters are off by orders of magnitude.",
        decided="6 · active.full · tokens ÷ hours lies above 5,000 or below 1 TFLOP/s per device.",
        fix="Check units of hours and tokens.",
        check=_speed,
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "training-tokens-implausible",
        FAMILY,
        "a number of training tokens out of range",
        why="Billions and trillions are easily exchanged.",
        decided="Fewer tokens than active parameters, or more than 300 trillion.",
        fix="Check the unit.",
        check=_tokens,
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "gpu-hours-device-missing",
        FAMILY,
        "GPU-hours without the device",
        why="An hour of one device is worth many of another.",
        decided="Neither value, note nor quote names a device.",
        fix="Name the device.",
        check=_devices,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
    ),
)
