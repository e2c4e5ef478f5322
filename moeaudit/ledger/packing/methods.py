"""From a quantisation config to a recipe: one reader per method, in an explicit registry by the config's own words.

Where a method has a default for a missing field, it is the one of the library that writes the format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from moeaudit.architecture.config import Notice, show
from moeaudit.ledger.packing.compressed_tensors import compressed_tensors
from moeaudit.ledger.packing.modelopt import modelopt, modelopt_rules
from moeaudit.ledger.packing.patterns import Matcher
from moeaudit.ledger.packing.quark import quark
from moeaudit.ledger.packing.recipe import Recipe, Rule
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.schemes import Aqlm, Awq, Bnb4, Bnb8, Gptq, Hqq, Mlx, Mxfp4, Mxfp4Blocks, Scaled
from moeaudit.ledger.packing.schemes.bitsandbytes import four_bit
from moeaudit.ledger.packing.schemes.fp4 import MODELOPT as FP4_PLAIN
from moeaudit.ledger.packing.schemes.fp4 import NATIVE as FP4_NATIVE
from moeaudit.ledger.packing.schemes.hqq import ROWS
from moeaudit.ledger.packing.schemes.mlx import METAL, MODES
from moeaudit.ledger.packing.schemes.scaled import CHANNEL, INVERSE, MISTRAL, NATIVE, PLAIN_SCALE, TENSOR
from moeaudit.ledger.packing.settings import Settings
from moeaudit.vocabulary import Component

SECTIONS = ("quantization_config", "compression_config", "quantization")
NESTED = ("text_config", "llm_config", "language_config", "thinker_config")


def recipe(
    config: Mapping[str, Any], quant_config: Mapping[str, Any] | None = None, file: str = "config.json"
) -> Recipe:
    """How the model of this config.json (`file`, and hf_quant_config.json) stores its weights."""
    return replace(stated_recipe(config, quant_config, file), file=file)


def stated_recipe(config: Mapping[str, Any], quant_config: Mapping[str, Any] | None, file: str) -> Recipe:
    found = find_settings(config, file)
    separate = Settings(quant_config, "", "hf_quant_config.json").section("quantization") if quant_config else None
    if found is None and separate is None:
        return Recipe()
    if found is None or (separate is not None and not found.data):
        return modelopt(separate)  # type: ignore[arg-type]  # one of the two is there
    made = read(found, config)
    if separate is not None:
        made = replace(made, notices=(*made.notices, *contradictions(found, separate)))
        if made.method.startswith("modelopt") and not made.excluded and not made.rules:
            return modelopt(separate)
    return made


def find_settings(config: Mapping[str, Any], file: str) -> Settings | None:
    """The quantisation section: at the top, or beside the language model's fields. One that is no object is an error:
    the weights are stored in some way, and it does not say which."""
    for prefix, section in (("", config), *((f"{name}.", config.get(name)) for name in NESTED)):
        if isinstance(section, Mapping):
            if not isinstance(section.get(SECTIONS[0], {}), Mapping | None):
                raise Settings(section, prefix.rstrip("."), file).error(SECTIONS[0], "an object")
            for name in SECTIONS:
                if isinstance(section.get(name), Mapping) and section[name]:
                    return Settings(section[name], f"{prefix}{name}", file)
    return None


def read(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """The recipe of one section, by its `quant_method`, or by its fields where it names none."""
    method = settings.word("quant_method").lower()
    notices: tuple[Notice, ...] = ()
    if not method:
        method = guess_method(settings)
        if method not in ("mlx", MISTRAL_FP8, ""):
            notices = (
                settings.notice(
                    "quantization-method-missing",
                    f"{settings.path} names no quant_method; its fields are those of {method}",
                    "quant_method",
                ),
            )
    reader = METHODS.get(method)
    if reader is None:
        return unknown_method(settings, method)
    made = reader(settings, config)
    if settings.path.partition(".")[0] in NESTED:
        made = replace(made, encoders=False)  # said of the language model alone
    refused = [
        pattern for matcher in (made.excluded, *(rule.modules for rule in made.rules)) for pattern in matcher.refused
    ]
    notices += tuple(
        settings.notice(
            "quantization-pattern-refused",
            f"the module pattern {show(pattern)} is not used: it is broken or could take very long to match",
        )
        for pattern in refused[:3]
    )
    return replace(made, notices=(*notices, *made.notices))


def unknown_method(settings: Settings, method: str) -> Recipe:
    """A method that no config is enough for: by name, or because sizes differ from matrix to matrix."""
    said = show(settings.data.get("quant_method")) if method else "not stated"
    undone = method in HEADERS_TELL
    why = (
        "its sizes stand in the weights' headers alone" if undone else "how this model stores its weights is not known"
    )
    notice = settings.notice("quantization-unknown", f"{settings.path}.quant_method is {said}: {why}", "quant_method")
    return Recipe(method or "unknown", known=False, undone=undone, notices=(notice,))


def guess_method(settings: Settings) -> str:
    """The method a section without `quant_method` speaks of, by its fields. mlx-lm never writes one, and writes the
    section twice, as `quantization` and as `quantization_config`."""
    if settings.has("config_groups"):
        return "compressed-tensors"
    if settings.has("quant_algo"):
        return "modelopt"
    if settings.has("qformat_weight"):
        return MISTRAL_FP8
    if settings.has("weight_block_size") or settings.word("fmt").lower() in ("e4m3", "float8_e4m3fn"):
        return "fp8"
    if settings.flag("load_in_4bit", False) or settings.flag("load_in_8bit", False):
        return "bitsandbytes"
    return "mlx" if settings.has("bits") and settings.has("group_size") else ""


def contradictions(found: Settings, separate: Settings) -> tuple[Notice, ...]:
    """Where config.json and hf_quant_config.json name different algorithms."""
    inside, outside = found.data.get("quant_algo"), separate.data.get("quant_algo")
    if inside is None or outside is None or inside == outside:
        return ()
    return (
        found.notice(
            "quantization-contradicts",
            f"{found.name} says {show(inside)}, hf_quant_config.json says {show(outside)}; {found.name} is used",
            "quant_algo",
        ),
    )


def fp8(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """FP8 as DeepSeek-V3 brought it, and what grew from it: power-of-two scales under DeepSeek's own names, FP4 experts
    (V4), single layers in another format (`quantized_layers` of modelopt)."""
    scheme = fp8_scheme(settings)
    exponents = settings.word("scale_fmt").lower() == "ue8m0"
    notices: tuple[Notice, ...] = ()
    if "weight_block_size" not in settings.data and scheme.block != TENSOR:
        said = "weight_block_size is not stated; 128 × 128 is assumed"
        notices = (settings.notice("quantization-block-assumed", said, "weight_block_size"),)
    return Recipe(
        "fp8",
        scheme,
        experts=expert_scheme(settings, config),
        native=replace(scheme, spelling=NATIVE, scale_dtype="F8_E8M0") if exponents else None,
        rules=(*modelopt_rules(settings), *table_rules(config)),
        excluded=Matcher.of(settings.words("modules_to_not_convert", "ignored_layers")),
        notices=notices,
    )


def fp8_scheme(settings: Settings) -> Scaled:
    """transformers `FineGrainedFP8Config` (blocks of 128 × 128 unless said); vLLM's FP8 with static activations has one
    scale per tensor."""
    static = settings.word("activation_scheme", "dynamic").lower() == "static"
    dtype = "F8_E5M2" if "e5m2" in settings.word("fmt").lower() else "F8_E4M3"
    if static and "weight_block_size" not in settings.data:
        return Scaled(PLAIN_SCALE, TENSOR, dtype, static=True)
    return Scaled(INVERSE, settings.block("weight_block_size", (128, 128)), dtype, static=static)


def expert_scheme(settings: Settings, config: Mapping[str, Any]) -> Scheme | None:
    """The routed experts', where they are two values to a byte: `expert_dtype` fp4 (DeepSeek-V4 outside the section,
    V4.1 in it: I8 bytes and `.scale`) or `store_dtype` mxfp4 (MiMo-V2.6: U8 bytes and `.weight_scale`; sglang's
    `mimo_v2.load_weights`)."""
    text: Mapping[str, Any] = next((config[name] for name in NESTED if isinstance(config.get(name), Mapping)), {})
    for name, scheme in (("expert_dtype", Mxfp4(FP4_NATIVE, "I8")), ("store_dtype", Mxfp4(FP4_PLAIN, "U8", "U8"))):
        value = settings.data.get(name) or config.get(name) or text.get(name)
        if isinstance(value, str) and value.lower() in ("fp4", "mxfp4"):
            return scheme
    return None


def mistral_fp8(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """A params.json's own section: FP8 with one scale per tensor (`qscale_weight`), and one for its activations
    (`qscale_act`) unless `qscheme_act` is NO_SCALES (vLLM 0.33, transformers_utils/configs/mistral.py)."""
    if settings.word("qformat_weight") != "fp8_e4m3":
        return unknown_method(settings, settings.word("qformat_weight"))
    static = settings.word("qscheme_act", "TENSOR") != "NO_SCALES"
    return Recipe("fp8", Scaled(MISTRAL, TENSOR, static=static))


def table_rules(config: Mapping[str, Any]) -> tuple[Rule, ...]:
    """DeepSeek-V4.1's n-gram tables: FP8 with a power-of-two scale per 32 features of a row (vLLM's
    `ParallelEngramEmbedding`)."""
    text: Mapping[str, Any] = next((config[name] for name in NESTED if isinstance(config.get(name), Mapping)), config)
    if not text.get("engram_layer_ids"):
        return ()
    return (Rule(Matcher.of(("re:.*engram\\.embed$",)), Scaled(NATIVE, (1, 32), scale_dtype="F8_E8M0")),)


def mxfp8(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """F8_E4M3 with a power-of-two scale, U8, per 32 inputs: under `weight_scale_inv` where a block size is written
    (sglang; slime's quantizer_mxfp8), else under `weight_scale` (vLLM's `Mxfp8Config`)."""
    block = settings.block("weight_block_size", (1, 32))
    spelling = INVERSE if settings.has("weight_block_size") else PLAIN_SCALE
    excluded = settings.words("modules_to_not_convert", "ignored_layers", "ignore", "exclude_modules")
    return Recipe("mxfp8", Scaled(spelling, block, scale_dtype="U8"), excluded=Matcher.of(excluded))


def aqlm(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """Every linear layer but those listed; defaults of transformers' `AqlmConfig`."""
    default = Aqlm(
        bits=settings.whole("nbits_per_codebook", 16, most=16),
        codebooks=settings.whole("num_codebooks", 1, most=64),
        outputs=settings.whole("out_group_size", 1),
        inputs=settings.whole("in_group_size", 8),
    )
    excluded = Matcher.of(settings.words("linear_weights_not_to_quantize", "modules_to_not_convert"))
    reaches = frozenset({Component.HEAD, Component.ROUTER})
    return Recipe("aqlm", default, excluded=excluded, reaches=reaches, encoders=True, per_expert=True)


