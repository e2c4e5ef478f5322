"""models.dev: one TOML file a model, `providers/<provider>/models/<id>.toml`.

Its limits and prices are a provider's product, not the checkpoint. Format: https://github.com/sst/models.dev
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from moeaudit.claims.catalogues.record import Record, catalogue_source, field_claim
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.errors import Place, UsageError

SOURCE = catalogue_source("models.dev", "https://models.dev")
FIELDS_OF_FILE = {
    ("limit", "context"): "runtime.context_length",
    ("cost", "input"): "runtime.cost_per_million_tokens",
    ("release_date",): "governance.release_date",
    ("open_weights",): "governance.distribution",
}


def models_dev(text: str, file: str) -> Record | None:
    """The claims of one models.dev file, or None where the file is none. Raises UsageError for TOML that cannot
    be read."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        place = Place(file, int(found[1]), int(found[2])) if found else Place(file)
        raise UsageError(f"not valid TOML: {str(error).partition(' (at')[0]}", place=place) from None
    if "limit" not in data or "name" not in data:
        return None
    parts = file.replace("\\", "/").removesuffix(".toml").split("/")
    model_id = "/".join(parts[parts.index("models") + 1 :]) if "models" in parts else parts[-1]
    return Record("models.dev", model_id or str(data["name"]), tuple(_claims(data, text, file)), Distribution.HOSTED)


def _claims(data: dict[str, Any], text: str, file: str) -> Iterator[Claim]:
    for keys, path in FIELDS_OF_FILE.items():
        value: Any = data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            place = _place(text, keys, file)
            if path == "governance.distribution":
                value = "downloadable" if value else "hosted"
            yield field_claim(path, value, str(value), place, SOURCE)


def _place(text: str, keys: tuple[str, ...], file: str) -> Place:
    """Where `key = value` stands in its table; TOML readers keep no positions."""
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := re.match(r"\s*\[([\w.-]+)\]", line):
            table = header[1]
        elif table == ".".join(keys[:-1]) and (found := re.match(rf"\s*{re.escape(keys[-1])}\s*=\s*", line)):
            return Place(file, number, found.end() + 1)
    return Place(file)
