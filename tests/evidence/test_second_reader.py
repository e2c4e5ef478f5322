"""The process that makes the table of many headers: the same table or none, the same error, and nobody left behind."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.errors import AuditError
from moeaudit.evidence import Depth, Evidence, headers, hub, open_evidence, second_reader
from moeaudit.evidence.rows import Rows
from moeaudit.evidence.safetensors import read_header
from moeaudit.evidence.second_inside import HEAD, UNKNOWN, table_of_all
from moeaudit.evidence.tables import Tensor, TensorTable, table_of, written
from tests.evidence.samples import CARD, CONFIG, ID, table
from tests.evidence.strategies import tensors
from tests.hub.repos import HubFile, HubRepo, model_repo, raw_shard, shard_file
from tests.hub.server import LoopbackHub

SHARD = "model-00002-of-00003.safetensors"
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no second process here")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The processes that are started, whatever it is worth; all are gone at the end."""
    processes: list[int] = []
    start = second_reader._started
    monkeypatch.setattr(second_reader, "_started", lambda line: processes.append(start(line)) or processes[-1])
    monkeypatch.setattr(second_reader, "CORES", 1)
    monkeypatch.setattr(headers, "WORTH", 0)
    monkeypatch.setattr(hub, "BRISK", float("inf"))
    monkeypatch.setenv("MOEAUDIT_NO_CACHE", "1")
    yield processes
    assert not any(map(is_there, processes))


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def published(server: LoopbackHub, **files: HubFile) -> HubRepo:
    repo = model_repo(ID, CONFIG, table(3), card=CARD)
    repo.files.update({name.replace("__", "-") + ".safetensors": file for name, file in files.items()})
    server.add(repo)
    return repo


def read() -> Evidence:
    return open_evidence(ID, depth=Depth.HEADERS)


def outcome(monkeypatch: pytest.MonkeyPatch, *, alone: bool) -> Any:
    """The evidence, or the error's line."""
    with monkeypatch.context() as patch:
        if alone:
            patch.setattr(headers, "WORTH", headers.SHARED + 1)
        try:
            return read()
        except AuditError as error:
            return str(error)


@given(tensors(), st.randoms(use_true_random=False))
def test_the_same_table_in_whatever_order_headers_come(listed: list[Tensor], chance: Any) -> None:
    shards: dict[str, list[Tensor]] = {}
    for tensor in listed:
        shards.setdefault(tensor.shard or "x", []).append(tensor)
    files = {name: shard_file(held) for name, held in shards.items()}
    rows = Rows()
    for name, file in files.items():
        rows.add(*read_header(file.head[8:], name, file.size))
    order = list(files)
    chance.shuffle(order)
    source = b"".join(
        HEAD.pack(len(name), len(files[name].head) - 8, chance.choice([UNKNOWN, files[name].size]))
        + name.encode()
        + files[name].head[8:]
        for name in order
    )
    made = table_of_all(BytesIO(source))
    assert made == TensorTable.made_of(rows) == table_of(written(made))


def test_the_same_evidence(hub: LoopbackHub, started: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    published(hub)
    shared, alone = (outcome(monkeypatch, alone=alone) for alone in (False, True))
    assert len(started) == 1 and shared == alone and shared.headers == table(3)


@pytest.mark.parametrize("file", [
    raw_shard(b"not json", 8),
    raw_shard({"a": {"dtype": "F33", "shape": [2], "data_offsets": [0, 8]}}, 8),
    raw_shard({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, 9),
    shard_file([Tensor("lm_head.weight", "BF16", (1000, 64))]),
    shard_file([Tensor("a" * 5_000, "BF16", (2,))]),
    HubFile(b"\0" * 8, 8, lfs=True),
])  # fmt: skip
def test_the_same_refusal(hub: LoopbackHub, started: list[int], monkeypatch: pytest.MonkeyPatch, file: HubFile) -> None:
    """Also where a later header cannot be had at all: what comes first is told first."""
    published(hub).files[SHARD] = file
    for times in (1, 2):
        shared, alone = (outcome(monkeypatch, alone=alone) for alone in (False, True))
        assert isinstance(shared, str) and shared == alone and "403" not in shared
        assert len(started) == times
        hub.fail("00003-of", 403)


@pytest.mark.parametrize("start", [
    "import os; os._exit(3)",
    "import os; os.read(0, 100); os._exit(0)",
    "import os; os.read(0, 100); os.write(0, b'[]'); os._exit(0)",
    "import os; os.read(0, 100); os.kill(os.getpid(), 9)",
    "import time; time.sleep(600)",
    "import sys; sys.stdin.buffer.read(); import time; time.sleep(600)",
    "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
])  # fmt: skip
def test_one_that_fails(hub: LoopbackHub, started: list[int], monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    """It dies, says nothing or nonsense, or stands still: the headers are read here."""
    published(hub)
    monkeypatch.setattr(second_reader, "START", start)
    monkeypatch.setattr(second_reader, "PATIENCE", 0.5)
    assert read().headers == table(3) and len(started) == 1


@pytest.mark.parametrize("error", [errno.EAGAIN, errno.ENOENT, errno.EMFILE])
def test_where_none_is_to_be_had(
    hub: LoopbackHub, started: list[int], monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def refused(*_: Any, **__: Any) -> int:
        raise OSError(error, os.strerror(error))

    published(hub)
    monkeypatch.setattr(os, "posix_spawn", refused)
    assert read().headers == table(3) and not started


@pytest.mark.parametrize("name", ["WORTH", "SHARED", "CORES", "BRISK"])
def test_only_where_it_is_worth_it(
    hub: LoopbackHub, started: list[int], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Enough headers and not too many, a second core, and a Hub that answers at once."""
    from moeaudit.evidence import hub as hub_room

    place, value = {
        "WORTH": (headers, 10**6), "SHARED": (headers, 1), "CORES": (second_reader, 10**6), "BRISK": (hub_room, 0.0)
    }[name]  # fmt: skip
    published(hub)
    monkeypatch.setattr(place, name, value)
    assert read().headers == table(3) and not started


def test_more_than_was_expected_is_not_kept(
    hub: LoopbackHub, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    published(hub)
    monkeypatch.setattr(second_reader, "SHARED", 10_000)
    assert read().headers == table(3) and len(started) == 1


def test_what_it_made_is_not_taken_where_the_guess_was_wrong(hub: LoopbackHub, started: list[int]) -> None:
    """A shard that the index does not name is no part of the table."""
    repo = published(hub)
    repo.files["model-00004-of-00003.safetensors"] = shard_file([Tensor("else.weight", "BF16", (2,))])
    found = read()
    assert found.headers == table(3) and len(started) == 1


DRIVER = """
import sys
from moeaudit.evidence import headers, hub, second_reader
headers.WORTH, hub.BRISK, second_reader.CORES = 0, float("inf"), 1
from moeaudit.cli import main
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nobody_is_left_when_the_first_is_interrupted(hub: LoopbackHub, tmp_path: Path, number: int) -> None:
    published(hub)
    hub.silent = re.compile(f"/{SHARD}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path), "HF_ENDPOINT": hub.url}
    command = [sys.executable, "-c", DRIVER, "inspect", ID, "--depth", "headers"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert hub.wait_for(1 + 3 + 3)
        (child,) = children_of(process.pid)
        process.send_signal(number)
        process.communicate(timeout=60)
    until = time.monotonic() + 60
    while is_there(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_there(child)


def children_of(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], capture_output=True, text=True, check=True).stdout
    pairs = (map(int, line.split()) for line in listed.splitlines())
    return [child for parent, child in pairs if parent == process]
