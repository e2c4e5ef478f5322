"""Names of one fact that a family does not read itself, beside the one it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.families.aliases import GROUPS
from moeaudit.errors import AuditError
from tests.architecture.recordings import MODEL_TYPES, Recording, changed
from tests.conftest import corpus_cases

RULE = "config-aliases-contradict"
SECTIONS = ("", "text_config.", "ffn_config.", "thinker_config.text_config.")


def places(config: dict[str, Any]) -> list[tuple[str, str, int, tuple[str, ...]]]:
    """(section, name, value, names of the same fact that are absent) for every fact of the language model."""
    found = []
    for path in SECTIONS:
        section: Any = config
        for name in filter(None, path.split(".")):
            section = section.get(name, {})
        for group in GROUPS:
            written = [name for name in group if isinstance(section.get(name), int)]
            if written:
                absent = tuple(name for name in group if name not in section)
                found.append((path, written[0], section[written[0]], absent))
    return found


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_every_other_name_of_the_expert_counts_that_differs_is_a_notice(model_type: str) -> None:
    """Whatever the family reads: a second name with another value is never passed over."""
    base = Recording.load(model_type).small
    silent = []
    for path, name, value, others in places(base):
        if name not in (*GROUPS[0], *GROUPS[1]):
            continue
        for other in others:
            config = Config(changed(base, {f"{path}{other}": value - 1}))
            try:
                describe(config)
            except AuditError:
                continue
            if not any(notice.rule == RULE for notice in config.notices):
                silent.append((f"{path}{name}", other))
    assert silent == []


def test_equal_values_and_lists_of_one_value_are_no_notice() -> None:
    base = Recording.load("hunyuan_v1_moe").small
    experts, selected = base["num_experts"], base["moe_topk"]
    config = Config({**base, "n_routed_experts": experts, "num_experts_per_token": [selected] * 4})
    describe(config)
    assert config.notices == []


def test_the_notice_names_both_and_the_one_that_counts() -> None:
    base = Recording.load("qwen3_moe").small
    config = Config({**base, "moe_num_experts": 3})
    assert describe(config) == describe(Config(base))
    [notice] = config.notices
    read = next(name for name in GROUPS[0] if name in base)
    assert notice.values == ((read, base[read]), ("moe_num_experts", 3))
    assert notice.message.endswith(f"{read} is used")


@pytest.mark.parametrize("path", corpus_cases("hub/*/config.json"), ids=lambda path: path.parent.name)
def test_no_published_config_contradicts_itself(corpus: Path, path: Path) -> None:
    config = Config(json.loads(path.read_text()))
    try:
        describe(config)
    except AuditError:
        return
    assert not [notice for notice in config.notices if notice.rule == RULE]
