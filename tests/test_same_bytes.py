"""The same input gives the same bytes: no order of a set, which Python's hash seed decides, reaches what is printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.samples import CONFIG, folder, table

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ("0", "7", "42")
"""Any three: two names that are told in a set's order come out alike under all of them one time in four."""

RUN_ALL = """
import contextlib, io, json, sys
from moeaudit.cli import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["moeaudit", *words]
    with contextlib.suppress(SystemExit):
        main()
    print("----", flush=True)
"""

GLM = {
    "model_type": "glm_moe_dsa",
    "architectures": ["GlmMoeDsaForCausalLM"],
    "hidden_size": 384,
    "kv_lora_rank": 64,
    "num_hidden_layers": 4,
    "n_routed_experts": 8,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 256,
    "intermediate_size": 1024,
    "num_attention_heads": 8,
    "q_lora_rank": 128,
    "qk_nope_head_dim": 64,
    "qk_rope_head_dim": 32,
    "v_head_dim": 64,
    "vocab_size": 21504,
    "index_n_heads": 4,
    "index_head_dim": 64,
    "index_topk": 16,
    "n_shared_experts": 1,
}
"""It leaves open which layers are dense: two facts rest on one default."""

CARD = """# Small MoE

48B total parameters, 3.3B activated, 128 experts, 8 active per token, 94 layers, 256K context. MMLU 81.2, GPQA 59.1.

| | Small | Large |
|---|---|---|
| Total parameters | 30.5B | 235B |
| Activated parameters | 3.3B | 22B |
| Layers | 48 | 94 |
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The command lines that are run under every seed."""
    here = tmp_path_factory.mktemp("models")
    (here / "glm").mkdir()
    (here / "glm" / "config.json").write_text(json.dumps(GLM))
    whole = str(folder(here / "whole", weights=table(), README__md=CARD))
    other = str(folder(here / "other", {**CONFIG, "num_hidden_layers": 5}, table(), README__md=CARD))
    fixtures = sorted(map(str, (ROOT / "fixtures").glob("*.evidence.json")))
    offline = [["inspect", one, "--format", "json"] for one in (*fixtures[::6], str(here / "glm"), whole, other)]
    return [
        *([*words, "--offline"] for words in offline),
        ["inspect", whole, "--depth", "headers"],
        ["check", f"{whole}/README.md", "--model", whole, "--format", "json"],
        ["check", f"{other}/README.md", "--model", other, "--persona", "auditor"],
        ["check", str(ROOT / "fixtures/claims/deepseek-v3.claims.yaml"), "--offline", "--format", "sarif"],
        ["draft", other],
        ["estimate", "deepseek-ai/DeepSeek-V3", "--gpus", "2x8xH200", "--offline", "--format", "json"],
        *(
            ["packet", str(ROOT / "fixtures/claims/gpt-oss-20b.claims.yaml"), "--offline", "--format", form]
            for form in ("json", "cyclonedx", "spdx", "markdown", "html", "text")
        ),
    ]


def test_whatever_the_hash_seed(lines: list[list[str]], tmp_path: Path) -> None:
    told = {}
    for seed in SEEDS:
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(ROOT),
            "HF_HOME": str(tmp_path),
            "NO_COLOR": "1",
            "COLUMNS": "80",
            "SOURCE_DATE_EPOCH": "1767225600",
        }
        ran = subprocess.run(
            [sys.executable, "-c", RUN_ALL, json.dumps(lines)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        told[seed] = (ran.stdout + ran.stderr).split("----\n")
    for words, *printed in zip(lines, *told.values(), strict=False):
        assert printed[0].strip(), f"nothing printed by moeaudit {' '.join(words)}"
        assert len(set(printed)) == 1, f"moeaudit {' '.join(words)} differs by PYTHONHASHSEED"
