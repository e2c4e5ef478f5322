"""`moeaudit explain NAME`: what a word means here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from moeaudit.reports.topics.topic import Topic


def explain(
    name: Annotated[
        str,
        typer.Argument(help="A denominator, component, rule, checklist item, GPU, verdict, option … Without one: all."),
    ] = "",
) -> None:
    """Explain any word that moeaudit prints."""
    from moeaudit.cli.output import show
    from moeaudit.reports.explain import all_topics, explanation

    show(f"{explanation(name, commands()) if name else all_topics(commands())}\n")


def commands() -> Iterator[Topic]:
    """The commands and their options, by their own help."""
    from moeaudit.cli.app import app
    from moeaudit.reports.topics.topic import Topic

    group: Any = typer.main.get_command(app)
    options: dict[str, list[tuple[str, str]]] = {}
    for command in group.commands.values():
        yield Topic(
            f"moeaudit {command.name}", "command", " ".join((command.help or "").split()),
            (("more", f"moeaudit {command.name} --help"),), (command.name,),
        )  # fmt: skip
        for option in command.params:
            for word in option.opts if option.param_type_name == "option" else ():
                options.setdefault(word, []).append((command.name, option.help or ""))
    for word, places in options.items():
        said = dict.fromkeys(text for _, text in places if text)
        yield Topic(word, "option", " ".join(said), (("of", ", ".join(name for name, _ in places)),))
