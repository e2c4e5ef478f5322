"""What an estimate is asked for, from an inspected model: something to serve, the work, the training run."""

from __future__ import annotations

import re
from dataclasses import replace

from moeaudit.costs.estimate import TrainingRun
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.served import Served
from moeaudit.costs.storage import packed, uniform
from moeaudit.errors import NothingToAudit, Place, UsageError
from moeaudit.later import expression
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent
from moeaudit.text import quoted, visible
from moeaudit.vocabulary import Basis

CONTEXT, CONCURRENCY, PRICE = (1, 10**8), (1, 2**32), (0, 1_000_000)
"""The least and the most that is asked of a fleet: tokens of a request, requests at once, the price of an hour."""

PLAIN_BITS = expression(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)

PRICED = expression(r"(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?P<currency>[A-Z]{3})?", re.ASCII)
"""`2.5`, or `2.5USD`."""

NEARLY = r"(?P<number>[0-9]+(?:\.[0-9]+|,[0-9]{1,2})?)"
NAMED = r"(?P<currency>[A-Za-z]{3}|[$€£¥₹])"
MEANT = tuple(expression(form, re.ASCII) for form in (rf"{NEARLY} ?{NAMED}?", rf"{NAMED} ?{NEARLY}"))
SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR"}
"""Signs that stand for one currency. A dollar or yen sign stands for several, and whose is not guessed."""

RESTS_ON = {
    Basis.READ: "as the weights' headers list it",
    Basis.MATCHED: "from the config; the weights' names and sizes agree",
    Basis.PREDICTED: "from the config; no weights confirm it",
    Basis.ASSUMED: "from the config; the weights are not understood",
}
"""Where the bytes of an estimate come from, by what the counts rest on."""


def bits_of(text: str) -> float | str:
    """`--bits` as a number from 1 to 64, or the name of a type of llama.cpp's quantiser. UsageError for neither."""
    if PLAIN_BITS.fullmatch(text):
        if 1 <= float(text) <= 64:
            return float(text)
        raise UsageError(f"--bits is {quoted(text, 40)}", hint="It is a number from 1 to 64, or a type such as q4_k_m.")
    from moeaudit.costs.mixes import mix_named

    return mix_named(text)


def served_model(inspection: Inspection, bits: float | str | None = None) -> Served:
    """The model with its storage: as its account settles it, `bits` per matrix parameter, or a file type of llama.cpp's
    quantiser. NothingToAudit where the config names no known architecture."""
    evidence, architecture = inspection.evidence, inspection.architecture
    if architecture is None and inspection.origin is not None and not inspection.origin.agrees:
        raise NothingToAudit(
            f"it differs from its origin {visible(inspection.origin.model, limit=80)}, whose config is not its own",
            place=Place(evidence.model.id),
            hint="See what differs with moeaudit inspect; name with --against the model it was made from.",
        )
    if architecture is None and inspection.converted is not None:
        raise NothingToAudit(
            "a GGUF file does not say what its layers compute and cache, its origin's config does",
            place=Place(evidence.model.id),
            hint="Name the model it was made from with --against; it must have the same counts.",
        )
    if architecture is None:
        described = evidence.config is not None or bool(evidence.documents)
        what = "a pipeline is no language model" if inspection.pipeline is not None else "there is no config"
        what = "the config names no known architecture" if described and inspection.pipeline is None else what
        raise NothingToAudit(
            f"{what}, so nothing can be placed on devices",
            place=Place(evidence.model.id),
            hint="Give the folder of one of its parts."
            if inspection.pipeline is not None
            else "Describe its blocks in a spec file (*.moe.yaml).",
        )
    if isinstance(bits, str):
        from moeaudit.costs.mixes import mixed

        return Served(architecture, mixed(bits, architecture), name=evidence.model.id)
    if bits is not None:
        return Served(architecture, uniform(bits), name=evidence.model.id)
    form = inspection.account.storage
    origin = f"{form.precision()}, {RESTS_ON[rests_on(inspection)]}"
    if inspection.account.needs is not None:
        origin += "; not settled, see moeaudit inspect"
    return Served(architecture, packed(form, architecture, origin=origin), name=evidence.model.id)


