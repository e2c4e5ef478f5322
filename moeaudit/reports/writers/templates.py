"""Templates, language strings and presets: where they are found, and what a user's own may hold.

Every value is escaped by the environment itself (`finalize`), so no template can forget it. The shipped templates are
rendered here; with a user's own folder, in a process apart, which has bounds (`apart.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from moeaudit.data import data_folder, parsed
from moeaudit.errors import Place, UsageError
from moeaudit.evidence.files import own_file, read_whole
from moeaudit.evidence.yaml_text import Node, read_yaml
from moeaudit.limits import TEMPLATE_BYTES, TEMPLATE_FILES
from moeaudit.reports.document.fill import gaps
from moeaudit.reports.packet.model import Packet
from moeaudit.text import quoted

LANGUAGE = "en"
TEMPLATE = ".jinja"

WITHOUT_EVIDENCE = "without-evidence"
"""The preset of packets that are a list of questions."""


class Templates:
    """The shipped templates, with those of `folder` before them, file by file.

    UsageError where the folder is none, or its words or presets are not of the form that the shipped ones have.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise UsageError("no such folder of templates", place=Place(str(folder)), hint="Give --template DIR.")
        self.folder = folder
        self.shipped = Path(str(data_folder("templates")))
        self.strings: Mapping[str, Any] = self.data(f"strings.{LANGUAGE}.yaml")
        self.presets: Mapping[str, list[str]] = self.data("presets.yaml", like=[])
        for sections in self.presets.values():
            self._refuse_unknown(sections)

    def text(self, name: str) -> str:
        """A file as it is. UsageError where the user's own cannot be read."""
        own = self.own(name)
        return _text(own) if own is not None else (self.shipped / name).read_text("utf-8")

    def own(self, name: str) -> Path | None:
        """The user's own file of that name."""
        path = self.folder / name if self.folder is not None else None
        return path if path is not None and os.path.lexists(path) else None

    def data(self, name: str, like: Any = None) -> dict[str, Any]:
        """A shipped YAML file, with the user's own over it. `like`: what a key has that the shipped one lacks."""
        shipped: dict[str, Any] = parsed((self.shipped / name).read_text("utf-8"))
        own = self.own(name)
        if own is None:
            return shipped
        node = read_yaml(read_whole(own_file(own), TEMPLATE_BYTES, name=str(own)), str(own))
        if node.content is None:
            return shipped
        more = dict.fromkeys(node.content, like) if isinstance(node.content, dict) and like is not None else {}
        words: dict[str, Any] = laid_over({**more, **shipped}, node)
        return words

    def _refuse_unknown(self, sections: Iterable[str]) -> None:
        for name in sections:
            if name not in self.strings["sections"]:
                there = ", ".join(self.strings["sections"])
                raise UsageError(
                    f"no section is called {quoted(name, 40)}",
                    place=Place(str(self.own("presets.yaml") or "presets.yaml")),
                    hint=f"There are: {there}.",
                )

    def sections(self, preset: str, state: str = "") -> list[str]:
        """The sections of a preset, in its order; `state` is that of the packet's summary."""
        known = [name for name in self.presets if name != WITHOUT_EVIDENCE]
        if preset not in known:
            raise UsageError(f"preset {quoted(preset, 40)} is not known", hint=f"There are: {', '.join(known)}.")
        return list(self.presets[WITHOUT_EVIDENCE if state == "none" else preset])

    def render(self, name: str, medium: str, packet: Packet, preset: str, **more: Any) -> str:
        """One format. UsageError where a template of the user's own is broken or takes more than it may."""
        sections = self.sections(preset, packet.summary.state)
        values = {"packet": packet, "t": self.strings, "preset": preset, "sections": sections, **more}
        if self.folder is None:
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
