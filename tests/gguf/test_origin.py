"""A converted model beside its origin: named by the user, described beside it, or by its keys; and who differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.errors import AuditError
from moeaudit.evidence import open_evidence
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.vocabulary import Component
from tests.cli.conftest import cli  # noqa: F401 - the fixture
from tests.cli.samples import CommandLine
from tests.gguf.conversion import Named
from tests.gguf.samples import ACTIVE, CONFIG, HIDDEN, TOTAL, VOCABULARY, hub_repo, one, small
from tests.hub.repos import HubFile, HubRepo
from tests.hub.server import LoopbackHub

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(cli: CommandLine) -> Run:  # noqa: F811 - the fixture of the same name
    def ran(*words: str) -> tuple[int, str, str]:
        ended = cli(*words)
        return ended.code, ended.out, ended.err

    return ran


def config(folder: Path, **fields: Any) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **fields}))
    return str(folder / "config.json")


def document(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out)
    return found


def test_against_the_origin(tmp_path: Path, run: Run) -> None:
    path = one(tmp_path / "a.gguf")
    code, out, _ = run("inspect", str(path), "--offline", "--against", config(tmp_path / "origin"), "--format", "json")
    found = document(out)
    origin = found["converted"]["origin"]
    assert (code, found["agreement"]["verdict"], origin["agrees"]) == (0, "agree", True)
    assert {name: side["here"] - side["origin"] for name, side in origin["components"].items()} == dict.fromkeys(
        ("embedding", "head", "attention", "norm", "router", "routed_experts"), 0
    )
    assert origin["router_types"] == {"here": "F32", "origin": "BF16"}
    assert found["denominators"]["active.full"]["value"] == ACTIVE
    assert found["architecture"]["attention"], "what the keys do not say is the origin's"


def test_a_total_that_differs_is_exit_code_1(tmp_path: Path, run: Run) -> None:
    path = one(tmp_path / "a.gguf")
    words = ("inspect", str(path), "--offline", "--against", config(tmp_path / "origin", moe_intermediate_size=640))
    code, out, _ = run(*words)
    assert code == 1
    assert "differs from its origin" in out
    assert "Held against" in run(*words, "--all")[1]
    assert run(*words, "--exit-zero")[0] == 0


def test_what_conversion_leaves_out_is_named(tmp_path: Path) -> None:
    """DeepSeek's prediction module, and encoders in a file of their own."""
    deepseek = {"model_type": "glm4_moe", "architectures": ["Glm4MoeForCausalLM"], "hidden_size": HIDDEN,
                "intermediate_size": 512, "moe_intermediate_size": 512, "num_hidden_layers": 2,
                "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64, "n_routed_experts": 8,
                "n_shared_experts": 1, "num_experts_per_tok": 2, "first_k_dense_replace": 1,
                "num_nextn_predict_layers": 1, "vocab_size": VOCABULARY, "use_qk_norm": False,
                "attention_bias": False, "tie_word_embeddings": False}  # fmt: skip
    (tmp_path / "origin").mkdir()
    (tmp_path / "origin" / "config.json").write_text(json.dumps(deepseek))
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import describe
    from moeaudit.vocabulary import Part
    from tests.gguf.conversion import Rows, converted

    described = describe(Config(deepseek))
    rows = [Rows(one.name, one.shape, one.index) for one in described.weights if one.part is Part.LANGUAGE]
    path = one(tmp_path / "a.gguf", tensors=converted(rows, "glm4moe", deepseek, 9), architecture="glm4moe",
               keys={"block_count": 2})  # fmt: skip
    found = inspect(str(path), offline=True, against=str(tmp_path / "origin" / "config.json"))
    assert found.origin is not None and found.origin.agrees
    reasons = {row.component: row.reason for row in found.origin.rows if row.here != row.origin}
    assert reasons == {Component.MTP: "not converted"}
    assert found.architecture is not None and found.architecture.count_layers(part=Part.MTP) == 0


def test_a_config_beside_the_files_is_their_origins(tmp_path: Path) -> None:
    one(tmp_path / "a-Q8_0.gguf", "Q8_0")
    config(tmp_path)
    found = inspect(str(tmp_path), offline=True)
    assert found.origin is not None and found.origin.agrees and found.origin.found == "beside the files"
    config(tmp_path, num_experts=16)
    found = inspect(str(tmp_path), offline=True)
    assert found.origin is not None and not found.origin.agrees
    assert {row.component for row in found.origin.rows if row.unexplained} == {
        Component.ROUTER, Component.ROUTED_EXPERTS
    }  # fmt: skip


