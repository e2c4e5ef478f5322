"""What travels inside a page: a file by its name, so that whoever has the page has the data too."""

from __future__ import annotations

from hashlib import sha256

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Attachment:
    """A file that a PDF or an HTML page carries along. `name`: without folders; `description`: what it is, in words."""

    name: str
    data: bytes
    media_type: str
    description: str

    @property
    def digest(self) -> str:
        """The sha256 of its bytes, as sha256sum prints it."""
        return digest(self.data)


def digest(data: bytes) -> str:
    """The sha256 that a page shows of the file it carries."""
    return sha256(data).hexdigest()
