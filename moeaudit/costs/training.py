"""Training compute with its band, and what the AI Act's two thresholds mean for it.

Method: operations per pass × passes (Commission guidelines C(2025) 7719, annex A.2.2): a training pass costs a
forward and twice that for the backward. Recomputed activations do not count (annex A.1), and every operation counts
alike whatever its precision (annex A.2). Any method within 30 % of the true figure is accepted (annex A.2).
"""

from __future__ import annotations

from moeaudit.architecture.model import Architecture
from moeaudit.costs.flops import causal, forward, prompt, side_of
from moeaudit.later import dataclass
from moeaudit.vocabulary import Part

BACKWARD = 2
"""Gradients for inputs and for weights: each as many operations as the forward pass."""

TOLERANCE = 0.30
"""Accepted difference from the true figure (guidelines, annex A.2)."""


@dataclass(frozen=True)
class Threshold:
    """A compute threshold. `decides`: what crossing it means."""

    flop: float
    title: str
    decides: str
    source: str

    def verdict(self, low: float, typical: float, high: float) -> str:
        """Where a band stands, with the accepted tolerance on both ends."""
        if low / (1 + TOLERANCE) > self.flop:
            return "above"
        if high * (1 + TOLERANCE) <= self.flop:
            return "below"
        return "too close to call: typical figure " + ("above" if typical > self.flop else "below")


THRESHOLDS = (
    Threshold(
        1e23,
        "general-purpose AI model (indicative)",
        "crossing it indicates a general-purpose AI model, if it can generate language; counts compute that directly "
        "contributes to parameter updates",
        "Commission guidelines on general-purpose AI, C(2025) 7719, section 2.1",
    ),
    Threshold(
        1e25,
        "systemic risk (presumption)",
        "crossing it gives a rebuttable presumption of high-impact capabilities; counts cumulative compute, synthetic "
        "data and merged models included",
        "Regulation (EU) 2024/1689, Article 51(2)",
    ),
)


@dataclass(frozen=True)
class Shorthand:
    """6·N·D with its N named: a rule of thumb for dense transformers, never the basis of a verdict here."""

    label: str
    denominator: str
    flop: int


@dataclass(frozen=True)
class Training:
    """Operations for one pass over `tokens` tokens.

    `low`: matrix products alone, as if no token saw another; `typical`: with attention under the causal mask; `high`:
    every token sees the whole sequence, and prediction modules are trained as well.
    """

    tokens: int
    sequence: int
    low: int
    typical: int
    high: int
    shorthands: tuple[Shorthand, ...] = ()

    @property
    def verdicts(self) -> tuple[tuple[Threshold, str], ...]:
        return tuple((threshold, threshold.verdict(self.low, self.typical, self.high)) for threshold in THRESHOLDS)


def training(
    architecture: Architecture,
    tokens: int,
    *,
    sequence: int = 4096,
    active: int | None = None,
    total: int | None = None,
    executed: int | None = None,
    counted: str = "",
) -> Training:
    """Compute for `tokens` training tokens in sequences of `sequence`. `active`, `total` and `executed`: counts under
    active.head, total.full and executed.head (None where no layer repeats). `counted`: the modifier of the first two,
    `-tables` where there are tables, which multiply nothing."""
    passes = 1 + BACKWARD
    everything = (Part.LANGUAGE, Part.MTP)
    low = passes * forward(architecture, 1, decode=False, ahead=0).matmuls * tokens
    typical = passes * causal(architecture, sequence) * tokens // sequence
    high = passes * forward(architecture, sequence, decode=False, parts=everything, ahead=0).high * tokens
    named = (
        ("6 · executed.head · D", "executed.head", executed),
        (f"6 · active.head{counted} · D", f"active.head{counted}", active),
        (f"6 · total.full{counted} · D (an upper bound for a sparse model)", f"total.full{counted}", total),
    )
    shorthands = tuple(
        Shorthand(label, denominator, 6 * count * tokens) for label, denominator, count in named if count
    )
    return Training(tokens, sequence, low, max(low, typical), max(typical, high), shorthands)


@dataclass(frozen=True)
class InferenceBenchmark:
    """The Model Documentation Form's benchmarked computation for inference, with the task it is for (two significant
    figures suffice)."""

    tokens: int
    flop: int
    encoded: bool = False  # by an encoder, where every token of the prompt sees all of it

    @property
    def task(self) -> str:
        how = "through the encoder" if self.encoded else "causal attention, nothing cached beforehand"
        return f"one forward pass over a prompt of {self.tokens:,} tokens, {how}"


def inference_benchmark(architecture: Architecture, tokens: int = 100_000) -> InferenceBenchmark:
    """Operations for the form's example task of 100,000 tokens (Code of Practice, transparency chapter, section on
    energy)."""
    return InferenceBenchmark(
        tokens, prompt(architecture, tokens), encoded=side_of(architecture, decode=False) is not None
    )
