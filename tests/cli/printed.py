"""The words that views print: ids, tags, column heads and labels, picked out of the documents behind the views."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from moeaudit.reports.document.blocks import Facts, Table, Tallies
from moeaudit.reports.document.document import Section
from moeaudit.reports.document.runs import Muted, Name, Plain, Runs, Strong, Tag

LONGEST = 5
"""Words beyond which a label is a sentence."""

OWN = re.compile(
    r"""
    .*[/\\].*                         # a path, an address, the id of a model
    | .*\.(json|md|yaml|safetensors|gguf|html|pdf)(:\d+)*   # a file, and where in it
    | .*\{\}.* | .*\.\d+\..*          # a tensor's name
    | (model|lm_head)\..*
    | [0-9a-f]{7,64}                  # a commit, a digest
    | moeaudit\ .*                    # a command line
    | [A-Za-z.]                       # a letter of the layer map, which its key explains
    | [\d,.\ -]+                      # figures
    """,
    re.VERBOSE,
)
"""Names that are somebody else's, or that stand for themselves."""


def words_of(section: Section) -> Iterator[str]:
    """Every word of a section that a reader may ask for."""
    for one in walk(section.blocks):
        if isinstance(one, Name):
            yield one.text
        elif isinstance(one, Tag):
            yield one.text or one.word
        elif isinstance(one, Table):
            yield from labels(column.title for column in one.columns)
        elif isinstance(one, Facts):
            yield from labels(label for label, told in one.rows if not commands_alone(told))
        elif isinstance(one, Tallies):
            yield from labels(title for title, _, _ in one.columns)


def walk(value: Any) -> Iterator[Any]:
    """The value and all that is in it."""
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from walk(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from walk(one)


def labels(titles: Any) -> Iterator[str]:
    """Labels that are words alone; one that holds a value, or a whole sentence, explains itself."""
    for title in titles:
        text = words_alone(title)
        if text and len(text.split()) <= LONGEST and not text.endswith(":"):
            yield text


def commands_alone(told: Runs) -> bool:
    """Whether this is a command line, which its label says the use of."""
    return all(isinstance(run, Name) and run.text.startswith("moeaudit ") for run in told)


def words_alone(title: Runs) -> str:
    """The text of runs that are words alone; nothing where a value stands among them."""
    pieces: list[str] = []
    for run in title:
        if isinstance(run, Strong | Muted):
            pieces.append(words_alone(run.runs))
        elif isinstance(run, Plain):
            pieces.append(run.text)
        else:
            return ""
    return "".join(pieces).strip()
