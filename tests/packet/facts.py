"""Every leaf of a packet with how a page shows it: an id, a count, a size, a text. What no page shows is named, with
why.

This knows the model and nothing of sections, blocks or templates: it says what a reader of the JSON could ask a page
for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from moeaudit.checks.status import MEANINGS, ItemStatus
from moeaudit.reports.document.runs import Between
from moeaudit.reports.document.spoken import between
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Amount, Denominator, Packet
from moeaudit.reports.packet.words import plain, power, quantity, value
from moeaudit.text import exact

NOT_SHOWN: dict[str, str] = {
    "architecture.layers": "drawn; the same layers stand by their likeness",
    "architecture.kinds.like.stack": "where tensors are named: in the JSON",
    "architecture.kinds.like.first": "within the numbers of the layers",
    "architecture.kinds.like.last": "within the numbers of the layers",
    "architecture.kinds.like.experts": "within the words of the feed-forward",
    "architecture.kinds.like.selected": "within the words of the feed-forward",
    "architecture.settlement.needs": "in words, in what is left open",
    "summary.top": "the first of the findings, whole in their section",
    "summary.state": "a sentence of its own",
    "summary.fits": "a sentence of its own, fleet by fleet",
    "summary.agreement": "a sentence of its own",
    "claims.kind": "what the rules go by",
    "claims.low": "drawn: the bounds that the printed figure stands for",
    "claims.high": "drawn: the bounds that the printed figure stands for",
    "claims.denominator": "one of those that fit",
    "claims.path": "its last part in words",
    "claims.title": "the meaning of the item, in the checklist",
    "claims.place": "said where something is asked or found about the claim",
    "claims.source.url": "an address behind the title: see `links`",
    "findings.outcome": "what the severity follows from",
    "subject.distribution": "in the obligations, in words",
    "checklist.items.derive": "how an item can be had at all: in the JSON",
    "obligations.id": "for programs; people read the title",
    "appendix.inputs.origin": "said by their heading",
    "questions.number": "by the place in the list: see `numbers`",
}
"""Path of a field → why no page shows it as it stands."""

UNITS = frozenset(
    {
        "architecture.facts", "architecture.kinds", "architecture.components", "architecture.witnesses",
        "denominators", "claims", "checklist.items", "estimates.figures", "estimates.training",
        "estimates.memory.parts", "estimates.layouts", "estimates.thresholds", "paths", "obligations.items",
        "questions", "appendix.evidence", "appendix.inputs", "fleets",
    }
)  # fmt: skip
"""What stands together: all of one of these is in one row, one item, or one line."""

ONCE = frozenset(
    {"architecture.witnesses.synthesised", "estimates.layouts.binds", "obligations.items.reading", "questions.group"}
)
"""What is said once for many."""


@dataclass(frozen=True)
class Fact:
    """`path`: of the field, without places in lists; `text`: as pages show it; `unit`: what it stands together with."""

    path: str
    text: str
    unit: str = ""


def leaves(found: Any, place: str = "", unit: str = "") -> Iterator[tuple[str, str, Any, Any]]:
    """Of every value: its place, its unit, itself, and what holds it."""
    for field in fields(found):
        at, held = f"{place}.{field.name}".lstrip("."), getattr(found, field.name)
        for number, one in enumerate(held if isinstance(held, tuple) else (held,)):
            numbered = f"{at}[{number}]" if isinstance(held, tuple) else at
            inner = numbered if bare(numbered) in UNITS else unit
            if isinstance(one, Denominator) and one.amount.low is None:  # of one that does not apply, only that is told
                yield from leaves(one.amount, numbered, inner)
            elif is_dataclass(one) and not isinstance(one, type):
                yield from leaves(one, numbered, inner)
            else:
                yield at, inner, one, found


def bare(place: str) -> str:
    return re.sub(r"\[\d+\]", "", place)


def facts(packet: Packet, words: Words) -> Iterator[Fact]:
    """Every fact of a packet. Nothing, and what says that there is nothing, is none."""
    for place, near, found, holder in leaves(packet):
        path = bare(place)
        unit = "" if path in ONCE else near
        if path.startswith("paths.") and not any(one.evaluated or one.delivered for one in packet.paths):
            continue  # one sentence says that there is none
        if path == "checklist.items.title" and packet.summary.state == "none" and not reason(holder.reason, holder):
            continue  # the question says it
        if found in (None, "", False) or any(path == one or path.startswith(f"{one}.") for one in NOT_SHOWN):
            continue
        if isinstance(holder, Amount):
            if path.endswith(".denominator"):
                yield from (Fact(path, one, unit) for one in (found, *counts(holder, between(words))))
                yield from (Fact(path, one) for one in grounds(holder, words))
        elif path in SHOWN:
            yield from (Fact(path, one, unit) for one in SHOWN[path](found, holder, words))
        elif isinstance(found, bool):
            raise AssertionError(f"{path} is neither shown nor said not to be")
        else:
            yield Fact(path, found if isinstance(found, str) else exact(found), unit)


def links(packet: Packet) -> set[str]:
    """The addresses that pages lead to."""
    sources = {one.source.url for one in packet.claims if one.source is not None}
    return {url for url in (*sources, *(one.url for one in packet.findings)) if url}


def numbers(packet: Packet) -> list[int]:
    return [one.number for one in packet.questions]


def counts(one: Amount, words: Between) -> Iterator[str]:
    """A count, and what is typical of a range."""
    if one.low is not None:
        yield value(one, words)
        yield from (exact(one.typical),) if one.typical is not None and not one.exact else ()


def grounds(one: Amount, words: Words) -> Iterator[str]:
    """Why there is none, why it is a range, what it rests on: said once for all that share it."""
    if one.low is None:
        yield one.absent
        return
    yield from one.reason.split("; ") if one.reason and not one.exact else ()
    yield from (words.of("bases", one.basis),) if one.basis else ()


Showing = Callable[[Any, Any, Words], tuple[str, ...]]
"""(value, what holds it, words) → the texts that stand for it."""


def said(path: str) -> Showing:
    """A word of a closed list, as the strings say it."""
    return lambda word, _, w: (w.of(path, word),)


def measured(number: float, one: Any, _: Words) -> tuple[str, ...]:
    """With its unit; of a band, the unit stands once."""
    return (quantity(number, one.unit) if one.unit in ("bytes", "FLOP") else plain(number),)


def unit_of(unit: str, *_: Any) -> tuple[str, ...]:
    return ("B" if unit == "bytes" else unit,)


def size(found: int, *_: Any) -> tuple[str, ...]:
    return (quantity(found, "bytes"),)


def elsewhere(*_: Any) -> tuple[str, ...]:
    """Within what stands beside it."""
    return ()


def reason(found: str, item: Any, *_: Any) -> tuple[str, ...]:
    """What is missing and nothing else stands in one line, which says so once."""
    bare = item.status == ItemStatus.MISSING and found == MEANINGS[ItemStatus.MISSING] and not item.said
    return () if bare else (found,)


def origin_of(claim: Any, w: Words) -> tuple[str, ...]:
    """What it was read from; of a figure in a claim file, that no source is named, and of the rest of one nothing."""
    if claim.origin != "claim-file":
        return (w.of("claims.origins", claim.origin),)
    return (w.text("claims.no_source"),) if claim.printed else ()


FITS, DOES_NOT_FIT = "fits", "does-not-fit"
QUEUES = "queues"
VERDICTS = {FITS: "fits", QUEUES: "queues", "too-close-to-call": "close", DOES_NOT_FIT: "short"}
"""Whether a fleet holds the model → the name of its sentence."""


def opening(sentence: str) -> tuple[str, ...]:
    """What stands before the first gap."""
    return (sentence.partition("{")[0],)


def closing(w: Words, verdict: str) -> tuple[str, ...]:
    """What is said of the model's own context, after it is named."""
    return (w.text(f"summary.own.{verdict}").rpartition("}")[2],)


