"""docs/reading.md: made from what was measured, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.reading.results import PATH, WAYS, WITH_ID, WITHOUT, Caught, Measured, Planted, Results, read, text
from benchmarks.reading.score import Tally

HEAD = """\
# Reading cards

How much of what cards claim of their model is read, and how much of what is read they do claim. Measured on cards whose
claims were labelled by line before any reader ran. Made by `python -m benchmarks.reading --write` and
`python -m benchmarks.planting --write` from `benchmarks/reading/results.json`; do not edit.
"""

METHOD = """\
## How this is measured

- Each card is read twice: alone, as a README beside its `config.json` is, and with the model's Hub id.
- A label is *found* where a claim has its field and its value on its line; in a sentence or cell of several lines it
  may be one line away. Figures are compared as figures (`360 亿` is 36B), words by the words that the label has.
- *Recall*: found, of the labels that count. *Precision*: found, of all claims but those that meet a label which counts
  neither way (debatable, or shown in an image alone), or stand at nothing but such labels. A claim with no label at
  its line and field is wrong, whatever it says; so is one with another value than the labels there.
- A figure that was missed keeps the reason why it was not taken; `-v` lists each with its line.
- *Plants*: each labelled size, count and context of a card is made wrong (total × 0.9, active × 0.72 or below 10B
  × 0.8, its digits turned round; experts × ¾, selected and shared + 1, layers + 3; context × 2), on its line alone and
  wherever it stands. One is *caught* where `check` names a warning or an error on its line that the true card does not
  have. What would be true of the evidence (a context that the config serves) is not planted. Cards without evidence are
  not tried.
- False sentences stand as a paragraph of a small card of the model; so do true ones, which should not be named.

## What is not read

Images and badges, code blocks, quotations, a table within a cell, figures that stand in a model's name alone, sentences
in languages without a lexicon (`moeaudit/claims/card/lexicon/`), and in any language what no noun or label of the
lexicons counts. What was seen and not taken stands in the card's readings with its reason.
"""


def keep(
    where: Path,
    *,
    reading: Mapping[str, Measured] | None = None,
    planting: Mapping[str, Mapping[str, Planted]] | None = None,
) -> None:
    """Put what was measured beside what was kept, and write the page from both."""
    results = read()
    results.reading.update(reading or {})
    results.planting.update({name: dict(ways) for name, ways in (planting or {}).items()})
    PATH.write_text(text(results), encoding="utf-8")
    where.write_text(page(results), encoding="utf-8")


def page(results: Results) -> str:
    parts = [HEAD]
    for name, one in results.reading.items():
        parts.append("\n".join(measured(name, one)) + "\n")
    for name, ways in results.planting.items():
        parts.append("\n".join(planted(name, ways)) + "\n")
    return "\n".join([*parts, METHOD])


def share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def measured(name: str, one: Measured) -> Iterator[str]:
    """The section on one set of cards."""
    languages = ", ".join(f"{count} {language}" for language, count in one.languages.items())
    yield f"## {name[:1].upper()}{name[1:]}"
    yield ""
    yield (
        f"{one.cards} cards ({languages}); {one.yes} labels that count, {one.neither} that count neither way, "
        f"{one.badges} in images. {one.date}, moeaudit at `{one.commit}`."
    )
    yield ""
    yield from _table("", {way: {"all": one.ways[way].all} for way in WAYS})
    yield from _table("kind", {way: one.ways[way].kinds for way in WAYS})
    yield from _table("language", {way: one.ways[way].languages for way in WAYS})
    yield "| why a label was missed | without an id | with its id |"
    yield "|---|---|---|"
    reasons = [one.ways[way].all.reasons for way in WAYS]
    for why in sorted({*reasons[0], *reasons[1]}, key=lambda why: (-reasons[0].get(why, 0), why)):
        yield f"| {why} | {reasons[0].get(why, 0)} | {reasons[1].get(why, 0)} |"


def _table(head: str, ways: Mapping[str, Mapping[str, Tally]]) -> Iterator[str]:
    yield (
        f"| {head} | recall without an id | precision | recall with its id | precision | labels "
        "| wrong, without / with |"
    )
    yield "|---|---|---|---|---|---|---|"
    without, with_id = ways[WITHOUT], ways[WITH_ID]
    for row in dict.fromkeys((*without, *with_id)):
        one, two = without.get(row, Tally()), with_id.get(row, Tally())
        yield (
            f"| {row} | {share(one.recall)} | {share(one.precision)} | {share(two.recall)} | {share(two.precision)} "
            f"| {one.labels or two.labels} | {one.wrong} / {two.wrong} |"
        )
    yield ""


def planted(name: str, ways: Mapping[str, Planted]) -> Iterator[str]:
    """The section on mistakes planted into one set of cards."""
    yield f"## Planted into {name}"
    yield ""
    for way, one in ways.items():
        yield (
            f"Read {way}: {one.cards} cards with evidence, {one.without_evidence} without. {one.date}, moeaudit at "
            f"`{one.commit}`."
        )
        yield ""
        yield "| plants | tried | caught on their line | share |"
        yield "|---|---|---|---|"
        rows = {
            "all figures": one.all,
            "active parameters": one.active,
            **one.plants,
            "all false sentences": _sum(one.sentences),
            **one.sentences,
        }
        yield from (f"| {row} | {count.tried} | {count.caught} | {share(count.share)} |" for row, count in rows.items())
        yield ""
        sentences, errors, warnings = one.true
        yield (
            f"True sentences: {sentences}, of which {errors} with an error and {warnings} with a warning. Errors on "
            f"the cards as they are: {one.untouched_errors}."
        )
        yield ""


def _sum(counts: Mapping[str, Caught]) -> Caught:
    return Caught(sum(one.tried for one in counts.values()), sum(one.caught for one in counts.values()))
