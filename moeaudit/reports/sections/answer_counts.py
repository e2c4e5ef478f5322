"""Rows of the first screen that count: all parameters, those of a token, layers and experts."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.checks.unstated import marked
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent, Range
from moeaudit.reports.amount import Amount, amount
from moeaudit.reports.document.runs import Figure, Form, Name, Runs, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.text import exact
from moeaudit.vocabulary import Component

BESIDE = (Component.MTP, Component.VISION, Component.AUDIO, Component.PROJECTOR)
"""Components that the files hold beside the language model."""

USES = (
    "active.head-tables",
    "executed.full",
    "prefill.full",
    "prefill.body-tables",
    "active.encoder",
    "active.decoder",
)
"""Counts of a token's way that few models have."""


def total(found: Inspection, w: Words) -> Runs:
    """The language model, then the files where they hold more."""
    whole, stored = figure(found, "total.full", w), figure(found, "total.stored", w)
    if not whole or found.pipeline is not None:
        return stored
    if found.denominators["total.full"] == found.denominators["total.stored"]:
        return whole
    held = found.ledger.components()
    beside = [w.of("answer.beside", one.value) for one in BESIDE if one in held]
    return joined(
        [
            whole,
            w("answer.with", figure=stored, parts=", ".join(beside)) if beside else w("answer.held", figure=stored),
        ],
        "; ",
    )


def active(found: Inspection, w: Words) -> Runs:
    """What one token uses: with the input embedding and without, then what is special."""
    full, head = figure(found, "active.full", w), figure(found, "active.head", w)
    if not full:
        return ()
    same = found.denominators["active.full"] == found.denominators["active.head"]
    if head and isinstance(found.denominators["active.head"], Range):  # else the sentence above tells the two apart
        head = w("answer.without", figure=head)
    said = [full, () if same else head]
    for name in USES:
        if has(found, name):
            word = name.replace(".", "_").replace("-", "_")
            said.append(w(f"answer.uses.{word}", figure=figure(found, name, w)))
    return joined(said, "; ")


def layers(found: Inspection, w: Words) -> Runs:
    """Layers, experts and context in one line."""
    s = found.summary
    if s is None:
        return ()
    said = [with_experts(found, w) if s.moe_layers else w("answer.layers", layers=told(found, "layers"))]
    if s.mtp_modules:
        said.append(w.counted("answer.predictions", s.mtp_modules))
    if s.executed_layers not in (0, s.layers):
        said.append(w("answer.executed", count=s.executed_layers))
    if s.prompt_layers not in (0, s.layers):
        said.append(w("answer.prompt", count=s.prompt_layers))
    if s.context_length:
        said.append(w("answer.context", tokens=told(found, "context_length")))
    return joined(said, "; ")


def with_experts(found: Inspection, w: Words) -> Runs:
    """How many layers have experts, how many of these a token uses."""
    s = found.summary
    assert s is not None
    some = w(
        "answer.all_moe" if s.moe_layers == s.layers else "answer.some_moe",
        layers=told(found, "layers"), moe=told(found, "moe_layers"), experts=told(found, "routed_experts"),
    )  # fmt: skip
    selected = w("answer.selected", selected=told(found, "experts_per_token")) if s.experts_per_token != () else ()
    return runs(some, selected, w("answer.shared", shared=told(found, "shared_experts")) if s.shared_experts else ())


def reasons(found: Inspection, w: Words) -> Runs:
    """Why figures above are ranges, each reason once."""
    shown = (found.denominators.get(name) for name in ("total.full", "total.stored", "active.full", *USES))
    parts = [part for value in shown if isinstance(value, Range) for part in value.reason.split("; ")]
    return joined([runs(one) for one in dict.fromkeys(parts)], "; ")


def has(found: Inspection, name: str) -> bool:
    value = found.denominators.get(name)
    return value is not None and not isinstance(value, Absent)


def figure(found: Inspection, name: str, w: Words) -> Runs:
    """The exact count with its name; of a range both ends and the middle, short."""
    if not has(found, name):
        return ()
    value = amount(name, found.denominators[name])
    if value.exact or value.typical is None:
        return w("answer.figure", figure=Figure(value), name=Name(name))
    if value.typical in (value.low, value.high):  # an end is typical of nothing
        return w("answer.figure", figure=Figure(value, Form.SHORT), name=Name(name))
    middle = Figure(Amount(name, value.typical, value.typical, value.typical), Form.SHORT)
    both = w("answer.typical", range=Figure(value, Form.SHORT), typical=middle)
    return w("answer.figure", name=Name(name), figure=both)


def told(found: Inspection, name: str) -> str:
    """A count of the architecture, or the different ones that layers have; with the field that nobody states."""
    count = getattr(found.summary, name)
    shown = exact(count) if isinstance(count, int) else "/".join(map(exact, _listed(count)))
    return marked(found, name, shown)


def _listed(counts: tuple[int, ...]) -> Iterator[int]:
    """All of them, or both ends of many."""
    yield from counts if len(counts) <= 4 else (counts[0], counts[-1])