TAGS = (
    "summary.verdicts.word", "summary.findings.word", "summary.checklist.word", "claims.verdict", "findings.severity",
    "checklist.items.status",
)  # fmt: skip
"""Words of closed lists that pages say in their own language."""

SHOWN: dict[str, Showing] = {
    "subject.source": said("sources"),
    "subject.recorded": lambda *one: (one[2].text("sources.recorded"),),
    "architecture.facts.name": said("facts"),
    "architecture.non_parameters.word": lambda word, *_: (word.replace("_", " "),),
    "architecture.kinds.like.part": said("parts"),
    "architecture.kinds.like.mixer_kind": said("mixers"),
    "architecture.kinds.like.ffn_kind": said("ffns"),
    "architecture.witnesses.name": lambda name, one, _: (name,) if one.available else (),
    "architecture.witnesses.available": elsewhere,
    "architecture.agreement.verdict": lambda word, _, w: (w.text(f"summary.agreement.{word}"),),
    **dict.fromkeys(TAGS, said("tags")),
    "architecture.settlement.basis": said("bases"),
    "claims.fits.how": lambda how, _, w: (w.text(f"claims.{how}"),),
    "claims.gap": lambda gap, *_: (f"{100 * gap:+.1f} %",),
    "claims.origin": lambda origin, one, w: () if one.source else origin_of(one, w),
    "claims.source.id": lambda name, one, _: () if one.title else (name,),
    "claims.source.kind": said("claims.kinds"),
    "checklist.name": said("groups"),
    "checklist.items.reason": reason,
    "estimates.fits": elsewhere,
    "estimates.verdict": lambda verdict, _, w: (w.text(f"estimates.{VERDICTS[verdict]}"),),
    "estimates.figures.name": said("figures"),
    "estimates.training.name": said("figures"),
    **{f"estimates.{group}.{end}": measured for group in ("figures", "training") for end in ("low", "typical", "high")},
    "estimates.figures.unit": unit_of,
    "estimates.training.unit": unit_of,
    "estimates.memory.limit": size,
    "estimates.memory.free": size,
    "estimates.memory.parts.bytes": size,
    "estimates.layouts.fits": lambda fits, _, w: (w.text("document.yes_word"),),
    "estimates.layouts.short": size,
    "estimates.thresholds.flop": lambda flop, *_: (power(flop),),
    "fleets.fits": elsewhere,
    "fleets.layout": lambda layout, one, _: () if one.verdict == DOES_NOT_FIT else (layout,),
    "fleets.requests": lambda number, one, _: (exact(number),) if one.verdict == FITS else (),
    "fleets.asked": lambda number, one, _: (exact(number),) if one.verdict == QUEUES else (),
    "fleets.served": lambda number, one, _: (exact(number),) if one.verdict == QUEUES else (),
    "fleets.smallest": lambda small, one, _: () if one.verdict == FITS else (small,),
    "fleets.verdict": lambda verdict, _, w: opening(w.text(f"summary.{VERDICTS[verdict]}")),
    "fleets.own_context": lambda number, one, _: () if one.verdict == DOES_NOT_FIT else (exact(number),),
    "fleets.own_verdict": lambda word, one, w: () if one.verdict == DOES_NOT_FIT else closing(w, word),
    "paths.aspect": said("paths.aspects"),
    "paths.status": said("paths.statuses"),
    "obligations.items.status": said("obligations.statuses"),
    "obligations.items.reading": said("obligations.readings"),
    "questions.why": lambda why, one, w: (w.of("questions.kinds", why),) if one.because else (),
    "questions.group": said("questions.groups"),
}  # fmt: skip
"""Path of a field → how it is shown."""


def packed(text: str) -> str:
    return re.sub(r"[\s\u200b\u2060“”]+", "", text)
