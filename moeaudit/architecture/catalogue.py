"""Every model type that is read from a config.json, one row each: its reader, the classes that save it, its text half.

A name that is none of these is looked for by its letters and digits alone (`spelling.py`), so that a row states each
name once, as its release or transformers writes it.
"""

from __future__ import annotations

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Type:
    """A `model_type`: `reads` is "file:function" below `families/`, imported when it is asked for.

    `classes`: what stands in `architectures`, transformers' generation class first, then those of the release's own
    code. `text`: the type of its language model saved alone, where that is another row; where it has none, the type's
    own reader reads a config without encoders as the text half. `built_by`: classes of another row that transformers
    builds and saves this type with. `encoders`: those of its classes that hold encoders beside the language model;
    every one where `text` names another row.
    """

    name: str
    reads: str
    classes: tuple[str, ...] = ()
    text: str = ""
    built_by: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()

    def holds_encoders(self, class_name: str) -> bool:
        """Whether what this class saves has encoders; of a class that is none of `classes`, whether all of them do."""
        holding = self.encoders or (self.classes if self.text else ())
        asked = {class_name} if class_name in self.classes else {*self.classes}
        return bool(asked) and asked <= {*holding}


TYPES: tuple[Type, ...] = (
    Type("deepseek_v2", "deepseek:deepseek_v2", ("DeepseekV2ForCausalLM",)),
    Type("deepseek_v3", "deepseek:deepseek_v3", ("DeepseekV3ForCausalLM",)),
    Type("deepseek_v32", "deepseek:deepseek_v32", ("DeepseekV32ForCausalLM",)),
    Type("kimi_k2", "deepseek:deepseek_v3"),
    Type("joyai_llm_flash", "deepseek:deepseek_v3"),
    Type("deepseek", "deepseek:deepseek_v1", ("DeepseekForCausalLM",)),
    Type("deepseek_v4", "deepseek_v4:deepseek_v4", ("DeepseekV4ForCausalLM",)),
    Type("deepseek_ref", "deepseek_v4:deepseek_v4"),
    Type("deepseek_v41", "deepseek_v41:deepseek_v41", ("DeepseekV41ForCausalLM",), text="deepseek_v41_text"),
    Type("deepseek_v41_text", "deepseek_v41:deepseek_v41"),
    Type(
        "deepseek_vl_v2",
        "deepseek_vl:deepseek_vl_v2",
        ("DeepseekVLV2ForCausalLM", "DeepseekVL2ForCausalLM"),
        text="deepseek_v2",
    ),
    Type("DeepseekOCR", "deepseek_vl:deepseek_ocr", ("DeepseekOCRForCausalLM",), encoders=("DeepseekOCRForCausalLM",)),
    Type("deepseek_ocr", "deepseek_vl:deepseek_ocr"),
    Type(
        "deepseek_ocr2",
        "deepseek_vl:deepseek_ocr2",
        ("DeepseekOcr2ForConditionalGeneration", "DeepseekOCR2ForCausalLM"),
        encoders=("DeepseekOcr2ForConditionalGeneration", "DeepseekOCR2ForCausalLM"),
    ),
    Type(
        "unlimited_ocr",
        "deepseek_vl:unlimited_ocr",
        ("UnlimitedOcrForConditionalGeneration", "UnlimitedOCRForCausalLM"),
        encoders=("UnlimitedOcrForConditionalGeneration", "UnlimitedOCRForCausalLM"),
    ),
    Type("mixtral", "mistral:mixtral", ("MixtralForCausalLM", "QuantMixtralForCausalLM")),
    Type("mistral3", "mistral:mistral3", ("Mistral3ForConditionalGeneration",), text="mistral4"),
    Type("mistral4", "mistral:mistral4", ("Mistral4ForCausalLM",)),
    Type("internvl_chat", "frames:internvl_chat", ("InternVLChatModel",)),
    Type("internvl", "frames:internvl", ("InternVLForConditionalGeneration",)),
    Type("interns1", "frames:interns1", ("InternS1ForConditionalGeneration",)),
    Type("cohere2_vision", "frames:cohere2_vision", ("Cohere2VisionForConditionalGeneration",), text="cohere2_moe"),
    Type("dots_vlm", "frames:dots_vlm", ("DotsVLMForCausalLM",), text="deepseek_v3"),
    Type(
        "mistral_large4",
        "mistral_large4:mistral_large4",
        ("MistralLarge4ForConditionalGeneration",),
        text="mistral_large4_text",
    ),
    Type("mistral_large4_text", "mistral_large4:mistral_large4_text"),
    Type(
        "kimi_k25",
        "kimi:kimi_k25",
        ("Kimi_K25ForConditionalGeneration", "KimiK25ForConditionalGeneration"),
        text="kimi_k2",
    ),
    Type("kimi_vl", "kimi:kimi_vl", ("KimiVLForConditionalGeneration",), encoders=("KimiVLForConditionalGeneration",)),
    Type("k2_horizon", "k2_horizon:k2_horizon", ("K2HorizonForCausalLM", "XllmForCausalLM")),
    Type("k2_horizon_mova", "k2_horizon:k2_horizon"),
    Type("kimi_linear", "kimi:kimi_linear", ("KimiLinearForCausalLM",)),
    Type(
        "kimi_k3",
        "kimi:kimi_k3",
        ("KimiK3ForConditionalGeneration", "KimiK3LinearForCausalLM"),
        encoders=("KimiK3ForConditionalGeneration",),
    ),
    Type("glm4_moe", "glm:glm4_moe", ("Glm4MoeForCausalLM",)),
    Type("glm4_moe_lite", "glm:glm4_moe_lite", ("Glm4MoeLiteForCausalLM",)),
    Type("glm4v_moe", "glm:glm4v_moe", ("Glm4vMoeForConditionalGeneration",), text="glm4v_moe_text"),
    Type("glm4v_moe_text", "glm:glm4v_moe_text"),
    Type("glm_moe_dsa", "glm:glm_moe_dsa", ("GlmMoeDsaForCausalLM",)),
    Type("glm5_next", "glm5_next:glm5_next", ("Glm5NextForConditionalGeneration",), text="glm5_next_text"),
    Type("glm5_next_text", "glm5_next:glm5_next_text"),
    Type("qwen2_moe", "qwen:qwen2_moe", ("Qwen2MoeForCausalLM",)),
    Type("qwen3_moe", "qwen:qwen3_moe", ("Qwen3MoeForCausalLM",)),
    Type("sdar_moe", "qwen:qwen3_moe", ("SDARMoeForCausalLM",)),
    Type("Klear", "klear:klear", ("KlearMoeForCausalLM",)),
    Type("qwen3_vl_moe", "qwen:qwen3_vl_moe", ("Qwen3VLMoeForConditionalGeneration",), text="qwen3_vl_moe_text"),
    Type("qwen3_vl_moe_text", "qwen:qwen3_vl_moe_text"),
    Type("ovis2_6_moe", "ovis:ovis2_6_moe", ("Ovis2_6_MoeForCausalLM",), encoders=("Ovis2_6_MoeForCausalLM",)),
    Type("qwen3_next", "qwen_next:qwen3_next", ("Qwen3NextForCausalLM",)),
    Type("qwen3_5_moe", "qwen_next:qwen3_5_moe", ("Qwen3_5MoeForConditionalGeneration",), text="qwen3_5_moe_text"),
    Type("qwen3_5_moe_text", "qwen_next:qwen3_5_moe_text", ("Qwen3_5MoeForCausalLM",)),
    Type("qwen4_exp", "qwen4:qwen4_exp", ("Qwen4ExpForConditionalGeneration",), text="qwen4_exp_text"),
    Type("qwen4_exp_text", "qwen4:qwen4_exp_text", ("Qwen4ExpForCausalLM",)),
    Type(
        "qwen3_omni_moe",
        "qwen_omni:qwen3_omni_moe",
        ("Qwen3OmniMoeForConditionalGeneration",),
        text="qwen3_omni_moe_thinker",
    ),
    Type(
        "qwen3_omni_moe_thinker",
        "qwen_omni:qwen3_omni_moe_thinker",
        ("Qwen3OmniMoeThinkerForConditionalGeneration",),
        encoders=("Qwen3OmniMoeThinkerForConditionalGeneration",),
    ),
    Type("llama4", "llama4:llama4", ("Llama4ForConditionalGeneration",), text="llama4_text"),
    Type("llama4_text", "llama4:llama4_text", ("Llama4ForCausalLM",)),
    Type("gpt_oss", "gpt_oss:gpt_oss", ("GptOssForCausalLM",)),
    Type("gpt_oss_puzzle", "gpt_oss:gpt_oss", ("GptOssPuzzleForCausalLM",)),
    Type("openai_privacy_filter", "gpt_oss:openai_privacy_filter", ("OpenAIPrivacyFilterForTokenClassification",)),
    Type("minimax", "minimax:minimax", ("MiniMaxForCausalLM",)),
    Type("minimax_m1", "minimax:minimax_m1", ("MiniMaxM1ForCausalLM",)),
    Type("minimax_text_01", "minimax:minimax_m1", ("MiniMaxText01ForCausalLM",)),
    Type("minimax_m2", "minimax:minimax_m2", ("MiniMaxM2ForCausalLM",)),
    Type(
        "minimax_m3_vl",
        "minimax_m3:minimax_m3_vl",
        ("MiniMaxM3SparseForConditionalGeneration",),
        text="minimax_m3_vl_text",
    ),
    Type("minimax_m3_vl_text", "minimax_m3:minimax_m3_vl_text", ("MiniMaxM3VLForCausalLM",)),
    Type("granitemoe", "granite:granitemoe", ("GraniteMoeForCausalLM",)),
    Type("granitemoe_swa", "granite:granitemoe_swa", ("GraniteMoeSWAForCausalLM",)),
    Type("granitemoehybrid", "granite:granitemoehybrid", ("GraniteMoeHybridForCausalLM",)),
    Type("granitemoeshared", "granite:granitemoeshared", ("GraniteMoeSharedForCausalLM",)),
    Type("gemma4", "gemma:gemma4", ("Gemma4ForConditionalGeneration",), text="gemma4_text"),
    Type("gemma4_text", "gemma:gemma4_text", ("Gemma4ForCausalLM",)),
    Type(
        "diffusion_gemma",
        "gemma:diffusion_gemma",
        ("DiffusionGemmaForBlockDiffusion",),
        encoders=("DiffusionGemmaForBlockDiffusion",),
    ),
    Type("ernie4_5_moe", "ernie:ernie4_5_moe", ("Ernie4_5_MoeForCausalLM",)),
    Type(
        "ernie4_5_vl_moe",
        "ernie_vl:ernie4_5_vl_moe",
        ("Ernie4_5_VLMoeForConditionalGeneration",),
        encoders=("Ernie4_5_VLMoeForConditionalGeneration",),
    ),
    Type("hunyuan_v1_moe", "hunyuan:hunyuan_v1_moe", ("HunYuanMoEV1ForCausalLM",)),
    Type("hy_v3", "hunyuan:hy_v3", ("HYV3ForCausalLM",)),
    Type("hy_v4", "hunyuan4:hy_v4", ("HYV4ForCausalLM",)),
    Type("hy_v4_vl", "hunyuan4:hy_v4_vl", ("HYV4VLForConditionalGeneration",), text="hy_v4_vl_text"),
    Type("hy_v4_vl_text", "hunyuan4:hy_v4_vl_text", ("HYV4VLTextModel",)),
    Type("hunyuan", "hunyuan:hunyuan", ("HunYuanForCausalLM",)),
    Type("hunyuan_image_3_moe", "hunyuan_image:hunyuan_image_3_moe", ("HunyuanImage3ForCausalMM",), text="hunyuan"),
    Type("inkling2", "inkling2:inkling2", ("Inkling2ForConditionalGeneration",), text="inkling2_text"),
    Type("inkling2_text", "inkling2:inkling2_text", ("Inkling2ForCausalLM",)),
    Type(
        "inkling2_loop",
        "inkling2:inkling2_loop",
        ("Inkling2LoopForConditionalGeneration",),
        text="inkling2_loop_text",
    ),
    Type("inkling2_loop_text", "inkling2:inkling2_loop_text", ("Inkling2LoopForCausalLM",)),
    Type("inkling_mm_model", "inkling:inkling_mm_model", ("InklingForConditionalGeneration",), text="inkling_text"),
    Type("inkling_text", "inkling:inkling_text", ("InklingForCausalLM",)),
    Type("nemotron_h", "nemotron:nemotron_h", ("NemotronHForCausalLM",)),
    Type("nemotron_h_puzzle", "nemotron:nemotron_h", ("NemotronHPuzzleForCausalLM",)),
    Type(
        "nemo_speechlm",
        "nemotron:nemo_speechlm",
        ("Nemotron3_5TranscribeForConditionalGeneration",),
        text="nemotron_h",
    ),
    Type(
        "nemotron_h_omni",
        "nemotron:nemotron_h_omni",
        (
            "NemotronH_Omni_Reasoning_V3",
            "NemotronH_Nano_Omni_Reasoning_V3",
            "NemotronH_Super_Omni_Reasoning_V3",
            "NemotronH_Nano_VL_V2",
        ),
        text="nemotron_h",
    ),
    Type("bailing_hybrid", "bailing:bailing_hybrid", ("BailingHybridForCausalLM",)),
    Type("bailing_moe_v3", "bailing:bailing_moe_v3", ("BailingMoeV3ForCausalLM",)),
    Type("bailing_moe_v2_5", "bailing:bailing_moe_v2_5", ("BailingMoeV2_5ForCausalLM",)),
    Type(
        "bailing_moe_linear",
        "bailing:bailing_moe_linear",
        ("BailingMoeLinearForCausalLM", "BailingMoeLinearV2ForCausalLM"),
    ),
    Type("bailing_moe", "bailing:bailing_moe", ("BailingMoeForCausalLM",)),
    Type("bailing_moe_v2", "bailing:bailing_moe_v2", ("BailingMoeV2ForCausalLM",)),
    Type("llada2_moe", "bailing:llada2_moe", ("LLaDA2MoeModelLM",)),
    Type("llada2", "bailing:llada2_moe"),
    Type("param2moe", "bailing:param2moe", ("Param2MoEForCausalLM",)),
    Type(
        "bailingmm",
        "bailing:bailingmm",
        (
            "BailingMMNativeForConditionalGeneration",
            "BailingMM_CausalLMForConditionalGeneration",
            "BailingMM2NativeForConditionalGeneration",
        ),
    ),
    Type("step3_vl", "step3:step3_vl", ("Step3VLForConditionalGeneration",), text="step3_text"),
    Type("step3_text", "step3:step3_text", ("Step3TextForCausalLM",)),
    Type("step3p5", "step:step3p5"),
    Type("step3p7", "step:step3p7", ("Step3p7ForConditionalGeneration",), text="step3p5"),
    Type("step5", "step5:step5", ("Step5ForCausalLM",)),
    Type("step5_vl", "step5:step5_vl", ("Step5ForConditionalGeneration",), text="step5"),
    Type("step3p5v", "step5:step5_vl", ("MMGPTStepRoboticsForCausalLM",), text="step4"),
    Type("step4", "step5:step5", ("Step4ForCausalLM",)),
    Type("iquest_q1", "iquest_q1:iquest_q1", ("IQuestQ1ForCausalLM",)),
    Type("nomic_bert", "nomic:nomic_bert", ("NomicBertModel",)),
    Type("jamba", "jamba:jamba", ("JambaForCausalLM",)),
    Type("jetmoe", "jetmoe:jetmoe", ("JetMoeForCausalLM",)),
    Type("lfm2_moe", "lfm2:lfm2_moe", ("Lfm2MoeForCausalLM",)),
    Type("longcat_flash", "longcat:longcat_flash", ("LongcatFlashForCausalLM",)),
    Type("longcat_flash_ngram", "longcat:longcat_flash_ngram", ("LongcatFlashNgramForCausalLM",)),
    Type("dbrx", "dbrx:dbrx", ("DbrxForCausalLM",)),
    Type("phimoe", "phimoe:phimoe", ("PhimoeForCausalLM", "PhiMoEForCausalLM")),
    Type("olmoe", "olmo:olmoe", ("OlmoeForCausalLM",)),
    Type("flex_olmo", "olmo:flex_olmo", ("FlexOlmoForCausalLM",)),
    Type("switch_transformers", "switch:switch_transformers", ("SwitchTransformersForConditionalGeneration",)),
    Type("nllb-moe", "switch:nllb_moe", ("NllbMoeForConditionalGeneration",)),
    Type("aria", "aria:aria", ("AriaForConditionalGeneration",), text="aria_text"),
    Type("aria_text", "aria:aria_text", ("AriaTextForCausalLM",)),
    Type("alice_ai", "alice_ai:alice_ai", ("AliceAIForCausalLM",)),
    Type("afmoe", "afmoe:afmoe", ("AfmoeForCausalLM",)),
    Type("axk1", "axk:axk1", ("AXK1ForCausalLM",)),
    Type("axk2", "axk:axk2", ("AXK2ForCausalLM",)),
    Type("beam", "beam:beam", ("BeamForCausalLM",)),
    Type("cohere2_moe", "cohere:cohere2_moe", ("Cohere2MoeForCausalLM",)),
    Type("doge", "doge:doge", ("DogeForCausalLM",)),
    Type("dots1", "dots:dots1", ("Dots1ForCausalLM",)),
    Type("dots3_note", "dots_note:dots3_note", ("Dots3NoteForConditionalGeneration",), text="dots3_note_text"),
    Type("dots3_note_text", "dots_note:dots3_note_text", ("Dots3NoteForCausalLM",)),
    Type("exaone_moe", "exaone:exaone_moe", ("ExaoneMoeForCausalLM",)),
    Type("flint", "flint:flint", ("FlintForCausalLM",)),
    Type("kolibri1", "kolibri:kolibri1", ("Kolibri1ForCausalLM",)),
    Type("laguna", "laguna:laguna", ("LagunaForCausalLM",)),
    Type("lara_mini", "lara:lara_mini", ("LaraMiniForCausalLM",)),
    Type("mellum", "mellum:mellum", ("MellumForCausalLM",)),
    Type(
        "mimo_v2", "mimo:mimo_v2", ("MiMoV2ForCausalLM", "MiMoV2OmniForCausalLM"), encoders=("MiMoV2OmniForCausalLM",)
    ),
    Type("mimo_v2_flash", "mimo:mimo_v2_flash", ("MiMoV2FlashForCausalLM",)),
    Type("muse_spark", "muse_spark:muse_spark", ("MuseSparkForConditionalGeneration",), text="muse_spark_text"),
    Type("muse_spark_text", "muse_spark:muse_spark_text"),
    Type("sarvam_moe", "sarvam:sarvam_moe", ("SarvamMoEForCausalLM",), built_by=("Glm4MoeForCausalLM",)),
    Type("sarvam_mla", "sarvam:sarvam_mla", ("SarvamMLAForCausalLM",), built_by=("DeepseekV3ForCausalLM",)),
    Type("solar_open", "solar:solar_open", ("SolarOpenForCausalLM",)),
    Type("zaya", "zaya:zaya", ("ZayaForCausalLM",)),
    Type("grok-1", "grok:grok_1", ("Grok1ModelForCausalLM",)),
    Type("arctic", "arctic:arctic", ("ArcticForCausalLM",)),
    Type("pangu_ultra_moe", "pangu_ultra:pangu_ultra_moe", ("PanguUltraMoEForCausalLM",)),
    Type("PanguProMoE", "pangu:pangu_pro_moe"),
    Type("openmoe", "openmoe:openmoe", ("OpenMoeForCausalLM",)),
    Type("xverse", "xverse:xverse", ("XverseMoeForCausalLM", "XverseForCausalLM")),
    Type("minicpm", "minicpm:minicpm", ("MiniCPMForCausalLM",)),
    Type("phixtral", "phixtral:phixtral"),
    Type("phi-msft", "phixtral:phixtral"),
)


BY_NAME = {one.name: one for one in TYPES}
BY_CLASS = {name: one for one in TYPES for name in one.classes}

SPARSE_SIBLINGS = {"mistral": "mixtral", "qwen2": "qwen2_moe", "qwen3": "qwen3_moe", "granite": "granitemoe"}
"""Dense types whose name configs with experts have borrowed, and the sparse type of the same lineage."""
