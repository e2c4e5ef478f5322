"""Commands in the forms of public recipes, each with the layout and the settings that its engine gives it. The expected
values are the engines' own reading: docs.vllm.ai (engine arguments, serve), docs.sglang.ai (server arguments),
nvidia.github.io/TensorRT-LLM (trtllm-serve), tools/server/README.md of llama.cpp, lmdeploy.readthedocs.io, and the
sources that the flag tables name."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.costs.fleet import short_fleet
from moeaudit.costs.launch import Command, parse_command
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError

V, S, T = "vllm serve org/m", "python3 -m sglang.launch_server --model-path org/m", "trtllm-serve org/m"

WRAPPED: dict[str, tuple[str, Layout]] = {
    # what stands before and around the engine
    "plain": (f"{V} -tp 8", Layout(8)),
    "path": ("/opt/venv/bin/vllm serve org/m -tp 8", Layout(8)),
    "environment": (f"VLLM_USE_V1=1 CUDA_VISIBLE_DEVICES=0,1 {V} -tp 2", Layout(2)),
    "lower-case environment": (f"no_proxy=localhost {V} -tp 2", Layout(2)),
    "export first": (f"export VLLM_X=1\nexport HF_HOME=/data\n{V} -tp 8", Layout(8)),
    "exported sizes": (f"export TP=8\n{V} -tp $TP", Layout(8)),
    "braces": (f"TP=8; {V} -tp ${{TP}}", Layout(8)),
    "default of a variable": (f"{V} -tp ${{TP:-4}}", Layout(4)),
    "cd first": (f"cd /models && {V} -tp 4", Layout(4)),
    "pip first": (f"pip install -U vllm && {V} -tp 4", Layout(4)),
    "env": (f"env {V} -tp 4", Layout(4)),
    "env -u": (f"env -u HTTP_PROXY -u X {V} -tp 4", Layout(4)),
    "env with values": (f"env A=1 B=2 {V} -tp 4", Layout(4)),
    "sudo": (f"sudo -E {V} -tp 4", Layout(4)),
    "sudo -u": (f"sudo -u serving {V} -tp 4", Layout(4)),
    "nohup": (f"nohup {V} -tp 4 > vllm.log 2>&1 &", Layout(4)),
    "background": (f"{V} -tp 4 &", Layout(4)),
    "tee": (f"{V} -tp 4 2>&1 | tee log.txt", Layout(4)),
    "both streams": (f"{V} -tp 4 &> log.txt", Layout(4)),
    "numactl": (f"numactl --cpunodebind=0 --membind=0 {V} -tp 4", Layout(4)),
    "numactl, short": (f"numactl -N 0 -m 0 {V} -tp 4", Layout(4)),
    "taskset": (f"taskset -c 0-31 {V} -tp 4", Layout(4)),
    "timeout": (f"timeout 2h {V} -tp 4", Layout(4)),
    "timeout -k": (f"timeout -k 10 3600 {V} -tp 4", Layout(4)),
    "nice": (f"nice -n 5 {V} -tp 4", Layout(4)),
    "time": (f"time {V} -tp 4", Layout(4)),
    "exec": (f"exec {V} -tp 4", Layout(4)),
    "uv run": (f"uv run {V} -tp 4", Layout(4)),
    "uv run --with": (f"uv run --with vllm --python 3.12 {V} -tp 4", Layout(4)),
    "uvx": (f"uvx --from vllm {V} -tp 4", Layout(4)),
    "poetry": (f"poetry run {V} -tp 4", Layout(4)),
    "conda": (f"conda run -n serving {V} -tp 4", Layout(4)),
    "bash -c": (f'bash -c "{V} -tp 4"', Layout(4)),
    "bash -lc": (f"bash -lc 'export A=1 && {V} -tp 4'", Layout(4)),
    "sudo bash -c": (f"sudo bash -c '{V} -tp 4'", Layout(4)),
    "srun": (f"srun -N 1 --ntasks 1 {V} -tp 8", Layout(8)),
    "nsys": (f"nsys profile -o out {V} -tp 8", Layout(8)),
    "old module": ("python -m vllm.entrypoints.openai.api_server --model org/m -tp 4", Layout(4)),
    "python3": ("python3 -m vllm.entrypoints.openai.api_server --model=org/m -tp=4", Layout(4)),
    "python3.12": ("python3.12 -u -m vllm.entrypoints.openai.api_server --model org/m -tp 4", Layout(4)),
    "cli module": ("python -m vllm.entrypoints.cli.main serve org/m -tp 4", Layout(4)),
    "dynamo": ("python -m dynamo.vllm --model org/m --tensor-parallel-size 4", Layout(4)),
    "dynamo sglang": ("python3 -m dynamo.sglang --model-path org/m --tp 4", Layout(4)),
    "torchrun": ("torchrun --nproc_per_node 8 -m sglang.launch_server --model-path org/m --tp 8", Layout(8)),
    "sglang serve": ("sglang serve --model-path org/m --tp 4", Layout(4)),
    "sglang serve, positional": ("sglang serve org/m --tp 4", Layout(4)),
    "lines": ("vllm serve org/m \\\n  --tensor-parallel-size 4 \\\n  --enable-expert-parallel", Layout(4, True)),
    "lines with blanks behind": ("vllm serve org/m \\  \n  -tp 4", Layout(4)),
    "windows' lines": ("vllm serve org/m \\\r\n  -tp 4\r\n", Layout(4)),
    "comment": (f"# serve it\n{V} -tp 4  # two would do", Layout(4)),
    "prompt": (f"$ {V} -tp 4", Layout(4)),
    "fence": (f"```bash\n{V} -tp 4\n```", Layout(4)),
    "trailing curl": (f"{V} -tp 4 &\nsleep 60\ncurl localhost:8000/v1/models", Layout(4)),
    # containers
    "docker": (
        ("docker run --runtime nvidia --gpus all -v ~/.cache:/root/.cache -p 8000:8000 --ipc=host "
        "vllm/vllm-openai:latest --model org/m --tensor-parallel-size 4"),
        Layout(4),
    ),
    "docker, positional": ("docker run --rm -it --gpus all vllm/vllm-openai:v0.20.0 org/m -tp 4", Layout(4)),
    "docker, device list": ("docker run --gpus '\"device=0,1\"' vllm/vllm-openai:latest org/m -tp 2", Layout(2)),
    "docker, shell": ("docker run --gpus all img:1 bash -c 'vllm serve org/m -tp 4'", Layout(4)),
    "docker, entry point": ("docker run --entrypoint vllm rocm/vllm:latest serve org/m -tp 8", Layout(8)),
    "docker, entry point of a shell": (
        "docker run --entrypoint /bin/bash vllm/vllm-openai:latest -c 'vllm serve org/m -tp 8'", Layout(8)
    ),
    "docker, environment": ("docker run -e HF_TOKEN=x --env A=b -d vllm/vllm-openai org/m -tp 8", Layout(8)),
    "docker, private": ("docker run --gpus all registry.corp/ai/serve:3 vllm serve org/m -tp 8", Layout(8)),
    "docker exec": ("docker exec -it server vllm serve org/m -tp 8", Layout(8)),
    "podman": ("podman run --device nvidia.com/gpu=all vllm/vllm-openai:latest --model org/m -tp 4", Layout(4)),
    "docker sglang": (
        ("docker run --gpus all --shm-size 32g -p 30000:30000 lmsysorg/sglang:latest "
        "python3 -m sglang.launch_server --model-path org/m --tp 8 --host 0.0.0.0"),
        Layout(8),
    ),
    "docker trtllm": (
        "docker run --gpus all nvcr.io/nvidia/tensorrt-llm/release:1.2.0 trtllm-serve org/m --tp_size 8", Layout(8)
    ),
    "sudo docker": ("sudo docker run --gpus all vllm/vllm-openai org/m -tp 8", Layout(8)),
    "several words in one variable": (f'ARGS="-tp 8 --enable-expert-parallel"\n{V} $ARGS', Layout(8, True)),
    "an empty variable": (f'MORE=""\n{V} $MORE -tp 8', Layout(8)),
    "sums": (f"N=4; {V} -tp $((N * 2))", Layout(8)),
    "sums of numbers": (f"{V} -tp $((16/2))", Layout(8)),
    "array": ("CMD=(\n  vllm serve org/m\n  -tp 8\n  --enforce-eager\n)\n\"${CMD[@]}\"", Layout(8)),
    "local array": ("  local cmd=(vllm serve org/m\n  -tp 8)\n  exec \"${cmd[@]}\"", Layout(8)),
    "words in front that nobody told": (f'"${{PREFIX[@]}}" {V} -tp 8', Layout(8)),
    "an interpreter that nobody told": ('"$PYTHON" -m sglang.launch_server --model-path org/m --tp 8', Layout(8)),
    "docker pull first": ("docker pull vllm/vllm-openai:v1\ndocker run vllm/vllm-openai:v1 org/m -tp 8", Layout(8)),
    # flags that must not swallow a word
    "switch before short": (f"{V} --disable-log-requests -tp 8", Layout(8)),
    "language model only": (f"{V} --language-model-only -tp 8", Layout(8)),
    "sleep mode": (f"{V} --enable-sleep-mode -tp 4", Layout(4)),
    "auto tools": (f"{V} --enable-auto-tool-choice -tp 4 --tool-call-parser hermes", Layout(4)),
    "async": (f"{V} --async-scheduling -tp 4", Layout(4)),
    "no-form": (f"{V} --no-enable-prefix-caching -tp 4", Layout(4)),
    "headless": (f"{V} --headless -tp 4", Layout(4)),
    "many words": (f"{V} --served-model-name a b c -tp 4", Layout(4)),
    "keys": (f"{V} --api-key one two -tp 4", Layout(4)),
    "negative value": (f"{V} --max-logprobs -1 -tp 4", Layout(4)),
    "a switch nobody knows": (f"{V} --enable-warp-drive -tp 4", Layout(4)),
    "model last": ("vllm serve -tp 4 --enforce-eager org/m", Layout(4)),
    "model by flag": ("vllm serve --model org/m -tp 4", Layout(4)),
    # spellings
    "abbreviated": (f"{V} --tensor 4 --pipeline-parallel 2", Layout(4, pp=2)),
    "underscores": (f"{V} --tensor_parallel_size=4 --enable_expert_parallel", Layout(4, True)),
    "equals": (f"{V} --tensor-parallel-size=4 --data-parallel-size=2", Layout(4, dp=2)),
    "glued": (f"{V} -tp8", Layout(8)),
    "later one counts": (f"{V} -tp 4 -tp 8", Layout(8)),
    "optimisation": (f"{V} -O3 -tp 8", Layout(8)),
    "context parallel": (f"{V} -tp 8 -dcp 8", Layout(8, dcp=8)),
    "prefill context parallel": (f"{V} -tp 4 -pcp 2", Layout(4, pcp=2)),
    "experts": (f"{V} -dp 8 -ep", Layout(1, True, 8)),
    "load balancing": (
        f"{V} -tp 8 -ep --enable-eplb --eplb-config '{{\"num_redundant_experts\": 32}}'", Layout(8, True, redundant=32)
    ),
    "load balancing, dotted": (f"{V} -tp 8 -ep --eplb-config.num_redundant_experts=32", Layout(8, True, redundant=32)),
    "nodes": (f"{V} -tp 8 -pp 2 --nnodes 2 --node-rank 0 --master-addr 10.0.0.1", Layout(8, pp=2)),
    "data-parallel nodes": (
        f"{V} -dp 16 -dpl 8 --data-parallel-address 10.0.0.1 --data-parallel-rpc-port 13345 -ep", Layout(1, True, 16)
    ),
    # SGLang's own
    "replicas": (f"{S} --tp 2 --dp 4", Layout(2, replicas=4)),
    "attention groups": (f"{S} --tp 8 --dp 8 --enable-dp-attention", Layout(1, dp=8)),
    "attention groups, new": (f"{S} --tp 8 --attn-dp-size 8", Layout(1, dp=8)),
    "attention context": (f"{S} --tp 8 --attn-cp-size 4", Layout(2, pcp=4)),
    "sglang experts": (f"{S} --tp 8 --ep 8", Layout(8, True)),
    "deepep": (f"{S} --tp 16 --moe-a2a-backend deepep --deepep-mode auto", Layout(16, True)),
    "sglang nodes": (f"{S} --tp 16 --nnodes 2 --node-rank 0 --dist-init-addr 10.0.0.1:5000", Layout(16)),
    "sglang underscores": (f"{S} --tp_size 8", Layout(8)),
    "radix": (f"{S} --disable-radix-cache --tp 8", Layout(8)),
    "cuda graphs": (f"{S} --disable-cuda-graph --tp 8 --trust-remote-code", Layout(8)),
    # TensorRT-LLM's own
    "trtllm": (f"{T} --tp_size 8 --ep_size 8 --max_batch_size 64", Layout(8, True)),
    "trtllm, long names": (f"{T} --tensor_parallel_size 4 --pipeline_parallel_size 2", Layout(4, pp=2)),
    "trtllm, dashes": (f"{T} --tp-size 8", Layout(8)),
    "trtllm, subcommand": ("trtllm-serve serve org/m --tp_size 8", Layout(8)),
    "trtllm, mpi": ("mpirun -n 16 --oversubscribe trtllm-llmapi-launch trtllm-serve org/m --tp_size 16", Layout(16)),
    "trtllm, file in the text": (
        ("cat > extra.yml <<EOF\nenable_attention_dp: true\nkv_cache_config:\n  dtype: fp8\nEOF\n"
        "trtllm-serve org/m --tp_size 8 --ep_size 8 --extra_llm_api_options extra.yml"),
        Layout(1, True, 8),
    ),
    "trtllm, other order": (
        "cat <<'EOF' > extra.yml\nenable_attention_dp: false\nEOF\ntrtllm-serve org/m --tp_size 8 --config extra.yml",
        Layout(8),
    ),
    # others
    "lmdeploy": ("lmdeploy serve api_server org/m --tp 4 --session-len 32768", Layout(4)),
    "lmdeploy, groups": ("lmdeploy serve api_server org/m --tp 8 --dp 8 --ep 8", Layout(1, True, 8)),
    "kt": ("kt run org/m --tensor-parallel-size 2", Layout(2)),
}  # fmt: skip


@pytest.mark.parametrize("case", WRAPPED)
def test_layouts(case: str) -> None:
    text, layout = WRAPPED[case]
    found = parse_command(text)
    assert (found.model, found.layout) == ("org/m", layout)


SET: dict[str, tuple[str, dict[str, Any]]] = {
    "length": (f"{V} --max-model-len 65536", {"context": 65536}),
    "length, human": (f"{V} --max-model-len 16k", {"context": 16000}),
    "length, binary": (f"{V} --max-model-len 128K", {"context": 131072}),
    "length, fraction": (f"{V} --max-model-len 25.6k", {"context": 25600}),
    "length, million": (f"{V} --max-model-len 1M", {"context": 2**20}),
    "length, auto": (f"{V} --max-model-len auto", {"context": None, "fitted": True}),
    "length, minus one": (f"{V} --max-model-len -1", {"context": None, "fitted": True}),
    "length, equals minus one": (f"{V} --max-model-len=-1", {"context": None, "fitted": True}),
    "length, abbreviated": (f"{V} --max-model 8192", {"context": 8192}),
    "share, abbreviated": (f"{V} --gpu-memory-util 0.95", {"utilization": 0.95}),
    "share, other name": (f"{V} --device-memory-utilization .8", {"utilization": 0.8}),
    "fp8 cache": (f"{V} --kv-cache-dtype fp8_e4m3", {"cache_dtype": "fp8"}),
    "nvfp4 cache": (f"{V} --kv-cache-dtype nvfp4", {"cache_dtype": "nvfp4"}),
    "turboquant": (f"{V} --kv-cache-dtype turboquant_k8v4", {"cache_dtype": "turboquant_k8v4"}),
    "per token and head": (f"{V} --kv-cache-dtype int8_per_token_head", {"cache_dtype": "int8_per_token_head"}),
    "cache of float32 models": (f"{V} --dtype float32", {"cache_dtype": "fp32", "dtype": "fp32"}),
    "half": (f"{V} --dtype half", {"dtype": "fp16"}),
    "quantised on loading": (f"{V} --quantization fp8", {"quantization": "fp8", "load_bits": 8}),
    "quantised, short": (f"{V} -q mxfp8", {"quantization": "mxfp8", "load_bits": 8.25}),
    "quantised as stored": (f"{V} --quantization awq_marlin", {"quantization": "awq_marlin", "load_bits": None}),
    "eager": (f"{V} --enforce-eager", {"eager": True}),
    "offload": (f"{V} --cpu-offload-gb 12.5", {"offload_gib": 12.5}),
    "text only": (f"{V} --language-model-only", {"language_only": True}),
    "windows kept": (f"{V} --disable-hybrid-kv-cache-manager", {"hybrid": False}),
    "windows freed": (f"{V} --no-disable-hybrid-kv-cache-manager", {"hybrid": True}),
    "blocks": (f"{V} --num-gpu-blocks-override 5000", {"cache_blocks": 5000}),
    "budget": (f"{V} --kv-cache-memory-bytes 20g", {"cache_budget": 20 * 10**9}),
    "states": (f"{V} --mamba-ssm-cache-dtype bfloat16", {"state_dtype": "bf16"}),
    "config": (
        f"""{V} --hf-overrides '{{"max_position_embeddings": 262144}}'""",
        {"overrides": {"max_position_embeddings": 262144}},
    ),
    "config, dotted": (
        f"{V} --hf-overrides.text_config.num_experts_per_tok 4",
        {"overrides": {"text_config": {"num_experts_per_tok": 4}}},
    ),
    "drafts": (
        f"""{V} --speculative-config '{{"method": "mtp", "num_speculative_tokens": 3}}'""",
        {"speculative_tokens": 3, "prediction": True},
    ),
    "drafts, dotted": (
        f"{V} --speculative-config.method mtp --speculative-config.num_speculative_tokens 1",
        {"speculative_tokens": 1, "prediction": True},
    ),
    "drafts, dotted and short": (
        f"{V} -sc.method=deepseek_mtp -sc.num_speculative_tokens=2",
        {"speculative_tokens": 2, "prediction": True},
    ),
    "drafts, new flags": (
        f"{V} --spec-method mtp --spec-tokens 2",
        {"speculative_tokens": 2, "prediction": True},
    ),
    "drafts of another model": (
        f"""{V} --speculative-config '{{"method":"eagle3","model":"a/b","num_speculative_tokens":3}}'""",
        {"speculative_tokens": 3, "prediction": False, "draft": "a/b"},
    ),
    "drafts by n-grams": (
        f"""{V} --speculative-config '{{"method":"ngram","num_speculative_tokens":4}}'""",
        {"speculative_tokens": 4, "prediction": False, "draft": ""},
    ),
    "sglang drafts": (
        (f"{S} --speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk 1 "
        "--speculative-num-draft-tokens 4"),
        {"speculative_tokens": 3, "prediction": True},
    ),
    "sglang drafts, nextn": (
        f"{S} --speculative-algorithm NEXTN --speculative-num-draft-tokens 2",
        {"speculative_tokens": 1, "prediction": True},
    ),
    "sglang drafts of another model": (
        f"{S} --speculative-algorithm EAGLE3 --speculative-draft-model-path a/b --speculative-num-steps 3",
        {"speculative_tokens": 3, "prediction": False, "draft": "a/b"},
    ),
    "sglang length": (f"{S} --context-length 128K", {"context": 131072}),
    "sglang pool": (f"{S} --max-total-tokens 200000", {"cache_tokens": 200000}),
    "sglang fp4 cache": (f"{S} --kv-cache-dtype nvfp4", {"cache_dtype": "nvfp4"}),
    "sglang fp4 cache of 0.5.15": (f"{S} --kv-cache-dtype fp4_e2m1", {"cache_dtype": "nvfp4"}),
    "sglang no chunks": (f"{S} --chunked-prefill-size -1", {"step_tokens": None}),
    "sglang overrides": (
        f"""{S} --json-model-override-args '{{"num_hidden_layers": 4}}'""", {"overrides": {"num_hidden_layers": 4}}
    ),
    "trtllm settings": (
        f"{T} --max_seq_len 8192 --max_num_tokens 4096 --max_batch_size 32 --kv_cache_free_gpu_memory_fraction 0.85",
        {"context": 8192, "step_tokens": 4096, "max_num_seqs": 32, "utilization": 0.85, "engine": "tensorrt-llm"},
    ),
    "trtllm file": (
        ("cat > o.yml <<EOF\nkv_cache_config: {dtype: fp8, free_gpu_memory_fraction: 0.7}\n"
        "speculative_config: {decoding_type: MTP, num_nextn_predict_layers: 3}\nEOF\n"
        "trtllm-serve org/m --kv_cache_free_gpu_memory_fraction 0.9 --config o.yml"),
        {"cache_dtype": "fp8", "utilization": 0.7, "prediction": True, "speculative_tokens": 3},
    ),
    "llama-server": (
        "llama-server -m model.gguf -c 32768 -np 4 -ngl 99 -ctk q8_0 -ctv q8_0 --jinja",
        {"model": "model.gguf", "context": 8192, "max_num_seqs": 4, "cache_dtype": "q8_0", "layout": None,
         "engine": "generic", "program": "llama.cpp"},
    ),
    "llama-server, unified": ("llama-server -m m.gguf -c 32768 -np 4 -kvu", {"context": 32768, "max_num_seqs": 4}),
    "llama-server from the Hub": ("llama-server -hf org/m-GGUF:Q4_K_M -c 0", {"model": "org/m-GGUF", "context": None}),
    "llama-server, two devices": ("llama-server -m m.gguf -ts 1,1", {"layout": Layout(pp=2)}),
    "llama-server, rows": ("llama-server -m m.gguf -ts 1,1 -sm row", {"layout": Layout(2)}),
    "llama-server, variables": (
        "LLAMA_ARG_CTX_SIZE=4096 llama-server --model m.gguf", {"context": 4096, "model": "m.gguf"}
    ),
    "docker llama.cpp": (
        "docker run -p 8080:8080 ghcr.io/ggml-org/llama.cpp:server-cuda -m /m.gguf -c 8192",
        {"model": "/m.gguf", "context": 8192},
    ),
    "ollama": ("OLLAMA_CONTEXT_LENGTH=65536 ollama run gpt-oss:20b", {"model": "gpt-oss:20b", "context": 65536}),
    "ollama, cache": (
        "OLLAMA_KV_CACHE_TYPE=q8_0 OLLAMA_NUM_PARALLEL=2 ollama serve", {"cache_dtype": "q8_0", "max_num_seqs": 2}
    ),
    "mlx": ("mlx_lm.server --model org/m --port 8081", {"model": "org/m", "engine": "generic", "program": "mlx-lm"}),
    "mlx module": ("python -m mlx_lm.server --model org/m --decode-concurrency 8", {"max_num_seqs": 8}),
    "lmdeploy": (
        "lmdeploy serve api_server org/m --session-len 32768 --cache-max-entry-count 0.8 --quant-policy 8",
        {"context": 32768, "utilization": 0.8, "cache_dtype": "int8_per_token_head", "engine": "generic"},
    ),
    "image's version": ("docker run vllm/vllm-openai:v0.11.0 --model org/m", {"version": "0.11.0"}),
}  # fmt: skip


@pytest.mark.parametrize("case", SET)
def test_settings(case: str) -> None:
    text, expected = SET[case]
    found = parse_command(text)
    assert {name: getattr(found, name) for name in expected} == expected


def test_there_are_many_forms() -> None:
    assert len(WRAPPED) + len(SET) >= 150


LOUD = [
    (f"{V} --kv-transfer-config '{{}}'", "--kv-transfer-config (the cache moves between servers)"),
    (f"{V} --enable-warp-drive", "--enable-warp-drive (no flag of the engine)"),
    (f"{V} --gdn-prefill-backend triton", "--gdn-prefill-backend (effect unknown)"),
    (f"{V} --config c.yaml", "--config c.yaml (a file that was not read)"),
    (f"{V} --kv-cache-dtype ultraquant_4bit", "--kv-cache-dtype ultraquant_4bit (counted as nvfp4)"),
    (f"{V} --kv-cache-dtype int8", "--kv-cache-dtype int8 (of another version or fork, counted as int8)"),
    (
        f"""{V} --speculative-config '{{"model":"a/b"}}'""",
        "--speculative-config (weights and cache of the draft model a/b)",
    ),
    (f"{S} --hicache-size 100", "--hicache-size (a second cache in host memory)"),
    (f"{V} --cpu-offload-gb 4",
     "--cpu-offload-gb (in memory, not in time: each step reads those weights from the host)"),
    ("mlx_lm.server --model m --kv-bits 8", "--kv-bits (the cache's bits, after some tokens)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), LOUD)
def test_what_changes_the_answer_and_is_not_modelled_is_said(text: str, said: str) -> None:
    found = parse_command(text)
    assert said in found.unmodelled
    assert said in found.applied(short_fleet("8xH200")).unmodelled


REMARKS = [
    (f"{V} --tp 8", "vLLM 0.33.0 has no flag --tp: did you mean --tensor-parallel-size?"),
    (f"{V} --max-model-length 10", "vLLM 0.33.0 has no flag --max-model-length: did you mean --max-model-len?"),
    (f"{V} -tp8", "vLLM 0.33.0 does not take -tp8 so: it is -tp 8."),
    (f"{S} --tp_size 8", "SGLang 0.5.23 does not take --tp_size so: it is --tp-size."),
    (f"{V} --swap-space 4", "vLLM 0.33.0 does not take --swap-space so: 0.15.1 was the last to know it."),
    (f"{V} other words", 'Words of the command that belong to no flag: "other words".'),
    (f"{S} --kv-cache-dtype fp4_e2m1",
     "SGLang 0.5.23 does not take --kv-cache-dtype so: fp4_e2m1 is a word of 0.5.15."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), REMARKS)
def test_what_the_engine_would_not_take_so_is_said(text: str, said: str) -> None:
    assert said in parse_command(text).remarks


REFUSED = [
    (f"{V} -tp $TP", "-tp is the placeholder $TP"),
    (f"{V} --tensor-parallel-size <N>", "--tensor-parallel-size is the placeholder <N>"),
    (f"{V} --max-model-len $((ISL*2))", "--max-model-len is the placeholder"),
    (
        f"""{V} --speculative-config '{{"model": <draft>, "num_speculative_tokens": 3}}'""",
        "--speculative-config is the placeholder <draft>",
    ),
    (f"{V} --speculative-config $SPEC", "--speculative-config is the placeholder $SPEC"),
    ("docker pull vllm/vllm-openai:latest", "not a launch command"),
    (f"{V} --data-parallel 8", "is the beginning of several flags"),
    (f"{V} --block-size 1k", "expected a number"),
    (f"{V} --max-model-len 1.5K", "expected a number"),
    (f"{V} --enforce-eager=yes", "is a switch"),
    (f"{V} --kv-cache-dtype fp3", "is not known"),
    (f"{S} --kv-cache-dtype fp3", "is not known"),
    (f"{V} --hf-overrides nonsense", "is not the JSON"),
    (f"{V} --speculative-config.num_speculative_tokens many", "expected a whole number"),
    ("vllm bench serve --model org/m", "not a launch command"),
    ("docker run nginx", "not a launch command"),
    ("docker compose up", "not a launch command"),
    ("python train.py --model org/m", "not a launch command"),
    ("kubectl apply -f serve.yaml", "not a launch command"),
    (f"{V} 'unclosed", "quotation mark"),
    ("python -m sglang.launch_server --tp 8", "names no model"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_cannot_be_read_is_one_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_command(text)
    assert said in caught.value.message and "\n" not in caught.value.message


@pytest.mark.parametrize(
    "text", [f"{V} -tp 8 --port $PORT --api-key $KEY", "vllm serve $MODEL -tp 8", "vllm serve <model> -tp 8",
             f'{V} -tp 8 --host "$HOST" $EXTRA']
)  # fmt: skip
def test_placeholders_where_nothing_depends_on_them(text: str) -> None:
    assert parse_command(text).layout == Layout(8)


def test_a_file_is_read_with_consent(tmp_path: Any) -> None:
    """vllm/utils/argparse_utils.py, load_config_file: what the command says itself comes after, and counts."""
    from moeaudit.costs.engines.options import read_options

    file = tmp_path / "c.yaml"
    file.write_text(
        "tensor-parallel-size: 4\nenable_expert_parallel: true\nenable-prefix-caching: false\n"
        "speculative-config: {method: mtp, num_speculative_tokens: 2}\nmax-model-len: 4096\n"
    )
    found = parse_command(f"{V} --config {file} --max-model-len 8192", files=read_options)
    assert (found.layout, found.context, found.prefix_caching) == (Layout(4, True), 8192, False)
    assert (found.prediction, found.speculative_tokens, found.unmodelled) == (True, 2, ())
    assert parse_command(f"{V} --config {file}").layout == Layout()
    with pytest.raises(UsageError, match="the command's file"):
        parse_command(f"{V} --config {tmp_path / 'none.yaml'}", files=read_options)
    with pytest.raises(UsageError, match="placeholder"):
        parse_command(f"{V} --config $FILE", files=read_options)


def test_a_command_without_a_layout_takes_the_devices_there_are() -> None:
    fleet = parse_command("llama-server -m m.gguf").applied(short_fleet("4xH200"))
    assert fleet.layout == Layout(pp=4)


def test_it_is_a_value() -> None:
    assert isinstance(parse_command(V), Command) and parse_command(V) == parse_command(V)
