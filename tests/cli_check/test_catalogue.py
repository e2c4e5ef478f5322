"""Whole catalogues as a process: one table, evidence by the ids that records name, and nothing that stops the run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from moeaudit.cli.catalogue import are_catalogues
from tests.cli_check.conftest import Run

MIXTRAL = "mistralai/Mixtral-8x7B-v0.1"
RECIPE = """\
model:
  model_id: {id}
  parameter_count: "{total}"
  active_parameters: "12.9B"
  context_length: 32768
variants:
  default: {{precision: bf16, vram_minimum_gb: 112}}
guide: |
  ## Overview

  {said}
"""


@pytest.fixture
def catalogue(repo: Path) -> Path:
    """A checked-out catalogue beside a folder of evidence: a right record, a wrong one, one without evidence, and one
    that is broken."""
    root = repo / "work"
    folder = root / "catalogue"
    (folder / "models").mkdir(parents=True)
    (folder / "README.md").write_text("# Recipes\n")
    (folder / "package.json").write_text('{"name": "site"}')
    for name, text in {
        "right": RECIPE.format(id=MIXTRAL, total="46.7B", said="Serve it."),
        "wrong": RECIPE.format(id=MIXTRAL.upper(), total="45B", said="Mixtral 8x7B has 99B total parameters."),
        "absent": RECIPE.format(id="orchard/Pear-90B", total="90B", said="Serve it."),
        "broken": "model: {model_id: x, parameter_count: [",
    }.items():
        (folder / "models" / f"{name}.yaml").write_text(text)
    evidence = root / "evidence"
    evidence.mkdir()
    (repo / "mixtral.evidence.json").rename(evidence / f"{MIXTRAL.replace('/', '--')}.evidence.json")
    return folder


def document(run: Run, catalogue: Path, *words: str, code: int) -> dict[str, Any]:
    result = run("check", *words, "--evidence", "evidence", "--format", "json", cwd=catalogue.parent, code=code)
    found: dict[str, Any] = json.loads(result.stdout)["catalogue"]
    return found


def test_the_settings_of_a_program_are_no_model(run: Run, catalogue: Path) -> None:
    """A config.json without one key of a model's says nothing about whose folder it is."""
    (catalogue / "config.json").write_text('{"upstream_url": "https://example.org/a.json", "sync_mode": "additive"}')
    assert document(run, catalogue, "catalogue", code=1)["records"] == 3
    (catalogue / "config.json").write_text('{"model_type": "mixtral"}')
    said = run("check", "catalogue", "--evidence", "evidence", "--format", "json", cwd=catalogue.parent)
    assert "catalogue" not in json.loads(said.stdout or "{}"), "a model's folder is no catalogue"


def test_every_row_links_the_model(run: Run, catalogue: Path) -> None:
    page = f"https://huggingface.co/{MIXTRAL}".casefold()
    said = run("check", "catalogue", "--evidence", "evidence", cwd=catalogue.parent, code=1).stdout
    assert page in said.casefold() and "https://recipes.vllm.ai/" in said
    (catalogue / "models" / "wrong.yaml").unlink()
    provider = catalogue / "providers" / "orchard" / "models" / "mistralai"
    provider.mkdir(parents=True)
    record = 'name = "Mixtral"\nopen_weights = false\n[limit]\ncontext = 999999\n'
    (provider / "Mixtral-8x7B-v0.1.toml").write_text(record)
    words = ["catalogue/providers", "--evidence", "evidence", "--format", "markdown"]
    said = run("check", *words, cwd=catalogue.parent).stdout
    assert page in said.casefold(), said


def test_a_folder_is_one_table(run: Run, catalogue: Path) -> None:
    found = document(run, catalogue, "catalogue", code=1)
    assert (found["files"], found["records"], found["checked"]) == (4, 3, 2)
    wrong = {
        (one["path"], one["catalogue"]): one["location"]["line"]
        for one in found["differences"]
        if one["location"]["file"] == "catalogue/models/wrong.yaml"
    }
    assert wrong["architecture.total_parameters", "45B"] == 3
    assert wrong["architecture.total_parameters", "99B"] == 11
    assert [one["id"] for one in found["without_evidence"]] == ["orchard/Pear-90B"]
    assert [one["location"]["file"] for one in found["unread"]] == ["catalogue/models/broken.yaml"]


@pytest.mark.parametrize(
    ("name", "records"),
    [("list.json", 4), ("list.txt", 3), (".list.json", 3), (".old/list.json", 3), ("a/list.JSON", 4)],
)
def test_of_a_folder_only_what_is_named_like_a_catalogue_is_read(
    name: str, records: int, run: Run, catalogue: Path
) -> None:
    file = catalogue / name
    file.parent.mkdir(exist_ok=True)
    file.write_text('{"data": [{"id": "orchard/Quince-7B", "context_length": 4096}]}')
    assert document(run, catalogue, "catalogue", code=1)["records"] == records


