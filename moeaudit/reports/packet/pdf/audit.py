"""The sections of judgement: claims, findings, checklist, paths, obligations, questions, appendix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moeaudit.reports.document.fill import filled
from moeaudit.reports.packet import views
from moeaudit.reports.packet.model import Claim, EvidenceFile, Finding, Packet
from moeaudit.reports.packet.pdf.blocks import (
    LINE,
    Block,
    drawings,
    heading,
    linked,
    mono,
    muted,
    numbered,
    paragraph,
    picture,
    strong,
    table,
)
from moeaudit.reports.packet.words import figure
from moeaudit.text import exact

Strings = Mapping[str, Any]


def claims(packet: Packet, t: Strings) -> Iterator[Block]:
    """Where the figures stand as pictures, then claim by claim."""
    columns = t["columns"]
    if not packet.claims:
        yield paragraph(t["claims"]["none"])
        return
    for name, svg in drawings(packet).items():
        if name.startswith("claims-"):
            yield picture(svg, title_of(svg))
    yield table(
        [
            (columns["item"], 0.6),
            (columns["claim"], 1.6),
            (columns["printed"], 1.4),
            (columns["verdict"], 1.4),
            (columns["against"], 2.6),
            (columns["source"], 2.8),
        ],
        (
            [one.item, [one.title, *stated(one, t)], one.printed, strong(one.verdict), against(one, t), source(one, t)]
            for one in packet.claims
        ),
    )


def title_of(svg: str) -> str:
    from html import unescape

    return unescape(svg.partition("</title>")[0].rpartition(">")[2])


def stated(claim: Claim, t: Strings) -> list[Any]:
    return [LINE, muted(filled(t["claims"]["stated"], denominator=claim.stated))] if claim.stated else []


def against(claim: Claim, t: Strings) -> list[Any]:
    """What fits, what is nearest, and why."""
    words = t["claims"]
    lines: list[list[Any]] = [[mono(fit.denominator), f" {words[fit.how]}"] for fit in claim.fits]
    if claim.nearest is not None:
        lines.append([filled(words["nearest"], figure=figure(claim.nearest), gap=views.gap(claim))])
    if claim.reason:
        lines.append([claim.reason])
    return between(lines)


def source(claim: Claim, t: Strings) -> list[Any]:
    """Who says so, in which words."""
    words, named = t["claims"], claim.source
    lines: list[list[Any]] = []
    if named is not None:
        kind = f" ({words['kinds'][named.kind]})" if named.kind else ""
        lines.append([linked(named.title or named.id, named.url), kind])
    elif claim.origin == "claim-file" and claim.printed:
        lines.append([words["no_source"]])
    else:
        lines.append([words["origins"][claim.origin]])
    if claim.quote:
        lines.append([muted(filled(words["quote"], text=claim.quote))])
    if claim.note:
        lines.append([claim.note])
    if claim.subject:
        lines.append([filled(words["about"], subject=claim.subject)])
    return between(lines)


def between(lines: list[list[Any]]) -> list[Any]:
    """Each on a line of its own."""
    return [piece for place, line in enumerate(lines) for piece in ([LINE, *line] if place else line)]


def findings(packet: Packet, t: Strings) -> Iterator[Block]:
    if not packet.findings:
        yield paragraph(t["findings"]["none"])
        return
    yield numbered([*message(one, t), LINE, *sides(one, t)] for one in packet.findings)


def message(found: Finding, t: Strings) -> list[Any]:
    words = t["findings"]
    lines: list[list[Any]] = [[strong(f"{found.severity}: {found.title}. "), found.message]]
    if found.tip:
        lines.append([muted(f"{words['tip']}: {found.tip}")])
    if found.suppressed is not None:
        lines.append([muted(filled(words["suppressed"], reason=found.suppressed))])
    lines.append([muted(filled(words["rule"], rule=found.rule, confidence=found.confidence))])
    return between(lines)


def sides(found: Finding, t: Strings) -> list[Any]:
    words = t["findings"]
    pairs = (
        (words["claimed"], found.claimed),
        (words["derived"], found.derived),
        (words["place"], views.place(found.place) if found.place else ""),
    )
    return between([[strong(f"{name}: "), text] for name, text in pairs if text])


def checklist(packet: Packet, t: Strings) -> Iterator[Block]:
    columns = t["columns"]
    for group in packet.checklist:
        yield heading(2, t["groups"].get(group.name, group.name))
        yield table(
            [(columns["item"], 2.6), (columns["status"], 1.2), (columns["said"], 2), (columns["reason"], 3)],
            (
                [[strong(f"{one.id} "), one.title], strong(one.status), "; ".join(one.said), one.reason]
                for one in group.items
            ),
        )


def paths(packet: Packet, t: Strings) -> Iterator[Block]:
    columns, words = t["columns"], t["paths"]
    if not packet.paths:
        yield paragraph(words["none"])
        return
    yield table(
        [
            (columns["evaluation"], 1.6),
            (columns["aspect"], 1.2),
            (columns["evaluated"], 2),
            (columns["delivered"], 2),
            (columns["status"], 1),
        ],
        (
            [
                one.evaluation or words["unnamed"],
                words["aspects"][one.aspect],
                one.evaluated or words["not_stated"],
                one.delivered or words["not_stated"],
                strong(words["statuses"][one.status]),
            ]
            for one in packet.paths
        ),
    )


def obligations(packet: Packet, t: Strings) -> Iterator[Block]:
    columns, words = t["columns"], t["obligations"]
    for framework in packet.obligations:
        yield heading(2, framework.title)
        yield paragraph(
            muted(f"{filled(words['reference'], reference=framework.reference)}. {framework.note}"), leads=True
        )
        yield table(
            [(columns["duty"], 3.2), (columns["status"], 1.1), (columns["answer"], 3.4), (columns["origin"], 1.5)],
            (
                [
                    [
                        strong(f"{one.id} "),
                        one.text,
                        *([LINE, muted(words["readings"][one.reading])] if one.reading else []),
                    ],
                    strong(words["statuses"][one.status]),
                    one.answer or words["outside" if one.status == "outside" else "open"],
                    one.origin,
                ]
                for one in framework.items
            ),
        )


def questions(packet: Packet, t: Strings) -> Iterator[Block]:
    columns, words = t["columns"], t["questions"]
    if not packet.questions:
        yield paragraph(words["none"])
        return
    yield table(
        [("#", 0.4), (columns["question"], 5.4), (columns["because"], 3.6)],
        (
            [
                str(one.number),
                one.text,
                [", ".join(filter(None, (one.item, words["kinds"][one.why]))), LINE, muted(one.because)],
            ]
            for one in packet.questions
        ),
    )


def appendix(packet: Packet, t: Strings) -> Iterator[Block]:
    """What is needed to make the packet again."""
    words, made = t["appendix"], packet.appendix
    commit = filled(words["commit"], commit=packet.subject.commit) if packet.subject.commit else words["no_commit"]
    yield paragraph(f"{filled(words['tool'], tool=made.tool, version=made.version)} {commit}")
    yield heading(2, words["reproduce"])
    yield paragraph(mono(made.command))
    yield paragraph(words["verify"])
    for title, files in ((words["evidence"], made.evidence), (words["inputs"], made.inputs)):
        yield heading(2, title)
        yield digests(files, t) if files else paragraph(words["no_evidence"])


def digests(files: tuple[EvidenceFile, ...], t: Strings) -> Block:
    columns = t["columns"]
    return table(
        [(columns["file"], 2.4), (columns["bytes"], 1), (columns["sha256"], 3.6), (columns["origin"], 2.6)],
        ([one.file, exact(one.bytes), mono(one.sha256), one.origin] for one in files),
        right=(1,),
    )
