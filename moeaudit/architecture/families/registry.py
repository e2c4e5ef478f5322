"""Which lineage reads which `model_type`. One line a type; the function of that name lives in the file of that name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from moeaudit.architecture.config import Config, show
from moeaudit.architecture.families.aliases import note_contradictions
from moeaudit.architecture.families.architectures import ARCHITECTURES
from moeaudit.architecture.families.dense import DENSE, is_dense_config
from moeaudit.architecture.families.layerwise import layer_by_layer
from moeaudit.architecture.model import Architecture, Head, Single
from moeaudit.architecture.prediction import declaration, with_proven_modules
from moeaudit.architecture.unknown import known_text
from moeaudit.errors import NothingToAudit, Place, UsageError

FAMILIES: dict[str, str] = {
    "deepseek_v2": "deepseek:deepseek_v2",
    "deepseek_v3": "deepseek:deepseek_v3",
    "deepseek_v32": "deepseek:deepseek_v32",
    "kimi_k2": "deepseek:deepseek_v3",
    "deepseek": "deepseek:deepseek_v1",
    "deepseek_v4": "deepseek_v4:deepseek_v4",
    "deepseek_ref": "deepseek_v4:deepseek_v4",
    "deepseek_vl_v2": "deepseek_vl:deepseek_vl_v2",
    "DeepseekOCR": "deepseek_vl:deepseek_ocr",
    "deepseek_ocr": "deepseek_vl:deepseek_ocr",
    "deepseek_ocr2": "deepseek_vl:deepseek_ocr2",
    "unlimited_ocr": "deepseek_vl:unlimited_ocr",
    "mixtral": "mistral:mixtral",
    "mistral3": "mistral:mistral3",
    "mistral4": "mistral:mistral4",
    "mistral_large4": "mistral_large4:mistral_large4",
    "mistral_large4_text": "mistral_large4:mistral_large4_text",
    "kimi_k25": "kimi:kimi_k25",
    "kimi_linear": "kimi:kimi_linear",
    "kimi_k3": "kimi:kimi_k3",
    "glm4_moe": "glm:glm4_moe",
    "glm4_moe_lite": "glm:glm4_moe_lite",
    "glm4v_moe": "glm:glm4v_moe",
    "glm4v_moe_text": "glm:glm4v_moe_text",
    "glm_moe_dsa": "glm:glm_moe_dsa",
    "glm5_next": "glm5_next:glm5_next",
    "glm5_next_text": "glm5_next:glm5_next_text",
    "qwen2_moe": "qwen:qwen2_moe",
    "qwen3_moe": "qwen:qwen3_moe",
    "qwen3_vl_moe": "qwen:qwen3_vl_moe",
    "qwen3_vl_moe_text": "qwen:qwen3_vl_moe_text",
    "qwen3_next": "qwen_next:qwen3_next",
    "qwen3_5_moe": "qwen_next:qwen3_5_moe",
    "qwen3_5_moe_text": "qwen_next:qwen3_5_moe_text",
    "qwen4_exp": "qwen4:qwen4_exp",
    "qwen4_exp_text": "qwen4:qwen4_exp_text",
    "qwen3_omni_moe": "qwen_omni:qwen3_omni_moe",
    "qwen3_omni_moe_thinker": "qwen_omni:qwen3_omni_moe_thinker",
    "llama4": "llama4:llama4",
    "llama4_text": "llama4:llama4_text",
    "gpt_oss": "gpt_oss:gpt_oss",
    "openai_privacy_filter": "gpt_oss:openai_privacy_filter",
    "minimax": "minimax:minimax",
    "minimax_m1": "minimax:minimax_m1",
    "minimax_text_01": "minimax:minimax_m1",
    "minimax_m2": "minimax:minimax_m2",
    "minimax_m3_vl": "minimax_m3:minimax_m3_vl",
    "minimax_m3_vl_text": "minimax_m3:minimax_m3_vl_text",
    "granitemoe": "granite:granitemoe",
    "granitemoe_swa": "granite:granitemoe_swa",
    "granitemoehybrid": "granite:granitemoehybrid",
    "granitemoeshared": "granite:granitemoeshared",
    "gemma4": "gemma:gemma4",
    "gemma4_text": "gemma:gemma4_text",
    "diffusion_gemma": "gemma:diffusion_gemma",
    "ernie4_5_moe": "ernie:ernie4_5_moe",
    "ernie4_5_vl_moe": "ernie_vl:ernie4_5_vl_moe",
    "hunyuan_v1_moe": "hunyuan:hunyuan_v1_moe",
    "hy_v3": "hunyuan:hy_v3",
    "hy_v4": "hunyuan4:hy_v4",
    "hunyuan": "hunyuan:hunyuan",
    "hunyuan_image_3_moe": "hunyuan_image:hunyuan_image_3_moe",
    "inkling2": "inkling2:inkling2",
    "inkling2_text": "inkling2:inkling2_text",
    "inkling_mm_model": "inkling:inkling_mm_model",
    "inkling_text": "inkling:inkling_text",
    "nemotron_h": "nemotron:nemotron_h",
    "nemotron_h_puzzle": "nemotron:nemotron_h",
    "nemotron_h_omni": "nemotron:nemotron_h_omni",
    "bailing_hybrid": "bailing:bailing_hybrid",
    "bailing_moe": "bailing:bailing_moe",
    "bailing_moe_v2": "bailing:bailing_moe_v2",
    "bailingmm": "bailing:bailingmm",
    "step3p5": "step:step3p5",
    "step3p7": "step:step3p7",
    "jamba": "jamba:jamba",
    "jetmoe": "jetmoe:jetmoe",
    "lfm2_moe": "lfm2:lfm2_moe",
    "longcat_flash": "longcat:longcat_flash",
    "dbrx": "dbrx:dbrx",
    "phimoe": "phimoe:phimoe",
    "olmoe": "olmo:olmoe",
    "flex_olmo": "olmo:flex_olmo",
    "switch_transformers": "switch:switch_transformers",
    "nllb-moe": "switch:nllb_moe",
    "aria": "aria:aria",
    "aria_text": "aria:aria_text",
    "afmoe": "afmoe:afmoe",
    "axk1": "axk:axk1",
    "axk2": "axk:axk2",
    "beam": "beam:beam",
    "cohere2_moe": "cohere:cohere2_moe",
    "doge": "doge:doge",
    "dots1": "dots:dots1",
    "dots3_note": "dots_note:dots3_note",
    "dots3_note_text": "dots_note:dots3_note_text",
    "exaone_moe": "exaone:exaone_moe",
    "flint": "flint:flint",
    "kolibri1": "kolibri:kolibri1",
    "laguna": "laguna:laguna",
    "mellum": "mellum:mellum",
    "mimo_v2": "mimo:mimo_v2",
    "mimo_v2_flash": "mimo:mimo_v2_flash",
    "muse_spark": "muse_spark:muse_spark",
    "muse_spark_text": "muse_spark:muse_spark_text",
    "solar_open": "solar:solar_open",
    "zaya": "zaya:zaya",
    "grok-1": "grok:grok_1",
    "arctic": "arctic:arctic",
    "PanguProMoE": "pangu:pangu_pro_moe",
    "openmoe": "openmoe:openmoe",
}
"""model_type → "file:function" below `families/`. Files are imported when they are asked for."""


SPARSE_SIBLINGS = {"mistral": "mixtral", "qwen2": "qwen2_moe", "qwen3": "qwen3_moe", "granite": "granitemoe"}
"""Dense types whose name configs with experts have borrowed, and the sparse type of the same lineage."""


def lineage_of(model_type: str) -> Callable[[Config], Architecture]:
    """The function that turns a config of this type into blocks. KeyError where no family is known."""
    file, function = FAMILIES[model_type].split(":")
    lineage = import_module(f"moeaudit.architecture.families.{file}")
    reader: Callable[[Config], Architecture] = getattr(lineage, function)
    return reader


def describe(config: Config) -> Architecture:
    """The architecture of a config.json.

    The family is what `model_type` says; where that names none, what the class in `architectures` says, or what a
    borrowed dense type with expert fields stands for, and a notice (rule `config-model-type`) says so; so it does where
    the two name different families. NothingToAudit where no family can be told, or where a dense model has no reader.
    """
    if config.asked is None:
        config = replace(config, asked=[])
    architecture = sound(with_proven_modules(layer_by_layer(config, read), config), config)
    note_contradictions(config)
    return replace(architecture, declared_mtp=declaration(config)[1])


def read(config: Config) -> Architecture:
    """The architecture by the family that the config's own words give."""
    written = config.data.get("model_type")
    if isinstance(written, str) and written in FAMILIES:
        return read_as_written(written, config)
    place, dense = Place(config.file, path="model_type"), is_dense_config(config.data)
    recognised, sign = recognise(config.data, dense=dense)
    if recognised is None and dense and isinstance(written, str) and written in DENSE:
        return DENSE[written](config)
    if recognised is None and (text := known_text(config, is_known)) is not None:
        return language_model_of(config, text)
    if recognised is None and dense:
        raise NothingToAudit(f"{named(written)} names no experts anywhere: dense, nothing MoE to audit", place=place)
    if recognised is None:
        raise NothingToAudit(f"{named(written)} is not supported from config.json alone", place=place, hint=UNKNOWN)
    config.notice(
        "config-model-type",
        f"{named(written)} names no known family; {sign} says {recognised}, and it is read as that",
        "model_type",
        model_type=written,
        read_as=recognised,
    )
    if not isinstance(written, str):
        config = replace(config, data={**config.data, "model_type": recognised})
    return lineage_of(recognised)(config)


