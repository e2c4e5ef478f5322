"""Fleets that many have, for a first answer without the catalogue of devices: which has room for so many bytes."""

from __future__ import annotations

from moeaudit.later import dataclass

GIB = 2**30

FULL = 0.8
"""Up to this share of a fleet's memory weights leave room: engines keep a tenth free, and want some for themselves, for
what each device repeats, and for requests."""


@dataclass(frozen=True)
class Common:
    """A fleet as `--gpus` takes it, and its memory."""

    gpus: str
    devices: int
    device_gib: float

    @property
    def bytes(self) -> int:
        return int(self.devices * self.device_gib * GIB)


FLEETS = (
    Common("1x4090", 1, 23.55),
    Common("1xH100", 1, 79.18),
    Common("2xH100", 2, 79.18),
    Common("4xH100", 4, 79.18),
    Common("8xH100", 8, 79.18),
    Common("8xH200", 8, 139.8),
    Common("2x8xH200", 16, 139.8),
    Common("4x8xH200", 32, 139.8),
)
"""Smallest first; memory as data/devices.yaml has it."""


def with_room(size: int) -> Common | None:
    """The smallest common fleet with room for weights of so many bytes."""
    return next((one for one in FLEETS if size <= FULL * one.bytes), None)
