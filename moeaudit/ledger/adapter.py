"""What an adapter adds to its base: parameters by the component that they adapt, and the experts that they touch.

Names are PEFT's (`base_model.model.` before the module's own name, `.lora_A.weight` and kin behind it) or mlx-lm's
(`.lora_a`). A fused tensor of experts that is adapted as a whole (`target_parameters`) has its matrices beside the
module, with `base_layer` for each further one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from moeaudit.errors import AuditError
from moeaudit.evidence.model import ADAPTER_PART, BASE_FIELDS, Evidence, JsonFile, Role
from moeaudit.evidence.tables import TensorGroup
from moeaudit.later import dataclass, expression
from moeaudit.ledger.classify import guess
from moeaudit.vocabulary import Component

ADDED = expression(
    r"^(?:base_model\.model\.)?(?P<module>.*?)(?:\.base_layer)*\.?"
    r"(?P<added>(?:lora|ia3|vera|oft|hada|lokr|boft|fourierft|randlora|road|c3a|delora|hra|vblora|prompt|adaption)_"
    r"?[A-Za-z0-9_.]*)$"
)
"""A tensor that stands beside a module of the base, by the words of PEFT's tuners."""

PREFIX = "base_model.model."
EXPERT = expression(r"(?:^|\.)experts\.(\{\})")


@dataclass(frozen=True)
class Adapter:
    """`base`, `method`, `rank`, `alpha` and `targets` as the config states them. `parameters`: stored by the adapter;
    `replaced`: of these, whole copies of the base's (`modules_to_save`), which stand in their place. `components`: by
    what they adapt. `experts`: the numbers of the experts that are touched one by one; `all_experts`: that fused
    experts are touched as a whole. `unread`: why the weights are not counted."""

    base: str
    method: str
    rank: int | None
    alpha: float | None
    targets: tuple[str, ...]
    parameters: int | None
    replaced: int
    components: Mapping[Component, int]
    experts: tuple[int, ...]
    all_experts: bool
    unread: str = ""

    @property
    def added(self) -> int:
        """Parameters beyond the base's."""
        return (self.parameters or 0) - self.replaced


def adapter_of(evidence: Evidence) -> Adapter | None:
    """The adapter that this evidence is of; None where it is of none."""
    document, own = evidence.document(Role.ADAPTER), evidence.part(ADAPTER_PART)
    if document is None or own is None:
        return None
    table = own.headers
    components: Counter[Component] = Counter()
    experts: set[int] = set()
    replaced, fused = 0, False
    for group in table.groups if table is not None else ():
        module, beside = split(group.template)
        role = guess(f"{module}.weight" if beside else module).component
        components[role] += group.elements or 0
        replaced += 0 if beside else group.elements or 0
        if role is Component.ROUTED_EXPERTS and beside:
            numbers = expert_numbers(group, module)
            fused = fused or numbers is None
            experts.update(numbers or ())
    return Adapter(
        stated_base(document),
        word(document.data, "peft_type", "fine_tune_type"),
        whole(document.data, "r") or whole(section(document.data, "lora_parameters"), "rank"),
        number(document.data, "lora_alpha"),
        targets(document.data),
        None if table is None else table.elements,
        replaced,
        {role: components[role] for role in Component if components[role]},
        tuple(sorted(experts)),
        fused,
        "" if table is not None else unread(evidence, own),
    )


def split(template: str) -> tuple[str, bool]:
    """(the base's module, True) for what stands beside it; (the base's tensor, False) for a copy that replaces it."""
    match = ADDED.match(template)
    if match is not None and match["module"]:
        return match["module"], True
    return template.removeprefix(PREFIX), False


def expert_numbers(group: TensorGroup, module: str) -> tuple[int, ...] | None:
    """The experts whose number stands in the module's name; None where it names them all at once."""
    found = EXPERT.search(module)
    if found is None:
        return None
    axis = module[: found.start(1)].count("{}") + group.template[: group.template.find(module)].count("{}")
    return tuple(group.index[axis]) if axis < len(group.index) else None


def unread(evidence: Evidence, own: Evidence) -> str:
    pickled = sorted(file for file in own.shard_sizes if not file.endswith(".safetensors"))
    if pickled:
        return f"{pickled[0]} is pickled and never opened"
    return "its weights were not read" if own.shard_sizes else "no weights of its own are here"


def stated_base(document: JsonFile) -> str:
    """The base as it is followed; what the file says where it is followed nowhere."""
    from moeaudit.evidence.formats.adapter import base_of

    try:
        return base_of(document)
    except AuditError:
        return word(document.data, *BASE_FIELDS)


def targets(data: Mapping[str, Any]) -> tuple[str, ...]:
    """What was trained: modules and parameters by the ends of their names, or one expression."""
    found: list[str] = []
    for key in ("target_modules", "target_parameters", "modules_to_save"):
        value = data.get(key)
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        found += [name for name in names if isinstance(name, str)]
    return tuple(dict.fromkeys(found))


def word(data: Mapping[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := data.get(name), str)), "")


def whole(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def number(data: Mapping[str, Any], name: str) -> float | None:
    value = data.get(name)
    known = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**31
    return float(value) if known and value is not None else None


def section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}
