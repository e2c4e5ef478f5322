"""What a terminal shows of a converted model (GGUF) beside its counts: which file, how it is stored, and its origin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from moeaudit.evidence.formats.gguf_files import names_of, sets_of
from moeaudit.ledger.gguf import Converted
from moeaudit.ledger.gguf_storage import in_words
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.origin import Origin
from moeaudit.reports.terminal import safe
from moeaudit.text import exact

if TYPE_CHECKING:
    from moeaudit.reports.terminal import Page

NAME, COUNT = 16, 17


def which(inspection: Inspection, made: Converted) -> Iterator[str]:
    """Which of the files was read, and what else there is to choose."""
    shards = inspection.evidence.headers.shards if inspection.evidence.headers is not None else None
    files = shards.files if shards is not None else ()
    if files:
        more = f" and {len(files) - 1} more parts" if len(files) > 1 else ""
        name = f" ({safe(made.name, 60)})" if made.name else ""
        yield f"GGUF: {safe(files[0], 100)}{more}{name}; roles by llama.cpp's names"
    others = sets_of(set(inspection.evidence.shard_sizes) - set(files))
    if others:
        yield f"others here, chosen as MODEL:NAME: {safe(names_of(others), 300)}"
    if made.imatrix:
        told = ", ".join(f"{key} {value}" for key, value in sorted(made.imatrix.items()))
        yield f"quantised by importance (imatrix): {safe(told, 200)}"


def against_origin(inspection: Inspection) -> tuple[str, str]:
    """In one line whether the origin has the same counts."""
    origin = inspection.origin
    if origin is None:
        named = [one.id or one.name for one in inspection.converted.origins] if inspection.converted else []
        said = f"its keys name {safe(named[0], 80)}, which is not at hand" if named else "its keys name no origin"
        return f"one witness only: {said}; --against MODEL holds it against one", "yellow"
    name = safe(origin.model, 80)
    if not origin.agrees:
        here, there = origin.per_token
        how = f": {here} experts per token, {there} at the origin" if here else ""
        return f"differs from its origin {name} ({origin.found}){how}", "bold red"
    lacking = any(row.here != row.origin for row in origin.rows)
    return f"the same counts as its origin {name} ({origin.found}){', as far as it is converted' * lacking}", "green"


def converted(inspection: Inspection, made: Converted, out: Page) -> None:
    """How each component is stored, and both sides of the origin."""
    from moeaudit.reports.inspection_text import labelled, section

    section("Types and bits per weight", out)
    for component, stored in sorted(made.stored.items(), key=lambda pair: -pair[1].elements):
        out.labelled(component.value, in_words(stored), NAME)
    out.labelled("all", in_words(made.whole), NAME)
    if inspection.origin is not None:
        beside(inspection.origin, out)
        if inspection.origin.words:
            labelled("", f"the origin's counts rest on: {inspection.origin.words}", out)


def beside(origin: Origin, out: Page) -> None:
    """The file and its origin, component by component."""
    from moeaudit.reports.inspection_text import section

    section(f"Held against {safe(origin.model, 60)}", out)
    out.line((f"  {'':<{NAME}}{'here':>{COUNT}} {'origin':>{COUNT}}", "dim"))
    for row in origin.rows:
        same = row.here == row.origin
        said, style = ("equal", "dim") if same else (row.reason or f"{row.here - row.origin:+,}", "yellow")
        out.line(
            (f"  {row.component.value:<{NAME}}{exact(row.here):>{COUNT}} {exact(row.origin):>{COUNT}}  ", ""),
            (said, "bold red" if row.unexplained else style),
        )
    here, there = origin.totals
    out.line((f"  {'all':<{NAME}}{exact(here):>{COUNT}} {exact(there):>{COUNT}}", "bold"))
    if all(origin.router) and origin.router[0] != origin.router[1]:
        out.line((f"  {'router type':<{NAME}}{origin.router[0]:>{COUNT}} {origin.router[1]:>{COUNT}}", ""))
