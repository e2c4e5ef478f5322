"""Templates, language strings and the order of reports: where they are found, and what a user's own may hold.

Every value is escaped by the environment itself (`finalize`), so no template can forget it. The shipped templates are
rendered here; with a user's own folder, in a process apart, which has bounds (`apart.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from moeaudit.data import data_folder, parsed
from moeaudit.errors import Place, UsageError
from moeaudit.evidence.files import own_file, read_whole
from moeaudit.evidence.yaml_text import Node, read_yaml
from moeaudit.limits import TEMPLATE_BYTES, TEMPLATE_FILES
from moeaudit.reports.document.fill import gaps
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections import SECTIONS
from moeaudit.text import quoted

LANGUAGE = "en"
LANGUAGES = ("en", "de")
TEMPLATE = ".jinja"

REPORTS = "reports.yaml"
ALIKE = 0.8
"""A name so much like a shipped one is that one misspelt; any other is a word of a user's own templates."""

USUAL = "usual"
"""The preset of a report that has but one."""

WITHOUT_EVIDENCE = "without-evidence"
"""The preset of packets that are a list of questions: nobody asks for it by name."""


ONCE = (
    "appendix architecture checklist claims denominators estimates finding findings obligations paths picture "
    "questions summary"
)
"""Sections that had templates of their own in 0.1.0."""

RENAMED = {
    "packet.md.jinja": "it is page.md.jinja now",
    "packet.html.jinja": "it is page.html.jinja now",
    "packet.typ": "it is page.typ now",
    "presets.yaml": "it is reports.yaml now",
    **{
        f"{folder}/{name}.{ending}.jinja": f"sections are laid out by {folder}/blocks.{ending}.jinja now"
        for folder, ending in (("markdown", "md"), ("html", "html"))
        for name in ONCE.split()
    },
}
"""Names of 0.1.0 → what to say of them."""


class Templates:
    """The shipped templates, with those of `folder` before them, file by file.

    UsageError where the folder is none, or its words or reports are not of the form that the shipped ones have.
    """

    def __init__(self, folder: Path | None = None, language: str = LANGUAGE) -> None:
        if folder is not None and not folder.is_dir():
            raise UsageError("no such folder of templates", place=Place(str(folder)), hint="Give --template DIR.")
        self.folder, self.language = folder, language
        self.shipped = Path(str(data_folder("templates")))
        self._refuse_renamed()
        self.strings: Mapping[str, Any] = self.data(f"strings.{language}.yaml")
        self.reports: Mapping[str, Mapping[str, list[str]]] = self.data(REPORTS, deep=True)
        for presets in self.reports.values():
            for sections in presets.values():
                self._refuse_unknown(sections)

    @cached_property
    def words(self) -> Words:
        """The strings as sections ask for them."""
        return Words(self.strings, self.language)

    def text(self, name: str) -> str:
        """A file as it is. UsageError where the user's own cannot be read."""
        own = self.own(name)
        return _text(own) if own is not None else (self.shipped / name).read_text("utf-8")

    def own(self, name: str) -> Path | None:
        """The user's own file of that name."""
        path = self.folder / name if self.folder is not None else None
        return path if path is not None and os.path.lexists(path) else None

    def data(self, name: str, deep: bool = False) -> dict[str, Any]:
        """A shipped YAML file, with the user's own over it. `deep`: of reports, each with its presets: there may be
        presets beside the shipped ones."""
        shipped: dict[str, Any] = parsed((self.shipped / name).read_text("utf-8"))
        if name == f"strings.{self.language}.yaml" and self.language != LANGUAGE:
            english = parsed((self.shipped / f"strings.{LANGUAGE}.yaml").read_text("utf-8"))
            shipped = _translated(english, shipped)
        own = self.own(name)
        if own is None:
            return shipped
        node = read_yaml(read_whole(own_file(own), TEMPLATE_BYTES, name=str(own)), str(own))
        if node.content is None:
            return shipped
        words: dict[str, Any] = laid_over(_with_presets(shipped, node) if deep else shipped, node)
        return words

    def _refuse_renamed(self) -> None:
        """Files that are read no more are not passed over in silence."""
        for name, now in RENAMED.items():
            if (old := self.own(name)) is not None:
                raise UsageError(f"this file is not read: {now}", place=Place(str(old)), hint="See docs/templates.md.")

    def _refuse_unknown(self, sections: Iterable[str]) -> None:
        for name in sections:
            if name not in SECTIONS:
                from moeaudit.nearest import did_you_mean

                raise UsageError(
                    f"no section is called {quoted(name, 40)}",
                    place=Place(str(self.own(REPORTS) or REPORTS)),
                    hint=did_you_mean(name, SECTIONS),
                )

    def sections(self, report: str, preset: str = USUAL, *, named: bool = False) -> list[str]:
        """The sections of a report, in the order of a preset. UsageError for a preset that it has not; `named`: by a
        user, who cannot ask for what comes by itself."""
        presets = self.reports[report]
        if preset not in presets or (named and preset == WITHOUT_EVIDENCE):
            from moeaudit.nearest import did_you_mean

            known = [name for name in presets if name != WITHOUT_EVIDENCE]
            raise UsageError(f"preset {quoted(preset, 40)} is not known", hint=did_you_mean(preset, known))
        return list(presets[preset])

    def render(self, name: str, medium: str, **values: Any) -> str:
        """One page. UsageError where a template of the user's own is broken or takes more than it may."""
        values = {"t": self.strings, **values}
        if self.folder is None:
            from jinja2 import FileSystemLoader  # where words alone are asked for, it is not needed

            from moeaudit.reports.writers.sandbox import rendered

            return rendered(FileSystemLoader(str(self.shipped)), medium, name, values)
        from moeaudit.reports.writers.apart import Jinja, rendered_apart

        return rendered_apart(Jinja(dict(self.sources()), medium, name, values), self.folder).decode()

    def sources(self) -> Iterator[tuple[str, str]]:
        """Every template by its name, the user's own in the place of the shipped ones. Folders go one level deep."""
        for path in _templates(self.shipped):
            yield path.relative_to(self.shipped).as_posix(), path.read_text("utf-8")
        assert self.folder is not None
        for count, path in enumerate(_templates(self.folder)):
            if count == TEMPLATE_FILES:
                raise UsageError(TEMPLATE_FILES.words(), place=Place(str(self.folder)))
            yield path.relative_to(self.folder).as_posix(), _text(path)


