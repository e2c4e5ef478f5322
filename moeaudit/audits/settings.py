"""Settings of a project: `moeaudit.yaml`, or `[tool.moeaudit]` in pyproject.toml. Options on the line win.

fail-on: error            # error, warning, note or never
persona: default          # default, pedantic or auditor
strict: false             # whether a card of which nothing was read is an error
off:
  rule-id: the reason     # findings of the rule stay counted as suppressed
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moeaudit.checks.audit import RULES, Settings
from moeaudit.checks.retired import RETIRED, Retired
from moeaudit.checks.rule import Persona
from moeaudit.errors import AuditError, Place, UsageError
from moeaudit.later import dataclass, expression
from moeaudit.text import visible

KEYS = ("fail-on", "persona", "strict", "off")
LEVELS = ("error", "warning", "note", "never")
FILES = ("moeaudit.yaml", "pyproject.toml")
DEFAULTS = {"fail-on": "error", "persona": "default", "strict": "false"}
OURS = expression(r"(?m)^\s*(?:\[\s*)?[\"']?tool[\"']?\s*\.\s*[\"']?moeaudit")
"""How a table of ours begins in pyproject.toml."""


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
            gone = RETIRED.get(str(rule))
            if gone is not None:
                raise _retired(file, gone)
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
    if os.path.lexists(own):
        from moeaudit.evidence.files import own_file, read_whole
        from moeaudit.evidence.yaml_text import read_yaml
        from moeaudit.limits import SETTINGS_BYTES

        content = read_yaml(read_whole(own_file(own), SETTINGS_BYTES), str(own)).plain()
        if not isinstance(content, Mapping):
            raise UsageError(
                "the settings are not a table of keys", place=Place(str(own)), hint=f"Known keys: {', '.join(KEYS)}."
            )
        return str(own), content
    return (str(project), _section(project)) if os.path.lexists(project) else ("", {})


def _section(project: Path) -> Mapping[str, Any]:
    """`[tool.moeaudit]`. What is wrong with a file that has no such table is no business of ours."""
    from moeaudit.evidence.files import own_file, read_whole
    from moeaudit.limits import SETTINGS_BYTES

    data = b""
    try:
        data = read_whole(own_file(project), SETTINGS_BYTES)
        found = _tool(data, str(project)) if b"moeaudit" in data else {}
    except AuditError:
        if OURS.search((data or _beginning(project)).decode("utf-8", "replace")):
            raise
        return {}
    if not isinstance(found, Mapping):
        raise UsageError("tool.moeaudit is not a table", place=Place(str(project)))
    return found


def _beginning(project: Path) -> bytes:
    """Of a file that is too large; nothing of one that is no file."""
    from moeaudit.evidence.files import own_file, read_span
    from moeaudit.limits import SETTINGS_BYTES

    try:
        return read_span(own_file(project), 0, SETTINGS_BYTES)
    except AuditError:
        return b""


def _tool(data: bytes, file: str) -> object:
    from moeaudit.evidence.toml_text import parsed_toml

    try:
        tool = parsed_toml(data.decode(), file).get("tool")
    except UnicodeDecodeError as error:
        raise UsageError(f"the file is not UTF-8 (byte {error.start})", place=Place(file)) from None
    return tool.get("moeaudit", {}) if isinstance(tool, Mapping) else {}


def _retired(file: str, gone: Retired) -> UsageError:
    return UsageError(
        f"rule {gone.id!r} is no more since {gone.since}", place=Place(file),
        hint=f"Name {' or '.join(gone.replaced_by)} instead.",
    )  # fmt: skip


def _unknown(file: str, what: str, name: str, known: tuple[str, ...]) -> UsageError:
    from moeaudit.nearest import did_you_mean

    return UsageError(
        f"{what} {visible(name, limit=60)!r} is not known",
        place=Place(file) if file else None,
        hint=did_you_mean(name, known, otherwise=f"There are: {', '.join(known[:12])}."),
    )
