"""Record what hf-mem and aiconfigurator say for the measured rows: `python tools/record/other_tools.py`.

Needs `hf-mem==0.5.6` and `aiconfigurator==0.12.0`; the project and its tests do not. hf-mem's cache formula runs on
the structural fields of models.yaml: it knows no layout, so only rows on one device are asked, and its weights need
the files' headers, which are not at hand. aiconfigurator answers for models that it ships a configuration of.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parents[2] / "tests" / "costs"
GIB = 2**30

KNOWN = {
    "Qwen3-235B-A22B-FP8": "Qwen/Qwen3-235B-A22B-FP8",
    "Qwen3-30B-A3B": "Qwen/Qwen3-30B-A3B",
    "Qwen3-32B": "Qwen/Qwen3-32B",
    "gpt-oss-120b": "openai/gpt-oss-120b",
    "gpt-oss-20b": "openai/gpt-oss-20b",
    "DeepSeek-V3": "deepseek-ai/DeepSeek-V3",
    "DeepSeek-V3.2-Exp": "deepseek-ai/DeepSeek-V3.2",
    "DeepSeek-V4-Pro": "deepseek-ai/DeepSeek-V4-Pro",
    "DeepSeek-V3.1-NVFP4": "nvidia/DeepSeek-V3.1-NVFP4",
    "Llama-3.1-8B": "meta-llama/Meta-Llama-3.1-8B",
    "Llama-4-Scout-17B-16E": "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "Mixtral-8x7B": "mistralai/Mixtral-8x7B-v0.1",
    "MiniMax-M2.5": "MiniMaxAI/MiniMax-M2.5",
    "Kimi-K2": "moonshotai/Kimi-K2-Instruct",
}
"""Names in models.yaml by the id that aiconfigurator ships a configuration for."""

SYSTEMS = {"H100-SXM": "h100_sxm", "H200-SXM": "h200_sxm", "B200-SXM": "b200_sxm", "A100-80G-SXM": "a100_sxm"}
ASKED = ("weights", "available", "cache_tokens")


def hf_mem(row: Mapping[str, Any], models: Mapping[str, Any]) -> str | None:
    """Tokens that fit in the row's memory by hf-mem's bytes per token; None where it has no way to be asked."""
    from hf_mem.safetensors.kv_cache import compute_safetensors_kv_cache_size

    settings, run = row.get("settings", {}), row["run"]
    if row["figure"]["quantity"] != "cache_tokens" or run.get("layout") or "block_count" in settings:
        return None
    entry = models[run["model"]]
    shape = entry.get("dense")
    config = entry.get("config") or {
        "num_hidden_layers": shape["layers"],
        "hidden_size": shape["hidden"],
        "num_attention_heads": shape["heads"],
        "num_key_value_heads": shape["kv_heads"],
        "head_dim": shape["head_dim"],
    }
    dtype = "F8_E4M3" if settings.get("cache_dtype", "").startswith("fp8") else "BF16"
    per_token = compute_safetensors_kv_cache_size(config.get("text_config", config), dtype, 1)
    return f"{settings['budget_gib'] * GIB / per_token:,.0f}"


def aiconfigurator(row: Mapping[str, Any]) -> str | None:
    """The same quantity as the row, from aiconfigurator's memory model; None where it has no model or system for it."""
    from aiconfigurator_core.sdk.memory import estimate_kv_cache

    run, settings, layout = row["run"], row.get("settings", {}), row["run"].get("layout", {})
    if run.get("engine") not in ("vllm", "sglang") or run["model"] not in KNOWN or run.get("device") not in SYSTEMS:
        return None
    tp, dp = layout.get("tp", 1), layout.get("dp", 1)
    cache = "fp8" if settings.get("cache_dtype", "").startswith("fp8") else "bfloat16"
    try:
        found = estimate_kv_cache(
            KNOWN[run["model"]], SYSTEMS[run["device"]], run["engine"], "current",
            max_num_tokens=settings.get("step_tokens", 8192),
            max_batch_size=256, memory_fraction_kind="of_total", memory_fraction_value=settings.get("utilization", 0.9),
            tp_size=tp, pp_size=layout.get("pp", 1), attention_dp_size=dp, moe_tp_size=tp * dp, moe_ep_size=1,
            kvcache_quant_mode=cache,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        return f"error: {type(error).__name__}"
    if row["figure"]["quantity"] == "weights":
        return f"{found['memory_breakdown']['weights_bytes'] / GIB:.2f}"
    if row["figure"]["quantity"] == "available":
        return f"{found['total_kv_size_bytes'] / GIB:.2f}"
    return f"{settings['budget_gib'] * GIB / found['kv_size_per_token_bytes']:,.0f}"


def main() -> None:
    models = yaml.safe_load((DATA / "models.yaml").read_text(encoding="utf-8"))["models"]
    rows = yaml.safe_load((DATA / "measurements.yaml").read_text(encoding="utf-8"))["rows"]
    names = {"hf-mem": f"hf-mem {version('hf-mem')}", "aiconfigurator": f"aiconfigurator {version('aiconfigurator')}"}
    answers: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["figure"]["quantity"] not in ASKED or "missing" in row:
            continue
        said = {names["hf-mem"]: hf_mem(row, models), names["aiconfigurator"]: aiconfigurator(row)}
        kept = {name: answer for name, answer in said.items() if answer is not None}
        if kept:
            answers[row["id"]] = kept
    text = yaml.safe_dump({"schema": "moeaudit/other-tools/v1", "rows": answers}, sort_keys=True)
    (DATA / "other_tools.yaml").write_text("# Written by tools/record/other_tools.py.\n" + text, encoding="utf-8")


if __name__ == "__main__":
    main()
