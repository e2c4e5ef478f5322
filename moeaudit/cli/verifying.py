"""`moeaudit packet --verify FILE`: what is printed, and the exit code."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moeaudit.cli.output import show
from moeaudit.errors import Exit
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.audits.verify import Verified


def verified(path: Path, model: str | None, revision: str | None, offline: bool) -> int:
    """Make a packet again and print what changed; 1 where anything did."""
    from moeaudit.audits import verify

    found = verify.verified(path, model, revision=revision, offline=offline)
    for line in lines(found, path):
        show(f"{line}\n")
    return Exit.FINDINGS if found.result.changes else Exit.OK


def lines(found: Verified, path: Path) -> Iterator[str]:
    """What changed; of which packet; how much was made again, from what; and what that proves."""
    result = found.result
    for change in result.changes:
        yield f"changed: {visible(str(change))}"
    yield ", ".join(said(result.recorded))
    if found.embedded:
        yield f"packet.json out of {visible(path.name, limit=80)}, sha256 {found.digest}. The pages were not read."
    against = "evidence read now" if found.fresh else "the embedded evidence" if has_evidence(found) else "its claims"
    yield f"{result.figures:,} values made again from {against}; {len(result.changes):,} changed."
    if result.versions[0] != result.versions[1]:
        versions = [visible(version, limit=40) for version in result.versions]
        yield f"The packet was made with moeaudit {versions[0]}, and again with {versions[1]}."
    if result.estimates:
        yield (
            f"{result.estimates:,} estimates come out differently with this version's figures for engines and kernels: "
            "nothing is said of them."
        )
    if result.unheld:
        yield (
            f"{result.unheld:,} values that this version derives are not in it, or rest on engines' figures of its own "
            "version: nothing is said of them."
        )
    if not result.changes:
        yield from proved(found, path)


def said(packet: dict[str, Any]) -> Iterator[str]:
    """Which packet: its model, the commit, the tool, the date."""
    subject, made = packet["subject"], packet["appendix"]
    yield visible(str(subject["id"] or "unnamed model"), limit=100)
    yield f"commit {visible(str(subject['commit']), limit=64)}" if subject["commit"] else "no commit"
    yield f"made with moeaudit {visible(str(made['version']), limit=40)}"
    yield f"dated {visible(str(made['date']), limit=40)}" if made["date"] else "no date"


def proved(found: Verified, path: Path) -> Iterator[str]:
    """What follows where nothing changed."""
    if found.fresh:
        yield "The packet follows from the evidence read now."
        return
    if not has_evidence(found):
        yield "It embeds no evidence: that it agrees with what is claimed in it is all that this proves."
        return
    named = found.inputs.called or found.inputs.model or "ORG/NAME"
    command = shlex.join(["moeaudit", "packet", "--verify", path.name, "--model", visible(named, limit=100)])
    yield "This proves that the packet and the evidence embedded in it agree, and nothing else."
    yield f"To hold it against the Hub: {command}"


def has_evidence(found: Verified) -> bool:
    return found.inputs.evidence is not None or found.inputs.spec is not None
