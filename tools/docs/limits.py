"""docs/limits.md: every limit on what others wrote, from the room that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import moeaudit.limits as room

ENTRY = re.compile(r"^(?:# (?P<title>.+)|(?P<name>[A-Z_]+) = Limit\()", re.MULTILINE)


def limits() -> Iterator[tuple[str, str]]:
    known = room.every()
    lines = [
        "# Limits",
        "",
        "Everything read from a repo, a pull request or a mirror may be made to stall its reader. Beyond these limits",
        "it is not worked on: the answer is one line that names the limit, with exit code 2; of a card, a notice, and",
        "what stands before is read. They are well above everything published, and hold any local input below 5",
        "seconds of processor time and 300 MB of memory.",
    ]
    for found in ENTRY.finditer(Path(room.__file__).read_text("utf-8")):
        if found["title"]:
            lines += ["", f"## {found['title']}", "", "| limit | of what | why | the line says |", "|---|---|---|---|"]
            continue
        limit = known[found["name"]]
        lines.append(f"| `{found['name']}` {shown(limit)} | {limit.unit} | {limit.why} | {limit.words() or '–'} |")
    yield "docs/limits.md", "\n".join(lines) + "\n"


def shown(limit: room.Limit) -> str:
    """2^40 where that is shorter."""
    power = int(limit).bit_length() - 1
    whole = {2**power: f"2^{power}", 2 ** (power + 1) - 1: f"2^{power + 1} − 1"}
    return whole[int(limit)] if limit > 10**12 and int(limit) in whole else f"{int(limit):,}"
