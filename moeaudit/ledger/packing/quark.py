"""AMD Quark configs: one scheme for all linear layers, others by layer name, and an exclude list.

Source: vLLM, quantization/quark (`global_quant_config`, `layer_quant_config`, `exclude`); the tensors are `weight`
and `weight_scale`, as compressed-tensors and modelopt name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeaudit.ledger.packing.patterns import Matcher
from moeaudit.ledger.packing.recipe import Recipe, Rule
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.schemes import Mxfp4, Scaled
from moeaudit.ledger.packing.schemes.fp4 import MODELOPT
from moeaudit.ledger.packing.schemes.scaled import CHANNEL, PLAIN_SCALE, TENSOR
from moeaudit.ledger.packing.settings import Settings


def quark(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """MXFP4, and FP8 by tensor or output; anything else is not known."""
    default = layer_scheme(settings.section("global_quant_config"))
    if default is None:
        return Recipe(
            "quark",
            known=False,
            notices=(
                settings.notice(
                    "quantization-unknown",
                    f"{settings.path}.global_quant_config stores weights in a way that is not known",
                    "global_quant_config",
                ),
            ),
        )
    rules = tuple(
        Rule(Matcher.of([name]), layer_scheme(layer)) for name, layer in settings.sections("layer_quant_config").items()
    )
    return Recipe(
        "quark", default, rules=rules, excluded=Matcher.of(settings.words("exclude")), encoders=True, per_expert=True
    )


def layer_scheme(layer: Settings) -> Scheme | None:
    weight, inputs = layer.section("weight"), layer.section("input_tensors")
    kind, granularity = weight.word("dtype").lower(), weight.word("qscheme").lower()
    if kind == "fp4" and granularity == "per_group":
        return Mxfp4(MODELOPT, "U8", "U8")
    if kind == "fp8_e4m3" and granularity in ("per_tensor", "per_channel"):
        static = bool(inputs.data) and not inputs.flag("is_dynamic", False)
        return Scaled(
            PLAIN_SCALE,
            TENSOR if granularity == "per_tensor" else CHANNEL,
            static=static,
            flat=granularity == "per_channel",
        )
    return None
