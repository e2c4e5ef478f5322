"""Runs in a process of their own: what a signal brings about, and what only a machine has."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.stage import ID, PLANTED, Fault, Outcome, kept, scrubbed, strangers
from tests.hub.server import LoopbackHub

CERTIFICATE = "certificate.pem"

COMMAND = (sys.executable, "-m", "moeaudit", "inspect", ID, "--depth", "headers", "--format", "json")

AT_ONCE = 5.0
"""Seconds in which an interrupted run must have left, on a machine that others use too."""


def environment(hub: LoopbackHub, home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "MOEAUDIT_"))}
    return {
        **clean,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home),
        "HF_TOKEN": PLANTED,
        "HF_DEBUG": "1",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def signalled(hub: LoopbackHub, home: Path, fault: Fault, place: str) -> Outcome:
    """A run that is sent the fault's signal once its request for the place has come."""
    before, asked = len(hub.requests), re.compile(place)

    def has_come() -> bool:
        return any(asked.search(f"{one.path} {one.range or ''}") for one in hub.requests[before:])

    run = subprocess.Popen(
        COMMAND, env=environment(hub, home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while not has_come() and time.monotonic() < until and run.poll() is None:
        time.sleep(0.01)
    time.sleep(0.05)  # so that it waits for the answer
    sent = time.monotonic()
    run.send_signal(getattr(signal, f"SIG{fault.signal}"))
    out, err = run.communicate(timeout=60)
    seconds = time.monotonic() - sent
    assert seconds < AT_ONCE
    return Outcome(
        run.returncode,
        scrubbed(hub, out),
        scrubbed(hub, err),
        kept(home),
        len(hub.requests) - before,
        0,
        (),
        strangers(hub, before),
        0.0,
        seconds,
        None,
    )


def certificate_in(folder: Path) -> Path:
    """A certificate for 127.0.0.1, with its key, that nobody knows."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    file, key = folder / CERTIFICATE, folder / "key"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(key),
            "-out",
            str(file),
        ],
        check=True,
        capture_output=True,
    )
    file.write_text(key.read_text() + file.read_text())
    key.unlink()
    return file
