"""Templates, language strings and presets: where they are found, and the two environments they are rendered in.

Every value is escaped by the environment itself (`finalize`), so no template can forget it. Only `Markup` passes as it
is: the marks that the filters here put around escaped text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from yaml import YAMLError

from moeaudit.data import data_folder, parsed
from moeaudit.errors import Place, UsageError
from moeaudit.reports.packet import escape, views, words
from moeaudit.reports.packet.model import Packet

LANGUAGE = "en"

WITHOUT_EVIDENCE = "without-evidence"
"""The preset of packets that are a list of questions."""


class Templates:
    """The shipped templates, with those of `folder` before them, file by file."""

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise UsageError("no such folder of templates", place=Place(str(folder)), hint="Give --template DIR.")
        self.folder = folder
        shipped = Path(str(data_folder("templates")))
        folders = ([folder] if folder else []) + [shipped]
        self.loader: BaseLoader = ChoiceLoader([FileSystemLoader(str(one)) for one in folders])
        self.strings = self.data(f"strings.{LANGUAGE}.yaml")
        self.presets = self.data("presets.yaml")

    def text(self, name: str) -> str:
        """A file as it is."""
        source, _, _ = self.loader.get_source(Environment(autoescape=True), name)
        return source

    def data(self, name: str) -> dict[str, Any]:
        """A shipped YAML file, with the user's own words over it. UsageError where theirs is no mapping."""
        shipped: dict[str, Any] = parsed(data_folder("templates").joinpath(name).read_text("utf-8"))
        own = self.folder / name if self.folder else None
        if own is None or not own.is_file():
            return shipped
        try:
            words = parsed(own.read_text("utf-8"))
        except (ValueError, OSError, YAMLError) as error:
            raise UsageError(f"not readable as YAML: {ascii(str(error))[:200]}", place=Place(str(own))) from None
        if not isinstance(words, dict):
            raise UsageError("no mapping", place=Place(str(own)), hint="Compare it with the shipped one.")
        return laid_over(shipped, words)

    def sections(self, preset: str, state: str = "") -> list[str]:
        """The sections of a preset, in its order; `state` is that of the packet's summary."""
        known = [name for name in self.presets if name != WITHOUT_EVIDENCE]
        if preset not in known:
            raise UsageError(f"preset {ascii(preset)[:40]} is not known", hint=f"There are: {', '.join(known)}.")
        return list(self.presets[WITHOUT_EVIDENCE if state == "none" else preset])

    def render(self, name: str, environment: Environment, packet: Packet, preset: str, **more: Any) -> str:
        """One format. UsageError where a template of the user's own is broken."""
        environment.globals.update(
            packet=packet,
            t=self.strings,
            preset=preset,
            sections=self.sections(preset, packet.summary.state),
            words=words,
            views=views,
            **more,
        )
        try:
            return environment.get_template(name).render()
        except TemplateError as error:
            if self.folder is None:
                raise
            line = getattr(error, "lineno", None)
            raise UsageError(
                f"the template cannot be used: {ascii(str(error))[:300]}",
                place=Place(str(self.folder / (getattr(error, "name", None) or name)), line),
                hint="Compare it with the shipped one.",
            ) from None


def laid_over(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The shipped words with one's own in their places; what those leave out stays."""
    return shipped | {
        key: laid_over(shipped[key], value) if isinstance(value, dict) and isinstance(shipped.get(key), dict) else value
        for key, value in own.items()
    }


def html_environment(loader: BaseLoader) -> Environment:
    """HTML: legible first, then escaped by jinja2 itself."""
    return _environment(loader, True, _legible, {"link": _html_link})


def markdown_environment(loader: BaseLoader) -> Environment:
    """Markdown: every value through `escape.markdown`."""
    return _environment(loader, False, _markdown, {"link": _markdown_link, "code": escape.code})


def _environment(loader: BaseLoader, autoescape: bool, finalize: Any, filters: Mapping[str, Any]) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader, autoescape=autoescape, finalize=finalize, undefined=StrictUndefined,
        optimized=False, auto_reload=False,  # rendered once: what a second rendering would gain is not worth the wait
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters.update({"fill": lambda text, /, **values: text.format(**values), **filters})
    return environment


def _legible(value: Any) -> Any:
    return value if isinstance(value, Markup) else escape.legible(str(value))


def _markdown(value: Any) -> Markup:
    return value if isinstance(value, Markup) else escape.markdown(str(value))


def _html_link(url: str, text: str = "") -> Markup:
    """A link to the web, or the text alone where the address is none."""
    address, shown = escape.web_address(url), escape.legible(text or url)
    link = Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>')
    return link.format(address, shown) if address else Markup("{}").format(shown)


def _markdown_link(url: str, text: str = "") -> Markup:
    address, shown = escape.web_address(url), escape.markdown(text or url)
    return Markup(f"[{shown}](<{address}>)") if address else shown