def test_what_prose_says_fails_no_gate(run: Run, catalogue: Path) -> None:
    wrong = catalogue / "models" / "wrong.yaml"
    wrong.write_text(wrong.read_text().replace("45B", "46.7B"))
    result = run("check", "catalogue", "--evidence", "evidence", cwd=catalogue.parent, code=0, COLUMNS="200")
    line = next(line for line in result.stdout.splitlines() if "wrong.yaml:11" in line)
    assert "99B" in line
    assert line.strip().startswith("warning[")


def test_a_wide_table_has_its_columns_below_each_other(run: Run, catalogue: Path) -> None:
    said = run("check", "catalogue", "--evidence", "evidence", cwd=catalogue.parent, code=1, COLUMNS="200").stdout
    head, *rows = said.split("\n\n", 1)[0].splitlines()
    assert head.split() == ["Finding", "Model", "Claim", "Catalogue", "Evidence", "Fits", "Where"]
    starts = [head.index(word) for word in head.split()]
    assert [row[starts[0] :].partition("[")[0] for row in rows if "[" in row] == ["error", "warning"]
    for row in rows:
        assert all(row[start - 2 : start].strip() == "" for start in starts)


def test_the_text_names_place_evidence_and_what_was_left_out(run: Run, catalogue: Path) -> None:
    plain = run("check", "catalogue", "--evidence", "evidence", cwd=catalogue.parent, code=1).stdout
    assert "catalogue/models/wrong.yaml:3" in plain
    assert "46,702,792,704" in plain
    assert re.search(r"broken\.yaml:\d: not valid YAML", plain)
    assert "Pear" not in plain
    last = " ".join(plain.rpartition("\n\n")[2].split())
    assert last == "3 records in 4 files: 2 with evidence, 1 without, 1 unread; 1 error, 1 warning, 0 notes"
    everything = run("check", "catalogue", "--evidence", "evidence", "--all", cwd=catalogue.parent, code=1).stdout
    assert "orchard/Pear-90B" in everything


def test_every_format_and_changed_lines(run: Run, catalogue: Path) -> None:
    names = ("json", "sarif", "github", "junit", "markdown")
    words = [word for name in names for word in ("--format", f"{name}=out.{name}")]
    run("check", "catalogue", "--evidence", "evidence", *words, cwd=catalogue.parent, code=1)
    assert all("total-contradicted" in (catalogue.parent / f"out.{name}").read_text() for name in names)
    assert "`catalogue/models/wrong.yaml:3`" in (catalogue.parent / "out.markdown").read_text()


def test_a_value_taken_over_is_one_difference(run: Run, catalogue: Path) -> None:
    root = catalogue.parent / "dev"
    (root / "models" / "lab").mkdir(parents=True)
    (root / "models" / "lab" / "mix.toml").write_text(
        'name = "Mix"\nopen_weights = true\n[parameters]\ntotal = 45_000_000_000\n'
        f'[[weights]]\nurl = "https://huggingface.co/{MIXTRAL}"\n'
    )
    for provider in "abc":
        (root / "providers" / provider / "models").mkdir(parents=True)
        (root / "providers" / provider / "models" / "mix.toml").write_text('base_model = "lab/mix"\n')
    found = document(run, catalogue, "dev", code=1)
    (one,) = (one for one in found["differences"] if one["path"] == "architecture.total_parameters")
    assert (one["records"], one["location"]["file"], one["location"]["line"]) == (4, "dev/models/lab/mix.toml", 4)
    assert found["checked"] == 4


def test_an_assumed_model_is_a_warning_at_most(run: Run, catalogue: Path) -> None:
    prices = {f"stall/{MIXTRAL}": {"litellm_provider": "stall", "max_input_tokens": 1_000_000}}
    (catalogue.parent / "prices.json").write_text(json.dumps(prices))
    found = document(run, catalogue, "prices.json", code=0)
    assert [(one["path"], one["model_stated"]) for one in found["differences"]] == [("runtime.context_length", False)]


def test_a_comment_on_thousands_of_records_fits_and_counts_the_rest(run: Run, catalogue: Path) -> None:
    """Each record gives Mixtral another context than its 32,768."""
    models = [{"id": f"a/{one}", "hugging_face_id": MIXTRAL, "context_length": 40_000 + one} for one in range(2_000)]
    (catalogue.parent / "list.json").write_text(json.dumps({"data": models}))
    words = ("check", "list.json", "--evidence", "evidence", "-o", "out.md", "-o", "out.html", "--format", "text")
    text = run(*words, cwd=catalogue.parent, COLUMNS="200").stdout
    assert text.count("context-above-config]") == 2_000
    page, comment = ((catalogue.parent / name).read_text() for name in ("out.html", "out.md"))
    told = comment.count("`context-above-config`")
    assert len(comment) <= 65_536 and 100 < told < 2_000
    assert f"{2_000 - told:,} more findings are left out here" in comment and "2,000 records in 1 file" in comment
    assert page.count("<code>context-above-config</code>") == 2_000


