"""What each command makes of each kind of repo, and what an evidence file keeps of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.errors import AuditError, Exit
from moeaudit.evidence.reader import split_id
from moeaudit.reports.schemas import schema_text
from tests.cli.samples import CommandLine, Run
from tests.formats import repos
from tests.formats.test_kinds import LORA
from tests.hub.repos import HubRepo, shard_file
from tests.hub.server import LoopbackHub

FLEET = ("--gpus", "2xH100", "--context", "2048")

KINDS: dict[str, repos.Files] = {
    "params": repos.consolidated(repos.large3(), repos.PARAMS),
    "plain": repos.plain(),
    "adapter": repos.adapter(LORA),
    "pipeline": repos.pipeline(),
}


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest, hub: LoopbackHub, tmp_path: Path) -> Path:
    hub.add(repos.base())
    return repos.lay(tmp_path / str(request.param), KINDS[request.param])


def known(model: Path, *codes: int) -> int:
    """The exit code of a kind: of params, of weights alone, of an adapter, of a pipeline."""
    return codes[list(KINDS).index(model.name)]


def test_inspect_as_json(cli: CommandLine, model: Path) -> None:
    done = cli("inspect", model, "--format", "json")
    assert (done.code, done.err) == (0, "")
    document: dict[str, Any] = json.loads(done.out)
    jsonschema.validate(document, json.loads(schema_text("inspection")))
    assert ("adapter" in document) == (model.name == "adapter")
    assert ("pipeline" in document) == (model.name == "pipeline")


def test_inspect_as_text(cli: CommandLine, model: Path) -> None:
    done = cli("inspect", model)
    words = {
        "params": "params.json stands for a config.json",
        "plain": "There is no config. What follows is read off the names of its tensors, which is a guess.",
        "adapter": "An adapter of org/small-moe: the counts are the base's",
        "pipeline": "transformer and transformer_2 take turns by noise step",
    }
    assert words[model.name] in " ".join(done.out.split())
    assert "config.json" not in done.out.replace("a config.json", "") or model.name != "params"


def test_a_lock_says_the_same(cli: CommandLine, model: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.evidence.json"
    assert cli("lock", model, "-o", file).code == 0
    jsonschema.validate(json.loads(file.read_text()), json.loads(schema_text("evidence")))
    again, found = inspect(str(file)), inspect(str(model))
    assert again.denominators == found.denominators and again.remarks == found.remarks
    assert again.adapter == found.adapter and again.pipeline == found.pipeline


def test_check(cli: CommandLine, model: Path, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text("# Model\n\nIt has 999B total parameters.\n")
    done = cli("check", card, "--model", model)
    assert done.code in (0, 1) and "Traceback" not in done.err


def test_estimate(cli: CommandLine, model: Path) -> None:
    done = cli("estimate", model, *FLEET)
    assert done.code == known(model, 0, 3, 0, 3)
    assert done.code == 0 or said(done, "so nothing can be placed on devices")


def test_packet(cli: CommandLine, model: Path, tmp_path: Path) -> None:
    done = cli("packet", model, "--format", f"md={tmp_path / 'packet.md'}")
    assert done.code in (0, 1), done.err
    assert (tmp_path / "packet.md").read_text()


def said(done: Run, words: str) -> bool:
    return words in done.err and done.err.count("\n") == 1


# Two layouts in one repo


def both(params: dict[str, Any]) -> repos.Files:
    """transformers' config.json beside Mistral's own layout, as Mistral publishes both."""
    config = {
        "model_type": "mixtral", "architectures": ["MixtralForCausalLM"], "hidden_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "intermediate_size": 96, "vocab_size": 500,
        "num_local_experts": 4, "num_experts_per_tok": 2, "torch_dtype": "bfloat16", "max_position_embeddings": 4096,
        "tie_word_embeddings": False,
    }  # fmt: skip
    files = repos.consolidated(repos.mixtral(), params, shards=1)
    return files | {"config.json": repos.text(config)}


def test_both_layouts_agree(cli: CommandLine, tmp_path: Path) -> None:
    done = cli("inspect", repos.lay(tmp_path / "both", both(repos.MIXTRAL)))
    assert "params.json tells the same model" in done.out and "params-contradict" not in done.out


def test_both_layouts_differ(cli: CommandLine, tmp_path: Path) -> None:
    done = cli("inspect", repos.lay(tmp_path / "both", both({**repos.MIXTRAL, "n_layers": 3})), "--format", "json")
    findings = {one["rule"]: one for one in json.loads(done.out)["findings"]}
    finding = findings["params-contradict"]
    layer = (repos.size(repos.mixtral()) - 2 * 500 * 64 - 64) // 2
    whole = repos.size(repos.mixtral())
    assert f"total.full is {whole:,} by config.json, {whole + layer:,} by params.json" in finding["message"]
    assert finding["location"]["file"] == "params.json"


# Adapters whose base is not here


def test_an_adapter_names_its_base(cli: CommandLine, tmp_path: Path) -> None:
    """The case of axolotl's pull request 3515: the next step is the base's own repo."""
    files = repos.adapter(LORA, {**repos.ADAPTER, "base_model_name_or_path": "Qwen/Qwen3.5-35B-A3B"})
    done = cli("inspect", repos.lay(tmp_path / "adapter", files), "--offline")
    assert done.code == 4 and said(done, "an adapter of Qwen/Qwen3.5-35B-A3B")
    assert "Audit Qwen/Qwen3.5-35B-A3B itself." in done.err


def test_an_adapter_of_an_adapter_is_named(hub: LoopbackHub, cli: CommandLine, tmp_path: Path) -> None:
    """So is one that names itself: nothing goes round in a circle."""
    hub.add(HubRepo("org/first", dict(repos.adapter(LORA, {**repos.ADAPTER, "base_model_name_or_path": "org/first"}))))
    files = repos.adapter(LORA, {**repos.ADAPTER, "base_model_name_or_path": "org/first"})
    done = cli("inspect", repos.lay(tmp_path / "adapter", files))
    assert done.code == 4 and said(done, "an adapter of org/first") and "itself an adapter" in done.err


@pytest.mark.parametrize(("named", "stated", "branch"), [
    ("https://huggingface.co/org/small-moe", None, "main"),
    ("huggingface.co/org/small-moe/", "", "main"),
    ("https://huggingface.co/org/small-moe/tree/main", None, "main"),
    ("https://huggingface.co/org/small-moe/blob/v2/config.json", "v2", "v2"),
    ("https://huggingface.co/org/small-moe/tree/v2", None, "v2"),
    ("org/small-moe", "v2", "v2"),
])  # fmt: skip
def test_an_adapters_base_may_be_an_address(
    hub: LoopbackHub, cli: CommandLine, tmp_path: Path, named: str, stated: str | None, branch: str
) -> None:
    """What people paste into base_model_name_or_path: the Hub has the base under that one branch alone."""
    base = repos.base()
    hub.add(HubRepo(base.id, base.files, revisions=(branch,)))
    config = {**repos.ADAPTER, "base_model_name_or_path": named, "revision": stated}
    done = cli("inspect", repos.lay(tmp_path / "adapter", repos.adapter(LORA, config)), "--format", "json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["adapter"]["base"] == ("org/small-moe@v2" if branch == "v2" else "org/small-moe")


def test_a_bare_name_of_a_base_is_asked_of_the_hub(hub: LoopbackHub, cli: CommandLine, tmp_path: Path) -> None:
    """Early repos have no owner (`gpt2`); a folder that lies here under that name is never opened for it."""
    hub.add(HubRepo("early-moe", repos.base().files))
    repos.lay(tmp_path / "other-moe", repos.base().files)
    for name, code in (("early-moe", 0), ("other-moe", 4)):
        config = {**repos.ADAPTER, "base_model_name_or_path": name}
        done = cli("inspect", repos.lay(tmp_path / f"of-{name}", repos.adapter(LORA, config)))
        assert done.code == code, done.err
        assert code == 0 or said(done, f"an adapter of {name}")


def test_a_revision_that_cannot_be_one_ends_the_audit(cli: CommandLine, tmp_path: Path) -> None:
    """The base's main branch would be another model, taken in silence."""
    config = {**repos.ADAPTER, "revision": "v 2"}
    folder = repos.lay(tmp_path / "adapter", repos.adapter(LORA, config))
    done = cli("inspect", folder)
    assert done.code == 2 and said(done, "'v 2' cannot be a revision of the base org/small-moe")
    assert "(revision)" in done.err


