"""`moeaudit check PATH…`: the gate on claim files and model cards."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.cli.checking import FORMATS, Asked, answer
from moeaudit.cli.options import AsJson, Outputs
from moeaudit.cli.output import FailOn


class PersonaName(StrEnum):
    """Who wants to hear of a rule."""

    DEFAULT = "default"
    PEDANTIC = "pedantic"
    AUDITOR = "auditor"


Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Claim files (*.claims.yaml), model cards (*.md), catalogues, or folders. "
        "Without any, the card of --model itself, or what lies in this folder."
    ),
]
Model = Annotated[str | None, typer.Option(help="The model they speak of: Hub id, folder or evidence file.")]
Revision = Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N of the model.")]
Formats = Annotated[
    list[str] | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; NAME=FILE writes to a file.")
]
Persona = Annotated[PersonaName | None, typer.Option(help="Who wants to hear of a rule.")]
Threshold = Annotated[
    FailOn | None, typer.Option(help="The severity from which findings give exit code 1; error by default.")
]
Strict = Annotated[bool, typer.Option("--strict", help="A card of which nothing was read is an error, not a warning.")]
Whole = Annotated[
    bool, typer.Option("--all", help="Show the claims and the checklist too; of a catalogue every record.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but findings.")]
Readings = Annotated[
    bool, typer.Option("--explain-reading", help="List the figures of cards that were not taken, with the reason.")
]
Since = Annotated[str | None, typer.Option(help="Only lines changed since this git revision fail the gate.")]
TrustBase = Annotated[
    str | None,
    typer.Option(
        help="Take settings, suppressions, evidence and distribution from this git revision; what the files here "
        "change of them does not count, and is an error."
    ),
]
Fix = Annotated[
    bool, typer.Option("--fix", help="Print a patch that puts wrong figures right, where one figure is proved.")
]
Write = Annotated[bool, typer.Option("--write", help="With --fix: write the files instead.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network.")]
Evidence = Annotated[
    list[Path] | None, typer.Option(help="Folder with evidence of the models that a catalogue's records name.")
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Findings never fail the run.")]


def check(
    paths: Paths = None,
    model: Model = None,
    revision: Revision = None,
    formats: Formats = None,
    output: Outputs = None,
    as_json: AsJson = False,
    persona: Persona = None,
    fail_on: Threshold = None,
    strict: Strict = False,
    whole: Whole = False,
    quiet: Quiet = False,
    explain_reading: Readings = False,
    since: Since = None,
    trust_base: TrustBase = None,
    fix: Fix = False,
    write: Write = False,
    offline: Offline = False,
    evidence: Evidence = None,
    no_cache: NoCache = False,
    timeout: Timeout = None,
    exit_zero: ExitZero = False,
) -> int:
    """Hold claim files and model cards against what the published files prove."""
    asked = Asked(
        paths=paths or (), model=model, revision=revision, formats=formats or (), outputs=output or (), as_json=as_json,
        persona=persona.value if persona else None, fail_on=fail_on.value if fail_on else None, strict=strict,
        whole=whole, quiet=quiet, readings=explain_reading, since=since,
        trust_base=trust_base, fix=fix, write=write, offline=offline, evidence=evidence or (), exit_zero=exit_zero,
    )  # fmt: skip
    return answer(asked)
