"""One fault on the loopback Hub, and what a run of the command line makes of it."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from moeaudit.cli import main
from moeaudit.evidence import request
from tests.cli.samples import CONFIG, table
from tests.faults.lies import LIES
from tests.hub import twists
from tests.hub.repos import HubFile, HubRepo, model_repo, raw_shard
from tests.hub.server import LoopbackHub
from tests.hub.twists import Play

ID = "org/small-moe"
CARD = "# Small\n\nNothing is claimed here.\n"
QUANTISATION = {"producer": {"name": "none"}, "quantization": {"quant_algo": None}}
LONG = "model-00003-of-00003.safetensors"

PLANTED = "hf_PlantedSecretToken"

PLACES: Mapping[str, str] = {
    "listing": r"^/api/models/",
    "config": r"/resolve/[^/]+/config\.json ",
    "quantisation": r"/hf_quant_config\.json ",
    "index": r"/model\.safetensors\.index\.json ",
    "card": r"/README\.md ",
    "header": r"/resolve/.*-00002-of-00003\.safetensors ",
    "rest": r"/resolve/.*-00003-of-00003\.safetensors bytes=[1-9]",
    "storage": r"/stored/.*-00002-of-00003\.safetensors ",
    "redirect": r"/resolve/.*-00002-of-00003\.safetensors ",
    "repeat": r"^/api/models/",
    "everything": "",
}
"""Where a fault sits, as an expression for path, blank and Range header of a request."""

REDIRECTED = ("storage", "redirect")
"""Where weight files come from another host, as on the real Hub; elsewhere the Hub sends them itself."""


@dataclass(frozen=True)
class Fault:
    """One kind of fault: what is done to answers (`do`), how often (None: always), in which surroundings.

    `env`: variables of the run, None for one that is not set; `args`: words of the command line; `patch`: constants of
    moeaudit, so that nothing takes long; `repo`: how the repo differs; `also`: what is done at other places;
    `names`: what looking up a name gives (`unknown`, `silent`); `tamper`: what is done to the cache after a good run;
    `tls`: the Hub speaks TLS with a certificate that is `known` or `unknown`; `signal`: what the run is sent while it
    waits for the answer.
    """

    id: str
    text: str
    do: Mapping[str, Any] = field(default_factory=dict)
    times: int | None = None
    env: Mapping[str, str | None] = field(default_factory=dict)
    args: tuple[str, ...] = ()
    patch: Mapping[str, float] = field(default_factory=dict)
    repo: Mapping[str, Any] = field(default_factory=dict)
    also: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    names: str = ""
    tamper: str = ""
    tls: str = ""
    signal: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a run left. `kept`: what stands in the cache, by names; `tokens`: hosts that saw the planted token."""

    code: int
    out: str
    err: str
    kept: Mapping[str, bytes]
    requests: int
    sent: int
    pauses: tuple[float, ...]
    strangers: tuple[str, ...]
    cpu: float
    seconds: float
    grown: int | None


def good_repo(**options: Any) -> HubRepo:
    """A small Mixture of Experts in three shards, the last with a header longer than a first span, and its files."""
    repo = model_repo(options.pop("id", ID), CONFIG, table(shards=3), card=CARD, **options)
    repo.files["hf_quant_config.json"] = HubFile.of(json.dumps(QUANTISATION))
    shard = repo.files[LONG]
    header = json.loads(shard.head[8:])
    header["__metadata__"] = {"format": "pt", "notes": "n" * 50_000}
    repo.files[LONG] = raw_shard(header, shard.size - len(shard.head))
    return repo


def play_of(do: Mapping[str, Any]) -> Play | None:
    """What a table's words mean: `{say: {status: 204}}`, `{listing: empty}`, `{stall: head}`."""
    if not do:
        return None
    ((name, said),) = do.items()
    if name == "listing":
        return twists.listing(LIES[said])
    maker = getattr(twists, name)
    if said is True:
        return maker  # type: ignore[no-any-return]
    made: Play = maker(**said) if isinstance(said, dict) else maker(said)
    return made


def arm(hub: LoopbackHub, fault: Fault, where: str) -> None:
    """The fault at its place."""
    hub.redirect = where in REDIRECTED
    play = play_of(fault.do)
    if play is not None:
        hub.twist(PLACES[where], play, fault.times)
    for place, do in fault.also.items():
        also = play_of(do)
        assert also is not None
        hub.twist(PLACES[place], also)