# Addresses


@pytest.mark.parametrize(("text", "split"), [
    ("https://huggingface.co/org/name", ("org/name", None)),
    ("https://huggingface.co/org/name/", ("org/name", None)),
    ("https://huggingface.co/org/name/tree/main", ("org/name", None)),
    ("https://huggingface.co/org/name/tree/main/transformer", ("org/name", None)),
    ("https://huggingface.co/org/name/blob/v1.0/config.json", ("org/name", "v1.0")),
    ("https://huggingface.co/org/name/resolve/abc123/model.safetensors?download=true", ("org/name", "abc123")),
    ("https://huggingface.co/org/name/blob/refs%2Fpr%2F1/config.json", ("org/name", "refs/pr/1")),
    ("https://huggingface.co/org/name/tree/refs/pr/1", ("org/name", "refs/pr/1")),
    ("https://huggingface.co/org/name#usage", ("org/name", None)),
    ("https://huggingface.co/gpt2", ("gpt2", None)),
    ("https://www.huggingface.co/org/name/tree/main", ("org/name", None)),
    ("https://huggingface.co:443/org/name", ("org/name", None)),
    ("https://huggingface.co/org/name.git", ("org/name", None)),
    ("HuggingFace.co/org/name", ("org/name", None)),
    ("HF.co/org/name/tree/main", ("org/name", None)),
    ("www.huggingface.co/org/name", ("org/name", None)),
    ("https://hf.co/org/name", ("org/name", None)),
    ("huggingface.co/org/name/tree/main", ("org/name", None)),
    ("http://mirror.example:8080/hub/org/name/tree/main", ("org/name", None)),
    ("https://huggingface.co/org/name/discussions/1", ("org/name", None)),
    ("https://huggingface.co/api/models/org/name/revision/v2", ("org/name", "v2")),
    ("git@hf.co:org/name", ("org/name", None)),
    ("git@hf.co:org/name.git", ("org/name", None)),
    ("ssh://git@hf.co/org/name.git", ("org/name", None)),
    ("hf://org/name", ("org/name", None)),
    ("hf://org/name@v2", ("org/name", "v2")),
    ("hf://models/org/name@v2/config.json?x=1", ("org/name", "v2")),
    ("hf://org/name@refs/pr/1/config.json", ("org/name", "refs/pr/1")),
    ("hf://org/name@refs%2Fpr%2F1/config.json", ("org/name", "refs/pr/1")),
    ("hf://org/name/config.json", ("org/name", None)),
    ("hf://gpt2@v2", ("gpt2", "v2")),
])  # fmt: skip
def test_addresses(monkeypatch: pytest.MonkeyPatch, text: str, split: tuple[str, str | None]) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror.example:8080/hub")
    assert split_id(text) == split


