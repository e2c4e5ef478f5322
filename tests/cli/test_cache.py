"""`moeaudit cache`, and `--no-cache` wherever something is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.errors import Exit
from tests.cli.samples import CONFIG, ID, CommandLine, table
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

READING = ("inspect", "check", "draft", "packet", "estimate", "lock")


def test_size_and_clean(cli: CommandLine, hub: LoopbackHub, tmp_path: Path) -> None:
    """What the Hub library shares stays: offline runs still find the config."""
    hub.add(model_repo(ID, CONFIG, table()))
    assert cli("cache").out.endswith("hf-home/hub: 0 tables and listings, 0 bytes of moeaudit's own\n")
    cli("inspect", ID, "--depth", "headers")
    own = [file for file in tmp_path.rglob("moeaudit/*/*") if file.is_file()]
    size = sum(file.stat().st_size for file in own)
    assert f"{len(own)} tables and listings, {size:,} bytes" in cli("cache", "size").out and own
    assert cli("cache", "clean").out == f"removed {len(own)} tables and listings, {size:,} bytes\n"
    assert not list(tmp_path.rglob("moeaudit"))
    assert cli("inspect", ID, "--offline", "--depth", "index").code == Exit.OK
    assert cli("cache", "clean").out == "removed 0 tables and listings, 0 bytes\n"


def test_links_are_not_followed(cli: CommandLine, tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "x"
    mine.mkdir(parents=True)
    (mine / "file").write_text("kept")
    repo = tmp_path / "hf-home" / "hub" / "models--org--a"
    repo.mkdir(parents=True)
    (repo / "moeaudit").symlink_to(tmp_path / "mine")
    assert cli("cache", "clean").code == 0
    assert (mine / "file").read_text() == "kept"


@pytest.mark.parametrize("command", READING)
def test_every_command_that_reads_can_do_without(cli: CommandLine, command: str) -> None:
    assert "--no-cache" in cli(command, "--help").out


def test_without(cli: CommandLine, hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOEAUDIT_NO_CACHE", "")  # so that what the option sets ends with the test
    hub.add(model_repo(ID, CONFIG, table()))
    for _ in range(2):
        hub.requests.clear()
        assert cli("inspect", ID, "--depth", "headers", "--no-cache").code == Exit.OK
        assert len(hub.requests) == 1 + 2 + 2 * 2
    assert not (tmp_path / "hf-home").exists()


def test_the_hub_library_is_not_loaded(cli: CommandLine, hub: LoopbackHub) -> None:
    import subprocess
    import sys

    hub.add(model_repo(ID, CONFIG, table()))
    code = (
        "import sys; sys.argv = ['moeaudit', 'inspect', sys.argv[1], '--depth', 'headers', '--format', 'json']\n"
        "from moeaudit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted(sys.modules), file=sys.stderr)"
    )
    loaded = subprocess.run([sys.executable, "-c", code, ID], capture_output=True, text=True, check=True).stderr.split()
    assert not {"huggingface_hub", "httpx", "httpx2", "asyncio", "email.utils.parsedate"} & set(loaded)
