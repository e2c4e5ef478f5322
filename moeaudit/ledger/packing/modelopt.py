"""NVIDIA modelopt configs: one algorithm and a list of exceptions, or a table of layers, in config.json or
hf_quant_config.json.

Source: modelopt 0.47, export/quant_utils.py (`process_layer_quant_config`) and export/convert_hf_config.py.
"""

from __future__ import annotations

from moeaudit.architecture.config import show
from moeaudit.ledger.packing.patterns import Matcher
from moeaudit.ledger.packing.recipe import Recipe, Rule
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.schemes import Int4Bytes, Mxfp4, Nvfp4, Scaled
from moeaudit.ledger.packing.schemes.fp4 import MODELOPT
from moeaudit.ledger.packing.schemes.scaled import CHANNEL, PLAIN_SCALE, TENSOR
from moeaudit.ledger.packing.settings import Settings

MIXED = "MIXED_PRECISION"


def modelopt(settings: Settings) -> Recipe:
    """From the `quantization` object of hf_quant_config.json or the same fields inside `quantization_config`."""
    algorithm = settings.word("quant_algo").upper()
    excluded = Matcher.of(settings.words("exclude_modules", "ignore"))
    rules = modelopt_rules(settings)
    if algorithm == MIXED and rules:
        return Recipe("modelopt", None, rules=rules, excluded=excluded, encoders=True, per_expert=True)
    default = algorithm_scheme(algorithm, settings)
    if default is None:
        return Recipe(
            "modelopt",
            known=False,
            notices=(
                settings.notice(
                    "quantization-unknown",
                    f"{settings.path}.quant_algo is {show(settings.data.get('quant_algo'))}: not a known algorithm",
                    "quant_algo",
                ),
            ),
        )
    notices = (
        ()
        if excluded
        else (
            settings.notice(
                "quantization-modules-missing",
                f"{settings.path} does not list the modules it leaves as they are; every linear layer is assumed to be "
                "stored so",
                "exclude_modules",
            ),
        )
    )
    return Recipe("modelopt", default, rules=rules, excluded=excluded, encoders=True, per_expert=True, notices=notices)


def modelopt_rules(settings: Settings) -> tuple[Rule, ...]:
    """One rule per scheme from `quantized_layers`: module name → algorithm."""
    layers: dict[Scheme, list[str]] = {}
    for name, layer in settings.sections("quantized_layers").items():
        scheme = algorithm_scheme(layer.word("quant_algo").upper(), layer)
        if scheme is None:
            raise layer.error("quant_algo", f"one of {', '.join(ALGORITHMS)}")
        layers.setdefault(scheme, []).append(name)
    return tuple(Rule(Matcher.of(names), scheme) for scheme, names in layers.items())


def algorithm_scheme(algorithm: str, settings: Settings) -> Scheme | None:
    """The scheme behind an algorithm's name. NVFP4's group is 16 by definition; INT4's is stated."""
    if algorithm in ("W4A16_AWQ", "INT4_AWQ", "W4A8_AWQ"):
        return Int4Bytes(group=settings.whole("group_size", 128))
    if algorithm.startswith(("NVFP4", "W4A16_NVFP4", "W4A8_NVFP4")):
        settings.whole("group_size", 16, least=16, most=16)
    return ALGORITHMS.get(algorithm)


ALGORITHMS: dict[str, Scheme] = {
    "NVFP4": Nvfp4(MODELOPT),
    "NVFP4_AWQ": Nvfp4(MODELOPT),
    "W4A16_NVFP4": Nvfp4(MODELOPT, static=False),
    "W4A8_NVFP4_FP8": Nvfp4(MODELOPT),
    "W4A8_MXFP4_FP8": Mxfp4(MODELOPT, "U8", "U8"),
    "FP8": Scaled(PLAIN_SCALE, TENSOR, static=True),
    "FP8_PER_CHANNEL_PER_TOKEN": Scaled(PLAIN_SCALE, CHANNEL, flat=True),
    "FP8_PB_WO": Scaled(PLAIN_SCALE, (128, 128)),
    "MXFP8": Scaled(PLAIN_SCALE, (1, 32), scale_dtype="U8"),
    "W8A16": Scaled(PLAIN_SCALE, CHANNEL, "I8", None, flat=True),
    "W8A8_SQ_PER_CHANNEL": Scaled(PLAIN_SCALE, CHANNEL, "I8", None, True, flat=True),
}
"""Algorithms without a setting of their own. Sources: `get_weight_scaling_factor` and `_export_quantized_weight` of
modelopt."""
