"""Every failure of the main path, end to end: one clear line with the next step, the design's exit code, no rests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.samples import CONFIG, ID, CommandLine, Run, folder, put, table
from tests.hub.repos import HubFile, model_repo, raw_shard
from tests.hub.server import LoopbackHub


def fails(run: Run, code: int, *says: str) -> None:
    """One line on stderr that says all this, nothing on stdout."""
    assert run.code == code, run.err
    assert run.out == ""
    assert run.err.startswith("moeaudit: ") and run.err.count("\n") == 1
    assert run.err.rstrip("\n").isprintable()
    for text in says:
        assert text in run.err
    assert "Traceback" not in run.err


def test_no_such_repo(cli: CommandLine, hub: LoopbackHub) -> None:
    fails(cli("inspect", "org/none"), 4, "org/none: no such repo at http://127.0.0.1", "Check the spelling.")


def test_gated(cli: CommandLine, hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(), gated=True))
    fails(cli("inspect", ID), 4, "the repo is gated", "Accept its terms on its page, then set HF_TOKEN")


def test_bad_revision(cli: CommandLine, hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    fails(cli("inspect", f"{ID}@v9"), 4, "no such revision", "Give a branch, tag or commit")
    fails(cli("inspect", ID, "--revision", "a b"), 2, "cannot be a revision")


def test_no_network(cli: CommandLine, hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    fails(cli("inspect", ID), 4, "could not be reached", "Check the network, HF_ENDPOINT and your proxy")


def test_no_network_but_recorded_evidence(cli: CommandLine, hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    fails(cli("inspect", "openai/gpt-oss-20b"), 4, "Or use --offline: evidence of this model ships with moeaudit")


def test_offline_without_evidence(cli: CommandLine) -> None:
    fails(cli("inspect", ID, "--offline"), 4, "offline, and neither cached nor recorded", "moeaudit lock")


@pytest.mark.parametrize("model", ["./none", "no/such/file.json", "none.evidence.json"])
def test_no_such_file(cli: CommandLine, model: str) -> None:
    fails(cli("inspect", model), 4, "no such file or folder", "Check the path.")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.claims.yaml", b"schema: moeaudit/claims/v1", "a claim file is no model. Give it to `moeaudit check`"),
        ("README.md", b"# A card", "a model card is no model"),
        ("picture.png", b"\x89PNG", "neither a config.json, an evidence file nor a spec file"),
        ("config.json", b"\xef\xbb\xbf{}", "byte order mark"),
        ("config.json", b'{"hidden_size": ' + b"9" * 5000 + b"}", "value has 5000 digits.\n"),
    ],
)
def test_files_that_are_no_model(cli: CommandLine, name: str, content: bytes, says: str) -> None:
    Path(name).write_bytes(content)
    fails(cli("inspect", name), 2, says)


@pytest.mark.parametrize("model", ["deepseek-ai/DeepSeek-V33", "DeepSeek-V3"])
def test_a_recorded_model_under_nearly_its_name(cli: CommandLine, model: str) -> None:
    fails(cli("inspect", model, "--offline"), 4, "Did you mean deepseek-ai/DeepSeek-V3? Its evidence ships.")


def test_an_address_is_no_id(cli: CommandLine) -> None:
    fails(cli("inspect", "https://hub.example/org/name"), 2, "org/name[@revision]")


def test_no_config(cli: CommandLine, hub: LoopbackHub, tmp_path: Path) -> None:
    repo = model_repo(ID, CONFIG, table())
    repo.files.clear()
    hub.add(repo)
    fails(cli("inspect", ID), 4, "no config.json", "Give the folder or repo that holds the model itself.")
    (tmp_path / "empty").mkdir()
    fails(cli("inspect", tmp_path / "empty"), 4, "no config.json")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "config.json:1:2: "),
        ("", "config.json: the file is empty, expected a JSON object"),
        ("[1, 2]", "config.json:1:1: the file holds a list, expected a JSON object"),
        ('"x"', "config.json:1:1: the file holds a string, expected a JSON object"),
        ("\x1b[31m", "config.json:1:1"),
    ],
)
def test_config_is_no_json_object(cli: CommandLine, tmp_path: Path, content: str, says: str) -> None:
    fails(cli("inspect", folder(tmp_path / "model", content)), 2, says)


def test_a_required_field_is_missing(cli: CommandLine, tmp_path: Path) -> None:
    config = {name: value for name, value in CONFIG.items() if name != "moe_intermediate_size"}
    fails(cli("inspect", folder(tmp_path / "model", config)), 2, "config.json (moe_intermediate_size)")


def test_a_field_of_the_wrong_kind(cli: CommandLine, tmp_path: Path) -> None:
    config = {**CONFIG, "hidden_size": "large"}
    fails(cli("inspect", folder(tmp_path / "model", config)), 2, "config.json (hidden_size)", "'large'")


def test_contradictory_fields_are_both_shown(cli: CommandLine, tmp_path: Path) -> None:
    """The same fact under two names: it is a finding, and nothing is silently preferred."""
    config = {**CONFIG, "num_local_experts": 6}
    run = cli("inspect", folder(tmp_path / "model", config), "--format", "json")
    said = json.dumps(json.loads(run.out)["findings"])
    assert "num_experts" in said and "num_local_experts" in said
    assert "4" in said and "6" in said
    assert run.code in (0, 1) and "Traceback" not in run.err


def test_unknown_family_without_weights(cli: CommandLine, tmp_path: Path) -> None:
    config = {"model_type": "nobody_knows", "architectures": ["NobodyKnows"]}
    fails(cli("inspect", folder(tmp_path / "model", config)), 3, "nobody_knows")


def test_an_index_that_names_missing_shards(cli: CommandLine, hub: LoopbackHub, tmp_path: Path) -> None:
    """A finding, for what is there can be counted."""
    path = folder(tmp_path / "model", CONFIG, table())
    (path / "model-00002-of-00002.safetensors").unlink()
    repo = model_repo(ID, CONFIG, table())
    del repo.files["model-00002-of-00002.safetensors"]
    hub.add(repo)
    for model in (path, ID):
        run = cli("inspect", model)
        assert run.code == 1, run.err
        assert "error weights-missing" in run.out
        assert "model-00002-of-00002.safetensors" in cli("inspect", model, "--all").out


@pytest.mark.parametrize(
    "shard", ["../../etc/passwd", "/etc/passwd", "a/../../b.safetensors", "C:\\x.safetensors", "x\x1b[2J.safetensors"]
)
def test_shards_outside_the_repo_are_refused(cli: CommandLine, tmp_path: Path, shard: str) -> None:
    index = {"metadata": {"total_size": 2}, "weight_map": {"a.weight": shard}}
    path = folder(tmp_path / "model", CONFIG, model__safetensors__index__json=json.dumps(index))
    fails(cli("inspect", path), 2, "model.safetensors.index.json")


def test_a_header_longer_than_its_limit(cli: CommandLine, tmp_path: Path) -> None:
    path = folder(tmp_path / "model")
    put(path / "model.safetensors", HubFile((200_000_000).to_bytes(8, "little") + b"{", 300_000_000))
    fails(cli("inspect", path), 2, "model.safetensors", "200,000,000")


def test_a_header_that_is_no_header(cli: CommandLine, hub: LoopbackHub) -> None:
    repo = model_repo(ID, CONFIG)
    repo.files["model.safetensors"] = raw_shard(b"not JSON", 10)
    hub.add(repo)
    fails(cli("inspect", ID), 2, "model.safetensors")


DENSE: dict[str, Any] = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64, "intermediate_size": 128,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 256,
    "torch_dtype": "bfloat16", "tie_word_embeddings": False,
}  # fmt: skip


def test_a_dense_model_is_counted(cli: CommandLine, tmp_path: Path) -> None:
    """`inspect` says that it is dense, and 0: it is no gate. The counts by hand."""
    run = cli("inspect", folder(tmp_path / "model", DENSE))
    assert (run.code, run.err) == (0, "")
    assert "A dense model: each token uses all of its" in run.out
    layer = 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128 + 2 * 64
    assert f"{2 * 256 * 64 + 2 * layer + 64:,}" in run.out


def test_a_dense_model_of_an_unknown_family_likewise(cli: CommandLine, tmp_path: Path) -> None:
    config = {**DENSE, "model_type": "nobody_knows", "architectures": ["NobodyKnows"]}
    run = cli("inspect", folder(tmp_path / "model", config, table(DENSE, shards=1)))
    assert (run.code, run.err) == (0, "")
    assert "Its family is not known." in run.out and "A dense model" in run.out and "total.full" in run.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("inspect", "not an id"), "neither a path nor a Hub id"),
        (("inspect", ID, "--format", "sarif"), "--format 'sarif' is not known"),
        (("inspect", ID, "-o", "a.xyz"), "names no format"),
        (("inspect", ID, "--format", "text", "--format", "json"), "two formats go to stdout"),
        (("inspect", "\x1b]0;owned\x07/x"), "names no model"),
        (("schema", "inspektion"), "Did you mean inspection?"),
        (("explain", "active.ful"), "active.full"),
    ],
)
def test_bad_usage(cli: CommandLine, words: tuple[str, ...], says: str) -> None:
    fails(cli(*words), 2, says)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("inspect", ID, "--depth", "weights"), "'weights'"),
        (("inspect", ID, "--colour"), "--colour"),
        (("inspect",), "Missing argument"),
        (("inspekt",), "inspekt"),
    ],
)
def test_a_line_that_no_command_understands(cli: CommandLine, words: tuple[str, ...], says: str) -> None:
    fails(cli(*words), 2, says, "--help`.")


def test_no_words_at_all_show_the_help(cli: CommandLine) -> None:
    run = cli()
    assert run.code == 2 and "inspect" in run.out + run.err


def test_nothing_half_written(cli: CommandLine, tmp_path: Path) -> None:
    """A report that cannot be finished leaves no file behind, and an older one as it was."""
    path = folder(tmp_path / "model", {"model_type": "nobody_knows"})
    Path("old.json").write_text("old")
    for words in (
        ("inspect", path, "--format", "json=old.json"),
        ("inspect", path, "--format", "json=none/new.json"),
        ("lock", "./none", "-o", "lock.json"),
    ):
        assert cli(*words).code != 0
    assert [entry.name for entry in Path.cwd().iterdir()] == ["old.json"]
    assert Path("old.json").read_text() == "old"


def test_a_place_that_cannot_be_written(cli: CommandLine, tmp_path: Path) -> None:
    run = cli("inspect", folder(tmp_path / "model", CONFIG, table()), "--format", "json=none/new.json")
    fails(run, 2, "none/new.json: cannot write here: No such file or directory")


def test_tracebacks_only_with_debug() -> None:
    """The real program: one line, and the traceback where it is asked for."""
    command = [sys.executable, "-m", "moeaudit", "inspect", "./none"]
    plain = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (plain.returncode, plain.stdout, plain.stderr.count("\n")) == (4, "", 1)
    shown = subprocess.run([*command, "--debug"], capture_output=True, text=True, check=False)
    assert "Traceback" in shown.stderr and "NoEvidence" in shown.stderr


@pytest.mark.parametrize("broken", ["config.json", "model-00001-of-00002.safetensors"])
def test_one_failure_ends_what_is_on_its_way(hub: LoopbackHub, tmp_path: Path, broken: str) -> None:
    """The real program: one line, at once, however many answers are still out; and nothing half-written."""
    hub.add(model_repo(ID, CONFIG, table()))
    hub.fail(broken, 404)
    hub.silent = re.compile("/stored/.*-00002-of")
    command = [sys.executable, "-m", "moeaudit", "inspect", ID, "--depth", "headers"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (4, "", 1) and "status 404" in run.stderr
    assert [path for path in (tmp_path / "hf-home").rglob("*") if ".tmp" in path.name] == []


def test_a_reader_that_closes_early(tmp_path: Path) -> None:
    """`| head -0`: no traceback, exit code 0."""
    path = folder(tmp_path / "model", CONFIG, table())
    with subprocess.Popen(
        [sys.executable, "-m", "moeaudit", "inspect", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_that_lacks_our_signs(encoding: str) -> None:
    """`LANG=C` and the like: plain signs, never a traceback."""
    command = [sys.executable, "-m", "moeaudit", "inspect", "google/expert-choice-8b-64e", "--offline"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(Path.cwd())}
    run = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert "6.42B" in run.stdout.decode(encoding)


@pytest.mark.parametrize(("redirection", "code"), [(">&-", 0), (">/dev/full", 2)])
def test_a_stdout_that_takes_nothing(redirection: str, code: int) -> None:
    line = f"{sys.executable} -m moeaudit inspect openai/gpt-oss-20b --offline {redirection}"
    run = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert run.returncode == code, run.stderr
    assert "bug" not in run.stderr


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "1e9"])
def test_a_timeout_that_is_none_is_named_as_it_was_given(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("MOEAUDIT_TIMEOUT", "600")  # the option sets it for the process
    fails(cli("inspect", "org/x", "--timeout", seconds), 2, "--timeout is no number of seconds", "Give more than 0")