def hqq(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """Widths and groups that help to read the headers; the small tensors of settings beside each weight are not
    predicted (transformers' `HqqConfig`)."""
    weights = settings.section("quant_config").section("weight_quant_params")
    made = unknown_method(settings, "hqq")
    if not weights.data:
        return made
    bits = weights.whole("nbits", 4, most=8)
    whole_rows = "group_size" in weights.data and not weights.has("group_size")
    group, axis = weights.whole("group_size", 0 if whole_rows else 64), weights.whole("axis", 1, least=0, most=1)
    default = Hqq(bits=bits, group=group, axis=axis) if bits in ROWS else None
    return replace(made, default=default, excluded=Matcher.of(settings.words("skip_modules")))


def fbgemm(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """FBGEMM FP8: one F32 scale per output, (outputs, 1), in `weight_scale`."""
    return Recipe(
        "fbgemm_fp8", Scaled(PLAIN_SCALE, CHANNEL), excluded=Matcher.of(settings.words("modules_to_not_convert"))
    )


def mxfp4(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """gpt-oss: only the routed experts, as blocks and scales."""
    return Recipe(
        "mxfp4", Mxfp4Blocks(), excluded=Matcher.of(settings.words("modules_to_not_convert")), experts_only=True
    )


def gptq(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """AutoGPTQ, GPTQModel: the linear layers of the blocks. Overrides by module are said, not predicted."""
    default = Gptq(bits=settings.whole("bits", 4, most=8), group=group_size(settings))
    said = "sets some modules apart; the prediction stores all of them alike"
    notices = tuple(
        settings.notice("quantization-overrides", f"{name} {said}", name)
        for name in ("dynamic", "modules_in_block_to_quantize")
        if settings.data.get(name)
    )
    excluded = Matcher.of(settings.words("modules_to_not_convert"))
    return Recipe("gptq", default, excluded=excluded, per_expert=True, notices=notices)


def awq(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """AutoAWQ GEMM."""
    default = Awq(
        bits=settings.whole("bits", settings.whole("w_bit", 4, most=8), most=8),
        group=group_size(settings),
        zeros=settings.flag("zero_point", True),
    )
    return Recipe("awq", default, excluded=Matcher.of(settings.words("modules_to_not_convert")), per_expert=True)


def auto_round(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """AutoRound writes GPTQ's or AWQ's tensors, as `packing_format` says."""
    reader = awq if "awq" in settings.word("packing_format").lower() else gptq
    return replace(reader(settings, config), method="auto-round")


def group_size(settings: Settings) -> int:
    name = "q_group_size" if settings.has("q_group_size") else "group_size"
    return settings.whole(name, 128, also=(-1,))


def bitsandbytes(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """4-bit NF4 or FP4, else 8-bit rows; every linear layer that `llm_int8_skip_modules` does not name."""
    excluded = Matcher.of(settings.words("llm_int8_skip_modules", "modules_to_not_convert"))
    if settings.flag("load_in_4bit", settings.flag("_load_in_4bit", False)):
        kind = settings.word("bnb_4bit_quant_type", "fp4").lower()
        default: Scheme = Bnb4(
            four_bit("nf4" if kind == "nf4" else "fp4"),
            settings.flag("bnb_4bit_use_double_quant", False),
            str(config.get("dtype") or config.get("torch_dtype") or "bfloat16"),
        )
    else:
        default = Bnb8()
    return Recipe("bitsandbytes", default, excluded=excluded, encoders=True, per_expert=True)


def mlx(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """mlx-lm: embedding, head and routers too; single modules may have numbers of their own, or `false`."""
    rules = []
    for name, value in settings.data.items():
        if isinstance(value, Mapping):
            rules.append(Rule(Matcher.of([name]), mlx_scheme(settings.section(name), settings)))
        elif value is False and "." in name:
            rules.append(Rule(Matcher.of([name]), None))
    return Recipe(
        "mlx",
        mlx_scheme(settings, settings),
        rules=tuple(rules),
        per_expert=True,
        reaches=frozenset({Component.EMBEDDING, Component.HEAD, Component.ROUTER}),
    )


def mlx_scheme(settings: Settings, common: Settings) -> Mlx:
    mode = settings.word("mode", common.word("mode", "affine")).lower()
    if mode not in MODES:
        raise settings.error("mode", f"one of {', '.join(MODES)}")
    group, bits = MODES[mode]
    return Mlx(bits=settings.whole("bits", bits, most=8), group=settings.whole("group_size", group), mode=mode)


def metal(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    """transformers `MetalConfig`: MLX's affine layout in linear layers."""
    default = Mlx(METAL, settings.whole("bits", 4, most=8), settings.whole("group_size", 64), scale_dtype="F32")
    return Recipe("metal", default, excluded=Matcher.of(settings.words("modules_to_not_convert")), per_expert=True)


def modelopt_section(settings: Settings, config: Mapping[str, Any]) -> Recipe:
    return modelopt(settings)


MISTRAL_FP8 = "mistral"
"""No config writes this name: sections in a params.json have none."""

METHODS: dict[str, Callable[[Settings, Mapping[str, Any]], Recipe]] = {
    "fp8": fp8,
    "finegrained_fp8": fp8,
    "fbgemm_fp8": fbgemm,
    "deepseek_v4_fp8": fp8,
    "mxfp8": mxfp8,
    MISTRAL_FP8: mistral_fp8,
    "mxfp4": mxfp4,
    "aqlm": aqlm,
    "hqq": hqq,
    "gptq": gptq,
    "awq": awq,
    "auto-round": auto_round,
    "intel/auto-round": auto_round,
    "compressed-tensors": compressed_tensors,
    "compressed_tensors": compressed_tensors,
    "modelopt": modelopt_section,
    "modelopt_fp4": modelopt_section,
    "modelopt_mixed": modelopt_section,
    "bitsandbytes": bitsandbytes,
    "mlx": mlx,
    "metal": metal,
    "quark": quark,
}
"""`quant_method` as configs write it, and who reads the rest."""

HEADERS_TELL = frozenset({"exl2", "exl3", "hqq", "quip", "quip_sharp", "quip#", "ascend", "msmodelslim"})
"""Methods whose tensors are undone though no config says their sizes: bits differ from layer to layer (EXL2, EXL3), or
another file lists the modules (msModelSlim's quant_model_description.json). Others are not understood at all: spqr,
vptq, torchao, quanto, eetq, higgs."""
