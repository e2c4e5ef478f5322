"""`check --fix` on files: patches that other tools apply, files written in place, and what is never touched."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from moeaudit.audits import fix
from moeaudit.audits.check import check as checked
from moeaudit.checks.audit import Settings
from moeaudit.reports.patch import render
from tests.cli_check.conftest import CARD, CLAIMS, WRONG_CARD, Run
from tests.cli_check.test_gate import git

RIGHT_CARD = CARD.replace("46.7B", "47B")
"""What the wrong card becomes: its figure had no decimals."""

APPLIED = (["git", "apply", "-"], ["patch", "-p1", "--silent"])


def apply(command: list[str], patch: str, folder: Path) -> None:
    result = subprocess.run(command, input=patch.encode(), cwd=folder, capture_output=True, check=False)
    assert result.returncode == 0, (result.stdout, result.stderr)


@pytest.mark.parametrize("command", APPLIED, ids=lambda command: command[0])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n" * 40 + "Mixtral 8x7B has 45B total parameters.\n",
        lambda text: text + "It was released in December. 模型\u2028\x0c\n",
    ],
    ids=["plain", "crlf", "no line feed at the end", "two places", "other ends of lines"],
)
def test_the_patch_applies_where_it_was_made(command: list[str], change: object, run: Run, wrong: Path) -> None:
    folder = wrong / "the models"
    folder.mkdir()
    (wrong / "README.md").unlink()
    card = folder / "a card.md"
    before, after = (change(text).encode() for text in (WRONG_CARD, RIGHT_CARD))  # type: ignore[operator]
    card.write_bytes(before)
    git(wrong, "init", "-q")
    result = run("check", "a card.md", "--model", "../mixtral.evidence.json", "--fix", cwd=folder, code=1)
    assert card.read_bytes() == before
    apply(command, result.stdout, folder)
    expected = after.replace(b"has 45B", b"has 47B")
    assert card.read_bytes() == expected
    again = run("check", "a card.md", "--model", "../mixtral.evidence.json", "--fix", cwd=folder, code=0)
    assert again.stdout == ""


def test_several_files_in_one_patch(run: Run, wrong: Path) -> None:
    (wrong / "mixtral.claims.yaml").write_text(CLAIMS.replace("46.7B", '"45.0B"'))
    result = run("check", ".", "--fix", cwd=wrong, code=1)
    assert result.stdout.count("--- a/") == 2
    apply(["git", "apply", "-"], result.stdout, wrong)
    assert (wrong / "mixtral.claims.yaml").read_text() == CLAIMS.replace("46.7B", '"46.7B"')
    assert "0 errors" in run("check", ".", cwd=wrong, code=0).stdout


@pytest.mark.parametrize("words", [["--fix=write"], ["--fix", "--write"], ["--write", "--fix"]])
def test_written_in_place_it_passes_and_stays(words: list[str], run: Run, wrong: Path) -> None:
    card = wrong / "README.md"
    card.write_bytes(WRONG_CARD.replace("\n", "\r\n").encode())
    card.chmod(0o640)
    result = run("check", "README.md", *words, cwd=wrong, code=0)
    assert result.stdout == ""
    assert card.read_bytes() == RIGHT_CARD.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(card.stat().st_mode) == 0o640
    assert "fixed: README.md:6 total-contradicted: 45 is now 47" in result.stderr
    assert run("check", "README.md", *words, cwd=wrong, code=0).stderr.count("fixed:") == 0
    assert sorted(path.name for path in wrong.iterdir()) == [
        "README.md",
        "mixtral.claims.yaml",
        "mixtral.evidence.json",
    ]


def test_after_writing_only_what_is_left_is_counted(run: Run, wrong: Path) -> None:
    """The tallies, the formats and the exit code are of the files as they then are."""
    (wrong / "README.md").write_text(WRONG_CARD.replace("12.9B", "13.9B"))
    before = run("check", "README.md", "--fix", cwd=wrong, code=1)
    assert before.stderr.splitlines()[-1].startswith("moeaudit check: 3 errors, 0 warnings, "), before.stderr
    result = run("check", "README.md", "--fix=write", "--format", "json=out.json", cwd=wrong, code=1)
    assert result.stderr.splitlines()[-1].startswith("moeaudit check: 1 error, 0 warnings, "), result.stderr
    document = json.loads((wrong / "out.json").read_text())
    errors = [finding["rule"] for finding in document["findings"] if finding["severity"] == "error"]
    assert errors == ["active-contradicted"] and document["summary"]["error"] == 1
    assert {claim["value"] for claim in document["claims"]} >= {"47B"}


def test_json_and_sarif_hold_the_fix_that_the_patch_makes(run: Run, wrong: Path) -> None:
    words = ["--format", "json=out.json", "--format", "sarif=out.sarif", "--fix"]
    patch = run("check", "README.md", *words, cwd=wrong, code=1).stdout
    apply(["git", "apply", "-"], patch, wrong)
    fixes = [finding["fix"] for finding in json.loads((wrong / "out.json").read_text())["findings"]]
    results = json.loads((wrong / "out.sarif").read_text())["runs"][0]["results"]
    changes = [result["fixes"][0]["artifactChanges"][0] for result in results]
    lines, again = WRONG_CARD.split("\n"), WRONG_CARD.split("\n")
    for one in fixes:
        at, start = one["location"]["line"] - 1, one["location"]["column"] - 1
        assert lines[at].startswith(one["old"], start)
        lines[at] = lines[at][:start] + one["new"] + lines[at][start + len(one["old"]) :]
    for change in changes:
        assert change["artifactLocation"]["uri"] == "README.md"
        (replacement,) = change["replacements"]
        region = replacement["deletedRegion"]
        line = again[region["startLine"] - 1]
        again[region["startLine"] - 1] = (
            line[: region["startColumn"] - 1] + replacement["insertedContent"]["text"] + line[region["endColumn"] - 1 :]
        )
    assert "\n".join(lines) == "\n".join(again) == (wrong / "README.md").read_text() == RIGHT_CARD


def test_what_is_not_fixed_is_said_and_still_fails(run: Run, wrong: Path) -> None:
    card = wrong / "README.md"
    card.write_text(WRONG_CARD.replace("12.9B", "13.9B"))
    for words in (["--fix"], ["--fix=write"]):
        result = run("check", "README.md", *words, cwd=wrong, code=1)
        assert "not fixed: README.md:6 active-contradicted: several counts may be meant" in result.stderr
    assert card.read_text() == RIGHT_CARD.replace("12.9B", "13.9B")


def test_what_is_set_aside_stays(run: Run, wrong: Path) -> None:
    text = WRONG_CARD + "\n<!-- moeaudit: ignore[total-contradicted] as the lists say -->\n"
    (wrong / "README.md").write_text(text)
    result = run("check", "README.md", "--fix=write", cwd=wrong, code=0)
    assert "total-contradicted: it is set aside: as the lists say" in result.stderr
    assert (wrong / "README.md").read_text() == text.replace("| 30 |", "| 32 |")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["README.md", "--write"], "--write is given without --fix"),
        (["--model", "mixtral.evidence.json", "--fix"], "--fix needs files"),
        (["README.md", "--fix", "--format", "json"], "stdout is the patch's"),
        (["README.md", "--fix=read"], "does not take a value"),
    ],
)
def test_lines_that_cannot_be_meant(words: list[str], says: str, run: Run, wrong: Path) -> None:
    assert says in run("check", *words, cwd=wrong, code=2).stderr
    assert (wrong / "README.md").read_text() == WRONG_CARD


def test_formats_beside_the_patch_go_to_files(run: Run, wrong: Path) -> None:
    result = run("check", "README.md", "--fix", "--format", "json=out.json", cwd=wrong, code=1)
    assert result.stdout.startswith("--- a/README.md\n") and "total-contradicted" in (wrong / "out.json").read_text()


def test_a_path_behind_two_dashes_is_no_option(run: Run, wrong: Path) -> None:
    assert "no such file" in run("check", "--fix", "--", "--fix=write", cwd=wrong, code=2).stderr


def test_links_and_what_lies_elsewhere_are_not_written(run: Run, wrong: Path) -> None:
    (wrong / "in").mkdir()
    elsewhere = wrong / "elsewhere.md"
    (wrong / "README.md").rename(elsewhere)
    (wrong / "in" / "README.md").symlink_to(elsewhere)
    for words in (["--fix"], ["--fix=write"]):
        result = run("check", "in", "--model", "mixtral.evidence.json", *words, cwd=wrong, code=2)
        assert result.stdout == "" and "in/README.md: the link leads out of the folder" in result.stderr
    (wrong / "in" / "card.md").write_text(WRONG_CARD)
    (wrong / "in" / "README.md").unlink()
    (wrong / "in" / "README.md").symlink_to("card.md")
    for words in (["--fix"], ["--fix=write"]):
        result = run("check", "in", "--model", "mixtral.evidence.json", *words, cwd=wrong, code=1)
        assert "not fixed: in/README.md:6 total-contradicted: the file is a link" in result.stderr
    assert elsewhere.read_text() == WRONG_CARD == (wrong / "in" / "card.md").read_text()
    assert (wrong / "in" / "README.md").is_symlink()
    (wrong / "here").mkdir()
    result = run("check", "../elsewhere.md", "--model", "../mixtral.evidence.json", "--fix", cwd=wrong / "here", code=1)
    assert result.stdout == "" and "the file is outside the folder that the patch is made in" in result.stderr
    with pytest.raises(Exception, match="outside the given paths"):
        fix.refuse_elsewhere(elsewhere, [wrong / "in"])


def repairs(folder: Path) -> fix.Repairs:
    audits = checked(
        [folder / "README.md"], str(folder / "mixtral.evidence.json"), offline=True, settings=Settings()
    ).audits
    return fix.plan(audits, [folder])


def test_a_file_that_changes_meanwhile_is_left(wrong: Path) -> None:
    card = wrong / "README.md"
    planned = repairs(wrong)
    card.write_text(WRONG_CARD + "more\n")
    done = fix.write(planned)
    assert done.files == () and {left.reason for left in done.left} == {"the file has changed since it was read"}
    assert card.read_text() == WRONG_CARD + "more\n"
    audits = checked([card], str(wrong / "mixtral.evidence.json"), offline=True, settings=Settings()).audits
    card.write_text(WRONG_CARD)
    assert "the file has changed since it was read" in {left.reason for left in fix.plan(audits, [wrong]).left}


def test_a_file_that_says_it_may_not_be_written_is_left(wrong: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of the system, whoever runs it: its folder would let the file be replaced all the same."""
    found, before = repairs(wrong), (wrong / "README.md").read_bytes()
    monkeypatch.setattr(fix.os, "access", lambda path, mode: mode != os.W_OK)
    assert {left.reason for left in fix.write(found).left} == {"the file is read-only"}
    assert (wrong / "README.md").read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_file_is_left(wrong: Path) -> None:
    (wrong / "README.md").chmod(0o444)
    assert {left.reason for left in fix.write(repairs(wrong)).left} == {"the file is read-only"}


