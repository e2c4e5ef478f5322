"""`moeaudit lock MODEL`: the evidence file, for offline gates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.cli.inspecting import ReadDepth


def lock(
    model: Annotated[str, typer.Argument(help="Hub id (org/name[@revision]), folder or config.json.")],
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
    from moeaudit.cli.progress import header_progress
    from moeaudit.evidence import Depth, open_evidence
    from moeaudit.evidence.evidence_file import evidence_bytes
    from moeaudit.evidence.files import write_whole
    from moeaudit.text import visible

    with header_progress() as progress:
        evidence = open_evidence(model, depth=Depth(depth.value), revision=revision, offline=offline, progress=progress)
    name = Path(evidence.model.id.rstrip("/")).name or "model"
    path = output or Path(f"{name.removesuffix('.json')}.evidence.json")
    write_whole(path, evidence_bytes(evidence))
    typer.echo(f"{visible(str(path))}: {visible(evidence.model.id)}, {depth.value}", err=True)
