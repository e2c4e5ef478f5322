"""What it took to train the model, with its band, the shorthands beside it, and where it stands to the thresholds."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.costs.training import Threshold, Training
from moeaudit.reports.document.blocks import Block, Items, Paragraph
from moeaudit.reports.document.runs import Number, Power, Runs, lines, muted
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed
from moeaudit.text import short

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """The band first, then its ends and the shorthands, then the thresholds; nothing where no tokens are named."""
    found = result.estimate.training
    if found is None:
        return
    yield band(found, w)
    yield Items(
        (
            w("estimate.training.ends"),
            *(w("estimate.training.shorthand", flop=Power(one.flop), label=one.label) for one in found.shorthands),
            *(threshold(one, verdict, w) for one, verdict in found.verdicts),
            w("estimate.training.alone"),
        )
    )


def band(found: Training, w: Words) -> Paragraph:
    """The typical figure, what it is for, and from where to where it may be."""
    ends = {"low": Power(found.low), "typical": Power(found.typical), "high": Power(found.high)}
    tokens, sequence = short(found.tokens), Number(found.sequence)
    return Paragraph(w("estimate.training.band", tokens=tokens, sequence=sequence, **ends), leads=True)


def stands(one: Threshold, verdict: str, w: Words) -> Runs:
    """Where the band stands to a threshold."""
    flop = f"{one.flop:.0e}".replace("+", "")
    return w("estimate.training.threshold", verdict=verdict, flop=flop, title=one.title)


def threshold(one: Threshold, verdict: str, w: Words) -> Runs:
    """The same, with what that decides."""
    decides = w("estimate.training.decides", what=one.decides, source=one.source)
    return lines(stands(one, verdict, w), muted(decides))
