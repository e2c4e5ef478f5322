"""Record what huggingface_hub and hf-mem do with the faults of the matrix.

`python -m tools.record.peers [FOLDER [ROWS…]]`

Both are real, in environments of their own below FOLDER (made where they are not there yet), and talk to the loopback
Hub. Written is `tests/faults/peers.json`, of which docs/faults.md takes its last columns. ROWS: parts of the ids of
those to be recorded anew.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers import CACHE, HF_MEM, HUB_LIBRARY, installed
from tests.faults.matrix import MATRIX, Row, matrix
from tests.faults.stage import ID, PLANTED, arm, good_repo, strangers
from tests.hub import twists
from tests.hub.server import LoopbackHub

RECORD = MATRIX.with_name("peers.json")

PATIENCE = 30.0
"""Seconds after which a reading is given up; what it waits between attempts is not among them."""

STALL = "2"
"""Seconds of silence that both are told to bear, where they can be told."""

MOST_SENT = 300_000_000
"""Bytes after which what has no end ends in a recording."""

WORKERS = 6


@dataclass
class Peer:
    """One program in a process, which is begun anew where it does not come to an end."""

    name: str
    python: str
    hub: LoopbackHub
    process: subprocess.Popen[str] | None = None
    lines: queue.Queue[str] = field(default_factory=queue.Queue)

    def ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        if self.process is None:
            self._begin()
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        try:
            line = self.lines.get(timeout=PATIENCE)
        except queue.Empty:
            self.end()
            return {"outcome": f"reads on after {PATIENCE:.0f} s", "digest": "", "waited": 0}
        if not line:
            self.end()
            return {"outcome": "ends", "digest": "", "waited": 0}
        return dict(json.loads(line))

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process, self.lines = None, queue.Queue()

    def _begin(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        self.process = subprocess.Popen(
            [self.python, str(Path(__file__).with_name("peer.py")), self.name], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**clean, "HF_ENDPOINT": self.hub.url, "HF_HUB_DOWNLOAD_TIMEOUT": STALL, "HF_HUB_ETAG_TIMEOUT": STALL,
                 "HF_HOME": tempfile.mkdtemp(prefix="faults-"), "NO_PROXY": "127.0.0.1,localhost"})  # fmt: skip
        threading.Thread(target=self._read, args=(self.process, self.lines), daemon=True).start()

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put("")


def recorded(row: Row, peer: str) -> bool:
    """Whether another program meets this fault: it is one of the Hub's, not of our surroundings or our cache; and of
    an answer that it asks for. hf-mem asks for another listing, and for neither card nor quantisation file."""
    fault = row.fault
    if peer == HF_MEM.name and ("listing" in fault.do or fault.also or row.where in ("card", "quantisation")):
        return False
    only_ours = fault.tamper or fault.tls or fault.signal or fault.names or fault.patch or "--timeout" in fault.args
    return not only_ours and not row.id.startswith("env-") and bool(fault.do or fault.repo or fault.args)


def outcome(peer: Peer, row: Row | None, good: str, root: Path) -> tuple[str, str]:
    """What a peer makes of a row, in a few words; and the digest of what it read."""
    hub, fault = peer.hub, row.fault if row else None
    hub.twists.clear()
    hub.requests.clear()
    hub.repos = {repo.id: repo for repo in [good_repo(**(fault.repo if fault else {}))]}
    folder = Path(tempfile.mkdtemp(dir=root))
    cache = folder / "a/b/c/d/e/cache"
    cache.mkdir(parents=True)
    order = {"cache": str(cache), "model": ID, "revision": None, "token": PLANTED}
    if fault and fault.args:
        order["revision"] = fault.args[-1]
    if fault and "HF_TOKEN" in fault.env:
        order["token"] = fault.env["HF_TOKEN"]
    if row and row.where == "repeat":
        peer.ask(order)
    if row:
        arm(hub, row.fault, row.where)
    found = peer.ask(order)
    said = found["outcome"] or ("the same" if found["digest"] == good else "**another result, no error**")
    said += f", after {found['waited']:.0f} s of pauses" if found["waited"] >= 1 else ""
    outside = [path for path in folder.rglob("*") if path.is_file() and cache not in path.parents]
    if "etag-path" in (row.id if row else ""):
        outside += [path for path in [Path("/tmp/moeaudit-x.pth")] if path.exists()]
    said += ", **writes outside its cache**" if outside else ""
    said += ", **sends the token elsewhere**" if strangers(hub) else ""
    for path in outside:
        path.unlink()
    shutil.rmtree(folder)
    return re.sub(r"127\.0\.0\.1:\d+", "hub", said), found["digest"]


def worker(python: str, name: str, rows: Iterator[Row], found: dict[str, dict[str, str]], lock: threading.Lock) -> None:
    with LoopbackHub() as hub, tempfile.TemporaryDirectory() as root:
        peer = Peer(name, python, hub)
        good = outcome(peer, None, "", Path(root))[1]
        assert good, f"{name} cannot read a good Hub"
        while True:
            with lock:
                row = next(rows, None)
            if row is None:
                break
            said = outcome(peer, row, good, Path(root))[0]
            with lock:
                found.setdefault(row.id, {})[name] = said
                print(f"{name}: {row.id}: {said}", file=sys.stderr, flush=True)
        peer.end()


def main() -> None:
    twists.MOST_SENT = MOST_SENT
    folder, only = Path(sys.argv[1]) if sys.argv[1:] else CACHE, sys.argv[2:]
    peers = installed([HUB_LIBRARY, HF_MEM], folder)
    assert not peers.missing, peers.missing
    found: dict[str, dict[str, str]] = json.loads(RECORD.read_text())["rows"] if only else {}
    lock, threads = threading.Lock(), []
    for peer in (HUB_LIBRARY, HF_MEM):
        named = [row for row in matrix() if not only or any(word in row.id for word in only)]
        rows = iter([row for row in named if recorded(row, peer.name)])
        threads += [threading.Thread(target=worker, args=(peers.pythons[peer.name], peer.name, rows, found, lock))
                    for _ in range(WORKERS)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    order = [row.id for row in matrix() if row.id in found]
    versions = dict(package.split("==") for peer in (HUB_LIBRARY, HF_MEM) for package in peer.packages)
    RECORD.write_text(json.dumps({"versions": versions, "rows": {row: found[row] for row in order}}, indent=1) + "\n")


if __name__ == "__main__":
    main()
