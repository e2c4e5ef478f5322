"""What a mistyped name is taken to mean, wherever one may be typed: the known name most like it, where one is like
enough. How alike two names are, difflib says; how alike is enough, a name that is just so and one that is just not,
stand here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from moeaudit.audits.settings import KEYS, read_settings
from moeaudit.claims.file import parse_claims
from moeaudit.claims.models import ClaimFile
from moeaudit.cli.schema import schema
from moeaudit.costs import devices
from moeaudit.costs.engines.read import engine, names
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.fleet_models import FleetFile
from moeaudit.errors import UsageError
from moeaudit.reports.explain import explanation, topics
from moeaudit.reports.schemas import SCHEMAS


def setting(name: str) -> object:
    Path("moeaudit.yaml").write_text(f"{name}: error\n")
    return read_settings(Path())


def keys(model: type[ClaimFile] | type[FleetFile]) -> Collection[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


CLAIMS = "schema: moeaudit/claims/v1\nmodel: {id: a/b}\n"
FLEET = "schema: moeaudit/fleet/v1\ndevices: {type: H200}\n"
KNOWN: dict[str, tuple[Callable[[str], object], Collection[str], float]] = {
    "schema": (schema, SCHEMAS, 0.4),
    "setting": (setting, KEYS, 0.5),
    "engine": (engine, names(), 0.3),
    "key of a fleet": (lambda name: parse_fleet(f"{FLEET}{name}: 1\n", "f"), keys(FleetFile), 0.5),
    "key of claims": (lambda name: parse_claims(f"{CLAIMS}{name}: 1\n", "c"), keys(ClaimFile), 0.6),
    "topic": (explanation, {word.casefold() for one in topics() for word in (*one.aliases, one.name)}, 0.5),
    "device": (devices.device, devices.known(), 0.25),
}


@pytest.mark.parametrize(
    ("what", "name", "meant"),
    [
        ("schema", "c", "spec"),
        ("schema", "evideqqqqqqqqqqqqq", ""),
        ("setting", "f", "off"),
        ("setting", "fail-oqqqqqqqqqqqq", ""),
        ("engine", "vllqqqqqqqqqqqqq", "vllm"),
        ("engine", "tensqqqqqqqqqqq", ""),
        ("key of a fleet", "naqq", "name"),
        ("key of a fleet", "schemaqqqqqqqqqqqqq", ""),
        ("key of claims", "schq", "schema"),
        ("key of claims", "architecqqqqqqq", ""),
        ("topic", "30qqq", "A30"),
        ("topic", "3090qqqqqqqqq", ""),
        ("device", "aqqqq", "A30"),
        ("device", "a1qqqqqqqqqqq", ""),
    ],
)
def test_a_name_is_taken_for_one_that_is_like_enough(
    what: str, name: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ask, known, enough = KNOWN[what]
    like = max(SequenceMatcher(None, word, name).ratio() for word in known)
    assert enough <= like < 1.1 * enough if meant else 0.9 * enough < like < enough
    with pytest.raises(UsageError) as raised:
        ask(name)
    hint = raised.value.hint or ""
    assert hint.replace("'", "").startswith(f"Did you mean {meant}") if meant else "Did you mean" not in hint
