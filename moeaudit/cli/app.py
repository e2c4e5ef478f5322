"""The commands, explicitly listed."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer

import moeaudit

app = typer.Typer(
    name="moeaudit",
    help="What is this Mixture-of-Experts model, really? Exact counts under named denominators, claims held "
    "against evidence, audit packets.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"moeaudit {moeaudit.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere on the line.")] = False,
) -> None:
    """Options of every command."""


def _help(
    command: Annotated[str, typer.Argument(help="Which command. Without one: all of them.")] = "",
) -> None:
    """Show the help of moeaudit, or of a command."""
    run([command, "--help"] if command else ["--help"])


def _show_version() -> None:
    """Print the version and leave."""
    _version(True)


def _commands() -> None:
    from moeaudit.cli import cache, check, draft, estimate, explain, inspect, lock, packet, schema, shipped

    app.command("inspect", short_help="Count a model exactly, under every named denominator.")(inspect.inspect)
    app.command("draft", short_help="Write a claim file for a person to finish.")(draft.draft)
    app.command("check", short_help="Hold claim files and cards against the published files.")(check.check)
    app.command("packet", short_help="Render the audit packet, or verify one.")(packet.packet)
    app.command("estimate", short_help="Does it fit a fleet, how fast, at what cost.")(estimate.estimate)
    app.command("lock", short_help="Write a model's evidence to one small file.")(lock.lock)
    app.command("cache", short_help="Show or remove the tables kept of weights read before.")(cache.cache)
    as_words = {"ignore_unknown_options": True}  # `explain --offline` asks what that means
    app.command("explain", short_help="Explain any word that moeaudit prints.", context_settings=as_words)(
        explain.explain
    )
    app.command("schema", short_help="Print the JSON Schema of a file that is read or written.")(schema.schema)
    app.command("list", short_help="List what ships: models, devices, rules, words.")(shipped.list_)
    app.command("help", short_help="Show the help of moeaudit, or of a command.")(_help)
    app.command("version", short_help="Print the version.")(_show_version)


_commands()


BAD_USAGE = cast(
    "type[typer.BadParameter]", next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
)
"""The parser's own errors. Some versions of typer bring their copy of click, so the class is asked for, not
imported."""


def spelled_out(argv: list[str]) -> list[str]:
    """`--fix=write` as the two flags that it stands for: an option whose value may be left out would take a path."""
    end = argv.index("--") if "--" in argv else len(argv)
    words = [flag for word in argv[:end] for flag in (("--fix", "--write") if word == "--fix=write" else (word,))]
    return words + argv[end:]


NUMBERED = frozenset({"--context", "--concurrency", "--timeout"})
"""The options that take numbers, which `numbers.py` looks at before the parser does."""


def _names() -> list[str]:
    """The commands, in the order of the help."""
    return [command.name for command in app.registered_commands if command.name]


def _options() -> dict[str, list[str]]:
    """The options of each command, those of all under no name."""
    group: Any = typer.main.get_command(app)
    owners = {"": group, **group.commands}
    return {name: [word for one in owner.params for word in one.opts] for name, owner in owners.items()}


def run(argv: list[str]) -> int:
    """Run one command line and return its exit code. UsageError for a line that the commands do not understand."""
    if not NUMBERED.isdisjoint(word.partition("=")[0] for word in argv):
        from moeaudit.cli.numbers import refuse_odd

        refuse_odd(argv)
    if argv and not argv[0].startswith("-") and argv[0] not in (names := _names()):
        from moeaudit.cli.mistyped import unknown_command

        raise unknown_command(argv[0], names)
    try:
        result = app(args=spelled_out(argv), prog_name="moeaudit", standalone_mode=False)
    except typer.Abort:
        return 130
    except SystemExit:  # the parser's answer to a reader who left while it printed its help
        raise BrokenPipeError from None
    except BAD_USAGE as error:
        if not argv:  # the help was asked for by saying nothing
            error.show()
            return 2
        from moeaudit.cli.mistyped import refusal

        raise refusal(error, _options()) from error
    return result if isinstance(result, int) else 0