def rests_on(inspection: Inspection) -> Basis:
    """What the count of all parameters rests on."""
    total = inspection.denominators["total.full"]
    return Basis.ASSUMED if isinstance(total, Absent) else total.basis


def placed(model: Served, layout: Layout) -> Layout:
    """Data parallelism of a model without experts is replicas: nothing is shared."""
    if layout.dp > 1 and model.experts is None:
        return replace(layout, dp=1, replicas=layout.replicas * layout.dp)
    return layout


def at_own_length(fleet: Fleet, served: Served) -> Fleet:
    """A launch command that names no length: the engine takes the config's own, and must hold one request of it."""
    own = served.architecture.context_length
    if own is None:
        return fleet
    note = f"The command names no length: the engine takes the {own:,} positions of the config."
    return replace(fleet, workload=replace(fleet.workload, context=own, assumed=False), notes=(*fleet.notes, note))


def priced(text: str) -> tuple[float, str | None]:
    """`2.5` or `2.5USD` as a number and a code. UsageError with the form that was meant for anything else."""
    found = PRICED.fullmatch(text)
    if found is None:
        raise UsageError(f"--price {quoted(text, 40)} is not a price", hint=f"Write it as {meant(text)}.")
    return float(found["number"]), found["currency"]


def meant(text: str) -> str:
    """The price that somebody may have meant, in the form that is read; without a guess, an example of it."""
    found = next(filter(None, (form.fullmatch(text.strip()) for form in MEANT)), None)
    number = found["number"].replace(",", ".") if found else "2.5"
    sign = (found["currency"] or "") if found else "$"
    if sign in ("$", "¥"):
        return f"{number}, or with the currency's three letters, such as {number}EUR"
    return f"{number}{SIGNS.get(sign, sign.upper())}"


def adjusted(
    fleet: Fleet, context: int | None, concurrency: int | None, price: float | None, currency: str | None = None
) -> Fleet:
    """The fleet with the command line's work and price in place of its own: a price without a currency is in the
    fleet's own. UsageError for what no fleet is asked."""
    for name, asked, (least, most) in (
        ("context", context, CONTEXT), ("concurrency", concurrency, CONCURRENCY), ("price", price, PRICE)
    ):  # fmt: skip
        if asked is not None and not least <= asked <= most:  # nor NaN, which no bound of an option holds back
            raise UsageError(f"--{name} is {asked:.6g}", hint=f"It is a number from {least} to {most:,}.")
    own = fleet.prices
    if currency is not None and own.currency not in (None, currency) and own.energy is not None:
        raise UsageError(
            f"--price is in {currency}, the fleet's price_per_kwh in {own.currency}", hint="Give both in one currency."
        )
    work = replace(
        fleet.workload,
        context=context or fleet.workload.context,
        concurrency=concurrency or fleet.workload.concurrency,
        assumed=fleet.workload.assumed and context is None,
    )
    hour = own.device_hour if price is None else price
    prices = replace(own, device_hour=hour, currency=currency or own.currency)
    return replace(fleet, workload=work, prices=prices)


def training_run(tokens: int, inspection: Inspection) -> TrainingRun:
    """A run over `tokens` tokens, with the counts that its shorthands take."""

    def count(name: str) -> int | None:
        value = inspection.denominators.get(name)
        return None if value is None or isinstance(value, Absent) else value.typical

    counted = "-tables" if "active.head-tables" in inspection.denominators else ""
    active, total = count(f"active.head{counted}"), count(f"total.full{counted}")
    return TrainingRun(tokens, active=active, total=total, executed=count("executed.head"), counted=counted)
