"""Names of one fact that a family does not read itself: one beside the name it reads, with another value, is a notice.
So is a class whose name speaks of another head than the family's.

`Config` holds the names that a family asks for against each other. What other families call the same fact is held
against them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from moeaudit.architecture.config import Config, show
from moeaudit.architecture.field_names import EXPERTS, SELECTED
from moeaudit.architecture.model import Architecture, Head, Single
from moeaudit.architecture.spelling import keeps_language_head

SHARED = ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert")
LEADING_DENSE = ("first_k_dense_replace", "num_dense_layers")

GROUPS = (EXPERTS, (*SELECTED, "top_k_experts", "num_selected_experts"), SHARED, LEADING_DENSE)
"""Fields that mean the same wherever they stand, in any family."""


def note_contradictions(config: Config) -> None:
    """A notice for every name that the family has not asked for and that contradicts the one it has read."""
    asked: dict[str, dict[str, None]] = {}
    for path, names in config.asked or ():
        asked.setdefault(path, {}).update(dict.fromkeys(names))
    for path, names_asked in asked.items():
        section = section_at(config.data, path)
        written = {name: section[name] for group in GROUPS for name in group if section.get(name) is not None}
        for group in GROUPS:
            read = [name for name in names_asked if name in group and name in written][:1]
            others = [name for name in group if name in written and name not in names_asked]
            for one, other in product(read, others):
                if flat(written[one]) != flat(written[other]):
                    config.notice(
                        "config-aliases-contradict",
                        f"{path}{one} is {show(written[one])} but {other} is {show(written[other])}; {one} is used",
                        f"{path}{one}",
                        **{one: written[one], other: written[other]},
                    )


def section_at(data: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The section that a path like "text_config." leads to; empty where there is none."""
    section: Any = data
    for name in filter(None, path.split(".")):
        section = section.get(name) if isinstance(section, Mapping) else None
    return section if isinstance(section, Mapping) else {}


def flat(value: object) -> object:
    """A list with one number for every layer is that number."""
    return value[0] if isinstance(value, list) and value and all(item == value[0] for item in value) else value


def note_other_head(config: Config, saved: str, architecture: Architecture) -> None:
    """A head for next tokens that is counted, though the class that `saved` the model speaks of another or of none."""
    heads = any(isinstance(one, Single) and isinstance(one.block, Head) for one in architecture.pieces)
    if heads and not keeps_language_head(saved):
        config.notice(
            "config-other-head",
            f"architectures ({saved}) speaks of another head than a language model's; the latter is counted, and the "
            "weights alone can tell",
            "architectures",
            architectures=saved,
        )
