"""A claim file to finish: what the card says with its quote and line, what the files give with its denominator, and
which figures of the card were left out and why. Nothing is put in that the files contradict. The rest of the checklist
is listed as commented placeholders where all of it is asked for."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import moeaudit
from moeaudit.checks.facts import Facts, Statement, proven, unsettled
from moeaudit.checks.settlement import settlement
from moeaudit.checks.sides import reading
from moeaudit.claims.checklist import DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS, ITEMS, Field, Group, Item
from moeaudit.claims.claim import Claim
from moeaudit.claims.figures import Value
from moeaudit.claims.verdicts import KINDS, Verdict, best
from moeaudit.evidence.model import Evidence, Source
from moeaudit.later import dataclass, expression
from moeaudit.ledger.inspection import Inspection
from moeaudit.reports.readings import Row
from moeaudit.text import exact, several, short, visible

WIDTH = 100

EDITORS = "# yaml-language-server: $schema=claims.schema.json"
"""What editors look for in a first line; `moeaudit schema claims > claims.schema.json` writes the file beside it."""

SHOWN = 20
"""Left-out figures that a short draft lists."""

LONGEST_QUOTE = 300
PLAIN = expression(r"\d{1,20}(?:\.\d{1,6})?[KMBT]?")
"""Values that YAML takes as they stand; all others are quoted."""

HUB_ID = expression(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
BEST_FIRST = (
    Verdict.REPRODUCED,
    Verdict.INFERRED,
    Verdict.AMBIGUOUS,
    Verdict.REPRODUCED_ELSEWHERE,
    Verdict.UNVERIFIABLE,
)
"""Verdicts whose claims may be put in; a contradicted one is quoted in a comment instead."""

DERIVED = {
    "total": "total.full",
    "stored": "total.stored",
    "active": "active.full",
    "non-embedding": "total.body",
    "active-non-embedding": "active.body",
    "embedding": "embedding.input",
    "mtp": "mtp.unique",
    "vision": "modality.vision",
    "audio": "modality.audio",
    "context": "context_length",
}
"""Kind of a figure → the count to suggest for it; kinds that count things are suggested under their own name."""


FILES, DEFAULT = "the files", "the family's default"
"""Where a value comes from that is told in a comment."""


@dataclass(frozen=True)
class Entry:
    """One value to write: as text, what it counts, and where it comes from. `unsettled`: why it is told in a comment
    and not put in."""

    value: str
    source: str
    denominator: str = ""
    quote: str = ""
    note: str = ""
    unsettled: str = ""


def render(
    inspection: Inspection,
    said: Sequence[Statement],
    name: str,
    evidence: str | None = None,
    left_out: Sequence[Row] = (),
    *,
    full: bool = False,
) -> str:
    """The claim file of the model `name`. `said`: the card's claims; `evidence`: its path, where it is a file;
    `left_out`: figures of the card that were not taken; `full`: a placeholder for every item of the checklist."""
    lines = [*head(inspection, name, evidence), *sources(inspection.evidence, bool(said))]
    derived = suggestions(inspection, said)
    stubs = 0
    for group in Group:
        found = [list(item_lines(item, said, derived)) for item in ITEMS if item.group is group]
        kept = [one for one in found if full or any(is_told(row) for row in one)]
        stubs += len(found) - len(kept)
        if any(not row.lstrip().startswith("#") for one in kept for row in one):
            lines += ["", f"{group.value}:"]
        elif kept:
            lines += ["", f"# {group.value}:"]
        lines += [row for one in kept for row in one if full or is_told(row) or row is one[0]]
    if stubs:
        lines += [
            "",
            *comment(
                f"{several(stubs, 'more item of the checklist is', 'more items of the checklist are')} not stated; "
                f"--full lists "
                f"{'it' if stubs == 1 else 'them'}.",
                "",
            ),
        ]
    lines += [*readings(left_out, None if full else SHOWN), *(records() if full else ())]
    return "\n".join(lines) + "\n"


def is_told(row: str) -> bool:
    """Whether a line tells something, and is no heading or placeholder."""
    return re.match(r"  # (?:[ARGE]\d\d |\w+: \{value: , source: \}$)", row) is None


def readings(found: Sequence[Row], most: int | None) -> Iterator[str]:
    """The card's figures that were left out, each with the reason."""
    if found:
        yield ""
        yield from comment("Figures of the card that were left out:", "")
    for row in found[:most]:
        field = f" ({row.field.rpartition('.')[2].replace('_', ' ')})" if row.field else ""
        word = f", {row.owner_word}" if row.owner_word else ""
        yield from comment(f"{row.file}:{row.line} {row.figure}{field}: {row.reason}{word}", "")
    if most is not None and len(found) > most:
        yield from comment(f"and {len(found) - most} more; --full lists them", "")


