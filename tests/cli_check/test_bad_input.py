"""Input made to confuse: a clear error or a finding with file, line and column, in bounded time."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from random import Random

import pytest

from tests.cli_check.conftest import CARD, CLAIMS, Run

"""Seconds for any of these, on a slow machine; most take less than one."""

ARCHITECTURE = "architecture:\n  "
HEAD = CLAIMS.partition(ARCHITECTURE)[0]

CLAIM_FILES = {
    "another version": (CLAIMS.replace("/v1", "/v2"), "1:9", "is written for 'moeaudit/claims/v2'"),
    "another schema": (
        CLAIMS.replace("moeaudit/claims/v1", "moeaudit/fleet/v1"),
        "1:9",
        "is not the schema of a claim file",
    ),
    "no schema": ("model: {id: a/b}\n", "1:1", "no schema is named"),
    "duplicate key": (CLAIMS + "  total_parameters: 47B\n", "6:3", "stands twice"),
    "unknown key": (CLAIMS + "  total_paramters: 47B\n", "6:3", "Did you mean 'total_parameters'?"),
    "unknown denominator": (CLAIMS.replace("total.full", "total.ful"), "4:49", "Did you mean 'total.full'?"),
    "tag": (
        CLAIMS + "  layers: !!python/object/apply:os.system [x]\n",
        "6:11",
        "the tag tag:yaml.org,2002:python/object/apply:os.system",
    ),
    "two documents": (CLAIMS + "---\na: 1\n", "6:1", "a second document"),
    "not YAML": (CLAIMS + "  layers: [1,\n", "7:1", "not valid YAML"),
    "control character": (CLAIMS + "  routing: a\x1b[31mb\n", "6:13", "control character U+001B"),
    "bidi override": (CLAIMS + "  routing: a\u202eb\n", "6:13", "bidirectional override U+202E"),
    "deep nesting": (HEAD + ARCHITECTURE + "routing: " + "[" * 200 + "]" * 200, "4:43", "nested deeper"),
    "alias bomb": (
        HEAD
        + "x: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(
            f"x{n}: &{b} [{','.join([f'*{a}'] * 10)}]\n"
            for n, (a, b) in enumerate(zip("abcdefg", "bcdefgh", strict=True))
        ),
        None,
        "once aliases are followed",
    ),
}


@pytest.mark.parametrize("name", CLAIM_FILES)
def test_claim_files(name: str, run: Run, repo: Path) -> None:
    text, place, message = CLAIM_FILES[name]
    (repo / "mixtral.claims.yaml").write_text(text)
    result = run("check", "mixtral.claims.yaml", cwd=repo, code=2)
    assert result.stdout == "" and result.stderr.count("\n") == 1 and result.stderr.rstrip("\n").isprintable()
    assert message in result.stderr and re.search(
        rf"mixtral\.claims\.yaml:{place or r'[0-9]+:[0-9]+'}[: ]", result.stderr
    )


@pytest.mark.parametrize("value", ["no", "12:30", "2024-01-01", "0o17", "~27B tokens"])
def test_yaml_guesses_nothing(value: str, run: Run, repo: Path) -> None:
    """`no` is not false, `12:30` not 750, a date not a date: what is written is what the report shows."""
    (repo / "mixtral.claims.yaml").write_text(CLAIMS + f"  routing: {value}\n")
    document = json.loads(run("check", "mixtral.claims.yaml", "--format", "json", cwd=repo, code=0).stdout)
    said = next(claim["value"] for claim in document["claims"] if claim["path"] == "architecture.routing")
    assert said == value


@pytest.mark.parametrize("value", ["46702792704", "46.7e9", "467e8"])
def test_numbers_however_they_are_written(value: str, run: Run, repo: Path) -> None:
    (repo / "mixtral.claims.yaml").write_text(CLAIMS.replace("46.7B", value))
    assert verdict(run, repo, 0) == "reproduced"


@pytest.mark.parametrize("value", ["45702792704", "45.7e9", "457e8"])
def test_wrong_numbers_however_they_are_written(value: str, run: Run, repo: Path) -> None:
    """A billion less: what is not read as a number would pass as well as a right one."""
    (repo / "mixtral.claims.yaml").write_text(CLAIMS.replace("46.7B", value))
    assert verdict(run, repo, 1) == "contradicted"


def verdict(run: Run, repo: Path, code: int) -> str:
    said = json.loads(run("check", "mixtral.claims.yaml", "--format", "json", cwd=repo, code=code).stdout)
    return str(next(one["verdict"] for one in said["claims"] if one["path"] == "architecture.total_parameters"))


CARDS = {
    "ten megabytes": (CARD + "A sentence with 12 numbers of 3 kinds.\n" * 262_000, "the card has 10,"),
    "one line of a megabyte": (CARD + "x 1 " * 262_144, "it was read up to 20,000"),
    "a megabyte of backticks": (CARD + "`" * 1_000_000, "it was read up to 20,000"),
    "a megabyte of brackets": (CARD + "[" * 1_000_000, "it was read up to 20,000"),
    "quotes nested deep": (CARD + ">" * 10_000 + " 45B parameters", None),
    "control characters": (CARD + "\x00\x01\x08\x7f\x9b31m\n", "control character U+0000"),
    "terminal escapes": (CARD + "\x1b]0;owned\x07\x1b[2J\n", "control character U+001B"),
    "bidi overrides": (CARD + "\u202e12.9B\u202c \u2066x\u2069\n", "bidirectional override U+202E"),
    "front matter that is no YAML": (CARD.replace("license: apache-2.0", "license: [a"), "the front matter is"),
}


@pytest.mark.parametrize("name", CARDS)
def test_cards(name: str, run: Run, repo: Path) -> None:
    text, message = CARDS[name]
    (repo / "README.md").write_text(text)
    result = run(
        "check", "README.md", "--persona", "auditor", "--format", "json=out.json", "--format", "text", cwd=repo
    )
    assert result.returncode in (0, 1) and not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", result.stdout
    )
    told = [
        finding
        for finding in json.loads((repo / "out.json").read_text())["findings"]
        if message and message in finding["message"]
    ]
    assert message is None or (told[0]["location"]["line"] >= 1 and told[0]["location"]["file"] == "README.md")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-32-be"])
def test_a_card_in_another_encoding(encoding: str, run: Run, repo: Path) -> None:
    """Read as UTF-8 it holds no word, and a false figure would pass unread."""
    marked = "\ufeff" + CARD if encoding.endswith("be") else CARD
    (repo / "README.md").write_bytes(marked.encode(encoding))
    result = run("check", "README.md", cwd=repo, code=2)
    assert "README.md: the file is UTF-16 or UTF-32. Save it as UTF-8." in result.stderr


def test_a_card_that_is_not_text(run: Run, repo: Path) -> None:
    (repo / "README.md").write_bytes(CARD.encode() + b"\xff\xfe\x00" + bytes(Random(7).randbytes(1000)))
    said = run("check", "README.md", cwd=repo, code=0).stdout
    assert "warning[hidden-characters]" in said and "4 figures read: 4 verified" in said


@pytest.mark.parametrize("name", ["README.md", "mixtral.claims.yaml"])
def test_a_pipe_is_not_waited_for(name: str, run: Run, repo: Path) -> None:
    (repo / name).unlink()
    os.mkfifo(repo / name)
    assert "not a regular file" in run("check", name, cwd=repo, code=2).stderr


def test_settings_are_not_read_through_a_link_out_of_the_folder(run: Run, repo: Path, tmp_path: Path) -> None:
    outside = tmp_path.parent / "secret.yaml"
    outside.write_text("AKIA: hunter2\n")
    (repo / "moeaudit.yaml").symlink_to(outside)
    result = run("check", "README.md", cwd=repo, code=2)
    assert "AKIA" not in result.stderr and "the link leads out of" in result.stderr
    (repo / "moeaudit.yaml").unlink()
    outside.write_text('[tool.moeaudit]\nAKIA = "hunter2"\n')
    (repo / "pyproject.toml").symlink_to(outside)
    assert "AKIA" not in run("check", "README.md", cwd=repo).stderr


def test_folders_in_folders(run: Run, repo: Path) -> None:
    """As many as git stores; beyond any checkout's depth the check says so and ends."""
    (repo / "/".join(["a"] * 61)).mkdir(parents=True)
    result = run("check", ".", cwd=repo, code=2)
    assert "folders more than 60 deep" in result.stderr and result.stderr.count("\n") == 1
