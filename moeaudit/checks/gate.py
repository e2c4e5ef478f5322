"""What a pull request changes of the gate that checks it, by the two texts: as it is, and as its base has it.

None of it counts: whoever calls this reads the rest from the base.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from moeaudit.checks.finding import Severity
from moeaudit.checks.rule import Report, Rule
from moeaudit.claims.claim import Distribution
from moeaudit.errors import Place
from moeaudit.later import dataclass
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.checks.facts import Facts
    from moeaudit.claims.file import Claims, Ignore

GATE_CHANGED = "gate-changed"
NOTHING = "nothing of the kind"
LONG = 80


@dataclass(frozen=True)
class Change:
    """One thing that decides a gate: where it stands, what it says now, and what the base says, which counts."""

    place: Place
    now: str
    before: str = NOTHING


def told(change: Change) -> str:
    """The change in one sentence."""
    return f"{visible(change.now, limit=160)} does not count here: the base has {visible(change.before, limit=160)}"


def _reports(facts: Facts) -> Iterable[Report]:
    for change in facts.gate:
        yield Report(told(change), change.place, visible(change.now, limit=160), visible(change.before, limit=160))


GATE: tuple[Rule, ...] = (
    Rule(
        GATE_CHANGED,
        "gate",
        "a pull request changes the gate that checks it",
        why="Settings, suppressions, evidence and distribution decide what the gate finds; whoever may set them along "
        "with the text that is checked can switch it off.",
        decided="With --trust-base, what the files say now is held against the files of that revision. The revision's "
        "count.",
        fix="A maintainer lands this change on the base first, by itself; then the gate takes it from there.",
        check=_reports,
        severity=Severity.ERROR,
    ),
)


def ignores_changed(now: Iterable[Ignore], before: Iterable[Ignore]) -> tuple[tuple[Ignore, ...], tuple[Change, ...]]:
    """The suppressions that the base has, too, with the same words; and the others."""
    had = {(one.rule, one.path, one.reason) for one in before}
    kept, changes = [], []
    for one in now:
        if (one.rule, one.path, one.reason) in had:
            kept.append(one)
        else:
            said = f"ignore[{visible(one.rule, limit=60)}] {visible(one.reason, limit=LONG)}".rstrip()
            changes.append(Change(one.place, said))
    return tuple(kept), tuple(changes)


def model_changed(now: Claims, before: Claims | None) -> Iterator[Change]:
    """What a claim file says otherwise of its model than the base: which one, and where its evidence is. A file that
    the base does not have chooses neither its evidence nor that there is none."""
    entries = (
        ("id", now.model_id, before.model_id if before else now.model_id),
        ("revision", now.revision, before.revision if before else now.revision),
        ("evidence", now.evidence, before.evidence if before else None),
        ("distribution", now.distribution.value, (before.distribution if before else Distribution.DOWNLOADABLE).value),
    )
    for key, said, had in entries:
        if said != had:
            node = now.root.at(("model", key))
            place = Place(now.file, node.place.line, node.place.column, f"model.{key}")
            yield Change(
                place, f"{key}: {said}" if said else f"no {key}", f"{key}: {had}" if had and before else NOTHING
            )


def as_before(now: Claims, before: Claims | None) -> Claims:
    """The claim file with the model's entry of the base."""
    if before is None:
        return now
    return replace(
        now, model_id=before.model_id, revision=before.revision, evidence=before.evidence,
        distribution=before.distribution,
    )  # fmt: skip


def gone(before: Collection[str], now: Collection[str]) -> Iterator[Change]:
    """Files that the gate looks at in the base, and that are no more: deleted, or moved to where it does not look."""
    for file in sorted(set(before) - set(now)):
        yield Change(Place(file), "that the file is gone", "it, and checks it")