def head(inspection: Inspection, name: str, evidence: str | None) -> Iterator[str]:
    """What the file is, which model it is about, and what its counts rest on."""
    model, found = inspection.evidence.model, settlement(inspection)
    yield EDITORS
    yield from comment(
        f"Drafted by moeaudit {moeaudit.__version__} from the model's card and files. To finish it: hold every "
        "value against its source, say what is missing or why it is not disclosed, then run moeaudit check on it. "
        "For help in an editor: moeaudit schema claims > claims.schema.json",
        "",
    )
    rests_on = "; ".join(filter(None, (found.words, found.left_open)))
    yield from comment(f"Counts from the files rest on: {rests_on}.", "")
    yield "schema: moeaudit/claims/v1"
    yield "model:"
    yield f"  id: {quoted(name)}"
    if model.commit and model.source in (Source.HUB, Source.LOCK):
        yield f"  revision: {quoted(model.commit)}"
    yield "  # variant: base or instruction-tuned"
    yield "  # release_date: the day it was released"
    yield "  distribution: downloadable"
    if evidence is not None:
        yield f"  evidence: {quoted(evidence)}"


def sources(evidence: Evidence, has_card: bool) -> Iterator[str]:
    """The two sources a draft can have: the card, and the published files as they were counted."""
    yield "sources:"
    address, model, config = "", evidence.model, evidence.describing
    if HUB_ID.fullmatch(model.id) and model.source in (Source.HUB, Source.LOCK):
        address = f"https://huggingface.co/{model.id}"
    revision = model.commit or "main"
    for name, title, file in (
        ("card", "the model card", "README.md"),
        ("files", f"{config} and weights, counted by moeaudit", config),
    ):
        if name == "card" and not has_card:
            continue
        yield f"  - id: {name}"
        yield f"    title: {quoted(title)}"
        if address:
            yield f"    url: {quoted(f'{address}/blob/{revision}/{file}')}"
        yield "    kind: primary"
    yield "  # add the paper or technical report, with the date you read it"


def item_lines(item: Item, said: Sequence[Statement], derived: Mapping[str, Entry | str]) -> Iterator[str]:
    """One checklist item: its main field, then the further fields that something is known of."""
    yield from comment(f"{item.id} {item.title}", "  ")
    for field in FIELDS.values():
        if field.item != item.id:
            continue
        name = field.path.rpartition(".")[2]
        stated = sorted(
            (
                statement
                for statement in said
                if statement.claim.path == field.path and statement.judgement.verdict in BEST_FIRST
            ),
            key=lambda statement: BEST_FIRST.index(statement.judgement.verdict),
        )
        entry = from_claim(stated[0]) if stated else derived.get(field.path)
        if isinstance(entry, Entry) and entry.unsettled:
            yield from comment(f"not settled: {entry.value} by {entry.source}, {entry.unsettled}", "  ")
            yield f"  # {name}: {{value: , source: }}"
        elif isinstance(entry, Entry):
            yield from entry_lines(name, entry)
        elif entry is not None:
            yield f"  {name}: {{not_applicable: {quoted(entry)}}}"
        elif field.path == item.path:
            yield f"  # {name}: {{value: , source: }}"
        for statement in said:
            if statement.claim.path == field.path and statement not in stated[:1]:
                yield from comment(also(statement), "  ")


def with_row(claim: Claim, text: str) -> Claim:
    """A claim of a table quoted with its whole row, as that stands in the card; so is one whose sentence is too long to
    be quoted up to its figure."""
    lines = text.split("\n")
    row = lines[(claim.location.line or 1) - 1].strip() if len(lines) >= (claim.location.line or 1) else ""
    in_table = row.count("|") >= 2 and claim.printed in row and len(row) > len(claim.quote)
    if in_table or (claim.quote and claim.printed not in claim.quote):
        return replace(claim, quote=row if claim.printed in row else "")
    return claim


def from_claim(statement: Statement) -> Entry:
    """A claim of the card, under the denominator it fits; where several fit, under the first, and the note names the
    others for a person to choose."""
    claim, judgement = statement.claim, statement.judgement
    place = f"{claim.location.file}:{claim.location.line}"
    known = KINDS.get(claim.kind or "")
    denominator = judgement.denominator or (best(judgement.fits) if judgement.fits else "")
    if known is not None and known.assumed == denominator:
        denominator = ""
    note = (
        f"{place}; the card names no denominator and several fit, choose one: {reading(statement)}"
        if judgement.verdict is Verdict.AMBIGUOUS
        else place
    )
    if denominator and judgement.verdict not in (Verdict.REPRODUCED, Verdict.AMBIGUOUS):
        note = f"{place}; the card names no denominator, {reading(statement)}"
    if judgement.unsettled:
        note = f"{note}; {judgement.reason}"
    return Entry(claim.printed, "card", denominator, claim.quote, note)


def also(statement: Statement) -> str:
    """Another claim on the same field, or one that the files contradict: told, not put in."""
    claim, judgement = statement.claim, statement.judgement
    spot, said = f"{claim.location.file}:{claim.location.line}", visible(claim.printed, limit=60)
    return ", ".join(filter(None, [f"{spot} says {said}: {judgement.verdict.value}", reading(statement)]))


