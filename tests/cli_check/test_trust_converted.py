"""--trust-base with GGUF files, and with weights that nothing describes: the base's are read, as any evidence is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli_check.conftest import Run
from tests.cli_check.test_gate import git
from tests.cli_check.test_trust import changes, land
from tests.gguf.samples import EXPERTS, TOTAL, one, small

CARD = f"# M\n\n| | |\n|---|---|\n| Total parameters | {TOTAL:,} |\n| Experts | {EXPERTS} |\n"
"""What samples.py adds up to by hand."""

CLAIMS = f"""schema: moeaudit/claims/v1
model: {{id: org/m, evidence: m-Q4_K_M.gguf}}
architecture:
  total_parameters: {{value: {TOTAL}, denominator: total.full}}
"""

FEWER = [tensor for tensor in small() if not tensor.name.startswith("blk.3.")]
"""A model with a layer less."""


@pytest.fixture
def converted(tmp_path: Path) -> Path:
    """A card beside two quantisations on branch main; `pr` is checked out."""
    repo = tmp_path / "repo"
    repo.mkdir()
    for mix in ("Q4_K_M", "Q8_0"):
        one(repo / f"m-{mix}.gguf", mix=mix)
    (repo / "README.md").write_text(CARD)
    (repo / "by.claims.yaml").write_text(CLAIMS)
    git(repo, "init", "-q", "-b", "main")
    land(repo, "first")
    git(repo, "checkout", "-q", "-b", "pr")
    return repo


def swap(repo: Path, mix: str = "Q4_K_M") -> None:
    """Another model in the file's place, and claims that fit it."""
    one(repo / f"m-{mix}.gguf", mix=mix, tensors=FEWER, keys={"block_count": 3})
    total = sum(tensor.elements for tensor in FEWER)
    for file in ("README.md", "by.claims.yaml"):
        path = repo / file
        path.write_text(path.read_text().replace(f"{TOTAL:,}", f"{total:,}").replace(str(TOTAL), str(total)))


def contradicted(run: Run, repo: Path, *words: str) -> bool:
    """Whether the claims are held against the base's file, which they do not fit."""
    result = run("check", *words, "--trust-base", "main", "--offline", "--format", "json", cwd=repo)
    return bool({"total-contradicted", "definition-contradicted"} & {
        one["rule"] for one in json.loads(result.stdout)["findings"]
    })  # fmt: skip


def test_nothing_changed_nothing_said(run: Run, converted: Path) -> None:
    assert changes(run, converted, "README.md", code=0) == []


@pytest.mark.parametrize("words", [("README.md",), ("by.claims.yaml",), ("README.md", "--model", "m-Q4_K_M.gguf")])
def test_a_file_that_is_exchanged_is_read_as_the_base_has_it(run: Run, converted: Path, words: tuple[str, ...]) -> None:
    swap(converted)
    assert {one["location"]["file"] for one in changes(run, converted, *words)} == {"m-Q4_K_M.gguf"}
    assert contradicted(run, converted, *words)


@pytest.mark.parametrize("given", [".:Q8_0", "m:Q8_0"])
def test_a_choice_among_them_is_the_bases_too(run: Run, converted: Path, given: str) -> None:
    if given != ".:Q8_0":
        (converted / "m").mkdir()
        for file in converted.glob("*.gguf"):
            file.rename(converted / "m" / file.name)
        land(converted, "moved")
        git(converted, "branch", "-f", "main")
    assert changes(run, converted, "README.md", "--model", given, code=0) == []
    at = converted / "m" if given != ".:Q8_0" else converted
    one(at / "m-Q8_0.gguf", mix="Q8_0", tensors=FEWER, keys={"block_count": 3})
    (converted / "README.md").write_text(CARD.replace(f"{TOTAL:,}", f"{sum(t.elements for t in FEWER):,}"))
    assert changes(run, converted, "README.md", "--model", given)
    assert contradicted(run, converted, "README.md", "--model", given)


def test_a_config_that_a_pull_request_puts_beside_them_does_not_count(run: Run, converted: Path) -> None:
    (converted / "config.json").write_text('{"model_type": "llama", "hidden_size": 64}')
    assert {one["location"]["file"] for one in changes(run, converted, "README.md")} == {"config.json"}