def is_known(data: Mapping[str, Any]) -> bool:
    """Whether the fields name a family that is read, by whatever sign."""
    written, dense = data.get("model_type"), is_dense_config(data)
    known = isinstance(written, str) and (written in FAMILIES or (dense and written in DENSE))
    return known or recognise(data, dense=dense)[0] is not None


def language_model_of(config: Config, text: Config) -> Architecture:
    """The language model inside an unknown wrapper, by the section that names its family. A text type that is saved
    without a head has one in a wrapper."""
    section, outer = text.path.rstrip("."), config.data.get("model_type")
    config.notice(
        "wrapper-unknown",
        f"{named(outer)} is not known, but its {section} is: the language model is described from there; of encoders "
        "and projectors the weights alone can tell",
        "model_type",
        model_type=outer,
        section=section,
    )
    found = read(text)
    single = [piece for piece in found.pieces if isinstance(piece, Single)]
    if not any(isinstance(piece.block, Head) for piece in single) and found.hidden and found.vocabulary:
        tied = text.flag("tie_word_embeddings", default=False)
        head = Single("lm_head", Head(found.vocabulary, found.hidden, tied))
        found = replace(found, pieces=(*found.pieces, head), tied=tied)
    return replace(found, wrapped=named(outer), notes=(*found.notes, LANGUAGE_ALONE))


