"""Counts that rest on a number which config.json does not state and the weights do not settle: they prove nothing."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent
from moeaudit.text import exact, visible
from moeaudit.vocabulary import Basis

RULE = "default-assumed"

SUMS = {
    "routed_experts+shared_experts": ("routed_experts", "shared_experts"),
    "experts_per_token+shared_experts": ("experts_per_token", "shared_experts"),
    "layers+mtp_modules": ("layers",),
    "context_length.scaled": ("context_length",),
}
"""Counts that are made of others of the architecture line."""


def guesses(inspection: Inspection | None) -> dict[str, str]:
    """Count → why it is a guess: `config.json does not state num_experts_per_tok; 8 is assumed`.

    Counts of the architecture line under their own names, and every denominator that rests on such a number.
    """
    if inspection is None:
        return {}
    found = {name: guess(inspection, name) for name in inspection.unstated}
    for name, parts in SUMS.items():
        reason = next((found[part] for part in parts if part in found), "")
        if reason:
            found[name] = reason
    why = "; ".join(dict.fromkeys(defaults(inspection)))
    for name, value in inspection.denominators.items():
        moved = name.startswith(("total.", "active."))
        if why and moved and not isinstance(value, Absent) and value.basis is Basis.ASSUMED:
            found[name] = why
    return found


def guess(inspection: Inspection, name: str) -> str:
    """Why one count of the architecture line is a guess; empty where it is none."""
    path = inspection.unstated.get(name)
    if path is None:
        return ""
    value = dict(_assumed(inspection)).get(path)
    shown = exact(value) if value is not None else _own(inspection, name)
    return _sentence(inspection.evidence.describing, path, shown)


def defaults(inspection: Inspection) -> Iterator[str]:
    """Every number that moves a count and that nobody states, with what is assumed."""
    return (_sentence(inspection.evidence.describing, path, exact(value)) for path, value in _assumed(inspection))


def _assumed(inspection: Inspection) -> Iterator[tuple[str, int]]:
    for notice in inspection.notices:
        value = dict(notice.values).get("assumed")
        if notice.rule == RULE and isinstance(value, int):
            yield notice.path, value


def _own(inspection: Inspection, name: str) -> str:
    """The count that the default leads to, where the number itself is not told."""
    value = getattr(inspection.summary, name, None)
    numbers = value if isinstance(value, tuple) else (value,)
    return f"{name} = {'/'.join(exact(number) for number in numbers if isinstance(number, int))}"


def _sentence(config: str, path: str, value: str) -> str:
    return f"{config} does not state {visible(path, limit=100)}; {value} is assumed"


def marked(inspection: Inspection, name: str, shown: str) -> str:
    """A count of the architecture line as a reader is told it: with the field that nobody states, where it rests on
    one."""
    path = inspection.unstated.get(name)
    if path is None:
        return shown
    return f"{shown} (assumed: {inspection.evidence.describing} does not state {visible(path, limit=100)})"
