"""What long cards cost: `python -m benchmarks.long_cards` checks cards of 10,000 lines and rows, 5,000 claims, 5,000
suppressions, and of half as many, each in a process of its own.

CPU seconds are those of the whole command, start included; `--profile NAME` says where they go.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.models import ROOT
from tests.scaling.axes import configured

HEAD = "# Small\n\n"
TABLE = "| Benchmark | Small | Other |\n|---|---|---|\n"


def lines(count: int) -> str:
    return HEAD + "".join(
        f"Version {at} scores {at % 90}.5 on bench {at} with a context of 4K.\n{_end(at)}"
        for at in range(count * 5 // 6)
    )


def _end(at: int) -> str:
    """Every fifth line ends a paragraph."""
    return "\n" if at % 5 == 0 else ""


def prose(count: int) -> str:
    """Lines without a figure."""
    return HEAD + "".join(
        f"These words of a long text say nothing that could be counted, whoever reads.\n{_end(at)}"
        for at in range(count * 5 // 6)
    )


def rows(count: int) -> str:
    return HEAD + TABLE + "".join(f"| bench {at} | {at % 90}.5 | {at % 80}.1 |\n" for at in range(count))


def claims(count: int) -> str:
    return HEAD + "".join(f"It has {at + 90}B total parameters and {at + 9} layers.\n\n" for at in range(count // 2))


def claim_table(count: int) -> str:
    """Tables of facts, two claims each."""
    return HEAD + "".join(
        f"| Spec | Value |\n|---|---|\n| Total Parameters | {at + 90}B |\n| Layers | {at + 9} |\n\n"
        for at in range(count // 2)
    )


def suppressions(count: int) -> str:
    return HEAD + "".join(
        f"<!-- moeaudit: ignore[total-contradicted] reason {at} -->\n\nIt has {at + 90}B total parameters.\n\n"
        for at in range(count)
    )


CARDS: Mapping[str, tuple[Callable[[int], str], int]] = {
    "lines with figures": (lines, 10_000),
    "lines without": (prose, 10_000),
    "rows": (rows, 10_000),
    "claims": (claims, 5_000),
    "claims in tables": (claim_table, 5_000),
    "suppressions": (suppressions, 5_000),
}
"""How each card is made, and how large it gets."""


def put(folder: Path, card: str) -> Path:
    (folder / "config.json").write_text(configured(), encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")
    return folder / "README.md"


def measured(card: Path) -> tuple[float, dict[str, int], list[str]]:
    """CPU seconds of a check, its findings by severity, and the limits that it names."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-m", "moeaudit", "check", str(card), "--format", "json", "--offline"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode not in (0, 1):
        raise SystemExit(ran.stderr)
    said = json.loads(ran.stdout)
    audit = said["audits"][0] if "audits" in said else said
    limits = [finding["message"] for finding in audit["findings"] if "read up to" in finding["message"]]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, audit["summary"], limits


def profile(card: Path) -> None:
    from tests.scaling.axes import command

    profiler = cProfile.Profile()
    profiler.runcall(command, "check", str(card), "--format", "json")
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_cards", description=__doc__)
    parser.add_argument("--profile", choices=[*CARDS], metavar="NAME", help=f"one of {', '.join(CARDS)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.profile:
            make, most = CARDS[options.profile]
            profile(put(Path(folder), make(most)))
            return 0
        print("| card | of | CPU, s | half of it, s | findings | limits named |\n|---|---|---|---|---|---|")
        for name, (make, most) in CARDS.items():
            half, _, _ = measured(put(Path(folder), make(most // 2)))
            whole, summary, limits = measured(put(Path(folder), make(most)))
            found = ", ".join(f"{count} {severity}" for severity, count in summary.items() if count)
            print(
                f"| {name} | {most:,} | {whole:.2f} | {half:.2f} | {found or '–'} | {'; '.join(limits) or '–'} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
