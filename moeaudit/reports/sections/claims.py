"""The claims, one by one, held against the evidence."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.blocks import Block, Column, Paragraph, Picture, Table, Tone
from moeaudit.reports.document.runs import (
    Figure,
    Form,
    Gap,
    Link,
    Name,
    Quote,
    Runs,
    Tag,
    joined,
    lines,
    muted,
    runs,
    strong,
)
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Claim
from moeaudit.reports.sections.needs import Claimed

CLAIM_FILE = "claim-file"
"""Where most claims stand; of others it is said beside the claim, where narrow media show it too."""

PICTURED = ("total", "active")
"""Kinds of claims that are drawn on an axis."""

NEEDS = ("claims", "denominators")


def section(result: Claimed, w: Words) -> Iterator[Block]:
    """Where the figures stand as pictures, claim by claim, and what the verdicts mean."""
    if not result.claims:
        yield Paragraph(w("claims.none"))
        return
    for kind in PICTURED:
        values = (("kind", kind), ("claims", result.claims), ("denominators", result.denominators), w.drawn("claims"))
        yield Picture("claims", values, w("claims.picture", kind=w.of("claims.kinds_drawn", kind)))
    yield Table(
        (
            Column(w("columns.item"), 0.6),
            Column(w("columns.claim"), 1.6),
            Column(w("columns.printed"), 1.2),
            Column(w("columns.verdict"), 1.4),
            Column(w("columns.against"), 2.5),
            Column(w("columns.source"), 3.1, brief=False),
        ),
        tuple(row(one, w) for one in result.claims),
        w("sections.claims"),
        shown=False,
        name="claims",
    )
    yield legend(dict.fromkeys(one.verdict for one in result.claims), "verdicts", w)


def legend(words: dict[str, None], group: str, w: Words) -> Paragraph:
    """What each of these words means."""
    meanings = joined([runs(Tag(word), " ", w.of(group, word)) for word in words], " · ")
    return Paragraph(runs(strong(w("document.legend"), ": "), meanings), Tone.SMALL)


def row(one: Claim, w: Words) -> tuple[Runs, ...]:
    stated = muted(w("claims.stated", denominator=Name(one.stated))) if one.stated else None
    about = muted(w("claims.about", subject=one.subject)) if one.subject else None
    by = muted(w.of("claims.origins", one.origin)) if one.source is None and one.origin != CLAIM_FILE else None
    return (
        runs(one.item),
        lines(field(one, w), stated, about, by),
        runs(one.printed),
        runs(Tag(one.verdict)),
        against(one, w),
        source(one, w),
    )


def field(one: Claim, w: Words) -> Runs:
    """The field in words: `active parameters`, `evaluation 2: precision`."""
    section, _, name = one.path.rpartition(".")
    words = runs(w.of("fields", name) if w.has(f"fields.{name}") else name.replace("_", " "))
    if section.startswith("evaluations["):
        return w("claims.of_evaluation", number=int(section[12:-1]) + 1, field=words)
    return w("claims.of_deployment", field=words) if section == "deployment" else words


def against(one: Claim, w: Words) -> Runs:
    """What fits, what is nearest, and why."""
    fits = [runs(Name(fit.denominator), " ", w(f"claims.{fit.how}")) for fit in one.fits]
    nearest: Runs = ()
    if one.nearest is not None and one.gap is not None:
        nearest = w("claims.nearest", figure=Figure(one.nearest, Form.NAMED), gap=Gap(one.gap))
    return lines(joined(fits), nearest, one.reason)


def source(one: Claim, w: Words) -> Runs:
    """Who says so, in which words."""
    named = one.source
    if named is not None:
        kind = w(f"claims.kinds.{named.kind}") if named.kind else ()
        told = joined([kind, w("claims.read", date=named.read) if named.read else ()])
        said = runs(Link(named.title or named.id, named.url), runs(" (", told, ")") if told else None)
    else:
        said = w("claims.no_source") if one.origin == CLAIM_FILE and one.printed else ()
    return lines(said, Quote(one.quote) if one.quote else None, one.note)
