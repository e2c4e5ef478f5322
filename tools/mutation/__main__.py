"""The command; see the package's docstring."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue

from tools.mutation import covering
from tools.mutation.sample import ROOMS, ROOT, Mutant, sample
from tools.mutation.trial import Copy, Result, Verdict


def main() -> int:
    options = _options()
    if options.does == "map":
        changed = [
            one.path for seed in options.seed for one in sample(seed, options.sample) if one.path.endswith(".py")
        ]
        return covering.measure(options.jobs, tuple(options.paths), changed)
    drawn = sample(options.seed, options.sample, options.room or ROOMS)
    if options.does == "show":
        for number in options.numbers:
            print(_diff(drawn[number - 1]))
        return 0
    wanted = [(at, one) for at, one in enumerate(drawn, 1) if not options.only or at in options.only]
    kept = covering.FOLDER / f"results-{options.seed}-{options.sample}.json"
    results = _killed_before(kept) if options.resume else {}
    for number, result in _tried(_mixed(wanted, results), options.jobs, options.budget):
        results[number] = result
        kept.write_text(json.dumps({at: asdict(one) for at, one in results.items()}))
    text = "\n".join(_table(wanted, results, options)) + "\n"
    if options.output:
        options.output.write_text(text)
    print(text)
    return 0


def _killed_before(kept: Path) -> dict[int, Result]:
    """Of a run that was ended, or of code that has more tests now: what is noticed need not be tried again."""
    told = json.loads(kept.read_text()) if kept.is_file() else {}
    found = {int(at): Result(**{**one, "verdict": Verdict(one["verdict"])}) for at, one in told.items()}
    return {at: one for at, one in found.items() if one.verdict is Verdict.KILLED}


def _mixed(wanted: list[tuple[int, Mutant]], known: Collection[int]) -> list[tuple[int, Mutant]]:
    """One of every room, then the next of every room, but for those known."""
    seen: Counter[str] = Counter()
    places = []
    for numbered in wanted:
        if numbered[0] in known:
            continue
        seen[numbered[1].room] += 1
        places.append((seen[numbered[1].room], numbered[0], numbered))
    return [numbered for *_, numbered in sorted(places, key=lambda place: place[:2])]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=sys.modules["tools.mutation"].__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    does = parser.add_subparsers(dest="does", required=True)
    measured = does.add_parser("map")
    measured.add_argument("paths", nargs="*", help="measure only these tests anew")
    measured.add_argument("--seed", type=int, action="append", default=[], help="only for what this sample changes")
    measured.add_argument("--sample", type=int, default=150, help="changes of that sample")
    run, show = does.add_parser("run"), does.add_parser("show")
    show.add_argument("numbers", nargs="+", type=int)
    for command in (run, show):
        command.add_argument("--seed", type=int, required=True)
        command.add_argument("--sample", type=int, default=150, help="changes over all rooms")
        command.add_argument("--room", action="append", choices=ROOMS, help="only this room; may be repeated")
    run.add_argument("--budget", type=float, default=60.0, help="seconds of tests for one change")
    run.add_argument("--only", type=int, action="append", help="only this number of the sample; may be repeated")
    run.add_argument("--resume", action="store_true", help="try what is not yet known to be killed")
    run.add_argument("-o", "--output", type=Path, help="write the tables there as well")
    for command in (measured, run):
        command.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def _tried(wanted: list[tuple[int, Mutant]], jobs: int, budget: float) -> Iterator[tuple[int, Result]]:
    """Results as they come."""
    covering.read()  # once, before there are threads
    made = [Copy(covering.FOLDER / f"copy-{at}") for at in range(jobs)]
    copies: SimpleQueue[Copy] = SimpleQueue()
    for copy in made:
        copies.put(copy)

    def one(numbered: tuple[int, Mutant]) -> tuple[int, Result]:
        copy = copies.get()
        try:
            result = copy.tried(numbered[1], budget)
        finally:
            copies.put(copy)
        print(f"{numbered[0]:4} {numbered[1].place()} {result.verdict} {result.seconds} s", file=sys.stderr, flush=True)
        return numbered[0], result

    with ThreadPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(one, numbered) for numbered in wanted]):
            yield done.result()
    for copy in made:
        copy.close()


def _table(wanted: list[tuple[int, Mutant]], results: dict[int, Result], options: argparse.Namespace) -> Iterator[str]:
    yield f"Seed {options.seed}, {len(results)} of {len(wanted)} changes, {options.budget:g} s of tests for each.\n"
    yield "| room | changes | killed | survived | share |\n|---|---|---|---|---|"
    wanted = [numbered for numbered in wanted if numbered[0] in results]
    for room in (*ROOMS, "all"):
        ends = [results[at].verdict for at, mutant in wanted if room in {mutant.room, "all"}]
        survived = sum(end in {Verdict.SURVIVED, Verdict.UNTRIED} for end in ends)
        if ends:
            killed = len(ends) - survived
            yield f"| {room} | {len(ends)} | {killed} | {survived} | {killed / len(ends):.0%} |"
    yield "\n| # | where | kind | was | is | result | tests | s |\n|---|---|---|---|---|---|---|---|"
    for at, mutant in wanted:
        end = results[at]
        cells = [str(at), mutant.place(), mutant.edit.kind, _code(mutant.was()), _code(mutant.edit.text.decode())]
        cells += [f"{end.verdict} {end.by}".strip().replace("|", "\\|"), str(end.tests), str(end.seconds)]
        yield f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    short = " ".join(text.split()).replace("|", "\\|")
    return f"`{short[:60]}`" + ("…" if len(short) > 60 else "")


def _diff(mutant: Mutant) -> str:
    old, new = (ROOT / mutant.path).read_text(), mutant.applied().decode()
    return "\n".join(
        difflib.unified_diff(old.splitlines(), new.splitlines(), mutant.path, json.dumps(mutant.room), n=2, lineterm="")
    )


if __name__ == "__main__":
    sys.exit(main())