def run(
    hub: LoopbackHub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    home: Path,
    fault: Fault | None = None,
) -> Outcome:
    """`moeaudit inspect` in this process, at all depths, with what the fault's surroundings are."""
    capsys.readouterr()
    words = ["moeaudit", "inspect", ID, "--depth", "headers", "--format", "json", *(fault.args if fault else ())]
    before, sent = len(hub.requests), hub.sent
    hub.pauses.clear()
    with surroundings(hub, monkeypatch, fault) as patched, measured() as used:
        patched.setattr(sys, "argv", [filled(hub, word) for word in words])
        with pytest.raises(SystemExit) as left:
            main()
    out, err = capsys.readouterr()
    assert isinstance(left.value.code, int)
    asked = hub.requests[before:]
    return Outcome(
        left.value.code,
        scrubbed(hub, out),
        scrubbed(hub, err),
        kept(home),
        len(asked),
        hub.sent - sent,
        tuple(hub.pauses),
        strangers(hub, before),
        used.cpu,
        used.seconds,
        used.grown,
    )


def _unknown(*_: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _silent(*_: object) -> None:
    time.sleep(1.2)
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


NAMES = {"unknown": _unknown, "silent": _silent}


@contextmanager
def surroundings(
    hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch, fault: Fault | None
) -> Iterator[pytest.MonkeyPatch]:
    with monkeypatch.context() as patched:
        patched.setenv("HF_DEBUG", "1")
        patched.setenv("HF_TOKEN", PLANTED)
        patched.delenv("MOEAUDIT_TIMEOUT", raising=False)
        for name, value in (fault.env if fault else {}).items():
            patched.delenv(name, raising=False) if value is None else patched.setenv(name, filled(hub, value))
        for name, number in (fault.patch if fault else {}).items():
            patched.setattr(request, name, number)
        if fault and fault.names:
            patched.setattr(socket, "getaddrinfo", NAMES[fault.names])
        yield patched


@dataclass
class Used:
    """Seconds of the processor and of the clock; by how many bytes memory grew at most, where the system tells."""

    cpu: float = 0.0
    seconds: float = 0.0
    grown: int | None = None


@contextmanager
def measured() -> Iterator[Used]:
    used, began, clock = Used(), time.process_time(), time.monotonic()
    held = _held("VmRSS") if _reset_peak() else None
    yield used
    used.cpu, used.seconds = time.process_time() - began, time.monotonic() - clock
    used.grown = None if held is None else _held("VmHWM") - held


def _reset_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _held(what: str) -> int:
    found = re.search(rf"{what}:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def strangers(hub: LoopbackHub, since: int = 0) -> tuple[str, ...]:
    """Hosts other than the Hub that were told a token."""
    home = hub.url.removeprefix("http://")
    return tuple(sorted({asked.host for asked in hub.requests[since:] if asked.token and asked.host != home}))


def filled(hub: LoopbackHub, text: str) -> str:
    secure = hub.url.replace("http://", "https://")
    return text.replace("{hub}", hub.url).replace("{storage}", hub.storage).replace("{https}", secure)


def scrubbed(hub: LoopbackHub, text: str) -> str:
    for name, address in (("hub", hub.url), ("hub", f"https{hub.url[4:]}"), ("storage", hub.storage)):
        text = text.replace(address, f"{{{name}}}")
    return text


def kept(home: Path) -> dict[str, bytes]:
    """What stands in the cache: files of the repo by their names, tables and listings by their kinds and names."""
    found = {}
    for path in sorted(home.rglob("*")):
        parts = path.relative_to(home).parts
        if path.is_dir() or (len(parts) > 2 and parts[2] == "blobs"):
            continue
        name = "/".join(parts[4:]) if len(parts) > 4 and parts[2] in ("snapshots", "moeaudit") else "/".join(parts)
        try:
            found[name] = path.read_bytes()
        except OSError as error:  # a link to nowhere
            found[name] = repr(error).encode()
    return found


def left_over(home: Path) -> list[Path]:
    """Files that are parts of something."""
    return [path for path in home.rglob("*") if path.name.endswith((".tmp", ".incomplete", ".lock"))]


def everything_written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and os.access(path, os.R_OK))
