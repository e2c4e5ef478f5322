"""A packet made again from what it embeds, or from evidence read anew: what changed, figure by figure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from moeaudit.evidence.model import Evidence
from moeaudit.later import dataclass
from moeaudit.reports.packet.document import document
from moeaudit.reports.packet.inputs import Inputs, make, with_evidence
from moeaudit.text import visible

TOOL = frozenset({"appendix.version", "appendix.command"})
"""What may differ between two makings without any figure having changed."""

LACKING, MISSED = object(), object()
"""In the place of a field, or of an item of a list, that one side does not have."""

ESTIMATED = "Estimated here: "
"""Where the reason of a checklist item goes on with estimates."""

NOT_HELD = frozenset({"schema", "inputs"})


@dataclass(frozen=True)
class Change:
    """One value that differs. `recorded`: in the packet; `now`: as derived again."""

    path: str
    recorded: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.path}: recorded {shown(self.recorded)}, now {shown(self.now)}"


@dataclass(frozen=True)
class Verification:
    """The outcome. `figures`: values that were compared; `versions`: the tool that made the packet, and this one;
    `unheld`: values that another version's packet lacks, so that nothing is said of them; `estimates`: those of another
    version that come out differently, for what engines and kernels need is measured anew; `recorded`: the packet as
    given, `packet`: as made again."""

    changes: tuple[Change, ...]
    figures: int
    versions: tuple[str, str]
    unheld: int
    estimates: int
    recorded: dict[str, Any]
    packet: dict[str, Any]


def verify(recorded: dict[str, Any], inputs: Inputs, fresh: Evidence | None = None) -> Verification:
    """Make the packet again and hold every value against the recorded one.

    `fresh`: evidence read now, in place of what the packet embeds.
    """
    if fresh is not None:
        inputs = with_evidence(inputs, fresh)
        inputs = replace(inputs, source=recorded["inputs"]["source"], recorded=recorded["inputs"]["recorded"])
    now: dict[str, Any] = json.loads(json.dumps(document(make(inputs), inputs)))
    names = [name for name in dict.fromkeys((*now, *recorded)) if name not in NOT_HELD]
    found = [
        change
        for name in names
        for change in differences(name, recorded.get(name, LACKING), now.get(name, LACKING))
        if change.path not in TOOL
    ]
    versions = (recorded["appendix"]["version"], now["appendix"]["version"])
    older = versions[0] != versions[1]  # its packets may lack fields that this one writes
    quoted = answered_by_estimates(recorded) & answered_by_estimates(now)
    estimates, changes = 0, []
    for change in found:
        estimated = older and (change.path in quoted or of_estimates(change))
        estimates += estimated
        if not estimated and not (older and change.recorded is LACKING):
            changes.append(change)
    unheld = sum(leaves(change.now) for change in found if change.recorded is LACKING) if older else 0
    figures = sum(leaves(now[name]) for name in names if name in now) - unheld
    return Verification(tuple(changes), figures, versions, unheld, estimates, recorded, now)


def of_estimates(change: Change) -> bool:
    """Whether a value is an estimate, or words that quote one: what the evidence does not decide."""
    if change.path.startswith(("estimates", "fleets")):
        return True
    texts = [value for value in (change.recorded, change.now) if isinstance(value, str) and ESTIMATED in value]
    return len(texts) == 2 and len({text.partition(ESTIMATED)[0] for text in texts}) == 1


def answered_by_estimates(packet: dict[str, Any]) -> set[str]:
    """Paths of answers to obligations that are an estimate and nothing else."""
    frameworks = packet.get("obligations")
    return {
        f"obligations[{framework}].items[{name}].answer"
        for framework, table in by_name(frameworks if isinstance(frameworks, list) else []).items()
        for name, item in by_name(table["items"]).items()
        if item["origin"] == "estimated"
    }


def differences(path: str, old: Any, new: Any) -> Iterator[Change]:
    """Values that differ, by their paths. Lists whose items have names are matched by name, not by place."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            if key in old and key in new:
                yield from differences(f"{path}.{key}", old[key], new[key])
            else:
                yield Change(f"{path}.{key}", old.get(key, LACKING), new.get(key, LACKING))
    elif isinstance(old, list) and isinstance(new, list):
        left, right = by_name(old), by_name(new)
        for key in dict.fromkeys((*left, *right)):
            yield from differences(f"{path}[{key}]", left.get(key, MISSED), right.get(key, MISSED))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield Change(path, old, new)


NAMES = ("id", "name", "word", "words", "path", "rule", "file", "denominator", "number", "fleet")
"""Fields that name an item of a list."""


def by_name(items: Sequence[Any]) -> dict[str, Any]:
    """Items by what names them, else by their place."""
    names = [name_of(item, place) for place, item in enumerate(items)]
    if len(set(names)) < len(names):
        names = [str(place) for place in range(len(items))]
    return dict(zip(names, items, strict=True))


def name_of(item: Any, place: int) -> str:
    if isinstance(item, dict):
        amount = item.get("amount")
        inner = amount if isinstance(amount, dict) else item
        return next((str(inner[name]) for name in NAMES if inner.get(name)), str(place))
    return str(place)


def leaves(value: Any) -> int:
    """How many single values a document holds."""
    if isinstance(value, dict):
        return sum(leaves(item) for item in value.values())
    return sum(leaves(item) for item in value) if isinstance(value, list) else 1


def shown(value: Any) -> str:
    """A value on one line, cut."""
    if value is None or value is LACKING or value is MISSED:
        return "nothing"
    return visible(json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value, limit=120)