@pytest.mark.parametrize(("text", "says"), [
    ("https://hub.example/org/name?token=hush", "https://hub.example: no address of the Hub"),
    ("https://who:hush@huggingface.co/org/name", "an address with a user or a password in it is refused"),
    ("https://huggingface.co/datasets/org/name", "that of a data set, not of a model"),
    ("https://huggingface.co/", "the address names no model"),
    ("https://huggingface.co/spaces/org/name", "that of a space, not of a model"),
    ("https://huggingface.co/docs/transformers", "that of documentation, not of a model"),
    ("hf://datasets/org/name@v2?hush", "that of a data set, not of a model"),
    ("hf://", "the address names no model"),
    ("datasets/org/name", "no such folder, and datasets of the Hub are no models"),
    ("spaces/org/name/", "no such folder, and spaces of the Hub are no models"),
    ("https://github.com/org/name", "https://github.com: no address of the Hub. Write the model's id on the Hub"),
    ("github.com/org/name", "https://github.com: no address of the Hub"),
    ("git@github.com:org/name.git", "https://github.com: no address of the Hub"),
    ("git@who:hush@hf.co:org/name", "no address of the Hub"),
    ("ssh://git@hf.co:hush/org/name", "this is no address"),
    ("modelscope.cn/models/org/name", "https://modelscope.cn: no address of the Hub"),
    ("s3://bucket/hush", "s3://: no address of the Hub"),
    ("https://huggingface.co/org/na%2e%2eme", "neither a path nor a Hub id"),
    ("https://huggingface.co/org/name/tree/..%2Fmain", "cannot be a revision"),
    ("https://[hush", "this is no address"),
    ("file:///etc/hush", "no address of the Hub"),
])  # fmt: skip
def test_addresses_that_are_refused(cli: CommandLine, text: str, says: str) -> None:
    done = cli("inspect", text)
    assert done.code == Exit.USAGE and said(done, says) and "hush" not in done.err


def test_an_address_and_another_revision() -> None:
    with pytest.raises(AuditError, match="two revisions: 'dev' and 'v2'"):
        split_id("https://huggingface.co/org/name/tree/dev", "v2")


def test_a_pasted_address_is_inspected(hub: LoopbackHub, cli: CommandLine) -> None:
    """Of the endpoint that is set; packets keep the id alone."""
    hub.add(repos.base())
    address = f"{hub.url}/{repos.BASE}/tree/main?not=kept"
    done = cli("inspect", address)
    assert done.code == 0 and done.out.startswith(repos.BASE)
    assert "not=kept" not in cli("packet", address).out


