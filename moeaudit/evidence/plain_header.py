"""A safetensors header as the format's own writers write it, read in one pass over its text.

Whatever is not of that form, or not in order, is left to the strict reader, which says what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache

from moeaudit.errors import UsageError
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.pairs_text import controls

Kind = tuple[str, tuple[int, ...], int]
"""Type, shape and size in bytes of one tensor."""

METADATA = "__metadata__"

SPACE = " \t\r\n"


@cache
def entry() -> re.Pattern[str]:
    """One tensor: name, type, shape, begin and end of its data."""
    whole = "(0|[1-9][0-9]{0,18})"
    return re.compile(
        r'"([^"\\]*)": ?\{"dtype": ?"([A-Z0-9_]+)", ?"shape": ?\[([0-9, ]*)\], ?"data_offsets": ?'
        rf"\[{whole}, ?{whole}\]\}}"
    )


def plain_entries(
    header: bytes, kind_of: Callable[[str, list[int]], Kind]
) -> tuple[int, list[tuple[str, Kind]]] | None:
    """Bytes of data, and the tensors in the order of their data. `kind_of` checks a type and a shape. None where the
    header is not plain or contradicts itself."""
    try:
        if controls(header):
            return None
        before, *texts = entry().split(header.decode())
        names, dtypes, shapes, begins, ends, after = (texts[place::6] for place in range(6))
        if not texts or after.pop().strip(SPACE) != "}" or {text.strip(SPACE) for text in set(after)} - {","}:
            return None
        if len(set(names)) < len(names) or METADATA in names or not _opens(before):
            return None
        known = {(dtype, shape): kind_of(dtype, json.loads(f"[{shape}]"))
                 for dtype, shape in set(zip(dtypes, shapes, strict=True))}
    except (ValueError, UsageError):
        return None
    kinds = [known[which] for which in zip(dtypes, shapes, strict=True)]
    reached, tensors = 0, []
    for begin, end, name, kind in sorted(zip(map(int, begins), map(int, ends), names, kinds, strict=True)):
        if begin != reached or end - begin != kind[2]:
            return None
        reached = end
        tensors.append((name, kind))
    return reached, tensors


def _opens(text: str) -> bool:
    """Whether a header begins so: its brace, then at most the metadata and a comma."""
    text = text.strip(SPACE)
    if not text.endswith(","):
        return text == "{"
    shell = read_object(f"{text[:-1]}}}".encode(), "")
    metadata = shell.get(METADATA)
    return len(shell) == 1 and isinstance(metadata, dict) and all(isinstance(text, str) for text in metadata.values())
