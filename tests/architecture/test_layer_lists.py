"""Lists with an entry for each layer, in every family: longer ones are read as far as the layers go, and said."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import AuditError
from tests.architecture.test_laws import CONFIGS

FREE = {"layers_block_type", "hybrid_override_pattern", "moe_layers"}
"""Lists that give the number of layers themselves (Nemotron-H), and lists of layer numbers."""


def lists() -> list[tuple[str, str, str]]:
    """(model type, section or "", field) of every list as long as the layers that its family reads."""
    found = []
    for model_type, config in CONFIGS.items():
        config_read = Config(config, asked=[])
        describe(config_read)
        asked = {f"{path}{name}" for path, names in config_read.asked or () for name in names}
        for section in ("", "text_config"):
            fields = config.get(section, {}) if section else config
            for name, value in fields.items():
                path = f"{section}.{name}" if section else name
                whole = isinstance(value, list) and len(value) == fields.get("num_hidden_layers")
                if whole and path in asked and name not in FREE:
                    found.append((model_type, section, name))
    return found


LISTS = lists()


def test_there_are_many() -> None:
    assert len({model_type for model_type, _, _ in LISTS}) > 30


@pytest.mark.parametrize(("model_type", "section", "name"), LISTS)
def test_a_longer_list_is_said_and_a_shorter_one_is_an_error(model_type: str, section: str, name: str) -> None:
    def outcome(change: int) -> tuple[Config, Any]:
        data = copy.deepcopy(dict(CONFIGS[model_type]))
        fields = data[section] if section else data
        fields[name] = (fields[name] * 9)[: len(fields[name]) + change]
        config = Config(data)
        return config, describe(config)

    longer, architecture = outcome(7)
    assert architecture.weights == describe(Config(CONFIGS[model_type])).weights
    assert "config-list-longer" in {notice.rule for notice in longer.notices}
    with pytest.raises(AuditError, match=r"entries for|layers"):
        outcome(-1)
