"""Inputs at the edge of what is read, and far beyond: where time and memory would go."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from tests.hostile.case import (
    READ,
    USAGE,
    Case,
    Files,
    amended,
    checking,
    configured,
    inspecting,
    link,
    pipe,
    sparse,
)
from tests.hub.repos import HubFile, raw_shard

MB = 1_000_000


def shard(text: bytes, data: int = 0) -> HubFile:
    return raw_shard(text, data)


def folder(header: bytes, data: int = 0, name: str = "model.safetensors", **fields: object) -> Files:
    return {"config.json": configured(**fields), name: shard(header, data)}


def entries(names: list[str]) -> bytes:
    """A header of tensors without elements."""
    return ("{" + ",".join(f'"{name}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for name in names) + "}").encode()


def one(extra: bytes) -> bytes:
    return b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]' + extra + b"}}"


def numbered(count: int, numbers: int) -> list[str]:
    chance = random.Random(7)
    return [".".join(str(chance.randrange(10)) for _ in range(numbers)) + f".{place}" for place in range(count)]


def index(names: list[str], shards: int = 1) -> str:
    return json.dumps({"metadata": {}, "weight_map": {
        name: f"model-{place * shards // len(names) + 1:05d}-of-{shards:05d}.safetensors" for place, name in enumerate(names)}})


INDEX = "model.safetensors.index.json"


def headers() -> Iterator[Case]:
    def of(name: str, make, codes, *words):  # type: ignore[no-untyped-def]
        return inspecting(f"header {name}", make, codes, "--depth", "headers", *words)

    yield of("of 30M lists", lambda: folder(b'{"a":[' + b"[]," * 29_999_999 + b"[]]}"), USAGE)
    yield of("of 3M lists", lambda: folder(b'{"a":[' + b"[]," * 2_999_999 + b"[]]}"), USAGE)
    yield of("of 6M metadata keys", lambda: folder(
        b'{"__metadata__":{' + b",".join(b'"%07x":"%d"' % (n, n % 10) for n in range(5_500_000)) + b"}}"), USAGE)
    yield of("of 300k metadata keys", lambda: folder(
        b'{"__metadata__":{' + b",".join(b'"%07x":"%d"' % (n, n % 10) for n in range(300_000)) + b"}}"), USAGE | READ)
    yield of("with a shape of 45M ones", lambda: folder(
        b'{"a":{"dtype":"F32","shape":[' + b"1," * 45_000_000 + b'1],"data_offsets":[0,4]}}', 4), USAGE)
    yield of("with a shape of 1M ones", lambda: folder(
        b'{"a":{"dtype":"F32","shape":[' + b"1," * 1_000_000 + b'1],"data_offsets":[0,4]}}', 4), USAGE)
    yield of("60k names of 12 numbers", lambda: folder(entries(numbered(60_000, 12))), READ | USAGE)
    yield of("20k names of 30 numbers", lambda: folder(entries(numbered(20_000, 30))), READ | USAGE)
    yield of("300 names of 301 numbers", lambda: folder(entries(numbered(300, 300))), USAGE)
    yield of("a name of 5,000 numbers", lambda: folder(entries([".".join(["7"] * 5000)])), USAGE)
    yield of("a name of 300,000 numbers", lambda: folder(entries([".".join(["7"] * 300_000)])), USAGE)
    yield of("a name of 10 MB", lambda: folder(entries(["x" * 10_000_000])), USAGE | READ)
    yield of("50 MB of spaces", lambda: folder(entries(["a"]) + b" " * 50_000_000), READ | USAGE)
    yield of("100 MB of NUL", lambda: {"config.json": configured(),
             "model.safetensors": sparse(99_000_008, (99_000_000).to_bytes(8, "little"))}, USAGE)
    yield of("200k plain names", lambda: folder(entries([f"layers.{n // 1000}.experts.{n % 1000}.w" for n in range(200_000)])), READ)
    yield of("500k plain names", lambda: folder(entries([f"layers.{n // 1000}.experts.{n % 1000}.w" for n in range(500_000)])), READ | USAGE)
    yield of("200k names without numbers", lambda: folder(entries([f"a{n}" for n in range(200_000)])), READ | USAGE)
    yield of("200k random numbers", lambda: folder(entries([f"a.{n * 7919 % 10**8}.b.{n * 104729 % 10**7}.c" for n in range(200_000)])), READ | USAGE)
    yield of("200k shapes", lambda: folder(("{" + ",".join(
        f'"a.{n}.w":{{"dtype":"F32","shape":[0,{n}],"data_offsets":[0,0]}}' for n in range(200_000)) + "}").encode()), READ | USAGE)
    yield of("with escapes, 200k names", lambda: folder(entries([f"layers.{n // 1000}.experts.{n % 1000}.\\u0077" for n in range(200_000)])), READ)
    yield of("many shards of large headers", lambda: {"config.json": configured(), **{
        f"model-{s:05d}-of-00040.safetensors": shard(entries([f"l.{s}.{n}.w" for n in range(60_000)])) for s in range(1, 41)}}, USAGE | READ)
    yield of("100 shards of 5 MB padded", lambda: {"config.json": configured(), **{
        f"model-{s:05d}-of-00100.safetensors": shard(entries([f"l.{s}.w"]) + b" " * 5_000_000) for s in range(1, 101)}}, USAGE | READ)
    yield of("beside: 200 of 5 MB", lambda: {"config.json": configured(), "model.safetensors": shard(entries(["a"])), **{
        f"other{s:03d}.safetensors": shard(entries([f"l.{s}.w"]) + b" " * 1_000_000) for s in range(1, 200)}}, READ)


def indexes() -> Iterator[Case]:
    def of(name: str, names: list[str] | str, codes=READ | USAGE | {4}):  # type: ignore[no-untyped-def]
        return inspecting(f"index {name}", lambda: {"config.json": configured(), INDEX: names if isinstance(names, str) else index(names)}, codes, "--depth", "index")

    yield inspecting("index of 6.5M names", lambda: {"config.json": configured(), INDEX: (
        b'{"weight_map":{' + b",".join(b'"%07x":"m"' % n for n in range(6_500_000)) + b"}}")}, USAGE, "--depth", "index")
    yield inspecting("index of 1.1M tensors", lambda: {"config.json": configured(), INDEX: index([f"model.layers.{n // 10000}.mlp.experts.{n % 10000}.weight" for n in range(1_100_000)])}, USAGE, "--depth", "index")
    yield inspecting("index of 400k tensors", lambda: {"config.json": configured(), INDEX: index([f"model.layers.{n // 10000}.mlp.experts.{n % 10000}.weight" for n in range(400_000)], 100)}, READ|{4}, "--depth", "index")
    yield inspecting("index of 200k names of 20 numbers", lambda: {"config.json": configured(), INDEX: index(numbered(200_000, 20))}, USAGE | {4}, "--depth", "index")
    yield inspecting("index of 200k odd names", lambda: {"config.json": configured(), INDEX: index([f"a{n}b" for n in range(200_000)])}, READ | {4}, "--depth", "index")
    yield inspecting("index of 200k shards", lambda: {"config.json": configured(), INDEX: index([f"l.{n}.w" for n in range(200_000)], 200_000)}, USAGE | {4}, "--depth", "index")
    yield inspecting("index of 20M lists", lambda: {"config.json": configured(), INDEX: b'{"weight_map":{}, "x":[' + b"[]," * 20_000_000 + b"1]}"}, USAGE, "--depth", "index")
    yield inspecting("index of 3 GB", lambda: {"config.json": configured(), INDEX: sparse(3_000_000_000)}, USAGE, "--depth", "index")
    yield inspecting("index escaped of 300k", lambda: {"config.json": configured(), INDEX: index([f"model.layers.{n // 10000}.mlp.experts.{n % 10000}.weight" for n in range(300_000)]).replace("experts", "\\u0065xperts")}, READ|{4}, "--depth", "index")


def configs() -> Iterator[Case]:
    def of(name: str, text: str | bytes, codes=READ | USAGE):  # type: ignore[no-untyped-def]
        return inspecting(f"config {name}", lambda: {"config.json": text}, codes, what="config.json")

    yield of("6M lists", amended('"x": [' + "[]," * 6_000_000 + "1]"), USAGE)
    yield of("1M lists", amended('"x": [' + "[]," * 1_000_000 + "1]"))
    yield of("300k lists", amended('"x": [' + "[]," * 300_000 + "1]"))
    yield of("300k objects", amended('"x": [' + '{"a":{}},' * 300_000 + "1]"))
    yield of("300k keys", amended(",".join(f'"k{n}":{n}' for n in range(300_000))))
    yield of("15 MB string", amended('"x": "' + "a" * 15_000_000 + '"'))
    yield of("sparse 19 MB", b"\0" * 19_000_000, USAGE)
    for kind in ("modules_to_not_convert", "ignored_layers"):
        yield of(f"fp8 {kind} x 100k globs", configured(quantization_config={
            "quant_method": "fp8", kind: [f"*.layers.{n}.*x*" for n in range(100_000)]}))
        yield of(f"fp8 {kind} x 100k names", configured(quantization_config={
            "quant_method": "fp8", kind: [f"model.layers.{n}.mlp.gate" for n in range(100_000)]}))
    yield of("compressed 100k re", configured(quantization_config={
        "quant_method": "compressed-tensors", "format": "float-quantized", "ignore": [f"re:.*layers.{n}.x.*" for n in range(100_000)],
        "config_groups": {"g": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}}}}))
    yield of("20k config groups", configured(quantization_config={
        "quant_method": "compressed-tensors", "format": "float-quantized",
        "config_groups": {f"g{n}": {"targets": [f"re:.*{n}.*"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}} for n in range(20_000)}}))
    yield of("20k block_configs", configured(block_configs=[{"attention": {"n_heads_in_group": 4}, "ffn": {"intermediate_size": n}} for n in range(20_000)]))
    yield of("10k layers", configured(num_hidden_layers=10_000))
    yield of("10k layers 1M experts", configured(num_hidden_layers=10_000, num_experts=1_000_000))
    yield of("mtp 10k", configured(num_nextn_predict_layers=10_000))
    yield of("mlp_only_layers 1M", configured(mlp_only_layers=list(range(1_000_000))))
    yield of("layer_types 100k", configured(layer_types=["full_attention"] * 100_000))
    yield of("num_experts list 10k", configured(num_hidden_layers=10_000, num_experts=[n % 50 + 2 for n in range(10_000)]))
    yield of("hidden list", configured(num_hidden_layers=10_000, moe_intermediate_size=[n + 128 for n in range(10_000)]))
    yield of("deep text_config", '{"text_config":' * 55 + configured() + "}" * 55)
    yield of("architectures 100k", configured(architectures=[f"A{n}" for n in range(100_000)]))
    yield inspecting("config num_experts 10^6 in a folder of 4", lambda: {
        "config.json": configured(num_experts=1_000_000), "model.safetensors": shard(entries([f"model.layers.{n}.mlp.experts.{m}.up_proj.weight" for n in range(4) for m in range(4)]))}, READ | USAGE)
    yield inspecting("config num_experts 10^6 index", lambda: {
        "config.json": configured(num_experts=1_000_000), INDEX: index([f"model.layers.{n}.mlp.experts.{m}.up_proj.weight" for n in range(4) for m in range(4)])}, READ | USAGE|{4}, "--depth", "index")
    yield inspecting("quantisation 100k modules", lambda: {"config.json": configured(), "hf_quant_config.json": json.dumps({"producer": {"name": "modelopt"}, "quantization": {
        "quant_algo": "MIXED_PRECISION", "quantized_layers": {f"model.layers.{n}.q": {"quant_algo": "NVFP4", "group_size": 16} for n in range(100_000)}}})}, READ | USAGE)
    yield inspecting("quantisation 100k excluded", lambda: {"config.json": configured(), "hf_quant_config.json": json.dumps({"producer": {"name": "modelopt"}, "quantization": {
        "quant_algo": "NVFP4", "group_size": 16, "exclude_modules": [f"*layers.{n}.x*" for n in range(100_000)]}})}, READ | USAGE)


def cards() -> Iterator[Case]:
    def of(name: str, text: str | bytes, codes=READ | USAGE):  # type: ignore[no-untyped-def]
        return checking(f"card {name}", lambda: {"README.md": text}, codes, "README.md", "--model", "m", "--format", "json")

    for count in (500, 2_000, 4_900):
        yield of(f"{count} totals", "Total parameters: 671B\n" * count)
        yield of(f"{count} different totals", "".join(f"Total parameters: {n + 100}B\n\n" for n in range(count)))
    for count in (500, 2_000, 8_000):
        yield of(f"{count} ignores", "<!-- moeaudit: ignore[a,b,c,d,e,f,g] x -->\n" * count)
        yield of(f"{count} real ignores", "<!-- moeaudit: ignore[total-contradicted] x -->\n671B total parameters\n" * count)
    yield of("8 experts in one line", "8 experts " * 1900)
    yield of("8 experts 1 MB", "8 experts " * 100_000)
    yield of("table of 100k rows", "| a | b |\n|---|---|\n" + "| total parameters | 671B |\n" * 100_000)
    yield of("A. 1 MB", "A. " * 333_333)
    yield of("10 MB of lines", "The model has 671B parameters.\n" * 333_333)
    yield of("199 MB", sparse_text(199_000_000))
    yield of("NUL 20 MB", b"\0" * 20_000_000)
    yield of("open brackets", "[" * 500_000)
    yield of("backticks", "`" * 1_000_000)
    yield of("stars", "*a **b " * 100_000)
    yield of("html", "<div>" * 200_000)
    yield of("comments", "<!-- " * 200_000)
    yield of("front matter", "---\n" + "a: b\n" * 10 + "tags:\n" + "- x\n" * 100_000 + "---\n")
    yield of("front matter nest", "---\n" + "a: " + "[" * 10_000 + "\n---\n")
    yield of("table 60 cells", "|" + "a|" * 60 + "\n|" + "-|" * 60 + "\n" + ("|" + "671B|" * 60 + "\n") * 3000)
    yield of("names", "".join(f"Model{n}-{n}B has {n}B total parameters.\n\n" for n in range(3000)))
    yield of("all numbers", "1 2 3 4 5 6 7 8 9 " * 50_000)
    yield of("links", "[a](b) " * 100_000)
    yield of("words", "mixture of experts total active parameters " * 20_000)


def sparse_text(size: int) -> bytes:
    return b"a b c.\n" * (size // 7)


def claims() -> Iterator[Case]:
    head = "schema: moeaudit/claims/v1\nmodel: {id: org/small}\n"

    def of(name: str, text: str | bytes, codes=READ | USAGE):  # type: ignore[no-untyped-def]
        return checking(f"claims {name}", lambda: {"a.claims.yaml": text}, codes, "a.claims.yaml", "--model", "m", "--format", "json")

    yield of("20k ignores", head + "ignore:\n" + "".join(f"- {{rule: total-contradicted, reason: r{n}}}\n" for n in range(20_000)))
    yield of("5k ignores of paths", head + "ignore:\n" + "".join(f"- {{rule: total-contradicted, reason: r{n}, path: architecture.x{n}}}\n" for n in range(5_000)))
    yield of("20k sources", head + "sources:\n" + "".join(f"- {{id: s{n}, kind: card}}\n" for n in range(20_000)))
    yield of("5k evaluations", head + "evaluations:\n" + "".join(f"- {{name: b{n}, score: 1}}\n" for n in range(5_000)))
    yield of("list of 90k", head + "architecture: {routed_experts: [" + "1," * 90_000 + "1]}\n")
    yield of("1 MB text", head + "architecture: {total_parameters: " + "7" * 1_000_000 + "B}\n")
    yield of("3.9 MB text", head + "governance: {licence: " + "x" * 3_900_000 + "}\n")
    yield of("1 MB schema", f"schema: {'x' * 1_000_000}\n", USAGE)
    yield of("1 MB denominator", head + "architecture: {total_parameters: {value: 1B, denominator: " + "x" * 1_000_000 + "}}\n", USAGE)
    yield of("1 MB key", head + "? " + "x" * 1_000_000 + "\n: 1\n", USAGE)
    yield of("100k keys", head + "".join(f"k{n}: 1\n" for n in range(90_000)), USAGE)
    yield of("deep", head + "a: " + "[" * 100_000, USAGE)
    yield of("bomb", head + "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [" + f"*{chr(97 + n)}," * 9 + "]\n" for n in range(12)), USAGE)
    yield of("evidence 5 kB", head.replace("org/small", "org/small, evidence: " + "x" * 5000), {4, 2})
    yield of("4 MB of spaces", head + " " * 4_000_000 + "\n")
    yield of("4 MB of newlines", head + "\n" * 4_000_000)
    yield of("4 MB comments", head + "# x\n" * 1_000_000)


def settings() -> Iterator[Case]:
    card = "# Small\n\nIt has 8 experts.\n"

    def of(name: str, text, codes=READ, file="pyproject.toml"):  # type: ignore[no-untyped-def]
        return checking(f"{file} {name}", lambda: {"README.md": card, file: text}, codes, "README.md", "--model", "m")

    yield of("nested arrays", "a=" + "[" * 5_000 + "\n")
    yield of("nested tables", "a=" + "{a=" * 5_000 + "\n")
    yield of("5,000 digits", "a=" + "9" * 5_000 + "\n")
    yield of("a dotted key of 400 kB", ".".join("a" * 200_000) + "=1\n")
    yield of("a dotted table of 200 kB", "[" + ".".join("a" * 100_000) + "]\n")
    yield of("1M keys", "".join(f"k{n}=1\n" for n in range(1_000_000)))
    yield of("100k keys", "".join(f"k{n}=1\n" for n in range(100_000)))
    yield of("3 GB", sparse(3_000_000_000))
    yield of("not TOML", "this is no toml\n")
    yield of("Latin-1", b"a = '\xe9'\n")
    yield of("tool is text", "tool = 'x'\n")
    yield of("FIFO", pipe)
    yield of("link to zero", link("/dev/zero"))
    yield of("ours, broken", "[tool.moeaudit]\nfail-on = 'error'\n\n[tool.other]\nx = \n", USAGE | READ)
    yield of("nested arrays, 1000", "a=" + "[" * 300 + "]" * 300 + "\n")
    yield of("many dotted", "".join("x%d.%s=1\n" % (n, ".".join("a" * 40)) for n in range(10_000)))
    yield of("3 GB", sparse(3_000_000_000), USAGE, "moeaudit.yaml")
    yield of("1 MB list", "off: [" + "a," * 499_000 + "]", USAGE, "moeaudit.yaml")
    yield of("FIFO", pipe, READ | USAGE, "moeaudit.yaml")
    yield of("zero", link("/dev/zero"), READ | USAGE, "moeaudit.yaml")


def catalogues() -> Iterator[Case]:
    def of(name: str, text, file="list.json", codes=READ | USAGE | {3}):  # type: ignore[no-untyped-def]
        return checking(f"catalogue {name}", lambda: {file: text}, codes, file)

    yield of("nested arrays", "a=" + "[" * 5_000 + "\n", "x.toml")
    yield of("5,000 digits", "a=" + "9" * 5_000 + "\n", "x.toml")
    yield of("dotted", ".".join("a" * 90_000) + "=1\n", "x.toml")
    yield of("dotted lines", ".".join("a" * 4_000) + "=1\n" + ("[" + ".".join("b" * 4_000) + "]\n") * 20, "x.toml")
    yield of("dotted header lines", "".join("[b%d.%s]\n" % (n, ".".join("b" * 50)) for n in range(1500)), "x.toml")
    yield of("keys", "".join(f"k{n}=1\n" for n in range(20_000)), "x.toml")
    yield of("32 MB of lists", '{"data": [' + "[]," * 10_000_000 + "1]}")
    yield of("31 MB of records", '{"data": [' + ",".join('{"id": "shop/m%d", "hugging_face_id": "org/m%d", "context_length": 1, "pricing": {"prompt": "0.1"}}' % (n, n) for n in range(300_000)) + "]}")
    yield of("3 MB of records", '{"data": [' + ",".join('{"id": "shop/m%d", "hugging_face_id": "org/m%d", "context_length": 1, "pricing": {"prompt": "0.1"}}' % (n, n) for n in range(30_000)) + "]}")
    yield of("open objects", '{"a":' * 100_000)
    yield of("broken records", '{"data": [' + '{"id": "shop/m", "x": [1, },' * 100_000 + "]}")
    yield of("open lists", '{"data": [' + "[" * 1_000_000)
    yield of("strings", '{"data": "' + "x" * 20_000_000)
    yield of("quotes", '{"data": [' + '"' * 2_000_000)
    yield of("3 GB", sparse(3_000_000_000))
    yield of("zero", link("/dev/zero"))
    yield of("pipe", pipe)
    yield of("yaml 30 MB", "a: [" + "x, " * 10_000_000 + "]", "x.yaml")


def fleets() -> Iterator[Case]:
    head = "schema: moeaudit/fleet/v1\ndevices: {type: H200-SXM, per_node: 8, nodes: 2}\n"

    def of(name: str, text, codes=READ | USAGE, *words: str):  # type: ignore[no-untyped-def]
        return Case(f"fleet {name}", lambda: {"config.json": configured(), "f.yaml": text}, ("estimate", "config.json", "--fleet", "f.yaml", *words), frozenset(codes))

    for share in ("0.01", "1e-3", "1e-39"):
        yield Case(f"fleet utilisation {share}", lambda share=share: {"f.yaml": head + f"engine: {{memory_utilization: {share}}}\n"},
                   ("estimate", "Qwen/Qwen3-30B-A3B", "--offline", "--fleet", "f.yaml"), frozenset(READ | USAGE))
    yield Case("fleet nothing fits", lambda: {"f.yaml": "schema: moeaudit/fleet/v1\ndevices: {type: T, memory_gib: 1, per_node: 8, nodes: 8192}\n"},
               ("estimate", "moonshotai/Kimi-K2-Instruct", "--offline", "--fleet", "f.yaml"), frozenset(READ | USAGE))
    yield Case("gpus 65536", lambda: {"x": ""}, ("estimate", "moonshotai/Kimi-K2-Instruct", "--offline", "--gpus", "8192x8xH200"), frozenset(READ | USAGE))
    yield Case("gpus 55440", lambda: {"x": ""}, ("estimate", "moonshotai/Kimi-K2-Instruct", "--offline", "--gpus", "55440x1xH200"), frozenset(READ | USAGE))
    yield Case("gpus 1x55440", lambda: {"x": ""}, ("estimate", "moonshotai/Kimi-K2-Instruct", "--offline", "--gpus", "1x55440xH200"), frozenset(READ | USAGE))
    yield Case("gpus 5000 digits", lambda: {"x": ""}, ("estimate", "moonshotai/Kimi-K2-Instruct", "--offline", "--gpus", "9" * 5000 + "xH200"), frozenset(USAGE))
    yield Case("gpus arabic", lambda: {"x": ""}, ("estimate", "moonshotai/Kimi-K2-Instruct", "--offline", "--gpus", "٨xH200"), frozenset(USAGE))
    yield Case("engine 5000 digits", lambda: {"x": ""}, ("estimate", "moonshotai/Kimi-K2-Instruct", "--offline", "--gpus", "8xH200", "--engine", "vllm@" + "9" * 5000), frozenset(USAGE | READ))
    yield Case("domain 55440", lambda: {"f.yaml": "schema: moeaudit/fleet/v1\ndevices: {type: T, memory_gib: 100, bandwidth_gb_s: 1000, bf16_tflops: 10, per_node: 55440, nodes: 1}\n"},
               ("estimate", "Qwen/Qwen3-30B-A3B", "--offline", "--fleet", "f.yaml"), frozenset(READ | USAGE))
    yield Case("compress_ratios", lambda: compress(), ("estimate", "config.json", "--gpus", "8xH200"), frozenset(READ | USAGE))
    yield of("/dev/zero", link("/dev/zero"), USAGE)
    yield of("FIFO", pipe, USAGE)
    yield of("3 GB", sparse(3_000_000_000), USAGE)
    yield of("3.9 MB of keys", head + "x: [" + "1," * 99_000 + "]\n", USAGE)
    yield of("name 3 MB", "name: " + "x" * 3_000_000 + "\n" + head)


def compress() -> Files:
    from pathlib import Path

    root = Path(__file__).resolve().parents[2] / "fixtures"
    data = json.loads((root / "deepseek-ai--DeepSeek-V4-Flash.evidence.json").read_text())["config"]["data"]
    data["compress_ratios"][40] = 4294967296
    return {"config.json": json.dumps(data)}


def evidence() -> Iterator[Case]:
    base = {"schema": "moeaudit/evidence/v1", "model": {"id": "a/b"}, "files": []}

    def of(name: str, extra: dict, codes=USAGE | READ):  # type: ignore[no-untyped-def,type-arg]
        return Case(f"evidence {name}", lambda: {"a.evidence.json": json.dumps({**base, "config": {"file": "config.json", "omitted": [], "data": json.loads(configured())}, **extra})},
                    ("inspect", "a.evidence.json", "--format", "json"), frozenset(codes))

    many = ["m-{000000001-000099999}.safetensors"] * 500
    yield of("weight_files x 500", {"weight_files": {"files": many, "bytes": []}})
    yield of("missing_shards x 500", {"missing_shards": many})
    yield of("missing_shards x 1", {"missing_shards": many[:1]})
    table = {"tensors": 1, "names_sha256": "x", "groups": [{"name": "a", "dtype": "F32", "shape": [0]}], "elements": 0, "bytes": 0}
    yield of("shards x 50", {"headers": {**table, "shards": {"files": many[:50], "runs": "1:0"}}})
    yield of("beside x 500", {"beside": [{**table, "files": many[:1]} for _ in range(500)], "weight_files": {"files": [], "bytes": []}})
    yield of("runs", {"headers": {**table, "shards": {"files": ["a"], "runs": "1:0 " * 1_000_000}}})
    yield of("runs of digits", {"headers": {**table, "shards": {"files": ["a"], "runs": "9" * 5000 + ":0"}}})
    yield of("a range of 10^9", {"headers": {**table, "groups": [{"name": "a.{}", "index": ["0-999999999"], "dtype": "F32", "shape": [0]}]}})
    yield of("ranges that multiply", {"headers": {**table, "groups": [{"name": "a.{}.{}.{}.{}", "index": ["0-999"] * 4, "dtype": "F32", "shape": [0]}]}})
    yield of("1M singles", {"headers": {**table, "groups": [{"name": "a.{}", "index": [",".join(map(str, range(0, 2_000_000, 2)))], "dtype": "F32", "shape": [0]}]}})
    yield of("one group of 1M", {"headers": {**table, "tensors": 1_000_000, "groups": [{"name": "a.{}.{}", "index": ["0-999", "0-999"], "dtype": "F32", "shape": [0]}]}})
    yield of("200k groups", {"headers": {**table, "tensors": 200_000, "groups": [{"name": f"a{n}"} for n in range(200_000)]}})
    yield of("500 groups of one template", {"headers": {**table, "tensors": 1_000_000, "groups": [{"name": "a.{}.{}", "index": [str(n), "0-1999"], "dtype": "F32", "shape": [0]} for n in range(500)]}})
    yield of("100k records", {"files": [{"file": "a", "sha256": "b", "bytes": 1, "origin": "c"}] * 100_000})
    yield of("a shape of 10^6", {"headers": {**table, "groups": [{"name": "a", "dtype": "F32", "shape": [2**62] * 100_000}]}})
    yield of("a template of 100k braces", {"headers": {**table, "groups": [{"name": "a.{}" * 100_000, "index": ["0"] * 100_000, "dtype": "F32", "shape": [0]}]}})


def specs() -> Iterator[Case]:
    def of(name: str, text, codes=USAGE):  # type: ignore[no-untyped-def]
        return Case(f"spec {name}", lambda: {"a.moe.yaml": text}, ("inspect", "a.moe.yaml", "--format", "json"), frozenset(codes))

    head = "schema: moeaudit/architecture/v1\n"
    yield of("flow of 6M lists", head + "pieces: [" + "[]," * 6_000_000 + "]")
    yield of("flow of 300k lists", head + "pieces: [" + "[]," * 300_000 + "]")
    yield of("19 MB of keys", head + "".join(f"k{n}: 1\n" for n in range(1_500_000)))
    yield of("deep", head + "a: " + "[" * 100_000)
    yield of("merge bomb", head + "a: &a {x: 1}\n" + "".join(f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}' if n else '*a'] * 9)}]}}\n" for n in range(12)))
    yield of("10k groups", head + "pieces:\n- {prefix: e, block: {kind: embedding, vocabulary: 10, hidden: 10}}\n- prefix: l.{}\n  layers:\n" + "".join(
        f"  - layer: {{kind: embedding, vocabulary: {n + 1}, hidden: 4}}\n" for n in range(10_000)), USAGE | READ)
    yield of("2 GB", sparse(2_000_000_000))
    yield of("pipe", pipe)


def special() -> Iterator[Case]:
    """Files that never end, or never begin, under every option that takes a file."""
    for kind, make in (("zero", link("/dev/zero")), ("pipe", pipe), ("sparse", sparse(3_000_000_000)), ("loop", link("x")), ("stdin", link("/dev/stdin")), ("mem", link("/proc/self/mem"))):
        for name, words in {
            "config.json": ("inspect", "config.json"), "a.evidence.json": ("inspect", "a.evidence.json"),
            "a.moe.yaml": ("inspect", "a.moe.yaml"), "README.md": ("check", "README.md"), "a.claims.yaml": ("check", "a.claims.yaml"),
            "x.toml": ("check", "x.toml"), "x.yaml": ("check", "x.yaml"), "p.json": ("packet", "--verify", "p.json"),
            "f.yaml": ("estimate", "Qwen/Qwen3-30B-A3B", "--offline", "--fleet", "f.yaml"),
            "g.yaml": ("packet", "Qwen/Qwen3-30B-A3B", "--offline", "--fleet", "g.yaml"),
            "c.md": ("draft", "Qwen/Qwen3-30B-A3B", "--offline", "--card", "c.md"),
        }.items():
            target = make if kind != "loop" else link(name)
            yield Case(f"{kind} as {name}", lambda name=name, target=target: {name: target}, words, frozenset({2, 4}))


def cases() -> list[Case]:
    kinds = (headers, indexes, configs, cards, claims, settings, catalogues, fleets, evidence, specs, special)
    return [case for kind in kinds for case in kind()]
