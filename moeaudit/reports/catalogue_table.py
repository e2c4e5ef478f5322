"""A catalogue's differences as one table: claim, the catalogue's value, the evidence's, which count it fits, and where
it stands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from moeaudit.checks.audit import in_words
from moeaudit.checks.differences import CatalogueAudit, Difference
from moeaudit.checks.finding import Finding, Severity
from moeaudit.checks.sides import reading
from moeaudit.claims.catalogues import Record, Unread
from moeaudit.errors import Place
from moeaudit.limits import CATALOGUE_ROWS
from moeaudit.reports import check_views
from moeaudit.reports.check_json import document
from moeaudit.reports.check_markdown import escaped
from moeaudit.reports.terminal import console
from moeaudit.text import visible

WIDEST = 44
"""Characters of a cell in the terminal."""

WIDE = 160
"""Columns from which on a difference is one row."""

FEW = 20
"""Rows of what was not read that are shown unasked."""


def views(found: CatalogueAudit, *, everything: bool) -> Mapping[str, Callable[[], str]]:
    """Every format as a function that makes it. `everything`: notes, and the records without evidence, too."""
    return {
        **check_views.views(found.audits),
        "text": lambda: text(found, everything),
        "markdown": lambda: markdown(found, everything),
        "json": lambda: as_json(found),
    }


def shown(found: CatalogueAudit, everything: bool) -> list[Difference]:
    """The rows: what was found at claims, without notes and what is set aside unless everything is asked for."""
    return [
        one
        for one in found.differences
        if everything or (one.finding.severity is not Severity.NOTE and one.finding.suppressed is None)
    ]


def row(one: Difference) -> tuple[str, ...]:
    """Where, which model, what, the catalogue's value, the evidence's, which count the figure fits, how bad."""
    claim = one.statement.claim
    more = f" (+{one.records - 1} records)" if one.records > 1 else ""
    return (
        spot(claim.location) + more,
        one.hub.id,
        claim.path.partition(".")[2].replace("_", " "),
        one.finding.claimed or claim.printed,
        one.finding.derived or "",
        reading(one.statement.judgement),
        f"{one.finding.severity.value}[{one.finding.rule}]",
    )


HEADINGS = ("where", "model", "claim", "catalogue", "evidence", "fits", "finding")


def tallies(found: CatalogueAudit) -> str:
    """One line: records read, held and not held against evidence, and findings by severity."""
    counts = severities(found)
    said = in_words({name: counts[name] for name in ("error", "warning", "note")})
    return (
        f"{found.records:,} records in {found.files:,} files: {found.checked:,} with evidence, "
        f"{len(found.without):,} without, {len(found.unread):,} unread; {said}"
    )


def severities(found: CatalogueAudit) -> Counter[str]:
    return Counter(one.severity.value for one in gated(found) if one.suppressed is None)


def gated(found: CatalogueAudit) -> list[Finding]:
    """The findings that a gate looks at."""
    return [*found.gate, *(one.finding for one in found.differences)]


def told_of_gate(found: CatalogueAudit) -> list[str]:
    """What is changed of the gate, one line each."""
    return [
        f"{one.severity.value}[{one.rule}] {visible(spot(one.place) if one.place else '', limit=200)}: "
        f"{visible(one.message, limit=400)}"
        for one in found.gate
        if one.suppressed is None
    ]


def text(found: CatalogueAudit, everything: bool) -> str:
    """The table for a terminal, a row a difference where the width allows; nothing foreign moves the cursor."""
    rows = shown(found, everything)
    lines = _aligned(rows) if rows and console().width >= WIDE else [line for one in rows for line in _stacked(one)]
    if not rows:
        lines.append("no differences")
    if changed := told_of_gate(found):
        lines = [*changed, "", *lines]
    for title, listed in (("not read", _unread(found.unread)), ("without evidence", _without(found.without))):
        if listed and (everything or title == "not read"):
            kept = listed if everything else listed[:FEW]
            lines += ["", f"{title}:", *(f"  {one}" for one in kept)]
            if len(listed) > len(kept):
                lines.append(f"  and {len(listed) - len(kept):,} more; --all lists them")
    if found.without and not everything:
        lines += ["", f"{len(found.without):,} records without evidence; --all lists them"]
    return "\n".join((*lines, tallies(found), ""))


def _aligned(rows: list[Difference]) -> list[str]:
    table = [HEADINGS, *(tuple(_cell(cell, keep_end=at == 0) for at, cell in enumerate(row(one))) for one in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in table
    ]
    return [*lines, "", *(f"  {link}" for link in dict.fromkeys(link for one in rows for link in _link(one)))]


def _stacked(one: Difference) -> list[str]:
    """The cells of a row below each other, for a narrow terminal."""
    where, model, claim, said, derived, fits, finding = (visible(cell, limit=400) for cell in row(one))
    cells = (("model", model), (claim, said), ("evidence", derived), ("fits", fits))
    wide = max(len(label) for label, _ in cells)
    told = [f"  {label:<{wide}}  {cell}" for label, cell in cells if cell]
    return [f"{finding} {where}", *told, *(f"  {link}" for link in _link(one)), ""]


def _cell(cell: str, *, keep_end: bool) -> str:
    """A cell of bounded width; of a place the end says more than the beginning."""
    safe = visible(cell, limit=400)
    return "…" + safe[1 - WIDEST :] if keep_end and len(safe) > WIDEST else visible(safe, limit=WIDEST)


def _link(one: Difference) -> list[str]:
    """The record's page where it names one, and the page of the model that it is held against."""
    pages = (one.record.url, model_page(one))
    return [visible(page, limit=300) for page in pages if page]


