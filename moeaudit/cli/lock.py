"""`moeaudit lock MODEL`: the evidence file, for offline gates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.cli.inspecting import ReadDepth
from moeaudit.errors import Place, UsageError


def lock(
    model: Annotated[str, typer.Argument(help="Hub id (org/name[@revision]) or URL, folder or config.json.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write; by default NAME.evidence.json here.")
    ] = None,
    depth: Annotated[ReadDepth, typer.Option(help="How far to read.")] = ReadDepth.HEADERS,
    revision: Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never touch the network.")] = False,
    no_cache: NoCache = False,
    timeout: Timeout = None,
) -> None:
    """Write a model's evidence to one small file that checks can run on, offline, forever."""
    from moeaudit.cli.output import say
    from moeaudit.cli.progress import header_progress
    from moeaudit.evidence import Depth, open_evidence
    from moeaudit.evidence.evidence_file import evidence_bytes
    from moeaudit.evidence.outputs import target, write_whole

    if output is not None:
        target(output)  # before anything is read
    with header_progress() as progress:
        evidence = open_evidence(model, depth=Depth(depth.value), revision=revision, offline=offline, progress=progress)
    name = Path(evidence.model.id.rstrip("/")).name or "model"
    path = output or Path(f"{name.removesuffix('.json')}.evidence.json")
    refuse_other_files(path)
    write_whole(path, evidence_bytes(evidence))
    say(f"{path}: {evidence.model.id}, {depth.value}")


def refuse_other_files(path: Path) -> None:
    """UsageError where there is a file that is no evidence file: a lock is renewed, nothing else is replaced by one."""
    from moeaudit.evidence.local import EVIDENCE_SCHEMA
    from moeaudit.evidence.outputs import beginning

    begins = beginning(path)
    if begins and EVIDENCE_SCHEMA not in begins:
        raise UsageError("the file exists and is no evidence file", place=Place(str(path)), hint="Give another name.")
