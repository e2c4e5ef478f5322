"""Types that engines serve and no public source describes whole: those refused, and those read in part."""

from __future__ import annotations

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Refused:
    """A `model_type` whose tensors are not known: why, and where that was looked for. `classes`: what stands in
    `architectures`."""

    name: str
    reason: str
    source: str
    classes: tuple[str, ...] = ()


REFUSED: tuple[Refused, ...] = (
    Refused(
        "interns1_pro",
        "no public source gives its time-series encoder and the size of its rotary coefficients",
        "vLLM 0.33.0, models/interns1_pro.py, and SGLang 0.5.23, models/interns1pro.py, leave model.time_series out",
        ("InternS1ProForConditionalGeneration",),
    ),
    Refused(
        "interns1_pro_text",
        "no public source gives the size of its rotary coefficients",
        "vLLM 0.33.0, rotary_embedding/fope.py, counts frequencies that the config may leave open",
    ),
    Refused(
        "interns2_mobius",
        "no public source gives its time-series encoder and the layout of experts that its layers share",
        "vLLM 0.33.0, models/interns2_mobius.py, and SGLang 0.5.23, the same file, leave model.time_series out",
        ("InternS2MobiusForConditionalGeneration", "InternS2MobiusForCausalLM"),
    ),
    Refused(
        "pangu_pro_moe_v2",
        "no released config and no published total holds one engine's account of its tensors to anything",
        "vLLM 0.33.0, models/openpangu.py, serves the class; no public source states a size of a model of it",
        ("PanguProMoEV2ForCausalLM",),
    ),
)


@dataclass(frozen=True)
class Frame:
    """A frame around a language model that is read from its own section: why its encoders are not counted, and where
    that was looked for."""

    name: str
    reason: str
    source: str
    classes: tuple[str, ...] = ()


FRAMES: tuple[Frame, ...] = (
    Frame(
        "bailing_moe_v3_vl",
        "one engine's file describes its tower, and no published figure holds it to anything",
        "vLLM 0.33.0, models/bailing_moe_v3_vl.py",
        ("BailingMoeV3VLForConditionalGeneration",),
    ),
    Frame(
        "minicpmv4_6",
        "no release of it has experts; its frame takes a language model that may have them",
        "SGLang 0.5.23, models/minicpmv.py",
        ("MiniCPMV4_6ForConditionalGeneration", "MiniCPMV", "MiniCPMO"),
    ),
    Frame(
        "minicpmv4_7",
        "no release of it has experts; its frame takes a language model that may have them",
        "SGLang 0.5.23, models/minicpmv.py",
        ("MiniCPMV4_7ForConditionalGeneration",),
    ),
)