def test_a_failure_on_the_way_leaves_the_old_file(wrong: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = repairs(wrong)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = fix.write(planned)
    assert {left.reason for left in done.left} == {"cannot write here: No space left on device"}
    assert (wrong / "README.md").read_text() == WRONG_CARD
    assert not [path for path in wrong.iterdir() if path.suffix == ".tmp"]


def test_a_value_shared_by_an_anchor_is_left(run: Run, repo: Path) -> None:
    text = CLAIMS.replace("{value: 46.7B,", "{value: &size 45B,").replace("value: 12.9B", "value: *size")
    (repo / "mixtral.claims.yaml").write_text(text)
    said = run("check", "mixtral.claims.yaml", "--fix=write", cwd=repo, code=1).stderr
    lines = said.splitlines()
    assert lines[0] == "not fixed: mixtral.claims.yaml:4 definition-contradicted: 45 does not stand there in one piece"
    assert not any(line.startswith("fixed:") for line in lines)
    assert (repo / "mixtral.claims.yaml").read_text() == text


@pytest.mark.parametrize("bad", [b"\xff", b"\xef\xbb\xbf"])
def test_bytes_that_are_no_text(bad: bytes, run: Run, wrong: Path) -> None:
    """What cannot be read as text is left; a byte order mark stays."""
    card = wrong / "README.md"
    card.write_bytes(WRONG_CARD.encode() + b"\nA line. " + bad)
    result = run("check", "README.md", "--fix=write", cwd=wrong)
    if bad == b"\xff":
        assert result.returncode == 1 and "the file is not UTF-8 text" in result.stderr
    else:
        assert card.read_bytes() == RIGHT_CARD.encode() + b"\nA line. " + bad
    (wrong / "mixtral.claims.yaml").write_bytes(b"\xef\xbb\xbf" + CLAIMS.replace("46.7B", "45.0B").encode())
    run("check", "mixtral.claims.yaml", "--fix=write", cwd=wrong, code=0)
    assert (wrong / "mixtral.claims.yaml").read_bytes() == b"\xef\xbb\xbf" + CLAIMS.encode()


def test_hunks_that_touch_are_one() -> None:
    before = b"".join(b"%d\n" % number for number in range(30))
    after = before.replace(b"\n5\n", b"\n500\n").replace(b"\n12\n", b"\n1200\n").replace(b"\n25\n", b"\n2500\n")
    patch = render([("a", before, after)]).decode()
    assert [line for line in patch.splitlines() if line.startswith("@@")] == ["@@ -3,14 +3,14 @@", "@@ -23,7 +23,7 @@"]
    assert render([]) == b""


@pytest.mark.parametrize("line", ["::add-mask::x", "##[error]x"])
def test_no_line_of_a_patch_is_taken_for_a_command(line: str, run: Run, wrong: Path) -> None:
    """A patch cannot be defused: it would not apply."""
    (wrong / "README.md").write_text(WRONG_CARD.replace("Mixtral 8x7B has 45B", f"{line}\n\nMixtral 8x7B has 45B"))
    words = ("check", "README.md", "--fix")
    assert line in run(*words, cwd=wrong, code=1).stdout
    result = run(*words, cwd=wrong, code=2, GITHUB_ACTIONS="true")
    assert result.stdout == "" and "--fix=write" in result.stderr
