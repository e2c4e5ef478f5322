"""Seeds of GGUF files: heads by hand, and the same as keys and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from moeaudit.evidence.formats.gguf import read_header
from tests.fuzz.seeds import dumped
from tests.gguf import raw
from tests.gguf.raw import Head, key, listed, tensor, text, u32


@cache
def heads() -> list[bytes]:
    """Heads of GGUF files: small models of several architectures, by hand, some in the forms that are refused."""

    def of(architecture: str, names: Mapping[str, tuple[int, ...]], *more: bytes) -> bytes:
        keys = [
            key("general.architecture", raw.TEXT, text(architecture)),
            key("general.file_type", raw.UINT32, u32(15)),
        ]
        for word in ("block_count", "expert_count", "expert_used_count"):
            keys.append(key(f"{architecture}.{word}", raw.UINT32, u32(2)))
        at, tensors = 0, []
        for name, sizes in names.items():
            tensors.append(tensor(name, sizes, offset=at))
            size = 4
            for number in sizes:
                size *= number
            at += -(-size // 32) * 32
        return Head([*keys, *more], tensors).file(at)

    layer = {"attn_q.weight": (8, 8), "attn_norm.weight": (8,), "ffn_gate_inp.weight": (8, 2), "exp_probs_b.bias": (2,),
             "ffn_up_exps.weight": (8, 4, 2), "ffn_down_exps.weight": (4, 8, 2),
             "ffn_up_shexp.weight": (8, 4)}  # fmt: skip
    layers = {f"blk.{number}.{name}": sizes for number in (0, 1) for name, sizes in layer.items()}
    names = {"token_embd.weight": (8, 9), **layers}
    odd = {"blk.0.ffn_up_chexps.weight": (8, 4, 1), "blk.1.nextn.eh_proj.weight": (8, 8),
           "blk.0.ssm_beta.weight": (8, 2),
           "rope_freqs.weight": (4,), "blk.1.ffn_gate.0.weight": (8, 4), "v.blk.0.ln1.weight": (8,),
           "mm.0.weight": (8, 8),
           "blk.0.ffn_down_exps.scale": (2,), "output.weight": (8, 9)}  # fmt: skip
    vocabulary = key("tokenizer.ggml.tokens", raw.LIST, listed(raw.TEXT, 3, text("a") + text("") + text("bc")))
    origin = key("general.base_model.count", raw.UINT32, u32(1)) + b""
    named = key("general.base_model.0.repo_url", raw.TEXT, text("https://huggingface.co/Qwen/Qwen3-30B-A3B"))
    used = key("qwen3moe.feed_forward_length", raw.LIST, listed(raw.INT32, 2, u32(8) + u32(9)))
    return [
        of("qwen3moe", names, vocabulary, used),
        of("gemma4", {**names, **odd}, origin, named),
        of("grovemoe", {**names, **odd}, key("grovemoe.experts_per_group", raw.UINT32, u32(2))),
        of("clip", {"v.blk.0.ln1.weight": (8,), "a.conv1d.0.weight": (4,)}),
        of("glm4moe", names, key("glm4moe.nextn_predict_layers", raw.UINT32, u32(1)),
           key("quantize.imatrix.file", raw.TEXT, text("x"))),
        Head().file(),
    ]  # fmt: skip


@cache
def converted() -> list[bytes]:
    """The same as keys and tensors."""

    def tree(data: bytes) -> Any:
        found = read_header(lambda start, length: data[start : start + length], "a.gguf", len(data))
        kinds = [found.tensors.kinds[place] for place in found.tensors.which]
        tensors = {
            name: [dtype, list(shape or ())] for name, (dtype, shape, _) in zip(found.tensors.names, kinds, strict=True)
        }
        return {"keys": dict(found.keys), "tensors": tensors}

    return dumped(*map(tree, heads()))
