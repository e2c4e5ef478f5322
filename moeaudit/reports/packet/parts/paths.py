"""The deployment record against the evaluated path: what was measured is not always what is delivered."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.figures import parse_figure
from moeaudit.later import expression
from moeaudit.reports.packet.model import Claim, Difference

ASPECTS = ("checkpoint", "precision", "routing_policy", "context", "path", "mode")
"""Fields that an evaluation record and the deployment record share."""

RECORD = expression(r"evaluations\[(\d+)\]\.(\w+)")


def differences(claims: tuple[Claim, ...]) -> Iterator[Difference]:
    """One line for each aspect of each evaluation. Where there is no record at all, one record of unknowns."""
    delivered = {
        claim.path.partition(".")[2]: claim.printed for claim in claims if claim.path.startswith("deployment.")
    }
    for name, record in records(claims).items():
        for aspect in ASPECTS:
            evaluated, given = record.get(aspect, ""), delivered.get(aspect, "")
            yield Difference(name, aspect, evaluated, given, status(evaluated, given))


def records(claims: tuple[Claim, ...]) -> dict[str, dict[str, str]]:
    """Evaluations by name, each with its fields; without records, what the checklist's own fields say of one."""
    found: dict[str, dict[str, str]] = {}
    for claim in claims:
        match = RECORD.fullmatch(claim.path)
        if match:
            found.setdefault(match[1], {})[match[2]] = claim.printed
    if found:
        return {
            f"{int(number) + 1}: {record['name']}" if record.get("name") else str(int(number) + 1): record
            for number, record in found.items()
        }
    return {
        "": {
            claim.path.partition(".")[2]: claim.printed
            for claim in claims
            if claim.path in ("evaluation.checkpoint", "evaluation.path")
        }
    }


def status(evaluated: str, delivered: str) -> str:
    """same, different, or unknown where a side is not stated. Figures are compared as figures, text without case."""
    if not evaluated or not delivered:
        return "unknown"
    left, right = parse_figure(evaluated), parse_figure(delivered)
    if left is not None and right is not None:
        alike = left.rounding.low == right.rounding.low and left.rounding.high == right.rounding.high
        return "same" if alike or left.matches(right.low) or right.matches(left.low) else "different"
    return "same" if " ".join(evaluated.split()).casefold() == " ".join(delivered.split()).casefold() else "different"
