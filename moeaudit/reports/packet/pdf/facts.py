"""The sections of facts: summary, architecture, denominators, estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moeaudit.reports.document.fill import filled
from moeaudit.reports.packet import views
from moeaudit.reports.packet.model import Amount, Estimated, Estimates, LayerKind, Packet, Tally
from moeaudit.reports.packet.pdf.blocks import (
    LINE,
    Block,
    bullets,
    drawings,
    figures,
    heading,
    mono,
    muted,
    numbered,
    paragraph,
    picture,
    strong,
    table,
    tallies,
)
from moeaudit.reports.packet.words import brief, gib, left_open, power, quantity, rests_on, value
from moeaudit.text import exact

Strings = Mapping[str, Any]

DASH = "–"


def summary(packet: Packet, t: Strings) -> Iterator[Block]:
    """The first page: what the model is, the counts of verdicts, what matters most, whether it fits."""
    said, words = packet.summary, t["summary"]
    opening = [filled(t["state"][said.state], id=packet.subject.id or t["document"]["unnamed"])]
    if said.state == "moe":
        known = views.facts(packet)
        opening.append(
            filled(
                words["layers"],
                layers=known["layers"],
                moe=known["moe_layers"],
                experts=known["routed_experts"],
                selected=known["experts_per_token"],
                shared=known["shared_experts"],
            )
        )
    if said.unread:
        opening.append(filled(words["unread"], reason=said.unread))
    if said.state == "none" and packet.subject.distribution == "hosted":
        opening += [words["hosted"], words["closed"]]
    yield paragraph(" ".join(opening))
    if said.headline:
        yield figures(
            (one.denominator, brief(one), "; ".join(filter(None, (value(one), left_open(one)))))
            for one in said.headline
        )
    yield tallies(
        [
            (words["verdicts"], counted(said.verdicts), words["no_claims"]),
            (words["findings"], counted(said.findings), words["no_findings"]),
            (words["checklist"], counted(said.checklist), ""),
        ]
    )
    yield bullets(standing(packet, t))
    if said.top:
        yield heading(2, words["top"])
        yield numbered([strong(f"{one.severity}: {one.title}."), f" {one.message}"] for one in said.top)


def standing(packet: Packet, t: Strings) -> Iterator[list[Any]]:
    """Evidence, fleet and open questions, a line each."""
    said, words = packet.summary, t["summary"]
    seen = words["agreement"][said.agreement] if said.agreement else words["no_evidence"]
    commit = " " + filled(t["appendix"]["commit"], commit=packet.subject.commit) if packet.subject.commit else ""
    yield [strong(f"{words['evidence']}: "), seen + commit]
    if said.rests_on:
        yield [strong(f"{words['rests_on']}: "), "; ".join(filter(None, (said.rests_on, said.left_open)))]
    estimates = packet.estimates
    if said.fits is None or estimates is None:
        fleet = words["no_fleet"]
    else:
        fleet = filled(words["fits" if said.fits else "short"], fleet=estimates.fleet, layout=estimates.chosen)
    yield [strong(f"{words['fleet']}: "), fleet]
    yield [filled(words["questions"], count=len(packet.questions)) if packet.questions else words["no_questions"]]


def counted(found: tuple[Tally, ...]) -> list[tuple[int, str]]:
    return [(one.count, one.word) for one in found]


def architecture(packet: Packet, t: Strings) -> Iterator[Block]:
    """Facts, layers, components, witnesses."""
    found, words, columns = packet.architecture, t["architecture"], t["columns"]
    if not found.components:
        yield paragraph(words["none"])
        return
    drawn = drawings(packet)
    if found.facts:
        yield table(
            [(words["facts"], 1.2), (columns["value"], 3)], ([t["facts"][one.name], one.value] for one in found.facts)
        )
    if "layers" in drawn:
        yield heading(2, words["map"])
        yield picture(drawn["layers"], words["map"])
    if found.kinds:
        yield heading(2, words["kinds"])
        yield kinds(found.kinds, t)
    yield heading(2, words["components"])
    basis = found.settlement.basis if found.settlement else ""
    yield paragraph(filled(words["components_text"], witness=found.witness, basis=basis), leads=True)
    if "components" in drawn:
        yield picture(drawn["components"], words["components"])
    whole = views.stored(packet)
    yield table(
        [
            (columns["component"], 1.5),
            (columns["stored"], 1.6),
            (columns["share"], 1),
            (columns["active"], 1.6),
            (columns["meaning"], 3.4),
        ],
        (
            [
                mono(one.name),
                exact(one.stored),
                views.share(one.stored, whole),
                DASH if one.active is None else exact(one.active),
                one.text,
            ]
            for one in found.components
        ),
        right=(1, 2, 3),
    )
    if found.non_parameters:
        yield paragraph(filled(words["non_parameters"], list=views.tally_list(found.non_parameters)))
    yield heading(2, words["witnesses"])
    yield from witnesses(packet, t)
    if found.notes:
        yield bullets(found.notes)


def kinds(found: tuple[LayerKind, ...], t: Strings) -> Block:
    columns = t["columns"]
    return table(
        [
            (columns["layers"], 1),
            (columns["part"], 1.1),
            (columns["mixer"], 2.2),
            (columns["ffn"], 2),
            (columns["per_layer"], 1.5),
            (columns["active_layer"], 1.5),
        ],
        (
            [
                f"{one.numbers} ({one.count})",
                t["parts"][one.like.part],
                f"{t['mixers'][one.like.mixer_kind]}: {one.like.mixer}",
                f"{t['ffns'][one.like.ffn_kind]}: {one.like.ffn}",
                exact(one.like.parameters),
                exact(one.like.active),
            ]
            for one in found
        ),
        right=(4, 5),
    )


def witnesses(packet: Packet, t: Strings) -> Iterator[Block]:
    """The accounts side by side, and whether they agree."""
    found, columns = packet.architecture, t["columns"]
    yield table(
        [(columns["witness"], 1), (columns["parameters"], 2), (columns["tensors"], 1), (columns["bytes"], 2)],
        (
            [mono(one.name), counted_or_dash(one.total), counted_or_dash(one.tensors), counted_or_dash(one.bytes)]
            for one in found.witnesses
            if one.available
        ),
        right=(1, 2, 3),
    )
    agreement = found.agreement
    if agreement is None:
        return
    said = [
        filled(t["architecture"]["synthesised"], name=one.name, how=one.synthesised)
        for one in found.witnesses
        if one.synthesised
    ]
    said.append(t["summary"]["agreement"][agreement.verdict])
    if agreement.verdict != "single-witness":
        unknown = t["architecture"]["unknown"]
        gap = unknown if agreement.bytes_difference is None else exact(agreement.bytes_difference)
        said.append(
            filled(
                t["architecture"]["names"],
                matched=exact(agreement.names_matched),
                missing=exact(agreement.names_missing),
                unexpected=exact(agreement.names_unexpected),
                bytes=gap,
            )
        )
    yield paragraph(" ".join(said))


def counted_or_dash(number: int | None) -> str:
    return DASH if number is None else exact(number)


def denominators(packet: Packet, t: Strings) -> Iterator[Block]:
    """Every name that has a value here, with what to read it for."""
    words, columns = t["denominators"], t["columns"]
    if not packet.denominators:
        yield paragraph(words["none"])
        return
    yield table(
        [
            (columns["denominator"], 1.7),
            (columns["short"], 1),
            (columns["value"], 1.7),
            (columns["definition"], 3.2),
            (columns["read_for"], 2),
        ],
        (
            [
                mono(one.id),
                brief(one.amount),
                [value(one.amount), *ranged(one.amount, words), LINE, muted(rests_on(one.amount))],
                [one.definition, LINE, muted(filled(words["formula"], formula=one.formula))],
                [
                    one.read_for,
                    *([LINE] if one.read_for and one.known else []),
                    *([muted(filled(words["known"], list="; ".join(one.known)))] if one.known else []),
                ],
            ]
            for one in views.applicable(packet)
        ),
        right=(1, 2),
    )
    absent = views.absent(packet)
    if absent:
        yield paragraph(strong(f"{words['absent']}: "), "; ".join(f"{one.id} ({one.amount.absent})" for one in absent))


def ranged(amount: Amount, words: Strings) -> list[Any]:
    if amount.exact or amount.typical is None:
        return []
    return [LINE, muted(filled(words["range"], typical=exact(amount.typical), reason=amount.reason))]


def estimates(packet: Packet, t: Strings) -> Iterator[Block]:
    """Figures with bands, memory of one device, layouts, training compute, assumptions."""
    found, words = packet.estimates, t["estimates"]
    if found is None:
        yield paragraph(words["none"])
        return
    yield paragraph(" ".join(fleet(found, words)))
    yield estimated(found.figures, t)
    drawn = drawings(packet)
    if "memory" in drawn:
        yield heading(2, filled(words["memory"], stage=", ".join(str(one.stage) for one in found.memory)))
        yield picture(drawn["memory"], filled(words["limit"], limit=gib(found.memory[0].limit)))
    if len(found.layouts) > 1:
        yield heading(2, words["layouts"])
        yield layouts(found, t)
    yield heading(2, words["training"])
    if found.training:
        yield estimated(found.training, t)
        yield bullets(
            filled(
                words["threshold"],
                verdict=one.verdict,
                flop=power(one.flop),
                title=one.title,
                meaning=one.meaning,
                source=one.source,
            )
            for one in found.thresholds
        )
    else:
        yield paragraph(words["no_training"])
    yield heading(2, words["assumptions"])
    yield bullets(found.assumptions)


def fleet(found: Estimates, words: Strings) -> Iterator[str]:
    if not found.fleet:
        yield words["no_fleet"]
        return
    yield filled(words["fleet"], fleet=found.fleet, engine=found.engine, workload=found.workload)
    yield filled(words["chosen"], layout=found.chosen, verdict=words["fits" if found.fits else "short"])
    if found.smallest:
        yield filled(words["smallest"], fleet=found.smallest)


def estimated(found: tuple[Estimated, ...], t: Strings) -> Block:
    columns = t["columns"]
    return table(
        [
            (columns["figure"], 1.7),
            (columns["estimate"], 1.5),
            (columns["band"], 1.9),
            (columns["per"], 2),
            (columns["method"], 2.6),
        ],
        (
            [
                t["figures"][one.name],
                quantity(one.typical, one.unit),
                views.band(one.low, one.high, one.unit),
                one.denominator,
                one.method,
            ]
            for one in found
        ),
        right=(1,),
    )


def layouts(found: Estimates, t: Strings) -> Block:
    columns, words = t["columns"], t["document"]
    return table(
        [
            (columns["layout"], 2.2),
            (columns["devices"], 1),
            (columns["fits"], 0.7),
            (columns["requests"], 1.2),
            (columns["short_bytes"], 1.4),
            (columns["binds"], 2.4),
        ],
        (
            [
                one.words,
                str(one.devices),
                words["yes_word"] if one.fits else words["no_word"],
                exact(one.requests) if one.fits else DASH,
                gib(one.short) if one.short else DASH,
                one.binds,
            ]
            for one in found.layouts
        ),
        right=(1, 3, 4),
    )
