"""Source discipline: the seven rules on every claim, and the checks that hold claims to each."""

from __future__ import annotations

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Discipline:
    """One rule of source discipline. `rules` are the ids of the checks that enforce it."""

    id: str
    sentence: str
    rules: tuple[str, ...]


DISCIPLINE: tuple[Discipline, ...] = (
    Discipline(
        "S01",
        "An architecture claim needs a primary source: paper, official card, official repository or provider report.",
        ("source-missing", "source-weak", "source-undefined", "source-unused", "source-undated"),
    ),
    Discipline(
        "S02",
        "A closed model is not called a Mixture of Experts on rumour, benchmark behaviour, price or latency.",
        ("source-unsupported", "closed-model-called-moe"),
    ),
    Discipline(
        "S03",
        "A source's own figure and denominator are kept, not converted.",
        ("figure-not-in-quote", "denominator-wrong", "definition-contradicted"),
    ),
    Discipline(
        "S04",
        "Benchmark figures are the provider's own unless they are independently reproduced.",
        ("self-reported-as-independent", "evaluation-reporter-missing"),
    ),
    Discipline(
        "S05",
        "A hosted product is not the checkpoint; it is recorded which one is meant.",
        ("evaluation-of-product", "distribution-contradicted", "product-with-weights", "evaluated-path-differs"),
    ),
    Discipline(
        "S06",
        "An architecture fact is not a safety conclusion: sparse does not mean safe, cheap to store or interpretable.",
        ("sparse-means-safe", "sparse-means-interpretable", "sparse-means-small"),
    ),
    Discipline(
        "S07",
        "An expert is a learned block: no human specialists, no multiplied names, no memory from active parameters, no "
        "rates from the total.",
        ("experts-as-specialists", "name-multiplied", "active-means-memory", "memory-from-active", "flops-from-total"),
    ),
)
