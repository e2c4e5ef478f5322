"""A repo of a model to check: a published configuration, a card and a claim file, some of it wrong."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from moeaudit.cli import main

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]

MIXTRAL = {
    "architectures": ["MixtralForCausalLM"],
    "model_type": "mixtral",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "max_position_embeddings": 32768,
    "num_attention_heads": 32,
    "num_experts_per_tok": 2,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "num_local_experts": 8,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": 32000,
}
"""Mixtral 8x7B as published: 46.7B parameters, 12.9B active. (mistral.ai/news/mixtral-of-experts)"""

CARD = """---
license: apache-2.0
---
# Mixtral 8x7B

Mixtral 8x7B has 46.7B total parameters and uses 12.9B active parameters per token.

| | Mixtral 8x7B |
|---|---|
| Number of layers | 32 |
| Number of experts | 8 |
"""
"""A card that the files bear out."""

WRONG_CARD = CARD.replace("46.7B", "45B").replace("| 32 |", "| 30 |")
"""The 45B of third-party lists, and a layer count that nobody published."""

CLAIMS = """schema: moeaudit/claims/v1
model: {id: mistralai/Mixtral-8x7B-v0.1, evidence: mixtral.evidence.json}
architecture:
  total_parameters: {value: 46.7B, denominator: total.full}
  active_parameters: {value: 12.9B, denominator: active.full}
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`moeaudit` with these words in a folder: what it prints and its exit code."""

    def call(*words: str, cwd: Path, code: int | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        with monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(cwd)
            patch.setattr(sys, "argv", ["moeaudit", *words])
            patch.delenv("GITHUB_STEP_SUMMARY", raising=False)
            for name, value in {"NO_COLOR": "1", "COLUMNS": "80", "HF_HUB_OFFLINE": "1", **env}.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as left:
                main()
        printed = [(stream.seek(0) and "") or stream.read() for stream in (out, err)]
        result = subprocess.CompletedProcess(words, int(left.value.code or 0), *printed)
        if code is not None:
            assert result.returncode == code, result.stdout + result.stderr
        return result

    return call


@pytest.fixture(scope="session")
def evidence_text(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The evidence file of Mixtral's configuration, as `moeaudit lock` writes it."""
    from moeaudit.evidence import open_evidence
    from moeaudit.evidence.evidence_file import evidence_bytes

    folder = tmp_path_factory.mktemp("models") / "mistralai--Mixtral-8x7B-v0.1"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MIXTRAL))
    return evidence_bytes(open_evidence(str(folder)))


@pytest.fixture
def repo(tmp_path: Path, evidence_text: bytes) -> Path:
    """A folder with an evidence file, a correct card and a correct claim file."""
    (tmp_path / "mixtral.evidence.json").write_bytes(evidence_text)
    (tmp_path / "README.md").write_text(CARD)
    (tmp_path / "mixtral.claims.yaml").write_text(CLAIMS)
    return tmp_path


RUSSIAN = """# Mixtral 8x7B

Модель содержит 46,7 миллиарда параметров, из которых на каждый токен используется только 12,9 миллиарда. Каждый слой
состоит из восьми экспертов, и маршрутизатор выбирает для каждого токена двух из них. Веса распространяются свободно.
"""
"""A card in a language without a lexicon."""


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A model repository as it is cloned: a card beside config.json, and no id anywhere."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MIXTRAL))
    (folder / "README.md").write_text(CARD)
    return folder


@pytest.fixture
def wrong(repo: Path) -> Path:
    """The same, with a card that says 45B and 30 layers."""
    (repo / "README.md").write_text(WRONG_CARD)
    return repo


@pytest.fixture(scope="session")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """For tests that install packages, half a minute each; skipped where no package index can be reached."""
    target = str(tmp_path_factory.mktemp("download"))
    words = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--retries=0",
        "--timeout=60",
        "--dest",
        target,
        "hatchling",
    ]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no package index can be reached")
