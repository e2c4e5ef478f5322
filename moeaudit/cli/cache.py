"""`moeaudit cache`: what was kept of earlier readings; and the options of every command that reads from a Hub."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer


class Do(StrEnum):
    """What to do with the cache."""

    SIZE = "size"
    CLEAN = "clean"


def _without(wanted: bool) -> bool:
    """The evidence room reads the environment, as it does to learn whether it may go online."""
    if wanted:
        os.environ["MOEAUDIT_NO_CACHE"] = "1"
    return wanted


def _within(seconds: float | None) -> float | None:
    if seconds is not None:
        from moeaudit.errors import UsageError
        from moeaudit.evidence.hub_settings import together

        os.environ["MOEAUDIT_TIMEOUT"] = str(seconds)
        try:
            together()  # where it is none, that is said before anything is asked
        except UsageError as error:
            raise UsageError("--timeout is no number of seconds that can be waited", hint=error.hint) from None
    return seconds


Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        callback=_within,
        metavar="SECONDS",
        help="The most that reading one model from a Hub may take; 600 by default (as under MOEAUDIT_TIMEOUT).",
    ),
]

NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache", callback=_without, help="Read everything anew and keep nothing (as under MOEAUDIT_NO_CACHE=1)."
    ),
]


def cache(
    do: Annotated[Do, typer.Argument(help="size: say how much there is; clean: remove it.")] = Do.SIZE,
) -> None:
    """Show or remove the tables kept of weight files read before. The Hub's own cache beside them stays as it is."""
    from moeaudit.cli.output import show
    from moeaudit.evidence.cache import cache_folder, clean, own_files
    from moeaudit.text import several, visible

    files = own_files()
    size = sum(file.stat().st_size for file in files if file.is_file())
    tables = f"{several(len(files), 'table or listing', 'tables and listings')}, {several(size, 'byte')}"
    if do is Do.CLEAN:
        clean()
        show(f"removed {tables}\n")
        return
    show(f"{visible(str(cache_folder()))}: {tables} of moeaudit's own\n")