def model_page(one: Difference) -> str:
    return f"https://huggingface.co/{quote(one.hub.id, safe='/')}" if "/" in one.hub.id else ""


def markdown(found: CatalogueAudit, everything: bool) -> str:
    """The table for a comment or a page, places and records linked."""
    lines = ["<!-- moeaudit check -->", f"**{escaped(tallies(found))}**", ""]
    rows = shown(found, everything)
    if changed := told_of_gate(found):
        lines += [*(f"- {escaped(one)}" for one in changed), ""]
    if rows:
        lines += ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    for one in rows:
        where, model, *others = (str(escaped(visible(cell, limit=300))) for cell in row(one))
        place = one.statement.claim.location
        where = f"[{where}]({quote(place.file, errors='replace')}{f'#L{place.line}' if place.line else ''})"
        page = one.record.url if one.record.url.startswith(("https://", "http://")) else model_page(one)
        model = f"[{model}]({quote(page, safe=':/?=&%', errors='replace')})" if page else model
        lines.append("| " + " | ".join((where, model, *others)) + " |")
    for title, listed in (("not read", _unread(found.unread)), ("without evidence", _without(found.without))):
        if listed and (everything or title == "not read"):
            lines += ["", f"{title}:", "", *(f"- {escaped(one)}" for one in listed)]
    return "\n".join((*lines, ""))


def as_json(found: CatalogueAudit) -> str:
    """The check's document, with the catalogue's own part."""
    whole: dict[str, Any] = document(found.audits)
    whole["catalogue"] = {
        "files": found.files,
        "records": found.records,
        "checked": found.checked,
        "differences": [_difference(one) for one in found.differences],
        "unread": [{"location": _location(one.place), "reason": one.reason} for one in found.unread],
        "without_evidence": [_record(one) for one in found.without],
    }
    return json.dumps(whole, indent=2, ensure_ascii=True) + "\n"


def _difference(one: Difference) -> dict[str, Any]:
    claim, judgement = one.statement.claim, one.statement.judgement
    return {
        "record": _record(one.record),
        "records": one.records,
        "model": one.hub.id,
        "model_stated": one.hub.stated,
        "path": claim.path,
        "catalogue": claim.printed,
        "evidence": one.finding.derived,
        "fits": dict(judgement.fits),
        "finding": one.finding.fingerprint,
        "location": _location(claim.location),
    }


def _record(one: Record) -> dict[str, Any]:
    return {
        "catalogue": one.catalogue,
        "id": one.model_id,
        "hub_ids": [hub.id for hub in one.hub_ids],
        "url": one.url or None,
        "location": _location(one.place) if one.place is not None else None,
    }


def _location(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column, "path": place.path}


def spot(place: Place) -> str:
    return f"{place.file}:{place.line}" if place.line else place.file


def _unread(unread: tuple[Unread, ...]) -> list[str]:
    rows = [
        f"{visible(spot(one.place), limit=200)}: {visible(one.reason, limit=200)}" for one in unread[:CATALOGUE_ROWS]
    ]
    return [*rows, *([f"and {len(unread) - CATALOGUE_ROWS:,} more"] if len(unread) > CATALOGUE_ROWS else ())]


def _without(records: tuple[Record, ...]) -> list[str]:
    rows = [
        visible(f"{one.model_id or 'unnamed'}  {spot(one.place) if one.place else ''}", limit=240)
        for one in records[:CATALOGUE_ROWS]
    ]
    return [*rows, *([f"and {len(records) - CATALOGUE_ROWS:,} more"] if len(records) > CATALOGUE_ROWS else ())]
