"""Make labelled figures of true cards wrong, and say which of them `check` names on their line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.planting.evidence import Evidence, Known
from benchmarks.planting.plants import unplaced
from benchmarks.planting.run import Tries, sums, tries
from benchmarks.planting.sentences import TRUE, Sentence, false, tried
from benchmarks.reading import page
from benchmarks.reading.__main__ import cards_of, shared
from benchmarks.reading.labels import Labelled
from benchmarks.reading.results import WAYS, WITH_ID, Planted
from benchmarks.results import commit


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planting", description=__doc__)
    shared(parser)
    parser.add_argument(
        "sentences",
        type=Path,
        metavar="SENTENCES",
        nargs="?",
        help="JSON: false_templates, and true_of_<model>: sentences",
    )
    parser.add_argument(
        "--evidence",
        type=Path,
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="of evidence files and folders, org--name",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="list what was not caught, and true ones named")
    return parser


def sentences(path: Path | None, models: Sequence[Known], evidence: Evidence) -> tuple[list[Sentence], list[Sentence]]:
    """The false sentences about each model, and the true ones about the models that they are of."""
    if path is None:
        return [], []
    said = json.loads(path.read_text(encoding="utf-8"))
    of = {key: evidence.named(key.removeprefix(TRUE)) for key in said if key.startswith(TRUE)}
    every = {known.id.lower(): known for known in (*models, *of.values()) if known is not None}
    wrong = [one for known in every.values() for one in false(said.get("false_templates", {}), known)]
    return wrong, [tried(known, key, one) for key, known in of.items() if known is not None for one in said[key]]


def listed(way: str, found: Sequence[Tries]) -> None:
    for card in found:
        for error in card.errors:
            print(f"error {way}: {card.card}.md:{error.place.line if error.place else 0} {error.rule}: {error.message}")
        for one in card.tried:
            if not one.rules:
                plant = one.plant
                at = ",".join(map(str, plant.lines))
                print(
                    f"missed {way}: {card.card}.md:{at} {plant.field} {plant.old} -> {plant.new} ({plant.how})"
                    f"  [{one.why}]"
                )


def listed_sentences(wrong: Sequence[Sentence], right: Sequence[Sentence]) -> None:
    for one in wrong:
        if not one.is_named:
            hint = f"  [a note alone: {', '.join(one.notes)}]" if one.notes else ""
            print(f"missed sentence: {one.model}, {one.kind}: {one.text}{hint}")
    for one in right:
        if one.is_named:
            print(f"true but named: {one.text!r} {', '.join((*one.errors, *one.warnings))}")


def with_evidence(cards: Sequence[Labelled], evidence: Evidence) -> list[tuple[Labelled, Known]]:
    return [(card, known) for card in cards if card.model and (known := evidence.find(card.model)) is not None]


def main() -> int:
    options = arguments().parse_args()
    cards = cards_of(options).cards
    evidence = Evidence(options.evidence)
    pairs = with_evidence(cards, evidence)
    models = list({known.id: known for _, known in pairs}.values())
    wrong, right = sentences(options.sentences, models, evidence)
    results: dict[str, Planted] = {}
    for way in WAYS:
        found = [tries(card, known, card.model if way == WITH_ID else None) for card, known in pairs]
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        results[way] = sums(found, wrong, right, len(cards) - len(pairs), today, commit())
        if options.verbose:
            listed(way, found)
    if options.verbose:
        listed_sentences(wrong, right)
    print("\n".join(page.planted(options.name, results)))
    without = [card.id for card in cards if card.id not in {tried.id for tried, _ in pairs}]
    if without:
        print(f"Not tried, without evidence: {', '.join(without)}.", file=sys.stderr)
    for card, _ in pairs:
        for label in unplaced(card):
            print(f"Not planted: {card.id}.md:{label.line} {label.field} {label.value}", file=sys.stderr)
    if options.write:
        page.keep(options.write, planting={options.name: results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