def suggestions(inspection: Inspection, said: Sequence[Statement]) -> dict[str, Entry | str]:
    """Field → what the files give for it, or why it does not apply."""
    found: dict[str, Entry | str] = {}
    values, left = proven(inspection), unsettled(inspection)
    for field in FIELDS.values():
        name = DERIVED.get(field.kind or "", field.kind or "")
        value = values.get(name)
        if value is not None:
            entry = counted(value, name if field.kind in DERIVED else "", field)
            if why := left.why(name):
                shown = entry.value if isinstance(entry, Entry) else str(value)
                shown += f" ({name})" if field.kind in DERIVED else ""
                entry = Entry(shown, DEFAULT if name in left.guesses else FILES, unsettled=why)
            found[field.path] = entry
    return found | dict(in_words(inspection, said))


def counted(value: Value, denominator: str, field: Field) -> Entry | str:
    """An exact count; zero of something is not applicable; a count that depends on the token is a range."""
    if value == 0:
        return f"the files hold none ({field.path.rpartition('.')[2]})"
    if isinstance(value, tuple):
        return Entry(
            f"{short(int(value[0]))}–{short(int(value[2]))}",
            "files",
            denominator,
            note="the count depends on the token",
        )
    return Entry(str(int(value)), "files", denominator)


def in_words(inspection: Inspection, said: Sequence[Statement]) -> Iterator[tuple[str, Entry | str]]:
    """Items that the files answer in words."""
    summary, model, left = inspection.summary, inspection.evidence.model, unsettled(inspection)
    active = next(
        (
            statement
            for statement in said
            if statement.claim.path == "architecture.active_parameters" and statement.judgement.fits
        ),
        None,
    )
    if active is not None:
        fits = f"{active.claim.printed} fits {reading(active)}"
        yield "architecture.active_counts", Entry(fits, "files", note=active.judgement.reason)
    if summary is not None and summary.routing:
        guessed = left.why("experts_per_token")
        yield "architecture.routing", Entry(summary.routing, DEFAULT if guessed else "files", unsettled=guessed)
    size = Facts(inspection).weight_bytes
    if size:
        stored = f"{exact(size)} bytes" + (f", {inspection.precision}" if inspection.precision else "")
        seen = any(inspection.witnesses[name].bytes == size for name in ("headers", "index"))
        why = "" if seen else left.why("total.stored")
        source = DEFAULT if "total.stored" in left.guesses else FILES
        yield "architecture.stored_capacity", Entry(stored, source if why else "files", unsettled=why)
    beside = [
        f"{name} {exact(value)}" + (f" ({exact(left.of(name))} parameters open)" if left.of(name) else "")
        for name, value in proven(inspection).items()
        if name in ("mtp.unique", "modality.vision", "modality.audio") and isinstance(value, int) and value
    ]
    if summary is not None:
        yield (
            "architecture.side_modules",
            Entry(f"{', '.join(beside)}; total.full leaves them out", "files")
            if beside
            else "no prediction modules and no encoders in the files",
        )
    if inspection.precision:
        yield "runtime.precision", Entry(inspection.precision, "files")
    if HUB_ID.fullmatch(model.id) and model.commit and model.source in (Source.HUB, Source.LOCK):
        yield "governance.weights_location", Entry(f"{model.id} at commit {model.commit}", "files")


def entry_lines(name: str, entry: Entry) -> Iterator[str]:
    """The long form of an item, one key a line."""
    yield f"  {name}:"
    yield f"    value: {quoted(entry.value)}"
    if entry.denominator:
        yield f"    denominator: {entry.denominator}"
    yield f"    source: {entry.source}"
    if entry.quote:
        yield f"    quote: {quoted(around(entry.quote, entry.value), LONGEST_QUOTE)}"
    if entry.note:
        yield f"    note: {quoted(entry.note, 300)}"


def around(quote: str, value: str) -> str:
    """The part of a long quote that the value stands in."""
    start = max(quote.find(value) - LONGEST_QUOTE // 2, 0) if len(quote) > LONGEST_QUOTE else 0
    return quote[start : start + LONGEST_QUOTE - 10]


def records() -> Iterator[str]:
    """The two records that only people can fill in."""
    yield ""
    yield from comment("The serving record: what is delivered, and how.", "")
    yield "# deployment:"
    yield from (f"#   {name}:  # {item}" for name, item in DEPLOYMENT_ITEMS.items())
    yield ""
    yield from comment("One record for each evaluation: what was run, on what, by whom.", "")
    yield "# evaluations:"
    yield from (
        f"#   {'-' if number == 0 else ' '} {name}:  # {item}"
        for number, (name, item) in enumerate(EVALUATION_ITEMS.items())
    )


def comment(text: str, indent: str) -> list[str]:
    """A comment, wrapped; foreign text in it stays on its lines and visible."""
    return [f"{indent}# {row}" for row in textwrap.wrap(visible(text, limit=600), WIDTH - len(indent) - 2)]


def quoted(value: str, limit: int = 400) -> str:
    """A YAML scalar: plain where that is a number, else in double quotes, with nothing invisible in it."""
    return value if PLAIN.fullmatch(value) else json.dumps(visible(value, limit=limit), ensure_ascii=False)
