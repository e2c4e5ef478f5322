"""`moeaudit explain NAME`: what a word means here."""

from __future__ import annotations

from typing import Annotated

import typer


def explain(
    name: Annotated[
        str,
        typer.Argument(help="A denominator, component, rule, checklist item, GPU or verdict. Without one: all names."),
    ] = "",
) -> None:
    """Explain any word that moeaudit prints."""
    from moeaudit.cli.output import show
    from moeaudit.reports.explain import all_topics, explanation

    show(f"{explanation(name) if name else all_topics()}\n")
