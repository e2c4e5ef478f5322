"""SARIF, GitHub annotations, JUnit, Markdown and JSON: what their readers demand, with hostile text in every field."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt
from pydantic import BaseModel, ConfigDict, Field

from moeaudit.checks.audit import Failed
from moeaudit.checks.finding import Severity
from moeaudit.errors import Place, UsageError
from moeaudit.reports import check_json, github, junit, sarif
from moeaudit.reports.check_views import FORMATS, views
from moeaudit.reports.comment import MARKER
from moeaudit.reports.schemas import schema_text
from moeaudit.reports.shown import Shown
from tests.cli_check.samples import as_comment, audit_with, finding, usual

HIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "pdf"])
def test_nothing_invisible_comes_out(form: str, tmp_path: Path) -> None:
    text = str(views([usual(tmp_path)])[form]())
    assert HIDDEN.search(text) is None and text.endswith("\n")
    assert text == views([usual(tmp_path)])[form]()


class Strict(BaseModel):
    """SARIF 2.1.0 as far as it is used, from sections 3.13 to 3.58 of the standard; nothing else may stand there."""

    model_config = ConfigDict(extra="forbid")


class Message(Strict):
    text: str = Field(min_length=1)


class Multiformat(Message):
    markdown: str | None = None


class Configuration(Strict):
    level: str = Field(pattern="^(none|note|warning|error)$")


class Descriptor(Strict):
    id: str = Field(min_length=1)
    shortDescription: Multiformat  # noqa: N815
    fullDescription: Multiformat  # noqa: N815
    help: Multiformat
    defaultConfiguration: Configuration  # noqa: N815
    properties: dict[str, str | list[str]]


class Driver(Strict):
    name: str
    version: str
    semanticVersion: str = Field(pattern=r"^\d+\.\d+\.\d+")  # noqa: N815
    rules: list[Descriptor]


class Tool(Strict):
    driver: Driver


class Artifact(Strict):
    uri: str = Field(pattern=r"^[!-~]+$")
    uriBaseId: str | None = None  # noqa: N815


class Region(Strict):
    startLine: int = Field(ge=1)  # noqa: N815
    startColumn: int | None = Field(None, ge=1)  # noqa: N815
    endColumn: int | None = Field(None, ge=1)  # noqa: N815


class Physical(Strict):
    artifactLocation: Artifact  # noqa: N815
    region: Region


class Logical(Strict):
    fullyQualifiedName: str  # noqa: N815


class ResultLocation(Strict):
    physicalLocation: Physical  # noqa: N815
    logicalLocations: list[Logical] = []  # noqa: N815


class Suppression(Strict):
    kind: str = Field(pattern="^(inSource|external)$")
    justification: str


class Deleted(Region):
    startColumn: int = Field(ge=1)  # noqa: N815
    endColumn: int = Field(ge=2)  # noqa: N815


class Replacement(Strict):
    deletedRegion: Deleted  # noqa: N815
    insertedContent: Message  # noqa: N815


class ArtifactChange(Strict):
    artifactLocation: Artifact  # noqa: N815
    replacements: list[Replacement] = Field(min_length=1)


class SarifFix(Strict):
    description: Message
    artifactChanges: list[ArtifactChange] = Field(min_length=1)  # noqa: N815


class Result(Strict):
    ruleId: str  # noqa: N815
    ruleIndex: int = Field(ge=0)  # noqa: N815
    level: str = Field(pattern="^(none|note|warning|error)$")
    message: Message
    locations: list[ResultLocation] = Field(min_length=1)
    partialFingerprints: dict[str, str]  # noqa: N815
    suppressions: list[Suppression]
    properties: dict[str, str]
    fixes: list[SarifFix] = Field([], min_length=1)


class Automation(Strict):
    id: str


class Base(Strict):
    description: Message


class Notification(Strict):
    level: str = Field(pattern="^(none|note|warning|error)$")
    message: Message


class Invocation(Strict):
    executionSuccessful: bool  # noqa: N815
    toolExecutionNotifications: list[Notification]  # noqa: N815


class SarifRun(Strict):
    tool: Tool
    automationDetails: Automation  # noqa: N815
    columnKind: str = Field(pattern="^(utf16CodeUnits|unicodeCodePoints)$")  # noqa: N815
    originalUriBaseIds: dict[str, Base]  # noqa: N815
    results: list[Result]
    invocations: list[Invocation] = Field([], min_length=1)


class Log(Strict):
    schema_: str = Field(alias="$schema")
    version: str = Field(pattern=r"^2\.1\.0$")
    runs: list[SarifRun] = Field(min_length=1)


def test_sarif_has_the_structure_of_the_standard(tmp_path: Path) -> None:
    run = Log.model_validate_json(sarif.render([usual(tmp_path)])).runs[0]
    assert [run.tool.driver.rules[result.ruleIndex].id for result in run.results] == [
        result.ruleId for result in run.results
    ]
    first = run.results[0].locations[0].physicalLocation
    assert first.region == Region(startLine=6, startColumn=18, endColumn=21)  # the three characters of 45B
    assert first.artifactLocation == Artifact(uri="README.md", uriBaseId="%SRCROOT%")
    assert [[suppression.justification for suppression in result.suppressions] for result in run.results] == [
        [],
        [],
        [],
        ["the next release corrects it"],
    ]
    assert run.results[1].locations[0].logicalLocations[0].fullyQualifiedName == "config.json: tie_word_embeddings"


def test_sarif_tells_what_could_not_be_checked(tmp_path: Path) -> None:
    failed = Failed(("b.claims.yaml",), UsageError("the file is not YAML\x1b", place=Place("b.claims.yaml", 3)))
    run = Log.model_validate_json(sarif.render([usual(tmp_path)], [failed])).runs[0]
    said = Notification(level="error", message=Message(text="b.claims.yaml:3: the file is not YAML\\x1b."))
    assert run.invocations == [Invocation(executionSuccessful=False, toolExecutionNotifications=[said])]
    assert Log.model_validate_json(sarif.render([usual(tmp_path)])).runs[0].invocations == []


def test_sarif_against_the_official_schema(tmp_path: Path) -> None:
    """MOEAUDIT_SARIF_SCHEMA: a copy of sarif-schema-2.1.0.json (OASIS, errata 01), not part of this project."""
    path = os.environ.get("MOEAUDIT_SARIF_SCHEMA")
    if not path:
        pytest.skip("MOEAUDIT_SARIF_SCHEMA names no copy of the OASIS schema")
    jsonschema.Draft4Validator(json.loads(Path(path).read_text())).validate(sarif.document([usual(tmp_path)]))


def test_sarif_fingerprints_survive_a_move_and_tell_repetitions_apart(tmp_path: Path) -> None:
    place = Place("README.md", 60, 3, "architecture.total_parameters")

    def prints(*findings: object) -> list[str]:
        results = sarif.document([audit_with(tmp_path, *findings)])["runs"][0]["results"]  # type: ignore[arg-type]
        return [result["partialFingerprints"]["moeaudit/v1"] for result in results]

    assert prints(finding()) == prints(finding(place=place))
    assert len(set(prints(finding(), finding(place=place)))) == 2
    assert prints(finding()) != prints(finding(claimed="46B"))


@pytest.mark.parametrize(
    ("file", "uri"), [("docs/a b#c.md", "docs/a%20b%23c.md"), ("карта.md", "%D0%BA%D0%B0%D1%80%D1%82%D0%B0.md")]
)
def test_sarif_addresses_are_relative_and_encoded(file: str, uri: str) -> None:
    assert sarif.artifact(file) == sarif.artifact(str(Path.cwd() / file)) == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as the runner reads them. (actions/runner: src/Runner.Common/ActionCommand.cs)"""
    found = []
    for line in text.splitlines():
        matched = re.fullmatch(r"::([a-z]+) ([^:]*)::(.*)", line)
        assert matched is not None, line
        properties = dict(part.split("=", 1) for part in matched[2].split(","))
        for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            properties = {name: value.replace(code, character) for name, value in properties.items()}
        said = matched[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        found.append((matched[1], properties, said))
    return found


def test_annotations_are_one_command_a_line(tmp_path: Path) -> None:
    found = commands(github.render([usual(tmp_path)]))
    assert [(level, properties["file"], properties["line"]) for level, properties, _ in found] == [
        ("error", "README.md", "6"),
        ("warning", "README.md", "1"),
        ("notice", "README.md", "1"),
    ]
    assert found[0][1] | {"title": ""} == {
        "file": "README.md",
        "line": "6",
        "col": "18",
        "endColumn": "21",
        "title": "",
    }
    assert "claimed: 45B\nevidence: total.full = 46,702,792,704" in found[0][2]
    assert "config.json (tie_word_embeddings)" in found[1][2]
    assert "%0A::error::x,y:z" in found[2][2]  # as text, not as a command


@pytest.mark.parametrize(("number", "lines", "left"), [(10, 10, 0), (11, 10, 2), (500, 10, 491)])
def test_at_most_ten_annotations_of_a_level(number: int, lines: int, left: int, tmp_path: Path) -> None:
    found = commands(github.render([audit_with(tmp_path, *[finding()] * number)]))
    assert len(found) == lines
    assert left == 0 or found[-1][2] == f"{left} more of this level are in the step summary"


def test_junit_counts_and_takes_control_characters(tmp_path: Path) -> None:
    root = ElementTree.fromstring(junit.render([usual(tmp_path)]))
    suite = root[0]
    cases = {case.get("name"): case for case in suite}
    assert (suite.get("failures"), suite.get("skipped"), suite.get("tests")) == ("2", "1", str(len(cases)))
    assert cases["total-contradicted"].find("failure").get("type") == "error"  # type: ignore[union-attr]
    assert cases["layers-contradicted"].find("skipped").get("message") == "the next release corrects it"  # type: ignore[union-attr]
    assert "\\x1b[31mred" in (cases["unclassified"].findtext("system-out") or "")
    assert not list(cases["active-contradicted"])  # a rule that found nothing is a case that passes


@pytest.mark.parametrize("character", [chr(code) for code in (0, 8, 0xB, 0x1F, 0x7F, 0x85, 0xD800, 0xFFFE, 0xFFFF)])
def test_junit_is_xml_whatever_the_text(character: str, tmp_path: Path) -> None:
    text = junit.render([audit_with(tmp_path, finding(message=f"a{character}b", suppressed=f"c{character}"))])
    ElementTree.fromstring(text.encode())


def test_comment_begins_with_its_marker_and_shows_hostile_text_as_text(tmp_path: Path) -> None:
    text = as_comment(usual(tmp_path))
    assert text.startswith(f"{MARKER}\n")
    html = MarkdownIt("commonmark").enable("table").render(text)
    outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert "<img" not in outside and "<a " not in outside and "&lt;img src=x&gt;" in outside
    assert not re.search(r"[@#]\w|https?://", re.sub(r"<[^>]*>", "\x00", outside))  # nothing left to mention or link
    assert "the next release corrects it" in html


def test_no_row_of_a_comment_is_broken_by_a_bar(tmp_path: Path) -> None:
    """The card states four figures, one of them in a table; one suppressed finding stands in a list."""
    html = MarkdownIt("commonmark").enable("table").render(as_comment(usual(tmp_path), shown=Shown(all=True)))
    assert html.count("<table>") == 3 and html.count("<tr>") == (1 + 4) + (1 + 3) + (1 + 2)
    assert html.count("<ul>") == 3 + 1, "the sides of each finding, and what is set aside"


def test_comment_fits_and_counts_what_it_leaves_out(tmp_path: Path) -> None:
    many = [finding(message=f"{number} {'x' * 700}") for number in range(400)]
    text = as_comment(audit_with(tmp_path, *many))
    assert len(text) <= 65_536
    shown = text.count(r"**error**\[`total-contradicted`\]")
    assert 30 < shown < 400
    assert f"{400 - shown} more findings are left out here" in text and "400 errors" in text


def test_comment_on_many_models_fits(tmp_path: Path) -> None:
    text = as_comment(*[audit_with(tmp_path, finding())] * 60)
    assert len(text) <= 65_536 and text.count("\n## `mistralai/Mixtral-8x7B-v0.1`") == 60
    assert text.count("| `mistralai/Mixtral-8x7B-v0.1` | |") == 60


@pytest.mark.parametrize("models", [500, 2_000])
def test_comment_on_more_models_than_fit_counts_them(models: int, tmp_path: Path) -> None:
    text = as_comment(*[audit_with(tmp_path, finding())] * models, shown=Shown(all=True))
    told = text.count("| `mistralai/Mixtral-8x7B-v0.1` | |")
    assert len(text) <= 65_536 and 0 < told < models
    assert "more models are left out here" in text and f"{models:,} errors" in text


def test_json_follows_its_schema(tmp_path: Path) -> None:
    document = json.loads(
        check_json.render([usual(tmp_path), audit_with(tmp_path, finding(severity=Severity.WARNING))])
    )
    jsonschema.Draft202012Validator(json.loads(schema_text("check"))).validate(document)
    assert document["summary"] == {"error": 1, "warning": 2, "note": 1, "suppressed": 1}
    assert document["claims"][1] == {
        "path": "architecture.total_parameters",
        "value": "45B",
        "origin": "card",
        "stated_denominator": None,
        "verdict": "contradicted",
        "denominators": {},
        "denominator": None,
        "reason": "",
        "location": {"file": "README.md", "line": 6, "column": 18, "path": "architecture.total_parameters"},
    }
    assert set(document["findings"][0]) == {
        "rule",
        "title",
        "outcome",
        "severity",
        "confidence",
        "message",
        "location",
        "claimed",
        "derived",
        "tip",
        "url",
        "fingerprint",
        "suppressed",
        "fix",
        "unfixed",
    }
