"""Obligations: each item of a framework with what the packet knows for it, and where that came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moeaudit.later import dataclass
from moeaudit.reports.packet.data import read_data
from moeaudit.reports.packet.model import (
    Amount,
    Architecture,
    Claim,
    Denominator,
    Estimated,
    Estimates,
    EvidenceFile,
    Framework,
    Obligation,
    Subject,
    Tally,
)
from moeaudit.reports.packet.words import brief, figure, gib, left_open, power, size_band, value

Answer = tuple[str, str]
"""What is known, and where it came from."""

ANNEXES = {"annex_xi": "Annex XI,", "annex_xii": "Annex XII,"}
"""Answers that count the items of an annex, which stand further down in the same framework."""

INSIDE = frozenset({"answered", "partly", "open"})


@dataclass(frozen=True)
class Known:
    """What answers are read from: the finished parts of the packet."""

    subject: Subject
    architecture: Architecture
    denominators: tuple[Denominator, ...]
    claims: tuple[Claim, ...]
    estimates: Estimates | None
    evidence: tuple[EvidenceFile, ...]
    verdicts: tuple[Tally, ...]

    def amount(self, name: str) -> Amount | None:
        return next((one.amount for one in self.denominators if one.id == name and one.amount.low is not None), None)

    def fact(self, name: str) -> str:
        return next((one.value for one in self.architecture.facts if one.name == name), "")

    @property
    def origin(self) -> str:
        """Where derived figures come from."""
        read = [seen.name for seen in self.architecture.witnesses if seen.available and not seen.synthesised]
        return f"derived from {', '.join(read)}" if read else "derived"

    @property
    def training(self) -> Estimated | None:
        return self.estimates.training[0] if self.estimates and self.estimates.training else None


def obligations(known: Known) -> Iterator[Framework]:
    """Every framework of the data file."""
    for framework in read_data("obligations.yaml")["frameworks"]:
        mapped = bool(framework.get("mapped"))
        items = [item_of(item, known, str(framework["reading"]), mapped) for item in framework["items"]]
        items = [with_annex(item, given, items) for item, given in zip(items, framework["items"], strict=True)]
        yield Framework(framework["id"], framework["title"], framework["reference"], framework["note"], tuple(items))


def item_of(item: Mapping[str, Any], known: Known, reading: str, mapped: bool) -> Obligation:
    """One item with all answers that the packet has for it."""
    sources: list[Answer | None] = [ANSWERS[name](known) for name in item.get("facts", ()) if name not in ANNEXES]
    sources += [claimed(path, known) for path in item.get("claims", ())]
    given = [answer for answer in sources if answer is not None]
    status = (
        "outside" if not sources else "open" if not given else "answered" if len(given) == len(sources) else "partly"
    )
    answer, origin = ("; ".join(dict.fromkeys(part)) for part in (zip(*given, strict=True) if given else ((), ())))
    return Obligation(
        str(item["id"]), item["text"], "mapped" if mapped else status, answer, origin, str(item.get("reading", reading))
    )


def with_annex(item: Obligation, given: Mapping[str, Any], items: list[Obligation]) -> Obligation:
    """An article that refers to an annex is answered by how much of the annex is."""
    name = next((name for name in given.get("facts", ()) if name in ANNEXES), None)
    if name is None:
        return item
    listed = [one for one in items if one.id.startswith(ANNEXES[name])]
    having = sum(one.status in ("answered", "partly") for one in listed)
    counts = f"{having} of {len(listed)} items of {ANNEXES[name].rstrip(',')} below have facts in this packet"
    answer = "; ".join(part for part in (counts, item.answer) if part)
    origin = "; ".join(part for part in ("counted below", item.origin) if part)
    return Obligation(item.id, item.text, "partly" if having else "open", answer, origin, item.reading)


def claimed(path: str, known: Known) -> Answer | None:
    """What the claim file or the card says about a field, with its source."""
    for claim in known.claims:
        if claim.path == path and (claim.printed or claim.reason):
            said = claim.printed or f"{claim.verdict}: {claim.reason}"
            source = (
                f"stated: {claim.source.title or claim.source.id}" if claim.source else f"stated in the {claim.origin}"
            )
            return f"{claim.field}: {said}", source
    return None


def architecture(known: Known) -> Answer | None:
    """The model in one sentence."""
    family = known.fact("family")
    if not family:
        return None
    experts = ""
    if known.fact("moe_layers") not in ("", "0"):
        experts = (f", {known.fact('moe_layers')} of them MoE with {known.fact('routed_experts')} routed experts, "
                   f"{known.fact('experts_per_token')} per token, {known.fact('shared_experts')} shared")  # fmt: skip
    return f"{family}: {known.fact('layers')} layers{experts}; {known.fact('attention')}", known.origin


def count(name: str, words: Callable[[Amount], str] = figure) -> Callable[[Known], Answer | None]:
    """The answer that one denominator gives."""

    def answer(known: Known) -> Answer | None:
        amount = known.amount(name)
        return (words(amount), known.origin) if amount else None

    return answer


def band(amount: Amount) -> str:
    counted = f"{amount.denominator} {value(amount)}"
    return f"{size_band(amount.typical or 0)} ({'; '.join(filter(None, (counted, left_open(amount))))})"


def fact(name: str, words: str) -> Callable[[Known], Answer | None]:
    """The answer that one fact of the architecture gives."""

    def answer(known: Known) -> Answer | None:
        found = known.fact(name)
        return (f"{words} {found}".strip(), known.origin) if found else None

    return answer


def modalities(known: Known) -> Answer | None:
    """Text, and what the encoders in the checkpoint add."""
    stored = {component.name for component in known.architecture.components}
    if not stored:
        return None
    kinds = ["text", *(word for word, name in (("vision", "vision"), ("audio", "audio")) if name in stored)]
    return f"components for: {', '.join(kinds)}", known.origin


def digests(known: Known) -> Answer | None:
    if not known.evidence:
        return None
    commit = f"commit {known.subject.commit}; " if known.subject.commit else ""
    return f"{commit}files with sha256 in the appendix: {len(known.evidence)}", "read"


def training_compute(known: Known) -> Answer | None:
    found = known.training
    if found is None:
        return None
    low, high = found.low or found.typical, found.high or found.typical
    return f"{power(found.typical)} FLOP (band {power(low)} to {power(high)}), {found.denominator}", "estimated"


def training_method(known: Known) -> Answer | None:
    return (known.training.method, "estimated") if known.training else None


def training_band(known: Known) -> Answer | None:
    found = known.training
    if found is None or found.low is None or found.high is None:
        return None
    low, high = found.low / found.typical - 1, found.high / found.typical - 1
    return f"the band reaches from {low:+.0%} to {high:+.0%} of the typical figure", "estimated"


def threshold(flop: float) -> Callable[[Known], Answer | None]:
    """Where the training band stands against a threshold."""

    def answer(known: Known) -> Answer | None:
        for one in known.estimates.thresholds if known.estimates else ():
            if one.flop == flop:
                return f"{one.verdict} {power(flop)} FLOP for the tokens stated; {one.meaning}", "estimated"
        return None

    return answer


def third(known: Known) -> Answer | None:
    found = known.training
    return (
        None
        if found is None
        else (f"one third of the typical estimate is {power(found.typical / 3)} FLOP", "estimated")
    )


def third_unknown(known: Known) -> Answer | None:
    return f"{power(1e25 / 3)} FLOP and {power(1e23 / 3)} FLOP", "arithmetic on the guidelines' thresholds"


def estimated(name: str, words: Callable[[Estimated], str]) -> Callable[[Known], Answer | None]:
    """The answer that one estimated figure gives."""

    def answer(known: Known) -> Answer | None:
        found = next((one for one in known.estimates.figures if one.name == name), None) if known.estimates else None
        return (words(found), "estimated") if found else None

    return answer


def verdicts(known: Known) -> Answer | None:
    if not known.verdicts:
        return None
    return f"claims by verdict: {', '.join(f'{one.count} {one.word}' for one in known.verdicts)}", "this packet"


def caveats(known: Known) -> Answer | None:
    notes = known.architecture.notes
    return ("; ".join(notes), known.origin) if notes else None


ANSWERS: Mapping[str, Callable[[Known], Answer | None]] = {
    "name": lambda known: (known.subject.id, "given"),
    "distribution": lambda known: (known.subject.distribution, "given"),
    "architecture": architecture,
    "total": count("total.full"),
    "total_short": count("total.full", lambda amount: f"{brief(amount)} ({amount.denominator})"),
    "size_band": count("total.full", band),
    "active": count("active.full"),
    "context": fact("context_length", "context:"),
    "modalities": modalities,
    "digests": digests,
    "memory": estimated("weights", lambda found: f"weights {gib(found.typical)} {found.denominator}"),
    "training_compute": training_compute,
    "training_method": training_method,
    "training_band": training_band,
    "threshold_systemic": threshold(1e25),
    "threshold_general": threshold(1e23),
    "third": third,
    "third_unknown": third_unknown,
    "inference_compute": estimated(
        "inference_benchmark", lambda found: f"{power(found.typical)} FLOP {found.denominator}"
    ),
    "inference_method": estimated("inference_benchmark", lambda found: found.method),
    "verdicts": verdicts,
    "caveats": caveats,
}
"""The keys that obligations.yaml may name under `facts`."""
