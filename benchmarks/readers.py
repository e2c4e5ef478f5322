"""Who reads a model from the Hub, as command lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.models import ROOT
from benchmarks.peers import HF_MEM, HUB_LIBRARY, Installed
from benchmarks.processes import MOEAUDIT

FLOOR = "floor reader"
HEADERS, INDEX, CONFIG = "moeaudit headers", "moeaudit index", "moeaudit config"
MEM, META, SHARDED = "hf-mem", "huggingface_hub by shard", "huggingface_hub at once"
REPEAT = ", repeat"

HUB_CALL = "import sys, huggingface_hub as hub; print(len(hub.HfApi().{call}(sys.argv[1]).weight_map))"
MEM_CALL = """
import os, sys, httpx2
from hf_mem.cli import main
build = httpx2.AsyncClient.build_request
httpx2.AsyncClient.build_request = lambda self, method, url, **rest: build(
    self, method, str(url).replace("https://huggingface.co", os.environ["HF_ENDPOINT"]), **rest)
sys.argv[1:] = ["--model-id", sys.argv[1]]
main()
"""
"""hf-mem knows one Hub only: its addresses are turned to ours on the way."""


@dataclass(frozen=True)
class Reader:
    """A command line, to which the model's id is added. `repeat`: it is measured again with what it kept."""

    name: str
    command: Sequence[str]
    repeat: bool = False

    def names(self) -> list[str]:
        return [self.name, self.name + REPEAT] if self.repeat else [self.name]


def readers(peers: Installed) -> list[Reader]:
    """All that are there. Every one reads all headers, but moeaudit at depths index and config."""
    audit = (*MOEAUDIT, "inspect", "--format", "json", "--depth")
    found = [
        Reader(FLOOR, (sys.executable, str(ROOT / "benchmarks/floor.py"))),
        Reader(HEADERS, (*audit, "headers"), repeat=True),
        Reader(INDEX, (*audit, "index"), repeat=True),
        Reader(CONFIG, (*audit, "config"), repeat=True),
    ]
    if python := peers.pythons.get(HF_MEM.name):
        found.append(Reader(MEM, (python, "-c", MEM_CALL)))
    if python := peers.pythons.get(HUB_LIBRARY.name):
        found.append(Reader(META, (python, "-c", HUB_CALL.format(call="get_safetensors_metadata")), repeat=True))
        found.append(Reader(SHARDED, (python, "-c", HUB_CALL.format(call="get_sharded_safetensors_metadata"))))
    return found
