"""`check --trust-base`: the project's settings as the base revision has them, and what the work tree says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from moeaudit.audits.settings import DEFAULTS, FILES, ProjectSettings, found_settings, read_settings
from moeaudit.checks.gate import NOTHING, Change
from moeaudit.errors import AuditError, Place, UsageError
from moeaudit.evidence.base import Base
from moeaudit.evidence.files import read_whole
from moeaudit.limits import SETTINGS_BYTES
from moeaudit.text import visible

LONG = 80


def base_settings(
    base: Base, folder: Path, persona: str | None, fail_on: str | None, *, strict: bool | None
) -> tuple[ProjectSettings, tuple[Change, ...]]:
    """The settings that the base has for this folder, and what the folder has otherwise. UsageError where the base's
    cannot be read."""
    inside = base.inside(folder)
    if inside is None:
        raise UsageError("--trust-base: the folder is outside of its repository", place=Place(str(folder)))
    for name in FILES:
        base.bring(inside / name)
    try:
        settings = read_settings(base.there(inside), persona, fail_on, strict=strict)
    except AuditError as error:
        name = Path(error.place.file).name if error.place else ""
        raise UsageError(
            f"the base's settings cannot be read: {error.message}", place=Place(f"{base.revision}:{inside / name}")
        ) from None
    return settings, tuple(settings_changed(folder, base.there(inside)))


def settings_changed(folder: Path, before: Path) -> Iterator[Change]:
    """Each setting that is not as before, at its line; what is gone, in the file that had it."""
    old_file, found = found_settings(before)
    old = flat(found)
    try:
        file, found = found_settings(folder)
    except AuditError as error:
        place = error.place or Place(str(folder))
        name = Path(place.file).name
        yield Change(replaced(place, name), f"what cannot be read: {visible(error.message, limit=LONG)}", told(old))
        return
    now = flat(found)
    name = Path(file or old_file).name
    for key in [*now, *(key for key in old if key not in now)]:
        if now.get(key) != old.get(key):
            line = line_of(folder / name, key) if key in now else None
            yield Change(Place(name, line, path=key), shown(key, now), shown(key, old))


def flat(found: Mapping[str, Any]) -> dict[str, str]:
    """Every setting with its value as text, the defaults and each rule that is off among them."""
    off = found.get("off") or {}
    rules = (
        {f"off.{rule}": str(reason) for rule, reason in off.items()} if isinstance(off, Mapping) else {"off": str(off)}
    )
    rest = {str(key): str(value).lower() for key, value in found.items() if key != "off"}
    return {**DEFAULTS, **rest, **rules}


def shown(key: str, values: Mapping[str, str]) -> str:
    if key in values:
        return f"{visible(key, limit=LONG)}: {visible(values[key], limit=LONG)}"
    return f"no {visible(key, limit=LONG)}" if key.startswith("off.") else NOTHING


def told(values: Mapping[str, str]) -> str:
    set_here = [shown(key, values) for key, value in values.items() if DEFAULTS.get(key) != value]
    return ", ".join(set_here) or "the defaults"


def replaced(place: Place, file: str) -> Place:
    return Place(file, place.line, place.column, place.path)


def line_of(path: Path, key: str) -> int | None:
    """The line on which a setting is written, by its last word; None where that is not to be seen."""
    word = re.escape(key.partition(".")[2] or key)
    try:
        lines: Sequence[str] = read_whole(path, SETTINGS_BYTES).decode("utf-8", "replace").splitlines()
    except AuditError:
        return None
    begins = re.compile(rf"""[\s{{,]*(off\s*[.:]\s*[{{]?\s*)?["']?{word}["']?\s*[:=]""")
    return next((number for number, line in enumerate(lines, 1) if begins.match(line)), None)
