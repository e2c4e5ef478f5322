"""docs/faults.md: the fault matrix, from its table and from what was recorded of other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from tests.faults.guards import GUARDS
from tests.faults.matrix import MATRIX, Row, matrix

RECORD = MATRIX.with_name("peers.json")

SECTIONS: Mapping[str, str] = {
    "refused": "Refusals without a word",
    "busy": "Busy servers",
    "wait": "Servers that want to be waited for",
    "drop": "Connections that end",
    "reset": "Connections that end",
    "cut": "Connections that end",
    "empty": "Connections that end",
    "stall": "Silence",
    "drip": "Answers that drip",
    "endless": "Answers without an end",
    "bomb": "Answers without an end",
    "budget": "Answers without an end",
    "packed": "Packed answers",
    "raw": "What is no HTTP",
    "span": "Spans of weight files",
    "small": "Small files and listings with other statuses",
    "page": "Pages instead of files",
    "says": "Headers that lie",
    "other": "Other bytes",
    "list": "Listings that are none, or lie",
    "may": "What one may read",
    "goes": "Redirects",
    "env": "The environment",
    "push": "A push in the middle",
    "cache": "A cache that others wrote to",
    "name": "Name servers",
    "tls": "TLS",
    "interrupt": "Ctrl-C",
}
"""Headings by the first word of a fault's id."""

PLACES = """
| where | what is at fault |
|---|---|
| listing | the answer of `/api/models/…` |
| config, quantisation, index, card | config.json, hf_quant_config.json, the weight index, README.md |
| header | the first span of a shard, which the Hub sends itself |
| rest | the second span of a shard with a longer header |
| redirect, storage | the Hub's redirect to the storage of a shard; the storage's answer |
| repeat | the listing, in a second run with everything cached |
| everything | all answers, or none of them: the environment |
"""

INTRO = """# Faults

Every row is a test on a loopback Hub (`tests/faults/`), generated from the same table: {faults} faults at
{rows} places.
The command is `moeaudit inspect MODEL --depth headers --format json`. True of all rows, and tested in each:

- one line on stderr or none, at most 300 characters, nothing a terminal obeys; never exit 5;
- at most 5 s of CPU, 300 MB of memory, 45 MB received;
- no token to another host or port, or in anything written: cache, report, error, with `HF_DEBUG=1`;
- nothing outside the cache is written, and nothing in it is a part of a file: what is kept is byte for byte what a run
  without the fault keeps;
- a run against a good Hub afterwards gives the report of a good Hub.

**A server's fault is exit 4.** Exit 2 is kept for what the server cannot be blamed for: a setting, or a repo that by
its own listing is wrong. What cannot be told: a mirror that lists no digests may change a small file, and any server
may change the bytes inside a span; a header that is broken for that reason reads as a broken file (exit 2).

**report**: *same* as of a good Hub; *other* where what was listed differs. **kept**: *nothing*; *whole*: those of the
small files and tables that were had, each whole; *all*; *other*: also a listing and tables of what was listed.

The last columns are the same fault met by the Hub library ({hub}: commit, four small files, and
`get_safetensors_metadata`) and by {mem}, recorded by `tools/record/peers.py`: the error that ends it, or what it
reads. Pauses are counted, not waited for; a server may be silent for 2 s where they can be told so. — : it does not
meet the fault.
"""

COMMANDS = """
## Chance

`python -m tests.faults.chance 100`: a hundred runs against a Hub that fails one request in five (busy, dropped, reset,
cut short). `python -m tests.faults.herd 10`: sixteen processes on one cold cache, half of them killed. CI runs both
smaller.
"""


def faults() -> Iterator[tuple[str, str]]:
    record = json.loads(RECORD.read_text())
    rows, versions = matrix(), record["versions"]
    names = tuple(versions)
    said = [f"{name} {version}" for name, version in versions.items()]
    lines = [INTRO.format(faults=len({row.fault.id for row in rows}), rows=len(rows), hub=said[0], mem=said[1])]
    lines += [PLACES]
    for heading, section in groupby(rows, lambda row: SECTIONS[row.fault.id.split("-")[0]]):
        lines += [f"## {heading}\n", f"| fault | where | exit | report | says | kept | {' | '.join(said)} |",
                  "|---|---|---|---|---|---|---|---|"]  # fmt: skip
        lines += _lines(section, record["rows"], names)
        lines.append("")
    lines += [_guards(), COMMANDS.lstrip("\n")]
    yield "docs/faults.md", "\n".join(lines)


def _lines(rows: Iterable[Row], record: Mapping[str, Mapping[str, str]], names: tuple[str, ...]) -> Iterator[str]:
    """One line for all places of a fault from which the same comes."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        peers = [record.get(row.id, {}).get(name, "—") for name in names]
        says = row.says.replace("org/small-moe", "MODEL")
        cells = (row.fault.text, str(row.exit), row.report, says, row.kept, *peers)
        alike.setdefault(cells, []).append(row.where)
    for (text, code, report, says, kept, *peers), places in alike.items():
        cells = [text, ", ".join(places), code, report, says, kept, *peers]
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("{hub}", "HUB")


def _guards() -> str:
    lines = [
        "## Guards",
        "",
        "Each was turned off in its source, and the rows named fail without it (`tests/faults/test_guards.py`).",
        "",
        "| guard | where | rows that fail without it |",
        "|---|---|---|",
    ]
    lines += [f"| {one.what} | `evidence/{one.module}.py` | {', '.join(one.rows)} |" for one in GUARDS]
    return "\n".join(lines) + "\n"
