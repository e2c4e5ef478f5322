"""What findings and errors call the file that describes a model: by its own name, and a GGUF file's keys a header."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.checks.facts import Facts
from moeaudit.checks.registry import RULES
from moeaudit.checks.rule import HEADER, Rule, spoken
from moeaudit.evidence.evidence_file import evidence_bytes
from tests.cli.samples import CONFIG, CommandLine
from tests.formats import repos
from tests.gguf.samples import one


def lone(path: Path, **changes: Any) -> Path:
    path.write_text(json.dumps({name: value for name, value in {**CONFIG, **changes}.items() if value is not None}))
    return path


@pytest.mark.parametrize("changes", [
    {"num_hidden_layers": "two"}, {"num_experts_per_tok": 999}, {"model_type": "gpt2", "architectures": None,
                                                                  "num_experts": 0},
    {"hidden_size": None}, {"model_type": "interns1_pro", "architectures": None},
])  # fmt: skip
def test_an_error_about_a_lone_file_names_it(cli: CommandLine, tmp_path: Path, changes: dict[str, Any]) -> None:
    done = cli("inspect", lone(tmp_path / "mine.json", **changes))
    assert done.code in (2, 3) and done.err.count("\n") == 1
    assert done.err.startswith(f"moeaudit: {tmp_path / 'mine.json'} (") and "config.json" not in done.err


def test_a_finding_about_a_lone_file_names_it(cli: CommandLine, tmp_path: Path) -> None:
    done = cli("inspect", lone(tmp_path / "mine.json", torch_dtype=None, num_local_experts=99), "--format", "json")
    findings = json.loads(done.out)["findings"]
    assert {one["rule"] for one in findings} >= {"dtype-assumed", "config-aliases-contradict"}
    for finding in findings:
        assert "config.json" not in json.dumps(finding), finding
        assert finding["location"] is None or finding["location"]["file"] == str(tmp_path / "mine.json")


def test_what_was_locked_of_a_lone_file_names_no_folder(tmp_path: Path) -> None:
    kept = evidence_bytes(inspect(str(lone(tmp_path / "mine.json"))).evidence).decode()
    assert str(tmp_path) not in kept and '"file": "mine.json"' in kept


def test_a_gguf_files_findings_speak_of_its_header(cli: CommandLine, tmp_path: Path) -> None:
    """Every key lies: no finding says that a config did."""
    lies = {"expert_count": 99, "expert_used_count": 77, "block_count": 9, "embedding_length": 12345}
    done = cli("inspect", one(tmp_path / "lies.gguf", keys=lies), "--format", "json")
    findings = json.loads(done.out)["findings"]
    assert {finding["rule"] for finding in findings} >= {"weights-missing", "weights-shapes"}
    for finding in findings:
        assert "config" not in json.dumps(finding), finding
        assert finding["location"]["file"] == "lies.gguf"


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return Facts(inspect(str(one(tmp_path_factory.mktemp("gguf") / "a.gguf")), offline=True))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_standing_words_of_a_rule_call_a_header_a_config(converted: Facts, rule: Rule) -> None:
    for words in (rule.title, rule.fix):
        said = spoken(words, converted)
        assert "config.json" not in said and "the config" not in said
        assert said == words or HEADER in said


def test_a_claim_that_quotes_a_file_is_quoted_as_it_stands(cli: CommandLine, tmp_path: Path) -> None:
    """The name is put in where a sentence is made, and never replaced in what others wrote."""
    folder = repos.lay(tmp_path / "m", repos.consolidated(repos.large3(), repos.PARAMS))
    claims = "architecture:\n  experts_per_token: 'shared + top-7, as config.json has it'\n"
    (folder / "m.claims.yaml").write_text(f"schema: moeaudit/claims/v1\nmodel: {{id: org/m, evidence: .}}\n{claims}")
    done = cli("check", folder / "m.claims.yaml", "--format", "json")
    said = [part["message"] for part in json.loads(done.out)["findings"]]
    assert [words for words in said if "top-7" in words] == [
        "shared + top-7, as config.json has it says top-7; params.json says 1 shared and 2 of 8 routed"
    ]
