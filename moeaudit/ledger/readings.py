"""Other readings of a config that is silent, or that forgets its prediction modules: where the weights disagree with
the first, one that they agree with takes its place, and the field is named.

Only what the config does not state gives way. A field that is stated and false is a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from moeaudit.architecture.config import Config, Notice
from moeaudit.architecture.defaults import Assumed, Describe, with_field
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.prediction import DECLARED, declaration
from moeaudit.errors import UsageError
from moeaudit.ledger.account import Account
from moeaudit.ledger.classify import guess
from moeaudit.vocabulary import Part

FEWEST = (0, 1, 2, 3, 4)
"""Layers, shared experts and the like that are tried beside what the weights show."""

MOST_MODULES = 4

OF_MODULES = ("eh_proj.weight", "enorm.weight", "hnorm.weight")
"""What joins embedding and hidden state in a prediction module (DeepSeek-V3 and those after it)."""


def readings(
    config: Config,
    architecture: Architecture,
    account: Account,
    left_open: Sequence[Assumed],
    describe: Describe,
) -> Iterator[tuple[Architecture, Notice]]:
    """Architectures that the config also allows, the likeliest first, each with what to tell of it."""
    held = sorted(account.experts_held)
    for one in left_open:
        if not one.settled_by_weights:
            continue
        for value in dict.fromkeys((*(held if "routed_experts" in one.facts else ()), *FEWEST)):
            other = _described(config, describe, one.path, value) if value != one.value else None
            if other is not None:
                yield (
                    other,
                    Notice(
                        "default-assumed",
                        f"{config.name} does not state {one.path}; the family's default is {one.value}, "
                        f"the weights say {value}",
                        one.path,
                        (("assumed", value),),
                        config.file,
                    ),
                )
    if declaration(config)[1] == 0 and _modules_left_over(account):
        path = "".join(f"{part}." for part in config.text().path.split(".")[:-1])
        for name in DECLARED:
            for count in range(1, MOST_MODULES + 1):
                other = _described(config, describe, f"{path}{name}", count)
                if other is not None and other.weights != architecture.weights:
                    modules = "a prediction module" if count == 1 else f"{count} prediction modules"
                    yield (
                        other,
                        Notice(
                            "mtp-undeclared",
                            f"the weights hold {modules}, which {path}{name} does not declare",
                            f"{path}{name}",
                            file=config.file,
                        ),
                    )


def _modules_left_over(account: Account) -> bool:
    """Whether something that nothing asks for is a prediction module by its words, or a layer beyond the last."""
    comparison = account.comparison
    groups = comparison.unexpected.groups if comparison is not None else ()
    return any(guess(group.template).part is Part.MTP or group.template.endswith(OF_MODULES) for group in groups)


def _described(config: Config, describe: Describe, path: str, value: int) -> Architecture | None:
    data = with_field(config.data, path, value)
    if data is None:
        return None
    try:
        return describe(replace(config, data=data, notices=[], asked=None, defaulted=None))
    except UsageError:
        return None
