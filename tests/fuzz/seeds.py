"""Seeds, made from what the repo ships: no corpus is kept. Each function gives the seeds of one target."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from moeaudit.evidence.recorded import recorded_evidence
from tests.cli.samples import CONFIG, table
from tests.cli_check.conftest import CARD
from tests.formats import repos
from tests.ledger.packing.checkpoints import SMALL

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
MODELS = (
    "mistralai/Mixtral-8x7B-v0.1", "deepseek-ai/DeepSeek-V2-Lite", "Qwen/Qwen3-30B-A3B", "openai/gpt-oss-20b",
    "google/switch-base-8", "meta-llama/Llama-4-Scout-17B-16E", "zai-org/GLM-4.5-Air", "nvidia/Kimi-K2.7-Code-NVFP4",
    "deepseek-ai/DeepSeek-V4-Flash", "moonshotai/Kimi-K2.5", "microsoft/Phi-tiny-MoE-instruct",
    "Qwen/Qwen3-VL-30B-A3B-Instruct", "deepseek-ai/DeepSeek-OCR", "XiaomiMiMo/MiMo-V2.5",
    "allenai/OLMoE-1B-7B-0125-Instruct", "deepseek-ai/DeepSeek-V3",
)  # fmt: skip
FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"}
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemm", "zero_point": True}


def dumped(*trees: object) -> list[bytes]:
    return [json.dumps(tree).encode() for tree in trees]


def files(pattern: str, most: int = 100, root: Path = FIXTURES) -> list[bytes]:
    return [path.read_bytes() for path in sorted(root.glob(pattern))[:most]]


@cache
def configs() -> list[bytes]:
    """Published configs, and small ones with storage formats."""
    known = [found.config.data for name in MODELS if (found := recorded_evidence(name, None)) and found.config]
    small = [{**CONFIG, "quantization_config": form} for form in (FP8, AWQ)]
    return dumped(*known, CONFIG, *small)


EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")


@cache
def few_experts() -> list[bytes]:
    """The same configs with four experts each: their headers are short."""
    known = [json.loads(data) for data in configs()]
    return dumped(
        *(
            {key: 4 if key in EXPERTS else value for key, value in one.items()}
            for one in known
            if set(EXPERTS) & one.keys() and not one.get("num_experts_per_tok", 0) > 4
        )
    )


def header_of(config: Mapping[str, Any], layers: int = 1) -> Any:
    """The header of a release with this config, in one file."""
    small = {**config, "num_hidden_layers": layers, "num_experts": 2, "num_experts_per_tok": 1}
    found: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    for tensor in table(small, shards=1).expand():
        found[tensor.name] = {"dtype": tensor.dtype, "shape": list(tensor.shape or ()), "data_offsets": [0, 0]}
    return laid_out(found)


def plain_header(shapes: Mapping[str, tuple[int, ...]], dtype: str = "BF16") -> Any:
    """The header of a file with these tensors."""
    return laid_out({name: {"dtype": dtype, "shape": list(shape)} for name, shape in shapes.items()})


def params() -> list[bytes]:
    quantised = {**repos.PARAMS, "quantization": {"qformat_weight": "fp8_e4m3", "qscheme_act": "TENSOR"}}
    windows = {**repos.MIXTRAL, "sliding_window": [None, 1024]}
    return dumped(
        {"params": repos.PARAMS},
        {"params": {**repos.PARAMS, "vision_encoder": repos.VISION}, "header": plain_header(repos.large3())},
        {"params": quantised},
        {"params": windows, "header": plain_header(repos.mixtral())},
        {"params": repos.MIXTRAL, "config": {**CONFIG}},
    )


def adapters() -> list[bytes]:
    module = "model.layers.0.block_sparse_moe.experts"
    each = repos.lora(f"{module}.3.w1", 4096, 14336) | {"base_model.model.lm_head.weight": (32000, 4096)}
    fused = repos.lora(f"{module}.base_layer", 4096, 28672) | repos.lora("model.layers.1.self_attn.q_proj", 4096, 4096)
    return dumped(*({"adapter": repos.ADAPTER, "header": plain_header(one, "F32")} for one in (each, fused)))


def pipelines() -> list[bytes]:
    denoiser = plain_header(repos.DENOISER)
    folders = {"transformer": denoiser, "transformer_2": denoiser, "vae": plain_header(repos.VAE, "F32")}
    return dumped({"index": repos.WAN, "folders": folders})


def addresses() -> list[bytes]:
    return [
        b"https://huggingface.co/org/name/tree/main?x=1#y", b"https://huggingface.co/org/name/blob/refs%2Fpr%2F1/a.json",
        b"hf.co/org/name/resolve/v1/a%20b.json", b"http://huggingface.co/models/name", b"org/name@refs/pr/1",
    ]  # fmt: skip


def laid_out(header: Any) -> Any:
    """The same header with offsets that fit its types and shapes, as far as they are some."""
    from moeaudit.evidence.dtypes import DTYPE_BITS

    at = 0
    for entry in header.values() if isinstance(header, dict) else ():
        try:
            size = DTYPE_BITS[entry["dtype"]]
            for number in entry["shape"]:
                size *= number
            entry["data_offsets"] = [at, at := at + size // 8]
        except (KeyError, TypeError, IndexError):
            continue
    return header


@cache
def headers() -> list[bytes]:
    quantised = {**SMALL, "quantization_config": FP8}
    tiny = {
        "__metadata__": {"format": "pt"}, "a": {"dtype": "F4", "shape": [2], "data_offsets": [0, 0]},
        "b.0": {"dtype": "I64", "shape": [], "data_offsets": [0, 0]},
        "b.1": {"dtype": "U8", "shape": [3, 0], "data_offsets": [0, 0]},
    }  # fmt: skip
    plain = [header_of(CONFIG), header_of(quantised), laid_out(tiny), {}]
    return [*dumped(*plain), *(json.dumps(one, separators=(",", ":")).encode() + b"   " for one in plain)]


def index_of(config: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        tensor.name: tensor.shard
        for tensor in table({**config, "num_hidden_layers": 2, "num_experts": 2, "num_experts_per_tok": 1}).expand()
    }
    return {"metadata": {"total_size": 1234, "total_parameters": 617}, "weight_map": names}


@cache
def indices() -> list[bytes]:
    pickled = {"metadata": {"total_size": 1.0e3}, "weight_map": {"a.0.b.1": "pytorch_model-00001-of-00002.bin"}}
    found = [index_of(CONFIG), index_of({**CONFIG, "quantization_config": FP8}), pickled, {"weight_map": {}}]
    return [*dumped(*found), *(json.dumps(one, indent=2).encode() for one in found)]


@cache
def tensors() -> list[bytes]:
    """Tensors one on a line: name, type, shape and file."""
    forms = (CONFIG, {**CONFIG, "quantization_config": FP8}, {**CONFIG, "num_hidden_layers": 3, "num_experts": 3})
    lists = [table({**form, "num_hidden_layers": form["num_hidden_layers"] % 4}, shards=2).expand() for form in forms]
    odd = ["a.0.b.0 F32 2 x", "a.00.b.1 F32 2 x", "a.1.b.0 F32 2 y", "a BF16", "7 I64 1,2 x", "a.0 F32", "a.2 F32"]
    written = [
        [f"{one.name} {one.dtype} {','.join(map(str, one.shape or ()))} {one.shard}" for one in part] for part in lists
    ]
    return ["\n".join(lines[:400]).encode() for lines in (*written, odd)]


@cache
def weights() -> list[bytes]:
    """A config, an index and a header of one small release, together."""
    found = []
    for form in (None, FP8, AWQ):
        config = {**CONFIG, "num_hidden_layers": 2, "num_experts": 2, "num_experts_per_tok": 1}
        config |= {"quantization_config": form} if form else {}
        found.append({"config": config, "index": index_of(config), "header": header_of(config, 2)})
    return dumped(*found)


@cache
def evidence() -> list[bytes]:
    return [*(data for data in files("*.evidence.json") if len(data) < 20_000), in_parts()]


def in_parts() -> bytes:
    """The evidence of a pipeline: a document, and parts with headers."""
    from moeaudit.evidence.evidence_file import evidence_bytes
    from moeaudit.evidence.model import Document, Evidence, JsonFile, ModelRef, Part, Role, Source
    from moeaudit.evidence.tables import TensorTable

    ref = ModelRef("org/pipeline", Source.HUB, None, "0" * 40)
    table = TensorTable.collapse(repos.tensors(repos.DENOISER))
    parts = tuple(Part(name, Evidence(ref, headers=table)) for name in ("transformer", "transformer_2"))
    document = Document(Role.PIPELINE, JsonFile("model_index.json", repos.WAN))
    return evidence_bytes(Evidence(ref, documents=(document,), parts=parts))


@cache
def specs() -> list[bytes]:
    return files("specs/*.moe.yaml")


@cache
def claims() -> list[bytes]:
    return files("claims/*.claims.yaml")


@cache
def cards() -> list[bytes]:
    return [
        CARD.encode(),
        *files("*.md", root=ROOT / "tests/claims/cards"),
        *files("*.md", root=ROOT / "tests/benchmarks/cards"),
    ]


LEAST = "schema: moeaudit/fleet/v1\ndevices: {type: H100-SXM, per_node: 8, nodes: 1}\n"
FLEETS = (
    LEAST,
    (
        "schema: moeaudit/fleet/v1\ndevices: {type: mine, per_node: 4, memory_gib: 96, bandwidth_gb_s: 3000, "
        "bf16_tflops: 900, fp8_tflops: 1800, power_w: 700}\nlinks: {inside_gb_s: 450, between_gb_s: 50}\n"
        "host: {memory_gib: 1024, link_gb_s: 55}\n"
    ),
    (
        "schema: moeaudit/fleet/v1\ndevices: {type: H200-SXM, per_node: 8, nodes: 2}\nlinks: {between_gb_s: 50}\n"
        'engine: {name: vllm, version: "0.19", memory_utilization: 0.9, cache_dtype: fp8}\n'
        "layout: {tp: 8, ep: true, dp: 2}\nworkload: {context: 32768, concurrency: 64, input_tokens: 4000, "
        "output_tokens: 1000, expert_imbalance: 1.3}\n"
        "costs: {price_per_device_hour: 2.5, price_per_kwh: 0.12, power_overhead: 1.3}\n"
    ),
    (
        "schema: moeaudit/fleet/v1\ndevices: {type: MI300X, per_node: 8}\nengine: {name: sglang, max_num_seqs: 256, "
        "max_batched_tokens: 8192, cache_budget_gib: 20, block_size: 64, prefix_caching: false, "
        "speculative_tokens: 2}\n"
        "layout: {tp: 8, dp: 8, pp: 1, ep: 8, redundant_experts: 32}\n"
    ),
)


def fleets() -> list[bytes]:
    return [text.encode() for text in FLEETS]


@cache
def estimates() -> list[bytes]:
    """A fleet and a config, together."""
    import yaml

    read = [yaml.safe_load(text) for text in FLEETS]
    known = [json.loads(config) for config in configs()]
    return dumped(*({"fleet": read[place % len(read)], "config": config} for place, config in enumerate(known[:12])))


def figures() -> list[bytes]:
    words = (
        "671B", "37 billion parameters", "~27B", "18.6B–31.3B", "16384", "1e23", "6710亿",
        "about 2,788 millions d'heures", "128K", "128.000 Token", "46,7 Mrd. Parameter", "over 100 trillion",
        "不超过 3.5 万亿", "1 000 000", "100%", "8+", "less than 1.5-2.5T", "mil millones", "1.5 mil millones",
        "from 384 to 16", "two experts", "3–4 of 128", "37B/671B",
    )  # fmt: skip
    return [word.encode() for word in words]


def launches() -> list[bytes]:
    lines = (
        "vllm serve org/m -tp 8 -pp 2 -dp 2 --enable-expert-parallel --gpu-memory-utilization 0.9 --max-model-len 128k",
        "vllm serve org/m --tensor-parallel-size=4 --kv-cache-dtype fp8 --block-size 64 --max-num-seqs 256",
        (
            "VLLM_USE=1 python -m vllm.entrypoints.openai.api_server --model org/m --no-enable-prefix-caching "
            "--kv-cache-memory-bytes 10G --max-num-batched-tokens -1 --trust-remote-code"
        ),
        "python -m sglang.launch_server --model-path x/y --tp 8 --dp 8 --enable-dp-attention --mem-fraction-static 0.8",
        (
            "python -m sglang.launch_server --model m --tp-size 16 --ep-size 16 --chunked-prefill-size 8192 "
            "--disable-radix-cache --ep-num-redundant-experts 32 --context-length 131072 --max-running-requests 64"
        ),
        (
            """vllm serve m --enable-eplb --eplb-config '{"num_redundant_experts": 32}' """
            """--speculative-config '{"method": "mtp", "num_speculative_tokens": 1}' -dcp 2"""
        ),
    )
    return [line.encode() for line in lines]


def settings() -> list[bytes]:
    return [
        b"fail-on: error\npersona: pedantic\nstrict: true\noff: {total-contradicted: the reason, figure-in-words: x}\n",
        b"off:\n  active-contradicted: |\n    a longer\n    reason\npersona: auditor\n", b"fail-on: never\n", b"{}\n",
    ]  # fmt: skip


def project_settings() -> list[bytes]:
    return [
        (
            b'[project]\nname = "x"\nversion = "1"\ndependencies = ["a>=1", "b"]\n[tool.moeaudit]\nfail-on = "note"\n'
            b'strict = false\n[tool.moeaudit.off]\ntotal-contradicted = "why"\n'
        ),
        (
            b'[tool]\nmoeaudit = {persona = "auditor", off = {figure-in-words = """a\nb"""}}\n'
            b"[[a.b]]\nc = 1979-05-27T07:32:00Z\n"
        ),
        (ROOT / "pyproject.toml").read_bytes(),
    ]


def catalogues() -> list[bytes]:
    """The first line is the file's name: forms are told apart by it."""
    from tests.claims import test_catalogues as known

    openrouter = {
        "data": [
            {
                "id": "org/m",
                "name": "M",
                "hugging_face_id": "org/M",
                "context_length": 131072,
                "description": "A 671B model with 37B active.",
                "top_provider": {"context_length": 1},
            }
        ]
    }
    litellm = {"org/m": {"litellm_provider": "x", "max_tokens": 8192, "max_input_tokens": 131072, "mode": "chat"}}
    eco = {
        "models": [
            {
                "type": "model",
                "provider": "x",
                "name": "m",
                "sources": [],
                "architecture": {"type": "moe", "parameters": {"total": 671, "active": {"min": 20, "max": 37}}},
            }
        ]
    }
    ollama = {
        "model_info": {"general.parameter_count": 671, "qwen3moe.expert_count": 128},
        "details": {"parameter_size": "30.5B", "quantization_level": "Q4_K_M"},
    }
    texts = [("large.yaml", known.RECIPE), ("m.toml", known.MODELS_DEV), ("r.yaml", known.EVAL_RESULTS)]
    texts += [(f"{n}.json", json.dumps(one)) for n, one in enumerate((openrouter, litellm, eco, ollama))]
    texts += [("b.toml", 'base_model = "m"\n' + known.MODELS_DEV)]
    return [f"{name}\n{text}".encode() for name, text in texts]