def test_one_model_is_taken_from_a_file_of_many(run: Run, catalogue: Path) -> None:
    models = [{"id": "a/b", "hugging_face_id": id, "context_length": 999_999} for id in ("orchard/pear", MIXTRAL)]
    (catalogue.parent / "list.json").write_text(json.dumps({"data": models}, indent=1))
    evidence = f"evidence/{MIXTRAL.replace('/', '--')}.evidence.json"
    result = run("check", "list.json", "--model", evidence, cwd=catalogue.parent, code=0)
    assert "list.json:11" in result.stdout
    models[1]["hugging_face_id"] = "orchard/plum"
    (catalogue.parent / "list.json").write_text(json.dumps({"data": models}))
    said = run("check", "list.json", "--model", evidence, cwd=catalogue.parent, code=2).stderr
    assert said == f"moeaudit: list.json: no record of {MIXTRAL}.\n"


def test_nothing_foreign_reaches_the_terminal(run: Run, catalogue: Path) -> None:
    evil = "\x1b[2J\u202e | [x](javascript:1) @team"
    models = [
        {"id": evil, "hugging_face_id": MIXTRAL, "context_length": 999_999},
        {"id": f"{evil}\ud800", "context_length": 1},
        {"id": f"{evil}\ud800", "hugging_face_id": MIXTRAL, "context_length": 1},
    ]
    (catalogue.parent / "list.json").write_text(json.dumps({"data": models}))
    words = ("check", "list.json", "--evidence", "evidence", "--all", "--format", "markdown=out.md", "--format", "text")
    result = run(*words, cwd=catalogue.parent, code=0)
    page = (catalogue.parent / "out.md").read_text()
    assert "2 records" in page
    assert not {"\x1b", "\u202e"} & set(result.stdout + page)
    assert "[x]" not in page
    assert "@team" not in page


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("a.toml", "[", 2), ("a.toml", "a = 1", 2), ("a.json", "{}", 2), ("a.yaml", "a: [", 2), ("absent.toml", None, 2)],
)
def test_where_nothing_can_be_read(name: str, text: str | None, code: int, run: Run, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    assert "Traceback" not in run("check", name, cwd=tmp_path, code=code).stderr


@pytest.mark.parametrize(
    ("words", "code", "tells"),
    [
        ("", 1, False),  # the table ends with the same line
        ("--format text=out.txt", 1, True),
        ("--format json", 1, True),
        ("--format json --exit-zero", 0, True),
        ("--format json --fail-on never", 0, True),
    ],
)
def test_the_line_on_stderr(words: str, code: int, tells: bool, run: Run, catalogue: Path) -> None:
    """Three records can be read, two of them are of the model at hand; the broken file is one of the four."""
    said = run("check", "catalogue", "--evidence", "evidence", *words.split(), cwd=catalogue.parent, code=code).stderr
    line = "moeaudit check: 3 records in 4 files: 2 with evidence, 1 without, 1 unread; "
    assert said.startswith(line) is tells and said.count("\n") == int(tells)


@pytest.mark.parametrize(("form", "there"), [("github", True), ("markdown", False)])
def test_the_summary_is_githubs_alone(form: str, there: bool, run: Run, catalogue: Path) -> None:
    summary = catalogue.parent / "summary.md"
    words = ("check", "catalogue", "--evidence", "evidence", "--format", form)
    run(*words, cwd=catalogue.parent, code=1, GITHUB_STEP_SUMMARY=str(summary))
    assert summary.exists() is there


@pytest.mark.parametrize(
    ("names", "all_are"),
    [
        ([], False),
        (["a.yaml"], True),
        (["a.yaml", "a.yaml"], True),
        (["a.yaml", "README.md"], False),
        (["a.yaml", "b.txt"], False),
        (["README.markdown"], False),
        (["a.claims.yaml"], False),
        (["config.json"], False),
    ],
)
def test_what_is_a_catalogue(names: list[str], all_are: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By content, but for endings that say what a file is."""
    monkeypatch.chdir(tmp_path)
    for name in names:
        Path(name).write_text(RECIPE.format(id=MIXTRAL, total="46.7B", said="Serve it."))
    if "b.txt" in names:
        Path("b.txt").write_text("words\n")
    assert are_catalogues([Path(name) for name in names]) is all_are


def test_evidence_that_cannot_be_read_is_evidence_that_is_not_there(run: Run, catalogue: Path) -> None:
    (catalogue.parent / "evidence" / "orchard--Pear-90B.evidence.json").write_text("{")
    found = document(run, catalogue, "catalogue", code=1)
    assert len(found["without_evidence"]) == 1 and "orchard/Pear-90B" in str(found["without_evidence"])
