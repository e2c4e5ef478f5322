"""Another way to run it: one device of the fleet, with experts that do not fit kept in host memory."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.blocks import Block, Items, Paragraph
from moeaudit.reports.document.runs import Number, Runs, Share
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed, gib

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """How many experts stay, and how fast that is; or that even so it does not fit."""
    kept, fleet = result.estimate.offload, result.estimate.fleet
    if kept is None:
        return
    yield Paragraph(w("estimate.host.about", device=fleet.device.name), leads=True)
    if kept.missing:
        yield Paragraph(w("estimate.host.missing", size=gib(kept.missing)))
        return
    yield Items(tuple(lines(result, w)))


def lines(result: Placed, w: Words) -> Iterator[Runs]:
    kept, fleet = result.estimate.offload, result.estimate.fleet
    assert kept is not None
    yield w("estimate.host.resident", share=Share(round(kept.resident * 10**6), 10**6), experts=gib(kept.experts),
            host=gib(kept.host_bytes))  # fmt: skip
    if kept.host_fits is False:
        yield w("estimate.host.rest" if kept.host.shared else "estimate.host.small")
    elif kept.tokens_per_second and kept.typical:
        low, high = (Number(float(one)) for one in kept.tokens_per_second)
        host = kept.host
        if kept.over_link:
            yield w("estimate.host.link", low=low, high=high, link=Number(fleet.host_link, "GB/s"))
            return
        way = "shared" if host.shared else "assumed" if host.assumed else "processor"
        memory, typical = Number(host.memory_gb_s, "GB/s"), Number(float(kept.typical))
        yield w(f"estimate.host.{way}", low=low, high=high, typical=typical, memory=memory)
        if host.sockets > 1:
            yield w("estimate.host.sockets", count=Number(host.sockets))
