"""What it takes to serve the model on the fleet that was asked for, and what it took to train it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from moeaudit.reports.document.blocks import Block, Column, Heading, Items, Paragraph, Picture, Table
from moeaudit.reports.document.runs import Band, Name, Number, Power, Runs, Share, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import DeviceMemory, Estimated, Estimates, LayoutRow
from moeaudit.reports.sections.architecture import DASH


class Reckoned(Protocol):
    @property
    def estimates(self) -> Estimates | None: ...


NEEDS = ("estimates",)

SAID = {"too-close-to-call": "close", "queues": "queues"}
"""Verdict → its sentence, where neither yes nor no is one."""


def section(result: Reckoned, w: Words) -> Iterator[Block]:
    """The verdict, figures with bands, memory of one device, layouts, training compute, assumptions."""
    found = result.estimates
    if found is None:
        yield Paragraph(w("estimates.none"))
        return
    yield from verdict(found, w)
    yield figures(found.figures, w("sections.estimates"), w)
    if found.memory:
        yield Picture("memory", (("stages", found.memory), w.drawn("memory")), w("estimates.drawn"))
    for device in found.memory:
        yield memory(device, w)
    if found.layouts:
        yield Heading(w("estimates.layouts"))
        yield from layouts(found.layouts, w)
    yield Heading(w("estimates.training"))
    if found.training:
        yield figures(found.training, w("estimates.training"), w)
        yield Items(
            tuple(
                w("estimates.threshold", verdict=one.verdict, flop=Power(one.flop), title=one.title,
                  meaning=one.meaning, source=one.source)
                for one in found.thresholds
            )
        )  # fmt: skip
    else:
        yield Paragraph(w("estimates.no_training"))
    yield Heading(w("estimates.assumptions"))
    yield Items(tuple(runs(one) for one in found.assumptions))


def verdict(found: Estimates, w: Words) -> Iterator[Block]:
    """Whether it fits, and how."""
    if not found.fleet:
        yield Paragraph(w("estimates.no_fleet"))
        return
    yield Paragraph(w("estimates.fleet", fleet=found.fleet, engine=found.engine, workload=found.workload))
    said = w(f"estimates.{SAID.get(found.verdict, 'fits' if found.fits else 'short')}")
    chosen = strong(w("estimates.chosen", layout=found.chosen, verdict=said))
    smallest = w("estimates.smallest", fleet=found.smallest) if found.smallest else ()
    yield Paragraph(runs(chosen, " " if smallest else "", smallest), leads=True)


def figures(found: Sequence[Estimated], title: Runs, w: Words) -> Table:
    return Table(
        (
            Column(w("columns.figure"), 1.7),
            Column(w("columns.estimate"), 1.5, right=True),
            Column(w("columns.band"), 1.9, right=True),
            Column(w("columns.per"), 2),
            Column(w("columns.method"), 2.6, brief=False),
        ),
        tuple(
            (
                runs(w.of("figures", one.name)),
                runs(Number(one.typical, one.unit)),
                runs(Band(one.low, one.high, one.unit)),
                runs(one.denominator),
                runs(one.method),
            )
            for one in found
        ),
        title,
        shown=False,
        name="figures",
    )


def memory(device: DeviceMemory, w: Words) -> Table:
    """The fullest device of a stage, part by part."""
    parts = [*((runs(Name(one.name)), one.bytes) for one in device.parts), (w("estimates.free"), device.free)]
    return Table(
        (
            Column(w("columns.part"), 2),
            Column(w("columns.bytes"), 1, right=True),
            Column(w("columns.share"), 1, right=True),
        ),
        (
            *((name, runs(Number(size, "bytes")), runs(Share(size, device.limit))) for name, size in parts),
            (w("estimates.limit"), runs(Number(device.limit, "bytes")), ()),
        ),
        w("estimates.memory", stage=device.stage),
        name="memory",
    )


def layouts(found: Sequence[LayoutRow], w: Words) -> Iterator[Block]:
    """Every layout that was tried. What binds most of them is said once."""
    common, times = Counter(one.binds for one in found).most_common(1)[0]
    if times > 2:
        yield Paragraph(w("estimates.binds", what=common, count=times, all=len(found)), leads=True)
    yield Table(
        (
            Column(w("columns.layout"), 2.2),
            Column(w("columns.devices"), 1, right=True),
            Column(w("columns.fits"), 0.7),
            Column(w("columns.requests"), 1.2, right=True),
            Column(w("columns.short_bytes"), 1.4, right=True),
            Column(w("columns.binds"), 2.4, brief=False),
        ),
        tuple(
            (
                runs(one.words),
                runs(Number(one.devices)),
                w("document.yes_word" if one.fits else "document.no_word"),
                runs(Number(one.requests) if one.requests else DASH),
                runs(Number(one.short, "bytes") if one.short else DASH),
                w("estimates.as_most") if times > 2 and one.binds == common else runs(one.binds),
            )
            for one in found
        ),
        w("estimates.layouts"),
        shown=False,
        name="layouts",
    )
