"""Ctrl-C and SIGTERM: gone at once, with a line that says what was kept, and nothing left behind."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from moeaudit.cli.interrupt import Interrupted, heeded
from moeaudit.reports.writers import apart
from tests.cli.samples import CONFIG, ID, folder, table
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

ROOT = Path(__file__).parents[2]
AT_ONCE = 1.0
"""Seconds between the signal and the end, on an idle machine; a loaded one is given as much again for each of its
waiting processes."""


@contextmanager
def started(tmp_path: Path, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    known = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path / "hf"), **environment}
    with subprocess.Popen(
        [sys.executable, "-m", "moeaudit", *words], cwd=tmp_path, env=known, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def stopped(process: subprocess.Popen[str], number: int) -> tuple[int, str, float]:
    load = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    began = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    return process.returncode, err, (time.monotonic() - began) / load


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("stalled", ["listing", "config", "shards"])
def test_a_server_that_stalls_holds_nobody(
    hub: LoopbackHub, tmp_path: Path, number: int, code: int, stalled: str
) -> None:
    """Whatever is waited for; nothing is left half written, in the cache either."""
    hub.add(model_repo(ID, CONFIG, table()))
    silent = Silent(hub, {"listing": "/api/", "config": "config.json", "shards": ".safetensors"}[stalled])
    with silent, started(tmp_path, "lock", ID, HF_ENDPOINT=silent.url) as process:
        assert silent.asked.wait(60)
        time.sleep(0.2)
        left, err, seconds = stopped(process, number)
    assert (left, err) == (code, "moeaudit: interrupted; nothing was written\n")
    assert seconds < AT_ONCE
    assert not list(tmp_path.glob("*.json"))
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".tmp", ".incomplete", ".lock"))]


def waited(process: subprocess.Popen[str], tmp_path: Path, pattern: str) -> None:
    """Until a file of that name is there, and half a second more."""
    while not list(tmp_path.glob(pattern)) and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.5)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_written_before_is_said(tmp_path: Path, number: int, code: int) -> None:
    """The second view goes to stdout, of which nobody takes more than a pipe holds: the first is there by then."""
    folder(tmp_path / "m", weights=table())
    with started(tmp_path, "packet", "m", "--format", "md=first.md", "--format", "json") as process:
        waited(process, tmp_path, "first.md")
        left, err, seconds = stopped(process, number)
    assert (left, err) == (code, "moeaudit: interrupted; before that, first.md was written\n") and seconds < AT_ONCE
    assert (tmp_path / "first.md").read_text().startswith("# ")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_pipe_that_stalls_keeps_all_outputs_back(tmp_path: Path, number: int, code: int) -> None:
    """Several outputs are written all or none, here none: the pipe's reader takes nothing."""
    folder(tmp_path / "m", weights=table())
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with started(tmp_path, "packet", "m", "--format", "md=first.md", "--format", "json=pipe") as process:
            waited(process, tmp_path, ".moeaudit-*.tmp")
            left, err, seconds = stopped(process, number)
    finally:
        os.close(reader)
    assert (left, err) == (code, "moeaudit: interrupted; nothing was written\n") and seconds < AT_ONCE
    assert not (tmp_path / "first.md").exists() and not list(tmp_path.glob(".moeaudit-*"))


def test_a_template_apart_ends_with_it(tmp_path: Path) -> None:
    folder(tmp_path / "m", weights=table())
    (tmp_path / "own").mkdir()
    loop = "{% for x in range(99999) %}{% for y in range(99999) %}{% endfor %}{% endfor %}"
    (tmp_path / "own" / "page.md.jinja").write_text(loop)
    with started(tmp_path, "packet", "m", "--template", "own", "--format", "md=p.md") as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not (found := children.read_text().split()) and process.poll() is None:
            time.sleep(0.05)
        left, err, seconds = stopped(process, signal.SIGTERM)
    assert (left, err) == (143, "moeaudit: interrupted; nothing was written\n") and seconds < AT_ONCE
    assert found
    assert not [one for one in found if Path(f"/proc/{one}").exists()]
    assert not (tmp_path / "p.md").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_template_apart_that_is_only_being_started(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal comes when the process is there, and before whoever started it has been told."""
    children: list[int] = []
    start = subprocess.Popen._execute_child  # type: ignore[attr-defined]

    def interrupted(self: subprocess.Popen[bytes], *given: object) -> None:
        start(self, *given)
        children.append(self.pid)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(subprocess.Popen, "_execute_child", interrupted)
    before = signal.getsignal(number)
    with heeded(), pytest.raises(Interrupted) as stopped:
        apart._run(pickle.dumps(apart.Jinja({}, "markdown", "page.md.jinja", {})))
    assert stopped.value.code == 128 + number and signal.getsignal(number) is before
    assert len(children) == 1 and not Path(f"/proc/{children[0]}").exists()


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    """As under nohup, or in a script's background."""
    folder(tmp_path / "m", weights=table())
    line = f"trap '' INT; {sys.executable} -m moeaudit inspect m & sleep 0.3; kill -INT $!; wait $!"
    run = subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0 and b"interrupted" not in run.stderr


class Silent:
    """A Hub that hands everything on, but answers nothing on paths with `word`."""

    def __init__(self, hub: LoopbackHub, word: str) -> None:
        self.port, self.word, self.asked = int(hub.url.rpartition(":")[2]), word, threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.held: list[socket.socket] = []

    def __enter__(self) -> Silent:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        for one in self.held:
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.held.append(client)
            threading.Thread(target=self._hand_on, args=(client,), daemon=True).start()

    def _hand_on(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as hub, client:
            while True:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    if not (piece := client.recv(65536)):
                        return
                    request += piece
                if self.word in request.split(b"\r\n")[0].decode():
                    self.asked.set()
                    time.sleep(120)
                    return
                hub.sendall(request.replace(b"Connection: keep-alive", b"Connection: close"))
                threading.Thread(target=self._back, args=(hub, client), daemon=True).start()

    @staticmethod
    def _back(hub: socket.socket, client: socket.socket) -> None:
        try:
            while data := hub.recv(65536):
                client.sendall(data)
        except OSError:
            return


WHEN = {
    "while it loads": "import sys\nclass Finder:\n def find_spec(self, name, *rest):\n"
    "  if name == 'moeaudit.cli': signal.raise_signal(NUMBER)\nsys.meta_path.insert(0, Finder())\n",
    "when all is done": "import atexit\natexit.register(lambda: signal.raise_signal(NUMBER))\n",
}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(("when", "said"), [(one, "; nothing was written" * one.endswith("loads")) for one in WHEN])
def test_the_ends_of_a_run_say_it_too(tmp_path: Path, number: int, code: int, when: str, said: str) -> None:
    """Before the command line is loaded, and after its work; in between, the tests above."""
    prepared = "import signal\n" + WHEN[when].replace("NUMBER", str(int(number)))
    start = f"{prepared}from moeaudit.__main__ import main\nmain()"
    words = [sys.executable, "-c", start, "schema", "claims"]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (code, f"moeaudit: interrupted{said}\n")


def test_the_command_begins_where_signals_are_heeded() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"moeaudit": "moeaudit.__main__:main"}
