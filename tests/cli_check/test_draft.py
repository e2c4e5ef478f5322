"""A drafted claim file: it parses, checks clean, says where all comes from, and holds nothing the files contradict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.claims.claim import Status
from moeaudit.claims.file import read_claim_file
from tests.cli_check.conftest import CARD, MIXTRAL, WRONG_CARD, Run
from tests.cli_check.samples import HOSTILE
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

SPECS = sorted((Path(__file__).resolve().parents[2] / "fixtures" / "specs").glob("*.moe.yaml"))


def test_a_draft_checks_clean(run: Run, wrong: Path) -> None:
    run("draft", "mixtral.evidence.json", "--card", "README.md", "-o", "new.claims.yaml", cwd=wrong, code=0)
    document = json.loads(run("check", "new.claims.yaml", "--format", "json", cwd=wrong, code=0).stdout)
    assert document["summary"]["error"] == 0 and document["summary"]["suppressed"] == 0
    assert document["checklist"]["A01"] == document["checklist"]["A03"] == document["checklist"]["A05"] == "verified"


@pytest.mark.parametrize("model", ["deepseek-ai/DeepSeek-V3", "zai-org/GLM-4.5", "Qwen/Qwen3-30B-A3B"])
def test_a_draft_of_exact_counts_earns_no_warning(run: Run, tmp_path: Path, model: str) -> None:
    run("draft", model, "--offline", "-o", "new.claims.yaml", cwd=tmp_path, code=0)
    document = json.loads(run("check", "new.claims.yaml", "--offline", "--format", "json", cwd=tmp_path, code=0).stdout)
    assert [one["rule"] for one in document["findings"] if one["severity"] != "note"] == []


def test_a_draft_says_where_each_value_comes_from(run: Run, wrong: Path) -> None:
    run("draft", "mixtral.evidence.json", "--card", "README.md", "-o", "new.claims.yaml", cwd=wrong, code=0)
    claims = read_claim_file(wrong / "new.claims.yaml")
    total, active = claims.by_path("architecture.total_parameters"), claims.by_path("architecture.active_parameters")
    assert total is not None and (total.printed, total.denominator, total.source and total.source.id) == (
        "46702792704",
        "total.full",
        "files",
    )
    assert active is not None and (active.printed, active.denominator, active.source and active.source.id) == (
        "12.9B",
        "active.full",
        "card",
    )
    assert active.quote.startswith("Mixtral 8x7B has 45B") and active.note.startswith("README.md:6;")
    shared = claims.by_path("architecture.shared_experts")
    assert shared is not None and shared.status is Status.NOT_APPLICABLE
    routed = claims.by_path("architecture.routed_experts")
    assert routed is not None and routed.quote == "| Number of experts | 8 |"
    text = (wrong / "new.claims.yaml").read_text()
    assert "# README.md:6 says 45B: contradicted, nearest is total.body, off by -3.1 %" in text
    assert "R04" not in text
    run("draft", "mixtral.evidence.json", "--card", "README.md", "--full", "-o", "full.claims.yaml", cwd=wrong, code=0)
    assert (
        "  # R04 latency at a target batch size\n  # latency: {value: , source: }\n"
        in (wrong / "full.claims.yaml").read_text()
    )


def test_a_draft_beside_its_card_finds_nothing_of_its_own(run: Run, repo: Path) -> None:
    (repo / "mixtral.claims.yaml").unlink()
    (repo / "README.md").write_text(CARD + "\nDeepSeek-V3 has 671B total parameters.\n")
    before = run("check", "README.md", "--format", "json", cwd=repo, code=0)
    run("draft", "mixtral.evidence.json", "--card", "README.md", "-o", "new.claims.yaml", cwd=repo, code=0)
    after = run("check", "README.md", "new.claims.yaml", "--format", "json", cwd=repo, code=0)
    assert json.loads(after.stdout)["findings"] == json.loads(before.stdout)["findings"]
    assert (
        "# README.md:13 671B (total parameters): it is another model's, DeepSeek-V3"
        in (repo / "new.claims.yaml").read_text()
    )


def test_a_draft_is_the_same_every_time_and_replaces_nothing(run: Run, wrong: Path) -> None:
    printed = run("draft", "mixtral.evidence.json", "--card", "README.md", cwd=wrong, code=0).stdout
    assert (
        printed
        == run("draft", "mixtral.evidence.json", "--card", "README.md", cwd=wrong, code=0, PYTHONHASHSEED="7").stdout
    )
    (wrong / "new.claims.yaml").write_text("finished by hand")
    assert "the file exists" in run("draft", "mixtral.evidence.json", "-o", "new.claims.yaml", cwd=wrong, code=2).stderr
    assert (wrong / "new.claims.yaml").read_text() == "finished by hand"
    run("draft", "mixtral.evidence.json", "--card", "README.md", "-o", "new.claims.yaml", "--force", cwd=wrong, code=0)
    assert (wrong / "new.claims.yaml").read_text() == printed


def test_a_draft_from_the_hub_names_its_commit(run: Run, hub: LoopbackHub, tmp_path: Path) -> None:
    published = hub.add(model_repo("mistralai/Mixtral-8x7B-v0.1", MIXTRAL, card=CARD, revisions=("refs/pr/7",)))
    words = ("draft", "mistralai/Mixtral-8x7B-v0.1", "--revision", "refs/pr/7", "-o", "new.claims.yaml")
    run(*words, cwd=tmp_path, code=0, HF_HUB_OFFLINE="0")
    claims = read_claim_file(tmp_path / "new.claims.yaml")
    assert (claims.model_id, claims.revision, claims.evidence) == (published.id, published.commit, None)
    assert claims.sources[0].url == f"https://huggingface.co/{published.id}/blob/{published.commit}/README.md"
    assert "0 errors" in run("check", "new.claims.yaml", cwd=tmp_path, code=0, HF_HUB_OFFLINE="0").stdout
    assert any(published.commit in path for path in hub.paths("GET"))


def test_a_hostile_card_stays_text(run: Run, wrong: Path) -> None:
    hostile = HOSTILE.replace("\r\n", " ")
    (wrong / "README.md").write_text(
        f"# Mixtral 8x7B\n\nMixtral 8x7B has 46.7B total parameters {hostile}\n\n{WRONG_CARD}"
    )
    run("draft", "mixtral.evidence.json", "--card", "README.md", "-o", "new.claims.yaml", cwd=wrong, code=0)
    claim = read_claim_file(wrong / "new.claims.yaml").by_path("architecture.total_parameters")
    assert claim is not None and claim.printed == "46.7B"
    assert "0 errors, 0 warnings" in run("check", "new.claims.yaml", cwd=wrong, code=0).stdout


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.name)
def test_systems_without_a_checkpoint_can_be_drafted(spec: Path, run: Run, tmp_path: Path) -> None:
    run("draft", str(spec), "-o", "new.claims.yaml", cwd=tmp_path, code=0)
    said = run("check", "new.claims.yaml", "--model", str(spec), cwd=tmp_path, code=0).stdout  # which lies elsewhere
    drafted = read_claim_file(tmp_path / "new.claims.yaml").claims
    assert "0 errors" in said and len(drafted) > 3