LANGUAGE_ALONE = "The family of the whole model is not known: only its language model is counted."


def read_as_written(written: str, config: Config) -> Architecture:
    """By `model_type`, which names a known family. Where the class in `architectures` names another, a notice says so;
    the class is followed only where the fields are not those of the written type."""
    named_by_class = ARCHITECTURES.get(class_name(config.data), written)
    if FAMILIES[named_by_class] == FAMILIES[written]:
        return lineage_of(written)(config)
    aside = replace(config, notices=[], asked=[], defaulted=[])
    try:
        other = lineage_of(named_by_class)(aside)
    except UsageError:
        other = None
    try:
        architecture = lineage_of(written)(config)
    except UsageError:
        if other is None:
            raise
        note_other_family(config, written, named_by_class, used=named_by_class)
        config.notices.extend(aside.notices)
        if config.asked is not None:
            config.asked[:] = aside.asked or []
        if config.defaulted is not None:
            config.defaulted[:] = aside.defaulted or []
        return other
    if other is None or other.family != architecture.family:
        note_other_family(config, written, named_by_class, used=written)
    return architecture


def note_other_family(config: Config, written: str, named_by_class: str, *, used: str) -> None:
    config.notice(
        "config-model-type",
        f"model_type {show(written)} and architectures ({class_name(config.data)}, {named_by_class}) name different "
        f"families; it is read as {used}",
        "model_type",
        model_type=written,
        read_as=used,
    )


def sound(architecture: Architecture, config: Config) -> Architecture:
    """The architecture itself; UsageError where its sizes leave a tensor without elements, as 48 heads in a width of 32
    do."""
    empty = next((weight for weight in architecture.weights if min(weight.shape, default=1) < 1), None)
    if empty is not None:
        shape = " × ".join(map(str, empty.shape))
        raise UsageError(
            f"the sizes in {config.file} leave {empty.name} with the shape {shape}",
            place=Place(config.file),
            hint="A width is smaller than its divisor, as in hidden_size ÷ num_attention_heads; correct one of them.",
        )
    return architecture


UNKNOWN = (
    "Count its weights with --depth headers, or write its blocks down in a spec file (*.moe.yaml, "
    "`moeaudit schema spec`) and give that instead."
)


def recognise(data: Mapping[str, Any], *, dense: bool) -> tuple[str | None, str]:
    """(model_type, the field that gives it away): the class name, or a dense type that experts make sparse."""
    name = class_name(data)
    if name in ARCHITECTURES:
        return ARCHITECTURES[name], f"architectures ({name})"
    written = data.get("model_type")
    if isinstance(written, str) and written in SPARSE_SIBLINGS and not dense:
        return SPARSE_SIBLINGS[written], "the presence of expert fields"
    return None, ""


def class_name(data: Mapping[str, Any]) -> str:
    """The class that saved the model; empty where the config names none."""
    classes = data.get("architectures")
    return classes[0] if isinstance(classes, list) and classes and isinstance(classes[0], str) else ""


def named(model_type: object) -> str:
    """The model_type as a subject of a sentence."""
    return f"model_type {show(model_type)}" if model_type is not None else "a config without model_type"
