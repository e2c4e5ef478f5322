"""Fleet files and fleets on the line: what nothing fits, and numbers that are none."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import OK, QWEN, USAGE, Case, Content, link, pipe, sparse

SCHEMA = "schema: moeaudit/fleet/v1\n"
HEAD = SCHEMA + "devices: {type: H200-SXM, per_node: 8, nodes: 2}\n"
KIMI = "moonshotai/Kimi-K2-Instruct"

NUMBERS = {
    "devices": ("per_node", "nodes", "memory_gib", "bandwidth_gb_s", "bf16_tflops", "power_w"),
    "links": ("inside_gb_s", "between_gb_s"),
    "engine": (
        "memory_utilization",
        "cache_budget_gib",
        "block_size",
        "speculative_tokens",
        "max_num_seqs",
        "max_batched_tokens",
        "state_slots",
    ),
    "layout": ("tp", "dp", "pp", "dcp", "redundant_experts", "replicas"),
    "workload": ("context", "concurrency", "input_tokens", "output_tokens", "expert_imbalance"),
    "costs": ("price_per_device_hour", "price_per_kwh", "power_overhead"),
    "host": ("memory_gib", "memory_gb_s", "sockets", "link_gb_s"),
}
NONE = ("true", "-1", ".nan", ".inf", "1e400", "9" * 300, "٨", "８", "'8'", "0x", "[8]")


def cases() -> Iterator[Case]:
    yield from nothing_fits()
    yield from lines()
    yield from files()
    yield from no_numbers()


def of(name: str, text: Content, codes: tuple[int, ...], model: str = QWEN, said: str = "") -> Case:
    return Case(
        f"fleet {name}", lambda: {"f.yaml": text}, ("estimate", model, "--offline", "--fleet", "f.yaml"), codes, said
    )


def line(name: str, codes: tuple[int, ...], *words: str, model: str = KIMI, said: str = "") -> Case:
    return Case(f"line {name}", dict, ("estimate", model, "--offline", *words), codes, said)


def nothing_fits() -> Iterator[Case]:
    for share in ("0.5", "0.05", "0.02", "0.01", "0.001", "1e-39"):
        yield of(f"utilisation {share}", f"{HEAD}engine: {{memory_utilization: {share}}}\n", (OK,))
    own = "devices: {type: T, memory_gib: %s, bandwidth_gb_s: 1000, bf16_tflops: 10, per_node: %d, nodes: %d}\n"
    for memory, per_node, nodes in (
        ("1", 8, 8192),
        ("1e-3", 1, 1),
        ("1e-40", 1, 1),
        ("20", 1, 512),
        ("8", 512, 1),
        ("80", 55440, 1),
        ("80", 1, 55440),
        ("3", 8, 1),
    ):
        yield of(
            f"{nodes} nodes of {per_node} of {memory} GiB", SCHEMA + own % (memory, per_node, nodes), (OK, USAGE), KIMI
        )
    for engine in ("sglang", "tensorrt-llm", "generic"):
        yield of(
            f"of {engine}, nothing fits",
            f"{HEAD}engine: {{name: {engine}, memory_utilization: 0.02}}\nworkload: {{context: 100000000}}\n",
            (OK, USAGE),
            KIMI,
        )
    yield of("long contexts", f"{HEAD}workload: {{context: 100000000, concurrency: 4294967296}}\n", (OK,))


def lines() -> Iterator[Case]:
    digits = "9" * 5_000
    for fleet in ("8192x8xH200", "55440x1xH200", "1x55440xH200", "65536xH200"):
        yield line(fleet, (OK, USAGE), "--gpus", fleet)
    for name, fleet in {
        "65,537": "65537xH200",
        "10 digits": "9999999999xH200",
        "5,000 digits": f"{digits}xH200",
        "Arabic": "٨xH200",
        "full width": "８xH200",
        "none": "0xH200",
        "minus": "-8xH200",
        "long name": "8x" + "H" * 100_000,
        "bidi": "8x\u202eH200",
    }.items():
        yield line(f"gpus {name}", (USAGE,), "--gpus", fleet)
    for version in (digits, "9" * 39, ".nan", "1e40", "-1", "٨", "0.11" + "x" * 5_000, "\x1b[31m"):
        name = f"engine {version[:8]!r} {len(version)}"
        yield line(name, (USAGE,), "--gpus", "8xH200", "--engine", f"vllm@{version}")
    for flag in (
        "--tensor-parallel-size",
        "--pipeline-parallel-size",
        "--data-parallel-size",
        "--max-model-len",
        "--max-num-seqs",
        "--block-size",
        "--gpu-memory-utilization",
        "--max-num-batched-tokens",
    ):
        for value in (digits, "٨", "-2", "nan", "1e400", "true", "1_0"):
            yield line(
                f"command {flag} {value[:8]}",
                (USAGE,),
                "--gpus",
                "8xH200",
                "--from-command",
                f"vllm serve {KIMI} {flag}={value}",
            )
    for tokens in (digits, "-5", "nan", "inf", "1e400", "true", ""):
        yield line(
            f"tokens {tokens[:8]}", (USAGE,) if tokens else (OK, USAGE), "--gpus", "8xH200", "--training-tokens", tokens
        )


def files() -> Iterator[Case]:
    for name, text in {
        "/dev/zero": link("/dev/zero"),
        "pipe": pipe,
        "3 GB": sparse(3_000_000_000),
        "keys": HEAD + "x: [" + "1," * 60_000 + "]\n",
        "key of 100 kB": HEAD + "x" * 100_000 + ": 1\n",
        "schema of 100 kB": "schema: " + "x" * 100_000,
        "deep": HEAD + "x: " + "[" * 90_000,
        "list": "- a\n",
        "empty": "",
        "name of 300 kB": "name: " + "x" * 300_000 + "\n" + HEAD,
        "Latin-1": b"a: \xe9\n",
        "twice": HEAD + HEAD,
        "device of 100 kB": SCHEMA + "devices: {type: " + "H" * 100_000 + "}\n",
        "engine of 100 kB": HEAD + "engine: {name: " + "v" * 100_000 + "}\n",
    }.items():
        yield of(name, text, (USAGE,))  # type: ignore[arg-type]
    yield of("name of 100 kB", "name: " + "x" * 100_000 + "\n" + HEAD, (OK,))


def no_numbers() -> Iterator[Case]:
    for table, fields in NUMBERS.items():
        for field in fields:
            for value in NONE:
                other = (
                    "type: H200-SXM, "
                    if table == "devices"
                    else "memory_gib: 100, "
                    if (table, field) == ("host", "link_gb_s")
                    else ""
                )
                head = SCHEMA if table == "devices" else HEAD
                yield of(f"{table}.{field} {value[:8]}", f"{head}{table}: {{{other}{field}: {value}}}\n", (USAGE,))
    for version in (".nan", "1e40", "-1", "9" * 39, "true", "[1]"):
        yield of(f"version {version[:8]}", f"{HEAD}engine: {{version: {version}}}\n", (USAGE,))
