"""The project's settings: which value holds, what is refused, and what `--trust-base` tells of a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.audits.settings import ProjectSettings, found_settings, read_settings
from moeaudit.checks.rule import Persona
from moeaudit.claims.file import read_claim_file
from moeaudit.cli import trusting
from moeaudit.errors import Place, UsageError
from tests.cli_check.conftest import CARD, Run


def settings(folder: Path, text: str | None, **line: str | bool | None) -> ProjectSettings:
    if text is not None:
        (folder / "moeaudit.yaml").write_text(text)
    return read_settings(folder, **line)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [  # persona, threshold, strict
        (None, {}, (Persona.DEFAULT, "error", False)),
        ("fail-on: note\npersona: auditor\nstrict: true\n", {}, (Persona.AUDITOR, "note", True)),
        ("fail-on: note\n", {"fail_on": "never"}, (Persona.DEFAULT, "never", False)),
        ("persona: auditor\n", {"persona": "pedantic"}, (Persona.PEDANTIC, "error", False)),
        ("strict: true\n", {"strict": False}, (Persona.DEFAULT, "error", False)),
        ("strict: true\n", {"strict": None}, (Persona.DEFAULT, "error", True)),
        ("strict: false\n", {"strict": True}, (Persona.DEFAULT, "error", True)),
        ("{}\n", {"fail_on": "warning"}, (Persona.DEFAULT, "warning", False)),
    ],
)
def test_options_win_over_the_file_and_the_file_over_the_defaults(
    text: str | None, line: dict[str, str | bool | None], wanted: tuple[Persona, str, bool], tmp_path: Path
) -> None:
    found = settings(tmp_path, text, **line)
    assert (found.rules.persona, found.fail_on, found.rules.strict) == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("failon: error\n", "setting 'failon' is not known. Did you mean fail-on?"),
        ("zzzz: error\n", "setting 'zzzz' is not known. There are: fail-on, persona, strict, off."),
        ("fail-on: errors\n", "threshold 'errors' is not known. Did you mean error?"),
        ("persona: nobody\n", "persona 'nobody' is not known. There are: default, pedantic, auditor."),
        ("strict: perhaps\n", "strict 'perhaps' is not known. There are: true, false."),
        ("off: [total-contradicted]\n", "moeaudit.yaml (off): off is not a table of rule and reason."),
        ("off: {total-contradict: so}\n", "rule 'total-contradict' is not known. Did you mean total-contradicted?"),
        ("off: {total-contradicted: ''}\n", "(off.total-contradicted): rule total-contradicted is switched off"),
        ("off: {total-contradicted: ' '}\n", "is switched off without a reason. Write why."),
        ("off: {total-contradicted: 5}\n", "is switched off without a reason. Write why."),
        ("- a\n", "the settings are not a table of keys. Known keys: fail-on, persona, strict, off."),
    ],
)
def test_settings_that_are_not_known(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        settings(tmp_path, text)
    assert says in str(raised.value) and "moeaudit.yaml" in str(raised.value)


def test_of_many_known_names_a_few_are_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        settings(tmp_path, "off: {zzzzzzzzzzzzzzzzzzzzzzzzzzzzz: so}\n")
    assert (raised.value.hint or "").startswith("There are: ") and (raised.value.hint or "").count(", ") == 11


@pytest.mark.parametrize(
    ("own", "project", "wanted"),
    [
        ("fail-on: note\n", '[tool.moeaudit]\nfail-on = "never"\n', {"fail-on": "note"}),  # the first that is there
        (None, '[tool.moeaudit]\nfail-on = "never"\n', {"fail-on": "never"}),
        ("{}\n", '[tool.moeaudit]\nfail-on = "never"\n', {}),
        (None, "[tool.other]\nx = 1\n", {}),
        (None, "tool = 5  # no business of moeaudit\n", {}),
        (None, "[project]\nname = 'moeaudit'\n", {}),
        (None, "[tool.other\n", {}),  # broken, without a table of ours
        (None, None, {}),
    ],
)
def test_where_settings_stand(own: str | None, project: str | None, wanted: dict[str, str], tmp_path: Path) -> None:
    for name, text in (("moeaudit.yaml", own), ("pyproject.toml", project)):
        if text is not None:
            (tmp_path / name).write_text(text)
    file, found = found_settings(tmp_path)
    assert dict(found) == wanted
    assert file == (str(tmp_path / "moeaudit.yaml") if own else str(tmp_path / "pyproject.toml") if project else "")


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ("[tool.moeaudit\n", "pyproject.toml"),
        ("tool.moeaudit = 5\n", "tool.moeaudit is not a table"),
        ("[tool.moeaudit]\nx = '\xff'\n", "the file is not UTF-8 (byte 21)"),
    ],
)
def test_a_table_of_ours_that_cannot_be_read(project: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(project.encode("latin-1"))
    with pytest.raises(UsageError) as raised:
        found_settings(tmp_path)
    assert says in str(raised.value)


DEFAULTS = {"fail-on": "error", "persona": "default", "strict": "false"}


@pytest.mark.parametrize(
    ("found", "flat"),
    [
        ({}, {}),
        ({"strict": True}, {"strict": "true"}),
        ({"fail-on": "NOTE", "other": 5}, {"fail-on": "note", "other": "5"}),
        ({"off": {"a": "why", "b": "Because"}}, {"off.a": "why", "off.b": "Because"}),
        ({"off": None}, {}),
        ({"off": ["a"]}, {"off": "['a']"}),
    ],
)
def test_settings_as_text(found: dict[str, object], flat: dict[str, str]) -> None:
    assert trusting.flat(found) == {**DEFAULTS, **flat}


@pytest.mark.parametrize(
    ("key", "said"),
    [("fail-on", "fail-on: note"), ("off.a", "off.a: why"), ("off.b", "no off.b"), ("strict", "nothing of the kind")],
)
def test_a_setting_in_words(key: str, said: str) -> None:
    assert trusting.shown(key, {"fail-on": "note", "off.a": "why"}) == said


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("fail-on: note\n", "fail-on", 1),
        ("# fail-on: note\nfail-on: note\n", "fail-on", 2),
        ("persona: auditor\noff:\n  total-contradicted: so\n", "off.total-contradicted", 3),
        ("off: {total-contradicted: so}\n", "off.total-contradicted", 1),
        ("[tool.moeaudit]\nfail-on = 'note'\n", "fail-on", 2),
        ("[tool.moeaudit]\n'fail-on' = 'note'\n", "fail-on", 2),
        ("[tool.moeaudit.off]\n\"total-contradicted\" = 'so'\n", "off.total-contradicted", 2),
        ("off.total-contradicted = 'so'\n", "off.total-contradicted", 1),
        ("{strict: true}\n", "strict", 1),
        ("text: fail-on: note\n", "fail-on", None),
        ("fail-on-all: note\n", "fail-on", None),
        ("", "fail-on", None),
    ],
)
def test_the_line_of_a_setting(text: str, key: str, line: int | None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(text)
    assert trusting.line_of(tmp_path / "file", key) == line
    assert trusting.line_of(tmp_path / "absent", key) is None


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        ("fail-on: error\n", "{}\n", []),  # what holds anyway
        ("fail-on: note\n", "fail-on: note\n", []),
        ("fail-on: note\n", "persona: default\nfail-on: never\n", [(2, "fail-on: never", "fail-on: note")]),
        ("fail-on: note\n", "persona: auditor\n",
         [(None, "fail-on: error", "fail-on: note"), (1, "persona: auditor", "persona: default")]),
        ("off: {shard-sizes: so}\n", "{}\n", [(None, "no off.shard-sizes", "off.shard-sizes: so")]),
        ("{}\n", "off:\n  shard-sizes: so\n", [(2, "off.shard-sizes: so", "no off.shard-sizes")]),
    ],
)  # fmt: skip
def test_what_changes_of_settings(
    before: str, now: str, changes: list[tuple[int | None, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "moeaudit.yaml").write_text(before)
    (tmp_path / "moeaudit.yaml").write_text(now)
    found = [(one.place.line, one.now, one.before) for one in trusting.settings_changed(tmp_path, tmp_path / "base")]
    assert found == changes


def test_a_place_in_another_file() -> None:
    assert trusting.replaced(Place("/tmp/x/a.yaml", 3, 4, "p"), "a.yaml") == Place("a.yaml", 3, 4, "p")


COUNTS = "2 errors, 0 warnings, 0 notes"


@pytest.mark.parametrize(
    ("words", "code", "err"),
    [
        ("README.md", 1, ""),  # the text ends with the same line
        ("README.md --format text", 1, ""),
        ("README.md --format text=out.txt", 1, f"moeaudit check: {COUNTS}\n"),
        ("README.md --format json", 1, f"moeaudit check: {COUNTS}\n"),
        ("README.md --format json --quiet", 1, ""),
        ("README.md --format json=out.json --format text", 1, ""),
        ("README.md --format json --exit-zero", 0, f"moeaudit check: {COUNTS}\n"),
    ],
)
def test_the_line_on_stderr(words: str, code: int, err: str, run: Run, wrong: Path) -> None:
    assert run("check", *words.split(), cwd=wrong, code=code).stderr == err


@pytest.mark.parametrize("words", ["--all --quiet", "--quiet --all --fix"])
def test_all_and_nothing_exclude_each_other(words: str, run: Run, wrong: Path) -> None:
    said = run("check", "README.md", *words.split(), cwd=wrong, code=2).stderr
    assert said == "moeaudit: --all and --quiet exclude each other.\n"


def test_the_summary_is_githubs_alone(run: Run, wrong: Path) -> None:
    for form, there in (("json", False), ("github", True)):
        run("check", ".", "--format", form, cwd=wrong, code=1, GITHUB_STEP_SUMMARY=str(wrong / "summary.md"))
        assert (wrong / "summary.md").exists() is there


@pytest.mark.parametrize(
    ("output", "named"),
    [
        ("new.claims.yaml", "mixtral.evidence.json"),
        ("docs/new.claims.yaml", "../mixtral.evidence.json"),  # not below the file, but below the folder worked in
        ("../new.claims.yaml", "here/mixtral.evidence.json"),
        ("../elsewhere/new.claims.yaml", None),
    ],
)
def test_a_draft_that_cannot_name_its_evidence_says_how_to_check_it(
    output: str, named: str | None, run: Run, wrong: Path
) -> None:
    here = wrong / "here"
    (here / "docs").mkdir(parents=True)
    (wrong / "elsewhere").mkdir()
    (wrong / "mixtral.evidence.json").rename(here / "mixtral.evidence.json")
    (here / "README.md").write_text(CARD)
    said = run("draft", "mixtral.evidence.json", "--card", "README.md", "-o", output, cwd=here, code=0).stderr
    assert said.startswith(f"{output}: ") and " claims read from the card" in said and said.count("\n") == 1
    told = "; its evidence lies elsewhere: check it with --model mixtral.evidence.json" in said
    assert told is (named is None)
    assert read_claim_file(here / output).evidence == named


def test_a_lock_replaces_a_lock_and_nothing_else(run: Run, repo: Path) -> None:
    lock = ("lock", "mixtral.evidence.json", "--depth", "config", "-o")
    for name, content in (("new.json", None), ("empty.json", b""), ("old.json", "evidence")):
        if content == "evidence":
            (repo / name).write_bytes((repo / "mixtral.evidence.json").read_bytes())
        elif content is not None:
            (repo / name).write_bytes(content)  # type: ignore[arg-type]
        run(*lock, name, cwd=repo, code=0)
        assert "moeaudit/evidence" in (repo / name).read_text()
    (repo / "notes.txt").write_text("kept")
    said = run(*lock, "notes.txt", cwd=repo, code=2).stderr
    assert said == "moeaudit: notes.txt: the file exists and is no evidence file. Give another name.\n"
    assert (repo / "notes.txt").read_text() == "kept"
