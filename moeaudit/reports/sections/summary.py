"""The first page: what the model is, what is right, wrong and open, whether it fits, and where to sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.reports.document.blocks import Block, Facts, Fields, Heading, Items, Paragraph, Tallies, Tiles, Tone
from moeaudit.reports.document.runs import Decimal, Figure, Form, Name, Number, Runs, Tag, joined, lines, runs, strong
from moeaudit.reports.document.spoken import between
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Amount, Claim, Finding, FleetFit, Packet, Tally
from moeaudit.reports.packet.words import left_open
from moeaudit.reports.sections.claims import field
from moeaudit.text import short

STAKES = (
    "total_parameters", "active_parameters", "memory", "stored_capacity", "precision", "context_length", "hardware",
    "experts_per_token", "routed_experts", "licence", "training_compute", "training_tokens",
)  # fmt: skip
"""Fields by what a buyer loses where they are wrong, most first; the others follow in their own order."""

RIGHT = ("reproduced", "inferred", "ambiguous")
"""Ambiguous is right, too: under more than one count, and which one is meant is open."""

WRONG = ("contradicted", "reproduced-elsewhere")
MOST = 3
"""Claims that a sentence of the first page names."""

NEEDS = ("summary", "subject", "architecture", "claims", "findings", "questions", "fleets", "estimates")


def section(result: Packet, w: Words) -> Iterator[Block]:
    """In the order in which it is read: what, how big, true or not, does it fit, on what does it rest, who signs."""
    said = result.summary
    yield Paragraph(opening(result, w), Tone.LEAD)
    if said.unread:
        yield Paragraph(w("summary.unread", reason=said.unread), Tone.WARN)
    if said.state == "none" and result.subject.distribution == "hosted":
        yield Paragraph(runs(w("summary.hosted"), " ", w("summary.closed")))
    if said.headline:
        yield Tiles(
            tuple(
                (
                    runs(Figure(one, Form.SHORT)),
                    lines(w.of("headline", one.denominator), Name(one.denominator)),
                    joined([runs(Figure(one)), typical(one, w), runs(left_open(one, between(w)))], "; "),
                )
                for one in said.headline
            )
        )
    yield Items(tuple(judgement(result, w)))
    yield Facts(tuple(standing(result, w)))
    yield Tallies(
        (
            (w("summary.verdicts"), counts(said.verdicts), w("summary.no_claims")),
            (w("summary.findings"), counts(said.findings), w("summary.no_findings")),
            (w("summary.checklist"), counts(said.checklist), ()),
        )
    )
    if said.top:
        yield Heading(w("summary.top"))
        yield Items(tuple(finding(one) for one in said.top), ordered=True, name="top")
    yield Fields(tuple(w(f"sign.{name}") for name in ("purpose", "decision", "reviewer", "signature")))


def opening(result: Packet, w: Words) -> Runs:
    """What the model is, in two sentences."""
    said = w(f"state.{result.summary.state}", id=result.subject.id or w("document.unnamed"))
    facts = {one.name: one.value for one in result.architecture.facts}
    if result.summary.state != "moe" or "layers" not in facts:
        return said
    layers = w(
        "summary.layers", layers=facts["layers"], moe=facts["moe_layers"], experts=facts["routed_experts"],
        selected=facts["experts_per_token"], shared=facts["shared_experts"],
    )  # fmt: skip
    return runs(said, " ", layers)


def typical(one: Amount, w: Words) -> Runs:
    """The middle of a range, which its ends hide."""
    if one.exact or one.typical is None:
        return ()
    return w("summary.typically", figure=short(one.typical))


def counts(found: Sequence[Tally]) -> tuple[tuple[int, Runs], ...]:
    return tuple((one.count, runs(Tag(one.word))) for one in found)


def finding(one: Finding) -> Runs:
    return runs(Tag(one.severity), " ", strong(f"{one.title}."), f" {one.message}")


def judgement(result: Packet, w: Words) -> Iterator[Runs]:
    """What is right, what is wrong, what is open: a sentence each, by what a buyer loses."""
    claims = sorted((one for one in result.claims if one.printed), key=stake)
    right = [one for one in claims if one.verdict in RIGHT]
    wrong = [one for one in claims if one.verdict in WRONG]
    yield runs(strong(w("judgement.right"), ": "), named(right, w) or w("judgement.nothing_right"))
    others = [one for one in result.findings if one.severity == "error" and one.suppressed is None]
    if wrong:
        bad = named(wrong, w)
    elif others:
        bad = runs(others[0].message)
    else:
        bad = w("judgement.nothing_wrong")
    yield runs(strong(w("judgement.wrong"), ": "), bad)
    yield runs(strong(w("judgement.open"), ": "), joined(list(left(result, w)), "; ") or w("judgement.nothing_open"))


def left(result: Packet, w: Words) -> Iterator[Runs]:
    """What nobody can say yet."""
    if result.summary.left_open:
        yield runs(result.summary.left_open)
    for verdict in ("ambiguous", "unsupported"):
        found = sorted((one for one in result.claims if one.verdict == verdict and one.printed), key=stake)
        if found:
            yield w(f"judgement.{verdict}", claims=joined([said(one, w) for one in found[:MOST]]))
    undecided = sum(one.verdict == "unverifiable" for one in result.claims)
    if undecided:
        yield w("judgement.unverifiable", count=undecided)
    missing = sum(one.count for one in result.summary.checklist if one.word == "missing")
    if missing:
        yield w("judgement.missing", count=missing)
    if result.questions:
        yield w("judgement.questions", count=len(result.questions))


def named(claims: Sequence[Claim], w: Words) -> Runs:
    """The first few, each with what it says and what it fits or what would be true."""
    parts = [one_claim(one, w) for one in claims[:MOST]]
    rest = w("judgement.more", count=len(claims) - MOST) if len(claims) > MOST else ()
    return joined([*parts, rest], "; ")


def one_claim(one: Claim, w: Words) -> Runs:
    """What is claimed, and what it fits or what comes nearest."""
    if one.fits:
        fits = joined([runs(Name(fit.denominator)) for fit in one.fits[:2]], w("judgement.either"))
        return runs(said(one, w), " (", fits, ")")
    if one.nearest is not None:
        return runs(said(one, w), " (", w("judgement.nearest", figure=Figure(one.nearest, Form.NAMED)), ")")
    return said(one, w)


def said(one: Claim, w: Words) -> Runs:
    """`37B active parameters`, in plain words."""
    return runs(strong(one.printed), " ", field(one, w))


def stake(one: Claim) -> tuple[int, str]:
    name = one.path.rpartition(".")[2]
    return STAKES.index(name) if name in STAKES else len(STAKES), one.path


def fitting(one: FleetFit, w: Words) -> Runs:
    """Whether it fits a fleet, how many requests that gives, and what would do where it does not."""
    own = w(f"summary.own.{one.own_verdict}", context=Number(one.own_context)) if one.own_context else ()
    if one.verdict == "fits":
        fits = w("summary.fits", fleet=one.fleet, layout=one.layout, requests=Number(one.requests))
        return joined([fits, own], " ")
    if one.verdict in ("too-close-to-call", "queues"):
        name = "queues" if one.verdict == "queues" else "close"
        close = w(f"summary.{name}", fleet=one.fleet, layout=one.layout, served=Number(one.served),
                  asked=Number(one.asked or 1))  # fmt: skip
        smallest = w("estimates.smallest", fleet=one.smallest) if one.smallest else ()
        return joined([close, smallest, own], " ")
    smallest = w("estimates.smallest", fleet=one.smallest) if one.smallest else ()
    return joined([w("summary.short", fleet=one.fleet), smallest], " ")


def standing(result: Packet, w: Words) -> Iterator[tuple[Runs, Runs]]:
    """How many bytes, what it runs on, what the counts rest on, which files at which commit."""
    said = result.summary
    if size := stored(result, w):
        yield w("summary.stored"), size
    yield w("summary.fleet"), lines(*(fitting(one, w) for one in result.fleets)) or w("summary.no_fleet")
    if result.fleets and result.estimates is not None:
        yield w("summary.work"), runs(result.estimates.workload)
    seen = w(f"summary.agreement.{said.agreement}") if said.agreement else w("summary.no_evidence")
    yield w("summary.evidence"), seen
    if said.rests_on:
        yield w("summary.rests_on"), joined([runs(said.rests_on), runs(said.left_open)], "; ")
    if which := release(result, w):
        yield w("summary.release"), which


def stored(result: Packet, w: Words) -> Runs:
    """Bytes by the strongest account that was read, and the format."""
    seen = {one.name: one.bytes for one in result.architecture.witnesses if one.bytes and not one.synthesised}
    told = next((name for name in ("headers", "index", "config") if name in seen), None)
    if told is None:
        return ()
    size = w("answer.size", size=Decimal(seen[told]), told=w(f"answer.told.{told}"))
    format_of = next((one.value for one in result.architecture.facts if one.name == "precision"), "")
    return joined([size, runs(format_of)], ": ")


def release(result: Packet, w: Words) -> Runs:
    """Which of the model's releases this is about, as far as anybody says."""
    one = result.subject
    return joined(
        [
            runs(one.variant),
            w("summary.released", date=one.release_date) if one.release_date else (),
            w("summary.revision", revision=Name(one.revision)) if one.revision else (),
            w("summary.commit", commit=Name(one.commit)) if one.commit else (),
        ]
    )
