"""`moeaudit draft MODEL`: a claim file that is mostly filled in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.errors import Place, UsageError
from moeaudit.text import several


def draft(
    model: Annotated[
        str, typer.Argument(help="Hub id (org/name[@revision]) or URL, folder, config.json or evidence file.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write (NAME.claims.yaml); by default stdout.")
    ] = None,
    card: Annotated[Path | None, typer.Option(help="The card to read; by default the model's own README.md.")] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never touch the network.")] = False,
    no_cache: NoCache = False,
    timeout: Timeout = None,
    full: Annotated[
        bool, typer.Option("--full", help="A placeholder for every item of the checklist, and every figure left out.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file where it exists.")] = False,
) -> None:
    """Write a claim file from the card and the derived facts, for a person to finish."""
    if output is not None:
        refuse_existing(output, force=force)
    from moeaudit.audits.check import card_of, text_of
    from moeaudit.audits.inspect import inspect
    from moeaudit.audits.names import named_model, names_of, shown_name
    from moeaudit.checks.facts import statements
    from moeaudit.claims.claim import Distribution
    from moeaudit.cli.output import say, show
    from moeaudit.evidence.outputs import write_whole
    from moeaudit.reports.draft import render, with_row
    from moeaudit.reports.readings import rows

    inspection = inspect(model, revision=revision, offline=offline)
    evidence = inspection.evidence
    text = text_of(card) if card is not None else evidence.card
    file = str(card or "README.md")
    read = card_of(text, file, names_of(evidence, None, card), inspection) if text else None
    claims = [with_row(claim, text or "") for claim in read.claims] if read is not None else []
    name = shown_name(named_model(evidence, None), [read] if read is not None else [], evidence)
    said = statements(claims, inspection, Distribution.DOWNLOADABLE)
    beside = beside_of(model, output)
    content = render(inspection, said, name, beside, list(rows([read])) if read is not None else [], full=full)
    if output is None:
        show(content, "yaml")
        return
    write_whole(output, content.encode())
    apart = beside is None and os.path.lexists(model)
    how = f"; its evidence lies elsewhere: check it with --model {model}" if apart else ""
    say(f"{output}: {name}, {several(len(claims), 'claim')} read from the card{how}")


def refuse_existing(output: Path, *, force: bool) -> None:
    """UsageError where the place takes no file, or has one that nobody said may be replaced."""
    from moeaudit.evidence.outputs import target

    if target(output).is_file() and not force:
        raise UsageError(
            "the file exists", place=Place(str(output)), hint="Give another name, or --force to replace it."
        )


def beside_of(model: str, output: Path | None) -> str | None:
    """The path from the claim file to its evidence, where the file may name it."""
    from moeaudit.evidence.files import named_file

    if not os.path.lexists(model):
        return None
    path = os.path.relpath(model, output.parent if output else Path.cwd())
    try:
        named_file(output or Path("here"), path)
    except UsageError:
        return None
    return path
