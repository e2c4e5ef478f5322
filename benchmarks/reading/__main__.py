"""Hold what is read of cards against labels by line: recall and precision with and without the model's id."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.reading import page
from benchmarks.reading.labels import Cards, read_cards
from benchmarks.reading.results import PAGE, WAYS, WITH_ID, Measured, Way
from benchmarks.reading.score import Outcome, Result, score
from benchmarks.results import commit


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    shared(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="list what was missed and what is wrong")
    return parser


def shared(parser: argparse.ArgumentParser) -> None:
    """The words that say which cards are meant, and where the figures are kept."""
    parser.add_argument("cards", type=Path, metavar="CARDS", help="folder of cards, <id>.md")
    parser.add_argument("labels", type=Path, metavar="LABELS", help="TSV: id, line, field, value, counts")
    parser.add_argument(
        "--cards-table", type=Path, metavar="TSV", help="id, model, language of each card (cards.tsv beside the labels)"
    )
    parser.add_argument(
        "--only",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="ids of the cards to open, one a line; the others stay unopened",
    )
    parser.add_argument("--name", default="labelled cards", help="what the page calls these cards")
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=PAGE,
        metavar="PAGE",
        help="keep the figures, and write the page (docs/reading.md)",
    )


def cards_of(options: argparse.Namespace) -> Cards:
    beside = options.labels.parent / "cards.tsv"
    table = options.cards_table or (beside if beside.exists() else None)
    only = {word for file in options.only for word in file.read_text(encoding="utf-8").split()}
    return read_cards(options.cards, options.labels, table, only)


def listed(outcomes: list[Outcome], way: str) -> None:
    for one in outcomes:
        if one.result in {Result.MISSED, Result.WRONG}:
            why = f"  [{one.why}]" if one.why else ""
            print(f"{one.result} {way}: {one.card}.md:{one.line} {one.field} = {one.value}{why}")


def main() -> int:
    options = arguments().parse_args()
    cards = cards_of(options)
    measured = Measured.of(cards, f"{datetime.now(UTC):%Y-%m-%d}", commit())
    for way in WAYS:
        outcomes = [one for card in cards.cards for one in score(card, card.model if way == WITH_ID else None)]
        measured.ways[way] = Way.of(outcomes)
        if options.verbose:
            listed(outcomes, way)
    print("\n".join(page.measured(options.name, measured)))
    if cards.absent:
        print(f"\nNot in the folder: {', '.join(cards.absent)}.", file=sys.stderr)
    if options.write:
        page.keep(options.write, reading={options.name: measured})
    return 0


if __name__ == "__main__":
    sys.exit(main())
