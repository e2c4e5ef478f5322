"""Changed files as a unified diff, which `git apply` and `patch -p1` take in the folder where it was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

AROUND = 3
"""Unchanged lines shown before and after a change."""

LAST = b"\\ No newline at end of file\n"


def render(files: Iterable[tuple[str, bytes, bytes]]) -> bytes:
    """The patch of files by name, each before and after. Figures alone change, so lines neither come nor go."""
    return b"".join(piece for name, before, after in files for piece in _file(name, before, after))


def _file(name: str, before: bytes, after: bytes) -> Iterator[bytes]:
    tab = "\t" if " " in name else ""
    yield f"--- a/{name}{tab}\n+++ b/{name}{tab}\n".encode()
    old, new = _lines(before), _lines(after)
    changed = [number for number, (left, right) in enumerate(zip(old, new, strict=True)) if left != right]
    for start, end in _hunks(changed, len(old)):
        yield f"@@ -{start + 1},{end - start} +{start + 1},{end - start} @@\n".encode()
        yield from _hunk(old[start:end], new[start:end])


def _lines(data: bytes) -> list[bytes]:
    """Lines with their ends, as a patch counts them: by line feeds alone."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + ([rest] if (rest := data.rsplit(b"\n", 1)[-1]) else [])


def _hunks(changed: Sequence[int], lines: int) -> Iterator[tuple[int, int]]:
    """Stretches of lines around changes, those that would touch as one."""
    start = end = -1
    for number in changed:
        if start >= 0 and number - AROUND > end:
            yield start, end
            start = -1
        start = max(0, number - AROUND) if start < 0 else start
        end = min(lines, number + AROUND + 1)
    if start >= 0:
        yield start, end


def _hunk(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    removed: list[bytes] = []
    added: list[bytes] = []
    for left, right in zip(old, new, strict=True):
        if left == right:
            yield from (*removed, *added, _line(b" ", left))
            removed, added = [], []
        else:
            removed.append(_line(b"-", left))
            added.append(_line(b"+", right))
    yield from (*removed, *added)


def _line(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + b"\n" + LAST
