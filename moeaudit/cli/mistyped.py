"""What the parser refuses, in our words: a command, option or word of a list that is not there, and the nearest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from moeaudit.errors import UsageError
from moeaudit.nearest import asked, did_you_mean, listed, nearest
from moeaudit.text import visible

CHOICE = re.compile(r"(?:Value error, )?'(?P<word>[^']*)' is not one of (?P<known>'.*')")
QUOTED = re.compile(r"'([^']*)'")


def unknown_command(name: str, commands: Iterable[str]) -> UsageError:
    """That there is no such command; which is meant, or which there are."""
    names = list(commands)
    return UsageError(
        f"there is no command {visible(name, limit=40)!r}", hint=f"{did_you_mean(name, names)} See `moeaudit --help`."
    )


def refusal(error: Any, options: Mapping[str, Iterable[str]]) -> UsageError:
    """The parser's error with what to do. `options`: of each command."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "moeaudit"
    message, hint = error.format_message().rstrip(".?"), ""
    if hasattr(error, "possibilities"):
        option = error.option_name
        message, hint = f"no such option: {visible(option, limit=40)}", _meant(option, path, options)
    elif choice := CHOICE.search(message):
        near = nearest(choice["word"], QUOTED.findall(choice["known"]))
        message = f"{message[: choice.start()]}{choice[0].removeprefix('Value error, ')}"
        hint = asked(near) if near else ""
    return UsageError(message, hint=f"{hint} See `{path} --help`.".lstrip())


def _meant(option: str, path: str, options: Mapping[str, Iterable[str]]) -> str:
    """The nearest option of the command; where another command has this one, which."""
    near = nearest(option, options.get(path.removeprefix("moeaudit").strip(), ()))
    if near:
        return asked(near)
    owners = [name for name, own in options.items() if name and option in own]
    return f"It is an option of {listed(owners)}." if owners else ""
