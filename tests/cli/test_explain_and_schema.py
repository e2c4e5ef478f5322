"""`moeaudit explain` and `moeaudit schema`: every name they list is answered."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from moeaudit.checks.registry import RULES
from moeaudit.claims.verdicts import MEANINGS
from moeaudit.ledger.denominators import DENOMINATORS
from moeaudit.reports.schemas import SCHEMAS
from moeaudit.vocabulary import Component
from tests.cli.samples import CommandLine

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", DENOMINATORS)
def test_every_denominator_is_explained(cli: CommandLine, name: str) -> None:
    run = cli("explain", name)
    assert (run.code, run.err) == (0, "")
    assert DENOMINATORS[name].definition in " ".join(run.out.split())
    assert " ".join(DENOMINATORS[name].formula.split()) in " ".join(run.out.split())


@pytest.mark.parametrize(
    "name",
    [
        *(component.value for component in Component),
        *(verdict.value for verdict in MEANINGS),
        *RULES,
        "A03",
        "H100-SXM",
    ],
)
def test_other_words_are_explained(cli: CommandLine, name: str) -> None:
    run = cli("explain", name)
    assert (run.code, run.err) == (0, "")
    assert name in run.out and len(run.out) > 2 * len(name) + 15


def test_all_names(cli: CommandLine) -> None:
    listed = cli("explain").out
    assert all(name in listed for name in (*DENOMINATORS, *Component))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_printed_as_it_ships(cli: CommandLine, name: str) -> None:
    run = cli("schema", name)
    assert (run.code, run.err) == (0, "")
    assert run.out == (ROOT / "schemas" / f"{name}.schema.json").read_text()
    jsonschema.Draft202012Validator.check_schema(json.loads(run.out))


def test_all_schemas(cli: CommandLine) -> None:
    assert cli("schema").out.split() == list(SCHEMAS)
