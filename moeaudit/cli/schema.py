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
        from moeaudit.errors import UsageError
        from moeaudit.nearest import did_you_mean
        from moeaudit.text import visible

        raise UsageError(f"no schema is named {visible(name, limit=60)!r}", hint=did_you_mean(name, SCHEMAS))
    show(schema_text(name), "json")
