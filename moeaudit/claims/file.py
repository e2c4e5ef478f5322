"""Reading a claim file: positions from the YAML reader, meaning from the models, and claims out of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moeaudit.claims.checklist import DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS, Field
from moeaudit.claims.claim import Claim, Distribution, Origin, Source, SourceKind, Status
from moeaudit.claims.figures import Figure, parse_figure
from moeaudit.claims.verdicts import KINDS, is_denominator
from moeaudit.errors import Place, UsageError
from moeaudit.evidence.files import own_file, read_whole
from moeaudit.evidence.yaml_text import Node, read_yaml
from moeaudit.later import dataclass, expression
from moeaudit.limits import CLAIMS_BYTES, EVALUATIONS, IGNORES, SOURCES, Limit
from moeaudit.text import quoted

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

SUFFIX = ".claims.yaml"
SCHEMA_FAMILY = "moeaudit/claims/"
BOM = "\ufeff"

NO_COUNT = expression(
    r"\s*(?:[-+]?\.?(?:inf|infinity|nan)|[-+][0-9.].*|[0-9.]+e[-+]?[0-9]+|[0-9][0-9,._ ]{40,}.*)", re.I | re.S
)
"""What is written as a number and counts nothing: below zero, without end, of more digits than anything has."""


@dataclass(frozen=True)
class Ignore:
    """A suppression of the claim file: the rule, why, and the claim it is limited to (all where `path` is empty)."""

    rule: str
    reason: str
    path: str
    place: Place


@dataclass(frozen=True)
class Claims:
    """A claim file as read: which model, what is claimed, on what sources, and what is suppressed. `text`: the file
    itself, without a byte order mark."""

    file: str
    model_id: str
    revision: str | None
    variant: str | None
    release_date: str | None
    distribution: Distribution
    evidence: str | None
    sources: tuple[Source, ...]
    claims: tuple[Claim, ...]
    ignores: tuple[Ignore, ...]
    root: Node
    text: str = ""

    def by_path(self, path: str) -> Claim | None:
        return next((claim for claim in self.claims if claim.path == path), None)


def read_claim_file(path: Path) -> Claims:
    """Read a claim file from disk. UsageError where it cannot be read, with file, line and column; NoEvidence where it
    is not there."""
    return parse_claims(read_whole(own_file(path), CLAIMS_BYTES, name=str(path)), str(path))


def parse_claims(source: str | bytes, file: str) -> Claims:
    """Read the text of a claim file named `file`."""
    from pydantic import ValidationError

    from moeaudit.claims.models import ClaimFile

    root = read_yaml(source, file)
    _check_schema(root)
    for key, most in (("ignore", IGNORES), ("sources", SOURCES), ("evaluations", EVALUATIONS)):
        _check_length(root.at((key,)), most)
    try:
        read = ClaimFile.model_validate(root.plain())
    except ValidationError as error:
        raise _usage_error(error, root) from None
    sources = tuple(
        Source(
            entry.id,
            entry.title,
            entry.url or "",
            SourceKind(entry.kind),
            entry.read or "",
            root.at(("sources", n)).place,
        )
        for n, entry in enumerate(read.sources)
    )
    ignores = tuple(
        Ignore(entry.rule, entry.reason, entry.path or "", root.at(("ignore", n)).place)
        for n, entry in enumerate(read.ignore)
    )
    claims = tuple(_claims(root, {source.id: source for source in sources}))
    model = read.model
    return Claims(
        file, model.id, model.revision, model.variant, model.release_date, model.distribution, model.evidence,
        sources, claims, ignores, root, _text(source),
    )  # fmt: skip


def _text(source: str | bytes) -> str:
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    return text.removeprefix(BOM)


def _check_length(listed: Node, most: Limit) -> None:
    if isinstance(listed.content, list) and len(listed.content) > most:
        raise UsageError(f"the file has {most.words()}", place=listed.content[most].place, hint="Keep those in use.")


def _check_schema(root: Node) -> None:
    """Say plainly when the file is for another version, or another kind of file altogether."""
    if not isinstance(root.content, dict):
        raise UsageError(
            "a claim file is a table of keys", place=root.place, hint=f"Begin with 'schema: {SCHEMA_FAMILY}v1'."
        )
    schema = root.content.get("schema")
    written = schema.text if schema is not None else ""
    if schema is None:
        raise UsageError("no schema is named", place=root.place, hint=f"Begin with 'schema: {SCHEMA_FAMILY}v1'.")
    if written == f"{SCHEMA_FAMILY}v1":
        return
    if written.startswith(SCHEMA_FAMILY):
        message = f"the file is written for {quoted(written)}; this version of moeaudit reads '{SCHEMA_FAMILY}v1'"
        raise UsageError(
            message, place=schema.place, hint="Use the moeaudit that the file was written for, or convert the file."
        )
    raise UsageError(
        f"{quoted(written)} is not the schema of a claim file",
        place=schema.place,
        hint=f"Expected '{SCHEMA_FAMILY}v1'.",
    )


def _claims(root: Node, sources: Mapping[str, Source]) -> Iterator[Claim]:
    for path, field in FIELDS.items():
        group, name = path.split(".")
        yield from _claim(root, (group, name), field, sources)
    for name, item in DEPLOYMENT_ITEMS.items():
        yield from _claim(root, ("deployment", name), Field(f"deployment.{name}", item), sources)
    records = root.at(("evaluations",)).content
    for number in range(len(records) if isinstance(records, list) else 0):
        for name, item in EVALUATION_ITEMS.items():
            yield from _claim(
                root, ("evaluations", number, name), Field(f"evaluations[{number}].{name}", item), sources
            )


def _claim(root: Node, path: tuple[str | int, ...], field: Field, sources: Mapping[str, Source]) -> Iterator[Claim]:
    node = _find(root, path)
    if node is None or node.content is None:
        return
    form = node.content if isinstance(node.content, dict) else {}
    for key, status in (("not_disclosed", Status.NOT_DISCLOSED), ("not_applicable", Status.NOT_APPLICABLE)):
        if key in form:
            place = form[key].place
            yield Claim(
                field.path, field.item, field.kind, None, place, Origin.CLAIM_FILE, status=status, reason=form[key].text
            )
            return
    value = form.get("value", node)
    figure = parse_figure(value.text or None) if field.kind else None
    if field.kind in KINDS and _counts_nothing(value, figure):
        raise UsageError(
            f"{field.path} is {quoted(value.text, 40)}, which is no count",
            place=value.place,
            hint="Write it as its source prints it, such as 671B.",
        )
    yield Claim(
        field.path,
        field.item,
        field.kind,
        value.plain(),
        Place(value.place.file, value.place.line, value.place.column, field.path),
        Origin.CLAIM_FILE,
        figure=figure,
        denominator=_denominator(form.get("denominator"), field),
        source=_source(form.get("source"), sources),
        quote=form["quote"].text if "quote" in form else "",
        note=form["note"].text if "note" in form else "",
        length=len(value.text),
    )


def _counts_nothing(value: Node, figure: Figure | None) -> bool:
    """Whether a value is written as a number and is none: `true`, `-5`, `.nan`, or in digits of another script."""
    if figure is None:
        return isinstance(value.content, bool) or NO_COUNT.fullmatch(value.text) is not None
    return any(sign.isdecimal() and not sign.isascii() for sign in value.text)


def _find(root: Node, path: tuple[str | int, ...]) -> Node | None:
    node: Node = root
    for step in path:
        deeper = node.at((step,))
        if deeper is node:
            return None
        node = deeper
    return node


def _denominator(node: Node | None, field: Field) -> str | None:
    if node is None or node.content is None:
        return None
    if not is_denominator(node.text):
        known = KINDS[field.kind].denominators if field.kind in KINDS else ()
        hint = (
            _suggestion(node.text, known)
            or "'moeaudit explain denominators' lists them; keep the source's own words in 'quote'."
        )
        raise UsageError(f"{quoted(node.text)} is not a denominator", place=node.place, hint=hint)
    return node.text


def _source(node: Node | None, sources: Mapping[str, Source]) -> Source | None:
    if node is None or node.content is None:
        return None
    url = node.text if node.text.startswith(("http://", "https://")) else ""
    return sources.get(node.text) or Source(node.text, url=url, place=node.place)


EMPTY = frozenset({"too_short", "string_too_short"})
TELLING = (frozenset({"extra_forbidden"}), EMPTY)
"""Of several problems those that say most: what a value may be otherwise is listed kind by kind."""


def _suggestion(name: str, known: tuple[str, ...]) -> str:
    from moeaudit.nearest import nearest

    close = nearest(name, known)
    return f"Did you mean {close[0]!r}?" if close else ""


def _usage_error(error: ValidationError, root: Node) -> UsageError:
    """The first thing that is wrong, in words, with its place; how many more there are."""
    problems = error.errors(include_url=False)
    telling = (problem for kinds in TELLING for problem in problems if problem["type"] in kinds)
    first = next(telling, problems[0])
    message, place, hint = _problem(first, root)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return UsageError(f"{message}{more}", place=place, hint=hint)


def _problem(problem: ErrorDetails, root: Node) -> tuple[str, Place, str]:
    steps: list[str | int] = []
    node = root
    for step in problem["loc"]:
        deeper = node.at((step,))
        if deeper is not node:
            node, steps = deeper, [*steps, step]
    place, last = node.place, str(problem["loc"][-1])
    if problem["type"] == "extra_forbidden":
        parent = _find(root, tuple(steps[:-1])) or root
        key_place = (parent.keys or {}).get(last, place)
        known = _known_keys(tuple(steps[:-1]))
        withheld = next((key for key in ("not_disclosed", "not_applicable") if key in (parent.keys or {})), None)
        if last in known and withheld is not None:
            return f"{quoted(last)} cannot stand beside {withheld!r}", key_place, "Keep the one that is true."
        others = " and others" * (len(known) > 8)
        hint = _suggestion(last, known) or f"Known keys: {', '.join(known[:8])}{others}."
        return f"unknown key {quoted(last)}", key_place, hint
    if problem["type"] == "missing":
        return f"{quoted(last)} is missing", place, ""
    if problem["type"] in EMPTY:
        return f"{quoted(steps[-1] if steps else last)} is empty", place, ""
    if "bare" in problem["loc"]:
        hint = "Give a value, a list of values, or a table with 'value', 'not_disclosed' or 'not_applicable'."
        return "not a value that an item can take", place, hint
    return f"{problem['msg'][:1].lower()}{problem['msg'][1:]}", place, ""


def _known_keys(steps: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that are known in the table at a path."""
    from moeaudit.claims import models

    tables: dict[str, type[BaseModel]] = {
        "model": models.ModelEntry,
        "sources": models.SourceEntry,
        "ignore": models.Suppression,
        "architecture": models.Architecture,
        "runtime": models.Runtime,
        "evaluation": models.Evaluation,
        "governance": models.Governance,
        "deployment": models.Deployment,
        "evaluations": models.EvaluationRecord,
    }
    names = [step for step in steps if isinstance(step, str)]
    table: Any = models.ClaimFile if not names else tables[names[0]] if len(names) == 1 else models.Statement
    return tuple(field.alias or name for name, field in table.model_fields.items())
