"""Settings of a project: `moeaudit.yaml`, or `[tool.moeaudit]` in pyproject.toml. Options on the line win.

fail-on: error            # error, warning, note or never
persona: default          # default, pedantic or auditor
strict: false             # whether a card of which nothing was read is an error
off:
  rule-id: the reason     # findings of the rule stay counted as suppressed
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from moeaudit.checks.audit import RULES, Settings
from moeaudit.checks.rule import Persona
from moeaudit.errors import Place, UsageError
from moeaudit.later import dataclass
from moeaudit.text import visible

KEYS = ("fail-on", "persona", "strict", "off")
LEVELS = ("error", "warning", "note", "never")
FILES = ("moeaudit.yaml", "pyproject.toml")
DEFAULTS = {"fail-on": "error", "persona": "default", "strict": "false"}
LARGEST = 1_000_000


@dataclass(frozen=True)
class ProjectSettings:
    """What the project's file and the command line come to."""

    rules: Settings
    fail_on: str = "error"


def read_settings(
    folder: Path, persona: str | None = None, fail_on: str | None = None, *, strict: bool | None = None
) -> ProjectSettings:
    """The settings that hold in this folder. UsageError where a key, rule or value is not known."""
    file, found = found_settings(folder)
    for key in found:
        if key not in KEYS:
            raise _unknown(file, "setting", key, KEYS)
    level = fail_on or str(found.get("fail-on", DEFAULTS["fail-on"]))
    named = persona or str(found.get("persona", DEFAULTS["persona"]))
    if level not in LEVELS:
        raise _unknown(file, "threshold", level, LEVELS)
    if named.upper() not in Persona.__members__:
        raise _unknown(file, "persona", named, tuple(name.lower() for name in Persona.__members__))
    asked = str(found.get("strict", DEFAULTS["strict"]) if strict is None else strict).lower()
    if asked not in ("true", "false"):
        raise _unknown(file, "strict", asked, ("true", "false"))
    return ProjectSettings(
        Settings(Persona[named.upper()], _off(file, found.get("off", {})), strict=asked == "true"), level
    )


def _off(file: str, off: object) -> dict[str, str]:
    if not isinstance(off, Mapping):
        raise UsageError("off is not a table of rule and reason", place=Place(file, path="off"))
    for rule, reason in off.items():
        if rule not in RULES:
            raise _unknown(file, "rule", str(rule), tuple(RULES))
        if not isinstance(reason, str) or not reason.strip():
            raise UsageError(
                f"rule {rule} is switched off without a reason",
                place=Place(file, path=f"off.{rule}"),
                hint="Write why.",
            )
    return {str(rule): reason for rule, reason in off.items()}


def found_settings(folder: Path) -> tuple[str, Mapping[str, Any]]:
    """The first file that has settings, and what it says."""
    own, project = (folder / name for name in FILES)
    if own.is_file():
        from moeaudit.evidence.files import read_whole
        from moeaudit.evidence.yaml_text import read_yaml

        content = read_yaml(read_whole(own, LARGEST), str(own)).plain()
        if not isinstance(content, Mapping):
            raise UsageError(
                "the settings are not a table of keys", place=Place(str(own)), hint=f"Known keys: {', '.join(KEYS)}."
            )
        return str(own), content
    if project.is_file():
        try:
            content = tomllib.loads(project.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"not readable as TOML: {error}", place=Place(str(project))) from None
        section = content.get("tool", {}).get("moeaudit", {}) if isinstance(content.get("tool"), Mapping) else {}
        return str(project), section if isinstance(section, Mapping) else {}
    return "", {}


def _unknown(file: str, what: str, name: str, known: tuple[str, ...]) -> UsageError:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return UsageError(
        f"{what} {visible(name, limit=60)!r} is not known",
        place=Place(file) if file else None,
        hint=f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known[:12])}.",
    )
