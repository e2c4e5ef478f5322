"""`moeaudit list [KIND]`: what ships with the tool. (A module called `list` would hide the type from its package.)"""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def list_(
    kind: Annotated[str, typer.Argument(help="models, devices, rules, … Without one: all kinds.")] = "",
) -> None:
    """List what ships: recorded models, devices, rules, words, one line each."""
    from moeaudit.cli.output import show
    from moeaudit.reports.shipped import shipped
    from moeaudit.reports.terminal import console

    show(shipped(kind, console().width if sys.stdout.isatty() else 0))  # a program that reads it wants whole lines
