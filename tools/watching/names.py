"""Names that the libraries serve and the catalogue does not hold by design, each with what becomes of such a config."""

from __future__ import annotations

DENSE = {
    "BgeM3EmbeddingModel": "XLM-RoBERTa; its module shares a file's layers with Nomic's",
    "Ernie4_5_ForCausalLM": "the dense sibling of Ernie4_5_MoeForCausalLM",
    "Gemma4UnifiedForConditionalGeneration": "Gemma 4 12B, which has no experts",
    "GteModel": "BERT with rotary positions; its module holds Nomic's too",
    "GteNewModel": "BERT with rotary positions; its module holds Nomic's too",
    "HunYuanDenseV1ForCausalLM": "the dense sibling of HunYuanMoEV1ForCausalLM",
    "PaddleOCRVLForConditionalGeneration": "ERNIE 4.5 0.3B, which has no experts",
    "PanguEmbeddedForCausalLM": "the dense sibling of PanguUltraMoEForCausalLM",
    "Qwen3_5ForConditionalGeneration": "the dense sibling of Qwen3_5MoeForConditionalGeneration",
    "RobertaForMaskedLM": "its module shares a file's layers with Nomic's",
    "RobertaModel": "its module shares a file's layers with Nomic's",
    "XLMRobertaModel": "its module shares a file's layers with Nomic's",
    "qwen3_5": "the dense sibling of qwen3_5_moe, read by the same module",
}
"""Models without experts in a module that routes tokens for another: a config of theirs is called dense."""

OTHERWISE = {
    "DeepseekV3BidirectionalModel": "deepseek_v3 by its model_type; that the class keeps another head is said",
    "MistralLarge3ForCausalLM": "an engine's name for a params.json, which is read as it is",
    "PixtralForConditionalGeneration": "an engine's name for a params.json that sees, which is read as it is",
}
"""Classes that no config.json is read by: what is read in their place."""
