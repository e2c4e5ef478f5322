"""The beginning of a GGUF file, span after span: numbers, texts, and what is stepped over, never past a limit."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from struct import Struct
from typing import NoReturn

from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.limits import GGUF_BYTES, GGUF_TEXTS

SPAN = 4_000_000
"""Bytes that are asked for at a time: a vocabulary of 150,000 tokens takes one or two."""

READ_ON = "Download it again."

Read = Callable[[int, int], bytes]
"""(start, length) → bytes of the file, fewer where it ends before."""

FORMS = ("B", "b", "H", "h", "I", "i", "f", "", "", "", "Q", "q", "d")
"""How `struct` writes the numbers of GGUF's value types 0 to 12; 7 is a bool, 8 a text, 9 a list."""

UINT32, UINT64 = 4, 10


class Stream:
    """Reads on from byte 0. `size`: bytes of the file, None where unknown; `span`: bytes to ask for first.

    `place` is the file's, for errors; `digest` is over all that was passed.
    """

    def __init__(self, read: Read, file: str, size: int | None, span: int) -> None:
        self.read, self.place, self.size, self.span = read, Place(file), size, span
        self.data, self.start, self.at = b"", 0, 0  # the bytes at hand, where they begin in the file, and how far read
        self.digest, self.texts = sha256(), 0
        self.order = "<"

    @property
    def offset(self) -> int:
        """The place in the file of what comes next."""
        return self.start + self.at

    def fail(self, message: str, at: int | None = None, hint: str = "") -> NoReturn:
        raise UsageError(f"{message} (byte {self.offset if at is None else at:,})", place=self.place, hint=hint)

    def number(self, kind: int) -> int | float:
        """A number of one of GGUF's value types."""
        form = _form(self.order + FORMS[kind])
        self.need(form.size)
        (found,) = form.unpack_from(self.data, self.at)
        self.at += form.size
        return found  # type: ignore[no-any-return]

    def count(self, kind: int = UINT64) -> int:
        return int(self.number(kind))

    def taken(self, length: int) -> bytes:
        self.need(length)
        self.at += length
        return self.data[self.at - length : self.at]

    def need(self, length: int) -> None:
        """At least so many bytes at hand. UsageError where the file ends before, or no header goes so far."""
        if len(self.data) - self.at >= length:
            return
        self.bounded(length)
        while len(self.data) - self.at < length:
            self.digest.update(self.data[: self.at])
            self.start, self.data, self.at = self.offset, self.data[self.at :], 0
            end = self.start + len(self.data)
            span = self.read(end, max(self.span, length - len(self.data)))
            self.span = SPAN
            if not span:
                self.fail(f"the file ends at byte {end:,}, within its header", hint=READ_ON)
            self.data += span

    def bounded(self, length: int) -> None:
        """UsageError where the next `length` bytes lie past the end of the file or of any header."""
        if self.size is not None and self.offset + length > self.size:
            self.fail(
                f"the header goes on for {length:,} bytes, but the file ends at byte {self.size:,}",
                hint=READ_ON,
            )
        if self.offset + length > GGUF_BYTES:
            self.fail(f"the file has {GGUF_BYTES.words()}", hint="No published model has.")

    def skip(self, length: int) -> None:
        """Step over bytes, however many spans they take."""
        self.bounded(length)
        while length:
            step = min(length, max(len(self.data) - self.at, 1))
            self.need(step)
            self.at += step
            length -= step

    def skip_texts(self, count: int) -> None:
        """Step over so many texts without making them."""
        self.texts += count
        if self.texts > GGUF_TEXTS:
            self.fail(f"the file has {GGUF_TEXTS.words()}", hint="No published model has.")
        self.bounded(8 * count)
        length_at = _form(self.order + "Q").unpack_from
        while count:
            data, at, end = self.data, self.at, len(self.data)
            while count and at + 8 <= end:
                after = at + 8 + length_at(data, at)[0]
                if after > end:
                    break
                at, count = after, count - 1
            self.at = at
            if count:
                self.skip(self.count())
                count -= 1

    def done(self) -> str:
        """The digest of all that was passed, in hexadecimal."""
        self.digest.update(self.data[: self.at])
        return self.digest.hexdigest()


@cache
def _form(written: str) -> Struct:
    return Struct(written)


def not_gguf(magic: bytes, file: str) -> UsageError | NoEvidence:
    """What a file is that does not begin as GGUF does."""
    if magic == b"vers":
        return NoEvidence(
            "the weight file is a git-lfs pointer, its data was not fetched",
            place=Place(file),
            hint="Run `git lfs pull`.",
        )
    old = magic[::-1] in (b"ggml", b"ggmf", b"ggjt")
    what = "an old GGML file" if old else f"no GGUF file: it begins with {ascii(magic)[1:]}"
    return UsageError(f"this is {what}", place=Place(file), hint="Convert it again with llama.cpp." if old else READ_ON)
