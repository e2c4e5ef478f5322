"""A report as one value: who it is about, how it was made, its sections in order."""

from __future__ import annotations

from moeaudit.later import dataclass
from moeaudit.reports.document.blocks import Block
from moeaudit.reports.document.runs import Runs


@dataclass(frozen=True)
class Section:
    """A part with a title. `intro`: a sentence on what it is. `fresh`: it begins a page. `opens`: where it comes first,
    it says itself whom the report is about: a terminal shows nothing above it."""

    id: str
    title: Runs
    blocks: tuple[Block, ...]
    intro: Runs = ()
    fresh: bool = False
    opens: bool = False


@dataclass(frozen=True)
class Document:
    """The whole. `kind`: packet, inspection, estimate, check; `title`: what it is, in words; `subject`: the model's
    name, foreign; `about`: where it comes from and how it was made, piece by piece; `maker`: tool and version; `date`:
    ISO, or nothing; `contents`: whether a list of the sections is of use."""

    kind: str
    title: str
    subject: str
    about: tuple[Runs, ...]
    sections: tuple[Section, ...]
    maker: str
    date: str = ""
    language: str = "en"
    contents: bool = False
