"""What travels inside a page: a file by its name, so that whoever has the page has the data too."""

from __future__ import annotations

import re
from hashlib import sha256

from moeaudit.later import dataclass, expression

ESCAPED = expression(r"\\u003c|\\.")
"""What JSON writes with a backslash: two backslashes are one sign, so what follows them is none of it."""


@dataclass(frozen=True)
class Attachment:
    """A file that a PDF or an HTML page carries along. `name`: without folders; `description`: what it is, in words."""

    name: str
    data: bytes
    media_type: str
    description: str

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes, as sha256sum prints it."""
        return sha256(self.data).hexdigest()


def inert(data: bytes) -> str:
    """JSON as it may stand in a page: `<`, with which alone markup begins, as JSON writes it otherwise."""
    return data.decode("utf-8").replace("<", "\\u003c")


def original(text: str) -> bytes:
    """The bytes that `inert` was given. JSON in ASCII, as our own is, writes no `<` that way itself."""

    def sign(match: re.Match[str]) -> str:
        return "<" if match[0] == "\\u003c" else match[0]

    return ESCAPED.sub(sign, text).encode("utf-8", "surrogatepass")
