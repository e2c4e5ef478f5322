"""Command lines whose whole output is kept, by the file that keeps it. All read what ships with the tool."""

from __future__ import annotations

ESTIMATES = {
    "deepseek-v3-8xh200": "deepseek-ai/DeepSeek-V3 --gpus 8xH200",
    "deepseek-v3-8xh100": "deepseek-ai/DeepSeek-V3 --gpus 8xH100",
    "mixtral-on-two-4090s": "mistralai/Mixtral-8x7B-v0.1 --gpus 2xRTX-4090",
    "gpt-oss-120b-close": "openai/gpt-oss-120b --gpus 2xA100-40GB",
    "deepseek-v3-two-nodes": "deepseek-ai/DeepSeek-V3 --gpus 2x8xH100 --context 32768 --concurrency 64 --price 2.5USD "
    "--training-tokens 14.8T --all",
    "deepseek-v3-queues": "deepseek-ai/DeepSeek-V3 --gpus 8xH200 --concurrency 4000",
    "mixtral-on-a-4090": "mistralai/Mixtral-8x7B-v0.1 --gpus 1x4090 --explain",
    "gpt-oss-120b-long": "openai/gpt-oss-120b --gpus 1xH100 --context 131072 --engine vllm@0.11 --all",
    "scout-sglang": "meta-llama/Llama-4-Scout-17B-16E --gpus 8xH100 --engine sglang --context 200000 --all",
    "minimax-trtllm": "MiniMaxAI/MiniMax-M2.7 --gpus 4xB200 --engine tensorrt-llm --concurrency 8 --price 4 --all",
    "deepseek-v4-flash": "deepseek-ai/DeepSeek-V4-Flash --gpus 8xB200 --context 200000 --all",
    "deepseek-v3.2": "deepseek-ai/DeepSeek-V3.2 --gpus 8xB200 --engine vllm@0.16 --all",
    "gshard-trained": "google/gshard-600b --gpus 64xTPU-v5p --engine generic --training-tokens 1T",
    "kimi-nvfp4-command": "nvidia/Kimi-K2.7-Code-NVFP4 --gpus 8xB200 --concurrency 16",
    "nllb": "facebook/nllb-moe-54b --gpus 2xA100 --all",
    "qwen3-a100": "Qwen/Qwen3-235B-A22B --gpus 2x8xA100 --engine vllm@0.10 --price 1.2 --all",
    "olmoe-4-bits": "allenai/OLMoE-1B-7B-0125-Instruct --gpus 1xL40S --bits 4 --all",
    "mimo": "XiaomiMiMo/MiMo-V2.5 --gpus 8xH200 --context 262144 --all",
}
INSPECTIONS = {
    name.rpartition("/")[2]: name
    for name in (
        "MiniMaxAI/MiniMax-M2.7",
        "Qwen/Qwen3-VL-30B-A3B-Instruct",
        "XiaomiMiMo/MiMo-V2.5",
        "deepseek-ai/DeepSeek-OCR",
        "deepseek-ai/DeepSeek-V4-Flash",
        "facebook/nllb-moe-54b",
        "google/switch-base-8",
        "meta-llama/Llama-4-Scout-17B-16E",
        "moonshotai/Kimi-K2.5",
        "openai/gpt-oss-20b",
        "zai-org/GLM-4.5-Air",
        "zai-org/GLM-5",
        "google/glam-64b-64e",
        "google/expert-choice-8b-64e",
    )
}
DRAFTS = {"mixtral": "mistralai/Mixtral-8x7B-v0.1", "deepseek-v3-full": "deepseek-ai/DeepSeek-V3 --full"}
EXPLAINED = (
    "total.full", "active.head", "total.body+mtp", "routed_experts", "router_bias", "total-contradicted",
    "denominator-unstated", "R01", "H100", "A10G", "MI250X", "ambiguous", "contradicted", "routing",
    "nothing-of-the-kind",
)  # fmt: skip
PACKETS = {
    "mixtral-8x7b-v0.1": "mixtral-8x7b-v0.1 --preset card-review",
    "deepseek-v3": "deepseek-v3 --gpus 8xH200 --price 2.5",
    "gpt-oss-120b": "gpt-oss-120b --gpus 1xH100 --preset regulator --training-tokens 10T",
    "gpt-4": "gpt-4 --preset regulator",
}
