"""TOML of others, held to lengths within which the reader's work is in proportion: over the dots of a key it grows with
their square."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from moeaudit.errors import Place, UsageError
from moeaudit.later import expression
from moeaudit.limits import TOML_LINE, TOML_PARTS

DOTTED = expression(r"(?:(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*){" + str(int(TOML_PARTS)) + "}")
"""A key of more parts than that."""


def parsed_toml(text: str, file: str) -> dict[str, Any]:
    """The tables of a file. UsageError with file, line and column for what is no TOML, or too long to be read."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > TOML_LINE:
            raise UsageError(f"the line has {TOML_LINE.words()}", place=Place(file, number))
        if line.count(".") >= TOML_PARTS and DOTTED.search(line):
            raise UsageError(f"a key has {TOML_PARTS.words()}", place=Place(file, number))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        place = Place(file, int(found[1]), int(found[2])) if found else Place(file)
        raise UsageError(f"not valid TOML: {str(error).partition(' (at')[0]}", place=place) from None
    except (RecursionError, ValueError):  # arrays in arrays; a number of thousands of digits
        raise UsageError(
            "not TOML that can be read: nested too deep, or a number too long", place=Place(file)
        ) from None
