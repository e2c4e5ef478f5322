"""False sentences about a model, and true ones that must not be named, each as a paragraph of a small card."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from benchmarks.planting.evidence import Known, checked, named
from benchmarks.planting.plants import SMALL
from moeaudit.checks.finding import Severity

TRUE = "true_of_"
FIRST = 5
"""The line on which the sentence begins."""


class Sentence(NamedTuple):
    """A sentence in a small card of its model: what it adds to the card's findings, by severity."""

    model: str
    kind: str
    text: str
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_named(self) -> bool:
        return bool(self.errors or self.warnings)


def size(value: int) -> str:
    """A count of parameters as cards print it: three figures."""
    number = f"{value / 1e9:.3g}" if value < 1e12 else f"{value / 1e9:.0f}"
    return f"{number}B"


def fields(known: Known) -> dict[str, str]:
    """What the templates ask for, from the model's evidence; what does not apply is left out."""
    total, active = known.value("total.stored", "total.full"), known.value("active.full")
    experts, chosen = known.value("routed_experts"), known.value("experts_per_token")
    said = {"n": known.name}
    if total is not None:
        said |= {"t": size(total), "tw": size(total * 9 // 10), "pk": size(total // 2)}
    if active is not None:
        share = 80 if active < SMALL else 72
        said |= {"a": size(active), "aw": size(active * share // 100), "mem": f"{active * 2 / 1e9:.0f}"}
    if experts is not None and chosen is not None:
        said |= {"e": str(experts), "ew": str(experts * 3 // 4), "k": str(chosen), "kw": str(chosen + 1)}
    return said


def small_card(known: Known, sentence: str) -> str:
    return f"# {known.name}\n\n{known.name} is a Mixture-of-Experts language model.\n\n{sentence}\n"


def false(templates: Mapping[str, str], known: Known) -> Iterator[Sentence]:
    """Each template that this model has all fields of, and that is false of it."""
    said = fields(known)
    for kind, template in templates.items():
        needs = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        if needs <= said.keys() and not ("FP4" in template and "fp4" in known.inspection.precision.lower()):
            yield tried(known, kind, template.format(**said))


def tried(known: Known, kind: str, sentence: str) -> Sentence:
    """A sentence with what it adds: findings on its own lines that the card has not without it."""
    _, before = checked(small_card(known, ""), known, known.id)
    _, after = checked(small_card(known, sentence), known, known.id)
    without = {rule for rule, _, _ in named(before)}
    found: dict[Severity, list[str]] = {severity: [] for severity in Severity}
    for one in after:
        if one.place is not None and (one.place.line or 0) >= FIRST and one.rule not in without:
            found[one.severity].append(one.rule)
    return Sentence(known.id, kind, sentence, *(tuple(found[severity]) for severity in Severity))
