"""What it took to train the model, with its band, the shorthands beside it, and where it stands to the thresholds."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.costs.training import Threshold
from moeaudit.reports.document.blocks import Block, Items, Paragraph
from moeaudit.reports.document.runs import Number, Power, Runs, lines, muted
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import Placed
from moeaudit.text import short


def section(result: Placed, w: Words) -> Iterator[Block]:
    """The band first, then the thresholds, then the shorthands; nothing where no tokens are named."""
    found = result.estimate.training
    if found is None:
        return
    ends = {"low": Power(found.low), "typical": Power(found.typical), "high": Power(found.high)}
    tokens, sequence = short(found.tokens), Number(found.sequence)
    yield Paragraph(w("estimate.training.band", tokens=tokens, sequence=sequence, **ends), leads=True)
    yield Items(
        (
            w("estimate.training.ends"),
            *(w("estimate.training.shorthand", flop=Power(one.flop), label=one.label) for one in found.shorthands),
            *(threshold(one, verdict, w) for one, verdict in found.verdicts),
            w("estimate.training.alone"),
        )
    )


def threshold(one: Threshold, verdict: str, w: Words) -> Runs:
    """Where the band stands to it, and what that decides."""
    said = w("estimate.training.threshold", verdict=verdict, flop=f"{one.flop:.0e}".replace("+", ""), title=one.title)
    return lines(said, muted(w("estimate.training.decides", what=one.decides, source=one.source)))
