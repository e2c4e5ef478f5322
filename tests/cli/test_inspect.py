"""`moeaudit inspect`, end to end: what it prints, as text and as JSON, and what it never prints."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from moeaudit.cli.inspecting import ReadDepth
from moeaudit.errors import Exit
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.model import Evidence, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import Tensor, TensorTable
from tests.cli.samples import CONFIG, ID, CommandLine, folder, table
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCHEMA = json.loads((ROOT / "schemas/inspection.schema.json").read_text())
FIXTURES = sorted(
    path.name.removesuffix(".evidence.json").replace("--", "/", 1)
    for path in (ROOT / "fixtures").glob("*.evidence.json")
)
SPECS = sorted(
    path.name.removesuffix(".moe.yaml").replace("--", "/", 1) for path in (ROOT / "fixtures/specs").glob("*.moe.yaml")
)

TOTAL = 2 * 512 * 256 + 256 + 3 * (2 * 256 * 256 + 2 * 256 * 128 + 2 * 64 + 2 * 256 + 4 * 256 + 4 * 3 * 256 * 128)
"""The sample by hand: embedding and head, final norm, three layers of attention, q/k norms, norms, router, experts."""


def inspected(cli: CommandLine, *words: str | Path) -> dict[str, Any]:
    run = cli("inspect", *words, "--format", "json")
    assert run.out, run.err
    found: dict[str, Any] = json.loads(run.out)
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.parametrize("model", [*FIXTURES, *SPECS])
def test_the_json_view_follows_its_schema(cli: CommandLine, model: str) -> None:
    found = inspected(cli, model, "--offline")
    assert found["model"]["recorded"]
    assert sum(found["components"].values()) == found["denominators"]["total.stored"].get(
        "value", sum(found["components"].values())
    )
    assert {file["origin"] for file in found["evidence"]} or found["model"]["source"] == "spec"


def test_from_the_hub_with_two_witnesses(cli: CommandLine, hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    found = inspected(cli, ID)
    assert found["model"] == {"id": ID, "revision": None, "commit": repo.commit, "source": "hub", "recorded": False}
    assert found["agreement"]["verdict"] == "agree"
    assert found["denominators"]["total.full"] == {"value": TOTAL, "basis": "matched"}
    assert found["settlement"] == {"basis": "matched", "open": 0, "needs": None, "doubts": []}
    assert found["witnesses"]["index"]["tensors"] == table().tensors == found["agreement"]["names_matched"]
    assert found["witnesses"]["index"]["total_size"] == table().bytes
    assert not found["witnesses"]["headers"]["available"]
    assert hub.weights == 0


@pytest.mark.parametrize("depth", list(ReadDepth))
def test_every_depth_gives_the_same_counts(cli: CommandLine, hub: LoopbackHub, depth: ReadDepth) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    found = inspected(cli, ID, "--depth", depth.value)
    basis = {"config": "predicted", "index": "matched", "headers": "read"}[depth.value]
    settled = {"value": TOTAL, "basis": basis}
    assert found["denominators"]["total.full"] == found["denominators"]["stored.elements"] == settled
    read = list(ReadDepth)[: list(ReadDepth).index(depth) + 1]
    assert [name for name, witness in found["witnesses"].items() if witness["available"]] == [one.value for one in read]
    assert hub.weights <= 2 * 5_000, "two first spans that end a little behind their headers"


def test_the_same_from_folder_config_and_lock(cli: CommandLine, tmp_path: Path) -> None:
    path = folder(tmp_path / "model", CONFIG, table())
    assert cli("lock", path, "-o", "small.evidence.json").code == 0
    counts = [inspected(cli, source)["denominators"] for source in (path, path / "config.json", "small.evidence.json")]
    bases = [{value.pop("basis", None) for value in found.values()} - {None} for found in counts]
    assert counts[0] == counts[1] == counts[2]
    assert bases == [{"matched"}, {"predicted"}, {"read"}]


def test_witnesses_that_disagree(cli: CommandLine, tmp_path: Path) -> None:
    """One tensor fewer in the weights than the config implies: both totals, the name, and exit code 1."""
    whole = table()
    cut = TensorTable.collapse(tensor for tensor in whole.expand() if tensor.name != "model.norm.weight")
    path = folder(tmp_path / "model", CONFIG, cut)
    found = inspected(cli, path)
    assert found["agreement"] | {"verdict": "disagree", "names_missing": 1, "names_unexpected": 0} == found["agreement"]
    assert sum(found["ledgers"]["config"].values()) - sum(found["ledgers"]["weights"].values()) == 256
    run = cli("inspect", path, "--all")
    assert run.code == Exit.FINDINGS
    assert "witnesses disagree" in run.out and "model.norm.weight" in run.out
    assert cli("inspect", path, "--exit-zero").code == cli("inspect", path, "--fail-on", "never").code == 0


def test_an_unknown_family_is_counted_from_its_headers(cli: CommandLine, hub: LoopbackHub) -> None:
    """Without being asked for: the index gives no shapes, so the headers are read. The count says what it rests on."""
    config = {**CONFIG, "model_type": "nobody_knows", "architectures": ["NobodyKnowsForCausalLM"]}
    hub.add(model_repo(ID, config, table()))
    found = inspected(cli, ID)
    assert found["architecture"] is None
    by_words = {"basis": "assumed", "open": TOTAL}  # no role is known but by its name
    assert found["denominators"]["total.full"] == {"value": TOTAL, **by_words}
    assert found["denominators"]["active.full"] == {"value": TOTAL - 3 * 2 * 3 * 256 * 128, **by_words}
    assert found["denominators"]["total.stored"] == {"value": TOTAL, "basis": "read"}
    assert found["agreement"]["verdict"] == "single-witness"
    assert "One witness only." in cli("inspect", ID, "--all").out
    assert [finding["rule"] for finding in found["findings"]] == ["family-unknown"], "the count is labelled"
    assert hub.weights <= 2 * 5_000


def test_synthesised_headers_are_no_witness(cli: CommandLine) -> None:
    found = inspected(cli, "deepseek-ai/DeepSeek-V3", "--offline")
    assert found["agreement"]["verdict"] == "single-witness"
    assert found["witnesses"]["headers"]["synthesised"].startswith("derived from config.json")
    assert found["witnesses"]["config"]["synthesised"] is None
    run = cli("inspect", "deepseek-ai/DeepSeek-V3", "--offline")
    assert "read: config; its weights were not seen" in run.out and "agree" not in run.out
    assert "the headers are synthesised from the config" in run.out


def test_a_format_this_version_does_not_know(cli: CommandLine, tmp_path: Path) -> None:
    """Elements are not guessed where the storage is not known."""
    config = {**CONFIG, "quantization_config": {"quant_method": "newest"}}
    found = inspected(cli, folder(tmp_path / "model", config))
    assert found["denominators"]["total.full"] == {"value": TOTAL, "basis": "predicted"}
    assert "absent" in found["denominators"]["stored.elements"]


EVIL = "\x1b[31mred\x1b]0;title\x07\u202egnp.exe\u200b\r\n\x9b2J"


def test_hostile_text_never_reaches_the_terminal(cli: CommandLine, tmp_path: Path) -> None:
    """Escapes, direction overrides and invisible characters in ids, values, names and cards come out written."""
    config = {**CONFIG, "model_type": "qwen3_moe", "architectures": [EVIL], "torch_dtype": EVIL, EVIL: EVIL}
    tensors = [*table(shards=1).expand(), Tensor(f"model.{EVIL}.weight", "BF16", (3, 5), "model.safetensors")]
    evidence = Evidence(
        ModelRef(f"org/{EVIL}", Source.HUB), JsonFile("config.json", config), headers=TensorTable.collapse(tensors)
    )
    Path("evil.evidence.json").write_bytes(evidence_bytes(evidence))
    model = folder(tmp_path / "model", config, table(), README__md=f"# {EVIL}\n\n{EVIL} has 7B parameters ({EVIL})\n")
    for source in ("evil.evidence.json", model):
        for form in ("text", "json"):
            run = cli("inspect", source, "--format", form)
            assert run.out and "Traceback" not in run.err
            shown = (run.out + run.err).replace("\n", "")
            assert [
                character for character in shown if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs")
            ] == []


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_the_width_is_followed(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    run = cli("inspect", "openai/gpt-oss-20b", "--offline")
    assert max(map(len, run.out.splitlines())) <= columns
    assert "20,914,757,184" in run.out


def test_colours_follow_the_environment(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = cli("inspect", "openai/gpt-oss-20b", "--offline").out
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = cli("inspect", "openai/gpt-oss-20b", "--offline").out
    assert "\x1b[" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in cli("inspect", "openai/gpt-oss-20b", "--offline").out


def test_several_formats_at_once(cli: CommandLine) -> None:
    run = cli("inspect", "openai/gpt-oss-20b", "--offline", "--format", "text", "--format", "json=out.json")
    assert run.code == 0 and run.out.startswith("openai/gpt-oss-20b\n")
    assert json.loads(Path("out.json").read_text())["schema"] == "moeaudit/inspection/v1"


def test_every_medium(cli: CommandLine) -> None:
    """The format of a file is that of its ending; pages show everything, whatever the text shows."""
    files = ("a.md", "a.html", "a.pdf", "a.json", "a.txt")
    run = cli("inspect", "openai/gpt-oss-20b", "--offline", *(word for file in files for word in ("-o", file)))
    assert (run.code, run.out, run.err) == (0, "", "")
    made = {file: Path(file).read_bytes() for file in files}
    for file in ("a.md", "a.html"):
        text = made[file].decode()
        assert "20,914,757,184" in text and "embedding.input" in text and "No rule found anything." in text
        assert "--all" not in text, "nothing more is to be had"
    assert made["a.pdf"].startswith(b"%PDF-")
    assert made["a.txt"].decode() == cli("inspect", "openai/gpt-oss-20b", "--offline").out
    assert made["a.json"].decode() == cli("inspect", "openai/gpt-oss-20b", "--offline", "--json").out
    assert made["a.md"].decode() == cli("inspect", "openai/gpt-oss-20b", "--offline", "--format", "markdown").out


def test_the_same_pages_twice(cli: CommandLine) -> None:
    for form in ("markdown", "html"):
        pages = {cli("inspect", "moonshotai/Kimi-K2-Instruct", "--offline", "--format", form).out for _ in range(2)}
        assert len(pages) == 1


def test_a_command_of_the_first_screen_can_be_run(cli: CommandLine, tmp_path: Path) -> None:
    """What a shell would take apart is quoted; what would fill the screen is left to the reader."""
    odd = folder(Path("a b; $c"), CONFIG, table())
    shown = cli("inspect", odd, "--offline").out
    assert "moeaudit inspect 'a b; $c' --all\n" in shown
    [line] = [line for line in shown.splitlines() if "--all" in line]
    words = shlex.split(line)[1:]
    assert cli(*words[1:], "--offline").code == 0
    assert "moeaudit inspect MODEL --all" in cli("inspect", folder(tmp_path / ("x" * 60), CONFIG), "--offline").out


def test_nothing_counted_is_nothing_to_audit(cli: CommandLine) -> None:
    """An index of pickled weights without a config: said on the screen, and exit code 3."""
    path = Path("pickled")
    path.mkdir()
    index = {"metadata": {"total_size": 2}, "weight_map": {"a.weight": "pytorch_model-00001-of-00001.bin"}}
    (path / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    run = cli("inspect", path)
    assert run.code == Exit.NOTHING_TO_AUDIT and run.err.count("\n") == 1
    assert "Nothing could be counted: " in run.out and "explain active.full" not in run.out


def test_runs_are_deterministic(cli: CommandLine) -> None:
    words = ("inspect", "zai-org/GLM-4.5", "--offline", "--format", "json")
    assert cli(*words).out == cli(*words).out


def test_an_offline_inspection_loads_nothing_heavy() -> None:
    """All of it but the option parser, which brings what it brings."""
    code = (
        "import sys\n"
        "from moeaudit.cli.inspecting import inspected\n"
        "from moeaudit.checks.facts import Facts\n"
        "from moeaudit.audits.headline import headline_claims\n"
        "from moeaudit.checks.registry import run\n"
        "from moeaudit.reports.inspected import Inspected, views\n"
        "one = inspected('deepseek-ai/DeepSeek-V3', None, revision=None, offline=True)\n"
        "said = headline_claims(one)\n"
        "for everything in (False, True):\n"
        "    views(Inspected(one, tuple(run(Facts(one, said))), said), everything=everything)['text']()\n"
        "heavy = ('pydantic', 'huggingface_hub', 'jinja2', 'markdown_it', 'markupsafe', 'yaml', 'rich', 'typst')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
