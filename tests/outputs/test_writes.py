"""Where outputs go: never over an input or another view, whole or not at all, and what takes none is named."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from moeaudit.errors import UsageError
from moeaudit.evidence.outputs import append_text, write_whole
from tests.cli.samples import CommandLine, folder, table

CLAIMS = "schema: moeaudit/claims/v1\nmodel: {id: org/x, evidence: m}\narchitecture:\n  total_parameters: {value: 1B}\n"
CARD = "# Small\n\nThis model has 9B total parameters.\n"
FLEET = "schema: moeaudit/fleet/v1\ndevices: {type: H200, per_node: 8}\nengine: {name: vllm}\n"


@pytest.fixture
def here(cli: CommandLine) -> Path:
    """A model with a card and a claim file, a lock of it, a fleet, templates, settings."""
    folder(Path("m"), weights=table(), README__md=CARD)
    Path("x.claims.yaml").write_text(CLAIMS)
    Path("README.md").write_text(CARD)
    Path("fleet.yaml").write_text(FLEET)
    Path("moeaudit.yaml").write_text("fail-on: error\n")
    Path("own/markdown").mkdir(parents=True)
    Path("own/page.md.jinja").write_text("{{ result.subject.id }}\n")
    assert cli("lock", "m", "-o", "x.evidence.json").code == 0
    return Path.cwd()


INPUTS = (
    ("check x.claims.yaml --format json={}", "x.claims.yaml"),
    ("check README.md --model m --format sarif={}", "README.md"),
    ("check . --format junit={}", "x.claims.yaml"),
    ("check README.md --model m --format markdown={}", "m/config.json"),
    ("check README.md --model x.evidence.json --format json={}", "x.evidence.json"),
    ("check x.claims.yaml --format json={}", "moeaudit.yaml"),
    ("check x.claims.yaml --format github={}", "m/config.json"),
    ("inspect m --format json={}", "m/config.json"),
    ("inspect m --format json={}", "m/model-00001-of-00002.safetensors"),
    ("inspect m --depth config --format json={}", "m/model-00002-of-00002.safetensors"),
    ("inspect x.evidence.json --format text={}", "x.evidence.json"),
    ("estimate m --fleet fleet.yaml --format json={}", "fleet.yaml"),
    ("lock m -o {}", "m/config.json"),
    ("lock m -o {}", "README.md"),
    ("lock m -o {}", "fleet.yaml"),
    ("draft m --force -o {}", "m/README.md"),
    ("draft m --card README.md --force -o {}", "README.md"),
    ("packet x.claims.yaml --format json={}", "x.claims.yaml"),
    ("packet m --fleet fleet.yaml --format md={}", "fleet.yaml"),
    ("packet m --template own --format md={}", "own/page.md.jinja"),
)


@pytest.mark.parametrize(("line", "name"), INPUTS)
@pytest.mark.parametrize("way", ["plain", "dotted", "link", "hard link"])
def test_no_input_is_replaced(cli: CommandLine, here: Path, line: str, name: str, way: str) -> None:
    path = Path(name)
    before = path.read_bytes()
    output = {"plain": name, "dotted": f"own/../{name}"}.get(way, "out.json")
    if way == "link":
        Path("out.json").symlink_to(path)
    elif way == "hard link":
        os.link(path, "out.json")
    run = cli(*line.format(output).split())
    assert path.read_bytes() == before
    if way == "hard link" and path.suffix == ".safetensors":
        return  # weights that were not read keep their own name; the other name is the output's now
    assert run.code == 2 and run.err.count("\n") == 1, run
    assert "which would be replaced" in run.err or "is no evidence file" in run.err
    assert Path(output).read_bytes() == before
    assert not list(here.rglob(".moeaudit-*"))


@pytest.mark.parametrize("name", ["model.safetensors.index.json", "hf_quant_config.json", "params.json"])
def test_files_of_a_model_that_were_not_read_are_not_replaced_either(cli: CommandLine, here: Path, name: str) -> None:
    Path("m", name).write_text("{}")
    run = cli("inspect", "m/config.json", "--depth", "config", "--format", f"json=m/{name}")
    assert run.code == 2 and "a file of a model, which would be replaced" in run.err
    assert Path("m", name).read_text() == "{}"


@pytest.mark.parametrize("second", ["o", "own/../o", "./o", "link", "own/link", "sub/o"])
def test_two_views_never_share_a_file(cli: CommandLine, here: Path, second: str) -> None:
    Path("link").symlink_to("o")
    Path("own/link").symlink_to("../o")
    Path("sub").symlink_to(".")
    run = cli("check", "x.claims.yaml", "--format", "json=o", "--format", f"sarif={second}")
    assert run.code == 2 and ("two formats go to one file" in run.err or "out of its folder" in run.err)
    assert not Path("o").exists()


def test_outputs_may_be_made_again(cli: CommandLine, here: Path) -> None:
    for _ in range(2):
        assert cli("check", "x.claims.yaml", "--format", "json=o", "--format", "sarif=p").code == 1
        assert cli("lock", "m", "-o", "y.evidence.json").code == 0
        Path("link.json").unlink(missing_ok=True)
        Path("link.json").symlink_to("o")
        assert cli("inspect", "m", "--exit-zero", "--format", "json=link.json").code == 0
        assert Path("link.json").is_symlink()


@pytest.mark.parametrize(
    "line", ["lock m -o {}", "inspect m --format json={}", "check README.md --model m --format json={}"]
)
def test_a_link_out_of_its_folder_is_not_written_through(
    cli: CommandLine, here: Path, tmp_path: Path, line: str
) -> None:
    Path("out.evidence.json").symlink_to(tmp_path / "elsewhere")
    run = cli(*line.format("out.evidence.json").split())
    assert run.code == 2 and "the link leads out of its folder" in run.err
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "line",
    [
        "lock m -o {}",
        "inspect m --format json={}",
        "draft m --force -o {}",
        "packet m --format md={}",
        "estimate m --gpus 8xH200 --format json={}",
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "circle", "folder", "missing", "full"])
def test_what_takes_no_file_is_named(cli: CommandLine, here: Path, line: str, kind: str) -> None:
    path = {"full": "/dev/full", "missing": "no/such/folder/out"}.get(kind, "out")
    if kind == "pipe":
        os.mkfifo("out")
    elif kind == "circle":
        Path("out").symlink_to("out")
    elif kind == "folder":
        Path("out").mkdir()
    run = cli(*line.format(path).split())
    assert run.code == 2 and "cannot write here" in run.err and path in run.err and run.err.count("\n") == 1, run


@pytest.mark.parametrize("line", ["draft m -o {}", "lock m -o {}"])
def test_a_place_that_takes_no_file_is_named_before_anything_is_read(
    cli: CommandLine, here: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    Path("out").mkdir()
    Path("m/config.json").write_text("nothing that could be read")
    run = cli(*line.format("out").split())
    assert run.code == 2 and run.err.startswith("moeaudit: out: cannot write here: Is a directory"), run


@pytest.mark.parametrize(
    "line",
    [
        "inspect m --exit-zero --format json={} --format text={}",
        "check x.claims.yaml --exit-zero --format json={} --format sarif={}",
        "packet m --format md={} --format json={}",
        "estimate m --gpus 8xH200 --format json={} --format text={}",
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "circle", "folder", "missing", "full", "read only"])
@pytest.mark.parametrize("turned", [False, True])
def test_of_several_outputs_all_are_written_or_none(
    cli: CommandLine, here: Path, line: str, kind: str, turned: bool
) -> None:
    """The one that cannot be written is named; the other is as it was, or not there."""
    bad = {"full": "/dev/full", "missing": "no/such/folder/out", "read only": "/proc/out"}.get(kind, "out")
    if kind == "pipe":
        os.mkfifo("out")
    elif kind == "circle":
        Path("out").symlink_to("out")
    elif kind == "folder":
        Path("out").mkdir()
    for before in (None, "as it was"):
        if before:
            Path("o").write_text(before)
        run = cli(*line.format(*(("o", bad) if not turned else (bad, "o"))).split())
        assert run.code == 2 and run.err.startswith(f"moeaudit: {bad}: cannot write here"), run
        assert run.err.count("\n") == 1 and "written before" not in run.err and run.out == ""
        assert (Path("o").read_text() if Path("o").exists() else None) == before
        assert not list(here.rglob(".moeaudit-*"))


def test_of_several_outputs_a_device_that_takes_its_own_is_said(cli: CommandLine, here: Path) -> None:
    """What a device has taken cannot be taken back."""
    run = cli("inspect", "m", "--exit-zero", "--format", "json=/dev/null", "--format", "text=/dev/full")
    assert run.code == 2 and run.err.count("\n") == 1
    assert run.err.startswith("moeaudit: /dev/full: cannot write here: No space left on device (/dev/null was written")


def test_what_was_written_is_said_where_a_later_output_fails(
    cli: CommandLine, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/such/summary")
    run = cli("check", "x.claims.yaml", "--format", "github=o", "--format", "json=p")
    assert run.code == 2 and run.err.count("\n") == 1
    assert run.err.startswith("moeaudit: no/such/summary: cannot write here: No such file or directory (o, p were ")
    assert Path("o").is_file() and Path("p").is_file()
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    run = cli("inspect", "nowhere")  # of this command nothing was written
    assert run.code != 0 and "written before" not in run.err


def test_a_full_stdout_says_what_was_written(here: Path) -> None:
    run = shell("moeaudit inspect m --exit-zero --format json=o --format text > /dev/full", here)
    assert run.returncode == 2 and run.stderr.count("\n") == 1
    assert run.stderr.startswith("moeaudit: stdout takes no more: No space left on device (o was written before).")
    assert Path("o").is_file()


def test_a_pipe_with_a_reader_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "pipe", b"x" * 300_000)
    reader.join(10)
    assert got == [b"x" * 300_000] and (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize(
    "line",
    [
        "estimate m --fleet {}",
        "packet m --fleet {}",
        "inspect {}",
        "check {}",
        "draft m --card {}",
        "packet --verify {}",
        "check README.md --model {}",
        "packet m --template {}",
    ],
)
@pytest.mark.parametrize("kind", ["pipe.md", "/dev/zero", "/dev/full", "circle.md", "socket.md"])
def test_special_files_are_no_input(cli: CommandLine, here: Path, line: str, kind: str) -> None:
    import socket

    os.mkfifo("pipe.md")
    Path("circle.md").symlink_to("circle.md")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.md")
        run = cli(*line.format(kind).split())
    assert run.code in (2, 4) and run.err.count("\n") == 1 and Path(kind).name in run.err, run


@pytest.mark.parametrize("kind", ["folder", "no/such/summary", "circle", "x.claims.yaml", "/dev/full"])
def test_a_step_summary_that_cannot_be_written_is_one_line(
    cli: CommandLine, here: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    Path("folder").mkdir()
    Path("circle").symlink_to("circle")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", kind)
    run = cli("check", "x.claims.yaml", "--format", "github")
    assert run.code == 2 and kind in run.err and "Traceback" not in run.err
    assert Path("x.claims.yaml").read_text() == CLAIMS


def test_a_summary_is_added_to(tmp_path: Path) -> None:
    append_text(tmp_path / "summary", "one\n")
    append_text(tmp_path / "summary", "two\n")
    assert (tmp_path / "summary").read_text() == "one\ntwo\n"
    with pytest.raises(UsageError, match="cannot write here"):
        append_text(tmp_path, "x")


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = line.replace("moeaudit", f"{sys.executable} -m moeaudit")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(["bash", "-c", words], capture_output=True, text=True, cwd=cwd, env=environment, check=False)


@pytest.mark.parametrize(
    "line",
    [
        "schema claims",
        "explain",
        "inspect m --exit-zero",
        "draft m",
        "estimate m --gpus 8xH200 --emit vllm",
        "cache",
        "packet m",
        "--help",
        "check README.md --model m --exit-zero",
    ],
)
def test_a_reader_that_closes_early_changes_no_exit_code(here: Path, line: str) -> None:
    run = shell(f"moeaudit {line} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}", here)
    assert run.returncode in (0, 141) and "Traceback" not in run.stderr and "bug" not in run.stderr, run


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("inspect org/x --offline", 4),
        ("inspect m --nothing", 2),
        ("schema nothing", 2),
        ("lock m -o y.evidence.json", 0),
        ("check README.md --model m --fail-on warning", 1),
    ],
)
@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_a_stderr_that_takes_nothing_changes_no_exit_code(here: Path, line: str, code: int, redirection: str) -> None:
    assert shell(f"moeaudit {line} >/dev/null {redirection}", here).returncode == code


@pytest.mark.parametrize("line", ["schema claims", "explain", "inspect m", "draft m", "cache", "--help", "--version"])
def test_a_stdout_that_takes_nothing_is_said(here: Path, line: str) -> None:
    run = shell(f"moeaudit {line} >/dev/full", here)
    assert run.returncode == 2 and "stdout takes no more" in run.stderr and run.stderr.count("\n") == 1