@pytest.mark.parametrize("pasted", [
    "{hub}/org/small-moe", "{hub}/org/small-moe.git", "{hub}/org/small-moe/tree/main/", "hf.co/org/small-moe",
    "{hub}/org/small-moe/blob/main/config.json?a=b#c", "git@hf.co:org/small-moe.git", "hf://org/small-moe@main",
    "  {hub}/org/small-moe/resolve/main/config.json ", "<https://huggingface.co/org/small-moe>",
])  # fmt: skip
def test_every_command_takes_what_is_pasted(hub: LoopbackHub, cli: CommandLine, tmp_path: Path, pasted: str) -> None:
    """Wherever a model is named, in a claim file as well; reports and files name it by its id."""
    hub.add(repos.base())
    model = pasted.format(hub=hub.url)
    assert cli("inspect", model).out.startswith(repos.BASE)
    drafted = cli("draft", model)
    assert drafted.code == 0 and f'id: "{repos.BASE}"' in drafted.out
    claims, card = tmp_path / "x.claims.yaml", tmp_path / "README.md"
    claims.write_text(drafted.out.replace(f'id: "{repos.BASE}"', f"id: {json.dumps(model)}"), encoding="utf-8")
    card.write_text("# small-moe\n\nIt has 9,999B total parameters.\n", encoding="utf-8")
    assert cli("check", claims).err == "" and cli("check", card, "--model", model).code == Exit.FINDINGS
    assert cli("lock", model, "-o", tmp_path / "locked.json").code == 0
    assert json.loads((tmp_path / "locked.json").read_text())["model"]["id"] == repos.BASE
    assert cli("estimate", model, *FLEET).out.split(": ")[1].startswith(repos.BASE)
    for given in ((model,), (card, "--model", model), (claims,)):
        done = cli("packet", *given)
        assert done.code == 0 and f"# Audit packet: {repos.BASE}" in done.out and "a=b" not in done.out


def test_packets_and_estimates_say_whose_counts_they_are(hub: LoopbackHub, cli: CommandLine, tmp_path: Path) -> None:
    hub.add(repos.base())
    adapter = repos.lay(tmp_path / "adapter", repos.adapter(LORA))
    assert "An adapter of org/small-moe: the counts are the base's." in cli("packet", adapter).out
    assert "An adapter of org/small-moe" in " ".join(cli("estimate", adapter, *FLEET, "--all").out.split())
    pipeline = repos.lay(tmp_path / "pipeline", repos.pipeline())
    assert "they are not routed experts" in cli("packet", pipeline).out


# Whether it is sparse at all


def test_experts_that_only_the_weights_tell_of_are_not_called_dense(cli: CommandLine, tmp_path: Path) -> None:
    """A params.json without its section on experts, beside weights that hold them."""
    params = {name: value for name, value in repos.PARAMS.items() if name != "moe"}
    done = cli("inspect", repos.lay(tmp_path / "params", repos.consolidated(repos.large3(), params)), "--all")
    assert done.code == Exit.FINDINGS and "A dense model" not in done.out and "weights-unexpected" in done.out
    shown = " ".join(done.out.split())
    assert "Its tensors hold routed experts, and what describes it has none: what a token uses is not settled." in shown
    assert "of which each token uses" not in shown and "(active.full)" not in shown


def test_names_that_say_no_role_are_not_called_dense(cli: CommandLine, tmp_path: Path) -> None:
    files = {"model.safetensors": shard_file(repos.tensors({"a.b": (4, 4), "c": (3,)}))}
    done = cli("inspect", repos.lay(tmp_path / "plain", files))
    shown = " ".join(done.out.split())
    assert (done.code, done.err) == (0, "") and "A dense model" not in shown
    assert "No routed experts are recognised, and 19 parameters have no known role: whether it is sparse is" in shown


def test_a_pipeline_without_a_folder_says_so(cli: CommandLine, tmp_path: Path) -> None:
    files = {name: file for name, file in repos.pipeline().items() if not name.startswith("transformer_2/")}
    done = cli("inspect", repos.lay(tmp_path / "pipeline", files))
    shown = " ".join(done.out.split())
    assert done.code == 0 and "not counted as a whole: transformer_2: its folder is not here" in shown
    done = cli("estimate", tmp_path / "pipeline", *FLEET)
    assert done.code == Exit.NOTHING_TO_AUDIT and said(done, "a pipeline is no language model")


def test_a_params_json_that_cannot_be_used_is_called_by_its_name(cli: CommandLine, tmp_path: Path) -> None:
    params = {name: value for name, value in repos.PARAMS.items() if name != "dim"}
    done = cli("inspect", repos.lay(tmp_path / "params", repos.consolidated(repos.large3(), params)))
    assert "params.json could not be used" in done.out and "config.json could" not in done.out
