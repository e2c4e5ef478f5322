"""What `packet --verify` does: a packet out of what carries it, made again and held against itself."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from moeaudit.audits.inspect import inspect
from moeaudit.evidence.files import read_whole
from moeaudit.later import dataclass
from moeaudit.limits import PACKET_BYTES
from moeaudit.reports.packet.carried import packet_json
from moeaudit.reports.packet.document import read_packet
from moeaudit.reports.packet.inputs import Inputs
from moeaudit.reports.packet.verify import Verification, verify


@dataclass(frozen=True)
class Verified:
    """The outcome, and of what. `embedded`: the JSON was taken out of a page, which was not read; `fresh`: it was held
    against evidence read now."""

    result: Verification
    inputs: Inputs
    digest: str
    embedded: bool
    fresh: bool


def verified(path: Path, model: str | None, *, revision: str | None = None, offline: bool = False) -> Verified:
    """Make a packet again, from what it embeds or from the evidence of a model read now. UsageError where the file
    holds no packet."""
    data, embedded = packet_json(read_whole(path, PACKET_BYTES), str(path))
    recorded, inputs = read_packet(data, f"{path}: packet.json" if embedded else str(path))
    fresh = inspect(model, revision=revision, offline=offline).evidence if model is not None else None
    result = verify(recorded, inputs, fresh)
    return Verified(result, inputs, sha256(data).hexdigest(), embedded, fresh is not None)
