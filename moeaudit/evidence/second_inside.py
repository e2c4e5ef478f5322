"""The inside of the second reader: headers in, the table of them all out. It ends without a word where one is refused:
whoever gave it reads it again, and says what is wrong."""

from __future__ import annotations

import gc
import json
import os
from struct import Struct
from typing import BinaryIO, NoReturn

from moeaudit.errors import AuditError
from moeaudit.evidence.rows import Rows
from moeaudit.evidence.safetensors import read_header
from moeaudit.evidence.tables import TensorTable, written

HEAD = Struct("<IQq")
"""What comes before each file's name and header: their bytes, and those of the file."""

UNKNOWN = -1
"""Bytes of a file that nobody has said."""

LINE = 0
"""Where headers come from, and where the answer goes: a socket in the place of standard input."""


def answer() -> NoReturn:
    """Read headers to the end of input and write their table. Exit code 1 where there is none."""
    gc.disable()  # it lives too briefly to look for cycles
    code = 1
    try:
        with open(LINE, "rb", closefd=False) as source:
            said = json.dumps(written(table_of_all(source))).encode()
        while said:
            said = said[os.write(LINE, said) :]
        code = 0
    except (AuditError, OSError, ValueError, MemoryError):
        pass
    finally:
        os._exit(code)


def table_of_all(source: BinaryIO) -> TensorTable:
    """The table of all headers, each with name and sizes before it. AuditError or ValueError where one is refused or
    breaks off."""
    rows = Rows()
    while head := source.read(HEAD.size):
        if len(head) < HEAD.size:
            raise ValueError
        name_bytes, text_bytes, size = HEAD.unpack(head)
        name, text = source.read(name_bytes).decode(), source.read(text_bytes)
        if len(text) < text_bytes:
            raise ValueError
        rows.add(*read_header(text, name, None if size == UNKNOWN else size))
    return TensorTable.made_of(rows)
