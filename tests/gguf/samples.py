"""Small models as GGUF files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.gguf.conversion import Named
from tests.gguf.writing import write
from tests.hub.repos import HubFile, HubRepo

HIDDEN, WIDTH, EXPERTS, SELECTED, LAYERS, VOCABULARY = 256, 512, 8, 2, 4, 1000
KEYS: dict[str, Any] = {
    "block_count": LAYERS, "expert_count": EXPERTS, "expert_used_count": SELECTED, "context_length": 4096,
    "embedding_length": HIDDEN,
}  # fmt: skip
CONFIG: dict[str, Any] = {
    "model_type": "qwen3_moe", "architectures": ["Qwen3MoeForCausalLM"], "hidden_size": HIDDEN,
    "moe_intermediate_size": WIDTH, "intermediate_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 64, "num_experts": EXPERTS, "num_experts_per_tok": SELECTED,
    "vocab_size": VOCABULARY, "tie_word_embeddings": False, "max_position_embeddings": 4096, "mlp_only_layers": [],
    "decoder_sparse_step": 1, "torch_dtype": "bfloat16", "norm_topk_prob": True,
}  # fmt: skip
"""The same model as transformers describes it."""

EXPERT = 3 * HIDDEN * WIDTH
LAYER = 2 * HIDDEN * 256 + 2 * HIDDEN * 128 + 2 * 64 + 2 * HIDDEN + EXPERTS * HIDDEN
"""Parameters of a layer beside its experts: q and o, k and v, their norms, two norms, the router."""
TOTAL = 2 * VOCABULARY * HIDDEN + HIDDEN + LAYERS * (LAYER + EXPERTS * EXPERT)
ACTIVE = TOTAL - LAYERS * (EXPERTS - SELECTED) * EXPERT


def small(layers: range = range(LAYERS), *, ends: bool = True) -> list[Named]:
    """The tensors of some layers, with the embeddings before and the head behind them."""
    found = [Named("token_embd.weight", (VOCABULARY, HIDDEN))] if ends else []
    for number in layers:
        shapes = {
            "attn_q": (256, HIDDEN), "attn_k": (128, HIDDEN), "attn_v": (128, HIDDEN), "attn_output": (HIDDEN, 256),
            "attn_q_norm": (64,), "attn_k_norm": (64,), "attn_norm": (HIDDEN,), "ffn_norm": (HIDDEN,),
            "ffn_gate_inp": (EXPERTS, HIDDEN), "ffn_gate_exps": (EXPERTS, WIDTH, HIDDEN),
            "ffn_up_exps": (EXPERTS, WIDTH, HIDDEN), "ffn_down_exps": (EXPERTS, HIDDEN, WIDTH),
        }  # fmt: skip
        found += [Named(f"blk.{number}.{name}.weight", shape) for name, shape in shapes.items()]
    last = [Named("output_norm.weight", (HIDDEN,)), Named("output.weight", (VOCABULARY, HIDDEN))]
    return [*found, *(last if ends else [])]


def one(path: Path, mix: str = "Q4_K_M", **options: Any) -> Path:
    keys = {**KEYS, **options.pop("keys", {})}
    write(path, options.pop("tensors", small()), options.pop("architecture", "qwen3moe"), keys, mix, **options)
    return path


def parts(folder: Path, stem: str = "small-Q4_K_M", mix: str = "Q4_K_M") -> list[Path]:
    """The same in three parts, as llama-gguf-split makes them: the first alone has keys of its own."""
    split = [small(range(0, 1)), small(range(1, 3), ends=False), small(range(3, 4), ends=False)]
    split[0], split[2] = split[0][:-2], [*split[2], *small()[-2:]]
    whole = sum(map(len, split))
    paths = [folder / f"{stem}-{number:05d}-of-00003.gguf" for number in (1, 2, 3)]
    for number, (path, tensors) in enumerate(zip(paths, split, strict=True)):
        said = {"split.no": number, "split.count": 3, "split.tensors.count": whole}
        write(path, tensors, "qwen3moe", {**(KEYS if number == 0 else {}), **said}, mix if number == 0 else "")
    return paths


def hub_repo(folder: Path, model: str, paths: list[Path], **files: str) -> HubRepo:
    """A repo of these files, each in LFS."""
    listed = {}
    for path in paths:
        data = path.read_bytes()
        head = data.rstrip(b"\0") + bytes(8)
        listed[str(path.relative_to(folder))] = HubFile(head[: len(data)], len(data), lfs=True)
    small_files = {name.replace("__", "."): HubFile.of(text) for name, text in files.items()}
    return HubRepo(model, {**listed, **small_files})