def _translated(english: Any, words: Any) -> Any:
    """Words of a language; what it lacks is said in English."""
    if not isinstance(english, dict):
        return words
    return {**english, **{key: _translated(english.get(key), word) for key, word in words.items()}}


def _with_presets(shipped: Mapping[str, Any], own: Node) -> dict[str, Any]:
    """The shipped reports, with an empty list for each preset that is the user's own."""
    reports = {name: dict(presets) for name, presets in shipped.items()}
    for name, node in own.content.items() if isinstance(own.content, dict) else ():
        if name not in reports:
            from moeaudit.nearest import did_you_mean

            raise UsageError(
                f"there is no report {quoted(name, 40)}",
                place=(own.keys or {}).get(name, node.place),
                hint=did_you_mean(name, reports),
            )
        for preset in node.content if isinstance(node.content, dict) else ():
            reports[name].setdefault(preset, [])
    return reports


def _templates(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob(f"*{TEMPLATE}"))
    yield from sorted(folder.glob(f"[!.]*/*{TEMPLATE}"))


def _text(path: Path) -> str:
    """A user's file as text."""
    data = read_whole(own_file(path), TEMPLATE_BYTES, name=str(path))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError("the file is not UTF-8 text", place=Place(str(path), line), hint="Save it as UTF-8.") from None


def laid_over(shipped: Any, own: Node) -> Any:
    """The shipped words with one's own in their places; what those leave out stays.

    UsageError where a table, a list or a text stands in the place of another of them, or where words have a gap that
    nothing fills.
    """
    if isinstance(shipped, Mapping):
        if not isinstance(own.content, dict):
            raise _misplaced("a table", own)
        for key in own.content:
            if key not in shipped and (meant := get_close_matches(key, map(str, shipped), n=1, cutoff=ALIKE)):
                place = (own.keys or {}).get(key, own.place)
                raise UsageError(
                    f"no words are called {quoted(key, 40)}", place=place, hint=f"Did you mean {meant[0]}?"
                )
        return {**shipped, **{key: laid_over(shipped.get(key), node) for key, node in own.content.items()}}
    if isinstance(shipped, list):
        if not isinstance(own.content, list):
            raise _misplaced("a list", own)
        return [_words(node, None) for node in own.content]
    if isinstance(shipped, str):
        return _words(own, gaps(shipped))
    return own.plain()  # words that only their own templates use


def _words(node: Node, known: frozenset[str] | None) -> str:
    """Words of a user, with no gap beyond the `known` ones."""
    if isinstance(node.content, dict | list):
        raise _misplaced("a text", node)
    try:
        found = gaps(node.text)
    except ValueError as error:
        raise UsageError(str(error), place=node.place) from None
    if known is not None and found - known:
        there = ", ".join(f"{{{name}}}" for name in sorted(known)) or "nothing"
        raise UsageError(f"nothing fills {{{min(found - known)}}} here", place=node.place, hint=f"There is: {there}.")
    return node.text


def _misplaced(what: str, node: Node) -> UsageError:
    return UsageError(f"{what} belongs here", place=node.place, hint="Compare it with the shipped file.")
