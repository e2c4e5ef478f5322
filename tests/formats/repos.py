"""Small repos of every kind, invented, with the names and shapes that published ones have. Tensors are written down
here by hand, after the code that loads them, and not by what is tested."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any

from moeaudit.evidence.tables import Tensor
from tests.cli.samples import CONFIG, ID, put, table
from tests.hub.repos import HubFile, HubRepo, shard_file, weight_files

Files = dict[str, HubFile]
Shapes = dict[str, tuple[int, ...]]

PARAMS: dict[str, Any] = {
    "dim": 64, "n_layers": 3, "n_heads": 4, "n_kv_heads": 4, "head_dim": 16, "hidden_dim": 160, "vocab_size": 500,
    "norm_eps": 1e-06, "tied_embeddings": False, "max_position_embeddings": 4096, "rope_theta": 10000.0,
    "q_lora_rank": 24, "kv_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16,
    "moe": {"num_experts": 8, "num_experts_per_tok": 2, "first_k_dense_replace": 1, "route_every_n": 1,
            "num_shared_experts": 1, "expert_hidden_dim": 48, "num_expert_groups": 1, "num_expert_groups_per_tok": 1,
            "routed_scale": 1.0},
}  # fmt: skip
"""Mistral Large 3's words at another size (vLLM 0.33, transformers_utils/configs/mistral.py)."""

VISION: dict[str, Any] = {
    "hidden_size": 32, "num_channels": 3, "image_size": 64, "patch_size": 8, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 2, "rope_theta": 10000.0, "image_token_id": 10,
    "adapter_bias": False, "spatial_merge_size": 2, "add_pre_mm_projector_layer_norm": True,
    "mm_projector_id": "patch_merge",
}  # fmt: skip
"""A Pixtral encoder's words (vLLM 0.33, models/pixtral.py, `VisionEncoderArgs`)."""

MIXTRAL: dict[str, Any] = {
    "dim": 64, "n_layers": 2, "n_heads": 4, "n_kv_heads": 2, "head_dim": 16, "hidden_dim": 96, "vocab_size": 500,
    "norm_eps": 1e-05, "moe": {"num_experts": 4, "num_experts_per_tok": 2},
}  # fmt: skip


def swiglu(prefix: str, hidden: int, width: int) -> Shapes:
    return {f"{prefix}.w1.weight": (width, hidden), f"{prefix}.w2.weight": (hidden, width),
            f"{prefix}.w3.weight": (width, hidden)}  # fmt: skip


def large3() -> Shapes:
    """What PARAMS stores, after the names in vLLM 0.33, models/mistral_large_3.py."""
    found: Shapes = {"tok_embeddings.weight": (500, 64), "norm.weight": (64,), "output.weight": (500, 64)}
    for layer in range(3):
        at, own = f"layers.{layer}", f"layers.{layer}.attention"
        found |= {
            f"{at}.attention_norm.weight": (64,), f"{at}.ffn_norm.weight": (64,),
            f"{own}.wq_a.weight": (24, 64), f"{own}.q_a_norm.weight": (24,), f"{own}.wq_b.weight": (4 * 24, 24),
            f"{own}.wkv_a_with_mqa.weight": (32 + 8, 64), f"{own}.kv_a_norm.weight": (32,),
            f"{own}.wkv_b.weight": (4 * 32, 32), f"{own}.wo.weight": (64, 4 * 16),
        }  # fmt: skip
        if layer == 0:
            found |= swiglu(f"{at}.feed_forward", 64, 160)
            continue
        found[f"{at}.gate.weight"] = (8, 64)
        found |= swiglu(f"{at}.shared_experts", 64, 48)
        for expert in range(8):
            found |= swiglu(f"{at}.experts.{expert}", 64, 48)
    return found


def pixtral() -> Shapes:
    """What VISION stores beside a decoder of width 64 (vLLM 0.33, models/pixtral.py)."""
    found: Shapes = {
        "vision_encoder.patch_conv.weight": (32, 3, 8, 8), "vision_encoder.ln_pre.weight": (32,),
        "pre_mm_projector_norm.weight": (32,), "patch_merger.merging_layer.weight": (32, 4 * 32),
        "vision_language_adapter.w_in.weight": (64, 32), "vision_language_adapter.w_out.weight": (64, 64),
    }  # fmt: skip
    for layer in range(2):
        at = f"vision_encoder.transformer.layers.{layer}"
        found |= {f"{at}.attention.{word}.weight": (32, 32) for word in ("wq", "wk", "wv", "wo")}
        found |= {f"{at}.attention_norm.weight": (32,), f"{at}.ffn_norm.weight": (32,)}
        found |= swiglu(f"{at}.feed_forward", 32, 40)
    return found


def mixtral() -> Shapes:
    """What MIXTRAL stores (mistral-inference, transformer_layers.py and moe.py)."""
    found: Shapes = {"tok_embeddings.weight": (500, 64), "norm.weight": (64,), "output.weight": (500, 64)}
    for layer in range(2):
        at = f"layers.{layer}"
        found |= {f"{at}.attention_norm.weight": (64,), f"{at}.ffn_norm.weight": (64,)}
        found |= {f"{at}.attention.{word}.weight": shape for word, shape in
                  {"wq": (64, 64), "wk": (32, 64), "wv": (32, 64), "wo": (64, 64)}.items()}  # fmt: skip
        found[f"{at}.feed_forward.gate.weight"] = (4, 64)
        for expert in range(4):
            found |= swiglu(f"{at}.feed_forward.experts.{expert}", 64, 96)
    return found


