"""The options of every command that shows a result: where it goes. `output.wanted` reads them together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Outputs = Annotated[
    list[Path] | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to a file; its ending names the format. Repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
