"""`moeaudit schema NAME`: the JSON Schema of a file that moeaudit reads or writes."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(name: Annotated[str, typer.Argument(help="Which file format. Without one: all names.")] = "") -> None:
    """Print the JSON Schema of any file that moeaudit reads or writes."""
    from moeaudit.cli.output import show
    from moeaudit.reports.schemas import SCHEMAS, schema_text

    if not name:
        show("\n".join((*SCHEMAS, "")))
        return
    if name not in SCHEMAS:
        from difflib import get_close_matches

        from moeaudit.errors import UsageError
        from moeaudit.text import visible

        near = get_close_matches(name, SCHEMAS, n=1, cutoff=0.4)
        raise UsageError(
            f"no schema is named {visible(name, limit=60)!r}",
            hint=f"Did you mean {near[0]}?" if near else f"There are: {', '.join(SCHEMAS)}.",
        )
    show(schema_text(name), "json")
