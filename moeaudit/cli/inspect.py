"""`moeaudit inspect MODEL`: counts, witnesses, architecture. `quick.py` reads the plainest of these lines itself."""

from __future__ import annotations

from typing import Annotated

import typer

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.cli.inspecting import ReadDepth
from moeaudit.cli.options import AsJson, Outputs
from moeaudit.cli.output import FailOn


def inspect(
    model: Annotated[
        str,
        typer.Argument(help="Hub id (org/name[@revision]) or URL, folder, config.json, evidence, spec or GGUF file."),
    ],
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="text, markdown, html, pdf or json; html=FILE writes to a file."),
    ] = None,
    output: Outputs = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything: each count, part, witness, claim and finding.")
    ] = False,
    as_json: AsJson = False,
    depth: Annotated[
        ReadDepth | None, typer.Option(help="How far to read; by default as deep as it takes to settle the account.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Never touch the network: cache and recorded evidence only.")
    ] = False,
    against: Annotated[
        str | None, typer.Option(help="The model that GGUF files were converted from: the same counts, or exit code 1.")
    ] = None,
    no_cache: NoCache = False,
    timeout: Timeout = None,
    fail_on: Annotated[FailOn, typer.Option(help="The severity from which findings give exit code 1.")] = FailOn.ERROR,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Findings never fail the run.")] = False,
) -> int:
    """Count a model exactly, under every named denominator, with proof."""
    from moeaudit.cli.inspecting import answer

    return answer(
        model,
        formats=formats or (),
        depth=depth,
        revision=revision,
        offline=offline,
        against=against,
        fail_on=fail_on,
        exit_zero=exit_zero,
        everything=everything,
        as_json=as_json,
        output=output or (),
    )
