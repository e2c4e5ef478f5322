"""docs/benchmarks.md: made from what was measured, nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks import offline
from benchmarks.aims import Verdict, verdicts
from benchmarks.gains import gains
from benchmarks.models import DEEPSEEK
from benchmarks.network import PLANS, REDIRECTS, Plan
from benchmarks.readers import CONFIG, FLOOR, HEADERS, INDEX, MEM, META, SHARDED
from benchmarks.results import OFFLINE, Group, Results, spread

HEAD = """\
# Benchmarks

What moeaudit costs beside those who read the same: hf-mem, huggingface_hub, transformers on torch's meta device, and a
floor, `benchmarks/floor.py`: 45 lines of standard library that ask the same questions and do nothing with the answers.
Made by `python -m benchmarks --write` from `benchmarks/results.json`; do not edit. Figures are medians [least–most];
ratios are of the same round, in which all take turns.
"""

METHOD = """\
## How this is measured

- Each run is a fresh process, imports included, with compiled modules on disk. Every comparison begins with a round
  that is not counted; each further round begins with another reader.
- The Hub is a process on the same machine that answers from memory (`benchmarks/serving.py`; its CPU stands in the
  last column, since both share the cores). *50 ms* is waited before each answer, *redirects* sends large files to
  another host, as the real Hub does, *100 ms per new connection* is waited before the first answer of each.
- *requests* include the redirects in brackets; *in flight* is the most at a time; *bytes* are bodies as sent.
- *chain* is the longest chain of requests, each of which came in after the one before it was answered: no reader ends
  before chain × latency. It is the depth of questions that depend on each other where the others go out at once, and
  grows where a reader asks in turns. At 0 ms neither says anything: each answer is there before the next question.
- *CPU* and *peak* are those of the reader's process: user and system seconds, resident memory.
- *Instructions* are counted once, by valgrind with a fixed hash seed: no other work on the machine moves them.
- huggingface_hub reads *by shard* with `get_safetensors_metadata`, *at once* with `get_sharded_safetensors_metadata`:
  the real Hub then collects the headers itself, of `main` alone; this one has the answer ready.
- hf-mem speaks HTTP/2 where a Hub offers it over TLS. Here it speaks HTTP/1.1, and its six connections must serve two
  hosts in turn: with redirects it dials more often than it would elsewhere, and takes longer.
- The models are the recorded tables of `fixtures/` in as many shards as named, weights zero. *A million names* is
  Qwen3-30B-A3B with 100 layers of 3,330 experts.
