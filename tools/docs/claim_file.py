"""docs/claim-file-keys.md: every key of a claim file, from the model that reads it."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.checklist import BY_ID, DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS, Group
from moeaudit.claims.claim import SourceKind
from moeaudit.claims.models import ModelEntry, NotApplicable, NotDisclosed, SourceEntry, Statement, Strict, Suppression

HEAD = """# Keys of a claim file

Every key that `*.claims.yaml` may hold (schema `moeaudit/claims/v1`, `moeaudit schema claims`). Unknown keys are
refused, with the nearest known one. [Your first claim file](claim-file.md) shows how to write one.
"""
FORMS = """## A value

Every item is a bare value (`routed_experts: 256`), or one of these:
"""
SECTIONS = """## Items

The number is that of the checklist item, *counts* what a figure is held against (`moeaudit explain` says more of each).
"""


def claim_file() -> Iterator[tuple[str, str]]:
    """The page."""
    lines = [HEAD, *table("model", ModelEntry), *table("sources, each", SourceEntry)]
    kinds = ", ".join(f"`{kind.value}`" for kind in SourceKind)
    lines += [f"Kinds of sources, the strongest first: {kinds}.", "", FORMS]
    for form in (Statement, NotDisclosed, NotApplicable):
        lines += table(f"`{form.__name__}`", form, level=3)
    lines.append(SECTIONS)
    for group in Group:
        lines += [f"### {group.value}", "", "| key | item | counts | what it is |", "|---|---|---|---|"]
        lines += [
            f"| `{field.path.partition('.')[2]}` | {field.item} | {field.kind or 'text'} | {BY_ID[field.item].title} |"
            for field in FIELDS.values()
            if field.path.startswith(f"{group.value}.")
        ]
        lines.append("")
    for name, items in (("deployment", DEPLOYMENT_ITEMS), ("evaluations, each", EVALUATION_ITEMS)):
        lines += [f"### {name}", "", "| key | item |", "|---|---|"]
        lines += [f"| `{key}` | {item} |" for key, item in items.items()]
        lines.append("")
    lines += table("ignore, each", Suppression)
    yield "docs/claim-file-keys.md", "\n".join(lines).rstrip() + "\n"


def table(title: str, model: type[Strict], level: int = 2) -> list[str]:
    """The keys of one table of the file."""
    doc = " ".join((model.__doc__ or "").split())
    rows = [
        f"| `{name}` | {'yes' if field.is_required() else 'no'} | {field.description or ''} |"
        for name, field in model.model_fields.items()
    ]
    return [f"{'#' * level} {title}", "", doc, "", "| key | needed | |", "|---|---|---|", *rows, ""]