@cache
def packets() -> list[bytes]:
    """Packets as written: of a claim file with its evidence, and of a spec on a fleet."""
    from dataclasses import replace

    from moeaudit.reports.packet.document import render
    from moeaudit.reports.packet.inputs import Asked, Inputs, Text, make, with_evidence

    made = []
    claim = (FIXTURES / "claims/mixtral-8x7b-v0.1.claims.yaml").read_text("utf-8")
    found = recorded_evidence("mistralai/Mixtral-8x7B-v0.1", None)
    assert found is not None
    whole = with_evidence(Inputs("m", claims=(Text("a.claims.yaml", claim),), cards=(Text("README.md", CARD),)), found)
    spec = (FIXTURES / "specs/google--glam-64b-64e.moe.yaml").read_text("utf-8")
    alone = Inputs("m", source="spec", spec=Text("a.moe.yaml", spec), asked=Asked(gpus="1xH200", context=4096))
    for inputs in (replace(whole, asked=Asked(gpus="1xH200")), alone):
        made.append(render(make(inputs), inputs).encode())
    return made


def pages() -> list[bytes]:
    """Pages with a packet in them, and little else."""
    from moeaudit.reports.writers.attached import inert

    begin = b'<!DOCTYPE html>\n<html><head></head><body><script type="application/json" id="packet">'
    return [begin + inert(one).encode() + b"</script></body></html>" for one in packets()]


def pdfs() -> list[bytes]:
    from tests.hostile.carried import carrying, stream

    return [carrying(stream(one)) for one in packets()]


def strings() -> list[bytes]:
    return files("strings.en.yaml", root=ROOT / "templates")


def lines() -> list[bytes]:
    words = (
        "inspect org/model --format json --depth headers --offline", "inspect a --exit-zero --fail-on never",
        "inspect a --revision main --format json=out.json --format text", "--version", "inspect --help",
        "inspect a --format=json --no-cache --timeout 3", "inspect -- a", "estimate a --gpus 8xH200", "inspect a b",
    )  # fmt: skip
    return [word.encode() for word in words]
