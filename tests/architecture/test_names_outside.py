"""Every tensor of the families that no library here builds, by name, shape, layers and component, as the code that
each reader cites has it. Recorded families have witnesses of their own; these were read, and are kept as read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Weight
from moeaudit.errors import AuditError
from moeaudit.evidence.indices import write_indices
from moeaudit.vocabulary import Kind, Part
from tests.approved import approved
from tests.architecture.outside import OUTSIDE
from tests.architecture.test_described import numbers

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


def left_out(name: str) -> Iterator[str]:
    """What the model is without each field of its own, in its sections too: the same, another, or an error that says
    what is lacking."""
    whole = {"model_type": name, **OUTSIDE[name]}
    usual = described(whole)
    for field, value in OUTSIDE[name].items():
        rest = {key: other for key, other in whole.items() if key != field}
        yield f"without {field}: {changed(described(rest), usual)}\n"
        for inner in value if isinstance(value, dict) else ():
            less = {key: other for key, other in value.items() if key != inner}
            yield f"without {field}.{inner}: {changed(described({**rest, field: less}), usual)}\n"


def changed(found: str, usual: str) -> str:
    return "the same" if found == usual else found


def described(config: Mapping[str, Any]) -> str:
    """Elements, FLOPs of a token in prefill and decode, bytes that a request keeps."""
    try:
        made = describe(Config(config))
    except AuditError as error:
        return f"{error.message}"
    stored = sum(one.elements for one in made.weights)
    return f"{stored:,} {numbers(made)}, context {made.context_length}, tied {made.tied}"


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_a_field_that_is_left_out_stands_for(name: str) -> None:
    approved(HERE.parent / "left-out" / f"{name}.txt", "".join(left_out(name)))


ENCODERS = ("vision_config", "audio_config", "vit_config", "vit")
SEEN = [(name, key) for name, config in OUTSIDE.items() for key in ENCODERS if isinstance(config.get(key), dict)]


@pytest.mark.parametrize(("name", "section"), SEEN)
def test_without_its_section_an_encoder_is_not_there_and_the_rest_is_the_same(name: str, section: str) -> None:
    """But for the routers' second bias, which DeepSeek-V4.1 keeps for pictures (`bias_vl`)."""
    whole = {"model_type": name, **OUTSIDE[name]}
    rest = {key: value for key, value in whole.items() if key != section}
    with_it, without = (describe(Config(config)).weights for config in (whole, rest))

    def language(weights: tuple[Weight, ...]) -> list[tuple[object, ...]]:
        kept = (one for one in weights if one.part in (Part.LANGUAGE, Part.MTP) and not one.name.endswith("bias_vl"))
        return [(one.name, one.index, one.shape) for one in kept]

    assert language(without) == language(with_it)
    part = Part.AUDIO if section == "audio_config" else Part.VISION
    assert not any(one.part is part for one in without)