def size(shapes: Shapes) -> int:
    return sum(prod(shape) for shape in shapes.values())


def tensors(shapes: Shapes, dtype: str = "BF16") -> list[Tensor]:
    return [Tensor(name, dtype, shape) for name, shape in shapes.items()]


def text(value: Mapping[str, Any]) -> HubFile:
    return HubFile.of(json.dumps(value))


def consolidated(shapes: Shapes, params: Mapping[str, Any], shards: int = 2) -> Files:
    """A repo in Mistral's own layout, with an index where it has several shards."""
    listed = tensors(shapes)
    if shards == 1:
        return {"params.json": text(params), "consolidated.safetensors": shard_file(listed)}
    names = [f"consolidated-{number:05d}-of-{shards:05d}.safetensors" for number in range(1, shards + 1)]
    placed = [names[place * shards // len(listed)] for place in range(len(listed))]
    index = {"metadata": {"total_size": 2 * size(shapes)},
             "weight_map": {tensor.name: name for tensor, name in zip(listed, placed, strict=True)}}  # fmt: skip
    files = {name: shard_file(t for t, at in zip(listed, placed, strict=True) if at == name) for name in names}
    return {"params.json": text(params), "consolidated.safetensors.index.json": text(index), **files}


BASE = ID
ADAPTER: dict[str, Any] = {
    "base_model_name_or_path": BASE, "peft_type": "LORA", "r": 4, "lora_alpha": 8, "task_type": "CAUSAL_LM",
    "target_modules": ["q_proj", "gate_proj"],
}  # fmt: skip


def lora(module: str, inputs: int, outputs: int, rank: int = 4) -> Shapes:
    """A pair of matrices beside a module, as PEFT saves them."""
    return {f"base_model.model.{module}.lora_A.weight": (rank, inputs),
            f"base_model.model.{module}.lora_B.weight": (outputs, rank)}  # fmt: skip


def adapter(shapes: Shapes, config: Mapping[str, Any] = ADAPTER) -> Files:
    return {"adapter_config.json": text(config), "adapter_model.safetensors": shard_file(tensors(shapes, "F32")),
            "README.md": HubFile.of(f"---\nbase_model: {BASE}\nlibrary_name: peft\n---\n# Adapter\n")}  # fmt: skip


def base() -> HubRepo:
    from tests.hub.repos import model_repo

    return model_repo(BASE, CONFIG, table())


WAN: dict[str, Any] = {
    "_class_name": "WanPipeline", "_diffusers_version": "0.35.0", "boundary_ratio": 0.875, "expand_timesteps": False,
    "scheduler": ["diffusers", "UniPCMultistepScheduler"], "text_encoder": ["transformers", "UMT5EncoderModel"],
    "tokenizer": ["transformers", "T5TokenizerFast"], "transformer": ["diffusers", "WanTransformer3DModel"],
    "transformer_2": ["diffusers", "WanTransformer3DModel"], "vae": ["diffusers", "AutoencoderKLWan"],
    "image_encoder": [None, None],
}  # fmt: skip
"""Wan 2.2's model_index.json (diffusers, pipelines/wan)."""

DENOISER: Shapes = {
    "patch_embedding.weight": (32, 4, 1, 2, 2), "blocks.0.attn1.to_q.weight": (32, 32),
    "blocks.0.attn1.to_out.0.weight": (32, 32), "blocks.0.ffn.net.0.proj.weight": (64, 32),
    "blocks.0.ffn.net.2.weight": (32, 64), "proj_out.weight": (16, 32),
}  # fmt: skip
ENCODER: Shapes = {"shared.weight": (100, 16), "encoder.block.0.layer.0.SelfAttention.q.weight": (16, 16)}
VAE: Shapes = {"encoder.conv_in.weight": (8, 3, 3, 3, 3), "decoder.conv_out.weight": (3, 8, 3, 3, 3)}


def pipeline(index: Mapping[str, Any] = WAN) -> Files:
    kind = {"_class_name": "WanTransformer3DModel", "num_layers": 1}
    half = len(DENOISER) // 2
    listed = tensors(DENOISER)
    name = "diffusion_pytorch_model"
    files: Files = {"model_index.json": text(index), "text_encoder/config.json": text({"model_type": "umt5"}),
                    "text_encoder/model.safetensors": shard_file(tensors(ENCODER)),
                    "vae/config.json": text({"_class_name": "AutoencoderKLWan"}),
                    f"vae/{name}.safetensors": shard_file(tensors(VAE, "F32")),
                    "tokenizer/tokenizer_config.json": text({}),
                    "scheduler/scheduler_config.json": text({})}  # fmt: skip
    for folder in ("transformer", "transformer_2"):
        files[f"{folder}/config.json"] = text(kind)
        files[f"{folder}/{name}-00001-of-00002.safetensors"] = shard_file(listed[:half])
        files[f"{folder}/{name}-00002-of-00002.safetensors"] = shard_file(listed[half:])
    return files


def plain() -> Files:
    """Weights without any config."""
    return dict(weight_files(table(shards=1)))


def lay(folder: Path, files: Mapping[str, HubFile]) -> Path:
    """The files in a folder, heads written and the rest holes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        put(folder / name, file)
    return folder


def named(names: Iterable[str]) -> Files:
    """Files of these names, of which nothing is to be read."""
    return {name: HubFile.of(b"never read") for name in names}