def test_the_origin_that_the_keys_name_is_followed_on_the_hub(hub: LoopbackHub, tmp_path: Path) -> None:
    keys = {"general.base_model.count": 1, "general.base_model.0.name": "Small",
            "general.base_model.0.repo_url": "https://huggingface.co/org/small"}  # fmt: skip
    path = one(tmp_path / "small-Q8_0.gguf", "Q8_0", keys=keys)
    hub.add(hub_repo(tmp_path, "org/small-GGUF", [path], README__md="# Small\n"))
    assert inspect("org/small-GGUF").origin is None, "there is no such repo"
    hub.add(HubRepo("org/small", {"config.json": HubFile.of(json.dumps(CONFIG))}))
    found = inspect("org/small-GGUF")
    assert found.origin is not None and (found.origin.model, found.origin.agrees) == ("org/small", True)
    assert hub.weights == 0 or not any("org/small/resolve" in one.path and "gguf" in one.path for one in hub.requests)


def test_a_local_file_asks_no_network_for_its_origin(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(HubRepo("org/small", {"config.json": HubFile.of(json.dumps(CONFIG))}))
    keys = {"general.base_model.count": 1, "general.base_model.0.repo_url": "https://huggingface.co/org/small"}
    found = inspect(str(one(tmp_path / "a.gguf", keys=keys)))
    assert found.origin is None and hub.requests == []
    assert found.converted is not None and [named.id for named in found.converted.origins] == ["org/small"]


def test_an_id_in_the_keys_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that happens to have the name is not opened."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org").mkdir()
    config(tmp_path / "org" / "small")
    keys = {"general.base_model.count": 1, "general.base_model.0.repo_url": "https://huggingface.co/org/small"}
    assert inspect(str(one(tmp_path / "a.gguf", keys=keys)), offline=True).origin is None


def test_against_is_for_converted_models(tmp_path: Path, run: Run) -> None:
    origin = config(tmp_path / "origin")
    code, _, err = run("inspect", origin, "--offline", "--against", origin)
    assert code == 2 and "--against holds a converted model" in err
    path = one(tmp_path / "a.gguf")
    code, _, err = run("inspect", str(path), "--offline", "--against", str(path))
    assert code == 2 and "the origin is itself a GGUF file" in err


def test_the_text_says_it_all(tmp_path: Path, run: Run) -> None:
    for mix in ("Q8_0", "Q4_K_M"):
        one(tmp_path / f"small-{mix}.gguf", mix, keys={"quantize.imatrix.file": "x.dat", "general.name": "Small"})
    config(tmp_path / "origin")
    origin = str(tmp_path / "origin" / "config.json")
    code, out, _ = run("inspect", str(tmp_path), "--offline", "--against", origin, "--all")
    said = (
        "GGUF: small-Q4_K_M.gguf (Small); roles by llama.cpp's names", "Others here, chosen as MODEL:NAME: Q8_0",
        "Quantised by importance (imatrix): file x.dat", "the same counts as its origin", "Types and bits per weight",
        f"{TOTAL:,}", "router type", "Q4_K_M: Q4_K",
    )  # fmt: skip
    assert code == 0 and [words for words in said if words not in out] == []


def test_estimates_take_the_files_own_bytes(tmp_path: Path, run: Run) -> None:
    path = one(tmp_path / "a.gguf", "Q4_K_M")
    code, _, err = run("estimate", str(path), "--offline", "--gpus", "1xH100")
    assert code == 3 and "does not say what its layers compute" in err and "--against" in err
    origin = config(tmp_path / "origin")
    words = ("estimate", str(path), "--offline", "--gpus", "1xH100", "--against", origin, "--format", "json")
    code, _out, _ = run(*words)
    assert code == 0
    found = inspect(str(path), offline=True, against=origin)
    assert found.architecture is not None and found.evidence.headers is not None
    stored = sum(found.account.storage.stored_bytes(weight) for weight in found.architecture.weights)
    assert found.evidence.headers.bytes is not None
    assert 0 <= found.evidence.headers.bytes - stored <= len(found.architecture.weights), "but for parts of a byte"


