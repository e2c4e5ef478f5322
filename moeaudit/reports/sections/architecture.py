"""What the model is: facts, its layers, its components, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.reports.document.blocks import Block, Code, Column, Facts, Heading, Items, Paragraph, Picture, Table
from moeaudit.reports.document.runs import Bar, Name, Number, Runs, Share, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Architecture, Component, LayerKind, LayerRun, Witness
from moeaudit.reports.packet.views import letters, strip
from moeaudit.reports.sections.needs import Described

DASH = "–"

NEEDS = ("architecture", "denominators")


def section(result: Described, w: Words) -> Iterator[Block]:
    """Nothing but a sentence where nothing is known."""
    found = result.architecture
    if not found.components:
        yield Paragraph(w("architecture.none"))
        return
    if found.facts:
        rows = tuple((runs(w.of("facts", one.name)), runs(one.value)) for one in found.facts)
        yield Facts(rows, w("architecture.facts"))
    if found.layers:
        yield Heading(w("architecture.map"))
        shown = (("layers", found.layers), w.drawn("layers"))
        yield Picture("layers", shown, w("architecture.map"), tuple(drawn(found.layers, w)))
    if found.kinds:
        yield Heading(w("architecture.kinds"))
        yield kinds(found.kinds, w)
    yield Heading(w("architecture.components"))
    basis = w.of("bases", found.settlement.basis) if found.settlement else ""
    yield Paragraph(w("architecture.components_text", witness=found.witness, basis=basis), leads=True)
    values = (("components", found.components), ("denominators", result.denominators), w.drawn("components"))
    yield Picture("components", values, w("architecture.components"))
    yield components(found.components, w)
    if found.non_parameters:
        counts = joined([runs(f"{one.word.replace('_', ' ')} ", Number(one.count)) for one in found.non_parameters])
        yield Paragraph(w("architecture.non_parameters", list=counts))
    yield Heading(w("architecture.witnesses"))
    yield from witnesses(found, w)
    if found.notes:
        yield Items(tuple(runs(note) for note in found.notes))


def drawn(layers: Sequence[LayerRun], w: Words) -> Iterator[Block]:
    """The layers as letters, where no picture can be drawn."""
    for first, mixers, ffns in strip(layers):
        yield Paragraph(w("architecture.map_text", first=first), leads=True)
        yield Code(f"{mixers}\n{ffns}")
    key = [runs(Name(letter), " ", w.of(group, kind)) for letter, group, kind in letters(layers)]
    if key:
        yield Paragraph(joined(key, " · "))


def kinds(found: Sequence[LayerKind], w: Words) -> Table:
    """Layers that are alike, wherever they stand."""
    return Table(
        (
            Column(w("columns.layers"), 1),
            Column(w("columns.part"), 1.1, brief=False),
            Column(w("columns.mixer"), 2.2),
            Column(w("columns.ffn"), 2),
            Column(w("columns.per_layer"), 1.5, right=True),
            Column(w("columns.active_layer"), 1.5, right=True),
        ),
        tuple(
            (
                runs(f"{one.numbers} (", Number(one.count), ")"),
                runs(w.of("parts", one.like.part)),
                runs(w.of("mixers", one.like.mixer_kind), ": ", one.like.mixer),
                runs(w.of("ffns", one.like.ffn_kind), ": ", one.like.ffn),
                runs(Number(one.like.parameters)),
                runs(Number(one.like.active)),
            )
            for one in found
        ),
        w("architecture.kinds"),
        shown=False,
        name="kinds",
    )


def components(found: Sequence[Component], w: Words) -> Table:
    """The partition: every stored parameter once."""
    whole = sum(one.stored for one in found)
    return Table(
        (
            Column(w("columns.component"), 1.5),
            Column(w("columns.stored"), 1.6, right=True),
            Column(w("columns.share"), 1, right=True),
            Column(w("columns.active"), 1.6, right=True),
            Column((), 1),
            Column(w("columns.meaning"), 3.4, brief=False),
        ),
        tuple(
            (
                runs(Name(one.name)),
                runs(Number(one.stored)),
                runs(Share(one.stored, whole)),
                number(one.active),
                runs(Bar(one.stored, whole, "components")),
                runs(one.text),
            )
            for one in found
        ),
        w("architecture.components"),
        shown=False,
        name="components",
    )


def witnesses(found: Architecture, w: Words) -> Iterator[Block]:
    """The accounts beside each other, and whether they agree."""
    yield Table(
        (
            Column(w("columns.witness"), 1),
            Column(w("columns.parameters"), 2, right=True),
            Column(w("columns.tensors"), 1, right=True),
            Column(w("columns.bytes"), 2, right=True),
        ),
        tuple(witness(one) for one in found.witnesses if one.available),
        w("architecture.witnesses"),
        shown=False,
        name="witnesses",
    )
    for one in found.witnesses:
        if one.synthesised:
            yield Paragraph(w("architecture.synthesised", name=one.name, how=one.synthesised))
    agreement = found.agreement
    if agreement is None:
        return
    said = w(f"summary.agreement.{agreement.verdict}")
    if agreement.verdict != "single-witness":
        apart = agreement.bytes_difference
        said = runs(said, " ", w(
            "architecture.names",
            matched=Number(agreement.names_matched),
            missing=Number(agreement.names_missing),
            unexpected=Number(agreement.names_unexpected),
            bytes=w("architecture.unknown") if apart is None else Number(apart),
        ))  # fmt: skip
    yield Paragraph(said)


def witness(one: Witness) -> tuple[Runs, ...]:
    return runs(Name(one.name)), number(one.total), number(one.tensors), number(one.bytes)


def number(value: int | None) -> Runs:
    """A count, or a dash where there is none."""
    return runs(DASH if value is None else Number(value))
