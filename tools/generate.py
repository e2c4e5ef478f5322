"""Everything that is generated from the registries: schemas/, and the tables in docs/. `--check` fails on drift.

python tools/generate.py            write what has changed
python tools/generate.py --check    write nothing, list what has drifted, exit 1 if anything has
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from moeaudit.evidence.outputs import write_whole  # noqa: E402


def schemas() -> Iterator[tuple[str, str]]:
    from moeaudit.reports.schemas import SCHEMAS, schema_text

    for name in SCHEMAS:
        yield f"schemas/{name}.schema.json", schema_text(name)


def denominators() -> Iterator[tuple[str, str]]:
    from moeaudit.ledger.denominators import DENOMINATORS
    from moeaudit.vocabulary import COMPONENT_TEXT

    lines = [
        "# Denominators",
        "",
        "Every figure that moeaudit prints names one of these.",
        "",
        "| id | definition | formula | read it for | published figures that follow it |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{d.id}` | {d.definition} | {d.formula} | {d.read_for} | {'; '.join(d.known)} |"
        for d in DENOMINATORS.values()
    ]
    lines += ["", "## Components", "", "A partition of stored parameters.", "", "| component | holds |", "|---|---|"]
    lines += [f"| `{component.value}` | {text} |" for component, text in COMPONENT_TEXT.items()]
    yield "docs/denominators.md", "\n".join(lines) + "\n"


def rules() -> Iterator[tuple[str, str]]:
    from moeaudit.checks.registry import RULES
    from moeaudit.checks.retired import RETIRED

    lines = ["# Rules", "", f"{len(RULES)} rules. `error` is kept for contradictions that are proved.", ""]
    family = None
    for rule in RULES.values():
        if rule.family != family:
            family = rule.family
            lines += [f"## {family.capitalize()}", ""]
        lines += [
            f"### `{rule.id}`",
            "",
            f"{rule.title[:1].upper()}{rule.title[1:]}.",
            "",
            f"{rule.severity.value}, {rule.confidence.value} confidence, persona {rule.persona.name.lower()}",
            "",
            f"- Why: {rule.why}",
            f"- Decided: {rule.decided}",
        ]
        lines += [
            f"- In the wild: {rule.example} ({rule.url})" if rule.url else f"- In the wild: {rule.example}"
        ] * bool(rule.example)
        looks = ", ".join(need.value for need in rule.needs)
        lines += [f"- Looks at: {looks}; skipped, and named as such, where that is not there"] * bool(looks)
        lines += [f"- Fix: {rule.fix}", f"- Since: {rule.since}", ""]
    lines += ["## Retired", "", "Ids that are no more. `explain`, settings and suppressions lead on from each.", ""]
    for gone in RETIRED.values():
        now = ", ".join(f"`{name}`" for name in gone.replaced_by)
        lines += [f"- `{gone.id}`, gone since {gone.since}: {gone.reason}. Now {now}."]
    yield "docs/rules.md", "\n".join([*lines, ""])


def commands() -> Iterator[tuple[str, str]]:
    """The command reference: every command's --help, at a fixed width."""
    os.environ["COLUMNS"] = "100"
    import typer
    from click.testing import CliRunner

    from moeaudit.cli.app import app

    group = typer.main.get_command(app)
    lines = ["# Commands", ""]
    for name in ["", *sorted(getattr(group, "commands", {}))]:
        shown = CliRunner().invoke(group, [*([name] if name else []), "--help"], prog_name="moeaudit").output.rstrip()
        lines += [f"## `moeaudit{' ' + name if name else ''}`", "", "```text", shown, "```", ""]
    yield "docs/commands.md", "\n".join(lines)


def families() -> Iterator[tuple[str, str]]:
    from tools.docs.families import families as pages

    yield from pages()


def models() -> Iterator[tuple[str, str]]:
    from tools.docs.models import models as pages

    yield from pages()


def evidence() -> Iterator[tuple[str, str]]:
    from tools.docs.evidence import evidence as pages

    yield from pages()


def limits() -> Iterator[tuple[str, str]]:
    from tools.docs.limits import limits as pages

    yield from pages()


def words() -> Iterator[tuple[str, str]]:
    from tools.docs.words import words as pages

    yield from pages()


def benchmarks() -> Iterator[tuple[str, str]]:
    """From what was measured last; measuring anew is `python -m benchmarks --write`."""
    from benchmarks.page import page
    from benchmarks.results import PAGE, read

    yield str(PAGE.relative_to(ROOT)), page(read())


def reading() -> Iterator[tuple[str, str]]:
    """From what was measured last; measuring anew is `python -m benchmarks.reading CARDS LABELS --write`."""
    from benchmarks.reading.page import page
    from benchmarks.reading.results import PAGE, read

    yield str(PAGE.relative_to(ROOT)), page(read())


def faults() -> Iterator[tuple[str, str]]:
    """From the table that the tests run and what was recorded last; anew: `python -m tools.record.peers`."""
    from tools.docs.faults import faults as pages

    yield from pages()


def claim_file() -> Iterator[tuple[str, str]]:
    from tools.docs.claim_file import claim_file as pages

    yield from pages()


def published() -> Iterator[tuple[str, str]]:
    """What makers state of the models whose evidence ships, out of the claim files that ship."""
    import json

    from moeaudit.claims.file import read_claim_file
    from moeaudit.claims.published import FILE, table
    from moeaudit.evidence.recorded import recorded_ids

    read = [read_claim_file(path) for path in sorted((ROOT / "fixtures" / "claims").glob("*.claims.yaml"))]
    kept = set(recorded_ids())
    yield (
        f"fixtures/{FILE}",
        json.dumps(table((one.model_id, one.claims) for one in read if one.model_id in kept), indent=1) + "\n",
    )


GENERATORS: tuple[Callable[[], Iterator[tuple[str, str]]], ...] = (
    schemas,
    denominators,
    rules,
    commands,
    families,
    models,
    evidence,
    limits,
    words,
    benchmarks,
    reading,
    faults,
    claim_file,
    published,
)


def main() -> int:
    check = "--check" in sys.argv[1:]
    drifted = []
    for generator in GENERATORS:
        for name, text in generator():
            path = ROOT / name
            if not path.exists() or path.read_text() != text:
                drifted.append(name)
                if not check:
                    path.parent.mkdir(exist_ok=True)
                    write_whole(path, text.encode())
    for name in drifted:
        print(f"{'drifted' if check else 'written'}: {name}")
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