def test_a_lock_records_it(tmp_path: Path) -> None:
    """Written and read again, the counts and what is said of the file are the same."""
    path = one(tmp_path / "a.gguf", "Q2_K")
    evidence = open_evidence(str(path))
    locked = tmp_path / "a.evidence.json"
    locked.write_bytes(evidence_bytes(evidence))
    again = inspect(str(locked), offline=True)
    first = inspect(str(path), offline=True)
    assert again.denominators == first.denominators
    assert again.converted == first.converted
    assert again.ledger == first.ledger


def test_a_card_beside_a_file_is_checked(tmp_path: Path, run: Run) -> None:
    one(tmp_path / "small-Q8_0.gguf", "Q8_0")
    (tmp_path / "README.md").write_text("# Small\n\nSmall has 16 routed experts, of which 2 are active per token.\n")
    code, out, _ = run("check", str(tmp_path / "README.md"), "--offline", "--format", "json")
    verdicts = {claim["path"]: claim["verdict"] for claim in document(out)["claims"]}
    assert verdicts["architecture.routed_experts"] == "contradicted"
    assert verdicts["architecture.experts_per_token"] == "reproduced"
    assert code == 0, "whose figure it is, the card does not say: a warning"


def test_a_dense_file_is_counted(tmp_path: Path, run: Run) -> None:
    dense = [one for one in small() if "_exps" not in one.name and "gate_inp" not in one.name]
    dense += [Named(f"blk.{n}.ffn_up.weight", (512, HIDDEN)) for n in range(4)]
    keys = {"expert_count": 0, "expert_used_count": 0}
    path = one(tmp_path / "a.gguf", tensors=dense, architecture="qwen3", keys=keys)
    code, out, err = run("inspect", str(path), "--offline")
    assert (code, err) == (0, "") and "A dense model" in out and "total.full" in out


def test_an_encoders_file(tmp_path: Path) -> None:
    tensors = [Named("v.blk.0.attn_q.weight", (256, 256)), Named("mm.0.weight", (256, 512))]
    found = inspect(str(one(tmp_path / "mmproj-F16.gguf", tensors=tensors, architecture="clip")), offline=True)
    assert found.ledger.components() == {Component.VISION: 256 * 256, Component.PROJECTOR: 256 * 512}


def test_no_name_of_an_origin_breaks_a_line(tmp_path: Path, run: Run) -> None:
    keys = {"general.base_model.count": 1, "general.base_model.0.name": "a\x1b[31m\nb", "general.name": "\u202ex"}
    _, out, _ = run("inspect", str(one(tmp_path / "a.gguf", keys=keys)), "--offline")
    assert "\x1b" not in out and "\u202e" not in out and "a\\x1b[31m\\nb" in out


def test_a_refusal_of_the_origin_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="no such file"):
        inspect(str(one(tmp_path / "a.gguf")), offline=True, against="./nowhere.json")


def test_a_claim_that_is_wrong_of_a_file_is_an_error(tmp_path: Path, run: Run) -> None:
    """Counts of a converter's own names prove a contradiction like those of a config."""
    folder = tmp_path / "small"
    folder.mkdir()
    one(folder / "small-Q8_0.gguf", "Q8_0")
    claims = (
        "schema: moeaudit/claims/v1\nmodel: {id: org/small}\narchitecture: {routed_experts: 16, experts_per_token: 2}\n"
    )
    (folder / "small.claims.yaml").write_text(claims)
    words = ("check", str(folder / "small.claims.yaml"), "--model", str(folder), "--offline", "--format", "json")
    code, out, _ = run(*words)
    found = {finding["rule"]: finding["severity"] for finding in document(out)["findings"]}
    assert (code, found["experts-contradicted"]) == (1, "error")


def test_another_number_of_experts_per_token_is_a_difference(tmp_path: Path, run: Run) -> None:
    """All tensors are the origin's, and a token runs through twice as many experts."""
    origin = tmp_path / "origin"
    origin.mkdir()
    (origin / "config.json").write_text(json.dumps(CONFIG))
    file = one(tmp_path / "a.gguf", keys={"expert_used_count": 4})
    code, out, _ = run("inspect", file, "--against", origin)
    assert code == 1 and "4 experts per token, 2 at the origin" in " ".join(out.split())
    code, _, err = run("estimate", file, "--gpus", "2xH100", "--context", "2048", "--against", origin)
    assert code == 3 and "it differs from its origin" in err and err.count("\n") == 1
