"""The other programs, each in an environment of its own with pinned versions. One that cannot be had is said, not left
out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "moeaudit-benchmarks"


@dataclass(frozen=True)
class Peer:
    """`packages`: what is installed, pinned."""

    name: str
    packages: tuple[str, ...]


HUB_LIBRARY = Peer("huggingface_hub", ("huggingface_hub==2.4.0",))
HF_MEM = Peer("hf-mem", ("hf-mem==0.5.6",))
META = Peer("transformers", ("torch==2.13.0", "transformers==5.24.0"))
PEERS = (HUB_LIBRARY, HF_MEM, META)


@dataclass(frozen=True)
class Installed:
    """The interpreters by peer, and why there is none of the others."""

    pythons: dict[str, str]
    missing: dict[str, str]


def installed(peers: Sequence[Peer], folder: Path) -> Installed:
    """Every peer that is there or can be made, below `folder`."""
    pythons, missing = {}, {}
    for peer in peers:
        python = folder / "-".join(peer.packages).replace("==", "-") / "bin" / "python"
        why = None if _holds(python, peer) else _install(python, peer)
        if why is None:
            pythons[peer.name] = str(python)
        else:
            missing[peer.name] = why
    return Installed(pythons, missing)


def _holds(python: Path, peer: Peer) -> bool:
    """Whether the environment has these very versions."""
    check = """import sys; from importlib.metadata import version
for name, pin in (pin.split("==") for pin in sys.argv[1:]): assert version(name).split("+")[0] == pin"""
    if not python.exists():
        return False
    return subprocess.run([python, "-c", check, *peer.packages], capture_output=True, check=False).returncode == 0


def _install(python: Path, peer: Peer) -> str | None:
    """None, or why not."""
    print(f"installing {' '.join(peer.packages)} into {python.parent.parent}", file=sys.stderr, flush=True)
    for command in (
        [sys.executable, "-m", "venv", str(python.parent.parent)],
        [str(python), "-m", "pip", "install", "--quiet", *peer.packages],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["it failed"]
            return f"{' '.join(command[1:4])}: {lines[-1]}"
    return None
