"""The commands, explicitly listed."""

from __future__ import annotations

from typing import Annotated

import click
import typer

import moeaudit

app = typer.Typer(
    name="moeaudit",
    help="What is this Mixture-of-Experts model, really? Exact counts under named denominators, claims held against evidence, audit packets.",
    no_args_is_help=True,
    add_completion=False,
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
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere on the line.")] = False,
) -> None:
    """Options of every command."""


def _commands() -> None:
    from moeaudit.cli import check, draft, estimate, explain, inspect, lock, schema

    app.command("inspect")(inspect.inspect)
    app.command("draft")(draft.draft)
    app.command("check")(check.check)
    app.command("estimate")(estimate.estimate)
    app.command("lock")(lock.lock)
    app.command("explain")(explain.explain)
    app.command("schema")(schema.schema)


_commands()


def run(argv: list[str]) -> int:
    """Run one command line and return its exit code; click's own usage errors are printed and give 2."""
    try:
        result = app(args=argv, prog_name="moeaudit", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        return 130
    return result if isinstance(result, int) else 0