"""

COUNTED = (
    "| reader | requests (redirects) | connections | in flight | chain | MB | CPU s | wall s | peak MB | Hub CPU s |"
)
LINE = "|---|" + "---:|" * 9


def page(results: Results) -> str:
    """The whole document."""
    return "\n".join(_page(results))


def _page(results: Results) -> Iterator[str]:
    found = verdicts(results)
    yield HEAD
    yield from _conditions(results)
    yield from _glance(results)
    yield from _aims(found)
    for plan in PLANS:
        if plan.title in results.groups:
            yield from _network(plan, results.groups[plan.title])
    if OFFLINE in results.groups:
        yield from _offline(results.groups[OFFLINE])
    yield from _gains(results)
    yield METHOD


def _conditions(results: Results) -> Iterator[str]:
    groups = list(results.groups.values())
    loads = [load for group in groups for load in group.load]
    dates, commits = ({getattr(group, name) for group in groups} for name in ("date", "commit"))
    yield f"- Machine: {results.machine}"
    yield "- Versions: " + ", ".join(f"{name} {version}" for name, version in results.versions.items())
    if groups:
        yield (
            f"- Measured {' and '.join(sorted(dates))}, moeaudit at {', '.join(sorted(commits))}, "
            f"{_range([group.rounds for group in groups])} rounds a comparison, load {_range(loads)}"
        )
    cores = re.search(r"(\d+) cores", results.machine)
    if loads and cores and max(loads) > int(cores[1]):
        yield "- **The machine had other work**: seconds are longer than they would be alone, and ratios spread."
    for name, why in results.missing.items():
        yield f"- **Not measured: {name}.** {why}"
    for group in groups:
        for name, why in group.failed.items():
            yield f"- **Not measured: {name}**, {group.title}. {why}"
    yield ""


def _range(values: Sequence[float]) -> str:
    least, most = min(values), max(values)
    return f"{least:g}" if least == most else f"{least:g}–{most:g}"


def _glance(results: Results) -> Iterator[str]:
    """The comparison that matters most, in one table."""
    plan = Plan(DEEPSEEK, REDIRECTS)
    group = results.groups.get(plan.title)
    if group is None:
        return
    yield f"## {DEEPSEEK.name} from a Hub 50 ms away, in short"
    yield ""
    yield (
        f"{DEEPSEEK.shards} shards, 91,991 names; large files come by redirect. *By the wall*: how many times as "
        "long as moeaudit reading headers."
    )
    yield ""
    yield "| reader | wall s | by the wall | CPU s | requests | connections | MB | peak MB |"
    yield "|---|" + "---:|" * 7
    for reader in (FLOOR, HEADERS, INDEX, MEM, META, SHARDED):
        beside = spread(group.ratios(reader, HEADERS))
        megabytes = spread([sent / 1e6 for sent in group.values(reader, "bytes")], 1)
        figures = [
            spread(group.values(reader, name), places)
            for name, places in (("wall", 2), ("cpu", 2), ("requests", 0), ("connections", 0), ("peak", 0))
        ]
        cells = (figures[0], beside, *figures[1:4], megabytes, figures[4])
        yield f"| {reader} | {' | '.join(cells)} |"
    yield ""


def _aims(found: Sequence[Verdict]) -> Iterator[str]:
    words = Counter(verdict.met for verdict in found)
    yield "## Aims"
    yield ""
    yield (
        f"{words[True]} of {len(found)} are met in this run, {words[False]} are not, {words[None]} were not "
        "measured. Decided by the median; where rounds differ, it says how many hold."
    )
    yield ""
    yield "| aim | goal | measured | |"
    yield "|---|---:|---:|---|"
    group = ""
    for verdict in found:
        if verdict.aim.group != group:
            group = verdict.aim.group
            yield f"| *{group[:1].upper()}{group[1:]}* | | | |"
        yield f"| {verdict.aim.text} | {verdict.aim.limit} | {verdict.figure} | {verdict.word} |"
    yield ""


def _network(plan: Plan, group: Group) -> Iterator[str]:
    yield f"## {plan.title}"
    yield ""
    yield f"{plan.model.shards:,} shards. {_when(group)}"
    yield ""
    yield COUNTED
    yield LINE
    for reader, runs in group.runs.items():
        if not runs:
            yield f"| {reader} | {group.failed.get(reader, 'not measured')} |" + " |" * 8
            continue
        whole = [
            spread(group.values(reader, name), 0) if plan.setting.delay or name == "connections" else "–"
            for name in ("connections", "in_flight", "chain")
        ]
        megabytes = spread([sent / 1e6 for sent in group.values(reader, "bytes")])
        times = [spread(group.values(reader, name)) for name in ("cpu", "wall")]
        asked, turned = (spread(group.values(reader, name), 0) for name in ("requests", "redirects"))
        rest = (spread(group.values(reader, "peak"), 0), f"{median(group.values(reader, 'hub_cpu')):.2f}")
        yield f"| {reader} | {asked} ({turned}) | {' | '.join((*whole, megabytes, *times, *rest))} |"
    yield ""
    yield from _ratios(group)


def _ratios(group: Group) -> Iterator[str]:
    """How many times longer the others take."""
    others = [name for name in (FLOOR, MEM, META, SHARDED) if group.runs.get(name)]
    yield "| × the wall of (× the CPU of) | " + " | ".join(others) + " |"
    yield "|---|" + "---:|" * len(others)
    for ours in (HEADERS, INDEX, CONFIG):
        cells = [
            f"{spread(group.ratios(other, ours))} ({spread(group.ratios(other, ours, 'cpu'))})" for other in others
        ]
        yield f"| {ours} | {' | '.join(cells)} |"
    yield ""


def _when(group: Group) -> str:
    rounds = f"{group.rounds} round{'s' * (group.rounds != 1)}"
    return f"{rounds}, load {group.load[0]:g} to {group.load[1]:g}, {group.date}, at {group.commit}."


def _offline(group: Group) -> Iterator[str]:
    yield "## Offline: DeepSeek-V3"
    yield ""
    yield _when(group)
    yield ""
    yield "| command | M instructions | × typer | × `json.load` and typer | CPU s | × typer | wall s | peak MB |"
    yield "|---|" + "---:|" * 7
    for case in group.runs:
        counted = spread([count / 1e6 for count in group.values(case, "instructions")], 0)
        beside = [spread(group.ratios(case, other, "instructions")) for other in (offline.TYPER, offline.JSON_TYPER)]
        wall = spread(group.values(case, "wall")) if case != offline.WORK else "–"
        cells = (
            counted,
            *beside,
            spread(group.values(case, "cpu")),
            spread(group.ratios(case, offline.TYPER, "cpu")),
            wall,
            spread(group.values(case, "peak"), 0),
        )
        yield f"| {case} | {' | '.join(cells)} |"
    yield ""


def _gains(results: Results) -> Iterator[str]:
    yield "## What each gain cost in code"
    yield ""
    yield "Lines added and removed by the commits that brought it, as git counts them (a file moved counts twice)."
    yield "*Bought* was measured on that commit and the one before it, on a busy machine; counts are exact, CPU is not."
    yield ""
    yield "| gain | how | bought | moeaudit/ | tests/ | commits |"
    yield "|---|---|---|---:|---:|---|"
    for gain in gains():
        counted = results.lines.get(gain.gain)
        code, tests = (f"+{counted[at]} −{counted[at + 1]}" if counted else "–" for at in (0, 2))
        yield f"| {gain.gain} | {gain.why} | {gain.effect} | {code} | {tests} | {', '.join(gain.commits)} |"
    yield ""
