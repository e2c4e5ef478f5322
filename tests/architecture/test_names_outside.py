"""Every tensor of the families that no library here builds, by name, shape, layers and component, as the code that
each reader cites has it. Recorded families have witnesses of their own; these were read, and are kept as read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.evidence.indices import write_indices
from moeaudit.vocabulary import Kind
from tests.approved import approved
from tests.architecture.outside import OUTSIDE

HERE = Path(__file__).parent / "expected" / "names"


def listed(name: str) -> Iterator[str]:
    """`model.layers.{}.mlp.gate.weight [1-5] 8×64 router`; what is no parameter, or not always there, says so."""
    for one in describe(Config({"model_type": name, **OUTSIDE[name]})).weights:
        numbers = " ".join(f"[{write_indices(found)}]" for found in one.index)
        shape = "×".join(map(str, one.shape)) or "scalar"
        marks = [one.kind.value] * (one.kind is not Kind.PARAMETER) + [one.presence.value] * (one.presence != "stored")
        yield " ".join(filter(None, (one.name, numbers, shape, one.reported.value, *marks, one.dtype))) + "\n"


@pytest.mark.parametrize("name", OUTSIDE)
def test_every_tensor_is_as_read(name: str) -> None:
    approved(HERE / f"{name}.txt", "".join(listed(name)))
