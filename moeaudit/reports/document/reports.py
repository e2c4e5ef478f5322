"""From a result to a document: the sections of a report, in the order of `templates/reports.yaml`.

A result says what it has by its attributes; a section says what it needs (`NEEDS`). One whose needs a result has not is
left out, and a last line says which, so that nothing is missing in silence. One that has nothing to say is no section.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

from moeaudit.reports.document.blocks import Paragraph, Tone
from moeaudit.reports.document.document import Document, Section
from moeaudit.reports.document.runs import Name, Plain, Runs, joined, runs
from moeaudit.reports.document.spoken import spoken
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections import SECTIONS

FRESH = frozenset({"questions"})
"""Sections that begin a page: they are sent on by themselves."""


def document(
    kind: str, ids: Sequence[str], result: Any, words: Words, *, title: str = "", subject: str = "",
    about: tuple[Runs, ...] = (), maker: str, date: str = "", contents: bool = False, fresh: Collection[str] = FRESH,
) -> Document:  # fmt: skip
    """The report of a result. `ids`: its sections in order; `fresh`: those that begin a page."""
    made = tuple(spoken(one, words) for one in _sections(ids, result, words, fresh))
    return Document(kind, title, subject, about, made, maker, date, words.language, contents)


def _sections(ids: Iterable[str], result: Any, words: Words, fresh: Collection[str]) -> Iterator[Section]:
    lacking = []
    for name in ids:
        module = import_module(SECTIONS[name])
        if any(not has(result, need) for need in module.NEEDS):
            lacking.append(name)
            continue
        blocks = tuple(module.section(result, words))
        if not blocks:  # what was not asked for, or does not apply, is not lacking
            continue
        intro = words(f"intros.{name}", **_counts(module, result)) if words.has(f"intros.{name}") else ()
        opens = getattr(module, "OPENS", False)
        yield Section(name, words(f"sections.{name}"), blocks, intro, name in fresh, opens)
    if lacking:
        names = joined([words(f"sections.{name}") or runs(Name(name)) for name in lacking])
        left = Paragraph(words("document.left_out", sections=names), Tone.MUTED)
        yield Section("left-out", (Plain(""),), (left,))


def has(result: Any, need: str) -> bool:
    """Whether results of that kind have it, without working it out."""
    kind = type(result)
    return hasattr(kind, need) or any(need in vars(one).get("__annotations__", ()) for one in kind.__mro__)


def _counts(module: Any, result: Any) -> dict[str, Any]:
    """What a section's introduction counts, where it counts something."""
    counted = getattr(module, "counted", None)
    return dict(counted(result)) if counted is not None else {}
