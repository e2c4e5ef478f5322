"""Repos without a config.json of transformers, wrong in every way: params.json, adapters, pipelines, indexes alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moeaudit.evidence.tables import Tensor
from tests.formats import repos
from tests.hostile.case import NO_EVIDENCE, NOTHING, OK, QWEN, READ, USAGE, Case, Content, sparse
from tests.hub.repos import shard_file

INSPECT = ("inspect", "m", "--offline")


def cases() -> Iterator[Case]:
    yield from params()
    yield from adapters()
    yield from pipelines()
    yield from rest()


def repo(name: str, files: Mapping[str, Content], codes: tuple[int, ...], said: str = "") -> Case:
    return Case(name, lambda: {f"m/{file}": content for file, content in files.items()}, INSPECT, codes, said)


def described(name: str, text: str | bytes, codes: tuple[int, ...], said: str = "") -> Case:
    return repo(f"params {name}", {"params.json": text}, codes, said)


def changed(name: str, codes: tuple[int, ...], said: str = "", **fields: Any) -> Case:
    return described(name, json.dumps({**repos.PARAMS, **fields}), codes, said)


def params() -> Iterator[Case]:
    yield described("empty", "", (USAGE,), "the file is empty")
    yield described("a list", "[]", (USAGE,), "the file holds a list")
    yield described("nothing in it", "{}", (USAGE,), "required field dim is missing")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
    yield described("a pointer", pointer, (NO_EVIDENCE,), "a git-lfs pointer")
    yield described("deep", '{"a":' * 500 + "1" + "}" * 500, (USAGE,), "nested more than 60")
    yield described("deeper", "[" * 400_000, (USAGE,), "")
    yield described("twice", '{"dim": 64, "dim": 32}', (USAGE,), "stands twice")
    yield described("words of a config", json.dumps({"hidden_size": 64, "model_type": "llama"}), (USAGE, NOTHING))
    yield repo("params too large", {"params.json": sparse(1_000_001)}, (USAGE,), "more than the limit of 1,000,000")
    for value in (True, "64", [], {}, -1, 0, 1.5, 10**40, None):
        yield changed(f"dim {value!r:.10}", (USAGE,), "params.json", dim=value)
    yield changed("moe a list", (USAGE,), "moe is", moe=[1])
    yield changed("moe empty", (USAGE,), "moe.num_experts is missing", moe={})
    yield changed("more chosen than there are", (USAGE,), "9 experts per token", moe={**repos.PARAMS["moe"],
                  "num_experts_per_tok": 9})  # fmt: skip
    yield changed("a million layers", (USAGE,), "n_layers", n_layers=1_000_000)
    yield changed("a billion experts", READ, moe={**repos.PARAMS["moe"], "num_experts": 10**9})
    yield changed("a pattern of windows that does not fill", (USAGE,), "no pattern", qk_nope_head_dim=None,
                  sliding_window=[1, 2])  # fmt: skip
    yield changed("windows of words", (USAGE,), "sliding_window", qk_nope_head_dim=None, sliding_window=["a"] * 3)
    yield changed("48 heads in a width of 32", (USAGE,), "params.json", qk_nope_head_dim=None, head_dim=None, dim=32,
                  n_heads=48)  # fmt: skip
    yield changed("an audio encoder", (NOTHING,), "no public source", multimodal={"whisper_model_args": {"a": 1}})
    yield changed("Mamba", (NOTHING,), "no transformer", model_type="mamba")
    yield changed("a load-balancing bias", (NOTHING,), "no public source", moe={**repos.PARAMS["moe"],
                  "use_load_balancing_bias": True})  # fmt: skip
    yield changed("a quantisation of words", (USAGE,), "params.json (quantization", quantization={"qformat_weight": 7})
    yield changed("an unknown quantisation", READ, quantization={"qformat_weight": "fp3"})
    yield changed("a wrong encoder", (USAGE,), "vision_encoder", vision_encoder={"hidden_size": "a"})
    yield changed("an index of nothing", READ)


def adapter(name: str, said: str, codes: tuple[int, ...] = (USAGE,), **fields: Any) -> Case:
    return repo(f"adapter {name}", {"adapter_config.json": json.dumps({**repos.ADAPTER, **fields})}, codes, said)


def adapters() -> Iterator[Case]:
    yield repo("adapter empty", {"adapter_config.json": "{}"}, (USAGE,), "does not name its base")
    yield repo("adapter no JSON", {"adapter_config.json": "{"}, (USAGE,), "adapter_config.json:1:2")
    yield adapter("of nothing", "does not name its base", base_model_name_or_path=None)
    for place, name in enumerate(("/etc/passwd", "../m", "./m", "~/m", "a//b", "a b",
                                  "org/na\u202eme", "x" * 5000, 7, ["a"], {"a": 1})):  # fmt: skip
        about = f"of a base that is no id {place}"
        yield adapter(about, "which is no Hub id", (NOTHING,), base_model_name_or_path=name)
    for place, name in enumerate(("https://hub.example/a/b", "https://user:secret@huggingface.co/a/b",
                                  "file:///etc/a", "https://huggingface.co/datasets/a/b", "https://[::1",
                                  "huggingface.co/")):  # fmt: skip
        about = f"of an address that is none {place}"
        yield adapter(about, "the base's address is not followed", (NOTHING,), base_model_name_or_path=name)
    for place, revision in enumerate(("a b", "../main", "-x", "\u202e", 7, ["main"], True, "x" * 300)):
        about = f"of a revision that is none {place}"
        yield adapter(about, "cannot be a revision", base_model_name_or_path=QWEN, revision=revision)
    yield adapter("of two revisions", "two revisions", revision="v1",
                  base_model_name_or_path=f"https://huggingface.co/{QWEN}/tree/v2")  # fmt: skip
    yield adapter("of a bare name that is not here", "an adapter of m,", (NO_EVIDENCE,), base_model_name_or_path="m")
    yield adapter("of a base that is not here", "an adapter of org/nowhere", (NO_EVIDENCE,),
                  base_model_name_or_path="org/nowhere")  # fmt: skip
    yield adapter("without weights", "", (OK, 1), base_model_name_or_path=QWEN)
    config = json.dumps({**repos.ADAPTER, "base_model_name_or_path": QWEN, "r": "all", "target_modules": {"a": 1}})
    yield repo("adapter odd fields", {"adapter_config.json": config}, READ)
    header = {"adapter_config.json": config, "adapter_model.safetensors": sparse(100)}
    yield repo("adapter weights of zeros", header, (USAGE,), "adapter_model.safetensors")
    named = {"adapter_config.json": config, "adapter_model.bin": b"\x80\x04c__builtin__\neval\n."}
    yield repo("adapter pickled", named, READ)


def pipelines() -> Iterator[Case]:
    def index(
        name: str, value: Any, codes: tuple[int, ...] = (NOTHING,), said: str = "a pipeline", **more: Any
    ) -> Case:
        return repo(f"pipeline {name}", {"model_index.json": json.dumps(value), **more}, codes, said)

    yield index("of nothing", {})
    yield index("a list", [], (USAGE,), "the file holds a list")
    yield index("with paths for folders", {"../..": ["diffusers", "A"], "/etc": ["a", "b"], "": ["a", "b"]})
    yield index("of odd entries", {"vae": 7, "unet": ["a"], "a": [1, 2], "b": None, "boundary_ratio": "x"})
    parts = {f"part_{number}": ["diffusers", "A"] for number in range(51)}
    files = {f"{name}/config.json": "{}" for name in parts}
    yield index("of too many parts", parts, (USAGE,), "more than 50 parts", **files)
    yield index("a part of zeros", {"vae": ["diffusers", "A"]}, (USAGE,), "vae/",
                **{"vae/diffusion_pytorch_model.safetensors": sparse(100)})  # fmt: skip
    yield index("a part's config is no JSON", {"vae": ["diffusers", "A"]}, (USAGE,), "vae/config.json",
                **{"vae/config.json": "{"})  # fmt: skip


def rest() -> Iterator[Case]:
    engine = json.dumps({"version": "1", "pretrained_config": {"a": 1}, "build_config": {}})
    yield repo("engine", {"config.json": engine, "rank0.engine": b""}, (NOTHING,), "TensorRT-LLM's, of an engine")
    cut = json.dumps({"architecture": "MixtralForCausalLM", "mapping": {"world_size": 2}})
    yield repo("checkpoint by rank", {"config.json": cut}, (NOTHING,), "TensorRT-LLM's, of a checkpoint")
    yield repo("index alone is no JSON", {"pytorch_model.bin.index.json": "{"}, (USAGE,))
    yield repo("index alone of nothing", {"pytorch_model.bin.index.json": '{"weight_map": {}}'}, (NOTHING,))
    yield repo("weights alone of zeros", {"model.safetensors": sparse(100)}, (USAGE,), "model.safetensors")
    one = shard_file([Tensor("model.layers.0.mlp.experts.0.w1.weight", "BF16", (8, 8))])
    yield repo("weights alone incomplete", {"model-00002-of-00003.safetensors": one}, READ)
    pickle = b"\x80\x04cos\nsystem\n(S'touch opened'\ntR."
    yield repo("pickle alone", {"pytorch_model.bin": pickle}, (NOTHING,), "never opened")
    for text, said in (
        ("https://user:secret@huggingface.co/a/b", "with a user or a password"),
        ("https://hub.example/a/b?token=secret", "no address of the Hub"),
        ("https://huggingface.co/a/b/c/d", "names no model"),
        ("file:///etc/passwd", "no address of the Hub"),
    ):
        yield Case(f"address {text:.24}", dict, ("inspect", text, "--offline"), (USAGE,), said)
