"""What travels inside a page: a file by its name, so that whoever has the page has the data too."""

from __future__ import annotations

from hashlib import sha256

from moeaudit.later import dataclass

LESS, BACKSLASH = "\\u003c", "\\\\"
"""How JSON may write `<`, and how it writes a backslash, which what follows it is no part of."""


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
    return data.decode("utf-8").replace("<", LESS)


def original(text: str) -> bytes:
    """The bytes that `inert` was given. JSON in ASCII, as our own is, writes no `<` that way itself."""
    if "\0" not in text:  # which no JSON holds
        text = text.replace(BACKSLASH, "\0").replace(LESS, "<").replace("\0", BACKSLASH)
    return text.encode("utf-8", "surrogatepass")
