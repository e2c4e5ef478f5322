"""compressed-tensors configs: groups of targets, each with its own format, and an ignore list.

Source: compressed-tensors 0.20, quantization/quant_config.py and quant_args.py; compressors/format.py for the format
where none is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeaudit.architecture.config import Notice, show
from moeaudit.errors import UsageError
from moeaudit.ledger.packing.patterns import Matcher
from moeaudit.ledger.packing.recipe import Recipe, Rule
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.schemes import Mxfp4, Nvfp4, PackQuantized, Scaled
from moeaudit.ledger.packing.schemes.fp4 import COMPRESSED
from moeaudit.ledger.packing.schemes.scaled import CHANNEL, PLAIN_SCALE, TENSOR
from moeaudit.ledger.packing.settings import Settings
from moeaudit.limits import GROUPS

CLASSES = frozenset({"Linear"})
"""Targets that name a module class; linear layers are what a recipe's default is about."""


def compressed_tensors(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """One rule per group with patterns, a default from the group that targets linear layers."""
    default: Scheme | None = None
    rules: list[Rule] = []
    notices: list[Notice] = []
    form = settings.word("format")
    groups = settings.sections("config_groups")
    if len(groups) > GROUPS:
        raise UsageError(f"the quantisation config has {GROUPS.words()}", hint="Name classes, or whole layers, in one.")
    for group in groups.values():
        scheme = group_scheme(group, group.word("format") or form)
        if scheme is None:
            notices.append(
                group.notice("quantization-unknown", f"{group.path}: its weights are stored in a way that is not known")
            )
            continue
        targets = group.words("targets")
        if any(target in CLASSES for target in targets):
            default = scheme
        patterns = [target for target in targets if target not in CLASSES]
        if patterns:
            rules.append(Rule(Matcher.of(patterns), scheme))
    if not groups:
        notices.append(
            settings.notice(
                "quantization-unknown",
                f"{settings.path} has no config_groups: {show(form or None)} alone does not say how weights are stored",
            )
        )
    known = not any(notice.rule == "quantization-unknown" for notice in notices)
    return Recipe(
        "compressed-tensors",
        default,
        rules=tuple(rules),
        excluded=Matcher.of(settings.words("ignore")),
        encoders=True,
        per_expert=True,
        known=known,
        notices=tuple(notices),
    )


def group_scheme(group: Settings, form: str) -> Scheme | None:
    """The scheme of one group, by its format's name, else by width and type of its weights."""
    weights, inputs = group.section("weights"), group.section("input_activations")
    if not weights.data:
        return None
    bits, kind = weights.whole("num_bits", 8, most=16), weights.word("type", "int").lower()
    size = weights.whole("group_size", 0, also=(-1,))
    static = bool(inputs.data) and not dynamic(inputs)
    if kind == "float" and bits == 4:
        return (
            Mxfp4(COMPRESSED, "U8", "U8")
            if form.startswith("mxfp4") or size == 32
            else Nvfp4(COMPRESSED, static=bool(inputs.data) and inputs.data.get("dynamic") is not True)
        )
    if kind == "float" and bits == 8:
        if form.startswith("mxfp8") or size == 32:
            return Scaled(PLAIN_SCALE, (1, 32), scale_dtype="U8", static=static)
        return Scaled(PLAIN_SCALE, blocks(weights), scale_dtype=None, static=static, single=(1,))
    if kind == "int" and bits <= 8:
        if (bits == 8 and form in ("int-quantized", "naive-quantized")) or (not form and bits == 8):
            return Scaled(PLAIN_SCALE, blocks(weights), "I8", None, static, single=(1,))
        return PackQuantized(
            bits=bits,
            group=size or -1,
            symmetric=weights.flag("symmetric", True),
            ordered=weights.word("actorder").lower() == "group",
        )
    return None


def dynamic(inputs: Settings) -> bool:
    """Whether activation scales are made while running; "local" ones keep a global scale."""
    return inputs.data.get("dynamic") in (True, "local")


def blocks(weights: Settings) -> tuple[int, int]:
    """What shares one scale: a block, one output, or the tensor."""
    strategy = weights.word("strategy", "tensor").lower()
    if strategy == "block":
        return weights.block("block_structure", (128, 128))
    if strategy == "group":
        return 1, weights.whole("group_size", 128)
    return CHANNEL if strategy == "channel" else TENSOR
