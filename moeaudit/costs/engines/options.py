"""The file of settings that a command names: YAML, read through the door that bounds it, and only with the caller's
consent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from moeaudit.costs.engines.shell import is_hole
from moeaudit.costs.engines.tokens import Reader
from moeaudit.errors import NoEvidence, UsageError
from moeaudit.evidence.files import read_whole
from moeaudit.evidence.yaml_text import read_yaml
from moeaudit.later import dataclass
from moeaudit.limits import FLEET_BYTES


@dataclass(frozen=True)
class Options:
    """What a file of settings says, and its name."""

    name: str
    content: Mapping[str, Any]


def read_options(name: str) -> Options:
    """A file from disk. UsageError, one line, where it is not there or is no mapping."""
    if is_hole(name):
        raise UsageError(f"the command's file is the placeholder {ascii(name)[1:-1][:60]}", hint="Put its path there.")
    try:
        source = read_whole(Path(name), FLEET_BYTES)
    except (NoEvidence, UsageError) as error:
        raise UsageError(
            f"the command's file: {error.message}", place=error.place, hint="Give its path as it is on this machine."
        ) from None
    return options_of(source, name)


def options_of(source: str | bytes, name: str) -> Options:
    content = read_yaml(source, name).plain()
    if not isinstance(content, dict):
        raise UsageError(f"{name[:80]} is no table of settings", hint="The engine takes 'name: value' lines there.")
    return Options(name, content)


def config_words(content: Mapping[str, Any], reader: Reader) -> Iterator[str]:
    """The words that vLLM and SGLang make of it: `name: true` is the switch, a list its words, a table JSON."""
    for key, value in content.items():
        name = f"--{key}"
        if isinstance(value, bool):
            negative = f"--no-{key.replace('_', '-')}"
            if value:
                yield name
            elif negative in reader.known:
                yield negative
        elif isinstance(value, list):
            yield from ((name, *map(str, value)) if value else ())
        elif isinstance(value, dict):
            yield from (name, json.dumps(value))
        elif value is not None:
            yield from (name, str(value))
